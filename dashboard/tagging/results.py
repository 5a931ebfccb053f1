"""What became of each event of a job, as the lines of a file. Pure; masked as the page is."""

from datetime import UTC, datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from dashboard.events.masking import Lens
from dashboard.events.models import Export
from dashboard.tagging.changes import ChangeKind, from_bytes
from dashboard.tagging.models import BulkItem, BulkJob
from dashboard.tagging.wording import item_row, value_words

NAMES: Final = (
    "position", "event_id", "visitor_id", "linked_id", "field", "outcome", "result", "sentence", "before_is_known",
    "before", "after_is_known", "after", "tries", "event_at", "settled_at", "next_try_at",
)  # fmt: skip
"""The columns, in order. The linked id is known where the job sets it; Inkpad keeps it of no other event."""


def row(item: BulkItem, job: BulkJob, lens: Lens, form: str) -> dict[str, object]:
    """Every value of one event by its name. A table gets values in words; programs get them as they were, and what was
    never set as null. Both say whether a value is known at all."""
    shown = item_row(item, job)
    before = _value(shown.stored_before if shown.knows_before else None, job, lens, form)
    after = _value(shown.stored_after if shown.shows_after else None, job, lens, form)
    stands = after if shown.shows_after else before
    return {
        "position": item.position,
        "event_id": item.event_id,
        "visitor_id": item.visitor_id,
        "linked_id": stands if job.field == ChangeKind.LINKED_ID else None,
        "field": str(job.field.value),
        "outcome": "erased" if shown.is_erased else item.state,
        "result": shown.result,
        "sentence": shown.why,
        "before_is_known": shown.knows_before,
        "before": before,
        "after_is_known": shown.shows_after,
        "after": after,
        "tries": shown.tries,
        "event_at": _time(item.event_at),
        "settled_at": _time(item.settled_at),
        "next_try_at": _time(item.next_attempt_at),
    }


def _value(stored: bytes | None, job: BulkJob, lens: Lens, form: str) -> Any:
    if stored is None:
        return None
    words = value_words(job.field, stored)
    if words is None:
        return _("not set") if form == Export.Form.CSV else None
    if not lens.shows(job.field.value):
        return lens.text(job.field.value, words)
    if form == Export.Form.CSV:
        return words
    try:
        return from_bytes(stored)
    except ValueError:
        return words  # JSON that Python cannot read


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()
