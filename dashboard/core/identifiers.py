"""The forms of what points to a person: an event, a visitor, an address, a range, an e-mail address. Pure.

The forms of ids are those that Fingerprint documents by example (an event: 13 digits, a dot, 6 characters; a visitor:
20 letters and digits); they are not promised.
"""

import ipaddress
import re
import unicodedata
from enum import StrEnum

EVENT = re.compile(r"\d{13}\.[A-Za-z0-9]{6}")
VISITOR = re.compile(r"[A-Za-z0-9]{20}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}\.[A-Za-z]{2,24}")
_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?")
_WITH_PORT = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}")
# The same forms wherever they stand in a text.
_EVENT_WITHIN = re.compile(rf"(?<!\d){EVENT.pattern}(?![A-Za-z0-9])")
# A word of twenty letters is no visitor: of ten million ids hardly one is written like a word.
_VISITOR_WITHIN = re.compile(rf"(?<![A-Za-z0-9])(?![A-Za-z][a-z]{{19}}(?![A-Za-z0-9])){VISITOR.pattern}(?![A-Za-z0-9])")
_NETWORKS_WITHIN = (
    re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,3})?(?!\.?\d)"),
    re.compile(r"(?<![A-Za-z0-9])[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:/\d{1,3})?"),
)


class Form(StrEnum):
    """What a part of a text has the form of."""

    EVENT = "event"
    VISITOR = "visitor"
    ADDRESS = "address"
    RANGE = "range"
    EMAIL = "email"


def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The address or range that this is, host bits cleared; a port is left out, a zone is not an address."""
    if len(text) > 64 or "%" in text:
        return None
    if match := _BRACKETED.fullmatch(text) or _WITH_PORT.fullmatch(text):
        text = match.group(1)
    if text.count(".") != 3 and text.count(":") < 2:
        return None
    _, slash, length = text.partition("/")
    if slash and not (length.isascii() and length.isdigit() and len(length) <= 3):
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def first_within(text: str) -> Form | None:
    """What stands in a short text and has the form of an identifier, however it is wrapped; None when nothing does.

    Invisible characters are left out and letters of full width read as plain ones.
    """
    plain = "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf")
    if EMAIL.search(plain):
        return Form.EMAIL
    if _EVENT_WITHIN.search(plain):
        return Form.EVENT
    if _VISITOR_WITHIN.search(plain):
        return Form.VISITOR
    matches = [match for pattern in _NETWORKS_WITHIN for match in pattern.findall(plain)]
    found = [network(part) for match in matches for part in _parts(match)]
    sizes = [each.num_addresses for each in found if each is not None]
    if not sizes:
        return None
    return Form.ADDRESS if sizes[0] == 1 else Form.RANGE


def _parts(match: str) -> tuple[str, str]:
    """A network as it stands, and its address alone without the punctuation of a sentence."""
    return match, match.partition("/")[0].strip(".").removesuffix(":")
