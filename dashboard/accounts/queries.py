"""Reading about people, for the pages about people."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from dashboard.accounts import tenure
from dashboard.accounts.models import RoleGrant, User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import record
from dashboard.core.access import PERMS_OF, Perm, Role

_APPROVING = {Perm.DECIDE_DELETIONS, Perm.CONTROL_ANY_JOB}


@dataclass(frozen=True)
class HeldRole:
    """A role, since when somebody holds it, and from when on they approve with it (None for one that never does)."""

    role: Role
    since: datetime
    approves_from: datetime | None


def everybody() -> QuerySet[User]:
    """All people, those who may sign in first, by name, with their groups."""
    return User.objects.prefetch_related("groups").order_by("-is_active", "name", "pk")


def read_list(*, by: User) -> list[User]:
    """Everybody, for `by`; looking is written down."""
    people = list(everybody())
    record(AuditKind.PEOPLE_VIEWED, by=by)
    return people


def get_person(person_id: int) -> User:
    """One person; User.DoesNotExist when there is nobody."""
    return User.objects.get(pk=person_id)


def held_roles(person: User) -> list[HeldRole]:
    """The roles of a person with their moments, in the order of pages."""
    given = dict(RoleGrant.objects.filter(user=person).values_list("group__name", "given_at"))
    return [
        HeldRole(role, since, tenure.seasoned_at(person, since) if PERMS_OF[role] & _APPROVING else None)
        for role in Role
        if (since := given.get(role.value)) is not None
    ]
