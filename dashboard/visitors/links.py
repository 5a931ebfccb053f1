"""Which other visitors are linked to one, why, how strongly, and what it costs to ask further. Pure.

A link is a value that two visitors share. What many share proves little: the more visitors a value has, the less it
says, and from a number on it says nothing (a carrier's address, a shop's shared test account). Several values add up.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final

import msgspec

from fingerprint_integration.domain import Event


class Kind(StrEnum):
    """What two visitors can share, the most telling first; the order in which values are asked for."""

    ACCOUNT = "linked_id"
    HIGH_RECALL = "high_recall_id"
    ADDRESS = "ip_address"
    PROXIMITY = "proximity_id"
    RANGE = "range"
    RELATED = "related"
    """Fingerprint's own answer (API v3): other browsers on the same phone."""


class Level(StrEnum):
    """How strong a link is, in the four words of the page."""

    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"
    NONE = "none"


MOST_QUESTIONS: Final = 20
"""Requests of one hop."""
MOST_MEMBERS: Final = 100
MOST_SEEDS: Final = 5
"""Visitors that one further hop starts from."""
MOST_HOPS: Final = 3
_VALUES_OF: Final = {Kind.ACCOUNT: 8, Kind.HIGH_RECALL: 2, Kind.ADDRESS: 5, Kind.PROXIMITY: 2, Kind.RANGE: 3}

# What a value shared by exactly two says, from 0 (nothing) to 1 (proof).
_WEIGHT: Final = {
    Kind.ACCOUNT: 0.9,
    Kind.HIGH_RECALL: 0.9,
    Kind.RELATED: 0.9,
    Kind.ADDRESS: 0.5,
    Kind.PROXIMITY: 0.5,
    Kind.RANGE: 0.2,
}
_ADDRESS_AT_THE_SAME_TIME: Final = 0.7
AT_THE_SAME_TIME: Final = timedelta(hours=1)
# With so many others a value says half of that.
_HALF_AT: Final = {Kind.ACCOUNT: 8, Kind.HIGH_RECALL: 8, Kind.ADDRESS: 6, Kind.PROXIMITY: 6, Kind.RANGE: 3}
# With so many others it is a hub and says nothing.
HUB_FROM: Final = {Kind.ACCOUNT: 12, Kind.HIGH_RECALL: 12, Kind.ADDRESS: 12, Kind.PROXIMITY: 12, Kind.RANGE: 12}
_STRONG, _FAIR, _WEAK = 0.75, 0.45, 0.1


class Question(msgspec.Struct, frozen=True):
    """One request: who else came with this value. `of` is the visitor whose value it is."""

    kind: Kind
    value: str
    of: str


class Sighting(msgspec.Struct, frozen=True):
    """One event that a question found: whose, when, and the values that further questions can start from."""

    visitor_id: str
    event_id: str
    at: datetime
    suspect: bool | None = None
    device: str | None = None
    linked_id: str | None = None
    high_recall_id: str | None = None
    address: str | None = None
    proximity_id: str | None = None


class Answer(msgspec.Struct, frozen=True):
    """What a question found, or why there is no answer. `related` are ids without events (API v3's own answer)."""

    question: Question
    sightings: tuple[Sighting, ...] = ()
    related: tuple[str, ...] = ()
    has_more: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Evidence:
    """Why two visitors are linked: the shared value, how many others have it, and how near in time they came."""

    kind: Kind
    value: str
    crowd: int
    """Visitors that share the value with the one it was asked for: at least one."""
    is_capped: bool = False
    """More events follow, so there may be more visitors."""
    count: int = 1
    """Events of the other visitor with this value."""
    nearest: timedelta | None = None

    @property
    def is_hub(self) -> bool:
        return self.kind in HUB_FROM and self.crowd >= HUB_FROM[self.kind]

    @property
    def is_at_the_same_time(self) -> bool:
        return self.nearest is not None and self.nearest <= AT_THE_SAME_TIME

    @property
    def weight(self) -> float:
        """What this value says by itself, 0 to 1; never more when more visitors share it."""
        if self.is_hub:
            return 0.0
        weight = _WEIGHT[self.kind]
        if self.kind is Kind.ADDRESS and self.is_at_the_same_time:
            weight = _ADDRESS_AT_THE_SAME_TIME
        half = _HALF_AT.get(self.kind)
        return weight if half is None else weight * half / (half + self.crowd - 1)


