"""What Home shows: what waits for this person, what they searched, how everything is."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry, AuditMention
from dashboard.audit.queries import COUNT_CAP
from dashboard.audit.sentences import Line, lines_of
from dashboard.core import times
from dashboard.core.access import Perm
from dashboard.core.templatetags.outside import middle
from dashboard.deletions import queries as deletions
from dashboard.deletions.models import DeletionRequest, number_words
from dashboard.deletions.watch.troubles import Trouble, troubles_for
from dashboard.events import present as events
from dashboard.events import queries as searches
from dashboard.events.masking import Lens
from dashboard.status import parts
from dashboard.visitors import hand_over_list
from fingerprint_integration.services import reads

MOST_WAITING = 8
MOST_RECENT = 5
MOST_ACTS = 50
_LOOKED_THROUGH = 60
"""How many of somebody's newest entries are looked through for the visitors they opened."""


@dataclass(frozen=True)
class RecentVisitor:
    """A visitor that somebody opened, and when last."""

    visitor_id: str
    url: str
    at: datetime


@dataclass(frozen=True)
class Acts:
    """What was done for a ticket: the newest entries as their reader may see them, and how many there are (counted up
    to audit.queries.COUNT_CAP). `of_all` is False where only the reader's own acts were looked for."""

    lines: list[Line]
    count: int
    of_all: bool


@dataclass(frozen=True)
class Waiting:
    """Something that this person can do now: what, more about it, where, and how urgent it is."""

    title: str
    more: str
    url: str
    icon: str
    stamp: str
    tone: str


def waiting(user: User, *, now: datetime) -> list[Waiting]:
    """The most urgent first."""
    decisions = [_approve(request, now) for request in deletions.waiting_for(user)[:MOST_WAITING]]
    troubles = [_trouble(each) for each in troubles_for(user)[:MOST_WAITING]]
    return [*troubles, *decisions, *(_handed_over(each) for each in hand_over_list.waiting_for(user)[:MOST_WAITING])]


def recent(user: User) -> list[events.RecentSearch]:
    """The last searches of this person, in words, masked for them."""
    if Perm.VIEW_EVENTS not in user.perms:
        return []
    found = searches.recent_searches(user, limit=MOST_RECENT)
    return events.recent(found, Lens.of(user), retention=reads.capabilities().retention)


def recent_visitors(user: User) -> list[RecentVisitor]:
    """The visitors that this person opened last, each once; those erased since are none. One query."""
    if Perm.VIEW_EVENTS not in user.perms:
        return []
    opened = AuditEntry.objects.filter(actor_id=user.pk, kind=AuditKind.VISITOR_OPENED.code).order_by("-pk")
    mentions = AuditMention.objects.filter(entry__in=list(opened.values_list("pk", flat=True)[:_LOOKED_THROUGH]))
    found: dict[str, RecentVisitor] = {}
    for mention in mentions.filter(role="target").select_related("subject", "entry").order_by("-entry_id"):
        visitor_id = mention.subject.text
        if visitor_id is not None:
            found.setdefault(visitor_id, RecentVisitor(visitor_id, events.visitor_url(visitor_id), mention.entry.at))
    return list(found.values())[:MOST_RECENT]


def acts_for(ticket: str, *, viewer: User) -> Acts:
    """The entries that carry this ticket, written with "#" or without."""
    of_all = Perm.VIEW_AUDIT in viewer.perms
    entries = AuditEntry.objects.filter(ticket__in=[ticket, f"#{ticket}"])
    if not of_all:
        entries = entries.filter(actor_id=viewer.pk)
    return Acts(
        lines=lines_of(entries.order_by("-pk")[:MOST_ACTS], viewer=viewer),
        count=entries[:COUNT_CAP].count(),
        of_all=of_all,
    )


def health(now: datetime) -> list[parts.Part]:
    """The quiet strip at the foot: every part says what is known of it, nothing is asked of Fingerprint."""
    end, verified = parts.end_of_v3(now), parts.audit_verification(now)
    return [
        parts.fingerprint(),
        *parts.deletions_spent(now),
        parts.queue(now),
        parts.audit_log(now),
        *([verified] if verified.tone == "red" else []),
        *([end] if end else []),
    ]


def _trouble(trouble: Trouble) -> Waiting:
    """What should be gone and is not comes before everything else."""
    more = ngettext("%(n)s visitor, since %(at)s", "%(n)s visitors, since %(at)s", trouble.visitors) % {
        "n": times.thousands(trouble.visitors),
        "at": times.said(timezone.localtime(trouble.since), timezone.localdate()),
    }
    came_back = trouble.returned > 0
    return Waiting(
        title=_("Deletion %(number)s is not done") % {"number": trouble.number},
        more=more,
        url=reverse("deletions:request", args=[trouble.request]),
        icon="siren" if came_back else "clock-alert",
        stamp=_("Came back") if came_back else _("Overdue"),
        tone="red",
    )


def _approve(request: DeletionRequest, now: datetime) -> Waiting:
    count = request.visitors.count()
    more = ngettext("%(n)s visitor. Asked by %(who)s", "%(n)s visitors. Asked by %(who)s", count) % {
        "n": times.thousands(count),
        "who": request.requested_by.name,
    }
    stamp, tone = "", ""
    days = request.days_left(now)
    if days is not None:
        if days < 0:
            stamp, tone = _("Overdue"), "red"
        elif days == 0:
            stamp, tone = _("Due today"), "red"
        else:
            stamp = ngettext("Due in %(n)s day", "Due in %(n)s days", days) % {"n": days}
            tone = "ochre" if days <= 7 else ""
    return Waiting(
        title=_("Decide about deletion %(number)s") % {"number": number_words(request.pk)},
        more=more,
        url=reverse("deletions:request", args=[request.pk]),
        icon="stamp",
        stamp=stamp,
        tone=tone,
    )


def _handed_over(found: hand_over_list.ShownHandOver) -> Waiting:
    is_taken = found.taken_at is not None
    return Waiting(
        title=_("Look after visitor %(visitor)s") % {"visitor": middle(found.visitor_id)},
        more=_("Handed over by %(who)s") % {"who": found.sent_by},
        url=found.url,
        icon="user-round-check",
        stamp=_("Taken") if is_taken else _("Waits"),
        tone="accent" if is_taken else "ochre",
    )
