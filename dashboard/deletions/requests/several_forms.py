"""What comes in when several requests are approved at once."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboard.deletions.actions import Seen

MOST_AT_ONCE = 50
_SEEN = re.compile(r"(\d{1,9}):([0-9a-f]{64})\Z")


class SeveralForm(forms.Form):
    """Requests, each with the scope that was seen, and one reason for all of them."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("What you checked. It stands in the log with each of them."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        error_messages={"required": _("Say why: the decision stands in the log with its reason.")},
    )
    seen = forms.Field(widget=forms.MultipleHiddenInput, required=False, label=_("Requests"))

    def clean_seen(self) -> list[Seen]:
        values: Any = self.cleaned_data["seen"] or []
        matches = [_SEEN.match(str(each)) for each in values]
        if not matches:
            raise forms.ValidationError(_("Tick at least one request."))
        if len(matches) > MOST_AT_ONCE or not all(matches):
            raise forms.ValidationError(_("Open the list again: what it said could not be read."))
        return [Seen(int(match[1]), match[2]) for match in matches if match is not None]

    def to_chosen(self) -> list[Seen]:
        """What was ticked, each once; only after is_valid()."""
        return list(dict.fromkeys(self.cleaned_data["seen"]))
