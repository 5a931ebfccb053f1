"""Everything that is held about a visitor: one asks, another approves, what was collected is taken away and expires."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry
from dashboard.core import erasure
from dashboard.core.access import Role
from dashboard.deletions import tasks
from dashboard.deletions.disclosure import actions as disclosure
from dashboard.deletions.disclosure import readable
from dashboard.deletions.disclosure.actions import Question
from dashboard.deletions.models import AccessRequest
from dashboard.visitors.models import Note
from tests.dashboard.deletions.conftest import follow_all
from tests.factories import person

State = AccessRequest.State


@pytest.fixture
def asked(desk, visitor, clock):
    """A request about a visitor of three visits, with a note on them."""
    visitor_id = visitor(older=2, tags={"order": "ünïcode"})
    Note.objects.create(visitor_id=visitor_id, author=desk.asker, words=b"Called us twice.", created_at=clock.now)
    question = Question(visitor_id=visitor_id, reason="She asked by letter.", ticket="88-9", form_token="a" * 32)
    return disclosure.ask(question=question, by=desk.asker, now=clock.now)


@pytest.fixture
def ready(asked, desk, clock):
    disclosure.decide(number=asked.pk, approve=True, by=desk.approver, reason="It is her device.", now=clock.now)
    follow_all()
    return AccessRequest.objects.get(pk=asked.pk)


def kinds() -> list[str]:
    entries = AuditEntry.objects.filter(target_type="access").order_by("pk")
    return list(entries.values_list("kind", flat=True))


@pytest.mark.parametrize("api_version", ["v3", "v4"])
def test_everything_stands_in_one_file_and_one_text(ready, desk, clock, empty_sandbox):
    file = disclosure.take(number=ready.pk, by=desk.approver, now=clock.now)

    content = json.loads(file)
    assert len(content["fingerprint"]["events"]) == 3
    assert content["fingerprint"]["events_are_whole"]
    assert "Called us twice." in json.dumps(content["inkpad"])
    assert "audit log" in content["inkpad"]
    text = readable.as_text(file)
    for words in (ready.visitor_id, "HELD BY FINGERPRINT: 3 events", "Called us twice.", "acct_88412", "ünïcode"):
        assert words in text
    assert kinds() == ["disclosure.asked", "disclosure.approved", "disclosure.collected", "disclosure.taken"]


def test_nothing_is_read_before_it_is_approved(asked, empty_sandbox):
    empty_sandbox.requests.clear()

    follow_all()

    assert list(empty_sandbox.requests) == []
    assert AccessRequest.objects.get().packed is None


def test_who_asked_cannot_approve_by_page_by_action_or_by_database(asked, desk, client_for):
    answer = client_for(desk.asker).post(reverse("deletions:access_approve", args=[asked.pk]), {"reason": "Me too."})

    assert answer.status_code == 403
    assert AuditEntry.objects.filter(kind=AuditKind.DISCLOSURE_ACT_REFUSED.code, outcome="refused").count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessRequest.objects.filter(pk=asked.pk).update(state=State.APPROVED, decided_by=desk.asker)


@pytest.mark.parametrize("new", ["role_since", "password_by_link_at"])
def test_a_new_role_and_a_password_from_somebody_elses_link_do_not_decide(asked, desk, client_for, clock, new):
    officer = person(Role.COMPLIANCE, **{new: clock.now})
    browser = client_for(officer)

    page = browser.get(reverse("deletions:access_request", args=[asked.pk])).page
    answer = browser.post(reverse("deletions:access_approve", args=[asked.pk]), {"reason": "Hers."})

    assert "You can decide from" in page.text
    assert "Approve collecting everything" not in page.text
    assert "for you to decide" not in browser.get(reverse("deletions:access_requests")).page.text
    assert answer.status_code == 403
    refusal = AuditEntry.objects.get(kind=AuditKind.DISCLOSURE_ACT_REFUSED.code)
    assert (refusal.actor_id, refusal.outcome) == (officer.pk, "refused")
    clock.advance(hours=24)
    disclosure.decide(number=asked.pk, approve=True, by=officer, reason="Hers.", now=clock.now)


def test_approving_and_taking_away_need_a_fresh_password(asked, desk, client_for, clock):
    officer = client_for(desk.approver)
    clock.advance(hours=2)

    answer = officer.post(reverse("deletions:access_approve", args=[asked.pk]), {"reason": "Hers."})

    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert AccessRequest.objects.get().state == State.REQUESTED
    taking = officer.post(reverse("deletions:access_json", args=[asked.pk]))
    assert taking.url.startswith(reverse("account_reauthenticate"))


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR])
def test_others_neither_decide_nor_take(ready, client_for, role):
    browser = client_for(role)

    page = browser.get(reverse("deletions:access_request", args=[ready.pk])).page
    assert "Take it as JSON" not in page.text
    assert browser.post(reverse("deletions:access_json", args=[ready.pk])).status_code == 403
    assert browser.post(reverse("deletions:access_approve", args=[ready.pk]), {"reason": "x"}).status_code == 403


def test_the_pages_from_asking_to_taking_away(desk, visitor, client_for):
    visitor_id, support, officer = visitor(), client_for(Role.SUPPORT), client_for(desk.approver)
    form = support.get(reverse("deletions:access_ask")).page.form(button="Ask for approval")
    wrong = support.submit(form, visitor_id="", reason="")
    assert wrong.status_code == 422
    assert "Enter a visitor id" in wrong.page.text
    address = support.submit(form, visitor_id=visitor_id, reason="A letter.", ticket="88-9").url
    assert "You asked for it" in support.get(address).page.text
    assert "for you to decide" in officer.get(reverse("deletions:access_requests")).page.text

    officer.submit(officer.get(address).page.form(button="Approve collecting everything"), reason="Hers.")
    tasks.follow_due()

    page = officer.get(address).page
    file = officer.submit(page.form(button="Take it as JSON"))
    assert json.loads(file.content)["visitor_id"] == visitor_id
    text = officer.submit(page.form(button="Take it as text"))
    assert text.headers["Content-Disposition"].endswith('.txt"')


def test_a_visitors_page_asks_with_its_id_filled_in(visitor, client_for):
    visitor_id, support = visitor(), client_for(Role.SUPPORT)
    address = reverse("visitors:visitor", args=[visitor_id])

    form = support.submit(support.get(address).page.form(button="Access request…")).page.form(button="Ask for approval")

    assert form.fields["visitor_id"] == [visitor_id]
    support.submit(form, reason="A letter.", ticket="88-9")
    assert AccessRequest.objects.get().visitor_id == visitor_id
    assert "Access request…" not in client_for(Role.FRAUD_ANALYST).get(address).page.text


def test_no_answer_is_tried_again_and_said(asked, desk, clock, empty_sandbox, client_for):
    disclosure.decide(number=asked.pk, approve=True, by=desk.approver, reason="Hers.", now=clock.now)
    with empty_sandbox.faults.server_error(times=None):
        follow_all()
    page = client_for(desk.approver).get(reverse("deletions:access_request", args=[asked.pk])).page
    assert "not answering" in page.text

    clock.advance(minutes=30)
    follow_all()

    assert AccessRequest.objects.get().state == State.READY


def test_after_a_week_it_is_deleted(ready, desk, clock):
    clock.advance(days=7)
    tasks.sweep_followed()

    row = AccessRequest.objects.get()
    assert (row.state, row.packed, row.visitor_id) == (State.EXPIRED, None, "")


def test_it_goes_with_the_visitor(ready):
    erasure.erase([ready.visitor_id], erased_by="D-0001")

    row = AccessRequest.objects.get()
    assert (row.state, row.packed, row.visitor_id) == (State.ERASED, None, "")


def test_what_was_collected_about_somebody_else_goes_too_when_it_names_the_visitor(ready, desk, clock):
    other = "otherVisitor12345678"
    question = Question(visitor_id=other, reason="Another letter.", ticket="", form_token="b" * 32)
    Note.objects.create(visitor_id=other, author=desk.asker, words=ready.visitor_id.encode(), created_at=clock.now)
    second = disclosure.ask(question=question, by=desk.asker, now=clock.now + timedelta(minutes=1))
    disclosure.decide(number=second.pk, approve=True, by=desk.approver, reason="Fine.", now=clock.now)
    follow_all()

    erasure.erase([ready.visitor_id], erased_by="D-0001")

    assert set(AccessRequest.objects.values_list("state", flat=True)) == {State.ERASED}


def test_the_same_form_sent_twice_gives_one_request(asked, desk, clock):
    question = Question(visitor_id=asked.visitor_id, reason="Again.", ticket="", form_token="a" * 32)

    assert disclosure.ask(question=question, by=desk.asker, now=clock.now) == asked
    assert kinds() == ["disclosure.asked"]


def test_somebody_without_the_right_cannot_ask(desk, clock):
    question = Question(visitor_id="v1", reason="Because.", ticket="", form_token="c" * 32)

    with pytest.raises(disclosure.Refused):
        disclosure.ask(question=question, by=person(Role.AUDITOR), now=clock.now)
