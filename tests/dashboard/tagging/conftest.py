"""Jobs over events of the sandbox, in this process."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse

from dashboard.accounts.models import User
from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from dashboard.tagging import actions
from dashboard.tagging.actions.lists import Chosen, Sent, hash_of
from dashboard.tagging.changes import Change, ChangeKind
from dashboard.tagging.models import BulkItem, BulkJob
from fingerprint_integration.sandbox import Sandbox
from tests.factories import person

SUSPECT = Change(ChangeKind.SUSPECT, True)


@pytest.fixture
def analyst(db) -> User:
    return person(Role.FRAUD_ANALYST, name="Maya Brandt")


@pytest.fixture
def lead(db) -> User:
    return person(Role.FRAUD_LEAD, name="Tom Okafor")


@pytest.fixture
def sandbox(empty_sandbox: Sandbox) -> Sandbox:
    """Without the cast: these tests let the visits happen that they are about."""
    return empty_sandbox


@pytest.fixture
def visits(sandbox: Sandbox, clock) -> Callable[..., list]:
    """`visits(3, linked_id="acct_1")`: three events of as many visitors, a minute apart, the newest an hour ago.

    `days_ago` puts them further back; everything else is what the sandbox knows of an event.
    """

    def happen(count: int = 1, *, days_ago: float = 0, **known) -> list:
        newest = int((clock.now - timedelta(days=days_ago, hours=1)).timestamp() * 1000)
        return [sandbox.world.visit(at=newest - place * 60_000, **known) for place in reversed(range(count))]

    return happen


@pytest.fixture
def job_of(analyst, visits, clock) -> Callable[..., BulkJob]:
    """`job_of(3)` or `job_of([event, ...], change=...)`: a job that was just started."""

    def begin(events=1, *, change: Change = SUSPECT, by: User | None = None, **more) -> BulkJob:
        events = visits(events) if isinstance(events, int) else events
        chosen = [Chosen(event.event_id, event.visitor_id or "") for event in events]
        return actions.start_job(
            change=change,
            chosen=chosen,
            list_hash=hash_of([each.event_id for each in chosen]),
            reason=more.get("reason", "chargeback #881"),
            ticket=more.get("ticket", "#881"),
            form_token=more.get("form_token", f"token-of-this-form-{clock.now.timestamp()}"),
            by=by or analyst,
            now=clock.now,
        )

    return begin


@pytest.fixture
def run_workers(clock) -> Callable[[], None]:
    """What workers do now: batches of every job that has something due, until nothing has."""

    def run() -> None:
        for _ in range(50):
            stalled = list(BulkJob.objects.stalled(clock.now).values_list("pk", flat=True))
            if not stalled:
                return
            for job_id in stalled:
                actions.apply_batch(job_id=job_id)
        raise AssertionError("the workers do not come to an end")

    return run


def states_of(job: BulkJob) -> list[str]:
    return list(BulkItem.objects.filter(job=job).order_by("position").values_list("state", flat=True))


def audit_of(job: BulkJob) -> list[str]:
    return list(AuditEntry.objects.filter(batch=job.name).order_by("pk").values_list("kind", flat=True))


def calls(sandbox: Sandbox, operation: str) -> int:
    return sum(request.operation == operation for request in sandbox.requests)


@pytest.fixture
def browser(client_for, analyst):
    return client_for(analyst)


def choose(browser, events, **more):
    data = {"event": [event.event_id for event in events]}
    data |= {f"visitor.{event.event_id}": event.visitor_id for event in events}
    return browser.get(browser.post(reverse("tagging:new"), data | more).headers["Location"])


@pytest.fixture
def list_of(analyst, clock):
    def begin(events, by=None) -> BulkJob:
        chosen = tuple(Chosen(event.event_id, event.visitor_id or "") for event in events)
        return actions.open_list(sent=Sent(chosen), by=by or analyst, now=clock.now)

    return begin


def confirm(job, by, now, **more) -> BulkJob:
    said = {"list_hash": job.list_hash, "change": SUSPECT, "reason": "ring", "ticket": "#881", "typed": job.count}
    return actions.confirm_job(job_id=job.pk, by=by, now=now, **(said | more))
