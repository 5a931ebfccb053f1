"""What a request covers: chosen for an account by a person, changed only by who asked, and never behind an approval."""

from datetime import timedelta

import pytest
from django.urls import reverse

from dashboard.audit.models import Subject
from dashboard.audit.refusals import Refused
from dashboard.core import erasure
from dashboard.core.access import Role
from dashboard.deletions import actions
from dashboard.deletions.actions import NewScope
from dashboard.deletions.models import DeletionRequest, DeletionVisitor, VoidedApproval
from dashboard.deletions.sending import joining, schedule
from dashboard.deletions.states import Status
from dashboard.notices.models import Notice
from tests.dashboard.deletions.conftest import carry_out_all, deletes, fresh, kinds_of, page_of, wish
from tests.factories import person

pytestmark = pytest.mark.usefixtures("empty_sandbox")


def change(asked, *visitor_ids, by, clock, **changes):
    scope = {
        "visitor_ids": visitor_ids,
        "linked_ids": ("acct_88412",),
        "jurisdiction": "gdpr",
        "legal_basis": "Art. 17",
    }
    words = {"scope_hash": asked.scope_hash, "reason": "Found another phone."}
    words |= {key: changes.pop(key) for key in list(changes) if key in words}
    return actions.change_scope(request_id=asked.pk, scope=NewScope(**(scope | changes)), by=by, now=clock.now, **words)


def test_changing_the_scope_voids_the_approval_and_keeps_it_as_history(desk, clock, settings):
    settings.DELETION_COOLING_OFF = timedelta(minutes=30)
    approved = desk.approved("v1")

    change(approved, "v1", "v2", by=desk.asker, clock=clock)

    waiting = fresh(approved)
    assert (waiting.status, waiting.decided_by) == (Status.REQUESTED, None)
    voided = VoidedApproval.objects.get()
    assert (voided.approved_by, voided.scope_hash) == (desk.approver, approved.scope_hash)
    assert kinds_of(approved)[-2:] == ["deletion.approval_void", "deletion.scope_changed"]
    with pytest.raises(Refused, match="not the one that was on your page"):
        desk.approve(waiting, scope_hash=approved.scope_hash)
    assert desk.approve(waiting).status == Status.APPROVED


def test_a_draft_with_other_accounts_and_still_no_visitor_stays_a_draft(desk, clock):
    draft = desk.ask(linked_ids=("acct_1",))

    change(draft, by=desk.asker, clock=clock, linked_ids=("acct_1", "acct_2"))

    assert fresh(draft).status == Status.DRAFT


def test_the_reason_of_a_changed_scope_goes_with_whoever_it_was_about(desk, clock):
    change(desk.ask("v1"), "v1", "v2", by=desk.asker, clock=clock)

    erasure.erase(["v2"], erased_by="D-9999")

    assert not Subject.objects.filter(kind="text", value=b"Found another phone.").exists()


def test_those_who_decide_are_asked_again_and_the_asker_never(desk, clock):
    change(desk.ask("v1"), "v2", by=desk.asker, clock=clock)

    told = Notice.objects.filter(kind="deletion.waits").values_list("to", flat=True)
    assert list(told) == [desk.approver.pk, desk.approver.pk]


def test_an_unchanged_scope_changes_nothing(desk, clock):
    approved = desk.approved("v1")

    change(approved, "v1", by=desk.asker, clock=clock, legal_basis=approved.legal_basis)

    assert fresh(approved).status == Status.APPROVED


@pytest.mark.parametrize("who", ["approver", "support"])
def test_only_who_asked_changes_the_scope(desk, clock, who):
    by = desk.approver if who == "approver" else person(Role.SUPPORT)

    with pytest.raises(Refused, match="Only who asked"):
        change(desk.ask("v1"), "v2", by=by, clock=clock)


def test_who_lost_the_right_to_ask_changes_nothing(desk, clock):
    asked = desk.ask("v1")
    desk.asker.groups.clear()

    with pytest.raises(Refused, match="Only who asked"):
        change(asked, "v2", by=type(desk.asker).objects.get(pk=desk.asker.pk), clock=clock)


def test_what_runs_is_not_changed(desk, clock):
    with pytest.raises(Refused, match="runs or has ended"):
        change(desk.running("v1"), "v2", by=desk.asker, clock=clock)


def test_a_page_that_showed_another_scope_changes_nothing(desk, clock):
    with pytest.raises(Refused, match="not the one that was on your page"):
        change(desk.ask("v1"), "v2", by=desk.asker, clock=clock, scope_hash="0" * 64)


def test_a_visitor_taken_out_is_held_by_the_request_that_had_joined(desk, clock):
    first = desk.ask("v1", "v2")
    second = desk.ask("v1", ticket="88-9")

    change(first, "v2", by=desk.asker, clock=clock)

    row = DeletionVisitor.objects.get(visitor_id="v1")
    assert (row.request, row.is_open, row.joins) == (second, True, None)
    assert DeletionVisitor.objects.get(visitor_id="v2").is_open, "what stays is held as before"


