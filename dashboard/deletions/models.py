"""What is stored of a deletion: the request with its decision, each visitor in it, each call to Fingerprint.

The database itself refuses an approval by who asked, an approval of another scope, and a second open deletion of one
visitor, whatever the code above it does.
"""

import json
from datetime import datetime
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from dashboard.core.work import LeasedQuerySet, LeasedRow
from dashboard.deletions import clocks, laws, policy
from dashboard.deletions.approval_rows import Opening, VoidedApproval
from dashboard.deletions.certificates.rows import Certificate
from dashboard.deletions.disclosure.rows import AccessRequest
from dashboard.deletions.holds.rows import LegalHold
from dashboard.deletions.intake.rows import Intake, IntakeLine
from dashboard.deletions.sending.rows import Pause
from dashboard.deletions.states import UNDECIDED, Status, VisitorState
from dashboard.deletions.watch.rows import ErasedVisitor, LocalErasure, Probe, Watch

__all__ = [
    "AccessRequest",
    "Attempt",
    "Certificate",
    "DeletionLinkedId",
    "DeletionRequest",
    "DeletionVisitor",
    "ErasedVisitor",
    "Intake",
    "IntakeLine",
    "LegalHold",
    "LocalErasure",
    "Opening",
    "Pause",
    "Probe",
    "VoidedApproval",
    "Watch",
    "number_words",
]

_MAY_BE_SENT = (VisitorState.WAITING.value, VisitorState.SUBMITTING.value)
_UNSETTLED = sorted(state.value for state in (VisitorState.WAITING, VisitorState.HELD, VisitorState.SUBMITTING))
_UNDECIDED = sorted(status.value for status in UNDECIDED)


def number_words(pk: int) -> str:
    """`D-0231`."""
    return f"D-{pk:04d}"


class DeletionRequest(models.Model):
    """Somebody wants visitors erased; somebody else decides exactly that."""

    class Source(models.TextChoices):
        EMAIL = "email", "E-mail"
        FORM = "form", "Web form"
        PHONE = "phone", "Phone"
        LETTER = "letter", "Letter"
        AUTHORITY = "authority", "Authority or lawyer"
        OWN = "own", "Own initiative"

    STATUSES = (
        (Status.DRAFT.value, "Draft"),
        (Status.REQUESTED.value, "Waits for approval"),
        (Status.REFUSED.value, "Refused"),
        (Status.WITHDRAWN.value, "Withdrawn"),
        (Status.EXPIRED.value, "Approval expired"),
        (Status.APPROVED.value, "Approved"),
        (Status.RUNNING.value, "Running"),
        (Status.CLOSED.value, "Closed"),
        (Status.CANCELLED.value, "Cancelled"),
    )

    class Identity(models.TextChoices):
        NOT_YET = "not_yet", "Not verified yet"
        ACCOUNT = "account", "Signed in to the account"
        EMAIL = "email", "Answered from the account’s e-mail"
        PHONE = "phone", "Checked by phone"
        DOCUMENT = "document", "Document seen, not kept"
        AGENT = "agent", "Agent with written permission"
        NOT_NEEDED = "not_needed", "Not needed: own initiative"

    status = models.CharField(max_length=12, choices=STATUSES, default=Status.REQUESTED.value)
    form_token = models.CharField(max_length=32, unique=True)

    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="deletions_asked")
    requested_at = models.DateTimeField()
    reason = models.TextField()
    ticket = models.CharField(max_length=64, blank=True, default="")
    source = models.CharField(max_length=12, choices=Source.choices)
    # The code of a rule in `laws`; the house may have rules of its own, so the list is no part of the schema.
    jurisdiction = models.CharField(max_length=16)
    legal_basis = models.CharField(max_length=200, blank=True, default="")
    identity_method = models.CharField(max_length=12, choices=Identity.choices, default=Identity.NOT_YET.value)
    identity_by = models.CharField(max_length=100, blank=True, default="")
    """Who of us verified it; no document is kept."""
    repeats = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="repeated_by")
    """The request that it asks for again: one whose approval expired, or some of whose visitors failed."""
    intake = models.ForeignKey(Intake, on_delete=models.SET_NULL, null=True, blank=True, related_name="requests")

    received_at = models.DateTimeField()
    # The law counts days where the request came in; the zone is kept so that an extension counts the same days.
    clock_zone = models.CharField(max_length=64)
    due_at = models.DateTimeField(null=True, blank=True)
    acknowledge_by = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    """When the person was told that the request has come in."""
    extended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    extended_at = models.DateTimeField(null=True, blank=True)
    extension_reason = models.TextField(blank=True, default="")
    notice_sent_on = models.DateField(null=True, blank=True)
    """The day on which the person was told that it takes longer, and why."""

    scope_changed_at = models.DateTimeField(null=True, blank=True)
    scope_hash = models.CharField(max_length=64)
    approved_scope_hash = models.CharField(max_length=64, blank=True, default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="deletions_decided"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True, default="")
    runs_after = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(status__in=_UNDECIDED)
                | (
                    Q(decided_by__isnull=False)
                    & ~Q(decided_by=F("requested_by"))
                    & Q(approved_scope_hash=F("scope_hash"))
                ),
                name="deletion_needs_second_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="deletion_asker_never_decides",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[Status.APPROVED.value, Status.RUNNING.value])
                | Q(runs_after__isnull=False, expires_at__isnull=False),
                name="deletion_approval_has_times",
            ),
            models.CheckConstraint(
                condition=Q(extended_at__isnull=True)
                | Q(extended_by__isnull=False, notice_sent_on__isnull=False) & ~Q(extension_reason=""),
                name="deletion_extended_with_notice",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["status", "due_at"], name="deletion_by_status"),
            models.Index(fields=["requested_by", "-id"], name="deletion_by_asker"),
            models.Index(fields=["ticket"], name="deletion_by_ticket"),
            models.Index(fields=["-ended_at", "-id"], name="deletion_ended"),
        ]

    @property
    def number(self) -> str:
        """`D-0231`."""
        return number_words(self.pk)

    @property
    def zone(self) -> ZoneInfo:
        """Where the days of its legal clock are counted."""
        return ZoneInfo(self.clock_zone)

    @property
    def is_waiting(self) -> bool:
        return self.status == Status.REQUESTED

    @property
    def law(self) -> str:
        """The law by which it was asked, as people read it."""
        return laws.label_of(self.jurisdiction)

    def days_left(self, now: datetime) -> int | None:
        """Calendar days to the last day by law; None when no clock runs."""
        return None if self.due_at is None else clocks.days_left(self.due_at, now, self.zone)

    def current_scope(self) -> str:
        """The hash of what the rows hold at this moment, whatever the request's own column says."""
        return policy.scope_hash(
            visitor_ids=self.visitors.values_list("visitor_id", flat=True),
            linked_ids=[linked.value for linked in self.linked_ids.all()],
            jurisdiction=self.jurisdiction,
            legal_basis=self.legal_basis,
        )


