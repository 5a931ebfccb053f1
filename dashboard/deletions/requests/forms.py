"""What comes in: a wish to delete, and a decision about one."""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dashboard.core import erasure, identifiers
from dashboard.core.tickets import KeptField, TicketField
from dashboard.deletions import laws, queries
from dashboard.deletions.actions import Wish
from dashboard.deletions.models import DeletionRequest

MOST_VISITORS = 500
"""What Fingerprint takes on one day."""
MOST_LINKED_IDS = 100
_LINKED_ID_LENGTH = 256
_VISITOR_ID = re.compile(r"(?!\.+\Z)[A-Za-z0-9_.\-]{1,64}\Z")
OLDEST_RECEIPT = timedelta(days=3 * 366)
VERIFIED = frozenset(
    {
        DeletionRequest.Identity.ACCOUNT.value,
        DeletionRequest.Identity.EMAIL.value,
        DeletionRequest.Identity.PHONE.value,
        DeletionRequest.Identity.DOCUMENT.value,
        DeletionRequest.Identity.AGENT.value,
    }
)
"""Ways of verifying that somebody carried out, who is to be named."""


def is_visitor_id(text: str) -> bool:
    """Whether a text has the form of a visitor id; whether there is such a visitor only Fingerprint knows."""
    return _VISITOR_ID.match(text) is not None


class Lines(forms.Textarea):
    """A field for several values, one a line, in letters that can be told apart."""

    def __init__(self, rows: int) -> None:
        super().__init__(attrs={"rows": rows, "class": "mono", "spellcheck": "false", "autocomplete": "off"})


class DayField(forms.DateField):
    """A calendar day with a picker."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        options.setdefault(
            "error_messages", {"required": _("Enter a day."), "invalid": _("Enter a day, for example 2026-12-31.")}
        )
        super().__init__(**options)


class AskForm(forms.Form):
    """Which visitors, why, and under which law."""

    visitor_ids = forms.CharField(
        label=_("Visitor ids"),
        help_text=_(
            "One a line, up to 500. All of them are approved, or none. Leave empty to choose them for the account."
        ),
        widget=Lines(4),
        required=False,
        max_length=65 * MOST_VISITORS,
    )
    linked_ids = forms.CharField(
        label=_("The person’s linked ids"),
        help_text=_(
            "Account, order or session ids of this person, one a line. Tells others on the device apart, "
            "and is forgotten here at the end. Leave empty when there is none."
        ),
        widget=Lines(2),
        required=False,
        max_length=(_LINKED_ID_LENGTH + 2) * MOST_LINKED_IDS,
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Who wants it and how you know that it is them. The approver and the log see it."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": _("Say why: somebody else decides by it.")},
    )
    jurisdiction = forms.ChoiceField(
        label=_("Law"),
        help_text=_("Sets the due date: GDPR one month, CCPA 45 days, from the day it came in."),
        choices=laws.choices,
        error_messages={"invalid_choice": _("Choose a law from the list.")},
    )
    legal_basis = KeptField(
        label=_("Legal basis"),
        help_text=_("For example: Art. 17(1)(a), no longer needed. Leave empty if you do not know."),
        required=False,
        max_length=200,
    )
    source = forms.ChoiceField(
        label=_("Came by"),
        choices=DeletionRequest.Source.choices,
        error_messages={"invalid_choice": _("Choose how it came in from the list.")},
    )
    received_at = forms.DateTimeField(
        label=_("Came in on"),
        help_text=_("In your time zone. The legal clock starts here."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"],
        error_messages={
            "required": _("Say when it came in."),
            "invalid": _("Enter a day and a time, for example 2026-11-21 09:30."),
        },
    )
    ticket = TicketField()
    identity_method = forms.ChoiceField(
        label=_("Identity"),
        help_text=_("How you know that it is them. No document is kept here."),
        choices=DeletionRequest.Identity.choices,
        required=False,
        error_messages={"invalid_choice": _("Choose how it was verified from the list.")},
    )
    identity_by = KeptField(
        label=_("Verified by"), help_text=_("The name of the colleague who did."), required=False, max_length=100
    )
    form_token = forms.RegexField(r"\A[0-9a-f]{32}\Z", widget=forms.HiddenInput)

    @classmethod
    def empty(cls, *, now: datetime, visitor_ids: Iterable[str] = ()) -> "AskForm":
        """The form to begin with, perhaps with the visitors somebody came from."""
        return cls(
            initial={
                "visitor_ids": "\n".join(filter(is_visitor_id, dict.fromkeys(visitor_ids))),
                "received_at": now.astimezone(timezone.get_current_timezone()).replace(second=0, microsecond=0),
                "form_token": secrets.token_hex(16),
            }
        )

    @classmethod
    def again(cls, before: DeletionRequest, *, visitor_ids: Iterable[str]) -> "AskForm":
        """The form filled as this request was asked, for these visitors of it."""
        received_at = before.received_at.astimezone(timezone.get_current_timezone())
        return cls(
            initial={
                "visitor_ids": "\n".join(visitor_ids),
                "linked_ids": "\n".join(linked.value for linked in before.linked_ids.order_by("pk")),
                "received_at": received_at.replace(second=0, microsecond=0),
                "form_token": secrets.token_hex(16),
                **{
                    name: getattr(before, name)
                    for name in (
                        *("reason", "jurisdiction", "legal_basis", "source", "ticket"),
                        *("identity_method", "identity_by"),
                    )
                },
            }
        )

    def clean_visitor_ids(self) -> tuple[str, ...]:
        return check_visitor_ids(split_visitor_ids(self.cleaned_data["visitor_ids"]))

    def clean_linked_ids(self) -> tuple[str, ...]:
        return clean_linked_ids(self.cleaned_data["linked_ids"])

    def clean_identity_method(self) -> str:
        return self.cleaned_data["identity_method"] or DeletionRequest.Identity.NOT_YET.value

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if "visitor_ids" in values and "linked_ids" in values and not values["visitor_ids"] + values["linked_ids"]:
            self.add_error("visitor_ids", _("Enter at least one visitor id, or a linked id to find them by."))
        if values.get("identity_method") in VERIFIED and not values.get("identity_by"):
            self.add_error("identity_by", _("Say who verified it."))
        check_kept(self, "legal_basis", "identity_by", "ticket")
        if values.get("visitor_ids"):
            # A form sent twice meets its own request, which is no reason to complain.
            token, ticket = values.get("form_token", ""), values.get("ticket", "")
            for sentence in queries.taken(values["visitor_ids"], ticket=ticket, form_token=token, now=timezone.now()):
                self.add_error("visitor_ids", sentence)
        return values

    def clean_received_at(self) -> datetime:
        received: datetime = self.cleaned_data["received_at"]
        now = timezone.now()
        if received > now + timedelta(minutes=1):
            raise forms.ValidationError(_("Enter a time that has passed; this one is in the future."))
        if received < now - OLDEST_RECEIPT:
            raise forms.ValidationError(_("Look at the year: this is more than three years ago."))
        return received

    def to_wish(self) -> Wish:
        """What was asked for; only after is_valid()."""
        values: dict[str, Any] = self.cleaned_data
        return Wish(
            visitor_ids=values["visitor_ids"],
            linked_ids=values["linked_ids"],
            reason=values["reason"],
            ticket=values["ticket"],
            source=values["source"],
            jurisdiction=values["jurisdiction"],
            legal_basis=values["legal_basis"],
            received_at=values["received_at"],
            zone=str(timezone.get_current_timezone()),
            form_token=values["form_token"],
            identity_method=values["identity_method"],
            identity_by=values["identity_by"],
        )


class DecisionForm(forms.Form):
    """Why a request is approved or refused, and the scope that the page showed."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("What you checked, or why not. It goes into the log."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": _("Say why: the decision stands in the log with its reason.")},
    )
    scope_hash = forms.RegexField(
        r"\A[0-9a-f]{64}\Z",
        widget=forms.HiddenInput,
        error_messages={
            "required": _("Open the page again: it did not say which scope you saw."),
            "invalid": _("Open the page again: it did not say which scope you saw."),
        },
    )


