"""What somebody keeps for the next time: a search under a name, and the columns of lists."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import record
from dashboard.audit.record import search as search_target
from dashboard.audit.refusals import Refused
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.events import actions, windows
from dashboard.events.columns import Column
from dashboard.events.models import Layout, Search


@transaction.atomic(durable=True)
def save_search(search: Search, *, name: str, is_shared: bool, by: User, now: datetime) -> Search:
    """Keep a search under a name, for oneself or for everybody who may search.

    One's own search gets the name; another person's is copied, so that each keeps their own. A search kept for
    oneself can be opened by nobody else from now on, also not by a link given away before.
    """
    kept = search
    if search.owner_id != by.pk:
        kept = Search.objects.get(pk=search.pk)
        kept.pk, kept.short_id, kept.owner, kept.created_at = None, Search().short_id, by, now
    kept.name, kept.is_shared = name, is_shared
    kept.save()
    record(
        AuditKind.SEARCH_SAVED,
        by=by,
        target=search_target(kept.short_id),
        details={"for_whom": "everybody" if is_shared else "themselves"},
        personal={"name": Personal(SubjectKind.TEXT, name, (kept.visitor_id,) if kept.visitor_id else ())},
        at=now,
    )
    return kept


@transaction.atomic(durable=True)
def unsave_search(search: Search, *, by: User, now: datetime) -> None:
    """Take the name off; the search stays in the history, open to whom it was open. Its owner alone may."""
    if search.owner_id != by.pk:
        raise Refused(
            _("Only the person who saved this search may take it off the list. Save one of your own."),
            kind=AuditKind.SEARCH_CHANGE_REFUSED,
            target=search_target(search.short_id),
            details={"because": "not theirs"},
            status=403,
        )
    Search.objects.filter(pk=search.pk).update(name="")
    record(AuditKind.SEARCH_UNSAVED, by=by, target=search_target(search.short_id), at=now)


def run_saved(search: Search, *, by: User, now: datetime, retention: timedelta) -> Search:
    """A new search with the filters of a saved one, its window counted from now; dates stay the dates they were."""
    window = search.window
    if window.asked != windows.BETWEEN:
        window = windows.resolve(window.asked, now=now, retention=retention)
    return actions.start_search(query=search.query, also=search.further, window=window, by=by, now=now)


@transaction.atomic(durable=True)
def choose_columns(columns: Sequence[Column], *, by: User, now: datetime) -> None:
    """Remember these columns for every list of events this person opens."""
    Layout.objects.update_or_create(owner=by, defaults={"columns": " ".join(column.name for column in columns)})
    record(AuditKind.PREFERENCES_CHANGED, by=by, details={"changed": ["columns"]}, at=now)


def view_history(*, by: User, of_team: bool, now: datetime) -> None:
    """Looking at what was searched for is written down."""
    record(AuditKind.SEARCHES_VIEWED, by=by, details={"whose": "the team's" if of_team else "their own"}, at=now)
