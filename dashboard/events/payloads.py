"""Payloads from outside as text to read: the raw answer, a customer's tags, what could not be read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.events import masking
from dashboard.events.masking import Lens
from dashboard.events.present import event_url
from dashboard.events.queries import Item
from fingerprint_integration.domain import ApiVersion, UnreadableEvent


@dataclass(frozen=True)
class Tag:
    """A tag of the customer: its key and its value as text."""

    key: str
    value: str


def tags(text: bytes) -> Iterator[Tag]:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        yield Tag("", text.decode("utf-8", "replace"))
        return
    if not isinstance(found, dict):
        yield Tag("", _one_line(found))
        return
    for key, value in found.items():
        yield Tag(key, value if isinstance(value, str) else _one_line(value))


def _one_line(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return str(type(value).__name__)


def raw_text(raw: bytes) -> str:
    """JSON with line breaks; every number and word as it was sent. What is no JSON is shown as it is."""
    try:
        return msgspec.json.format(raw, indent=2).decode("utf-8", "replace")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return raw.decode("utf-8", "replace")


def size_words(count: int) -> str:
    """`812 bytes` or `7.9 KB`."""
    if count < 1000:
        return ngettext("%(n)s byte", "%(n)s bytes", count) % {"n": count}
    return _("%(n)s KB") % {"n": f"{count / 1000:,.1f}"}


@dataclass(frozen=True)
class Sent:
    """What Fingerprint sent in one row's place, for this person."""

    event_id: str | None
    url: str
    reason: str
    raw: str
    is_masked: bool


def sent(item: Item, lens: Lens) -> Sent:
    """The payload of one row: the text for those who may see it, only its size for the others."""
    reason = item.reason if isinstance(item, UnreadableEvent) else ""
    shown = raw_text(item.raw) if lens.sees_personal else masking.raw_view(item.raw, ApiVersion.V4)
    return Sent(item.event_id, event_url(item.event_id), reason, shown, is_masked=not lens.sees_personal)
