"""What the audit log is made of. Rows are only ever added; the database itself refuses anything else (triggers.py)."""

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.db.models import Q
from django.utils import timezone

from dashboard.audit.subjects import SubjectKind
from dashboard.core.work import LeasedQuerySet, LeasedRow


class Subject(models.Model):
    """One value that can point to a person. Inserted, later perhaps emptied; never changed otherwise, never deleted."""

    handle = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=12, choices=SubjectKind.choices)
    key_version = models.PositiveSmallIntegerField()
    lookup = models.CharField(max_length=64)
    # Bytes, not text: PostgreSQL refuses NUL in text, and what comes from outside may hold it.
    value = models.BinaryField(null=True)
    salt = models.BinaryField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True)
    erased_by = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["kind", "key_version", "lookup"],
                condition=Q(erased_at=None) & ~Q(kind="text"),
                name="audit_one_subject_per_value",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=False, salt__isnull=False, erased_at=None)
                | Q(value=None, salt=None, erased_at__isnull=False),
                name="audit_subject_whole_or_erased",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["lookup"], name="audit_subject_lookup"),
            models.Index(fields=["kind", "created_at"], name="audit_subject_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.handle}"

    @property
    def text(self) -> str | None:
        """The value, or None once it was erased. Not yet fit for display: pass it through printable."""
        return None if self.value is None else bytes(self.value).decode("utf-8", "surrogatepass")

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError("A subject is emptied, never deleted.")


class SubjectAbout(models.Model):
    """`subject` concerns `visitor` and is emptied together with it."""

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="about")
    visitor = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="concerned")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["subject", "visitor"], name="audit_about_once")
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} about {self.visitor_id}"


class AuditEntry(models.Model):
    """Who did what, when, why, with what result. `body` is the record; the other columns are its index."""

    class Outcome(models.TextChoices):
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Failed"

    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=48)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    # Numbers and text, no foreign keys: the entry outlives the person, the job and the request.
    actor_id = models.BigIntegerField(null=True)
    on_behalf_of_id = models.BigIntegerField(null=True)
    via = models.CharField(max_length=12)
    request_id = models.CharField(max_length=64, blank=True, default="")
    batch = models.CharField(max_length=32, blank=True, default="")
    ticket = models.CharField(max_length=64, blank=True, default="")
    target_type = models.CharField(max_length=16, blank=True, default="")
    target_ref = models.CharField(max_length=64, blank=True, default="")
    body = models.BinaryField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "-id"], name="audit_by_kind"),
            models.Index(fields=["actor_id", "-id"], name="audit_by_actor"),
            models.Index(fields=["target_type", "target_ref", "-id"], name="audit_by_target"),
            models.Index(fields=["batch", "-id"], name="audit_by_batch", condition=~Q(batch="")),
            models.Index(fields=["ticket", "-id"], name="audit_by_ticket", condition=~Q(ticket="")),
            models.Index(fields=["request_id"], name="audit_by_request", condition=~Q(request_id="")),
            models.Index(fields=["outcome", "-id"], name="audit_by_outcome"),
        ]

    def __str__(self) -> str:
        return f"entry {self.pk}: {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("An audit entry is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError("An audit entry is never deleted.")


class AuditMention(models.Model):
    """Index: this entry mentions this subject, as `role` (actor, target, reason, before …)."""

    entry = models.ForeignKey(AuditEntry, on_delete=models.PROTECT, related_name="mentions")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="mentions")
    role = models.CharField(max_length=24)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject", "-entry"], name="audit_mentions_of"),
        ]

    def __str__(self) -> str:
        return f"entry {self.entry_id}: {self.role}"


class AuditLeaf(models.Model):
    """An entry's place in the Merkle tree, given once by the sealer."""

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="leaf")
    leaf_hash = models.BinaryField()

    def __str__(self) -> str:
        return f"leaf {self.position}"


class AuditWaiting(models.Model):
    """An entry that has no place in the tree yet: written together with it, removed by the sealer.

    The only rows here that go away. Numbers of entries do not commit in order, so that a mark "sealed up to here" would
    lose one that was slow.
    """

    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, primary_key=True, related_name="waiting")

    def __str__(self) -> str:
        return f"entry {self.entry_id} waits"


class AuditTile(models.Model):
    """256 hashes of one level of the tree, side by side, and the root above them; written when it is full.

    Level 0 holds the hashes of leaves, every other level the roots of the tiles below.
    """

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["level", "index"], name="audit_tile_once")
        ]

    def __str__(self) -> str:
        return f"tile {self.level}/{self.index}"


class AuditCheckpoint(models.Model):
    """A signed statement: the tree of this origin has this size and this root. `note` is the signed text itself."""

    origin = models.CharField(max_length=255)
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["size"], name="audit_checkpoint_size")]

    def __str__(self) -> str:
        return f"checkpoint {self.pk} of {self.size} entries"


class AuditDuty(LeasedRow):
    """Something that is done for the log again and again by one worker at a time; `problem` is why it could not be."""

    class Name(models.TextChoices):
        SEAL = "seal", "seal"
        VERIFY = "verify", "verify"

    OPEN_STATES: ClassVar[tuple[str, ...]] = ("open",)

    name = models.CharField(max_length=16, choices=Name.choices, unique=True)
    state = models.CharField(max_length=8, default="open")
    problem = models.TextField(blank=True, default="")

    objects = LeasedQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
