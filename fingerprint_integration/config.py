"""How to reach Fingerprint: key, region, version, address, patience and limits.

Checks itself; never prints the key.
"""

import hashlib
from datetime import timedelta
from typing import ClassVar, Final
from urllib.parse import urlsplit

import msgspec

from fingerprint_integration.domain import ApiVersion, Region
from fingerprint_integration.errors import NotConfigured

HOSTS: Final[dict[Region, str]] = {
    Region.US: "https://api.fpjs.io",
    Region.EU: "https://eu.api.fpjs.io",
    Region.AP: "https://ap.api.fpjs.io",
}


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long one call may take and how often it is tried. Seconds."""

    attempts: int
    attempt_seconds: float
    """Longest silence of one attempt."""
    deadline_seconds: float
    """End of the whole call, waits and repeats included, wherever it is then."""
    longest_wait_seconds: float
    """A wait that would be longer is not begun; the caller gets `retry_after` and decides."""
    longest_queue_seconds: float
    """The same for the turn in our own rate budget."""
    is_background: bool = False
    """People come before jobs when the rate budget runs low."""

    PAGE: ClassVar["Patience"]
    JOB: ClassVar["Patience"]
    LIBRARY: ClassVar["Patience"]


Patience.PAGE = Patience(
    attempts=2, attempt_seconds=5, deadline_seconds=8, longest_wait_seconds=2, longest_queue_seconds=2
)
Patience.JOB = Patience(
    attempts=2,
    attempt_seconds=10,
    deadline_seconds=20,
    longest_wait_seconds=1,
    # A mark is a read and a write; one that got its read should not lose its turn to write it.
    longest_queue_seconds=3,
    is_background=True,
)
Patience.LIBRARY = Patience(
    attempts=4, attempt_seconds=10, deadline_seconds=45, longest_wait_seconds=10, longest_queue_seconds=30
)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one version of the API allows, as documented."""

    update_max_age: timedelta
    page_limit: int | None
    """Most events in a search page; None: not documented."""
    linked_id_length: int = 256


LIMITS: Final[dict[ApiVersion, Limits]] = {
    ApiVersion.V3: Limits(update_max_age=timedelta(days=10), page_limit=None),
    # "Older than one month": the shortest month, so that nobody is promised a change that is refused.
    ApiVersion.V4: Limits(update_max_age=timedelta(days=28), page_limit=100),
}


class Secret:
    """Text that shows itself only when asked by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the text itself, for the one header that needs it."""
        return self._text

    @property
    def digest(self) -> str:
        """A short hash by which processes with the same key find their shared budget."""
        return hashlib.sha256(b"fingerprint-rate-budget:" + self._text.encode()).hexdigest()[:16]

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written down")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """One workspace's connection. Make it with `configure`, which checks it."""

    api_key: Secret
    region: Region
    version: ApiVersion
    base_url: str
    """Host root without the version, without a slash at the end."""
    is_own_host: bool
    """Tell whether this is Fingerprint's own host of the region."""
    timeout_seconds: float
    """Upper bound for the silence of one attempt, whatever the patience says."""

    @property
    def limits(self) -> Limits:
        """What the version allows."""
        return LIMITS[self.version]


def configure(
    *,
    api_key: str,
    region: str = "us",
    version: str = "v4",
    base_url: str | None = None,
    timeout_seconds: float = 10,
) -> Config:
    """Check what was set and give the connection; NotConfigured with a sentence that never holds the key."""
    if not api_key or not api_key.isascii() or not api_key.isprintable() or " " in api_key:
        raise NotConfigured("The secret key is missing or has characters no key has (FINGERPRINT_API_KEY).")
    if region not in set(Region):
        raise NotConfigured("The region must be us, eu or ap (FINGERPRINT_REGION).")
    if version not in set(ApiVersion):
        raise NotConfigured("The API version must be v4 or v3 (FINGERPRINT_API_VERSION).")
    if not 0 < timeout_seconds <= 300:
        raise NotConfigured("The time-out must be more than 0 and at most 300 seconds (FINGERPRINT_TIMEOUT_SECONDS).")
    return Config(
        api_key=Secret(api_key),
        region=Region(region),
        version=ApiVersion(version),
        base_url=_checked(base_url) if base_url else HOSTS[Region(region)],
        is_own_host=not base_url or base_url.rstrip("/") in HOSTS.values(),
        timeout_seconds=timeout_seconds,
    )


def _checked(base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    else:
        is_address = is_address and not (parts.username or parts.password or parts.query or parts.fragment)
    if not is_address:
        raise NotConfigured("The address must look like https://host or http://host:port (FINGERPRINT_BASE_URL).")
    root = base_url.rstrip("/")
    if root.endswith(("/v3", "/v4")):
        raise NotConfigured("The address is the host alone, without /v3 or /v4 (FINGERPRINT_BASE_URL).")
    return root
