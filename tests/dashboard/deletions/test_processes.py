"""Races and killed workers, with real processes on a database of their own."""

import signal

import pytest

from tests.dashboard.deletions.racing import FAKE, run
from tests.sandboxes import sandbox_process

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def own_sandbox():
    """A sandbox that nobody else spends the quota of."""
    with sandbox_process() as server:
        yield server


def test_of_twenty_approvers_of_one_request_exactly_one_approves(own_database):
    told = run(
        own_database,
        """
        asked = actions.ask(wish=wish("v1"), by=person(Role.COMPLIANCE), now=timezone.now())
        approvers = [person(Role.COMPLIANCE) for _ in range(20)]
        words = {"request_id": asked.pk, "scope_hash": asked.scope_hash, "now": timezone.now()}

        def approve(by):
            try:
                actions.approve(by=by, reason="Me.", password_given_at=timezone.now(), **words)
                return by.pk
            except Refused:
                return None

        winners = [pk for pk in at_once(approve, approvers) if pk]
        asked.refresh_from_db()
        entries = AuditEntry.objects.filter(kind="deletion.approved").values_list("actor_id", flat=True)
        print(json.dumps({"winners": winners, "decided_by": asked.decided_by_id, "entries": list(entries)}))
        """,
    )

    assert len(told["winners"]) == 1
    assert told["winners"] == [told["decided_by"]] == told["entries"]


def test_of_people_who_approve_several_at_once_each_request_gets_one_and_never_who_asked(own_database):
    told = run(
        own_database,
        """
        officers = [person(Role.COMPLIANCE) for _ in range(6)]
        askers = [*officers, officers[0], officers[1]]
        asked = [actions.ask(wish=wish(f"v{place}"), by=by, now=timezone.now()) for place, by in enumerate(askers)]
        *opened, only_by_the_last, by_nobody = asked
        for officer in officers:
            for each in opened:
                actions.note_opened(each, by=officer, now=timezone.now())
        actions.note_opened(only_by_the_last, by=officers[-1], now=timezone.now())

        def approve(place):
            # Everybody begins elsewhere and goes round, half of them backwards: whoever locked two would meet somebody.
            chosen = [Seen(each.pk, each.scope_hash) for each in asked[place:] + asked[:place]]
            words = {"reason": "Looked.", "password_given_at": timezone.now(), "now": timezone.now()}
            approved, left = actions.approve_several(chosen=chosen[:: (-1) ** place], by=officers[place], **words)
            return len(approved), len(left)

        counts = at_once(approve, range(6))
        rows = {each.pk: each for each in DeletionRequest.objects.all()}
        entries = AuditEntry.objects.filter(kind="deletion.approved").values_list("actor_id", "target_ref")
        print(json.dumps({
            "approved": sum(count for count, _ in counts),
            "left": sum(count for _, count in counts),
            "statuses": [rows[each.pk].status for each in asked],
            "own": sum(each.decided_by_id == each.requested_by_id for each in rows.values()),
            "not seen": rows[only_by_the_last.pk].decided_by_id != officers[-1].pk,
            "entries": sorted([actor, int(ref)] for actor, ref in entries),
            "rows": sorted([each.decided_by_id, pk] for pk, each in rows.items() if each.decided_by_id),
            "refusals": AuditEntry.objects.filter(kind="deletion.act_refused").count(),
        }))
        """,
    )

    assert told["statuses"] == ["approved"] * 7 + ["requested"], "the last one was opened by nobody"
    assert told["entries"] == told["rows"], "each approval has one entry, by who stands in the row"
    assert (told["approved"], told["left"], told["refusals"]) == (7, 6 * 8 - 7, 6 * 8 - 7)
    assert not told["own"]
    assert not told["not seen"]


def test_approving_and_withdrawing_at_once_leaves_one_of_them(own_database):
    told = run(
        own_database,
        """
        asker, approver = person(Role.COMPLIANCE), person(Role.COMPLIANCE)
        asked = actions.ask(wish=wish("v1"), by=asker, now=timezone.now())
        words = {"request_id": asked.pk, "now": timezone.now()}

        def act(which):
            try:
                if which == "withdraw":
                    actions.withdraw(by=asker, **words)
                else:
                    actions.approve(by=approver, scope_hash=asked.scope_hash, reason="Fine.",
                        password_given_at=timezone.now(), **words)
                return which
            except Refused:
                return None

        done = [each for each in at_once(act, ["approve", "withdraw"] * 3) if each]
        asked.refresh_from_db()
        print(json.dumps({"done": done, "status": asked.status}))
        """,
    )

    assert (told["done"], told["status"]) in ((["approve"], "approved"), (["withdraw"], "withdrawn"))


