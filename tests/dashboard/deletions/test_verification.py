"""What Fingerprint accepted is asked about until it is gone, and never said to be gone before."""

from datetime import timedelta

import pytest

from dashboard.audit.models import AuditEntry
from dashboard.core import facts
from dashboard.core.access import Role
from dashboard.deletions.models import Probe, Watch
from dashboard.deletions.states import VisitorState
from dashboard.deletions.watch import verdict, verification
from dashboard.notices.models import Notice
from fingerprint_integration.sandbox.clock import DAY
from fingerprint_integration.sandbox.limits import KEYS, Key
from tests.dashboard.deletions.conftest import carry_out_all, client_over, follow_all, kinds_of, only_visitor

BOTH_VERSIONS = pytest.mark.parametrize("api_version", ["v3", "v4"])


@pytest.fixture
def accepted(desk, visitor):
    """A request whose visitor Fingerprint has just accepted, with what `visitor` is given."""

    def accept(**what):
        approved = desk.approved(visitor(**what))
        carry_out_all()
        follow_all()
        return approved

    return accept


def state_of(request) -> str:
    return only_visitor(request).state


def days(clock, count) -> None:
    """So many days pass, and the workers do what falls due on each."""
    for _ in range(count):
        clock.advance(days=1)
        follow_all()


@BOTH_VERSIONS
def test_nothing_is_asked_before_fingerprints_own_promise(accepted, empty_sandbox, clock):
    request = accepted()
    empty_sandbox.requests.clear()

    clock.advance(hours=23, minutes=59)
    follow_all()

    assert list(empty_sandbox.requests) == []
    assert state_of(request) == VisitorState.ACCEPTED


@BOTH_VERSIONS
def test_a_visitor_without_older_events_is_gone_after_a_day(accepted, clock):
    request = accepted()

    clock.advance(hours=24)
    follow_all()

    watch = Watch.objects.get()
    assert state_of(request) == VisitorState.COMPLETE
    assert (watch.asked_count, watch.gone_count) == (1, 1)
    assert [kind for kind in kinds_of(request) if kind not in BEFORE] == [
        "deletion.checked",
        "deletion.verified",
        "deletion.complete",
        "deletion.certified",
    ]


BEFORE = {
    "deletion.asked",
    "deletion.approved",
    "deletion.started",
    "deletion.sent",
    "deletion.accepted",
    "deletion.erased_here",
    "deletion.closed",
}


@BOTH_VERSIONS
def test_older_events_are_followed_until_their_retention_has_ended(accepted, clock, settings):
    request = accepted(older=3)
    clock.advance(hours=24)
    follow_all()
    watch = Watch.objects.get()
    assert state_of(request) == VisitorState.VERIFIED
    assert watch.residue_until == clock.now - timedelta(days=21) + timedelta(days=90)

    days(clock, 69)
    assert state_of(request) == VisitorState.VERIFIED, "the newest older event is 90 days old today"
    days(clock, 2)
    assert state_of(request) == VisitorState.COMPLETE


def test_what_is_still_answered_is_overdue_until_it_is_gone(accepted, empty_sandbox, clock):
    empty_sandbox.world.rules.deleted_from, empty_sandbox.world.rules.deleted_until = 30 * 3600_000, 40 * 3600_000
    request = accepted()

    clock.advance(hours=24)
    follow_all()
    assert state_of(request) == VisitorState.OVERDUE
    assert "still answers events" in only_visitor(request).because

    days(clock, 1)
    assert state_of(request) == VisitorState.COMPLETE
    assert only_visitor(request).because == ""


def test_where_nothing_was_recorded_nothing_can_be_proven(desk, empty_sandbox, clock):
    old = empty_sandbox.visit(at=clock.now - timedelta(days=20))
    approved = desk.approved(old.visitor_id)
    carry_out_all()

    days(clock, 1)

    assert state_of(approved) == VisitorState.UNPROVEN
    assert "nothing whose absence" in only_visitor(approved).because


