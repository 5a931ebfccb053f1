"""Linked visitors as the page and the file say them, masked for the person who looks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core import facts
from dashboard.core.times import length, thousands
from dashboard.events.filters import MASK
from dashboard.events.masking import Lens
from dashboard.events.present import Cell, cell, visitor_url
from dashboard.visitors import links
from dashboard.visitors.link_readings import Found, Hop
from dashboard.visitors.links import Evidence, Kind, Level

REASONS_SHOWN = 3
SECONDS_A_CALL = 0.3
_BARS = {Level.STRONG: 4, Level.FAIR: 3, Level.WEAK: 2, Level.NONE: 1}
_FIELDS = {
    Kind.ACCOUNT: "linked_id",
    Kind.HIGH_RECALL: "high_recall_id",
    Kind.ADDRESS: "ip_address",
    Kind.PROXIMITY: "proximity",
}


@dataclass(frozen=True)
class Reason:
    """One shared value: what kind, the value as this person may see it, and more in words."""

    words: str
    value: Cell
    more: str


@dataclass(frozen=True)
class Row:
    """One linked visitor."""

    visitor_id: str
    url: str
    reasons: tuple[Reason, ...]
    more_reasons: int
    bars: int
    level: str
    shared: str
    hop: int
    via: tuple[str, ...]
    last_at: datetime | None
    device: str | None
    suspect: bool | None
    known: str
    known_blocks: bool


@dataclass(frozen=True)
class HubRow:
    """A value that proves nothing, and why."""

    visitors: str
    value: Cell
    words: str


@dataclass(frozen=True, kw_only=True)
class LinkSheet:
    """Everything the links page says."""

    rows: tuple[Row, ...]
    left_out: int
    hubs: tuple[HubRow, ...]
    hop_number: int
    asked_count: int
    pending_count: int
    pending_words: str
    pending_duration: str
    not_planned_count: int
    unasked_count: int
    """Values of all hops that their caps left out."""
    problem: str
    failed_count: int
    next_count: int
    """Visitors that one hop more would start from; 0 when there is none."""
    most_questions: int
    related_answer: str
    """What API v3's related visitors said, "" when nobody asked."""


def link_sheet(found: Found, lens: Lens) -> LinkSheet:
    """The reading for this person."""
    members, left_out = found.members()
    hop = found.hops[-1]
    known = _known([member.visitor_id for member in members])
    can_go_on = not hop.pending and len(found.hops) < links.MOST_HOPS
    return LinkSheet(
        rows=tuple(_row(member, found, lens, known) for member in members),
        left_out=left_out,
        hubs=tuple(_hub(hub, lens) for hub in links.hubs(found.answers)),
        hop_number=len(found.hops),
        asked_count=sum(len(each.answers) for each in found.hops),
        pending_count=len(hop.pending),
        pending_words=_pending_words(hop),
        pending_duration=_duration(len(hop.pending)),
        not_planned_count=hop.left_out,
        unasked_count=sum(each.left_out for each in found.hops),
        problem=hop.failed[0].problem if hop.failed else "",
        failed_count=len(hop.failed),
        next_count=len(links.next_seeds(members, found.seeds)) if can_go_on else 0,
        most_questions=links.MOST_QUESTIONS,
        related_answer=_related_answer(found),
    )


def file_rows(found: Found, lens: Lens) -> Iterator[tuple[object, ...]]:
    """The table as rows of a file, heads first; masked as the page is."""
    yield (
        _("Visitor"),
        _("Strength"),
        _("Why"),
        _("Found from"),
        _("Hop"),
        _("Last seen, UTC"),
        _("Device"),
        _("Suspect"),
        _("Events met"),
    )
    for member in found.members()[0]:
        reasons = (_reason(each, lens) for each in member.evidence)
        yield (
            member.visitor_id,
            _level_words(member.level),
            "; ".join(f"{each.words} {each.value.shown or ''} {each.more}".strip() for each in reasons),
            ", ".join(member.of),
            member.hop,
            f"{member.last_at:%Y-%m-%d %H:%M:%S}" if member.last_at else None,
            member.device,
            {True: _("suspect"), False: _("not suspect"), None: _("not set")}[member.suspect],
            member.event_count,
        )


def _row(member: links.Member, found: Found, lens: Lens, known: dict[str, tuple[str, bool]]) -> Row:
    claim, blocks = known.get(member.visitor_id, ("", False))
    shared = len({(each.kind, each.value) for each in member.evidence if not each.is_hub})
    return Row(
        visitor_id=member.visitor_id,
        url=visitor_url(member.visitor_id),
        reasons=tuple(_reason(each, lens) for each in member.evidence[:REASONS_SHOWN]),
        more_reasons=max(0, len(member.evidence) - REASONS_SHOWN),
        bars=_BARS[member.level],
        level=_level_words(member.level),
        shared=ngettext("%(n)s value", "%(n)s values", shared) % {"n": shared},
        hop=member.hop,
        via=tuple(each for each in member.of if each != found.root),
        last_at=member.last_at,
        device=member.device,
        suspect=member.suspect,
        known=claim,
        known_blocks=blocks,
    )