def test_of_people_asking_for_one_visitor_at_once_one_holds_it_and_the_others_join(own_database):
    told = run(
        own_database,
        """
        def ask(by):
            try:
                actions.ask(wish=wish("v1", form_token=f"{by.pk:032x}"), by=by, now=timezone.now())
            except Exception as error:
                return type(error).__name__

        failed = [each for each in at_once(ask, [person(Role.SUPPORT) for _ in range(4)]) if each]
        rows = list(DeletionVisitor.objects.values_list("is_open", "joins"))
        holder = DeletionVisitor.objects.get(is_open=True).pk
        joined = sum(joins == holder for is_open, joins in rows if not is_open)
        print(json.dumps({"failed": failed, "rows": len(rows), "joined": joined}))
        """,
    )

    assert set(told["failed"]) <= {"NotPossible"}, "whoever meets too much of a crowd is told to send it again"
    assert told["joined"] == told["rows"] - 1 == 3 - len(told["failed"])


def test_many_executors_send_each_visitor_once(own_database):
    told = run(
        own_database,
        f"""
        {FAKE.strip()}
        with clients:
            approved(*[sandbox.visit().visitor_id for _ in range(6)])
            schedule.start_due(now=timezone.now())
            at_once(lambda _: execution.execute_due(), range(6))
            while execution.execute_due(): pass
        print(json.dumps({{
            "paths": [asked.path for asked in deletes()],
            "status": DeletionRequest.objects.get().status,
            "closed": AuditEntry.objects.filter(kind="deletion.closed").count(),
        }}))
        """,
    )

    assert len(told["paths"]) == len(set(told["paths"])) == 6
    assert (told["status"], told["closed"]) == ("closed", 1)


def test_many_executors_share_one_quota(own_database):
    told = run(
        own_database,
        f"""
        settings.DELETE_QUOTA_PER_HOUR = 3
        {FAKE.strip()}
        with clients:
            approved(*[sandbox.visit().visitor_id for _ in range(12)])
            schedule.start_due(now=timezone.now())
            for _ in range(3):
                at_once(lambda _: execution.execute_due(), range(6))
        print(json.dumps({{"sent": len(deletes()), "attempts": Attempt.objects.count()}}))
        """,
    )

    assert told == {"sent": 3, "attempts": 3}


def test_cancelling_while_it_starts_either_cancels_or_runs(own_database):
    told = run(
        own_database,
        f"""
        {FAKE.strip()}
        asker = person(Role.COMPLIANCE)
        with clients:
            asked = approved(sandbox.visit().visitor_id, asker=asker)

            def act(which):
                try:
                    if which == "cancel":
                        actions.cancel(request_id=asked.pk, by=asker, now=timezone.now())
                    else:
                        execution.execute_due()
                except Refused:
                    pass

            at_once(act, ["cancel", "execute", "cancel", "execute"])
        asked.refresh_from_db()
        print(json.dumps({{"status": asked.status, "sent": len(deletes())}}))
        """,
    )

    assert (told["status"], told["sent"]) in (("cancelled", 0), ("closed", 1), ("running", 1))


KILLED_AT = {
    "evidence read": "operation == 'GET'",
    "before the call": "operation == 'DELETE' and not came_back",
    "after the call": "operation == 'DELETE' and came_back",
}


@pytest.mark.parametrize("moment", KILLED_AT)
def test_a_worker_killed_at_any_moment_loses_nothing_and_doubles_nothing(own_database, own_sandbox, moment):
    own_database.environment["FINGERPRINT_BASE_URL"] = own_sandbox.url
    asked = run(
        own_database,
        f"""
        visitor_id = httpx.post("{own_sandbox.url}/sandbox/visits", json={{}}).json()["events"][0]["visitor_id"]
        print(json.dumps({{"request": approved(visitor_id).pk, "visitor": visitor_id}}))
        """,
    )
    with own_database.start("-c", PREPARED_FOR_DEATH % KILLED_AT[moment]) as process:
        assert process.wait(timeout=60) == -signal.SIGKILL

    told = run(
        own_database,
        """
        for minutes in (3, 30):
            with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
                while execution.execute_due(): pass
        row = DeletionVisitor.objects.get()
        print(json.dumps({
            "state": row.state,
            "request": row.request.status,
            "calls": list(row.calls.order_by("number").values_list("outcome", flat=True)),
            "accepted": AuditEntry.objects.filter(kind__startswith="deletion.accepted").count(),
            "sent": AuditEntry.objects.filter(kind="deletion.sent").count(),
        }))
        """,
    )

    assert (told["state"], told["request"], told["accepted"]) == ("accepted", "closed", 1), asked
    assert told["sent"] == len(told["calls"])
    assert told["calls"] == (["accepted"] if moment == "evidence read" else ["lost", "accepted"])


PREPARED_FOR_DEATH = """
import django; django.setup()
import os, signal
import httpx
from django.conf import settings
from dashboard.deletions.sending import execution
from fingerprint_integration.client import FingerprintClient
from fingerprint_integration.provider import override_client

inner = httpx.HTTPTransport()

def handle(request):
    def die_if(came_back):
        operation = request.method
        if %s:
            os.kill(os.getpid(), signal.SIGKILL)
    die_if(False)
    answer = inner.handle_request(request)
    answer.read()
    die_if(True)
    return answer

with override_client(FingerprintClient(
    settings.FINGERPRINT_API_KEY, base_url=settings.FINGERPRINT_BASE_URL, transport=httpx.MockTransport(handle))):
    execution.execute_due()
"""
