"""What a filter is, and what its value may look like: we say no before Fingerprint would.

Pure. What is refused follows Fingerprint's description of both versions; `clean` functions raise Unfit with the
sentence that stands beside the field.
"""

import ipaddress
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dashboard.core.times import thousands

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

LONGEST_TEXT = 256
LONGEST_ADDRESS_OF_A_PAGE = 2_048


class Group(StrEnum):
    """The parts of the form, in its order; HEADINGS says them in words."""

    WHO = "who"
    WHERE_FROM = "where-from"
    NETWORK = "network"
    BOTS = "bots"
    BROWSER = "browser"
    PHONE = "phone"
    SCORE = "score"
    DEVICE = "device"
    SEEN = "seen"


HEADINGS: dict[Group, "str | StrPromise"] = {
    Group.WHO: _("Who"),
    Group.WHERE_FROM: _("Where from"),
    Group.NETWORK: _("Network"),
    Group.BOTS: _("Bots"),
    Group.BROWSER: _("Browser signals"),
    Group.PHONE: _("Phone and app signals"),
    Group.SCORE: _("Score and rarity"),
    Group.DEVICE: _("Device and app"),
    Group.SEEN: _("Where it was seen"),
}


class Kind(StrEnum):
    """How a filter is asked for: a yes or no, one word of a list, a text of our own checking, or a number."""

    CLAIM = "claim"
    CHOICE = "choice"
    TEXT = "text"
    NUMBER = "number"


class Unfit(ValueError):
    """A value Fingerprint would refuse; the only argument is the sentence beside the field."""


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One filter. `clean` turns what was typed into what is sent, or raises Unfit. `says` completes a chip."""

    name: str
    label: "str | StrPromise"
    group: Group
    kind: Kind = Kind.CLAIM
    hint: "str | StrPromise" = ""
    choices: tuple[tuple[str, "str | StrPromise"], ...] = ()
    clean: Callable[[str], str] = str
    is_repeated: bool = False
    is_whole_number: bool = False
    is_personal: bool = False
    """Its value is masked for people who may not see personal values."""
    placeholder: str = ""

    @property
    def takes_several(self) -> bool:
        """Tell whether several values may be typed: any of them is meant."""
        return self.kind is Kind.TEXT and self.name != "url"


def identifier(what: "str | StrPromise") -> Callable[[str], str]:
    def clean(text: str) -> str:
        if not re.fullmatch(r"(?!\.+$)[A-Za-z0-9_.\-]{1,64}", text):
            raise Unfit(
                gettext("Enter %(what)s: letters, digits, points, dashes and underscores, at most 64.") % {"what": what}
            )
        return text

    return clean


def text_of_at_most(longest: int = LONGEST_TEXT) -> Callable[[str], str]:
    def clean(text: str) -> str:
        if len(text) > longest:
            raise Unfit(
                gettext("Shorten this to %(most)s characters; it has %(count)s.")
                % {"most": thousands(longest), "count": thousands(len(text))}
            )
        return text

    return clean


def address_or_range(text: str) -> str:
    """An IPv4 or IPv6 address as it is, or a range in CIDR form with the host part cleared; Unfit otherwise."""
    try:
        if "%" in text or len(text) > 64:
            raise ValueError(text)
        if "/" in text:
            return str(ipaddress.ip_network(text, strict=False))
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise Unfit(
            gettext("Enter an address such as 94.142.239.124, or a range such as 94.142.232.0/21 or 2001:db8::/32.")
        ) from None


def is_exact_address(address: str) -> bool:
    """Tell whether this names one address and no range."""
    network = ipaddress.ip_network(address)
    return network.prefixlen == network.max_prefixlen


def network_number(text: str) -> str:
    digits = re.fullmatch(r"(?:AS)?([0-9]{1,10})", text, re.IGNORECASE)
    if digits is None:
        raise Unfit(gettext("Enter the network's number, such as 7922 or AS7922."))
    return digits[1]


def origin(text: str) -> str:
    try:
        parts = urlsplit(text)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, port = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise Unfit(gettext("Enter the site without a path, such as https://shop.example."))
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}"


def version(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z.+\-]{1,32}", text):
        raise Unfit(gettext("Enter the version as it is written, such as 3.11.14."))
    return text


def score(text: str) -> float:
    """A score of 0 or more; Unfit for anything that is no such number."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 1_000_000:
        raise Unfit(gettext("Enter a number from 0 to 1,000,000."))
    return number
