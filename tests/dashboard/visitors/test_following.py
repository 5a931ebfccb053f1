"""Following a visitor: who follows is told what happens; Fingerprint is asked by the clock; no answer is no news."""

from datetime import timedelta

import pytest

from dashboard.accounts.models import User
from dashboard.audit.models import AuditEntry, AuditMention
from dashboard.core import erasure, holdings
from dashboard.core.access import Role
from dashboard.core.work import LeaseLost
from dashboard.deletions import actions as deletions
from dashboard.deletions.actions.holds import HoldWish, place_hold
from dashboard.deletions.actions.scope import NewScope
from dashboard.notices.models import Notice
from dashboard.tagging import actions as jobs
from dashboard.tagging.actions.lists import Chosen, hash_of
from dashboard.tagging.changes import Change, ChangeKind
from dashboard.visitors import known
from dashboard.visitors.actions import asking_followed, following
from dashboard.visitors.models import Follow, FollowedVisitor
from tests.dashboard.deletions.conftest import wish
from tests.factories import person

pytestmark = pytest.mark.django_db
HOUR = {"minutes": 61}


@pytest.fixture
def tom(client_for):
    return client_for(person(Role.SUPPORT, name="Tom Okafor"))


@pytest.fixture
def visitor_id(sandbox):
    return sandbox.stories["family"].visitor_ids[0]


def follow(browser, visitor_id, text="", button="Follow"):
    return browser.submit(browser.get(f"/visitors/{visitor_id}/follow/").page.form(button=button), text=text)


def come(sandbox, clock, visitor_id, *, seconds_ago=60):
    return sandbox.visit(at=clock.now - timedelta(seconds=seconds_ago), visitor_id=visitor_id)


def told(user):
    return list(Notice.objects.filter(to=user).order_by("pk").values_list("kind", flat=True))


def kinds():
    return list(AuditEntry.objects.filter(kind__startswith="follow.").order_by("pk").values_list("kind", flat=True))


def searches(sandbox):
    return len(sandbox.requests)


# -- By hand ------------------------------------------------------------------------------------------------


def test_a_visitor_is_followed_from_its_page_and_listed(sandbox, tom, visitor_id):
    assert "Follow…" in tom.get(f"/visitors/{visitor_id}/").page.text

    answer = follow(tom, visitor_id, "Third chargeback this month.")

    page = tom.get(answer.url).page
    assert answer.url == "/visitors/following/"
    assert "Third chargeback this month." in page.text
    assert "First asked" in page.text
    assert "Following" in tom.get(f"/visitors/{visitor_id}/").page.text
    assert "You follow 1 visitor" in tom.get("/visitors/").page.text
    entry = AuditEntry.objects.get(kind="follow.begun")
    said = {row.role: row.subject.text for row in AuditMention.objects.filter(entry=entry).select_related("subject")}
    assert said["text"] == "Third chargeback this month."


def test_following_twice_is_following_once_and_ends_with_one_click(sandbox, tom, visitor_id):
    follow(tom, visitor_id)
    tom.post(f"/visitors/{visitor_id}/follow/", {"text": ""})
    assert Follow.objects.count() == 1

    tom.submit(tom.get("/visitors/following/").page.form(action=f"/visitors/{visitor_id}/unfollow/"))
    tom.post(f"/visitors/{visitor_id}/unfollow/")

    assert not FollowedVisitor.objects.exists()
    assert kinds() == ["follow.begun", "follow.list_viewed", "follow.ended"]
    assert "You follow nobody" in tom.get("/visitors/following/").page.text


def test_one_persons_end_is_not_the_others(sandbox, tom, client_for, visitor_id):
    maya = client_for(person(Role.FRAUD_ANALYST))
    follow(tom, visitor_id)
    follow(maya, visitor_id, "Mine.")

    tom.post(f"/visitors/{visitor_id}/unfollow/")

    assert [row.person for row in Follow.objects.all()] == [maya.person]
    assert "Mine." not in tom.get("/visitors/following/").page.text


