"""What a ruleset of the workspace would do with an event: asked for by a click, told to whoever asked, written down."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import Outcome, record
from dashboard.audit.record import event as event_target
from dashboard.core.times import thousands
from dashboard.events.masking import Lens
from dashboard.events.rulesets import Ruleset
from fingerprint_integration.domain import Event
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.rulings import HeaderChange, Ruling
from fingerprint_integration.services import reads

HEADERS_SHOWN: Final = 20


@dataclass(frozen=True)
class Asked:
    """A ruleset that was asked and what came of it: the event with the ruling, or why there is no answer."""

    ruleset: Ruleset
    event: Event | None = None
    ruling: Ruling | None = None
    problem: FingerprintError | None = None


@dataclass(frozen=True, kw_only=True)
class RulingWords:
    """A ruling as the page shows it. `tone` is the colour of its stamp; texts are as Fingerprint sent them."""

    verdict: str
    tone: str
    rule_id: str
    expression: str
    status_code: str
    headers: tuple[tuple[str, str, str], ...]
    more_headers: str
    body: str


def find(ruleset_id: str) -> Ruleset | None:
    """The configured ruleset of this id; None for any other, so that nobody asks for what was not offered."""
    return next((each for each in settings.FINGERPRINT_RULESETS if each.ruleset_id == ruleset_id), None)


def ask(event_id: str, ruleset: Ruleset, *, by: User, now: datetime) -> Asked:
    """Read the event with this ruleset, one request; asking, and getting no answer, is written down."""
    try:
        event, ruling = reads.evaluate(event_id, ruleset.ruleset_id)
    except FingerprintError as problem:
        record(
            AuditKind.EVENT_EVALUATED,
            by=by,
            target=event_target(event_id),
            outcome=Outcome.FAILED,
            details={"ruleset": ruleset.name, "ruling": problem.user_message, "code": problem.code},
            at=now,
        )
        return Asked(ruleset, problem=problem)
    record(
        AuditKind.EVENT_EVALUATED,
        by=by,
        target=event_target(event_id, event.visitor_id),
        details={"ruleset": ruleset.name, "ruling": _verdict(ruling)[0]},
        at=now,
    )
    return Asked(ruleset, event, ruling)


def context_of(asked: Asked | None, lens: Lens) -> dict[str, Any]:
    """What `events/_ruling.html` needs: the rulesets to choose from, and what the last one said."""
    was_answered = asked is not None and asked.problem is None
    return {
        "rulesets": settings.FINGERPRINT_RULESETS,
        "has_rulesets": reads.capabilities().has_rulesets,
        "asked": asked,
        "ruling": in_words(asked.ruling, lens) if asked is not None and was_answered else None,
    }


def in_words(ruling: Ruling | None, lens: Lens) -> RulingWords:
    """The ruling for this person; who may not see what rules say sees only what they would do."""
    verdict, tone = _verdict(ruling)
    whole = ruling if ruling is not None and lens.shows("rule_action") else Ruling()
    return RulingWords(
        verdict=verdict,
        tone=tone,
        rule_id=whole.rule_id or "",
        expression=whole.expression or "",
        status_code="" if whole.status_code is None else str(whole.status_code),
        headers=tuple(_headers(whole.headers[:HEADERS_SHOWN])),
        more_headers=thousands(len(whole.headers) - HEADERS_SHOWN) if len(whole.headers) > HEADERS_SHOWN else "",
        body=whole.body or "",
    )


def _verdict(ruling: Ruling | None) -> tuple[str, str]:
    """What the ruleset would do, in a word of ours, and its tone: the log keeps it, so no word of others."""
    match ruling.action if ruling is not None else None:
        case "block":
            return _("Block"), "red"
        case "allow":
            return _("Allow"), "green"
        case None:
            return _("No answer from this ruleset"), ""
        case _:
            return _("Something Inkpad does not know"), "ochre"


def _headers(changes: tuple[HeaderChange, ...]) -> Iterator[tuple[str, str, str]]:
    words = {"set": _("Set"), "append": _("Add"), "remove": _("Remove"), "send": _("Answer with")}
    for change in changes:
        yield words[change.how], change.name, change.value or ""
