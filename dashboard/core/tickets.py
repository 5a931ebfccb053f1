"""Short texts that outlive an erasure: the ticket that something is done for, and what else is kept for good.

They stand in plain text in the audit log or on a certificate and are never erased there, so they name no person.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.core import identifiers
from dashboard.core.identifiers import Form

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

LONGEST_TICKET = 64
_LONGEST_KEPT = 256
_WORDS = {
    Form.EVENT: gettext_lazy("an event id"),
    Form.VISITOR: gettext_lazy("a visitor id"),
    Form.ADDRESS: gettext_lazy("an address"),
    Form.RANGE: gettext_lazy("an address range"),
    Form.EMAIL: gettext_lazy("an e-mail address"),
}


def why_not_kept(text: str, *, instead: "str | StrPromise" = "") -> str:
    """The sentence why this text cannot be kept for good, "" when it can; `instead` says where to write it.

    Its length is for others to judge.
    """
    found = identifiers.first_within(text[:_LONGEST_KEPT])
    if found is None:
        return ""
    words = _(
        "This holds what looks like %(what)s. Write it into %(instead)s instead: what stands here is never erased."
    )
    return words % {"what": _WORDS[found], "instead": instead or _("the reason")}


class KeptField(forms.CharField):
    """A short text that outlives an erasure; what looks like an identifier of a person is refused.

    `instead` names the field of the form that such a thing belongs into.
    """

    def __init__(self, *, instead: "str | StrPromise" = "", **options: Any) -> None:
        self.instead = instead
        super().__init__(**options)

    def clean(self, value: Any) -> str:
        """The text as it was typed, without blanks around it."""
        text: str = super().clean(value)
        if sentence := why_not_kept(text, instead=self.instead):
            raise forms.ValidationError(sentence)
        return text


class TicketField(KeptField):
    """A ticket or case, which may be left empty."""

    def __init__(self, *, instead: "str | StrPromise" = "", **options: Any) -> None:
        super().__init__(
            **{
                "label": gettext_lazy("Ticket"),
                "help_text": gettext_lazy("Optional, such as #881."),
                "required": False,
                "max_length": LONGEST_TICKET,
                "widget": forms.TextInput(attrs={"autocomplete": "off"}),
                "error_messages": {
                    "max_length": gettext_lazy("Shorten this to 64 characters."),
                    "null_characters_not_allowed": gettext_lazy("Remove the NUL characters from this."),
                },
                **options,
                "instead": instead,
            }
        )
