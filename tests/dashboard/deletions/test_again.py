"""Asking again for what a request did not erase: filled as before, decided anew, and the clock by law runs on."""

from datetime import timedelta

import pytest
from django.urls import reverse

from dashboard.audit.refusals import Refused
from dashboard.core import erasure
from dashboard.core.access import Role
from dashboard.deletions import actions, queries, tasks
from dashboard.deletions.models import DeletionRequest, DeletionVisitor
from dashboard.deletions.sending import schedule
from dashboard.deletions.states import Status, VisitorState
from dashboard.notices.models import Notice
from tests.dashboard.deletions.conftest import carry_out_all, client_over, fresh, kinds_of, only_visitor, page_of, wish
from tests.factories import person


@pytest.fixture
def expired(desk, empty_sandbox, clock, settings):
    """An approval that was not used in time; nothing of it was sent."""
    settings.DELETION_COOLING_OFF = timedelta(days=30)

    def run_out(*visitor_ids: str, **changes) -> DeletionRequest:
        approved = desk.approved(*visitor_ids, **changes)
        clock.advance(days=8)
        schedule.expire_approvals(now=clock.now)
        return fresh(approved)

    return run_out


@pytest.fixture
def failed(desk, visitor, empty_sandbox, settings):
    """A request with one visitor, which Fingerprint refused to delete for good."""
    running = desk.running(visitor())
    with client_over(empty_sandbox.handle, settings, key="sandbox-basic-key"):
        carry_out_all()
    return fresh(running)


def ask_again(before, clock, *, by, **changes):
    words = {"received_at": before.received_at} | changes
    return actions.ask_again(request_id=before.pk, wish=wish("v1", **words), by=by, now=clock.now)


def address(before) -> str:
    return reverse("deletions:ask_again", args=[before.pk])


def test_one_step_opens_the_form_filled_and_what_is_sent_is_a_new_request_that_names_the_old_one(
    expired, desk, client_for, clock
):
    before = expired("v1", "v2", linked_ids=("acct_1", "acct_2"), identity_method="phone", identity_by="Tom Okafor")
    browser = client_for(desk.asker)
    page = page_of(browser, before).page
    assert "Not erased: the approval was not used in time" in page.text
    assert "20 days left" in page.text, "the person still waits"
    assert address(before) in [each.get("href") for each in page.all("a")]

    form = browser.get(address(before)).page.form(button="Ask for the deletion")
    shown = {name: values[0].strip() for name, values in form.fields.items()}
    answer = browser.submit(form)

    assert shown["visitor_ids"].splitlines() == ["v1", "v2"]
    assert shown["linked_ids"].splitlines() == ["acct_1", "acct_2"]
    asked = DeletionRequest.objects.get(repeats=before)
    assert answer.url == reverse("deletions:request", args=[asked.pk])
    same = ("reason", "ticket", "source", "jurisdiction", "legal_basis", "identity_method", "identity_by", "scope_hash")
    assert [getattr(asked, name) for name in same] == [getattr(before, name) for name in same]
    assert (asked.status, asked.decided_by) == (Status.REQUESTED, None)
    assert kinds_of(before)[-2:] == ["deletion.expired", "deletion.asked_again"]
    assert kinds_of(asked) == ["deletion.asked"]
    assert f"again for {before.number}" in page_of(browser, asked).page.text
    assert f"It was asked for again as {asked.number}" in page_of(browser, before).page.text


def test_the_clock_by_law_its_extension_and_the_confirmed_receipt_go_along(expired, desk, clock):
    before = expired("v1", jurisdiction="ccpa", zone="America/Los_Angeles")
    first_due = before.due_at
    DeletionRequest.objects.filter(pk=before.pk).update(acknowledged_at=clock.now)
    waiting = fresh(ask_again(before, clock, by=desk.asker, jurisdiction="ccpa"))

    assert (waiting.due_at, waiting.clock_zone, waiting.received_at) == (
        first_due,
        "America/Los_Angeles",
        before.received_at,
    )
    assert (waiting.acknowledged_at, waiting.extended_at) == (clock.now, None)
    words = {"reason": "Three devices.", "notice_sent_on": clock.now.date(), "now": clock.now}
    actions.extend(request_id=waiting.pk, by=desk.approver, **words)
    actions.withdraw(request_id=waiting.pk, by=desk.asker, now=clock.now)
    DeletionRequest.objects.filter(pk=before.pk).update(
        extended_at=clock.now,
        extended_by=desk.approver,
        extension_reason="Three devices.",
        notice_sent_on=clock.now.date(),
    )
    again = fresh(ask_again(fresh(before), clock, by=desk.asker, jurisdiction="ccpa"))

    assert again.due_at == fresh(waiting).due_at > first_due, "what the person was told stays true"
    assert (again.extended_by, again.extension_reason) == (desk.approver, "Three devices.")


