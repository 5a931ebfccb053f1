"""What the pages about the scope and the clock of one request show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dashboard.core import facts, times
from dashboard.core.facts import Fact, Weight
from dashboard.deletions import clocks, laws
from dashboard.deletions.models import DeletionRequest
from dashboard.deletions.scope.finding import Candidate
from dashboard.deletions.sending import joining


@dataclass(frozen=True)
class CandidateLine:
    """A visitor of the account as a row to choose: its evidence, and what Inkpad knows of it."""

    candidate: Candidate
    is_chosen: bool
    joins: str
    """The request that holds it already, or ""."""
    known: Sequence[Fact]


@dataclass(frozen=True)
class Extension:
    """What an extension would do: the rule, the date now and then; `until` is empty where there is none."""

    rule: str
    due: str
    until: str
    was_extended_at: datetime | None


def linked_ids_of(request: DeletionRequest) -> list[str]:
    """The person's own ids, in the order they were given."""
    return [linked.value for linked in request.linked_ids.order_by("pk")]


def candidate_lines(candidates: Sequence[Candidate], chosen: Iterable[str]) -> list[CandidateLine]:
    """Rows in the order of their evidence; two queries and those of the facts, however many."""
    ids, ticked = [each.visitor_id for each in candidates], set(chosen)
    held, known = joining.joined_numbers(ids), facts.about(ids)
    return [
        CandidateLine(
            candidate=each,
            is_chosen=each.visitor_id in ticked,
            joins=held.get(each.visitor_id, ""),
            known=[fact for fact in known if fact.visitor_id == each.visitor_id and fact.weight != Weight.DELETION],
        )
        for each in candidates
    ]


def extension_of(request: DeletionRequest) -> Extension:
    """The rule in words; days are counted where the request came in."""
    rule = laws.rule_of(request.jurisdiction)
    until = clocks.due_at(rule, request.received_at, request.zone, extended=True)
    can = rule is not None and rule.can_be_extended and until is not None
    return Extension(
        rule=rule.name if rule is not None else _("No rule"),
        due=_day(request.due_at, request),
        until=_day(until, request) if can else "",
        was_extended_at=request.extended_at,
    )


def _day(ends_at: datetime | None, request: DeletionRequest) -> str:
    return times.whole_date(clocks.last_day(ends_at, request.zone)) if ends_at is not None else ""
