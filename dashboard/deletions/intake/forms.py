"""What comes in when somebody sends a file of wishes."""

import secrets
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dashboard.deletions.intake import reading


class FileForm(forms.Form):
    """One CSV file."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV in UTF-8, at most 10,000 lines and 4 MB. The first line names the columns."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("The file is empty. Choose another."),
            "missing": _("Choose a file."),
            "invalid": _("Choose a file."),
        },
    )
    form_token = forms.RegexField(r"\A[0-9a-f]{32}\Z", widget=forms.HiddenInput)

    @classmethod
    def empty(cls) -> "FileForm":
        return cls(initial={"form_token": secrets.token_hex(16)})

    def clean_file(self) -> list[reading.ReadLine]:
        """Every line of the file, good or with its sentence."""
        sent = self.cleaned_data["file"]
        if sent.size > reading.MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 4 MB. Split it."))
        zone = ZoneInfo(str(timezone.get_current_timezone()))
        try:
            return reading.read_file(sent.read(), zone=zone, now=timezone.now())
        except reading.UnreadableFile as problem:
            raise forms.ValidationError(str(problem)) from None