def test_a_visitor_that_comes_back_under_the_same_id_is_an_alarm(accepted, empty_sandbox, clock):
    empty_sandbox.world.rules.forgotten_after = 100 * DAY
    empty_sandbox.world.rules.deleted_from, empty_sandbox.world.rules.deleted_until = 50 * DAY, 60 * DAY
    request = accepted()
    clock.advance(hours=20)
    empty_sandbox.visit(at=clock.now, visitor_id=only_visitor(request).visitor_id)
    back_at = clock.now

    clock.advance(hours=5)
    follow_all()

    assert state_of(request) == VisitorState.OVERDUE
    assert Watch.objects.get().returned_at == back_at
    assert kinds_of(request).count("deletion.returned") == 1


def test_a_verified_visitor_whose_events_are_answered_again_is_overdue_again(accepted, empty_sandbox, clock):
    request = accepted(older=1)
    days(clock, 1)
    assert state_of(request) == VisitorState.VERIFIED

    event = empty_sandbox.world.by_visitor[only_visitor(request).visitor_id][-1]
    event.gone_at = None
    empty_sandbox.world.identities[only_visitor(request).visitor_id].forgotten_at = None
    days(clock, 7)

    assert state_of(request) == VisitorState.OVERDUE


def test_overdue_for_so_long_that_nothing_can_be_proven_ends_unproven(accepted, empty_sandbox, clock):
    empty_sandbox.world.rules.deleted_from, empty_sandbox.world.rules.deleted_until = 300 * DAY, 301 * DAY
    request = accepted()

    days(clock, 79)
    assert state_of(request) == VisitorState.OVERDUE
    days(clock, 2)

    assert state_of(request) == VisitorState.UNPROVEN
    assert "beyond their retention" in only_visitor(request).because


def test_other_pages_are_told_how_it_stands(accepted, clock):
    request = accepted(older=1)
    visitor_id = only_visitor(request).visitor_id

    days(clock, 1)
    assert [fact.claim for fact in facts.about([visitor_id])] == [
        f"Erased, no longer answered by Fingerprint ({request.number})"
    ]
    days(clock, 72)
    assert [fact.claim for fact in facts.about([visitor_id])] == [f"Erased, gone ({request.number})"]


# -- Answers that are none ------------------------------------------------------------------------------------

NO_ANSWERS = {
    "a gateway's 404": {"kind": "answer", "status": 404, "body": "<h1>Not Found</h1>", "content_type": "text/html"},
    "a 404 about something else": {
        "kind": "answer",
        "status": 404,
        "body": '{"error":{"code":"no_route","message":""}}',
    },
    "too many requests": {"kind": "rate_limited"},
    "a fault": {"kind": "server_error"},
    "a gateway's fault": {"kind": "bad_gateway"},
    "no answer at all": {"kind": "cut"},
    "an answer that comes too late": {"kind": "slow", "seconds": 60},
    "half an answer": {"kind": "truncated"},
    "an empty answer": {"kind": "empty_body"},
}


@BOTH_VERSIONS
@pytest.mark.parametrize("operation", ["get_event", "search_events"])
@pytest.mark.parametrize("name", NO_ANSWERS)
def test_no_fault_is_ever_taken_for_gone(accepted, empty_sandbox, clock, name, operation):
    request = accepted(older=1)

    with empty_sandbox.faults.add(**NO_ANSWERS[name], times=None, operation=operation):
        days(clock, 2)
        assert state_of(request) == VisitorState.ACCEPTED
        days(clock, 3)
        assert state_of(request) == VisitorState.OVERDUE, "silence is said after three days"
    days(clock, 2)

    assert state_of(request) == VisitorState.VERIFIED, "and asking goes on"


@BOTH_VERSIONS
def test_a_key_of_somewhere_else_proves_nothing(accepted, empty_sandbox, clock, settings, api_version, monkeypatch):
    """There everything is answered with "not found", in the right words."""
    monkeypatch.setitem(KEYS, "another-workspace-key", Key("another-workspace-key"))
    request = accepted()
    elsewhere = type(empty_sandbox)(rate=None, is_empty=True)

    with client_over(elsewhere.handle, settings, version=api_version, key="another-workspace-key"):
        days(clock, 2)
        assert state_of(request) == VisitorState.ACCEPTED
    assert {request.status for request in elsewhere.requests} == {404}

    days(clock, 1)
    assert state_of(request) == VisitorState.COMPLETE


