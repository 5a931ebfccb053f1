"""Sends the e-mails about notices: claim, call, settle.

A worker that dies between the mail server's answer and settling sends the mail a second time, under the same
Message-ID; one that dies before sends it late. None is lost.
"""

import smtplib
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import Outcome, person, record
from dashboard.core.work import LeaseLost
from dashboard.notices import policy
from dashboard.notices.actions import about
from dashboard.notices.models import Notice

MOST_AT_ONCE = 50
"""After so many a worker lets others in between."""


def send_due() -> bool:
    """Sends what is due; True when there is more. Stops when the mail server itself is away: the sweep comes again."""
    for _number in range(MOST_AT_ONCE):
        notice = Notice.objects.claim_next(now=timezone.now())
        if notice is None:
            return False
        if not _send(notice):
            return False
    return True


def _send(notice: Notice) -> bool:
    """Brings one claimed mail to its end, or puts it off; False when the mail server could not be spoken to."""
    to = User.objects.get(pk=notice.to_id)
    try:
        return _bring_out(notice, to)
    except LeaseLost:
        return True  # another worker has it now, and says what became of it


def _bring_out(notice: Notice, to: User) -> bool:
    if not to.is_active or not to.mails or notice.read_at is not None:
        notice.settle(state=Notice.Mail.NOT_WANTED, next_attempt_at=None)
        return True
    try:
        _message(notice, to).send()
    except OSError as error:  # all of smtplib's errors are
        _settle_trouble(notice, to, error, now=timezone.now())
        return isinstance(error, smtplib.SMTPRecipientsRefused)
    _settle_sent(notice, to)
    return True


def _settle_sent(notice: Notice, to: User) -> None:
    with transaction.atomic():
        notice.settle(state=Notice.Mail.SENT, next_attempt_at=None)
        record(AuditKind.NOTICE_MAILED, by=None, target=person(to), details={"about": about(notice)})


def _settle_trouble(notice: Notice, to: User, error: OSError, *, now: datetime) -> None:
    again = None if _is_final(error) else policy.next_try(notice.attempts, now=now)
    if again is not None:
        notice.settle(next_attempt_at=again)
        return
    with transaction.atomic():
        notice.settle(state=Notice.Mail.GIVEN_UP, next_attempt_at=None)
        record(
            AuditKind.NOTICE_NOT_MAILED,
            by=None,
            outcome=Outcome.FAILED,
            target=person(to),
            details={"about": about(notice), "because": _because(error)},
        )


def _message(notice: Notice, to: User) -> EmailMessage:
    origin = settings.PUBLIC_URL
    text = render_to_string(
        "notices/mail.txt",
        {
            "sentence": notice.mail_text,
            "inbox": f"{origin}{reverse('notices:inbox')}" if origin else "",
            "settings": f"{origin}{reverse('accounts:preferences')}" if origin else "",
        },
    )
    return EmailMessage(
        subject=f"Inkpad: {notice.mail_text}",
        body=text,
        to=[to.email],
        headers={"Message-ID": _message_id(notice), "Auto-Submitted": "auto-generated"},
    )


def _message_id(notice: Notice) -> str:
    """The same for every try, so that a mail sent twice is one mail to whoever reads it."""
    domain = urlsplit(settings.PUBLIC_URL).hostname or settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ")
    name = salted_hmac("inkpad.mail", str(notice.pk), algorithm="sha256").hexdigest()[:32]
    return f"<{name}@{domain}>"


def _is_final(error: OSError) -> bool:
    """Whether the server said that this address will never do."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(code >= 500 for code, _words in error.recipients.values())


def _because(error: OSError) -> str:
    """In our own words: what a mail server says may repeat the address."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _("the mail server refused the address")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return _("the mail server refused our password")
    if isinstance(error, smtplib.SMTPResponseException):
        return _("the mail server answered %(code)s") % {"code": error.smtp_code}
    return _("the mail server did not answer")
