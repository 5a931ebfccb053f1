"""Issuing certificates and handing them out. Each is bound to an entry of the audit log by its hash."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from dashboard.audit import proofs
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import deletion, record
from dashboard.audit.refusals import Refused
from dashboard.core.access import Perm
from dashboard.core.errors import NotPossible
from dashboard.deletions.certificates import content
from dashboard.deletions.certificates.rows import Certificate
from dashboard.deletions.models import DeletionRequest
from dashboard.deletions.states import Status, VisitorState

if TYPE_CHECKING:
    from dashboard.accounts.models import User

_SENT = (
    VisitorState.ACCEPTED,
    VisitorState.OVERDUE,
    VisitorState.VERIFIED,
    VisitorState.COMPLETE,
    VisitorState.UNPROVEN,
    VisitorState.UNKNOWN,
)
_GOES_ON = (
    VisitorState.WAITING,
    VisitorState.HELD,
    VisitorState.SUBMITTING,
    VisitorState.ACCEPTED,
    VisitorState.OVERDUE,
    VisitorState.VERIFIED,
)


@dataclass(frozen=True)
class Sealed:
    """Where a certificate's entry stands in the log; `problem` is the sentence when it has no place yet."""

    proof: str = ""
    position: int | None = None
    size: int | None = None
    root: str = ""
    problem: str = ""


@transaction.atomic(durable=True)
def issue(*, request_id: int, by: "User", now: datetime) -> Certificate:
    """A certificate of what can be said now, by somebody who may decide about deletions; otherwise Refused."""
    request = DeletionRequest.objects.select_for_update().get(pk=request_id)
    if Perm.DECIDE_DELETIONS not in by.perms:
        _refuse(request, _("You may not issue certificates."), "no right to issue certificates", status=403)
    if not may_issue(request):
        sentence = _(
            "%(number)s has no visitor yet whose deletion Fingerprint answered, so there is nothing to certify."
        )
        _refuse(request, sentence % {"number": request.number}, "nothing to certify")
    return _issue(request, by=by, now=now)


def issue_at_the_end(request_id: int, *, now: datetime) -> None:
    """When nothing of a request goes on any more, its last certificate is issued by itself, in the same transaction."""
    request = DeletionRequest.objects.select_for_update().get(pk=request_id)
    if request.status == Status.CLOSED and not request.visitors.filter(state__in=_GOES_ON).exists():
        _issue(request, by=None, now=now)


def may_issue(request: DeletionRequest) -> bool:
    """Whether there is anything to certify."""
    return request.status == Status.CLOSED and request.visitors.filter(state__in=_SENT).exists()


def _issue(request: DeletionRequest, *, by: "User | None", now: datetime) -> Certificate:
    number = (request.certificates.aggregate(last=Max("number"))["last"] or 0) + 1
    made = Certificate(request=request, number=number, issued_at=now, issued_by=by)
    said = content.document_of(request, name=made.name, issued_by=by.name if by else None, now=now)
    made.body = content.canonical(said)
    made.sha256 = hashlib.sha256(made.body).hexdigest()
    entry = record(
        AuditKind.DELETION_CERTIFIED,
        by=by,
        on_behalf_of=None if by else request.decided_by,
        target=deletion(request.pk),
        ticket=request.ticket,
        details={"certificate": made.name, "sha256": made.sha256},
        at=now,
    )
    made.entry = entry.pk
    made.save(force_insert=True)
    return made


def _refuse(request: DeletionRequest, sentence: str, because: str, *, status: int = 409) -> None:
    raise Refused(
        sentence,
        kind=AuditKind.DELETION_ACT_REFUSED,
        target=deletion(request.pk),
        details={"act": "certify", "because": because},
        status=status,
    )


# -- Handing out --------------------------------------------------------------------------------------------


def find(request_id: int, number: int) -> Certificate | None:
    """The certificate of this number, or None."""
    found = Certificate.objects.select_related("request", "issued_by")
    return found.filter(request=request_id, number=number).first() if number < 2**15 else None


def seal_of(made: Certificate) -> Sealed:
    """The proof that the certificate's entry stands in the log, under the newest checkpoint."""
    try:
        proof = proofs.proof_of(made.entry)
    except proofs.NoProof:
        return Sealed(problem=_("Its entry has no place in the sealed log yet. That takes a second; open this again."))
    head, _gap, note = proof.partition("\n\n")
    lines, checkpoint = head.split("\n"), note.split("\n")
    return Sealed(proof, int(lines[2].removeprefix("index ")), int(checkpoint[1]), checkpoint[2])


def note_opened(made: Certificate, *, by: "User", now: datetime) -> None:
    """Looking is in the log as well as issuing."""
    record(
        AuditKind.DELETION_CERTIFICATE_OPENED,
        by=by,
        target=deletion(made.request_id),
        ticket=made.request.ticket,
        details={"certificate": made.name},
        at=now,
    )


@transaction.atomic
def take(made: Certificate, *, by: "User", now: datetime) -> bytes:
    """The file: the certificate, the proof of its entry, and for who may see visitors the salts that open their ids.

    NotPossible while its entry has no place in the sealed log.
    """
    seal = seal_of(made)
    if seal.problem:
        raise NotPossible(seal.problem)
    file: dict[str, Any] = {"certificate": json.loads(bytes(made.body)), "proof": seal.proof}
    openings = openings_of(made) if Perm.VIEW_EVENTS in by.perms else {}
    if openings:
        file["openings"] = openings
    record(
        AuditKind.DELETION_CERTIFICATE_TAKEN,
        by=by,
        target=deletion(made.request_id),
        ticket=made.request.ticket,
        details={"certificate": made.name, "names": "yes" if openings else "no"},
        at=now,
    )
    return json.dumps(file, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"


def openings_of(made: Certificate) -> dict[str, dict[str, str]]:
    """By place in the request: what opens those visitors whose ids the request still knows."""
    rows = enumerate(made.request.visitors.order_by("pk"), 1)
    found = {str(place): content.opening_of(row) for place, row in rows}
    return {place: opening for place, opening in found.items() if opening is not None}
