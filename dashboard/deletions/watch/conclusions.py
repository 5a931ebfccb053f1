"""What a round of questions proves, written down: the visitor's next state, the entry of the log, the alarm.

Runs inside the transaction of the round's last answer, with the watch's row held.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from dashboard.audit.kinds import AuditKind
from dashboard.audit.reading import Reading
from dashboard.audit.record import Outcome, deletion, record
from dashboard.deletions.models import DeletionRequest, DeletionVisitor
from dashboard.deletions.states import VisitorState, check_visitor_move
from dashboard.deletions.watch import alarms, forgetting, verdict
from dashboard.deletions.watch.rows import Probe, Watch
from dashboard.deletions.watch.verdict import Answer, Question, Said, Verdict
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.services import reads

STILL_THERE = "Fingerprint still answers events that it promised to delete within 24 hours"
NO_ANSWER = "For three days Fingerprint has not answered everything that was asked about this visitor"
CAME_BACK = "An event of the same visitor id came more than an hour after the deletion was accepted"
NOTHING_RECORDED = (
    "Fingerprint held no event of the last ten days, so there was nothing whose absence could be asked for"
)
TOO_OLD = "The events it should have deleted are beyond their retention by now: not finding them proves nothing"
OLDER_STAYS = "Older events are still answered although their retention has ended"
OLDER_NOT_RECORDED = "There were more older events than were recorded, so their end could not be asked for"
OLDER_NO_ANSWER = "Fingerprint has not answered whether the older events are gone"


def accepted_at(visitor: DeletionVisitor) -> datetime:
    """When Fingerprint accepted; a visitor without it is not watched at all."""
    if visitor.accepted_at is None:
        raise ValueError("This visitor was never accepted.")
    return visitor.accepted_at


def conclude(watch: Watch, *, now: datetime) -> None:
    """Reads the answers of the watch's newest round and does what follows from them."""
    visitor = DeletionVisitor.objects.select_for_update().get(pk=watch.visitor_id)
    request = visitor.request
    probes = list(watch.probes.filter(round=watch.round).order_by("pk"))
    said = [_said(probe) for probe in probes]
    _note_round(watch, visitor, request, said, now=now)
    _note_return(watch, visitor, request, probes, now=now)
    _note_moved(watch, probes)
    if visitor.state in (VisitorState.ACCEPTED, VisitorState.OVERDUE):
        _conclude_recent(watch, visitor, request, said, now=now)
    elif visitor.state == VisitorState.VERIFIED:
        _conclude_older(watch, visitor, request, said, now=now)


def _said(probe: Probe) -> Said:
    return Said(Question(probe.question), Answer(probe.answer) if probe.answer else Answer.SILENT)


def _conclude_recent(
    watch: Watch, visitor: DeletionVisitor, request: DeletionRequest, said: Sequence[Said], *, now: datetime
) -> None:
    found = verdict.judge(said, same_key=_is_same_key(watch))
    if found == Verdict.NOT_ANSWERED_ANY_MORE:
        _update(watch, verified_at=now, overdue_since=None)
        _move(visitor, request, VisitorState.VERIFIED, AuditKind.DELETION_VERIFIED, now=now)
        forgetting.erase_again_soon(visitor, now=now)
        _plan_older(watch, visitor, request, now=now)
    elif found == Verdict.STILL_THERE:
        _escalate(watch, visitor, request, STILL_THERE, now=now)
    elif found == Verdict.NOTHING_TO_ASK:
        _end(watch, visitor, request, NOTHING_RECORDED, now=now)
    elif now - (watch.checked_at or accepted_at(visitor)) >= verdict.SILENT_TOO_LONG:
        _escalate(watch, visitor, request, NO_ANSWER, now=now)


