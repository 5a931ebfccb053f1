"""What comes in about legal holds."""

import re
import secrets
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dashboard.core.tickets import TicketField
from dashboard.deletions.actions import HoldWish
from dashboard.deletions.requests.forms import DayField, is_visitor_id

_REQUEST = re.compile(r"D-?(\d{1,9})\Z", re.IGNORECASE)
_LONGEST_REVIEW = timedelta(days=366)
_USUAL_REVIEW = timedelta(days=90)


class ReviewForm(forms.Form):
    """A hold still stands; when it is looked at next."""

    review_on = DayField(
        label=_("Look at it again on"), help_text=_("Within a year. Who may lift it is told that day.")
    )
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        error_messages={"required": _("Say why: it goes into the log.")},
    )

    @classmethod
    def empty(cls) -> "ReviewForm":
        """The form to begin with: three months from today."""
        return cls(initial={"review_on": timezone.localdate() + _USUAL_REVIEW})

    def clean_review_on(self) -> date:
        day: date = self.cleaned_data["review_on"]
        today = timezone.localdate()
        if not today < day <= today + _LONGEST_REVIEW:
            raise forms.ValidationError(_("Enter a day after today and within a year."))
        return day


class HoldForm(ReviewForm):
    """What must not be erased for now, and why."""

    held = forms.CharField(
        label=_("What is held"),
        help_text=_("One visitor id, one linked id, or the number of a request such as D-0231."),
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false", "autocomplete": "off"}),
        max_length=256,
        strip=True,
        error_messages={"required": _("Say what is held.")},
    )
    kind = forms.ChoiceField(
        label=_("It is"),
        choices=[("visitor", _("A visitor")), ("linked_id", _("A linked id")), ("request", _("A deletion request"))],
        error_messages={"invalid_choice": _("Choose what it is from the list.")},
    )
    case = TicketField(label=_("Case"), help_text=_("The number of the legal case."))
    form_token = forms.RegexField(r"\A[0-9a-f]{32}\Z", widget=forms.HiddenInput)

    field_order = ("kind", "held", "reason", "case", "review_on", "form_token")

    @classmethod
    def about(cls, *, visitor_id: str = "", number: str = "") -> "HoldForm":
        """The form to begin with, perhaps with the visitor or the request somebody came from."""
        return cls(
            initial={
                "kind": "request" if number else "visitor",
                "held": number or (visitor_id if is_visitor_id(visitor_id) else ""),
                "review_on": timezone.localdate() + _USUAL_REVIEW,
                "form_token": secrets.token_hex(16),
            }
        )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        held, kind = values.get("held", ""), values.get("kind")
        if kind == "visitor" and held and not is_visitor_id(held):
            self.add_error("held", _("A visitor id has 1 to 64 letters, digits, dots, dashes or underscores."))
        if kind == "request" and held and not _REQUEST.match(held):
            self.add_error("held", _("Enter the number of the request, for example D-0231."))
        return values

    def to_wish(self) -> HoldWish:
        """What is to be held; only after is_valid()."""
        values = self.cleaned_data
        match = _REQUEST.match(values["held"]) if values["kind"] == "request" else None
        return HoldWish(
            visitor_id=values["held"] if values["kind"] == "visitor" else "",
            linked_id=values["held"] if values["kind"] == "linked_id" else "",
            request_id=int(match[1]) if match else None,
            reason=values["reason"],
            case=values["case"],
            review_on=values["review_on"],
            form_token=values["form_token"],
        )


class LiftForm(forms.Form):
    """Why a hold ends."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("What was held goes on as it was approved. The log keeps the reason."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        error_messages={"required": _("Say why: what was held can be erased from then on.")},
    )
