"""What people type about a visitor, and the files they attach."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dashboard.accounts.models import User
from dashboard.core.tickets import TicketField
from dashboard.visitors import files
from dashboard.visitors.models import NoteFile

LONGEST_NOTE = 4_000


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A colleague, by name and roles."""

    def label_from_instance(self, person: User) -> str:
        return f"{person.name} ({', '.join(person.roles_in_order)})"


class FilesInput(forms.FileInput):
    """A choice of several files; what was chosen comes as a list."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        return files.getlist(name) if hasattr(files, "getlist") else []


class NoteForm(forms.Form):
    """A note, the ticket it belongs to, and files. `refused_because` says for the log why files were not taken."""

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
    attached = forms.Field(
        label=_("Files"),
        required=False,
        widget=FilesInput(attrs={"multiple": True, "accept": ".png,.jpg,.jpeg,.pdf,.txt,.csv,.json,.log"}),
    )
    refused_because = ""

    def __init__(self, *args: Any, was_too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._was_too_large = was_too_large
        self._limits = {"n": settings.NOTE_FILES, "mb": settings.NOTE_FILE_MB}
        if not settings.NOTE_FILES:
            del self.fields["attached"]
            return
        self.fields["attached"].help_text = gettext(
            "Only what is about this visitor: a file goes when this visitor is erased, and what a picture or a PDF "
            "says of somebody else is not found. At most %(n)s: PNG, JPEG, PDF or text (CSV, JSON), each up to "
            "%(mb)s MB."
        )
        self.fields["attached"].help_text %= self._limits

    def clean_attached(self) -> list[files.SentFile]:
        """Every file that was sent, or a sentence for each that cannot be taken."""
        sent: list[Any] = self.cleaned_data["attached"] or []
        faults: list[files.UnfitFile] = []
        if len(sent) > settings.NOTE_FILES:
            words = gettext("A note has at most %(n)s files. Write a second note for the others.") % self._limits
            faults.append(files.UnfitFile(words, "there were too many files"))
            sent = []
        read = []
        for each in sent:
            try:
                if (each.size or 0) > settings.NOTE_FILE_MB * 1024 * 1024:
                    words = gettext("“%(name)s” is larger than %(mb)s MB.") % {
                        **self._limits,
                        "name": files.clean_name(each.name or ""),
                    }
                    raise files.UnfitFile(words, "a file was too large")
                read.append(files.read(each.name or "", each.read()))
            except files.UnfitFile as fault:
                faults.append(fault)
        if self._was_too_large:
            words = gettext("A file is larger than %(mb)s MB, or all together are too large.") % self._limits
            faults.append(files.UnfitFile(words, "a file was too large"))
        if faults:
            self.refused_because = ", ".join(dict.fromkeys(fault.because for fault in faults))
            raise forms.ValidationError([fault.sentence for fault in faults])
        return read

    def say_files_are_lost(self) -> None:
        """When the form comes back: a browser sends files once, so they have to be chosen again."""
        if self.files and not self.has_error("attached"):
            self.add_error("attached", gettext("Nothing was kept of the files. Choose them again."))


class NoteChangeForm(NoteForm):
    """A note that stands already: its files can be taken off, and others attached."""

    taken_off = forms.MultipleChoiceField(
        label=_("Take files off"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, standing: Sequence[NoteFile], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["taken_off"].choices = [  # type: ignore[attr-defined]
            (str(each.pk), each.name or gettext("erased file")) for each in standing
        ]
        if not standing:
            del self.fields["taken_off"]

    def clean(self) -> dict[str, Any]:
        """Not more files than a note may have, with those that stay."""
        cleaned = super().clean() or self.cleaned_data
        field = self.fields.get("taken_off")
        stay = len(field.choices) - len(cleaned.get("taken_off", ())) if field else 0  # type: ignore[attr-defined]
        new = cleaned.get("attached") or []
        if new and stay + len(new) > settings.NOTE_FILES:
            self.refused_because = "there were too many files"
            words = gettext("A note has at most %(n)s files. Take some off or write a second note.")
            self.add_error("attached", words % self._limits)
        return cleaned


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