def _conclude_older(
    watch: Watch, visitor: DeletionVisitor, request: DeletionRequest, said: Sequence[Said], *, now: datetime
) -> None:
    if any(each.answer == Answer.FOUND for each in said):
        return _escalate(watch, visitor, request, STILL_THERE, now=now)
    ends = watch.residue_until
    if ends is None or now < ends + verdict.RESIDUE_GRACE:
        return _plan_older(watch, visitor, request, now=now)
    found = verdict.judge_older(said)
    is_late = now >= ends + verdict.GIVE_UP_RESIDUE
    if found == Verdict.NOT_ANSWERED_ANY_MORE and watch.returned_at is None:
        return _complete(watch, visitor, request, now=now)
    if watch.returned_at is not None:
        return _end(watch, visitor, request, CAME_BACK, now=now)
    if found == Verdict.NOTHING_TO_ASK:
        return _end(watch, visitor, request, OLDER_NOT_RECORDED, now=now)
    if is_late:
        because = OLDER_STAYS if found == Verdict.STILL_THERE else OLDER_NO_ANSWER
        return _end(watch, visitor, request, because, now=now)
    return None


def _plan_older(watch: Watch, visitor: DeletionVisitor, request: DeletionRequest, *, now: datetime) -> None:
    """No older events: everything is gone. Otherwise: when they are asked about next."""
    if watch.residue_until is not None:
        return _update(watch, next_attempt_at=verdict.next_follow(now, watch.residue_until))
    if watch.returned_at is not None:
        return _end(watch, visitor, request, CAME_BACK, now=now)
    return _complete(watch, visitor, request, now=now)


def _complete(watch: Watch, visitor: DeletionVisitor, request: DeletionRequest, *, now: datetime) -> None:
    _move(visitor, request, VisitorState.COMPLETE, AuditKind.DELETION_COMPLETE, now=now)
    _finish(watch, visitor, now=now)


def _end(watch: Watch, visitor: DeletionVisitor, request: DeletionRequest, because: str, *, now: datetime) -> None:
    """UNPROVEN: nothing more can be asked that would prove anything; said so, and people are told."""
    _move(visitor, request, VisitorState.UNPROVEN, AuditKind.DELETION_UNPROVEN, now=now, because=because)
    _finish(watch, visitor, now=now)
    alarms.unproven(request, now=now)


def _finish(watch: Watch, visitor: DeletionVisitor, *, now: datetime) -> None:
    _update(watch, ended_at=now, next_attempt_at=now + verdict.IDS_KEPT)
    forgetting.erase_again_soon(visitor, now=now)
    from dashboard.deletions.certificates import issuing

    joined = DeletionVisitor.objects.filter(joins=visitor.pk).values_list("request", flat=True)
    for request_id in sorted({visitor.request_id, *joined}):
        issuing.issue_at_the_end(request_id, now=now)


@transaction.atomic
def end_unproven_for_age(watch: Watch, *, now: datetime) -> None:
    """No question about the ten days before can prove anything any more. The caller holds the watch's lease."""
    watch.settle()
    visitor = DeletionVisitor.objects.select_for_update().get(pk=watch.visitor_id)
    _end(watch, visitor, visitor.request, TOO_OLD, now=now)


def _escalate(watch: Watch, visitor: DeletionVisitor, request: DeletionRequest, because: str, *, now: datetime) -> None:
    _update(watch, overdue_since=watch.overdue_since or now, next_attempt_at=now + verdict.CHECK_EVERY)
    if visitor.state != VisitorState.OVERDUE:
        _move(visitor, request, VisitorState.OVERDUE, AuditKind.DELETION_OVERDUE, now=now, because=because)
        alarms.overdue(request, now=now)
    elif visitor.because != because:
        DeletionVisitor.objects.filter(pk=visitor.pk).update(because=because)


# -- What a round says ----------------------------------------------------------------------------------------


