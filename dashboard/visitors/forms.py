"""What people type about a visitor."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dashboard.accounts.models import User
from dashboard.core.tickets import TicketField

LONGEST_NOTE = 4_000


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A colleague, by name and roles."""

    def label_from_instance(self, person: User) -> str:
        return f"{person.name} ({', '.join(person.roles_in_order)})"


class NoteForm(forms.Form):
    """A note and the ticket it belongs to."""

    text = forms.CharField(
        label=_("Note"),
        help_text=_(
            "Everybody who may open this visitor reads it as you type it, also colleagues who see addresses and "
            "accounts masked."
        ),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write something: an empty note says nothing.")},
    )
    ticket = TicketField(instead=_("the note"))


class HandOverForm(forms.Form):
    """Who is to look after a visitor, and what they should know."""

    to = PersonField(
        label=_("To"),
        queryset=User.objects.none(),
        empty_label=_("Choose a person"),
        error_messages={
            "required": _("Choose who is to look after this visitor."),
            "invalid_choice": _("Choose one of the list: this person may not open visitors."),
        },
    )
    text = forms.CharField(
        label=_("What they should know"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say what is to be done: your colleague sees this first.")},
    )
    ticket = TicketField(instead=_("the text above"))

    def __init__(self, data: Mapping[str, Any] | None = None, *, people: QuerySet[User]) -> None:
        super().__init__(data)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]


class FollowForm(forms.Form):
    """Why somebody follows a visitor, for themselves."""

    text = forms.CharField(
        label=_("Why"),
        help_text=_("Optional. You read it in your list, and it goes into the audit log."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class AnswerForm(forms.Form):
    """What somebody says who returns or closes what was handed to them."""

    text = forms.CharField(
        label=_("Your answer"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why you return it.")},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, is_needed: bool) -> None:
        super().__init__(data)
        self.fields["text"].required = is_needed


class LinkExportForm(forms.Form):
    """Why a list of linked visitors is taken away."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("It goes into the audit log."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why this list is taken away.")},
    )
    ticket = TicketField()
