"""What of an event can stand in a column, be counted, and leave in an export: one list, one mask for all of them.

Pure. `shown` is the only way out of here: it says a value as one person may see it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.events.masking import Lens, address_of
from fingerprint_integration.domain import Event, IpInfo

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Plain = str | int | float | bool | None


@dataclass(frozen=True, kw_only=True)
class Value:
    """One value: `field` is the event's field whose rule of the catalogue masks it, `pivot` names its search."""

    name: str
    label: "str | StrPromise"
    field: str
    read: Callable[[Event], Plain]
    pivot: str = ""
    is_mono: bool = False


def _info(event: Event) -> IpInfo | None:
    return event.ip_v4 or event.ip_v6


def _network(event: Event) -> str | None:
    info = _info(event)
    if info is None:
        return None
    number = f"AS{info.asn}" if info.asn else ""
    return " ".join(part for part in (number, info.asn_name) if part) or None


def device_words(event: Event) -> str | None:
    """`Chrome 131, Windows 10` or `Pixel 8, Android 14`; None when Fingerprint said nothing of it."""
    browser = " ".join(part for part in (event.browser_name, event.browser_major_version) if part)
    system = " ".join(part for part in (event.os, event.os_version) if part)
    model = " ".join(part for part in (event.device_manufacturer, event.device_model) if part)
    named = [part for part in (browser or model, system) if part]
    return ", ".join(named) or event.device or None


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode("utf-8", "replace")


def _velocity(name: str) -> Callable[[Event], Plain]:
    def read(event: Event) -> Plain:
        counter = getattr(event.velocity, name, None)
        return None if counter is None else counter.hours_24

    return read


VALUES: Final[tuple[Value, ...]] = (
    Value(
        name="event_id",
        label=gettext_lazy("Event"),
        field="event_id",
        read=lambda event: event.event_id,
        is_mono=True,
    ),
    Value(
        name="at",
        label=gettext_lazy("Time, UTC"),
        field="at",
        read=lambda event: event.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    ),
    Value(
        name="visitor_id",
        label=gettext_lazy("Visitor"),
        field="visitor_id",
        read=lambda event: event.visitor_id,
        pivot="visitor_id",
        is_mono=True,
    ),
    Value(
        name="linked_id",
        label=gettext_lazy("Linked id"),
        field="linked_id",
        read=lambda event: event.linked_id,
        pivot="linked_id",
        is_mono=True,
    ),
    Value(
        name="address",
        label=gettext_lazy("Address"),
        field="ip_address",
        read=address_of,
        pivot="ip_address",
        is_mono=True,
    ),
    Value(
        name="country",
        label=gettext_lazy("Country"),
        # Support sees the country and nothing finer: it stands beside the masked address as well.
        field="country_code",
        read=lambda event: event.country_name or event.country_code,
    ),
    Value(name="city", label=gettext_lazy("City"), field="ip_v4", read=lambda event: event.city),
    Value(name="network", label=gettext_lazy("Network"), field="ip_v4", read=_network),
    Value(
        name="network_type",
        label=gettext_lazy("Kind of network"),
        field="asn_type",
        read=lambda event: (_info(event) or IpInfo()).asn_type,
    ),
    Value(name="device", label=gettext_lazy("Device"), field="device", read=device_words),
    Value(name="browser", label=gettext_lazy("Browser"), field="browser_name", read=lambda event: event.browser_name),
    Value(name="os", label=gettext_lazy("System"), field="os", read=lambda event: event.os),
    Value(
        name="platform",
        label=gettext_lazy("Platform"),
        field="sdk_platform",
        read=lambda event: event.sdk_platform,
    ),
    Value(
        name="page", label=gettext_lazy("Page"), field="url", read=lambda event: event.url, pivot="url", is_mono=True
    ),
    Value(
        name="referrer",
        label=gettext_lazy("Referrer"),
        field="client_referrer",
        read=lambda event: event.client_referrer,
        is_mono=True,
    ),
    Value(
        name="user_agent",
        label=gettext_lazy("User agent"),
        field="user_agent",
        read=lambda event: event.user_agent,
        is_mono=True,
    ),
    Value(
        name="signals",
        label=gettext_lazy("Signals that speak"),
        field="signals",
        read=lambda event: ", ".join(signal.spec.label for signal in event.speaking) or None,
    ),
    Value(
        name="failed",
        label=gettext_lazy("Signals that failed"),
        field="signals",
        read=lambda event: ", ".join(signal.spec.label for signal in event.failed) or None,
    ),
    Value(name="score", label=gettext_lazy("Score"), field="suspect_score", read=lambda event: event.suspect_score),
    Value(name="suspect", label=gettext_lazy("Suspect"), field="suspect", read=lambda event: event.suspect),
    Value(
        name="confidence",
        label=gettext_lazy("Confidence"),
        field="confidence",
        read=lambda event: event.confidence,
    ),
    Value(
        name="seen_before",
        label=gettext_lazy("Seen before"),
        field="visitor_found",
        read=lambda event: event.visitor_found,
    ),
    Value(name="replayed", label=gettext_lazy("Replayed"), field="replayed", read=lambda event: event.replayed),
    Value(
        name="completeness",
        label=gettext_lazy("Completeness"),
        field="incremental_status",
        read=lambda event: event.incremental_status,
    ),
    Value(name="source", label=gettext_lazy("Source"), field="source", read=lambda event: event.source),
    Value(
        name="environment",
        label=gettext_lazy("Environment"),
        field="environment_id",
        read=lambda event: event.environment_id,
        pivot="environment_id",
        is_mono=True,
    ),
    Value(
        name="high_recall_id",
        label=gettext_lazy("High recall id"),
        field="high_recall_id",
        read=lambda event: event.high_recall_id,
        pivot="high_recall_id",
        is_mono=True,
    ),
    Value(
        name="events_24h",
        label=gettext_lazy("Events in 24 h"),
        field="velocity",
        read=_velocity("events"),
    ),
    Value(name="tags", label=gettext_lazy("Tags"), field="tags", read=lambda event: _text(event.tags), is_mono=True),
)
BY_NAME: Final = {value.name: value for value in VALUES}

# What is no field of the catalogue by itself, and tells nobody who somebody is.
_NOT_PERSONAL_HERE: Final = frozenset({"country_code", "asn_type", "signals"})


def shown(value: Value, event: Event, lens: Lens) -> Plain:
    """This value of this event as the person behind `lens` may see it; None when it is absent."""
    found = value.read(event)
    if value.field in _NOT_PERSONAL_HERE or found is None or lens.shows(value.field):
        return found
    return lens.text(value.field, str(found))


def in_words(found: Plain) -> str | None:
    """A value as text for a table: truth values as words, numbers with thousands, None as it is."""
    if found is None or isinstance(found, str):
        return found
    if isinstance(found, bool):
        return _("yes") if found else _("no")
    return f"{found:,}" if isinstance(found, int) else f"{found:g}"
