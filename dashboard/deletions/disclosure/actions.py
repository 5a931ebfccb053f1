"""Access requests: asking, deciding, collecting, handing out, forgetting. Each act is one transaction."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec
import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from dashboard.accounts import tenure
from dashboard.audit.kinds import AuditKind
from dashboard.audit.reading import Reading
from dashboard.audit.record import Target, record
from dashboard.audit.refusals import Refused
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core import holdings
from dashboard.core.access import Perm
from dashboard.core.errors import NotPossible
from dashboard.core.work import LeaseLost, wake
from dashboard.deletions.disclosure.rows import AccessRequest
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.services import reads
from fingerprint_integration.services.reads import Patience

if TYPE_CHECKING:
    from dashboard.accounts.models import User

log = structlog.get_logger("inkpad.deletions")
State = AccessRequest.State

KEPT_FOR = timedelta(days=7)
MOST_PAGES = 50
"""A hundred events each; a visitor with more is told as "the newest"."""
LEASE = timedelta(minutes=15)
_LONGEST_WAIT = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What somebody asks for."""

    visitor_id: str
    reason: str
    ticket: str
    form_token: str


def target(number: int) -> Target:
    """How the log names an access request."""
    return Target("access", str(number))


@transaction.atomic(durable=True)
def ask(*, question: Question, by: "User", now: datetime) -> AccessRequest:
    """A request that waits for a second person. The same form sent twice gives the same request."""
    if Perm.ASK_FOR_DELETION not in by.perms:
        _refuse(None, "ask for", _("You may not ask for what is held about a visitor."), "no right to ask", 403)
    asked, is_new = AccessRequest.objects.get_or_create(
        form_token=question.form_token,
        asked_by=by,
        defaults={
            "visitor_id": question.visitor_id,
            "reason": question.reason,
            "ticket": question.ticket,
            "asked_at": now,
        },
    )
    if is_new:
        _record(AuditKind.DISCLOSURE_ASKED, asked, by=by, reason=question.reason, now=now)
    return asked


@transaction.atomic(durable=True)
def decide(*, number: int, approve: bool, by: "User", reason: str, now: datetime) -> None:
    """REQUESTED → APPROVED or REFUSED, by somebody else than who asked; otherwise Refused."""
    asked = _get(number)
    if asked.asked_by_id == by.pk:
        _refuse(asked, "decide about", _("You asked for it. Whoever asks never approves."), "their own request", 403)
    if Perm.DECIDE_DELETIONS not in by.perms:
        _refuse(asked, "decide about", _("You may not decide about access requests."), "no right to decide", 403)
    if sentence := tenure.why_not_yet(by, Perm.DECIDE_DELETIONS, now=now):
        _refuse(asked, "decide about", sentence, tenure.BECAUSE, 403)
    state = State.APPROVED if approve else State.REFUSED
    waiting = AccessRequest.objects.filter(pk=asked.pk, state=State.REQUESTED).exclude(asked_by=by)
    changes: dict[str, Any] = {"next_attempt_at": now} if approve else {}
    if waiting.update(state=state, decided_by=by, decided_at=now, decision_reason=reason, **changes) != 1:
        _refuse(asked, "decide about", _("It does not wait for a decision any more."), "it does not wait any more")
    kind = AuditKind.DISCLOSURE_APPROVED if approve else AuditKind.DISCLOSURE_REFUSED
    _record(kind, asked, by=by, reason=reason, now=now)
    if approve:
        from dashboard.deletions import tasks

        wake(tasks.follow_due)


@transaction.atomic(durable=True)
def take(*, number: int, by: "User", now: datetime) -> bytes:
    """What was collected, as JSON text; a reveal of everything at once, so each time is in the log."""
    asked = _get(number)
    if Perm.VIEW_PERSONAL not in by.perms or Perm.DECIDE_DELETIONS not in by.perms:
        _refuse(asked, "take", _("You may not see everything about a visitor."), "no right to see it", 403)
    if asked.packed is None or asked.expires_at is None or asked.expires_at <= now:
        raise NotPossible(_("%(number)s holds nothing any more, or not yet.") % {"number": asked.number})
    _record(AuditKind.DISCLOSURE_TAKEN, asked, by=by, now=now)
    return zlib.decompress(bytes(asked.packed))


def note_opened(asked: AccessRequest, *, by: "User", now: datetime) -> None:
    """Looking is in the log as well as deciding."""
    record(AuditKind.DISCLOSURE_OPENED, by=by, target=target(asked.pk), ticket=asked.ticket, at=now)


def note_list_viewed(*, by: "User", now: datetime) -> None:
    """So is looking at the list."""
    record(AuditKind.DISCLOSURE_LIST_VIEWED, by=by, at=now)


# -- Collecting -----------------------------------------------------------------------------------------------