def _reason(evidence: Evidence, lens: Lens) -> Reason:
    more = []
    if evidence.kind is not Kind.RELATED:
        if evidence.kind in (Kind.ADDRESS, Kind.RANGE) and evidence.nearest is not None:
            more.append(_apart(evidence.nearest, is_same=evidence.is_at_the_same_time))
        if evidence.count > 1:
            more.append(ngettext("%(n)s event", "%(n)s events", evidence.count) % {"n": thousands(evidence.count)})
        if evidence.crowd > 1:
            more.append(_crowd_words(evidence.crowd, is_capped=evidence.is_capped))
    return Reason(_kind_words(evidence.kind), _value(evidence.kind, evidence.value, lens), ", ".join(more))


def _value(kind: Kind, value: str, lens: Lens) -> Cell:
    if kind is Kind.RELATED:
        return Cell("")
    if kind is Kind.RANGE:
        return Cell(value) if lens.sees_personal else Cell(MASK, is_masked=True)
    return cell(lens, _FIELDS[kind], value)


def _hub(hub: links.Hub, lens: Lens) -> HubRow:
    count = f"{thousands(hub.crowd)}+" if hub.is_capped else thousands(hub.crowd)
    return HubRow(
        visitors=_("%(n)s visitors") % {"n": count},
        value=_value(hub.kind, hub.value, lens),
        words={
            Kind.ACCOUNT: _("came with the same account. So many use it that it proves nothing."),
            Kind.HIGH_RECALL: _("have the same high recall id. So many share it that it proves nothing."),
            Kind.ADDRESS: _("came from the same address. So many share it that it proves nothing."),
            Kind.PROXIMITY: _("were in the same zone. So many share it that it proves nothing."),
            Kind.RANGE: _("came from the same range. So many share it that it proves nothing."),
        }[hub.kind],
    )


def _known(visitor_ids: list[str]) -> dict[str, tuple[str, bool]]:
    """The weightiest claim about each visitor, and whether any of them blocks changes."""
    found: dict[str, tuple[str, bool]] = {}
    for fact in facts.about(visitor_ids):
        claim, blocks = found.get(fact.visitor_id, (fact.claim, False))
        found[fact.visitor_id] = (claim, blocks or fact.blocks_changes)
    return found


def _pending_words(hop: Hop) -> str:
    """`6 accounts, 3 addresses`."""
    words = {
        Kind.ACCOUNT: lambda n: ngettext("%(n)s account", "%(n)s accounts", n),
        Kind.HIGH_RECALL: lambda n: ngettext("%(n)s high recall id", "%(n)s high recall ids", n),
        Kind.ADDRESS: lambda n: ngettext("%(n)s address", "%(n)s addresses", n),
        Kind.PROXIMITY: lambda n: ngettext("%(n)s proximity zone", "%(n)s proximity zones", n),
        Kind.RANGE: lambda n: ngettext("%(n)s range of addresses", "%(n)s ranges of addresses", n),
        Kind.RELATED: lambda n: ngettext("Fingerprint’s related visitors", "Fingerprint’s related visitors", n),
    }
    counts = {kind: sum(1 for each in hop.pending if each.kind is kind) for kind in Kind}
    return ", ".join(words[kind](n) % {"n": n} for kind, n in counts.items() if n)


def _related_answer(found: Found) -> str:
    for answer in (answer for answers in found.answers for answer in answers):
        if answer.question.kind is Kind.RELATED:
            if answer.problem:
                return answer.problem
            count = len(answer.related)
            return ngettext("%(n)s visitor", "%(n)s visitors", count) % {"n": count} if count else _("nobody")
    return ""


def _kind_words(kind: Kind) -> str:
    return {
        Kind.ACCOUNT: _("Same account"),
        Kind.HIGH_RECALL: _("Same high recall id"),
        Kind.ADDRESS: _("Same address"),
        Kind.PROXIMITY: _("Same proximity zone"),
        Kind.RANGE: _("Same range"),
        Kind.RELATED: _("On the same phone, says Fingerprint (related visitors, API v3)"),
    }[kind]


def _level_words(level: Level) -> str:
    return {
        Level.STRONG: _("Strong"),
        Level.FAIR: _("Fair"),
        Level.WEAK: _("Weak"),
        Level.NONE: _("No evidence"),
    }[level]


def _apart(nearest: timedelta, *, is_same: bool) -> str:
    return _("within the hour") if is_same else _("%(time)s apart") % {"time": length(nearest)}


def _crowd_words(crowd: int, *, is_capped: bool) -> str:
    others = crowd - 1
    if is_capped:
        words = ngettext("at least %(n)s other shares it", "at least %(n)s others share it", others)
    else:
        words = ngettext("%(n)s other shares it", "%(n)s others share it", others)
    return words % {"n": others}


def _duration(calls: int) -> str:
    return length(timedelta(seconds=max(1, round(calls * SECONDS_A_CALL))))