class PauseForm(forms.Form):
    """Why all deletions stop, or may go on."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Everybody who works with deletions sees it, and it goes into the log."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": _("Say why: others wait for these deletions.")},
    )


def check_kept(form: forms.Form, *names: str) -> None:
    """Adds an error to each of these fields that repeats a visitor or an account of the form: they are never erased."""
    values = form.cleaned_data
    ids = erasure.names_in_text([*values.get("visitor_ids", ()), *values.get("linked_ids", ())])
    for name in names:
        if any(each in values.get(name, "") for each in ids):
            form.add_error(name, _("Leave out the ids of who is erased: what stands here is never erased."))


def split_visitor_ids(text: str) -> tuple[str, ...]:
    """Ids as they were typed, between blanks, commas or line ends, each once."""
    return _values(re.split(r"[\s,;]+", text))


def check_visitor_ids(found: tuple[str, ...]) -> tuple[str, ...]:
    """The same, or ValidationError with a sentence for one that cannot be a visitor id, or for too many."""
    malformed = [each for each in found if not is_visitor_id(each)]
    if malformed:
        raise forms.ValidationError(
            _("Look at “%(first)s”: a visitor id has 1 to 64 letters, digits, dots, dashes or underscores."),
            params={"first": malformed[0][:80]},
        )
    events = [each for each in found if identifiers.EVENT.fullmatch(each)]
    if events:
        raise forms.ValidationError(
            _("“%(first)s” is an event id. Open the event and ask for its visitor from there."),
            params={"first": events[0]},
        )
    if len(found) > MOST_VISITORS:
        raise forms.ValidationError(
            _("Ask for at most %(most)s visitors at once; these are %(count)s."),
            params={"most": MOST_VISITORS, "count": len(found)},
        )
    return found


def clean_linked_ids(text: str) -> tuple[str, ...]:
    """Linked ids as they were typed, one a line, each once; ValidationError with a sentence."""
    found = _values(text.splitlines())
    if len(found) > MOST_LINKED_IDS:
        raise forms.ValidationError(
            _("Enter at most %(most)s linked ids; these are %(count)s."),
            params={"most": MOST_LINKED_IDS, "count": len(found)},
        )
    for each in found:
        check_linked_id(each)
    return found


def check_linked_id(each: str) -> None:
    """ValidationError with a sentence when this cannot be a linked id."""
    if len(each) > _LINKED_ID_LENGTH:
        raise forms.ValidationError(
            _("A linked id has at most %(most)s characters; “%(start)s…” has %(count)s."),
            params={"most": _LINKED_ID_LENGTH, "start": each[:20], "count": len(each)},
        )
    if any(unicodedata.category(character) == "Cs" for character in each):
        raise forms.ValidationError(_("Type the linked ids again: one of them holds half a character."))


def _values(pieces: list[str]) -> tuple[str, ...]:
    """What was typed without blanks around it, each once, in the order it was typed."""
    return tuple(dict.fromkeys(stripped for piece in pieces if (stripped := piece.strip())))