class DeletionLinkedId(models.Model):
    """The customer's own id of the person, to be forgotten here once the visitors are."""

    request = models.ForeignKey(DeletionRequest, on_delete=models.CASCADE, related_name="linked_ids")
    # Bytes, not text: what customers put there may hold NUL, which PostgreSQL refuses in text.
    value_bytes = models.BinaryField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["request", "value_bytes"], name="deletion_linked_id_once")
        ]

    @property
    def value(self) -> str:
        return bytes(self.value_bytes).decode("utf-8", "surrogatepass")


class DeletionVisitorQuerySet(LeasedQuerySet["DeletionVisitor"]):
    """Which visitors are due, and the claim on one of them."""

    def due(self, now: datetime) -> Self:
        """As everywhere, and only rows that hold their visitor: another request may have taken the lead since."""
        return super().due(now).filter(is_open=True)


class DeletionVisitor(LeasedRow):
    """One visitor of a request: what was there before, what was sent, what came of it."""

    STATES = (
        (VisitorState.WAITING.value, "Waiting"),
        (VisitorState.HELD.value, "Held"),
        (VisitorState.SUBMITTING.value, "Being sent"),
        (VisitorState.ACCEPTED.value, "Accepted by Fingerprint"),
        (VisitorState.VERIFIED.value, "No longer answered"),
        (VisitorState.COMPLETE.value, "Gone"),
        (VisitorState.UNKNOWN.value, "Unknown to Fingerprint"),
        (VisitorState.FAILED.value, "Failed"),
        (VisitorState.OVERDUE.value, "Overdue"),
        (VisitorState.UNPROVEN.value, "Unproven"),
    )
    OPEN_STATES = _MAY_BE_SENT

    request = models.ForeignKey(DeletionRequest, on_delete=models.CASCADE, related_name="visitors")
    # Empty once an erasure emptied the rows of requests that came to nothing.
    visitor_id = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=12, choices=STATES, default=VisitorState.WAITING.value)
    is_open = models.BooleanField(default=True)
    """Whether this row still holds its visitor: False once it is settled, joined, or its request came to nothing."""
    # Another request asked for this visitor before: this row is settled by what becomes of that one.
    joins = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="joined")

    # How it was found through an account, counted when a person chose it; empty when its id was given.
    account_event_count = models.PositiveIntegerField(null=True, blank=True)
    account_first_at = models.DateTimeField(null=True, blank=True)
    account_last_at = models.DateTimeField(null=True, blank=True)

    evidence_at = models.DateTimeField(null=True, blank=True)
    was_known = models.BooleanField(default=False)
    """Fingerprint had events of this visitor when the evidence was recorded."""
    recent_count = models.PositiveIntegerField(default=0)
    older_count = models.PositiveIntegerField(default=0)
    evidence_is_whole = models.BooleanField(default=True)
    oldest_kept_until = models.DateTimeField(null=True, blank=True)
    """When the retention of the newest event ends that Fingerprint does not delete at once."""
    evidence_ids = models.BinaryField(default=b"[]")
    residue_ids = models.BinaryField(default=b"[]")
    name_salt = models.BinaryField(default=b"")
    """With it a certificate commits to the visitor without naming it; emptied together with the id."""

    accepted_at = models.DateTimeField(null=True, blank=True)
    answer_was_lost = models.BooleanField(default=False)
    settled_at = models.DateTimeField(null=True, blank=True)
    held_by = models.ForeignKey(LegalHold, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    """The hold that the executor met; once it is lifted the visitor waits again, and is asked about anew."""
    because = models.CharField(max_length=400, blank=True, default="")
    """Why it waits or failed, in our own words; never anything from outside."""

    objects = DeletionVisitorQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["visitor_id"], condition=Q(is_open=True), name="deletion_one_open_per_visitor"
            ),
            models.UniqueConstraint(
                fields=["request", "visitor_id"], condition=~Q(visitor_id=""), name="deletion_visitor_once"
            ),
            models.CheckConstraint(
                condition=Q(is_open=True, state__in=_UNSETTLED)
                | (Q(is_open=False) & ~Q(state=VisitorState.SUBMITTING.value)),
                name="deletion_settled_is_not_open",
            ),
            models.CheckConstraint(
                condition=~Q(state=VisitorState.SUBMITTING.value) | Q(evidence_at__isnull=False),
                name="deletion_evidence_before_sending",
            ),
            models.CheckConstraint(
                condition=~Q(state=VisitorState.HELD.value) | Q(held_by__isnull=False), name="deletion_held_by_a_hold"
            ),
            models.CheckConstraint(
                condition=Q(joins__isnull=True) | Q(is_open=False), name="deletion_joined_holds_nothing"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["visitor_id"], name="deletion_of_visitor"),
            models.Index(fields=["next_attempt_at"], name="deletion_due", condition=Q(is_open=True)),
        ]

    @property
    def event_ids(self) -> list[str]:
        """Events of the ten days before it was sent, as recorded: what must be gone afterwards."""
        found: list[str] = json.loads(bytes(self.evidence_ids))
        return found

    @property
    def older_event_ids(self) -> list[str]:
        """Older events as recorded, the newest first: what stays until its retention ends."""
        found: list[str] = json.loads(bytes(self.residue_ids))
        return found


