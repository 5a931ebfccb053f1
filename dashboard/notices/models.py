"""One row per notice and person: what the inbox shows, and the e-mail about it as a row with work in it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from dashboard.core import times
from dashboard.core.work import LeasedQuerySet, LeasedRow
from dashboard.notices.kinds import NoticeKind


class Notices(LeasedQuerySet["Notice"]):
    """Notices of people, and which of their e-mails are due."""


class Notice(LeasedRow):
    """Something that `to` should know. `state` is that of its e-mail; the inbox has the row in any case."""

    class Mail(models.TextChoices):
        """What became of the e-mail."""

        NOT_WANTED = "not_wanted", "not wanted"
        WAITING = "waiting", "waits"
        SENT = "sent", "sent"
        GIVEN_UP = "given_up", "given up"

    OPEN_STATES = (Mail.WAITING,)

    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    kind = models.CharField(max_length=64)
    # Numbers and names of our own records, by the names that the kind's sentences use.
    words = models.JSONField(default=dict)
    # A path of our own; empty once what it leads to was erased.
    url = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=Mail.choices, default=Mail.WAITING)

    objects = Notices.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["to", "read_at", "-id"], name="notice_inbox"),
            models.Index(fields=["next_attempt_at"], name="notice_to_send", condition=models.Q(state="waiting")),
            models.Index(fields=["created_at"], name="notice_age"),
        )

    def __str__(self) -> str:
        return f"notice {self.pk}"

    @property
    def text(self) -> str:
        """Its sentence, for the inbox."""
        kind = NoticeKind.of_code(self.kind)
        return self._fill(_(kind.value.sentence)) if kind else _("A notice of another version of Inkpad.")

    @property
    def mail_text(self) -> str:
        """What may leave the house: no names, no identifiers."""
        kind = NoticeKind.of_code(self.kind)
        return self._fill(_(kind.value.mail)) if kind else _("Something waits in your inbox")

    @property
    def icon(self) -> str:
        kind = NoticeKind.of_code(self.kind)
        return kind.value.icon if kind else "bell"

    def _fill(self, sentence: str) -> str:
        words = {name: times.thousands(word) if isinstance(word, int) else word for name, word in self.words.items()}
        return sentence.format(by=self.by.name if self.by else _("Somebody"), **words)