def collect_due(*, now: datetime) -> bool:
    """Collects for one approved request, as far as it goes now; False when none is due."""
    asked = next(
        (
            row
            for pk in AccessRequest.objects.due(now).values_list("pk", flat=True)[:5]
            if (row := AccessRequest.objects.claim(pk, now=now, lease=LEASE)) is not None
        ),
        None,
    )
    if asked is None:
        return False
    try:
        _collect(asked, now)
    except LeaseLost:
        log.warning("an access request went on without us", row=asked.pk)
    return True


def _collect(asked: AccessRequest, now: datetime) -> None:
    try:
        events, is_whole = _events_of(asked.visitor_id, now)
    except FingerprintError as error:
        wait = min(timedelta(seconds=15) * 2 ** min(asked.attempts, 8), _LONGEST_WAIT)
        wait = max(wait, timedelta(seconds=min(error.retry_after or 0, 3600)))
        return asked.settle(because=error.user_message.rstrip(".")[:400], next_attempt_at=now + wait)
    with transaction.atomic():
        text = _file(asked, events, is_whole=is_whole, now=now)
        asked.settle(
            state=State.READY,
            packed=zlib.compress(text),
            event_count=len(events),
            is_whole=is_whole,
            collected_at=now,
            expires_at=now + KEPT_FOR,
            because="",
            next_attempt_at=None,
        )
        record(
            AuditKind.DISCLOSURE_COLLECTED,
            by=None,
            on_behalf_of=asked.decided_by,
            target=target(asked.pk),
            ticket=asked.ticket,
            details={"events": len(events)},
            at=now,
        )
    return None


def _events_of(visitor_id: str, now: datetime) -> tuple[list[bytes], bool]:
    """Every event's untouched payload over the whole retention, the newest first, and whether that is all."""
    found: list[bytes] = []
    cursor: str | None = None
    for _page in range(MOST_PAGES):
        page = reads.visitor_history(visitor_id, now=now, cursor=cursor, limit=100, patience=Patience.JOB)
        found += [event.raw for event in page.events]
        cursor = page.cursor
        if cursor is None:
            break
    return found, cursor is None


def _file(asked: AccessRequest, events: Sequence[bytes], *, is_whole: bool, now: datetime) -> bytes:
    """The JSON of everything. Fingerprint's answers stand in it byte for byte as they came."""
    head = {
        "visitor_id": asked.visitor_id,
        "request": asked.number,
        "collected_at": now.isoformat(),
        "inkpad": holdings.about([asked.visitor_id]),
    }
    start = json.dumps(head, ensure_ascii=True, indent=2)[:-2]
    whole = "true" if is_whole else "false"
    joined = b",\n    ".join(_as_json(raw) for raw in events)
    return (
        f'{start},\n  "fingerprint": {{"events_are_whole": {whole}, "events": [\n    '.encode()
        + joined
        + b"\n  ]}\n}\n"
    )


def _as_json(raw: bytes) -> bytes:
    """The payload itself, or as a text where it is no JSON."""
    try:
        msgspec.json.decode(raw, type=msgspec.Raw)
        json.loads(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return json.dumps(raw.decode("utf-8", "replace")).encode()
    return raw


# -- Forgetting -----------------------------------------------------------------------------------------------


def sweep_expired(*, now: datetime) -> int:
    """Empties what was collected for long enough."""
    return AccessRequest.objects.filter(state=State.READY, expires_at__lte=now).update(
        state=State.EXPIRED, packed=None, visitor_id=""
    )


def forget_visitors(visitor_ids: Sequence[str], erased_by: str) -> int:
    """Empties access requests about these visitors, and those in whose collection one of them stands."""
    rows = AccessRequest.objects.filter(visitor_id__in=[each for each in visitor_ids if each])
    needles = [each.encode() for each in visitor_ids if each]
    naming = [
        row.pk
        for row in AccessRequest.objects.exclude(packed=None).iterator(chunk_size=20)
        if any(needle in zlib.decompress(bytes(row.packed or b"")) for needle in needles)
    ]
    emptied = {"visitor_id": "", "packed": None, "state": State.ERASED, "lease_token": "", "lease_until": None}
    return rows.update(**emptied) + AccessRequest.objects.filter(pk__in=naming).update(**emptied)


def _get(number: int) -> AccessRequest:
    found = AccessRequest.objects.select_for_update().filter(pk=number).first()
    if found is None:
        raise NotPossible(_("There is no such access request."), status=404)
    return found


def _record(kind: Reading, asked: AccessRequest, *, by: "User", now: datetime, reason: str = "") -> None:
    about = (asked.visitor_id,) if asked.visitor_id else ()
    record(
        kind,
        by=by,
        target=target(asked.pk),
        reason=reason,
        ticket=asked.ticket,
        personal={"visitor": Personal(SubjectKind.VISITOR, asked.visitor_id)} if asked.visitor_id else {},
        about=about,
        at=now,
    )


def _refuse(asked: AccessRequest | None, act: str, sentence: str, because: str, status: int = 409) -> NoReturn:
    raise Refused(
        sentence,
        kind=AuditKind.DISCLOSURE_ACT_REFUSED,
        target=target(asked.pk) if asked is not None else None,
        details={"act": act, "because": because},
        status=status,
    )