def _note_round(
    watch: Watch, visitor: DeletionVisitor, request: DeletionRequest, said: Sequence[Said], *, now: datetime
) -> None:
    events = [each for each in said if each.question == Question.EVENT]
    is_whole = all(each.answer != Answer.SILENT for each in said)
    if is_whole:
        _update(watch, checked_at=now)
    if is_whole and events:
        gone = sum(each.answer == Answer.GONE for each in events)
        _update(watch, asked_count=len(events), gone_count=gone)
    record(
        AuditKind.DELETION_CHECKED,
        by=None,
        on_behalf_of=request.decided_by,
        outcome=Outcome.DONE if is_whole else Outcome.FAILED,
        target=deletion(request.pk),
        ticket=request.ticket,
        batch=request.number,
        details={"place": forgetting.place_of(visitor), "round": watch.round, "answers": answers_in_words(said)},
        at=now,
    )


def answers_in_words(said: Sequence[Said]) -> str:
    """`10 of 10 events gone, nothing recent found, 1 of 1 older events still there`, for the log and the page."""
    parts = []
    for question, singular in ((Question.EVENT, "events gone"), (Question.OLDER, "older events still there")):
        about = [each for each in said if each.question == question]
        counted = {Answer.GONE} if question == Question.EVENT else {Answer.THERE}
        if about:
            parts.append(f"{sum(each.answer in counted for each in about)} of {len(about)} {singular}")
    for each in said:
        if each.question == Question.SEARCH:
            parts.append(_SEARCH_WORDS.get(each.answer, "no answer to the search"))
    silent = sum(each.answer == Answer.SILENT for each in said)
    return ", ".join([*parts, *([f"{silent} without an answer"] if silent else [])])


_SEARCH_WORDS = {
    Answer.NOTHING: "nothing recent found",
    Answer.FOUND: "recent events found",
    Answer.RETURNED: "events after the deletion found",
}


def _note_return(
    watch: Watch, visitor: DeletionVisitor, request: DeletionRequest, probes: Sequence[Probe], *, now: datetime
) -> None:
    back = [probe.event_at for probe in probes if probe.answer == Answer.RETURNED and probe.event_at is not None]
    if not back or watch.returned_at is not None:
        return
    _update(watch, returned_at=max(back))
    record(
        AuditKind.DELETION_RETURNED,
        by=None,
        on_behalf_of=request.decided_by,
        outcome=Outcome.FAILED,
        target=deletion(request.pk),
        ticket=request.ticket,
        batch=request.number,
        details={"place": forgetting.place_of(visitor)},
        at=now,
    )
    alarms.returned(request, now=now)


def _note_moved(watch: Watch, probes: Sequence[Probe]) -> None:
    """An event that was just older than ten days when Fingerprint accepted stays like the others that are older."""
    stays = [probe.event_at for probe in probes if probe.answer == Answer.OLDER and probe.event_at is not None]
    if stays:
        until = max(stays) + reads.capabilities().retention
        _update(watch, residue_until=max(until, watch.residue_until or until))


def _is_same_key(watch: Watch) -> bool:
    try:
        return reads.connection_mark() == watch.connection
    except FingerprintError:
        return False


def _update(watch: Watch, **changes: object) -> None:
    Watch.objects.filter(pk=watch.pk).update(**changes)
    for name, value in changes.items():
        setattr(watch, name, value)


def _move(
    visitor: DeletionVisitor,
    request: DeletionRequest,
    state: VisitorState,
    kind: Reading,
    *,
    now: datetime,
    because: str = "",
) -> None:
    check_visitor_move(VisitorState(visitor.state), state)
    # Requests that joined this one, for a shared device, are settled by what becomes of it.
    rows = DeletionVisitor.objects.filter(Q(pk=visitor.pk) | Q(joins=visitor.pk), state=visitor.state)
    rows.update(state=state, because=because)
    visitor.state, visitor.because = state, because
    details = {"place": forgetting.place_of(visitor)} | ({"because": because} if because else {})
    record(
        kind,
        by=None,
        on_behalf_of=request.decided_by,
        outcome=Outcome.DONE if state in (VisitorState.VERIFIED, VisitorState.COMPLETE) else Outcome.FAILED,
        target=deletion(request.pk),
        ticket=request.ticket,
        batch=request.number,
        details=details,
        at=now,
    )