@dataclass(frozen=True)
class Member:
    """A linked visitor with every reason, the strongest first."""

    visitor_id: str
    evidence: tuple[Evidence, ...]
    level: Level
    hop: int
    of: tuple[str, ...]
    """The visitors it was found from."""
    last_at: datetime | None
    device: str | None
    suspect: bool | None
    event_count: int


@dataclass(frozen=True)
class Hub:
    """A value that so many share that it proves nothing."""

    kind: Kind
    value: str
    crowd: int
    is_capped: bool


def level_of(evidence: Iterable[Evidence]) -> Level:
    """How strong all reasons together are; the order does not matter and a further reason never weakens."""
    doubt = 1.0
    for each in sorted(evidence, key=lambda each: each.weight):
        doubt *= 1 - each.weight
    sure = 1 - doubt
    return (
        Level.STRONG
        if sure >= _STRONG
        else Level.FAIR
        if sure >= _FAIR
        else Level.WEAK
        if sure >= _WEAK
        else Level.NONE
    )


def sighting_of(event: Event, device_of: Callable[[Event], str | None]) -> Sighting | None:
    """What of an event is kept for links; None for one without a visitor."""
    if not event.visitor_id:
        return None
    info = event.ip_v4 or event.ip_v6
    return Sighting(
        visitor_id=event.visitor_id,
        event_id=event.event_id,
        at=event.at,
        suspect=event.suspect,
        device=device_of(event),
        linked_id=event.linked_id,
        high_recall_id=event.high_recall_id,
        address=event.ip_address or (info.address if info else None),
        proximity_id=event.proximity.id if event.proximity else None,
    )