@pytest.mark.parametrize("changes", [{"jurisdiction": "ccpa"}, {"received_at": timedelta(days=1)}])
def test_another_law_or_another_receipt_has_a_clock_of_its_own(expired, desk, clock, changes):
    before = expired("v1")
    DeletionRequest.objects.filter(pk=before.pk).update(
        extended_at=clock.now,
        extended_by=desk.approver,
        extension_reason="Three devices.",
        notice_sent_on=clock.now.date(),
    )
    if "received_at" in changes:
        changes = {"received_at": before.received_at - changes["received_at"]}

    asked = fresh(ask_again(fresh(before), clock, by=desk.asker, **changes))

    assert asked.extended_at is None
    assert asked.days_left(clock.now) < 45


def test_it_is_asked_again_once_unless_that_came_to_nothing_too(expired, desk, clock, client_for):
    before = expired("v1")
    asked = ask_again(before, clock, by=desk.asker)

    with pytest.raises(Refused, match=f"asked for again already: {asked.number}"):
        ask_again(before, clock, by=desk.asker)
    assert client_for(desk.asker).get(address(before)).status_code == 409

    actions.withdraw(request_id=asked.pk, by=desk.asker, now=clock.now)
    assert ask_again(before, clock, by=desk.asker).repeats == before


def test_a_double_click_asks_again_once(expired, desk, client_for):
    before = expired("v1")
    browser = client_for(desk.asker)
    form = browser.get(address(before)).page.form(button="Ask for the deletion")

    first, second = browser.submit(form), browser.submit(form)

    assert first.url == second.url
    assert DeletionRequest.objects.filter(repeats=before).count() == 1


@pytest.mark.parametrize("end", ["withdrawn", "refused", "waiting"])
def test_what_people_ended_or_what_waits_is_not_asked_again(desk, empty_sandbox, clock, client_for, end):
    asked = desk.ask("v1")
    words = {"request_id": asked.pk, "now": clock.now}
    if end == "withdrawn":
        actions.withdraw(by=desk.asker, **words)
    elif end == "refused":
        scope = {"scope_hash": asked.scope_hash, "reason": "No.", "password_given_at": clock.now}
        actions.refuse(by=desk.approver, **scope, **words)

    with pytest.raises(Refused, match="nothing in"):
        ask_again(fresh(asked), clock, by=desk.asker)
    assert "Ask again…" not in page_of(client_for(desk.asker), asked).page.text


@pytest.mark.parametrize("role, may", [(Role.SUPPORT, False), (Role.AUDITOR, False), (Role.COMPLIANCE, True)])
def test_only_who_may_see_all_of_it_asks_again(expired, desk, clock, client_for, role, may):
    before = expired("v1")
    colleague = person(role)

    assert ("Ask again…" in page_of(client_for(colleague), before).page.text) is may
    answer = client_for(colleague).get(address(before))
    assert (answer.status_code == 200) is may
    assert ("acct_88412" in answer.text) is may
    if may:
        assert ask_again(before, clock, by=colleague).requested_by == colleague
    else:
        with pytest.raises(Refused) as refused:
            ask_again(before, clock, by=colleague)
        assert refused.value.status == 403


def test_what_was_erased_in_between_is_not_asked_again(expired, desk, clock):
    before = expired("v1")
    erasure.erase(["v1"], erased_by="D-9999")

    with pytest.raises(Refused, match="nothing in"):
        ask_again(before, clock, by=desk.asker)


