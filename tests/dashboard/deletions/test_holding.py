"""Legal holds: they stop the sending of what they stand on, nothing else, until somebody lifts them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from dashboard.audit.models import AuditEntry
from dashboard.audit.refusals import Refused
from dashboard.core import erasure, facts
from dashboard.core.access import Role
from dashboard.core.errors import NotPossible
from dashboard.deletions import actions
from dashboard.deletions.actions import HoldWish
from dashboard.deletions.holds import holding
from dashboard.deletions.models import DeletionVisitor, LegalHold
from dashboard.deletions.sending import execution, schedule
from dashboard.deletions.states import Status
from dashboard.notices.models import Notice
from tests.dashboard.deletions.conftest import carry_out_all, deletes, fresh, only_visitor, page_of
from tests.factories import person
from tests.pages import text_of

pytestmark = pytest.mark.usefixtures("empty_sandbox")


def place(by, **what) -> LegalHold:
    token = f"{LegalHold.objects.count():032x}"
    words = {"reason": "Court case.", "case": "2026-109", "review_on": timezone.localdate() + timedelta(days=90)}
    return actions.place_hold(wish=HoldWish(form_token=token, **(words | what)), by=by, now=timezone.now())


def lift(held, by):
    return actions.lift_hold(hold_id=held.pk, reason="Settled.", by=by, now=timezone.now())


def what_to_hold(asked, kind):
    return {
        "visitor": {"visitor_id": only_visitor(asked).visitor_id},
        "linked id": {"linked_id": "acct_88412"},
        "request": {"request_id": asked.pk},
    }[kind]


@pytest.mark.parametrize("kind", ["visitor", "linked id", "request"])
def test_what_is_held_is_not_sent_until_the_hold_is_lifted_and_the_clock_runs_on(
    desk, visitor, empty_sandbox, clock, kind
):
    asked = desk.ask(visitor())
    due_at = asked.due_at
    held = place(desk.approver, **what_to_hold(asked, kind))
    assert only_visitor(asked).state == "held", "everybody sees it before it runs"

    desk.approve(asked)
    carry_out_all()
    assert deletes(empty_sandbox) == []
    assert fresh(asked).due_at == due_at

    lift(held, desk.approver)
    schedule.sweep(now=clock.now)
    carry_out_all()
    assert len(deletes(empty_sandbox)) == 1
    assert fresh(asked).status == Status.CLOSED


def test_a_hold_stops_other_requests_for_the_same_visitor_too(desk, visitor, empty_sandbox, clock):
    visitor_id = visitor()
    first = desk.ask(visitor_id)
    place(desk.approver, request_id=first.pk)

    desk.approved(visitor_id, ticket="88-9")
    carry_out_all()

    assert deletes(empty_sandbox) == []


def test_who_asked_is_told_of_a_hold_and_those_who_may_lift_it_of_its_day(desk, clock):
    asked = desk.ask("v1")
    held = place(desk.approver, visitor_id="v1")
    assert Notice.objects.filter(kind="deletion.held", to=asked.requested_by).count() == 1

    clock.advance(days=91)
    schedule.sweep(now=clock.now)
    schedule.sweep(now=clock.now)

    told = Notice.objects.filter(kind="hold.review").values_list("to", flat=True)
    assert sorted(told) == sorted([desk.asker.pk, desk.approver.pk]), "each of them, once"
    review_on = timezone.localdate() + timedelta(days=30)
    actions.review_hold(hold_id=held.pk, review_on=review_on, reason="Goes on.", by=desk.asker, now=clock.now)
    assert LegalHold.objects.get().review_told_at is None


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR, Role.ADMINISTRATOR, Role.FRAUD_LEAD])
def test_only_compliance_officers_place_and_lift(desk, role):
    held = place(desk.approver, visitor_id="v1")

    for act in (lambda by: place(by, visitor_id="v2"), lambda by: lift(held, by)):
        with pytest.raises(Refused) as refused:
            act(person(role))
        assert refused.value.status == 403


def test_a_hold_is_lifted_once(desk):
    held = lift(place(desk.approver, visitor_id="v1"), desk.approver)

    with pytest.raises(Refused, match="lifted before"):
        lift(held, desk.asker)


def test_a_hold_on_a_request_that_is_not_there_or_has_ended_is_refused_with_a_sentence(desk, clock):
    asked = desk.ask("v1")
    actions.withdraw(request_id=asked.pk, by=desk.asker, now=clock.now)

    for number in (asked.pk, asked.pk + 1000):
        with pytest.raises(NotPossible, match="no open deletion request"):
            place(desk.approver, request_id=number)


def test_a_hold_marks_only_what_it_stands_on_and_what_waits(desk, visitor, empty_sandbox, clock):
    refused, other, sent, taken = desk.ask("v1"), desk.ask("v2"), desk.running(visitor()), desk.running(visitor())
    words = {"scope_hash": refused.scope_hash, "reason": "No.", "password_given_at": clock.now, "now": clock.now}
    actions.refuse(request_id=refused.pk, by=desk.approver, **words)
    empty_sandbox.faults.answer_lost(operation="delete_visitor_data")
    execution.carry_out(row_id=only_visitor(sent).pk)
    DeletionVisitor.objects.claim(only_visitor(taken).pk, now=clock.now)

    for each in (refused, sent, taken):
        place(desk.approver, visitor_id=only_visitor(each).visitor_id)

    states = [only_visitor(each).state for each in (refused, other, sent, taken)]
    assert states == ["waiting", "waiting", "submitting", "waiting"], "ended, another's, under way, in a worker's hands"


def test_the_page_names_the_holds_on_a_request_and_no_others(desk):
    asked, same_visitor, stranger = desk.ask("v1"), desk.ask("v1", ticket="T-2"), desk.ask("v2", linked_ids=())
    on_it, on_the_same, on_another = (
        place(desk.approver, request_id=each.pk) for each in (asked, same_visitor, stranger)
    )

    assert holding.holds_of(asked, ["v1"]) == [on_it, on_the_same]
    assert holding.holds_of(stranger, ["v2"]) == [on_another]


def test_a_hold_concerns_the_open_deletions_of_its_account_or_request(desk, clock):
    first, _other = desk.ask("v1", linked_ids=("acct_1",)), desk.ask("v2", linked_ids=("acct_2",))
    ended = desk.ask("v3", linked_ids=("acct_1",))
    actions.withdraw(request_id=ended.pk, by=desk.asker, now=clock.now)

    for what in ({"linked_id": "acct_1"}, {"request_id": first.pk}):
        assert holding.visitors_under(place(desk.approver, **what)) == ["v1"]


def test_a_hold_is_a_fact_that_blocks_changes(desk):
    desk.ask("v1")
    place(desk.approver, linked_id="acct_88412")

    held = [fact for fact in facts.about(["v1", "v2"]) if fact.claim.startswith("Legal hold")]

    assert [(fact.visitor_id, fact.blocks_changes) for fact in held] == [("v1", True)]


def test_holds_of_many_visitors_are_those_of_each(desk):
    """Every way of being held, alone and together, lifted ones too; asked one by one or all at once."""
    asked = [desk.ask(f"v{place}", linked_ids=(f"acct_{place % 3}",), ticket=f"T-{place}") for place in range(6)]
    desk.ask("v0", "v5", ticket="T-9", linked_ids=())
    for held in ({"visitor_id": "v0"}, {"visitor_id": "v0"}, {"visitor_id": "stranger"}, {"linked_id": "acct_1"}):
        place(desk.approver, **held)
    for one in (asked[0], asked[3], asked[3]):
        place(desk.approver, request_id=one.pk)
    lift(place(desk.approver, linked_id="acct_2"), desk.approver)
    lift(place(desk.approver, visitor_id="v2"), desk.approver)
    lift(place(desk.approver, request_id=asked[5].pk), desk.approver)
    visitor_ids = ["stranger", "nobody", *(f"v{place}" for place in range(6))]

    at_once = holding.holds_by_visitor(visitor_ids)

    one_by_one = {each: list(holding.holds_on(each)) for each in visitor_ids}
    assert at_once == {each: holds for each, holds in one_by_one.items() if holds}
    assert set(at_once) == {"stranger", "v0", "v1", "v3", "v4"}
    assert set(holding.holds_by_visitor(["v1", "nobody"])) == {"v1"}, "nobody who was not asked about"


def test_erasing_a_visitor_empties_its_lifted_holds(desk):
    lift(place(desk.approver, visitor_id="visitor-1"), desk.approver)

    with transaction.atomic():
        erasure.erase(["visitor-1"], erased_by="D-0001")

    held = LegalHold.objects.get()
    assert (held.visitor_id, held.reason, held.lift_reason) == ("", "", "")


def test_the_database_refuses_a_hold_on_nothing_and_one_lifted_by_nobody(desk, clock):
    held = place(desk.approver, visitor_id="v1")

    for changes in ({"visitor_id": ""}, {"lifted_at": clock.now}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LegalHold.objects.filter(pk=held.pk).update(**changes)


# -- On the screen ------------------------------------------------------------------------------------------


def test_a_hold_is_placed_looked_at_and_lifted_through_the_pages(desk, client_for):
    asked = desk.ask("v1")
    browser = client_for(desk.approver)
    form = browser.post(reverse("deletions:new_hold"), {"number": asked.number}).page.form(button="Place the hold")
    assert form.fields["held"] == [asked.number]

    page = browser.get(browser.submit(form, reason="Court case.", case="2026-109").url).page
    assert asked.number in page.text
    assert "Legal hold on 1 of 1" in page_of(browser, asked).page.text
    day = str(timezone.localdate() + timedelta(days=10))
    page = browser.get(
        browser.submit(page.form(button="Keep it, look again then"), review_on=day, reason="Yes.").url
    ).page
    page = browser.get(browser.submit(page.form(button="Lift the hold"), **{"lift-reason": "Settled."}).url).page

    assert "Lifted" in page.text
    entries = AuditEntry.objects.filter(kind__startswith="hold.").exclude(kind="hold.list_viewed")
    assert list(entries.order_by("pk").values_list("kind", flat=True)) == [
        "hold.placed",
        "hold.reviewed",
        "hold.lifted",
    ]


def test_the_navigation_leads_to_holds_and_says_how_many_are_to_be_looked_at_again(desk, client_for, clock):
    held = place(desk.approver, visitor_id="v1")
    place(desk.approver, visitor_id="v2", review_on=timezone.localdate() + timedelta(days=200))
    hold_page, list_page = reverse("deletions:hold", args=[held.pk]), reverse("deletions:requests")

    def shown(person, address):
        nav = client_for(person).get(address).page.one("nav", id="nav")
        (current,) = [text_of(each) for each in nav.iter("a") if each.get("aria-current") == "page"]
        return current

    assert shown(desk.approver, hold_page) == "Legal holds"
    assert shown(desk.approver, list_page) == "Deletions"
    clock.advance(days=91)
    assert shown(desk.approver, hold_page) == "Legal holds 1 wait for you"
    assert shown(Role.AUDITOR, hold_page) == "Legal holds", "who may not lift one has nothing to look at again"


@pytest.mark.parametrize(
    "changes,sentence",
    [
        ({"held": ""}, "Say what is held"),
        ({"held": "<b>"}, "A visitor id has 1 to 64"),
        ({"kind": "request", "held": "v1"}, "Enter the number of the request"),
        ({"kind": "dragon"}, "Choose what it is"),
        ({"reason": " "}, "Say why"),
        ({"review_on": "soon"}, "Enter a day"),
        ({"review_on": "2020-01-01"}, "after today and within a year"),
    ],
)
def test_bad_input_comes_back_with_a_sentence(desk, client_for, changes, sentence):
    browser = client_for(desk.approver)
    form = browser.get(reverse("deletions:new_hold")).page.form(button="Place the hold")

    answer = browser.submit(form, **({"held": "v1", "reason": "Court case."} | changes))

    assert answer.status_code == 422
    assert sentence in answer.page.text


def test_who_may_not_see_it_finds_what_is_held_masked(desk, client_for):
    place(desk.approver, linked_id="acct_secret")
    place(desk.approver, visitor_id="visitor-secret")

    for role in (Role.AUDITOR, Role.SUPPORT):
        assert "acct_secret" not in client_for(role).get(reverse("deletions:holds")).text
    assert "visitor-secret" not in client_for(Role.AUDITOR).get(reverse("deletions:holds")).text
    assert "visitor-secret" in client_for(Role.SUPPORT).get(reverse("deletions:holds")).text
