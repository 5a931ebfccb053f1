"""What people type to ask what is held about a visitor, and to decide about it."""

import secrets

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboard.core.tickets import TicketField
from dashboard.deletions.disclosure.actions import Question
from dashboard.events.forms import FindVisitorForm


class AccessForm(FindVisitorForm):
    """Whose data, why, and for which ticket."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Who asked, and how you know that it is their device. It goes into the log."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": _("Say why: what is held about somebody is shown for a reason.")},
    )
    ticket = TicketField()
    form_token = forms.RegexField(r"\A[0-9a-f]{32}\Z", widget=forms.HiddenInput)

    @classmethod
    def empty(cls, *, visitor_id: str = "") -> "AccessForm":
        """A form that was not sent yet."""
        return cls(initial={"visitor_id": visitor_id, "form_token": secrets.token_hex(16)})

    def to_question(self) -> Question:
        """What was asked; only of a valid form."""
        data = self.cleaned_data
        return Question(
            visitor_id=data["visitor_id"], reason=data["reason"], ticket=data["ticket"], form_token=data["form_token"]
        )


class AccessDecisionForm(forms.Form):
    """Why an access request is approved or refused."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("What you checked, or why not. It goes into the log."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": _("Say why: the decision stands in the log with its reason.")},
    )