def test_another_law_counts_its_own_days(desk, clock):
    asked = desk.ask("v1")

    change(asked, "v1", by=desk.asker, clock=clock, jurisdiction="ccpa")

    assert fresh(asked).days_left(clock.now) == 43
    assert fresh(asked).acknowledge_by is not None


@pytest.mark.parametrize(
    "legal_basis,sentence",
    [
        ("Art. 17, maya@shop.example", "looks like an e-mail address"),
        ("Art. 17 for acct_88412", "Leave out the ids of who is erased"),
    ],
)
def test_the_legal_basis_outlives_the_erasure_and_names_nobody(desk, client_for, legal_basis, sentence):
    asked = desk.ask("v1")
    browser = client_for(desk.asker)
    form = browser.get(reverse("deletions:scope", args=[asked.pk])).page.form(button="Set this scope")

    answer = browser.submit(form, legal_basis=legal_basis, reason="Found another phone.")

    assert answer.status_code == 422
    assert sentence in answer.page.text
    assert fresh(asked).legal_basis == asked.legal_basis


# -- From an account to visitors ----------------------------------------------------------------------------


def test_an_account_becomes_a_draft_whose_visitors_a_person_chooses_with_the_evidence(
    desk, client_for, empty_sandbox, clock
):
    mine = [empty_sandbox.visit(at=clock.now - timedelta(days=day), linked_id="acct_1") for day in (9, 1)]
    again = {"visitor_id": mine[1].visitor_id, "linked_id": "acct_1"}
    empty_sandbox.visit(at=clock.now - timedelta(hours=3), **again)
    empty_sandbox.visit(at=clock.now - timedelta(hours=2), linked_id="acct_2")
    browser = client_for(desk.asker)
    form = browser.get(reverse("deletions:ask")).page.form(button="Ask for the deletion")
    words = {"visitor_ids": "", "linked_ids": "acct_1", "reason": "Asked by e-mail.", "jurisdiction": "gdpr"}

    page = browser.get(browser.submit(form, **words).url).page

    draft = DeletionRequest.objects.get()
    assert (draft.status, draft.due_at is None) == (Status.DRAFT, False)
    assert not Notice.objects.filter(kind="deletion.waits").exists(), "nobody can decide yet"
    assert "No visitor is chosen yet" in page_of(browser, draft).page.text
    form = page.form(button="Ask for these visitors")
    browser.submit(form, chosen=[mine[1].visitor_id], reason="Two of three visits are hers.")
    asked = fresh(draft)
    row = asked.visitors.get()
    assert (asked.status, row.visitor_id, row.account_event_count) == (Status.REQUESTED, mine[1].visitor_id, 2)
    assert "chosen for its 2 events of the account" in page_of(client_for(desk.approver), asked).page.text


def test_only_what_our_own_page_offered_can_be_chosen(desk, client_for, empty_sandbox, clock):
    empty_sandbox.visit(at=clock.now - timedelta(days=1), linked_id="acct_88412")
    draft = actions.ask(wish=wish(), by=desk.asker, now=clock.now)
    browser = client_for(desk.asker)
    form = browser.get(reverse("deletions:scope", args=[draft.pk])).page.form(button="Ask for these visitors")

    answer = browser.submit(form, chosen=["somebody-else"], reason="Trust me.")

    assert answer.status_code == 422
    assert fresh(draft).status == Status.DRAFT


def test_a_draft_cannot_be_approved_and_nothing_of_it_is_sent(desk, clock, empty_sandbox):
    draft = actions.ask(wish=wish(), by=desk.asker, now=clock.now)

    with pytest.raises(Refused, match="does not wait"):
        desk.approve(draft)
    carry_out_all()

    assert deletes(empty_sandbox) == []


def test_no_answer_is_said_and_is_not_the_same_as_nobody(desk, client_for, empty_sandbox, clock):
    draft = actions.ask(wish=wish(), by=desk.asker, now=clock.now)
    browser = client_for(desk.asker)
    path = reverse("deletions:scope", args=[draft.pk])

    assert "no event it still keeps names this account" in browser.get(path).page.text
    with empty_sandbox.faults.unavailable(operation="search_events", times=None):
        assert "That does not mean that there are no visitors" in browser.get(path).page.text


# -- Several requests for one visitor -----------------------------------------------------------------------


def test_who_joined_is_settled_with_the_first_and_keeps_its_own_clock(desk, visitor, empty_sandbox, clock):
    visitor_id = visitor()
    first = desk.ask(visitor_id)
    second = desk.ask(visitor_id, ticket="88-9", received_at=clock.now - timedelta(days=20))

    desk.approve(first)
    desk.approve(second)
    carry_out_all()
    carry_out_all()

    assert len(deletes(empty_sandbox)) == 1
    assert {fresh(first).status, fresh(second).status} == {Status.CLOSED}
    assert fresh(second).due_at != fresh(first).due_at
    assert sum("deletion.settled_with" in kinds_of(each) for each in (first, second)) == 1


