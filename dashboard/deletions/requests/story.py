"""The whole story of a request as one time line: what happened, what it proves, what is still to come and when.

Each stage has one honest word: "accepted by Fingerprint" is their word and no proof; "no longer answered" is what we
asked and were not answered; "gone" is said only when what stayed for a while is not answered either.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core import times
from dashboard.deletions.models import Attempt, DeletionRequest, DeletionVisitor
from dashboard.deletions.states import OPEN, Status, VisitorState
from dashboard.deletions.watch import verdict
from dashboard.deletions.watch.rows import WATCHED, LocalErasure, Watch, erased_of, local_erasure_of, watch_of

_TAKEN = (
    VisitorState.ACCEPTED,
    VisitorState.OVERDUE,
    VisitorState.VERIFIED,
    VisitorState.COMPLETE,
    VisitorState.UNPROVEN,
)
DONE, TO_COME, TROUBLE, DOUBT = "done", "todo", "trouble", "doubt"


@dataclass(frozen=True)
class Moment:
    """One line: when, what in a few words, what it means. `state`: done, todo, trouble, doubt. `url` leads further."""

    at: datetime | None
    title: str
    more: str = ""
    state: str = DONE
    url: str = ""
    link_text: str = ""
    is_forecast: bool = False
    """Whether `at` is when it is expected, not when it happened."""
    place: int = 0
    """Which visitor it is about, counted from 1; 0: the request."""
    who: str = ""
    """Which or how many visitors of several, in words."""


def story_of(request: DeletionRequest) -> list[Moment]:
    """What happened first, by time; then what is to come, by time."""
    rows = list(request.visitors.select_related(*WATCHED).order_by("pk"))
    of_visitors = [replace(moment, place=place) for place, row in enumerate(rows, 1) for moment in _of_visitor(row)]
    if len(rows) > 1:
        of_visitors = _together(of_visitors, len(rows))
    found = [*_asked(request), *_decided(request), *_sent(request, rows), *of_visitors]
    found += [
        Moment(
            made.issued_at,
            _("Certificate %(name)s issued") % {"name": made.name},
            made.issued_by.name if made.issued_by else _("By Inkpad itself: nothing more is asked."),
        )
        for made in request.certificates.select_related("issued_by")
    ]
    happened = [each for each in found if not each.is_forecast]
    ahead = [each for each in found if each.is_forecast]
    return [*sorted(happened, key=_when), *sorted(ahead, key=_when)]


def _together(moments: Sequence[Moment], visitors: int) -> list[Moment]:
    """One line for each stage, with how many of the visitors have come so far and when the last one did."""
    stages: dict[tuple[str, str], list[Moment]] = {}
    for moment in moments:
        stages.setdefault((moment.title, moment.state), []).append(moment)
    return [_stage(sorted(each, key=_when), visitors) for each in stages.values()]


def _stage(moments: Sequence[Moment], visitors: int) -> Moment:
    first, last = moments[0], moments[-1]
    if len(moments) == 1:
        who = _("visitor %(place)s") % {"place": first.place}
    else:
        who = _("%(n)s of %(all)s visitors") % {"n": times.thousands(len(moments)), "all": times.thousands(visitors)}
    more = first.more if len({moment.more for moment in moments}) == 1 else ""
    if first.at != last.at and last.at is not None:
        local = timezone.localtime(last.at)
        more = f"{more} " + _("The last %(at)s.") % {"at": times.said(local, timezone.localdate())}
    return replace(first, who=who, more=more.strip())


def _when(moment: Moment) -> datetime:
    return moment.at or datetime.max.replace(tzinfo=UTC)


def _asked(request: DeletionRequest) -> Iterator[Moment]:
    yield Moment(request.received_at, _("Received"), str(request.get_source_display()))
    yield Moment(request.requested_at, _("Asked"), request.requested_by.name)


def _decided(request: DeletionRequest) -> Iterator[Moment]:
    if request.decided_at is not None and request.decided_by is not None and request.status != Status.REQUESTED:
        title = _("Refused") if request.status == Status.REFUSED else _("Approved by a second person")
        yield Moment(request.decided_at, title, request.decided_by.name)
    if request.status == Status.REQUESTED:
        yield Moment(None, _("A second person decides"), state=TO_COME, is_forecast=True)
    elif request.status == Status.APPROVED:
        more = _("Until then it can be cancelled; afterwards it runs within Fingerprint’s quota.")
        yield Moment(request.runs_after, _("Cooling-off ends"), more, TO_COME, is_forecast=True)
    elif request.status in (Status.WITHDRAWN, Status.CANCELLED, Status.EXPIRED):
        more = _("Nothing was sent to Fingerprint.")
        yield Moment(request.ended_at, str(request.get_status_display()), more, DOUBT)


def _sent(request: DeletionRequest, rows: Sequence[DeletionVisitor]) -> Iterator[Moment]:
    calls = Attempt.objects.filter(visitor__request=request).aggregate(count=Count("pk"), first=Min("sent_at"))
    if calls["count"]:
        words = ngettext("%(n)s call", "%(n)s calls", calls["count"]) % {"n": calls["count"]}
        yield Moment(calls["first"], _("Sent to Fingerprint"), words)
    waiting = sum(row.is_open for row in rows)
    if request.status == Status.RUNNING and waiting:
        words = ngettext(
            "%(n)s visitor still waits for its turn.", "%(n)s visitors still wait for their turn.", waiting
        )
        yield Moment(None, _("Sending goes on"), words % {"n": waiting}, TO_COME, is_forecast=True)
    if request.status in OPEN and not calls["count"]:
        more = _("From then on Inkpad asks Fingerprint whether it is gone.")
        yield Moment(None, _("A day after Fingerprint accepts"), more, TO_COME, is_forecast=True)


def _of_visitor(row: DeletionVisitor) -> Iterator[Moment]:
    if row.state == VisitorState.FAILED:
        yield Moment(row.settled_at, _("Failed"), _sentence(row.because), TROUBLE)
    if row.state in _TAKEN:
        yield from _accepted(row)
    if row.state == VisitorState.UNKNOWN:
        more = _("Fingerprint did not know this visitor: never there, expired, or deleted before.")
        yield Moment(row.settled_at, _("Unknown to Fingerprint"), more, DOUBT)
    watch = watch_of(row)
    if watch is not None:
        yield from _erased_here(row)
        yield from _checked(row, watch)
        yield from _ending(row, watch)


def _accepted(row: DeletionVisitor) -> Iterator[Moment]:
    more = _("This is Fingerprint’s word. It says that it will delete, not that anything is gone.")
    if row.answer_was_lost:
        more = _("Its answer was lost; asked again, Fingerprint did not know the visitor any more.")
    yield Moment(row.accepted_at, _("Accepted by Fingerprint"), more)


def _erased_here(row: DeletionVisitor) -> Iterator[Moment]:
    erasure = local_erasure_of(row)
    if erasure is None:
        return
    parts = [f"{name} {times.thousands(count)}" for name, count in sorted(erasure.counts.items())]
    more = _("Erased: %(parts)s.") % {"parts": ", ".join(parts)} if parts else _("Nothing of it was kept here.")
    yield Moment(erasure.begun_at, _("Erased in Inkpad"), more)
    if erasure.state == LocalErasure.WAITING and erasure.because:
        more = _("%(why)s; Inkpad tries again until nothing is left.") % {"why": _sentence(erasure.because, dot=False)}
        yield Moment(erasure.next_attempt_at, _("Erased in Inkpad once more"), more, TO_COME, is_forecast=True)


def _checked(row: DeletionVisitor, watch: Watch) -> Iterator[Moment]:
    if watch.overdue_since is not None:
        title = _("Overdue: not shown to be gone in time")
        yield Moment(watch.overdue_since, title, _sentence(row.because), TROUBLE)
    if watch.returned_at is not None:
        more = _("A visit under the same id, more than an hour after Fingerprint had accepted the deletion.")
        yield Moment(watch.returned_at, _("Came back"), more, TROUBLE)
    if watch.verified_at is not None:
        yield Moment(watch.verified_at, _("No longer answered"), _verified_words(row, watch))
    if row.state in (VisitorState.ACCEPTED, VisitorState.OVERDUE):
        title = _("Inkpad asks whether it is gone") if not watch.round else _("Inkpad asks again")
        more = _("Every day until the recorded events are no longer answered.")
        yield Moment(watch.next_attempt_at, title, more, TO_COME, is_forecast=True)


def _verified_words(row: DeletionVisitor, watch: Watch) -> str:
    asked = _("%(gone)s of %(asked)s events asked about are not found; a search of the days before finds nothing.") % {
        "gone": times.thousands(watch.gone_count),
        "asked": times.thousands(watch.asked_count),
    }
    if watch.residue_until is None:
        return asked
    stays = ngettext("%(n)s older event stays for now.", "%(n)s older events stay for now.", row.older_count)
    return f"{asked} " + (stays % {"n": times.thousands(row.older_count)})


def _ending(row: DeletionVisitor, watch: Watch) -> Iterator[Moment]:
    if row.state == VisitorState.VERIFIED and watch.residue_until is not None:
        more = _("Until then Fingerprint goes on showing them to whoever knows their ids; Inkpad looks every week.")
        title = _("The retention of the older events ends")
        yield Moment(watch.residue_until, title, more, TO_COME, is_forecast=True)
        more = _("Only when they are not answered either is everything gone.")
        title = _("Inkpad asks for the older events a last time")
        yield Moment(watch.residue_until + verdict.RESIDUE_GRACE, title, more, TO_COME, is_forecast=True)
    if row.state == VisitorState.COMPLETE:
        yield Moment(watch.ended_at, _("Gone"), _gone_words(watch))
    if row.state == VisitorState.UNPROVEN:
        yield Moment(watch.ended_at, _("Unproven"), _sentence(row.because), DOUBT)
    yield from _forgotten(row, watch)


def _gone_words(watch: Watch) -> str:
    if watch.residue_until is None:
        return _("There were no older events: nothing is left to ask about.")
    return _("The older events were asked about after their retention had ended, and are not found.")


def _forgotten(row: DeletionVisitor, watch: Watch) -> Iterator[Moment]:
    title = _("This request forgets the id")
    more = _("A keyed hash stays, so that whoever brings the id can be told.")
    if watch.released_at is not None:
        yield Moment(watch.released_at, title, more)
    elif watch.ended_at is not None:
        yield Moment(watch.ended_at + verdict.IDS_KEPT, title, more, TO_COME, is_forecast=True)
    erased = erased_of(row)
    if erased is not None and watch.ended_at is not None:
        more = _("Then the hash goes too, and the reasons people wrote.")
        title = _("The record ends")
        yield Moment(erased.keep_until, title, more, TO_COME, is_forecast=True)


def _sentence(because: str, *, dot: bool = True) -> str:
    if not because:
        return ""
    return because[0].upper() + because[1:] + ("." if dot else "")
