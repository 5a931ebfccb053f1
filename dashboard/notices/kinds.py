"""Every kind of notice: its dotted code, how it reads in the inbox, and what an e-mail says of it.

A code is never reused and never renamed, because rows carry it. The sentence may use {by} (the colleague who acted) and
the words given to notify(), which are numbers and names of our own records (D-0231, J-0421) and nothing else: no id of
a visitor or an event, no address, no text that somebody typed. An e-mail leaves the house, so it names nobody either.
"""

import string
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Reading:
    """How a kind reads: stored code, sentence of the inbox, sentence of the e-mail (without {by}), icon."""

    code: str
    sentence: str
    mail: str
    icon: str


class NoticeKind(Enum):
    """`NoticeKind.X.code` is what is stored."""

    # Deletions
    DELETION_WAITS = Reading(
        "deletion.waits",
        "{by} asked for deletion {deletion}: it waits for a decision.",
        "Deletion {deletion} waits for a decision",
        "stamp",
    )
    DELETION_APPROVED = Reading(
        "deletion.approved", "{by} approved deletion {deletion}.", "Deletion {deletion} was approved", "stamp"
    )
    DELETION_REFUSED = Reading(
        "deletion.refused", "{by} refused deletion {deletion}.", "Deletion {deletion} was refused", "stamp"
    )
    DELETION_CLOSED = Reading(
        "deletion.closed", "Deletion {deletion} is closed.", "Deletion {deletion} is closed", "eraser"
    )
    DELETION_NOT_ERASED = Reading(
        "deletion.not_erased",
        "Deletion {deletion} is closed, but {count} of its visitors could not be erased: its page says why.",
        "Deletion {deletion} is closed, but not all of it could be erased",
        "circle-alert",
    )
    DELETION_OVERDUE = Reading(
        "deletion.overdue",
        "Deletion {deletion} is overdue: what should be gone at Fingerprint is not shown to be gone.",
        "Deletion {deletion} is overdue",
        "clock-alert",
    )
    DELETION_RETURNED = Reading(
        "deletion.returned",
        "A visitor of deletion {deletion} came back under the same id after Fingerprint had accepted it.",
        "Deletion {deletion}: a visitor came back",
        "siren",
    )
    DELETION_UNPROVEN = Reading(
        "deletion.unproven",
        "A visitor of deletion {deletion} ended unproven: nothing more can be asked that would prove it gone.",
        "Deletion {deletion} ended unproven",
        "circle-question-mark",
    )
    DELETION_VOID = Reading(
        "deletion.void",
        "The approval of deletion {deletion} became void: it waits for a decision again.",
        "The approval of deletion {deletion} became void",
        "undo-2",
    )
    DELETION_EXPIRED = Reading(
        "deletion.expired",
        "Deletion {deletion} expired before it began, and nothing of it was sent: its page lets you ask again.",
        "Deletion {deletion} expired",
        "clock",
    )
    DELETION_HELD = Reading(
        "deletion.held",
        "Deletion {deletion} waits for legal hold {hold}.",
        "Deletion {deletion} waits for legal hold {hold}",
        "lock",
    )
    DELETION_LOOK = Reading(
        "deletion.look",
        "{by} asks you to look at deletion {deletion}.",
        "You are asked to look at deletion {deletion}",
        "stamp",
    )
    DELETIONS_WAIT = Reading(
        "deletion.several_wait",
        "{by} asked for deletions from file {file} ({count}): they wait for a decision.",
        "Deletions from file {file} ({count}) wait for a decision",
        "stamp",
    )
    HOLD_REVIEW = Reading(
        "hold.review",
        "Legal hold {hold} is to be looked at again today.",
        "Legal hold {hold} is to be looked at again",
        "lock",
    )
    # The audit log
    AUDIT_DOES_NOT_HOLD = Reading(
        "audit.does_not_hold",
        "The audit log does not hold; what was found to be wrong: {problems}. Tell whoever keeps it.",
        "The audit log does not hold, problems: {problems}",
        "shield-alert",
    )
    # Jobs
    JOB_WAITS = Reading(
        "job.waits",
        "{by} asks a second person to confirm job {job} ({count} events).",
        "Job {job} waits for a second person",
        "layers",
    )
    JOB_FINISHED = Reading("job.finished", "Job {job} finished.", "Job {job} finished", "layers")
    JOB_PAUSED = Reading("job.paused", "Job {job} paused by itself: see why.", "Job {job} paused by itself", "pause")
    JOB_LISTED = Reading(
        "job.listed",
        "The list of job {job} is complete ({count} events) and waits for you to confirm it.",
        "The list of job {job} is complete",
        "layers",
    )
    JOB_LIST_ENDED = Reading(
        "job.list_ended",
        "The list of job {job} was thrown away: see why.",
        "The list of job {job} was thrown away",
        "x",
    )
    JOB_APPROVED = Reading("job.approved", "{by} approved your job {job}.", "Job {job} was approved", "stamp")
    JOB_NOT_APPROVED = Reading(
        "job.not_approved", "{by} did not approve your job {job}.", "Job {job} was not approved", "stamp"
    )
    # Visitors
    VISITOR_HANDED_OVER = Reading(
        "visitor.handed_over",
        "{by} handed a visitor over to you.",
        "A visitor was handed over to you",
        "fingerprint-pattern",
    )
    HAND_OVER_RETURNED = Reading(
        "hand_over.returned",
        "{by} returned a visitor that you had handed over.",
        "A visitor that you had handed over was returned",
        "fingerprint-pattern",
    )
    HAND_OVER_CLOSED = Reading(
        "hand_over.closed",
        "{by} closed a hand-over of yours.",
        "A hand-over of yours was closed",
        "fingerprint-pattern",
    )
    FOLLOWED_CAME = Reading(
        "followed.came", "A visitor you follow came again.", "A visitor you follow came again", "bell"
    )
    FOLLOWED_MARKED = Reading(
        "followed.marked",
        "Events of a visitor you follow were marked suspect by job {job}.",
        "A visitor you follow was marked by job {job}",
        "flag",
    )
    FOLLOWED_HELD = Reading(
        "followed.held",
        "{by} put a visitor you follow under legal hold {hold}.",
        "A visitor you follow is under legal hold {hold}",
        "lock",
    )
    FOLLOWED_DELETION = Reading(
        "followed.deletion",
        "{by} asked for the deletion of a visitor you follow: {deletion}.",
        "The deletion of a visitor you follow was asked for: {deletion}",
        "eraser",
    )

    @property
    def code(self) -> str:
        return self.value.code

    @property
    def needs(self) -> frozenset[str]:
        """The names that its two sentences fill in."""
        return _names_in(self.value.sentence) | _names_in(self.value.mail)

    @classmethod
    def of_code(cls, code: str) -> "NoticeKind | None":
        """The kind stored under `code`, or None for one that this version does not know."""
        return _BY_CODE.get(code)


def _names_in(sentence: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(sentence) if name)


_BY_CODE = {kind.code: kind for kind in NoticeKind}
if len(_BY_CODE) != len(NoticeKind):
    raise RuntimeError("Two kinds of notices share one code.")
