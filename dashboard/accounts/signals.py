"""Sign-ins, failed sign-ins, sign-outs and new passwords become audit entries."""

from collections.abc import Mapping
from typing import Any

from allauth.account import signals as allauth
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.utils import timezone

from dashboard.accounts import actions
from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import Outcome, person, record
from dashboard.audit.subjects import SubjectKind, lookup_of


@receiver(user_logged_in)
def signed_in(user: User, **_: Any) -> None:
    record(AuditKind.SIGNED_IN, by=user)


@receiver(user_logged_out)
def signed_out(user: User | None, **_: Any) -> None:
    if user is not None:
        record(AuditKind.SIGNED_OUT, by=user)


@receiver(user_login_failed)
def sign_in_failed(credentials: Mapping[str, Any], **_: Any) -> None:
    write_failed_sign_in(credentials, because="wrong e-mail or password")


@receiver([allauth.password_changed, allauth.password_set])
def password_changed(user: User, **_: Any) -> None:
    record(AuditKind.PASSWORD_CHANGED, by=user, target=person(user))


@receiver(allauth.password_reset)
def password_reset(user: User, **_: Any) -> None:
    actions.note_reset(user=user, now=timezone.now())


def write_failed_sign_in(credentials: Mapping[str, Any], *, because: str) -> None:
    """Only the keyed hash of what was typed is kept: people type passwords into the wrong field."""
    typed = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
    version, lookup = lookup_of(SubjectKind.STAFF, typed.encode("utf-8", "surrogatepass"))
    details = {"typed": f"{version}:{lookup}", "because": because}
    record(AuditKind.SIGN_IN_FAILED, by=None, outcome=Outcome.FAILED, details=details)
