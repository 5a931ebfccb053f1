"""What was asked and answered about links, as it is kept between two clicks."""

import zlib
from collections.abc import Sequence
from datetime import datetime

import msgspec

from dashboard.accounts.models import User
from dashboard.visitors import links
from dashboard.visitors.links import Answer, Kind, Question, Sighting
from dashboard.visitors.models import LinkReading


class Hop(msgspec.Struct):
    """One round of questions: from whom it starts, what is asked, what was answered so far, in the same order."""

    seeds: list[str]
    questions: list[Question]
    left_out: int = 0
    answers: list[Answer] = msgspec.field(default_factory=list)

    @property
    def pending(self) -> list[Question]:
        return self.questions[len(self.answers) :]

    @property
    def failed(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.problem]

    def ask_failed_again(self) -> None:
        """Put the questions that got no answer behind those that are still to be asked."""
        failed = [answer.question for answer in self.failed]
        pending = self.pending
        self.answers = [answer for answer in self.answers if not answer.problem]
        self.questions = [*(answer.question for answer in self.answers), *pending, *failed]


class Found(msgspec.Struct):
    """Everything of one reading. `seed_events` are the root's own events."""

    root: str
    seed_events: list[Sighting]
    hops: list[Hop] = msgspec.field(default_factory=list)

    @property
    def answers(self) -> list[list[Answer]]:
        return [hop.answers for hop in self.hops]

    @property
    def pending(self) -> list[Question]:
        return self.hops[-1].pending if self.hops else []

    @property
    def asked(self) -> frozenset[tuple[Kind, str]]:
        return frozenset((each.kind, each.value) for hop in self.hops for each in hop.questions)

    @property
    def seeds(self) -> set[str]:
        return {seed for hop in self.hops for seed in hop.seeds}

    def sightings_of(self, visitor_ids: list[str]) -> dict[str, list[Sighting]]:
        """The events of these visitors that answers brought, each once."""
        seen: dict[str, dict[str, Sighting]] = {visitor_id: {} for visitor_id in visitor_ids}
        for answer in (answer for answers in self.answers for answer in answers):
            for each in answer.sightings:
                if each.visitor_id in seen:
                    seen[each.visitor_id][each.event_id] = each
        return {visitor_id: list(events.values()) for visitor_id, events in seen.items()}

    def members(self) -> tuple[tuple[links.Member, ...], int]:
        return links.members(self.root, self.answers)


def pack(found: Found) -> bytes:
    """A reading for LinkReading.packed."""
    return zlib.compress(msgspec.msgpack.encode(found), 1)


def unpack(row: LinkReading) -> Found:
    """What a row holds."""
    return msgspec.msgpack.decode(zlib.decompress(bytes(row.packed)), type=Found)


def find(short_id: str, *, visitor_id: str, by: User, now: datetime) -> LinkReading | None:
    """The reading of this name that `by` began about this visitor and may still read, or None."""
    if not (short_id.isascii() and short_id.isalnum()):
        return None
    rows = LinkReading.objects.filter(short_id=short_id, visitor_id=visitor_id, owner=by, expires_at__gt=now)
    return rows.first()


def forget_links(visitor_ids: Sequence[str], erased_by: str) -> int:
    """Delete every reading about these visitors or in which one of them was found."""
    wanted = [each for each in visitor_ids if each]
    gone = [
        row.pk
        for row in LinkReading.objects.iterator(chunk_size=100)
        if any(visitor_id.encode() in zlib.decompress(bytes(row.packed)) for visitor_id in wanted)
    ]
    forgotten, _rows = LinkReading.objects.filter(pk__in=gone).delete()
    return forgotten


def sweep_expired(now: datetime) -> int:
    """Delete readings whose time is over."""
    swept, _rows = LinkReading.objects.filter(expires_at__lte=now).delete()
    return swept