class Attempt(models.Model):
    """One DELETE call to Fingerprint, committed before it is sent. The quota is counted from these rows."""

    OUTCOMES = (
        (policy.CallOutcome.SENDING.value, "On its way"),
        (policy.CallOutcome.ACCEPTED.value, "Accepted"),
        (policy.CallOutcome.NOT_KNOWN.value, "Visitor not known"),
        (policy.CallOutcome.LOST.value, "Answer lost"),
        (policy.CallOutcome.THROTTLED.value, "Too many requests"),
        (policy.CallOutcome.REFUSED.value, "Refused"),
        (policy.CallOutcome.NOT_SENT.value, "Not sent"),
    )

    visitor = models.ForeignKey(DeletionVisitor, on_delete=models.PROTECT, related_name="calls")
    number = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField(db_index=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=OUTCOMES, default=policy.CallOutcome.SENDING.value)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    provider_request_id = models.CharField(max_length=128, blank=True, default="")
    queue_rests_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["visitor", "number"], name="deletion_attempt_number"),
            # The heart of "never two in flight for one visitor": the database knows one call on its way at most.
            models.UniqueConstraint(
                fields=["visitor"],
                condition=Q(outcome=policy.CallOutcome.SENDING.value),
                name="deletion_one_call_in_flight",
            ),
        ]
