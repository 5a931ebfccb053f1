"""What staff say to each other about visitors. Texts are kept as bytes: they may quote anything from outside."""

from datetime import datetime
from typing import ClassVar, Self

import msgspec
from django.conf import settings
from django.db import models
from django.db.models import Q

from dashboard.core.work import LeasedQuerySet, LeasedRow
from dashboard.events.models import new_short_id


class Notes(models.QuerySet["Note"]):
    def on(self, visitor_id: str, event_id: str = "") -> Self:
        """Notes that stand on this visitor, or on this one event of theirs; the newest first."""
        found = self.filter(visitor_id=visitor_id, removed_at=None)
        return (found.filter(event_id=event_id) if event_id else found).order_by("-pk")


class Note(models.Model):
    """A note by one person on a visitor, and on one event of theirs if it names one."""

    visitor_id = models.CharField(max_length=64)
    event_id = models.CharField(max_length=64, blank=True, default="")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    words = models.BinaryField()
    ticket = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    # The note stays where it is; what it said of somebody who was erased is gone.
    erased_at = models.DateTimeField(null=True)

    objects = Notes.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["visitor_id", "-id"], name="note_by_visitor", condition=Q(removed_at=None)),
        ]

    @property
    def text(self) -> str:
        """What was typed."""
        return bytes(self.words).decode("utf-8", "surrogatepass")

    @property
    def editable_until(self) -> datetime:
        """Until when its author may change or remove it."""
        return self.created_at + settings.NOTE_EDITABLE_FOR


class NoteFile(models.Model):
    """A file that was attached to a note. Lists defer `content`, which is read to be taken away and nothing else."""

    class Kind(models.TextChoices):
        PNG = "png", "PNG"
        JPEG = "jpeg", "JPEG"
        PDF = "pdf", "PDF"
        TEXT = "text", "text"

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=4, choices=Kind)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    content = models.BinaryField()
    # It named somebody who was erased: its row says that there was a file, and nothing is left of it.
    erased_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"file {self.pk}"


def as_bytes(text: str) -> bytes:
    """A text as it is stored."""
    return text.encode("utf-8", "surrogatepass")


class HandOvers(models.QuerySet["HandOver"]):
    def open(self) -> Self:
        """Those that somebody still has to do something about."""
        return self.filter(state__in=HandOver.OPEN_STATES)


class HandOver(models.Model):
    """A visitor that one person asked another one to look after, with a note. One at a time is open for a visitor."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        TAKEN = "taken", "taken"
        RETURNED = "returned", "returned"
        CLOSED = "closed", "closed"

    OPEN_STATES: ClassVar[tuple[str, ...]] = (State.WAITING, State.TAKEN)

    visitor_id = models.CharField(max_length=64, db_index=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    words = models.BinaryField()
    ticket = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    answer_words = models.BinaryField(default=b"")
    created_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    erased_at = models.DateTimeField(null=True)

    objects = HandOvers.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["visitor_id"], condition=Q(state__in=("waiting", "taken")), name="hand_over_one_open_a_visitor"
            ),
            models.CheckConstraint(condition=~Q(sent_by=models.F("given_to")), name="hand_over_to_somebody_else"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["given_to", "-id"], name="hand_over_by_person", condition=Q(state__in=("waiting", "taken"))
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES

    @property
    def text(self) -> str:
        """What whoever handed it over wrote."""
        return bytes(self.words).decode("utf-8", "surrogatepass")

    @property
    def answer(self) -> str:
        """What whoever ended it wrote."""
        return bytes(self.answer_words).decode("utf-8", "surrogatepass")


class FollowedVisitors(LeasedQuerySet["FollowedVisitor"]):
    def due(self, now: datetime) -> Self:
        """Whoever waits longest comes first, so that nobody is forgotten when there are more than can be asked."""
        return super().due(now).order_by("next_attempt_at", "pk")


class FollowedVisitor(LeasedRow):
    """A visitor that somebody follows: one row with one small question in it, however many people follow.

    The next question looks at what came since `ask_from`; `packed_known` are the events of that stretch that were met
    already, for Fingerprint may show an event a little later than one that came after it.
    """

    class State(models.TextChoices):
        FOLLOWED = "followed", "followed"

    OPEN_STATES = (State.FOLLOWED,)

    visitor_id = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.FOLLOWED)
    created_at = models.DateTimeField()
    ask_from = models.DateTimeField()
    packed_known = models.BinaryField(default=b"[]")
    # When Fingerprint answered last, and since when it has not (None: it does).
    asked_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    came_at = models.DateTimeField(null=True)
    is_unknown = models.BooleanField(default=False)

    objects = FollowedVisitors.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["next_attempt_at"], name="followed_by_turn")]

    @property
    def known(self) -> frozenset[str]:
        """Events that are no news any more."""
        return frozenset(msgspec.json.decode(bytes(self.packed_known), type=list[str]))


class Follow(models.Model):
    """One person follows one visitor, and why if they said so."""

    visitor = models.ForeignKey(FollowedVisitor, on_delete=models.CASCADE, related_name="follows")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    words = models.BinaryField(default=b"")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "visitor"], name="follow_once"),
        ]

    @property
    def text(self) -> str:
        """Why, as it was typed."""
        return bytes(self.words).decode("utf-8", "surrogatepass")


class LinkReading(models.Model):
    """What somebody asked about links of a visitor, and what was answered; readable by them until it expires."""

    short_id = models.CharField(max_length=16, unique=True, default=new_short_id)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    visitor_id = models.CharField(max_length=64, db_index=True)
    packed = models.BinaryField()
    # Two steps at the same instant must not both be kept.
    step = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
