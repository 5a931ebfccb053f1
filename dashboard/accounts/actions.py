"""Making and changing people. Nobody changes their own roles or shuts themselves out."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import person, record
from dashboard.audit.refusals import Refused
from dashboard.core.access import Perm, Role
from dashboard.core.errors import NotPossible


@transaction.atomic(durable=True)
def add_person(*, email: str, name: str, roles: Iterable[Role], by: User | None, password: str | None = None) -> User:
    """A new member of staff. Without a password they choose one through a link (password_link).

    `by` is None when the command on the server does it. NotPossible when the address is taken.
    """
    if User.objects.filter(email__iexact=email).exists():
        raise NotPossible(_("Somebody with this e-mail address is here already."))
    roles = _in_order(roles)
    added = User.objects.create_user(email=email, name=name, password=password)
    added.groups.set(Group.objects.filter(name__in=roles))
    record(AuditKind.PERSON_CREATED, by=by, target=person(added), details={"roles": list(roles)})
    return added


@transaction.atomic(durable=True)
def change_person(*, person_id: int, name: str, is_active: bool, roles: Iterable[Role], by: User, reason: str) -> None:
    """Writes what differs, each change as an entry of its own; User.DoesNotExist when there is nobody.

    Somebody who may not sign in any more is out with their next request, and stays out when let in again.
    """
    changed = _both_locked(person_id, by)
    roles, before = _in_order(roles), _in_order(changed.roles)
    if changed.pk == by.pk and roles != before:
        raise Refused(
            _("You cannot change your own roles. Ask another administrator."),
            kind=AuditKind.ROLES_CHANGE_REFUSED,
            target=person(changed),
            reason=reason,
        )
    if changed.pk == by.pk and not is_active:
        raise Refused(
            _("You cannot shut yourself out. Ask another administrator."),
            kind=AuditKind.PERSON_CHANGE_REFUSED,
            target=person(changed),
            details={"because": "nobody shuts themselves out"},
            reason=reason,
        )
    words = []
    if name != changed.name:
        words.append("name")
        changed.name = name
    if is_active != changed.is_active:
        words.append("may sign in" if is_active else "may not sign in any more")
        changed.is_active = is_active
        changed.session_epoch += 1
    if words:
        changed.save(update_fields=["name", "is_active", "session_epoch"])
        record(AuditKind.PERSON_CHANGED, by=by, target=person(changed), reason=reason, details={"changed": words})
    if roles != before:
        changed.groups.set(Group.objects.filter(name__in=roles))
        record(
            AuditKind.ROLES_CHANGED,
            by=by,
            target=person(changed),
            reason=reason,
            details={"before": list(before), "after": list(roles)},
        )


@transaction.atomic(durable=True)
def end_sessions(*, person_id: int, by: User) -> None:
    """Signs somebody out everywhere; User.DoesNotExist when there is nobody."""
    changed = _both_locked(person_id, by)
    changed.session_epoch += 1
    changed.save(update_fields=["session_epoch"])
    record(AuditKind.SESSIONS_ENDED, by=by, target=person(changed))


@transaction.atomic(durable=True)
def password_link(*, person_id: int, by: User) -> str:
    """A path that lets its holder choose this person's password, once; User.DoesNotExist when there is nobody.

    It stops working when it was used, when the person signs in, and after settings.PASSWORD_RESET_TIMEOUT.
    Whoever chose a password through it does not approve for a while (tenure.py): `by` may have chosen it.
    """
    wanted = _both_locked(person_id, by)
    if wanted.pk == by.pk:
        raise NotPossible(_("Change your own password under your settings."))
    if not wanted.is_active:
        raise NotPossible(_("Let this person sign in first: a link for somebody who is shut out would lead nowhere."))
    wanted.password_link_at = timezone.now()
    wanted.save(update_fields=["password_link_at"])
    record(AuditKind.PASSWORD_LINK_MADE, by=by, target=person(wanted))
    return reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(wanted), "key": default_token_generator.make_token(wanted)},
    )


@transaction.atomic(durable=True)
def change_preferences(*, theme: str, time_zone: str, shortcuts: bool, mails: bool, by: User) -> None:
    """A person's own settings; nothing is written when nothing differs."""
    asked = {"theme": theme, "time_zone": time_zone, "shortcuts": shortcuts, "mails": mails}
    changed = [name for name, value in asked.items() if getattr(by, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(by, name, asked[name])
    by.save(update_fields=changed)
    record(AuditKind.PREFERENCES_CHANGED, by=by, details={"changed": [_PREFERENCES[name] for name in changed]})


_PREFERENCES = {"theme": "theme", "time_zone": "time zone", "shortcuts": "shortcuts", "mails": "e-mails"}


@transaction.atomic
def note_reset(*, user: User, now: datetime) -> None:
    """A password was chosen through a link, we are not told which: while one of an administrator lives, it was that."""
    changed = User.objects.select_for_update().get(pk=user.pk)
    made = changed.password_link_at
    if made is not None and now - made <= timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT):
        changed.password_by_link_at = now
    changed.password_link_at = None
    changed.save(update_fields=["password_link_at", "password_by_link_at"])
    # Whoever holds the link is not signed in: all we know is whose password it was.
    record(AuditKind.PASSWORD_RESET, by=None, target=person(changed))


def _both_locked(person_id: int, by: User) -> User:
    """The person, held together with who acts, in one order for everybody; and who acts may still do it.

    Without the lock two administrators could take each other's role at the same moment.
    """
    people = {
        each.pk: each for each in User.objects.select_for_update().filter(pk__in={person_id, by.pk}).order_by("pk")
    }
    if person_id not in people:
        raise User.DoesNotExist
    if Perm.MANAGE_PEOPLE not in people[by.pk].perms:
        raise NotPossible(_("You may not manage people any more."), status=403)
    return people[person_id]


def _in_order(roles: Iterable[Role]) -> tuple[Role, ...]:
    wanted = set(roles)
    return tuple(role for role in Role if role in wanted)
