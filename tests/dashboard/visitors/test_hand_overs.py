"""Handing a visitor over: to somebody who may open it, one at a time, each step by the person it belongs to."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from dashboard.audit.models import AuditEntry, AuditMention
from dashboard.core import erasure, facts
from dashboard.core.access import Role
from dashboard.notices.models import Notice
from dashboard.visitors.actions import hand_overs
from dashboard.visitors.models import HandOver
from tests.factories import person

pytestmark = pytest.mark.django_db
VISITOR, OTHER = "a9FVkzMnpeKfWp4RADzY", "b9FVkzMnpeKfWp4RADzZ"
FORM = f"/visitors/{VISITOR}/hand-over/"


@pytest.fixture
def tom(client_for):
    return client_for(person(Role.SUPPORT, name="Tom Okafor"))


@pytest.fixture
def maya(client_for):
    return client_for(person(Role.FRAUD_ANALYST, name="Maya Brandt"))


def hand(sender, taker, text="Was it really her? She denies the order.", **more):
    return sender.submit(sender.get(FORM).page.form(button="Hand the visitor over"), to=taker.pk, text=text, **more)


def step(browser, act, text=""):
    return browser.post(f"/visitors/hand-overs/{HandOver.objects.latest('pk').pk}/", {"act": act, "text": text})


def kinds():
    return list(AuditEntry.objects.filter(kind__startswith="hand_over.").order_by("pk").values_list("kind", flat=True))


def test_a_visitor_is_handed_over_and_waits_for_the_colleague(tom, maya, sandbox):
    answer = hand(tom, maya.person, ticket="#881")

    assert answer.url == f"/visitors/hand-overs/{HandOver.objects.get().pk}/"
    home = maya.get("/").page
    assert "Look after visitor a9FVkz…ADzY" in home.text
    assert "Handed over by Tom Okafor" in home.text
    assert "Look after visitor" not in tom.get("/").page.text
    page = maya.get(answer.url).page
    assert "Handed over to you by Tom Okafor" in page.text
    assert "She denies the order." in page.text
    assert VISITOR in page.text
    entry = AuditEntry.objects.get(kind="hand_over.made")
    assert entry.ticket == "#881"
    said = {row.role: row.subject.text for row in AuditMention.objects.filter(entry=entry).select_related("subject")}
    assert (said["to"], said["text"]) == ("Maya Brandt", "Was it really her? She denies the order.")
    assert kinds() == ["hand_over.made", "hand_over.opened"]


def test_it_is_taken_and_closed_with_an_answer(tom, maya):
    hand(tom, maya.person)
    assert step(maya, "take").status_code == 302
    assert HandOver.objects.get().state == "taken"

    step(maya, "close", "It was not her: marked.")

    found = HandOver.objects.get()
    assert (found.state, found.answer, found.ended_by) == ("closed", "It was not her: marked.", maya.person)
    assert "It was not her: marked." in tom.get(f"/visitors/hand-overs/{found.pk}/").page.text
    assert kinds()[:3] == ["hand_over.made", "hand_over.taken", "hand_over.closed"]


def test_each_step_lands_in_the_inbox_of_whom_it_concerns_and_names_no_visitor(tom, maya):
    hand(tom, maya.person)
    step(maya, "return", "Not mine.")
    hand(tom, maya.person)
    step(maya, "close")

    told = list(Notice.objects.order_by("pk").values_list("to", "kind"))
    assert told == [
        (maya.person.pk, "visitor.handed_over"),
        (tom.person.pk, "hand_over.returned"),
        (maya.person.pk, "visitor.handed_over"),
        (tom.person.pk, "hand_over.closed"),
    ]
    assert not [notice for notice in Notice.objects.all() if VISITOR in f"{notice.url}{notice.words}"]
    assert {notice.url for notice in Notice.objects.all()} == {
        f"/visitors/hand-overs/{found.pk}/" for found in HandOver.objects.all()
    }


def test_returning_needs_a_reason(tom, maya):
    hand(tom, maya.person)

    refused = step(maya, "return")
    assert refused.status_code == 422
    assert "Say why you return it." in refused.page.text

    step(maya, "return", "Ask the customer for the date first.")
    assert HandOver.objects.get().state == "returned"
    assert "Returned" in tom.get("/visitors/").page.text


@pytest.mark.parametrize("act", ["take", "return", "close"])
def test_nobody_else_decides_and_the_attempt_is_written_down(tom, maya, client_for, act):
    hand(tom, maya.person)
    other = client_for(Role.COMPLIANCE)

    assert step(other, act, "Mine.").status_code == 403
    assert "can change this" in other.get(f"/visitors/hand-overs/{HandOver.objects.get().pk}/").page.text

    assert HandOver.objects.get().state == "waiting"
    assert AuditEntry.objects.filter(kind="hand_over.refused", outcome="refused", actor_id=other.person.pk).exists()


@pytest.mark.parametrize("act", ["take", "return"])
def test_the_sender_can_only_close_it(tom, maya, act):
    hand(tom, maya.person)

    assert step(tom, act, "Back.").status_code == 403
    assert step(tom, "close").status_code == 302


@pytest.mark.parametrize("act", ["take", "return", "close"])
def test_what_is_over_stays_as_it_is(tom, maya, act):
    hand(tom, maya.person)
    step(maya, "close", "Done.")

    assert step(maya, act, "Again.").status_code == 409
    assert HandOver.objects.get().answer == "Done."


def test_while_it_is_open_only_whoever_has_it_passes_it_on(tom, maya, client_for):
    lead = client_for(person(Role.FRAUD_LEAD, name="Jo Lead"))
    hand(tom, maya.person)

    assert hand(tom, lead.person).status_code == 409
    assert hand(maya, lead.person).status_code == 302

    assert list(HandOver.objects.order_by("pk").values_list("state", flat=True)) == ["closed", "waiting"]
    assert HandOver.objects.latest("pk").given_to == lead.person


def test_what_somebody_has_who_left_can_be_handed_over_again(tom, maya, client_for):
    hand(tom, maya.person)
    maya.person.is_active = False
    maya.person.save()

    assert hand(tom, person(Role.FRAUD_LEAD)).status_code == 302


def test_only_people_who_may_open_visitors_can_be_asked(tom):
    auditor, left = person(Role.AUDITOR, name="Ann Audit"), person(Role.SUPPORT, name="Lee Left", is_active=False)
    offered = "".join(tom.get(FORM).page.one("select", name="to").itertext())

    assert "Ann Audit" not in offered
    assert "Lee Left" not in offered
    assert "Tom Okafor" not in offered
    for pk in (auditor.pk, left.pk, tom.person.pk, "", "x", 10**30, "\x00"):
        answer = tom.post(FORM, {"to": pk, "text": "Look."})
        assert answer.status_code == 422
    assert not HandOver.objects.exists()


def test_the_action_asks_again_who_may(tom):
    for to in (tom.person, person(Role.AUDITOR)):
        with pytest.raises(hand_overs.Refused):
            hand_overs.hand_over(visitor_id=VISITOR, to=to, text="x", by=tom.person, now=timezone.now())


def test_the_database_keeps_one_open_hand_over_a_visitor(tom, maya):
    made = {"visitor_id": VISITOR, "sent_by": tom.person, "given_to": maya.person, "words": b"x"}
    HandOver.objects.create(**made, created_at=timezone.now())

    with pytest.raises(IntegrityError), transaction.atomic():
        HandOver.objects.create(**made, created_at=timezone.now())


def test_the_visitor_page_says_who_has_it(tom, maya, sandbox):
    visitor_id = sandbox.stories["family"].visitor_ids[0]
    tom.post(f"/visitors/{visitor_id}/hand-over/", {"to": maya.person.pk, "text": "Look."})

    assert "Handed over to Maya Brandt" in tom.get(f"/visitors/{visitor_id}/").page.text
    step(maya, "take")
    assert "With Maya Brandt" in tom.get(f"/visitors/{visitor_id}/").page.text
    assert [fact.blocks_changes for fact in facts.about([visitor_id])] == [False]


def test_erasing_a_visitor_takes_its_hand_overs_along(tom, maya):
    hand(tom, maya.person)
    hand_overs.hand_over(
        visitor_id=OTHER, to=maya.person, text=f"The same as {VISITOR}.", by=tom.person, now=timezone.now()
    )

    counted = erasure.erase([VISITOR], erased_by="D-0231")

    assert counted["hand-overs"] == 2
    left = HandOver.objects.get()
    assert (left.visitor_id, left.text) == (OTHER, "")
    assert "erased" in maya.get(f"/visitors/hand-overs/{left.pk}/").page.text
