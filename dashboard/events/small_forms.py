"""The short forms around events: a name for a search, the columns of lists, a reason for an export."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.core.tickets import TicketField
from dashboard.events.columns import COLUMNS, Column
from dashboard.events.filter_kinds import Unfit, identifier
from dashboard.events.models import Export, Search

_NUL = {"null_characters_not_allowed": gettext_lazy("Remove the NUL characters from this.")}


class SaveSearchForm(forms.Form):
    """A name for a search and who may open it."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("Say what it is for, not whom it is about: others may read it."),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Enter a name for this search."),
            "max_length": gettext_lazy("Shorten the name to 100 characters."),
            **_NUL,
        },
    )
    is_shared = forms.TypedChoiceField(
        label=gettext_lazy("Who may open it"),
        choices=[
            ("yes", gettext_lazy("Everybody who may search")),
            ("no", gettext_lazy("Only you, also by its link")),
        ],
        coerce=lambda typed: typed == "yes",
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose who may open it."),
            "invalid_choice": gettext_lazy("Choose who may open it."),
        },
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, search: Search) -> None:
        initial = {"name": search.name, "is_shared": "no" if search.name and not search.is_shared else "yes"}
        super().__init__(data, initial=initial)


class ColumnsForm(forms.Form):
    """Which columns lists of events have."""

    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Columns"),
        help_text=gettext_lazy("The time always stands first. On a narrow screen some of them leave."),
        choices=[(column.name, column.label) for column in COLUMNS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose at least one column."),
            "invalid_choice": gettext_lazy("Choose columns of the list."),
        },
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, chosen: Sequence[Column]) -> None:
        super().__init__(data, initial={"columns": [column.name for column in chosen]})


class CompareForm(forms.Form):
    """The id of the event to compare with."""

    other = forms.CharField(
        label=gettext_lazy("The other event’s id"),
        help_text=gettext_lazy("Such as 1795333867327.NLOjmg."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": gettext_lazy("Enter the id of an event."),
            "max_length": gettext_lazy("Enter one id: it has at most 64 characters."),
            **_NUL,
        },
    )

    def clean_other(self) -> str:
        try:
            return identifier(_("an event’s id"))(self.cleaned_data["other"])
        except Unfit as unfit:
            raise ValidationError(str(unfit)) from None


class ExportForm(forms.Form):
    """As what the loaded events are taken away, and why."""

    form = forms.ChoiceField(
        label=gettext_lazy("As what"),
        choices=[
            (Export.Form.CSV.value, gettext_lazy("CSV, for spreadsheets: no cell can be a formula")),
            (Export.Form.JSON_LINES.value, gettext_lazy("JSON Lines, for programs: texts as they were sent")),
        ],
        initial=Export.Form.CSV,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose CSV or JSON Lines."),
            "invalid_choice": gettext_lazy("Choose CSV or JSON Lines."),
        },
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("It goes into the audit log."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": "2"}),
        error_messages={
            "required": gettext_lazy("Say why these events are taken away."),
            "max_length": gettext_lazy("Shorten the reason to 500 characters."),
            **_NUL,
        },
    )
    ticket = TicketField()


class RevealForm(forms.Form):
    """Why somebody must see a value that is hidden from their role."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("It goes into the audit log, with your name and what you saw."),
        min_length=4,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": "2"}),
        error_messages={
            "required": gettext_lazy("Say why you must see it."),
            "min_length": gettext_lazy("Say why you must see it, in a word or two."),
            "max_length": gettext_lazy("Shorten the reason to 500 characters."),
            **_NUL,
        },
    )
    ticket = TicketField()
