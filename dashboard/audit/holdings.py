"""What the audit log tells a person about themselves: what was done with them, when, and with which of their values."""

from collections.abc import Sequence
from typing import Any

from dashboard.audit.models import AuditEntry, AuditMention, SubjectAbout
from dashboard.audit.record import instant
from dashboard.audit.subject_rows import find
from dashboard.audit.subjects import SubjectKind

MOST_ENTRIES = 5_000


def held_about(visitor_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Entries that mention these visitors or a value of theirs, the newest first, without names of staff."""
    subjects = list(find(SubjectKind.VISITOR, visitor_ids).values_list("pk", flat=True))
    subjects += SubjectAbout.objects.filter(visitor__in=subjects).values_list("subject", flat=True)
    mentions = AuditMention.objects.filter(subject__in=subjects).select_related("subject").order_by("-entry_id", "pk")
    values: dict[int, dict[str, str]] = {}
    for mention in mentions:
        if len(values) == MOST_ENTRIES and mention.entry_id not in values:
            break
        values.setdefault(mention.entry_id, {})[mention.role] = mention.subject.text or "erased"
    entries = AuditEntry.objects.in_bulk(values)
    return [
        {"at": instant(entries[number].at), "act": entries[number].kind, "values": said}
        for number, said in values.items()
    ]
