"""The people who use Inkpad."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property

from dashboard.core.access import Perm, Role, perms_of


def validate_time_zone(value: str) -> None:
    """Refuses what is not an IANA time zone name."""
    if value not in available_timezones():
        raise ValidationError("Choose a time zone such as Europe/Berlin.")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person who may sign in with this e-mail address; no password means none can be used."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A member of staff. What they may do follows from their groups, which are the six roles, and from nothing else."""

    class Theme(models.TextChoices):
        SYSTEM = "system", "As the system"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    email = models.EmailField("work e-mail", unique=True)
    name = models.CharField("name", max_length=100)
    is_active = models.BooleanField("may sign in", default=True)
    groups = models.ManyToManyField(Group, related_name="people", blank=True, through="RoleGrant")
    time_zone = models.CharField("time zone", max_length=64, default="UTC", validators=[validate_time_zone])
    theme = models.CharField("appearance", max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    shortcuts = models.BooleanField("single-key shortcuts", default=True)
    mails = models.BooleanField("e-mails about notices", default=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    # Part of what every session is checked against: counting up ends them all, for good.
    session_epoch = models.PositiveIntegerField(default=0)
    # An administrator made a link for a new password; and since when the password is one that came through such a link.
    password_link_at = models.DateTimeField(null=True)
    password_by_link_at = models.DateTimeField(null=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles this person holds now; groups that are no role give nothing."""
        names = {group.name for group in self.groups.all()}
        return frozenset(role for role in Role if role.value in names)

    @property
    def roles_in_order(self) -> list[Role]:
        """The roles as pages list them."""
        return [role for role in Role if role in self.roles]

    @cached_property
    def perms(self) -> frozenset[Perm]:
        """What this person may do; nothing when deactivated."""
        return perms_of(self.roles) if self.is_active else frozenset()

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """Django ends a session whose hash differs: after a new password, and after session_epoch counted up."""
        value = f"{self.session_epoch}:{self.password}"
        return salted_hmac("inkpad.session", value, secret=secret, algorithm="sha256").hexdigest()

    @property
    def initials(self) -> str:
        words = self.name.split() or [self.email]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


class RoleGrant(models.Model):
    """A role that a person holds, and since when. However a role is given, its moment is kept with it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    group = models.ForeignKey(Group, on_delete=models.CASCADE)
    given_at = models.DateTimeField(default=timezone.now)

    class Meta:
        # The table that the roles always had.
        db_table = "accounts_user_groups"
        unique_together = (("user", "group"),)

    def __str__(self) -> str:
        return f"role {self.group_id} of person {self.user_id}"