def test_a_bad_form_comes_back_with_what_was_typed(expired, desk, client_for):
    before = expired("v1")
    browser = client_for(desk.asker)
    form = browser.get(address(before)).page.form(button="Ask for the deletion")

    answer = browser.submit(form, reason=" ", ticket="T-99")

    assert answer.status_code == 422
    assert "Say why" in answer.page.text
    again = answer.page.form(button="Ask for the deletion")
    assert (again.action, again.fields["ticket"]) == (address(before), ["T-99"])


def test_a_request_that_is_not_there_cannot_be_asked_again(desk, client_for):
    assert client_for(desk.asker).get(reverse("deletions:ask_again", args=[4242])).status_code == 404


def test_lists_and_figures_say_what_was_not_erased_until_it_is_asked_again(expired, failed, desk, client_for, clock):
    before = expired("v1")
    officer, lists = client_for(desk.approver), reverse("deletions:requests") + "?show=ended"

    def said():
        figures = officer.get(reverse("deletions:numbers") + "?first=2026-06-01&last=2026-06-30&file=1").text
        return officer.get(lists).page.text.count("not erased: ask again"), '"In time","not erased","2"' in figures

    assert said() == (2, True)
    ask_again(before, clock, by=desk.asker)
    assert said() == (1, True), "the new request counts by itself"


# -- What failed --------------------------------------------------------------------------------------------


def test_the_page_says_that_a_visitor_failed_what_stays_and_what_to_do(failed, desk, client_for, settings):
    browser = client_for(desk.asker)
    page = page_of(browser, failed).page

    assert "Not erased: 1 visitor failed" in page.text
    assert "28 days left" in page.text, "the person still waits"
    assert f"for at most {settings.DELETION_RECORD_MONTHS} months" in page.text
    form = browser.get(address(failed)).page.form(button="Ask for the deletion")
    assert form.fields["visitor_ids"][0].strip() == only_visitor(failed).visitor_id


def test_who_asked_is_told_that_it_closed_without_erasing_all(failed, desk, client_for):
    told = Notice.objects.filter(to=desk.asker, kind__in=("deletion.closed", "deletion.not_erased"))

    assert [notice.kind for notice in told] == ["deletion.not_erased"]
    inbox = client_for(desk.asker).get(reverse("notices:inbox")).page.text
    assert f"{failed.number} is closed, but 1 of its visitors could not be erased" in inbox


def test_only_what_failed_is_asked_again(failed, desk, clock):
    settled = {"state": VisitorState.ACCEPTED, "is_open": False, "settled_at": clock.now}
    DeletionVisitor.objects.create(request=failed, visitor_id="v2", **settled)

    left = queries.left_to_ask_for(failed)
    asked = ask_again(failed, clock, by=desk.asker)

    assert left == [failed.visitors.get(state=VisitorState.FAILED).visitor_id]
    assert (asked.repeats, queries.left_to_ask_for(asked)) == (failed, [])


def test_once_another_request_erased_it_the_failed_one_forgets_it_too(failed, desk, clock, client_for):
    visitor_id = only_visitor(failed).visitor_id
    asked = actions.ask_again(request_id=failed.pk, wish=wish(visitor_id), by=desk.asker, now=clock.now)
    desk.approve(asked)
    carry_out_all()

    assert only_visitor(asked).state == VisitorState.ACCEPTED
    assert only_visitor(failed).visitor_id == ""
    text = page_of(client_for(desk.asker), failed).page.text
    assert "Not erased" not in text
    assert "Ended in time" in text


def test_while_a_request_runs_its_rows_stay_what_was_approved(failed, clock):
    visitor_id = only_visitor(failed).visitor_id
    DeletionRequest.objects.filter(pk=failed.pk).update(status=Status.RUNNING)

    erasure.erase([visitor_id], erased_by="D-9999")

    assert only_visitor(failed).visitor_id == visitor_id


def test_what_failed_is_forgotten_after_the_months_of_the_setting(failed, clock, settings):
    settings.DELETION_RECORD_MONTHS = 24
    clock.advance(days=729)
    tasks.sweep_followed()
    assert only_visitor(failed).visitor_id
    assert fresh(failed).linked_ids.exists()

    clock.advance(days=2)
    tasks.sweep_followed()

    assert only_visitor(failed).visitor_id == ""
    assert not fresh(failed).linked_ids.exists()
    assert fresh(failed).reason == ""