def test_nobody_follows_more_than_so_many(sandbox, tom, visitor_id, monkeypatch):
    monkeypatch.setattr(following, "MOST_FOLLOWED", 1)
    follow(tom, visitor_id)

    answer = follow(tom, "anotherVisitor000000")

    assert answer.status_code == 409
    assert "You follow 1 visitors already" in answer.page.text
    assert kinds()[-1] == "follow.refused"
    assert Follow.objects.count() == 1


def test_a_hostile_reason_stays_text(sandbox, tom, visitor_id):
    follow(tom, visitor_id, "<b>x</b>\u202e=1+1")

    text = tom.get("/visitors/following/").page.text
    assert "<b>x</b>" in text
    assert "\u202e" not in text


# -- By the clock -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("api_version", ["v4", "v3"])
def test_who_follows_is_told_once_that_the_visitor_came(sandbox, tom, visitor_id, clock):
    follow(tom, visitor_id)
    before = searches(sandbox)
    asking_followed.ask_due()
    assert searches(sandbox) == before, "its turn has not come"
    clock.advance(**HOUR)
    come(sandbox, clock, visitor_id)

    asking_followed.ask_due()
    asking_followed.ask_due()

    assert searches(sandbox) == before + 1
    assert told(tom.person) == ["followed.came"]
    notice = Notice.objects.get()
    assert visitor_id not in f"{notice.url} {notice.text} {notice.mail_text} {notice.words}"
    assert tom.get(notice.url).url == f"/visitors/{visitor_id}/"
    entry = AuditEntry.objects.get(kind="follow.came")
    assert b'"count":1' in bytes(entry.body)
    assert "Came last" in tom.get("/visitors/following/").page.text


def test_what_was_there_before_and_what_was_told_is_no_news(sandbox, tom, visitor_id, clock):
    come(sandbox, clock, visitor_id, seconds_ago=1)
    follow(tom, visitor_id)
    for _ in range(3):
        clock.advance(**HOUR)
        asking_followed.ask_due()
    assert told(tom.person) == []
    assert kinds().count("follow.asked") == 3
    assert "Nothing new." in tom.get("/visitors/following/").page.text


def test_an_event_that_is_shown_late_is_told_all_the_same(sandbox, tom, visitor_id, clock):
    follow(tom, visitor_id)
    clock.advance(**HOUR)
    come(sandbox, clock, visitor_id, seconds_ago=30)
    asking_followed.ask_due()
    Notice.objects.update(read_at=clock.now)
    come(sandbox, clock, visitor_id, seconds_ago=120)

    clock.advance(**HOUR)
    asking_followed.ask_due()

    assert told(tom.person) == ["followed.came"] * 2


def test_many_events_at_once_are_counted_up_to_a_bound_and_not_again(sandbox, tom, visitor_id, clock, monkeypatch):
    monkeypatch.setattr(asking_followed, "MOST_NEW", 3)
    follow(tom, visitor_id)
    clock.advance(**HOUR)
    for number in range(8):
        come(sandbox, clock, visitor_id, seconds_ago=10 + number)
    asking_followed.ask_due()
    Notice.objects.update(read_at=clock.now)

    clock.advance(**HOUR)
    asking_followed.ask_due()

    assert told(tom.person) == ["followed.came"]
    assert kinds()[-2:] == ["follow.came", "follow.asked"]


def test_a_visitor_that_comes_each_hour_does_not_bury_an_inbox(sandbox, tom, visitor_id, clock):
    follow(tom, visitor_id)
    for _ in range(3):
        clock.advance(**HOUR)
        come(sandbox, clock, visitor_id)
        asking_followed.ask_due()
    assert told(tom.person) == ["followed.came"]

    Notice.objects.update(read_at=clock.now)
    clock.advance(**HOUR)
    come(sandbox, clock, visitor_id)
    asking_followed.ask_due()

    assert told(tom.person) == ["followed.came"] * 2


