"""People and requests for tests of deletions."""

from datetime import timedelta
from itertools import count

import httpx
import pytest
from django.urls import reverse
from django.utils import timezone

from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from dashboard.deletions import actions
from dashboard.deletions.actions import Wish
from dashboard.deletions.clocks import Jurisdiction
from dashboard.deletions.models import DeletionRequest, DeletionVisitor
from dashboard.deletions.sending import execution, schedule
from dashboard.deletions.watch import verification
from fingerprint_integration.client import FingerprintClient
from fingerprint_integration.provider import override_client
from tests.factories import person

_tokens = count(1)


def wish(*visitor_ids: str, **changes) -> Wish:
    """A wish to erase these visitors, well formed in everything else."""
    parts = {
        "visitor_ids": visitor_ids,
        "linked_ids": ("acct_88412",),
        "reason": "Customer asked by e-mail.",
        "ticket": "88-4388",
        "source": "email",
        "jurisdiction": Jurisdiction.GDPR,
        "legal_basis": "Art. 17(1)(a)",
        "received_at": timezone.now() - timedelta(days=2),
        "zone": "Europe/Berlin",
        "form_token": f"{next(_tokens):032x}",
    }
    return Wish(**(parts | changes))


class Desk:
    """Two compliance officers, and what they do all day."""

    def __init__(self) -> None:
        self.asker = person(Role.COMPLIANCE, name="Maya Petrov")
        self.approver = person(Role.COMPLIANCE, name="Samir Haddad")

    def ask(self, *visitor_ids: str, **changes) -> DeletionRequest:
        return actions.ask(wish=wish(*visitor_ids, **changes), by=self.asker, now=timezone.now())

    def approve(self, asked: DeletionRequest, **changes) -> DeletionRequest:
        words = {
            "request_id": asked.pk,
            "scope_hash": asked.scope_hash,
            "by": self.approver,
            "reason": "Checked the account.",
            "password_given_at": timezone.now(),
            "now": timezone.now(),
        }
        actions.approve(**(words | changes))
        return fresh(asked)

    def approved(self, *visitor_ids: str, **changes) -> DeletionRequest:
        return self.approve(self.ask(*visitor_ids, **changes))

    def running(self, *visitor_ids: str, **changes) -> DeletionRequest:
        """Approved and begun, nothing sent yet."""
        approved = self.approved(*visitor_ids, **changes)
        schedule.start_due(now=timezone.now())
        return fresh(approved)


def fresh(request: DeletionRequest) -> DeletionRequest:
    return DeletionRequest.objects.get(pk=request.pk)


def just_now(clock) -> dict:
    """The moment of an act by somebody who has just given their password."""
    return {"password_given_at": clock.now, "now": clock.now}


def only_visitor(request: DeletionRequest) -> DeletionVisitor:
    return DeletionVisitor.objects.get(request=request)


def carry_out_all() -> None:
    """As the workers would: as long as something is due."""
    while execution.execute_due():
        pass


def follow_all() -> None:
    """What follows acceptance, as the workers would: as long as something is due."""
    while verification.follow_due():
        pass


def kinds_of(request: DeletionRequest, *, without_looking: bool = True) -> list[str]:
    """The codes of the audit entries about this request, oldest first."""
    entries = AuditEntry.objects.filter(target_type="deletion", target_ref=str(request.pk)).order_by("pk")
    if without_looking:
        entries = entries.exclude(kind=AuditKind.DELETION_OPENED.code)
    return list(entries.values_list("kind", flat=True))


def deletes(sandbox) -> list:
    """Every DELETE that reached Fingerprint."""
    return [asked for asked in sandbox.requests if asked.method == "DELETE"]


def client_over(handle, settings, *, key=None, version="v4"):
    """Inkpad's client with `handle` in the place of the network, while the block lasts."""
    return override_client(
        FingerprintClient(
            key or settings.FINGERPRINT_API_KEY,
            version=version,
            base_url="http://sandbox.test",
            transport=httpx.MockTransport(handle),
        )
    )


def page_of(browser, request):
    """The page of a request as this browser gets it."""
    return browser.get(reverse("deletions:request", args=[request.pk]))


@pytest.fixture
def desk(db, settings) -> Desk:
    """Maya asks, Samir approves, and what is approved runs at once."""
    settings.DELETION_COOLING_OFF = timedelta(0)
    return Desk()


@pytest.fixture
def visitor(empty_sandbox, clock):
    """`visitor()` gives the id of a new visitor with a visit an hour ago; `older=3` adds visits of weeks ago."""

    def come(*, linked_id: str | None = "acct_88412", older: int = 0, **what) -> str:
        days = [20 + place for place in reversed(range(older))]
        visitor_id = None
        for moment in [clock.now - timedelta(days=day) for day in days] + [clock.now - timedelta(hours=1)]:
            known = {"visitor_id": visitor_id} if visitor_id else {}
            event = empty_sandbox.visit(at=moment, linked_id=linked_id, **known, **what)
            visitor_id = event.visitor_id
        return visitor_id

    return come
