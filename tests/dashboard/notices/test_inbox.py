"""What somebody is told stands in their inbox until they have read it, and nobody else sees it."""

import json

import pytest
from django.utils import timezone

from dashboard.audit.models import AuditEntry
from dashboard.core import erasure
from dashboard.core.access import Role
from dashboard.notices import actions
from dashboard.notices.actions import notify
from dashboard.notices.kinds import NoticeKind
from dashboard.notices.models import Notice
from dashboard.notices.queries import MOST_UNREAD, PAGE_SIZE, unread_count
from tests.factories import person

pytestmark = pytest.mark.django_db
VISITOR = "Ibk1527CUFmcnjLwIs4A"


def tell(*people, deletion="D-0231", url="/deletions/231/"):
    notify(
        kind=NoticeKind.DELETION_WAITS,
        to=people,
        url=url,
        now=timezone.now(),
        by=person(Role.SUPPORT, name="Tom Okafor"),
        deletion=deletion,
    )
    return Notice.objects.filter(to__in=people).latest("pk")


def last():
    entry = AuditEntry.objects.latest("pk")
    return entry.kind, json.loads(bytes(entry.body))["details"]


def test_a_notice_stands_in_the_inbox_and_waits_in_the_navigation(client_for):
    browser = client_for(Role.COMPLIANCE)
    tell(browser.person)

    page = browser.get("/inbox/").page

    assert "Tom Okafor asked for deletion D-0231: it waits for a decision." in page.text
    assert "1 wait for you" in page.text
    assert last()[0] == "notice.inbox_viewed"


def test_opening_a_notice_leads_to_its_record_and_marks_it_as_read(client_for):
    browser = client_for(Role.COMPLIANCE)
    notice = tell(browser.person)
    form = browser.get("/inbox/").page.form(action=f"/inbox/{notice.pk}/open/")

    answer = browser.submit(form)

    assert answer.url == "/deletions/231/"
    assert unread_count(browser.person) == 0
    assert last() == ("notice.opened", {"about": "deletion.waits, D-0231"})
    assert "Nothing is unread." in browser.get("/inbox/").page.text


def test_one_is_marked_as_read_in_place(client_for):
    browser = client_for(Role.COMPLIANCE)
    first, second = tell(browser.person), tell(browser.person, deletion="D-0232")

    answer = browser.post(f"/inbox/{second.pk}/read/", headers={"HX-Request": "true"})

    assert answer.page.is_fragment
    assert answer.page.one(id="inbox").get("data-announce") == "1 unread notice"
    assert list(Notice.objects.filter(read_at=None)) == [first]
    assert last() == ("notice.read", {"count": 1})


def test_marking_all_leaves_alone_what_came_after_the_page(client_for):
    browser = client_for(Role.COMPLIANCE)
    for number in range(3):
        tell(browser.person, deletion=f"D-{number}")
    form = browser.get("/inbox/").page.form(button="Mark all as read")
    later = tell(browser.person)

    assert browser.submit(form).url == "/inbox/"

    assert list(Notice.objects.filter(read_at=None)) == [later]
    assert last() == ("notice.read", {"count": 3})


def test_unread_ones_stand_first_and_the_rest_goes_on_by_pages(client_for):
    browser = client_for(Role.COMPLIANCE)
    old = tell(browser.person, deletion="D-1")
    for number in range(2, PAGE_SIZE + 3):
        actions.mark_read(
            notice_id=tell(browser.person, deletion=f"D-{number}").pk, by=browser.person, now=timezone.now()
        )

    text = browser.get("/inbox/").page.text
    link = browser.get("/inbox/").page.one("a", href=f"/inbox/?before={old.pk + 2}")

    assert text.index("D-1:") < text.index(f"D-{PAGE_SIZE + 2}:")
    assert "D-2:" not in text
    assert "D-2:" in browser.get(link.get("href")).page.text


def test_an_inbox_of_hundreds_is_bounded_and_costs_no_more_queries(client_for, django_assert_max_num_queries):
    browser = client_for(Role.COMPLIANCE)
    for number in range(MOST_UNREAD + 5):
        tell(browser.person, deletion=f"D-{number}")

    with django_assert_max_num_queries(24):
        page = browser.get("/inbox/").page

    assert f"{MOST_UNREAD + 5}, the newest {MOST_UNREAD} shown" in page.text


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 30, "1; drop"])
def test_a_wrong_page_number_is_the_first_page(client_for, before):
    browser = client_for(Role.COMPLIANCE)
    tell(browser.person)

    assert "D-0231" in browser.get("/inbox/", {"before": before}).page.text


@pytest.mark.parametrize("act", ["open", "read"])
def test_nobody_reads_somebody_elses_notice(client_for, act):
    notice = tell(person(Role.COMPLIANCE))
    browser = client_for(Role.COMPLIANCE)

    browser.post(f"/inbox/{notice.pk}/{act}/")

    assert "D-0231" not in browser.get("/inbox/").page.text
    notice.refresh_from_db()
    assert notice.read_at is None


def test_somebody_elses_notice_is_not_there(client_for):
    notice = tell(person(Role.COMPLIANCE))

    assert client_for(Role.COMPLIANCE).post(f"/inbox/{notice.pk}/open/").status_code == 404


def test_nobody_is_told_twice_nor_when_they_may_not_sign_in():
    once, gone = person(Role.COMPLIANCE), person(Role.COMPLIANCE, is_active=False)

    tell(once, once, gone)

    assert list(Notice.objects.values_list("to", flat=True)) == [once.pk]


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"deletion": VISITOR},
        {"deletion": "203.0.113.7"},
        {"deletion": "D-1", "ticket": 4},
    ],
)
def test_a_notice_takes_numbers_and_names_of_our_records_only(words):
    with pytest.raises(ValueError, match="needs|neither a number"):
        notify(kind=NoticeKind.DELETION_WAITS, to=[person()], url="/deletions/1/", now=timezone.now(), **words)

    assert not Notice.objects.exists()


@pytest.mark.parametrize("url", ["", "https://elsewhere.example/", "//elsewhere.example/", "/audit/?who=1", "/a b"])
def test_a_notice_leads_to_a_page_of_ours_only(url):
    with pytest.raises(ValueError, match="a path of our own"):
        notify(kind=NoticeKind.JOB_FINISHED, to=[person()], url=url, now=timezone.now(), job="J-0421")


def test_erasing_a_visitor_takes_its_address_out_of_every_inbox(client_for):
    browser = client_for(Role.COMPLIANCE)
    tell(browser.person)
    handed = tell(browser.person, url=f"/visitors/{VISITOR}/")

    erased = erasure.erase([VISITOR], erased_by="D-0231")

    assert erased["notices"] == 1
    handed.refresh_from_db()
    assert handed.url == ""
    assert "erased" in browser.get("/inbox/").page.text
    assert browser.post(f"/inbox/{handed.pk}/open/").url == "/inbox/"


def test_old_notices_go_but_not_while_their_mail_waits(clock, settings):
    waits, done = tell(person()), tell(person())
    Notice.objects.filter(pk=done.pk).update(state=Notice.Mail.SENT)

    clock.advance(days=settings.NOTICE_LIFETIME.days + 1)
    actions.sweep(now=timezone.now())

    assert list(Notice.objects.all()) == [waits]


def test_a_notice_of_a_newer_version_is_shown_without_its_words(client_for):
    browser = client_for(Role.COMPLIANCE)
    notice = tell(browser.person)
    Notice.objects.filter(pk=notice.pk).update(kind="from.the_future")

    assert "A notice of another version of Inkpad." in browser.get("/inbox/").page.text
