"""What is asked for from Home."""

from django import forms
from django.utils.translation import gettext_lazy as _


class TicketForm(forms.Form):
    """A ticket by its number, with "#" or without."""

    ticket = forms.CharField(
        max_length=64,
        error_messages={
            "required": _("Name a ticket, such as #881."),
            "max_length": _("Name a ticket of at most 64 characters."),
        },
    )

    def clean_ticket(self) -> str:
        number = str(self.cleaned_data["ticket"]).lstrip("#").strip()
        if not number:
            raise forms.ValidationError(_("Name a ticket, such as #881."))
        return number
