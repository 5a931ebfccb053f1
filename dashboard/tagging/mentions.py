"""Which values of jobs are about a person: a linked id that is one of theirs, tags in which an identifier stands."""

import json
from collections.abc import Sequence

from django.db.models import Q

from dashboard.core.erasure import names_in_text
from dashboard.tagging.changes import ChangeKind, from_bytes, to_bytes
from dashboard.tagging.models import BulkItem

_TAGS = [kind.value for kind in ChangeKind if kind.field == ChangeKind.TAGS]


def is_about(field: ChangeKind, stored: bytes, values: Sequence[str]) -> bool:
    """Whether a stored value of this field is one of these identifiers, or holds one where it is tags."""
    if field == ChangeKind.LINKED_ID:
        return from_bytes(stored) in values
    return field == ChangeKind.TAGS and _holds_one(stored, names_in_text(values))


def items_about(values: Sequence[str]) -> list[int]:
    """The items, of whatever visitor, that were to set such a value, found one before, or expect one."""
    stored = [to_bytes(value) for value in values]
    linked = BulkItem.objects.filter(job__change_kind=ChangeKind.LINKED_ID).filter(
        Q(before__in=stored) | Q(wanted__in=stored) | Q(expected__in=stored)
    )
    found = list(linked.values_list("pk", flat=True))
    names = names_in_text(values)
    if not names:
        return found
    noted = Q(before__isnull=False) | Q(wanted__isnull=False) | Q(expected__isnull=False)
    tagged = BulkItem.objects.filter(noted, job__change_kind__in=_TAGS)
    for pk, *notes in tagged.values_list("pk", "before", "wanted", "expected").iterator(chunk_size=2000):
        if any(note is not None and _holds_one(bytes(note), names) for note in notes):
            found.append(pk)
    return found


def _holds_one(stored: bytes, names: Sequence[str]) -> bool:
    """Whether one of the names stands in this JSON, however its letters are written there."""
    if any(name.encode("utf-8", "surrogatepass") in stored for name in names):
        return True
    if b"\\" not in stored:
        return False
    try:
        text = json.dumps(from_bytes(stored), ensure_ascii=False)
    except ValueError:
        return False  # JSON that Python cannot read: what it says is only known as it stands
    return any(json.dumps(name, ensure_ascii=False)[1:-1] in text for name in names)