@BOTH_VERSIONS
def test_a_key_that_is_refused_proves_nothing(accepted, clock, settings, empty_sandbox, api_version):
    request = accepted()

    with client_over(empty_sandbox.handle, settings, version=api_version, key="no-such-key"):
        days(clock, 2)

    assert {asked.status for asked in empty_sandbox.requests if asked.key == "no-such-key"} <= {403}
    assert state_of(request) == VisitorState.ACCEPTED


@BOTH_VERSIONS
def test_another_key_of_the_same_workspace_proves_it_with_an_older_event(
    accepted, empty_sandbox, clock, settings, api_version, monkeypatch
):
    monkeypatch.setitem(KEYS, "rotated-key", Key("rotated-key"))
    request = accepted(older=1)

    with client_over(empty_sandbox.handle, settings, version=api_version, key="rotated-key"):
        days(clock, 1)

    assert state_of(request) == VisitorState.VERIFIED


def test_a_question_without_an_answer_is_asked_again_the_same_day(accepted, empty_sandbox, clock):
    request = accepted()
    clock.advance(hours=24)
    with empty_sandbox.faults.server_error(times=None, operation="get_event"):
        follow_all()
    assert Probe.objects.filter(state=Probe.WAITING).count() == 1

    clock.advance(minutes=30)
    follow_all()

    assert state_of(request) == VisitorState.COMPLETE


def test_a_worker_that_dies_while_asking_loses_nothing(accepted, empty_sandbox, clock, settings):
    request = accepted()
    clock.advance(hours=24)

    class Died(BaseException):
        """Nothing in the program may catch this."""

    def die(_request):
        raise Died

    with client_over(die, settings), pytest.raises(Died):
        verification.follow_due()
    assert Probe.objects.filter(asked_at=clock.now, state=Probe.WAITING).count() == 1
    clock.advance(minutes=3)
    follow_all()

    assert state_of(request) == VisitorState.COMPLETE


def test_no_round_asks_more_than_a_dozen_questions(desk, empty_sandbox, clock):
    first = empty_sandbox.visit(at=clock.now - timedelta(days=30))
    for hours in range(1, 40):
        empty_sandbox.visit(at=clock.now - timedelta(hours=hours), visitor_id=first.visitor_id)
    desk.approved(first.visitor_id)
    carry_out_all()

    days(clock, 1)

    assert Probe.objects.count() == verdict.MOST_EVIDENCE + 2


def test_no_entry_after_acceptance_names_the_visitor(accepted, clock):
    request = accepted(older=1)
    visitor_id = only_visitor(request).visitor_id.encode()

    days(clock, 100)

    assert not any(visitor_id in bytes(entry.body) for entry in AuditEntry.objects.all())


# -- Escalated -------------------------------------------------------------------------------------------------


def test_overdue_is_told_shown_on_the_desk_and_on_the_status_page(accepted, empty_sandbox, clock, desk, client_for):
    empty_sandbox.world.rules.deleted_from, empty_sandbox.world.rules.deleted_until = 50 * DAY, 60 * DAY
    request = accepted()

    days(clock, 3)

    for reader in (desk.asker, desk.approver):
        told = Notice.objects.filter(to=reader, kind="deletion.overdue")
        assert [notice.url for notice in told] == [f"/deletions/{request.pk}/"], "once, however long it lasts"
    assert f"Deletion {request.number} is not done" in client_for(desk.approver).get("/").page.text
    assert request.number in client_for(Role.ADMINISTRATOR).get("/status/").page.text
    page = client_for(desk.approver).get(f"/deletions/{request.pk}/").page
    assert "Overdue: not shown to be gone in time" in page.text
