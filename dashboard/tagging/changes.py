"""What a job wants of an event, and whether it stands already. Pure: nothing is asked and nothing is stored here.

A wanted value, and what an event had before, are kept as JSON in bytes: text from staff and from outside may hold what
a database's own text type refuses. `null` is "never set", which Fingerprint cannot be told again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from fingerprint_integration.domain import Event, EventChange

MOST_TAG_BYTES = 16 * 1024
"""Fingerprint's limit for the tags of one event, as compact JSON."""


class ChangeKind(models.TextChoices):
    """What a job does to one of the three values of an event. Tags are replaced, added to, or taken from."""

    SUSPECT = "suspect", "suspect"
    LINKED_ID = "linked_id", "linked id"
    TAGS = "tags", "tags"
    TAGS_ADD = "tags_add", "tags added"
    TAGS_REMOVE = "tags_remove", "tags removed"

    @property
    def field(self) -> "ChangeKind":
        """The value that is set in the end."""
        return ChangeKind.TAGS if self in (ChangeKind.TAGS_ADD, ChangeKind.TAGS_REMOVE) else self


class CannotChange(ValueError):
    """This event cannot get this change; `args[0]` is one of the codes below."""


NO_OBJECT = "no_object"
TAGS_TOO_LARGE = "tags_too_large"
CANNOT_EMPTY = "cannot_empty"
CANNOT_RESTORE = "cannot_restore"


def to_bytes(value: object) -> bytes:
    """The JSON of a value; lone surrogates survive as escapes."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode()


def from_bytes(stored: bytes) -> Any:
    """The value of stored JSON. Numbers keep their digits; ValueError for what is no JSON."""
    try:
        return json.loads(stored)
    except RecursionError:
        raise ValueError("nested too deeply") from None


@dataclass(frozen=True)
class Change:
    """Sets one value: True or False for suspect, a text for the linked id, an object for the tags.

    TAGS_ADD holds the object whose keys are added or replaced, TAGS_REMOVE the list of keys that go. These two are no
    values yet: `for_event` makes of them, and of what an event has, the TAGS that it gets.
    """

    kind: ChangeKind
    wanted: Any

    @classmethod
    def stored(cls, kind: str, wanted: bytes) -> "Change":
        """The change a job's row describes; ValueError when its value was erased."""
        return cls(ChangeKind(kind), from_bytes(wanted))

    @property
    def stored_value(self) -> bytes:
        """The wanted value as it is stored."""
        return to_bytes(self.wanted)

    def for_event(self, event: Event) -> "Change":
        """What this event gets: merged with its tags where tags are added or removed; CannotChange when it cannot."""
        if self.kind == self.kind.field:
            return self
        try:
            current = from_bytes(event.tags or b"{}")
        except ValueError:
            raise CannotChange(NO_OBJECT) from None
        if not isinstance(current, dict):
            raise CannotChange(NO_OBJECT)
        if self.kind == ChangeKind.TAGS_ADD:
            merged = {**current, **self.wanted}
        else:
            merged = {key: value for key, value in current.items() if key not in self.wanted}
        if tags_size(merged) > MOST_TAG_BYTES:
            raise CannotChange(TAGS_TOO_LARGE)
        return Change(ChangeKind.TAGS, merged)

    @property
    def for_fingerprint(self) -> EventChange:
        """The call's argument: the value is absolute, so that sending it twice is sending it once."""
        if self.kind == ChangeKind.SUSPECT:
            return EventChange(suspect=self.wanted)
        if self.kind == ChangeKind.LINKED_ID:
            return EventChange(linked_id=self.wanted)
        return EventChange(tags=self.wanted)

    def before(self, event: Event) -> bytes:
        """What the event has now, for the note that is committed before the call."""
        if self.kind == ChangeKind.SUSPECT:
            return to_bytes(event.suspect)
        if self.kind == ChangeKind.LINKED_ID:
            return to_bytes(event.linked_id)
        return event.tags if event.tags is not None else b"null"

    def stands_in(self, event: Event) -> bool:
        """Whether the event has the wanted value. Objects are equal in any order; True is not 1."""
        if self.kind == ChangeKind.TAGS:
            # v3 writes "no tags" as an empty object, which reads as None.
            return same_json(event.tags or b"{}", to_bytes(self.wanted))
        current = event.suspect if self.kind == ChangeKind.SUSPECT else event.linked_id
        return current is not None and bool(current == self.wanted)


def current_value(field: ChangeKind, event: Event) -> bytes:
    """What an event has now, as it is stored."""
    return Change(field, None).before(event)


def same_value(field: ChangeKind, one: bytes, other: bytes) -> bool:
    """Whether two stored values of a field are the same; no tags and an empty object are."""
    if field == ChangeKind.TAGS:
        one, other = (b"{}" if value == b"null" else value for value in (one, other))
    return same_json(one, other)


def put_back(field: ChangeKind, before: bytes) -> Change:
    """The change that gives an event back what it had, as near as Fingerprint lets it: "never set" becomes "not
    suspect", no tags an empty object. CannotChange for a linked id that was not there, and for what cannot be read."""
    try:
        value = from_bytes(before)
    except ValueError:
        raise CannotChange(CANNOT_RESTORE) from None
    if value is None and field == ChangeKind.LINKED_ID:
        raise CannotChange(CANNOT_EMPTY)
    if value is None:
        value = False if field == ChangeKind.SUSPECT else {}
    if field == ChangeKind.TAGS and not isinstance(value, dict):
        raise CannotChange(CANNOT_RESTORE)
    return Change(field, value)


def tags_size(tags: object) -> int:
    """Bytes of these tags as compact JSON; a lone surrogate counts as its replacement would."""
    text = json.dumps(tags, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "surrogatepass"))


def same_json(one: bytes, other: bytes) -> bool:
    """Whether two JSON texts say the same, whatever the order of their objects; False when one cannot be read."""
    if one == other:
        return True
    try:
        return bool(_comparable(from_bytes(one)) == _comparable(from_bytes(other)))
    except (ValueError, RecursionError):
        return False


def _comparable(value: Any) -> Any:
    """The value with every scalar beside its JSON type, because to Python 1 == True."""
    if isinstance(value, Mapping):
        return {name: _comparable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_comparable(part) for part in value]
    if isinstance(value, bool) or value is None:
        return (type(value).__name__, value)
    return ("number", value) if isinstance(value, int | float) else ("text", value)
