"""The second person: signed in a moment ago, long enough in the role, and with each page before them."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from dashboard.audit.models import AuditEntry
from dashboard.audit.refusals import Refused
from dashboard.core.access import Role
from dashboard.deletions import actions
from dashboard.deletions.actions import Seen
from dashboard.deletions.states import Status
from dashboard.notices.models import Notice
from tests.dashboard.deletions.conftest import fresh, just_now, kinds_of, page_of
from tests.factories import person

pytestmark = pytest.mark.usefixtures("empty_sandbox")


@pytest.mark.parametrize("given", [None, timedelta(minutes=16)])
def test_a_decision_wants_the_password_a_short_while_ago(desk, clock, given):
    asked = desk.ask("v1")

    with pytest.raises(Refused, match="Give your password again"):
        desk.approve(asked, password_given_at=clock.now - given if given else None)

    assert fresh(asked).status == Status.REQUESTED


def test_the_page_asks_for_the_password_and_then_does_what_was_sent(desk, client_for, clock):
    asked = desk.ask("v1")
    browser = client_for(desk.approver)
    form = page_of(browser, asked).page.form(button="Approve deleting 1 visitor")
    clock.advance(minutes=20)

    answer = browser.submit(form, reason="Looked.")

    assert answer.status_code == 302
    assert "reauthenticate" in answer.url
    assert fresh(asked).status == Status.REQUESTED


def test_a_role_of_this_morning_does_not_decide_and_the_page_says_from_when_on(desk, client_for, clock):
    asked = desk.ask("v1")
    newcomer = person(Role.COMPLIANCE, role_since=clock.now - timedelta(hours=23))

    with pytest.raises(Refused, match="a short while ago") as refused:
        desk.approve(asked, by=newcomer)
    text = page_of(client_for(newcomer), asked).page.text

    assert refused.value.status == 403
    assert "You can decide from" in text
    assert "Approve deleting" not in text
    clock.advance(hours=1)
    assert desk.approve(asked, by=newcomer).status == Status.APPROVED


def test_a_password_from_an_administrators_link_does_not_decide_and_the_page_says_so(desk, client_for, clock):
    asked = desk.ask("v1")
    officer = person(Role.COMPLIANCE, password_by_link_at=clock.now - timedelta(hours=23))

    with pytest.raises(Refused, match="through a link that somebody else made") as refused:
        desk.approve(asked, by=officer)
    text = page_of(client_for(officer), asked).page.text

    assert refused.value.status == 403
    assert "Your password came through a link" in text
    assert "Approve deleting" not in text
    clock.advance(hours=1)
    assert desk.approve(asked, by=officer).status == Status.APPROVED


def test_those_who_can_decide_are_told_and_those_who_cannot_are_not(desk, clock):
    newcomer = person(Role.COMPLIANCE, role_since=clock.now)

    asked = desk.ask("v1")

    told = set(Notice.objects.filter(kind="deletion.waits").values_list("to", flat=True))
    assert told == {desk.approver.pk}
    assert newcomer.pk not in told
    desk.approve(asked)
    assert Notice.objects.filter(kind="deletion.approved", to=desk.asker).count() == 1


# -- Several at once ----------------------------------------------------------------------------------------


def approve_several(by, clock, *requests):
    chosen = [Seen(each.pk, each.scope_hash) for each in requests]
    return actions.approve_several(chosen=chosen, by=by, reason="Looked at each.", **just_now(clock))


def test_several_are_approved_once_each_was_opened_and_the_others_say_why_not(desk, clock):
    opened, not_opened, own = desk.ask("v1"), desk.ask("v2"), desk.ask("v3")
    actions.note_opened(opened, by=desk.approver, now=clock.now)
    actions.note_opened(own, by=desk.asker, now=clock.now)

    approved, left = approve_several(desk.approver, clock, opened, not_opened)
    nothing, own_left = approve_several(desk.asker, clock, own)

    assert approved == [opened.number]
    assert [(each.number, "Open" in each.sentence) for each in left] == [(not_opened.number, True)]
    assert (nothing, "Whoever asks never" in own_left[0].sentence) == ([], True)
    refused = AuditEntry.objects.filter(kind="deletion.act_refused", outcome="refused")
    assert refused.count() == 2


def test_what_was_opened_with_another_scope_was_not_opened(desk, clock):
    asked = desk.ask("v1")
    actions.note_opened(asked, by=desk.approver, now=clock.now)
    scope = actions.NewScope(visitor_ids=("v2",), linked_ids=(), jurisdiction="gdpr", legal_basis="")
    words = {"scope_hash": asked.scope_hash, "reason": "Other phone.", "by": desk.asker, "now": clock.now}
    changed = actions.change_scope(request_id=asked.pk, scope=scope, **words)

    approved, left = approve_several(desk.approver, clock, changed)

    assert (approved, len(left)) == ([], 1)


def test_opening_counts_for_who_opened_and_for_that_request_not_for_one_with_the_same_scope(desk, clock):
    asked, same_scope = desk.ask("v1"), desk.ask("v1", ticket="T-2")
    assert asked.scope_hash == same_scope.scope_hash
    actions.note_opened(asked, by=desk.approver, now=clock.now)
    colleague = person(Role.COMPLIANCE)

    assert approve_several(colleague, clock, asked)[0] == [], "somebody else had it before them"
    approved, left = approve_several(desk.approver, clock, asked, same_scope)

    assert approved == [asked.number]
    assert [each.number for each in left] == [same_scope.number]
    assert (fresh(asked).status, fresh(same_scope).status) == (Status.APPROVED, Status.REQUESTED)


def test_the_list_offers_what_was_opened_and_a_sentence_for_the_rest(desk, client_for, clock):
    opened, not_opened = desk.ask("v1"), desk.ask("v2")
    browser = client_for(desk.approver)
    page_of(browser, opened)

    page = browser.get(reverse("deletions:requests") + "?show=mine").page
    assert "open it before you approve it with others" in page.text
    form = page.form(button="Approve what is ticked")
    answer = browser.submit(form, seen=[f"{opened.pk}:{opened.scope_hash}"], reason="Looked at each.")

    assert answer.status_code == 302
    assert (fresh(opened).status, fresh(not_opened).status) == (Status.APPROVED, Status.REQUESTED)


@pytest.mark.parametrize("sent", [{"seen": [], "reason": "Fine."}, {"seen": ["1:x"], "reason": "Fine."}, {"seen": []}])
def test_several_without_a_choice_or_a_reason_come_back(desk, client_for, sent):
    answer = client_for(desk.approver).post(reverse("deletions:approve_several"), sent)

    assert answer.status_code == 422


def test_who_asked_can_ask_one_of_them_to_look_and_never_themselves(desk, client_for):
    asked = desk.ask("v1")
    browser = client_for(desk.asker)

    browser.submit(page_of(browser, asked).page.form(button="Ask to look"))

    assert Notice.objects.filter(kind="deletion.look", to=desk.approver).count() == 1
    assert browser.post(reverse("deletions:ask_to_look", args=[asked.pk, desk.asker.pk])).status_code == 409
    assert kinds_of(asked)[-2:] == ["deletion.look_asked", "deletion.act_refused"]


# -- The legal clock ----------------------------------------------------------------------------------------


def extend(asked, by, clock, **changes):
    words = {"reason": "Three devices.", "notice_sent_on": clock.now.date(), "now": clock.now}
    return actions.extend(request_id=asked.pk, by=by, **(words | changes))


def test_the_time_is_extended_once_with_notice(desk, clock):
    asked, other = desk.ask("v1"), desk.ask("v2")

    extend(asked, desk.approver, clock)

    extended = fresh(asked)
    assert fresh(other).extended_at is None
    assert extended.days_left(clock.now) == 90
    assert extended.notice_sent_on == clock.now.date()
    with pytest.raises(Refused, match="extended before"):
        extend(asked, desk.approver, clock)


def test_an_extension_wants_the_right_a_rule_and_a_notice_in_time(desk, clock):
    asked, lawless = desk.ask("v1"), desk.ask("v2", jurisdiction="other")

    for changes, sentence in (
        ({"notice_sent_on": clock.now.date() + timedelta(days=1)}, "between receipt and today"),
        ({"notice_sent_on": date(2020, 1, 1)}, "between receipt and today"),
    ):
        with pytest.raises(Refused, match=sentence):
            extend(asked, desk.approver, clock, **changes)
    with pytest.raises(Refused, match="compliance officers can"):
        extend(asked, person(Role.SUPPORT), clock)
    with pytest.raises(Refused, match="knows no extension"):
        extend(lawless, desk.approver, clock)
    clock.advance(days=40)
    with pytest.raises(Refused, match="has passed"):
        extend(asked, desk.approver, clock)


def test_extending_and_confirming_receipt_through_the_page(desk, client_for, clock):
    asked = desk.ask("v1", jurisdiction="ccpa", zone="America/Los_Angeles")
    browser = client_for(desk.approver)
    page = page_of(browser, asked).page
    assert "Receipt is to be confirmed to the person before" in page.text

    browser.submit(page.form(button="Receipt was confirmed"))
    form = browser.get(reverse("deletions:extend", args=[asked.pk])).page.form(action=f"/deletions/{asked.pk}/extend/")
    assert browser.submit(form, reason=" ").status_code == 422
    browser.submit(form, reason="Three devices.", notice_sent_on=str(clock.now.date()))

    text = page_of(browser, asked).page.text
    assert "Receipt was confirmed to the person" in text
    assert "the person was told on" in text


def test_receipt_is_confirmed_once_by_who_may_ask_and_while_it_is_open(desk, clock):
    asked, other = desk.ask("v1"), desk.ask("v2")
    for _ in range(2):
        actions.acknowledge(request_id=asked.pk, by=desk.asker, now=clock.now)

    assert kinds_of(asked).count("deletion.acknowledged") == 1
    assert fresh(other).acknowledged_at is None
    with pytest.raises(Refused) as no_right:
        actions.acknowledge(request_id=other.pk, by=person(Role.AUDITOR), now=clock.now)
    actions.withdraw(request_id=other.pk, by=desk.asker, now=clock.now)
    with pytest.raises(Refused, match="has ended") as ended:
        actions.acknowledge(request_id=other.pk, by=desk.asker, now=clock.now)
    assert (no_right.value.status, ended.value.status) == (403, 409)