def test_no_answer_is_not_asked_since_and_never_nothing_new(sandbox, tom, visitor_id, clock):
    follow(tom, visitor_id)
    clock.advance(**HOUR)
    asking_followed.ask_due()
    clock.advance(**HOUR)
    with sandbox.faults.unavailable(times=None):
        asking_followed.ask_due()
        come(sandbox, clock, visitor_id)
        page = tom.get("/visitors/following/").page
        assert "Not asked since" in page.text
        assert "what came meanwhile is not known yet" in page.text
        assert "Nothing new" not in page.text
        asked = searches(sandbox)
        asking_followed.ask_due()
        assert searches(sandbox) == asked, "it waits before it asks again"
        clock.advance(minutes=6)
        asking_followed.ask_due()
        assert searches(sandbox) > asked

    clock.advance(minutes=6)
    asking_followed.ask_due()

    assert told(tom.person) == ["followed.came"]
    assert "Not asked since" not in tom.get("/visitors/following/").page.text
    assert kinds().count("follow.not_asked") == 1


def test_a_turn_that_is_late_says_so(sandbox, tom, visitor_id, clock):
    follow(tom, visitor_id)
    clock.advance(minutes=121)

    page = tom.get("/visitors/following/").page

    assert "Its turn is late" in page.text


def test_who_waits_longest_is_asked_first_and_a_turn_is_bounded(sandbox, tom, clock, monkeypatch):
    monkeypatch.setattr(asking_followed, "ASKED_A_TURN", 2)
    ids = [*sandbox.stories["promo_ring"].visitor_ids[:2], sandbox.stories["family"].visitor_ids[0]]
    for visitor_id in ids:
        follow(tom, visitor_id)
    first = FollowedVisitor.objects.get(visitor_id=ids[2])
    FollowedVisitor.objects.filter(pk=first.pk).update(next_attempt_at=clock.now)
    clock.advance(**HOUR)

    assert asking_followed.ask_due() is True
    assert set(FollowedVisitor.objects.filter(asked_at=None).values_list("visitor_id", flat=True)) == {ids[1]}
    assert asking_followed.ask_due() is False


def test_without_a_place_in_the_rate_nothing_is_lost_or_said_to_be_wrong(sandbox, tom, visitor_id, clock):
    follow(tom, visitor_id)
    clock.advance(**HOUR)
    with sandbox.faults.rate_limited(retry_after=40, times=None):
        asking_followed.ask_due()
    row = FollowedVisitor.objects.get()
    assert (row.failing_since, row.asked_at) == (None, None)
    assert row.next_attempt_at > clock.now

    clock.advance(minutes=1)
    asking_followed.ask_due()

    assert FollowedVisitor.objects.get().asked_at == clock.now


def test_an_answer_after_the_erasure_is_written_nowhere(sandbox, tom, visitor_id, clock):
    follow(tom, visitor_id)
    clock.advance(**HOUR)
    come(sandbox, clock, visitor_id)
    row = FollowedVisitor.objects.claim_next(now=clock.now)
    known.forget_follows([visitor_id], "D-0001")

    with pytest.raises(LeaseLost):
        asking_followed._ask(row)

    assert told(tom.person) == []


# -- Who may ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["deactivated", "without a role"])
def test_it_ends_for_who_may_not_open_visitors_any_more(sandbox, tom, client_for, visitor_id, clock, how):
    maya = client_for(person(Role.FRAUD_ANALYST))
    follow(tom, visitor_id)
    follow(maya, visitor_id)
    if how == "deactivated":
        User.objects.filter(pk=tom.person.pk).update(is_active=False)
    else:
        tom.person.groups.clear()
    clock.advance(**HOUR)
    come(sandbox, clock, visitor_id)

    asking_followed.ask_due()

    assert told(tom.person) == []
    assert told(maya.person) == ["followed.came"]
    assert [row.person for row in Follow.objects.all()] == [maya.person]
    assert "follow.lapsed" in kinds()


