"""People for tests."""

from datetime import UTC, datetime
from itertools import count

from django.contrib.auth.models import Group

from dashboard.accounts.models import User
from dashboard.core.access import Role

_numbers = count(1)
PASSWORD = "correct-horse-battery"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def person(*roles: Role | str, email: str = "", role_since: datetime = LONG_AGO, **fields: object) -> User:
    """A person with these roles, held since `role_since`, who can sign in with PASSWORD."""
    number = next(_numbers)
    first_role = Role(roles[0]) if roles else None
    fields.setdefault("name", f"{first_role or 'Nobody'} {number}")
    user = User.objects.create_user(email=email or f"person{number}@example.test", password=PASSWORD, **fields)
    groups = [Group.objects.get_or_create(name=Role(role).value)[0] for role in roles]
    user.groups.set(groups, through_defaults={"given_at": role_since})
    return user
