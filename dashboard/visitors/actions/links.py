"""Looking for linked visitors: plan a hop and its price, ask it in small steps, take it away, choose members."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import Outcome, record
from dashboard.audit.record import visitor as visitor_target
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core.access import Perm
from dashboard.core.errors import NotPossible
from dashboard.events.queries import Snapshot
from dashboard.events.values import device_words
from dashboard.visitors import link_readings, links
from dashboard.visitors.link_readings import Found, Hop
from dashboard.visitors.links import Answer, Kind, Question, Sighting
from dashboard.visitors.models import LinkReading
from fingerprint_integration.domain import Event, EventQuery
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.services import reads

MOST_CHOSEN = 8
"""Visitors whose events are read at once to be marked: at most two requests each."""
_PAGES_OF_CHOSEN = 2
_SUBJECTS = {Kind.ACCOUNT: SubjectKind.LINKED_ID, Kind.ADDRESS: SubjectKind.ADDRESS, Kind.RANGE: SubjectKind.ADDRESS}


@transaction.atomic(durable=True)
def begin(visitor_id: str, snapshot: Snapshot, *, by: User, now: datetime) -> LinkReading:
    """Plan the first hop from the loaded events of a visitor. Fingerprint is not asked."""
    events = [_seen for event in snapshot.events if (_seen := links.sighting_of(event, device_words))]
    found = Found(root=visitor_id, seed_events=events)
    _plan(found, {visitor_id: events}, by)
    reading = LinkReading.objects.create(
        owner=by,
        visitor_id=visitor_id,
        packed=link_readings.pack(found),
        created_at=now,
        expires_at=now + settings.SNAPSHOT_LIFETIME,
    )
    _note_plan(found, by, now)
    return reading


@transaction.atomic(durable=True)
def plan_further(reading: LinkReading, *, by: User, now: datetime) -> None:
    """Plan one hop more from the strongest members; NotPossible when there is nobody left or the hops are used up."""
    found = link_readings.unpack(reading)
    seeds = links.next_seeds(found.members()[0], found.seeds)
    if found.pending or not seeds or len(found.hops) >= links.MOST_HOPS:
        raise NotPossible(_("There is no further hop from here: open one of the visitors to start from them."))
    _plan(found, found.sightings_of(list(seeds)), by)
    if _keep(reading, found):
        _note_plan(found, by, now)


def ask(reading: LinkReading, *, most: int, with_related: bool, by: User, now: datetime) -> bool:
    """Ask up to `most` of the planned questions; each answer is kept, each step is written down with what it asked.

    What got no answer before is asked again, last. A step ends at the first question without an answer. Tells whether
    everything was answered so far, so that another step makes sense.
    """
    found = link_readings.unpack(reading)
    hop = found.hops[-1]
    hop.ask_failed_again()
    if with_related and reads.capabilities().has_related and (Kind.RELATED, found.root) not in found.asked:
        hop.questions.append(Question(Kind.RELATED, found.root, found.root))
    asked: list[Question] = []
    for question in hop.pending[:most]:
        asked.append(question)
        hop.answers.append(_answer(question, now))
        if hop.answers[-1].problem:
            break
    if asked:
        with transaction.atomic():
            if _keep(reading, found):
                _write_down(reading, asked, hop.answers[-len(asked) :], by, now, hop=len(found.hops))
    return not hop.failed


def open_reading(reading: LinkReading, *, by: User, now: datetime) -> Found:
    """What was found so far; looking at it is written down."""
    record(AuditKind.LINKS_OPENED, by=by, target=visitor_target(reading.visitor_id), at=now)
    return link_readings.unpack(reading)


def note_export(reading: LinkReading, count: int, *, reason: str, ticket: str, by: User, now: datetime) -> None:
    """Write down that somebody takes a list of links away, and why. Nothing is handed out without this entry."""
    record(
        AuditKind.LINKS_EXPORTED,
        by=by,
        target=visitor_target(reading.visitor_id),
        reason=reason,
        ticket=ticket,
        details={"count": count},
        at=now,
    )


@dataclass(frozen=True)
class ChosenVisitor:
    """A visitor that is to be marked: the ids of its newest events, and whether it has more."""

    visitor_id: str
    event_ids: tuple[str, ...]
    has_more: bool


def read_chosen(
    reading: LinkReading, visitor_ids: Sequence[str], *, by: User, now: datetime
) -> tuple[ChosenVisitor, ...]:
    """The newest events of chosen members, so that all of them can be changed in one job. FingerprintError passes.

    NotPossible for nobody, for too many, and for visitors that are no members.
    """
    found = link_readings.unpack(reading)
    known = {found.root, *(member.visitor_id for member in found.members()[0])}
    chosen = list(dict.fromkeys(each for each in visitor_ids if each in known))
    if not chosen:
        raise NotPossible(_("Choose at least one visitor of the list."))
    if len(chosen) > MOST_CHOSEN:
        raise NotPossible(_("Choose at most %(most)s visitors at a time.") % {"most": MOST_CHOSEN})
    read = tuple(_events_of(visitor_id, now) for visitor_id in chosen)
    record(
        AuditKind.LINKS_CHOSEN,
        by=by,
        target=visitor_target(reading.visitor_id),
        details={"count": len(read)},
        personal={f"visitor_{n}": Personal(SubjectKind.VISITOR, each.visitor_id) for n, each in enumerate(read, 1)},
        at=now,
    )
    return read


def _events_of(visitor_id: str, now: datetime) -> ChosenVisitor:
    event_ids: list[str] = []
    cursor: str | None = None
    for _page in range(_PAGES_OF_CHOSEN):
        page = reads.visitor_history(visitor_id, now=now, cursor=cursor)
        event_ids += [item.event_id for item in page.events if item.event_id]
        cursor = page.cursor
        if cursor is None:
            break
    return ChosenVisitor(visitor_id, tuple(dict.fromkeys(event_ids)), has_more=cursor is not None)


def _plan(found: Found, seeds: dict[str, list[Sighting]], by: User) -> None:
    filters = reads.capabilities().filters
    kinds = {kind for kind in Kind if kind.value in filters}
    # A range tells about many people at once: as in a search, only who sees personal values may ask for one.
    if "ip_address" in filters and Perm.VIEW_PERSONAL in by.perms:
        kinds.add(Kind.RANGE)
    questions, left_out = links.plan(seeds, kinds=frozenset(kinds), asked=found.asked)
    found.hops.append(Hop(list(seeds), questions, left_out))


def _note_plan(found: Found, by: User, now: datetime) -> None:
    record(
        AuditKind.LINKS_PLANNED,
        by=by,
        target=visitor_target(found.root),
        details={"hop": len(found.hops), "requests": _requests(len(found.pending))},
        at=now,
    )


def _answer(question: Question, now: datetime) -> Answer:
    try:
        if question.kind is Kind.RELATED:
            related = reads.related_visitors(question.value)
            return Answer(question, related=tuple(each.visitor_id for each in related))
        start, end = reads.retention_window(now)
        name = "ip_address" if question.kind is Kind.RANGE else question.kind.value
        page = reads.search_events(EventQuery(start=start, end=end, **{name: question.value}))  # type: ignore[arg-type]
    except FingerprintError as problem:
        return Answer(question, problem=problem.user_message)
    sightings = (links.sighting_of(event, device_words) for event in page.events if isinstance(event, Event))
    return Answer(question, tuple(each for each in sightings if each), has_more=page.cursor is not None)


def _keep(reading: LinkReading, found: Found) -> bool:
    """Store the next step; False when another click was faster, whose step then stands."""
    rows = LinkReading.objects.filter(pk=reading.pk, step=reading.step)
    return rows.update(packed=link_readings.pack(found), step=reading.step + 1) == 1


def _write_down(
    reading: LinkReading, asked: Sequence[Question], answers: Sequence[Answer], by: User, now: datetime, *, hop: int
) -> None:
    about = (reading.visitor_id,)
    personal = {
        f"value_{number}": Personal(_SUBJECTS.get(question.kind, SubjectKind.TEXT), question.value, about)
        for number, question in enumerate(asked, 1)
        if question.kind is not Kind.RELATED
    }
    problem = next((answer.problem for answer in answers if answer.problem), "")
    if problem:
        record(
            AuditKind.LINKS_NOT_READ,
            by=by,
            target=visitor_target(reading.visitor_id),
            outcome=Outcome.FAILED,
            details={"hop": hop, "requests": _requests(len(asked)), "error": problem},
            personal=personal,
            at=now,
        )
        return
    others = {each.visitor_id for answer in answers for each in answer.sightings} - {reading.visitor_id}
    others |= {visitor_id for answer in answers for visitor_id in answer.related}
    record(
        AuditKind.LINKS_READ,
        by=by,
        target=visitor_target(reading.visitor_id),
        details={"hop": hop, "requests": _requests(len(asked)), "count": len(others)},
        personal=personal,
        at=now,
    )


def _requests(count: int) -> str:
    """`1 request`, `13 requests`, as the log says it."""
    return "1 request" if count == 1 else f"{count} requests"