def test_nobody_is_asked_about_for_people_who_left(sandbox, tom, visitor_id, clock):
    follow(tom, visitor_id)
    User.objects.filter(pk=tom.person.pk).update(is_active=False)
    clock.advance(**HOUR)
    asked = searches(sandbox)

    asking_followed.ask_due()

    assert searches(sandbox) == asked
    assert not FollowedVisitor.objects.exists()


# -- What else is told --------------------------------------------------------------------------------------


def test_marks_holds_and_deletions_are_told_but_not_to_who_did_it(sandbox, tom, client_for, visitor_id, clock):
    analyst = client_for(person(Role.FRAUD_ANALYST))
    officer = client_for(person(Role.COMPLIANCE, name="Samir"))
    for browser in (tom, analyst, officer):
        follow(browser, visitor_id)
    event = come(sandbox, clock, visitor_id, seconds_ago=3600)

    job = jobs.start_job(
        change=Change(ChangeKind.SUSPECT, True),
        chosen=[Chosen(event.event_id, visitor_id)],
        list_hash=hash_of([event.event_id]),
        reason="ring",
        ticket="",
        form_token="f" * 32,
        by=analyst.person,
        now=clock.now,
    )
    jobs.apply_batch(job_id=job.pk)
    held = HoldWish(
        visitor_id=visitor_id, reason="Claim.", case="2026-1", review_on=clock.now.date(), form_token="h" * 32
    )
    place_hold(wish=held, by=officer.person, now=clock.now)
    deletions.ask(wish=wish(visitor_id), by=tom.person, now=clock.now)

    mine = ["followed.marked", "followed.held", "followed.deletion"]
    assert [kind for kind in told(tom.person) if kind in mine] == ["followed.marked", "followed.held"]
    assert [kind for kind in told(analyst.person) if kind in mine] == ["followed.held", "followed.deletion"]
    assert [kind for kind in told(officer.person) if kind in mine] == ["followed.marked", "followed.deletion"]
    assert not [notice for notice in Notice.objects.all() if visitor_id in f"{notice.url}{notice.mail_text}"]


def test_a_visitor_chosen_for_a_request_later_is_told_of_too(sandbox, tom, visitor_id, clock):
    follow(tom, visitor_id)
    officer = person(Role.COMPLIANCE)
    asked = deletions.ask(wish=wish(linked_ids=("acct-1",)), by=officer, now=clock.now)
    assert told(tom.person) == []

    deletions.change_scope(
        request_id=asked.pk,
        scope_hash=asked.scope_hash,
        scope=NewScope(
            visitor_ids=(visitor_id,),
            linked_ids=("acct-1",),
            jurisdiction=asked.jurisdiction,
            legal_basis=asked.legal_basis,
        ),
        reason="It is theirs.",
        by=officer,
        now=clock.now,
    )

    assert told(tom.person) == ["followed.deletion"]


# -- Erasure ------------------------------------------------------------------------------------------------


def test_erasing_the_visitor_ends_it_for_everybody(sandbox, tom, visitor_id):
    follow(tom, visitor_id, "Why.")
    follow(tom, "anotherVisitor000000", f"Like {visitor_id}.")
    assert {"kind": "followed", "text": "Why."} in [
        {"kind": each["kind"], "text": each["text"]} for each in holdings.about([visitor_id])["notes and hand-overs"]
    ]

    counts = erasure.erase([visitor_id], erased_by="D-0001")

    assert counts["follows"] == 2
    assert [row.visitor_id for row in FollowedVisitor.objects.all()] == ["anotherVisitor000000"]
    assert Follow.objects.get().text == ""
    assert tom.get("/visitors/followed/1/").url == "/visitors/following/"
