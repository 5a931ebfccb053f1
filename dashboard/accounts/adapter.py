"""How allauth behaves here: nobody signs up, people are made by an administrator."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dashboard.accounts.models import User
from dashboard.accounts.signals import write_failed_sign_in
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import person, record

_SAID_BY_THE_PAGE = ("account/messages/logged_in.txt", "account/messages/logged_out.txt")


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth's decisions, where Inkpad decides otherwise."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        # One sentence for a wrong address and a wrong password: neither may be tried out.
        "email_password_mismatch": _("This address and this password do not belong together. Check both."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt before the password is looked at; too many of them are refused, and written down."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            write_failed_sign_in(credentials, because="too many attempts")
            raise

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether this is the password of who is signed in; being right is written down here, being wrong by Django's
        signal. allauth would look for addresses in a table of its own that Inkpad does not keep."""
        context_user = self.authenticate(context.request, email=user.email, password=password)
        is_right = context_user is not None and context_user.pk == user.pk
        if is_right:
            record(AuditKind.PASSWORD_GIVEN_AGAIN, by=user)
        return is_right

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        super().send_password_reset_mail(user, email, context)
        record(AuditKind.PASSWORD_RESET_ASKED, by=None, target=person(user))

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *more: Any, **named: Any
    ) -> None:
        """Arriving and leaving need no message: the page itself shows it."""
        if message_template not in _SAID_BY_THE_PAGE:
            super().add_message(request, level, message_template, *more, **named)