def range_of(address: str | None) -> str | None:
    """The neighbours of an address: /24 of IPv4, /64 of IPv6; None for what is no address."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return None
    return str(ip_network(f"{parsed}/{24 if isinstance(parsed, IPv4Address) else 64}", strict=False))


def plan(
    seeds: Mapping[str, Sequence[Sighting]], *, kinds: frozenset[Kind], asked: frozenset[tuple[Kind, str]]
) -> tuple[list[Question], int]:
    """The questions of one hop from the seeds' own events, and how many values are left out by the caps.

    The most telling kinds and the most frequent values come first; what was asked before is not asked again.
    """
    wanted: list[Question] = []
    known = set(asked)
    rarer: set[tuple[Kind, str]] = set()
    for kind in Kind:
        if kind not in kinds or kind is Kind.RELATED:
            continue
        for visitor_id, sightings in seeds.items():
            counts = Counter(value for each in sightings if (value := value_of(each, kind)))
            ranked = [value for value, _count in counts.most_common()]
            rarer.update((kind, value) for value in ranked[_VALUES_OF[kind] :])
            for value in ranked[: _VALUES_OF[kind]]:
                if (kind, value) not in known:
                    known.add((kind, value))
                    wanted.append(Question(kind, value, visitor_id))
    return wanted[:MOST_QUESTIONS], max(0, len(wanted) - MOST_QUESTIONS) + len(rarer - known)


def value_of(sighting: Sighting, kind: Kind) -> str | None:
    """The value of this kind that an event carries."""
    return {
        Kind.ACCOUNT: sighting.linked_id,
        Kind.HIGH_RECALL: sighting.high_recall_id,
        Kind.ADDRESS: sighting.address,
        Kind.PROXIMITY: sighting.proximity_id,
        Kind.RANGE: range_of(sighting.address),
    }.get(kind)


def members(root: str, hops: Sequence[Sequence[Answer]]) -> tuple[tuple[Member, ...], int]:
    """Everybody linked to `root` over these hops, the strongest first, and how many were left out by the cap."""
    found: dict[str, list[Evidence]] = {}
    hop_of: dict[str, int] = {}
    sources: dict[str, set[str]] = {}
    seen: dict[str, dict[str, Sighting]] = {}
    for hop, answers in enumerate(hops, start=1):
        for answer in answers:
            for visitor_id, evidence in _evidence(answer).items():
                if visitor_id == root:
                    continue
                hop_of.setdefault(visitor_id, hop)
                found.setdefault(visitor_id, []).append(evidence)
                sources.setdefault(visitor_id, set()).add(answer.question.of)
            for each in answer.sightings:
                seen.setdefault(each.visitor_id, {})[each.event_id] = each
    linked = [
        _member(visitor_id, evidence, hop_of[visitor_id], sources[visitor_id], list(seen.get(visitor_id, {}).values()))
        for visitor_id, evidence in found.items()
    ]
    # Whoever is tied by hubs alone is not linked at all: the hub's own row says so.
    linked = [member for member in linked if not all(each.is_hub for each in member.evidence)]
    order = list(Level)
    linked.sort(key=lambda member: (member.hop, order.index(member.level), -len(member.evidence), member.visitor_id))
    return tuple(linked[:MOST_MEMBERS]), max(0, len(linked) - MOST_MEMBERS)


def hubs(hops: Sequence[Sequence[Answer]]) -> tuple[Hub, ...]:
    """The values that proved nothing, the busiest first."""
    found = []
    for answer in (answer for answers in hops for answer in answers):
        one = next(iter(_evidence(answer).values()), None)
        if one is not None and one.is_hub:
            found.append(Hub(one.kind, one.value, one.crowd, one.is_capped))
    return tuple(sorted(found, key=lambda hub: (-hub.crowd, hub.kind, hub.value)))


def next_seeds(found: Sequence[Member], started_from: Iterable[str]) -> tuple[str, ...]:
    """From whom one hop more would start: the strongest that no hop started from, never those weakly linked."""
    used = set(started_from)
    firm = [member for member in found if member.level in (Level.STRONG, Level.FAIR) and member.visitor_id not in used]
    return tuple(member.visitor_id for member in firm[:MOST_SEEDS])


def _evidence(answer: Answer) -> dict[str, Evidence]:
    """What this answer says of each other visitor in it."""
    question = answer.question
    if question.kind is Kind.RELATED:
        return {visitor_id: Evidence(Kind.RELATED, "", 1) for visitor_id in answer.related if visitor_id != question.of}
    own = sorted(each.at for each in answer.sightings if each.visitor_id == question.of)
    others: dict[str, list[Sighting]] = {}
    for each in answer.sightings:
        if each.visitor_id != question.of:
            others.setdefault(each.visitor_id, []).append(each)
    return {
        visitor_id: Evidence(
            question.kind,
            question.value,
            len(others),
            answer.has_more,
            len(events),
            min((abs(each.at - at) for each in events for at in own), default=None),
        )
        for visitor_id, events in others.items()
    }


def _member(visitor_id: str, evidence: list[Evidence], hop: int, sources: set[str], events: list[Sighting]) -> Member:
    newest = max(events, key=lambda each: each.at, default=None)
    marks = {each.suspect for each in events}
    return Member(
        visitor_id=visitor_id,
        evidence=tuple(sorted(evidence, key=_telling)),
        level=level_of(evidence),
        hop=hop,
        of=tuple(sorted(sources)),
        last_at=newest.at if newest else None,
        device=newest.device if newest else None,
        suspect=True if True in marks else False if False in marks else None,
        event_count=len(events),
    )


def _telling(evidence: Evidence) -> tuple[bool, float, str, str]:
    """Fingerprint's own answer first, then what says most."""
    return evidence.kind is not Kind.RELATED, -evidence.weight, evidence.kind, evidence.value
