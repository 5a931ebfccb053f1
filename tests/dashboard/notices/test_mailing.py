"""E-mails about notices: each goes out once, waits while the mail server is away, and is given up where all can see."""

import json
from email import message_from_string

import pytest
from django.core import mail
from django.utils import timezone

from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from dashboard.notices import actions, mailing, policy, tasks
from dashboard.notices.kinds import NoticeKind
from dashboard.notices.models import Notice
from dashboard.status import parts
from tests.dashboard.notices import mail_server
from tests.factories import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings):
    """A mail server that settings.EMAIL_* name."""
    with mail_server.listening() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


@pytest.fixture
def no_server(settings):
    """Settings that name a mail server where nobody listens."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9


def tell(*people, deletion="D-0231"):
    actions.notify(
        kind=NoticeKind.DELETION_WAITS,
        to=people,
        url="/deletions/231/",
        now=timezone.now(),
        by=person(Role.SUPPORT, name="Tom Okafor"),
        deletion=deletion,
    )


def states():
    return list(Notice.objects.order_by("pk").values_list("state", flat=True))


def last():
    entry = AuditEntry.objects.latest("pk")
    return entry.kind, entry.outcome, json.loads(bytes(entry.body))["details"]


def test_a_mail_names_the_record_and_nobody(server, settings):
    settings.PUBLIC_URL = "https://inkpad.example.com"
    maya = person(Role.COMPLIANCE)
    tell(maya)

    tasks.send_mails()

    (text,) = server.mails
    sent = message_from_string(text)
    assert (sent["To"], sent["Subject"]) == (maya.email, "Inkpad: Deletion D-0231 waits for a decision")
    assert sent["Message-ID"].endswith("@inkpad.example.com>")
    assert "https://inkpad.example.com/inbox/" in sent.get_payload()
    assert "Tom" not in text
    assert "/deletions/231/" not in text
    assert states() == ["sent"]
    assert last() == ("notice.mailed", "done", {"about": "deletion.waits, D-0231"})


def test_without_a_public_address_a_mail_holds_no_link(settings):
    tell(person())

    mailing.send_due()

    assert "http" not in mail.outbox[0].body
    assert "Read it in your inbox in Inkpad." in mail.outbox[0].body


def test_a_mail_goes_out_once_however_often_the_workers_are_woken(settings):
    tell(person(), person())

    for _ in range(3):
        tasks.send_mails()

    assert len(mail.outbox) == 2
    assert states() == ["sent", "sent"]


def test_a_mail_server_that_is_away_is_tried_again_later(no_server, settings, clock):
    tell(person(), person())

    mailing.send_due()

    first, second = Notice.objects.order_by("pk")
    assert first.next_attempt_at == clock.now + policy.WAITS[0]
    # One failure is enough to know that nobody listens there.
    assert (second.attempts, second.next_attempt_at) == (0, None)

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    clock.advance(minutes=2)
    mailing.send_due()
    assert states() == ["sent", "sent"]


def test_what_cannot_be_sent_for_a_day_is_given_up_on_the_status_page(no_server, clock, client_for):
    tell(person())

    for wait in [*policy.WAITS, policy.WAITS[0]]:
        mailing.send_due()
        clock.advance(seconds=wait.total_seconds() + 1)

    assert states() == ["given_up"]
    assert last() == (
        "notice.not_mailed",
        "failed",
        {"about": "deletion.waits, D-0231", "because": "the mail server did not answer"},
    )
    assert "E-mails: 1 given up" in client_for(Role.ADMINISTRATOR).get("/status/").page.text


def test_an_address_that_is_refused_for_good_is_given_up_at_once_and_holds_up_nobody(server):
    server.refuse_with = "550 nobody of that name, person@example.test"
    tell(person(), person())

    mailing.send_due()

    assert states() == ["given_up", "given_up"]
    assert last()[2]["because"] == "the mail server refused the address"


def test_an_address_that_is_refused_for_now_waits(server):
    server.refuse_with = "450 busy"
    tell(person())

    mailing.send_due()

    assert states() == ["waiting"]


def test_what_was_given_up_is_sent_again_from_the_status_page(client_for):
    tell(person())
    Notice.objects.update(state=Notice.Mail.GIVEN_UP, attempts=7)
    admin = client_for(Role.ADMINISTRATOR)

    admin.submit(admin.get("/status/").page.form(button="Send the e-mails again"))
    mailing.send_due()

    assert states() == ["sent"]
    assert "none waits" in parts.mails().words


def test_a_worker_that_died_while_sending_is_followed_by_another_with_the_same_message_id(clock):
    tell(person())
    dead = Notice.objects.claim_next(now=clock.now)
    mailing._message(dead, dead.to).send()

    clock.advance(minutes=3)
    mailing.send_due()

    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first == second
    assert states() == ["sent"]


def test_a_worker_that_lost_its_row_writes_nothing(clock):
    tell(person())
    slow = Notice.objects.claim_next(now=clock.now)
    clock.advance(minutes=3)
    mailing.send_due()
    written = AuditEntry.objects.count()

    mailing._send(slow)

    assert AuditEntry.objects.count() == written


def test_who_turned_mails_off_gets_none_and_still_finds_the_notice(client_for):
    browser = client_for(Role.COMPLIANCE)
    form = browser.get("/settings/").page.form(button="Save your settings")
    browser.submit(form, mails="off")
    browser.person.refresh_from_db()

    tell(browser.person)
    mailing.send_due()

    assert mail.outbox == []
    assert states() == ["not_wanted"]
    assert "D-0231" in browser.get("/inbox/").page.text


@pytest.mark.parametrize("change", [{"is_active": False}, {"mails": False}])
def test_who_left_or_turned_mails_off_meanwhile_gets_none(change):
    somebody = person()
    tell(somebody)
    for name, value in change.items():
        setattr(somebody, name, value)
    somebody.save()

    mailing.send_due()

    assert mail.outbox == []
    assert states() == ["not_wanted"]


def test_what_was_read_meanwhile_needs_no_mail(clock):
    somebody = person()
    tell(somebody)
    actions.mark_read(up_to=10**9, by=somebody, now=clock.now)

    mailing.send_due()

    assert mail.outbox == []


def test_the_sweep_wakes_a_worker_for_what_is_due(settings, clock, django_capture_on_commit_callbacks, valkey_server):
    tell(person())

    with django_capture_on_commit_callbacks() as woken:
        actions.sweep(now=clock.now)

    assert len(woken) == 1