def test_an_approved_request_does_not_wait_for_one_that_nobody_approved(desk, visitor, empty_sandbox, clock):
    visitor_id = visitor()
    waiting = desk.ask(visitor_id)

    later = desk.approved(visitor_id, ticket="88-9")
    carry_out_all()

    assert fresh(later).status == Status.CLOSED
    assert fresh(waiting).status == Status.REQUESTED
    desk.approve(waiting)
    carry_out_all()
    assert fresh(waiting).status == Status.CLOSED
    assert len(deletes(empty_sandbox)) == 1


@pytest.mark.parametrize("end", ["withdrawn", "refused"])
def test_when_the_first_comes_to_nothing_the_next_goes_on(desk, visitor, empty_sandbox, clock, end):
    visitor_id = visitor()
    first = desk.ask(visitor_id)
    second = desk.ask(visitor_id, ticket="88-9")

    if end == "withdrawn":
        actions.withdraw(request_id=first.pk, by=desk.asker, now=clock.now)
    else:
        words = {"scope_hash": first.scope_hash, "reason": "No.", "password_given_at": clock.now, "now": clock.now}
        actions.refuse(request_id=first.pk, by=desk.approver, **words)
    desk.approve(second)
    carry_out_all()

    assert fresh(second).status == Status.CLOSED
    assert len(deletes(empty_sandbox)) == 1


def test_a_visitor_that_came_back_is_held_by_the_new_request_not_by_the_one_that_erased_it(desk, visitor, clock):
    visitor_id = visitor()
    desk.approved(visitor_id)
    carry_out_all()
    clock.advance(hours=25)

    row = desk.ask(visitor_id).visitors.get()

    assert (row.is_open, row.joins) == (True, None)


def test_a_request_that_lets_go_leaves_others_as_they_stand(desk, clock):
    holder, joined, other = desk.ask("v1"), desk.ask("v1", ticket="T-2"), desk.ask("v2")

    actions.withdraw(request_id=other.pk, by=desk.asker, now=clock.now)

    assert holder.visitors.get().is_open
    assert joined.visitors.get().joins == holder.visitors.get()


def test_what_a_worker_holds_is_not_taken_over_by_a_request_that_begins(desk, clock):
    holder, beginning = desk.ask("v1"), desk.ask("v1", ticket="T-2")
    claimed = DeletionVisitor.objects.claim(holder.visitors.get().pk, now=clock.now)

    desk.approve(beginning)
    schedule.start_due(now=clock.now)

    assert fresh(beginning).status == Status.RUNNING
    assert (holder.visitors.get().is_open, beginning.visitors.get().joins) == (True, claimed)


def test_a_request_that_begins_takes_the_lead_only_where_it_joined_and_nothing_is_under_way(
    desk, visitor, empty_sandbox, clock, settings
):
    settings.DELETE_QUOTA_PER_HOUR = 1
    past, under_way, free, stranger = (visitor() for _ in range(4))
    closed, runs = desk.ask(past), desk.ask(under_way)
    waits, elsewhere = desk.ask(free, stranger, ticket="T-2"), desk.ask(stranger, ticket="T-3")
    beginning = desk.ask(past, under_way, free, ticket="T-4")
    desk.approve(closed)
    carry_out_all()
    for each in (runs, beginning):
        desk.approve(each)
        schedule.start_due(now=clock.now)

    def stands(asked):
        return {row.visitor_id: (row.is_open, row.joins and row.joins.request_id) for row in asked.visitors.all()}

    assert [fresh(each).status for each in (closed, runs)] == [Status.CLOSED, Status.RUNNING]
    assert stands(beginning) == {past: (False, closed.pk), under_way: (False, runs.pk), free: (True, None)}
    assert (stands(closed), stands(runs)) == ({past: (False, None)}, {under_way: (True, None)})
    assert stands(waits) == {free: (False, beginning.pk), stranger: (True, None)}
    assert stands(elsewhere) == {stranger: (False, waits.pk)}


def test_what_becomes_of_a_visitor_becomes_of_those_who_joined_it_and_of_nobody_else(desk, visitor, clock):
    visitor_id = visitor()
    first, joined, other = desk.ask(visitor_id), desk.ask(visitor_id, ticket="T-2"), desk.ask("v2", ticket="T-3")
    desk.approve(first)

    carry_out_all()

    assert joined.visitors.get().state == "accepted"
    assert (other.visitors.get().state, other.visitors.get().settled_at) == ("waiting", None)


def test_only_who_holds_a_visitor_now_is_named_as_asking_for_it(desk, clock):
    ended = desk.ask("v1")
    actions.withdraw(request_id=ended.pk, by=desk.asker, now=clock.now)
    holder, _joined, _other = desk.ask("v1"), desk.ask("v1", ticket="T-2"), desk.ask("v2")

    assert joining.joined_numbers(["v1", "v3"]) == {"v1": holder.number}
