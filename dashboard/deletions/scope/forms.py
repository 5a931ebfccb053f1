"""What comes in when somebody says which visitors a request covers, or extends its time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from dashboard.core.tickets import KeptField
from dashboard.deletions import laws
from dashboard.deletions.actions import FoundThrough, NewScope
from dashboard.deletions.models import DeletionRequest
from dashboard.deletions.requests.forms import (
    MOST_LINKED_IDS,
    MOST_VISITORS,
    DayField,
    Lines,
    check_kept,
    check_visitor_ids,
    clean_linked_ids,
    split_visitor_ids,
)
from dashboard.deletions.scope.finding import Candidate

_SALT = "inkpad.deletions.candidates"


class ScopeForm(forms.Form):
    """The whole scope as it is to be: chosen candidates, ids typed beside them, the person's ids, and the law."""

    chosen = forms.MultipleChoiceField(label=_("Visitors of the account"), required=False)
    visitor_ids = forms.CharField(
        label=_("Visitor ids"),
        help_text=_("One a line. All of them are approved, or none."),
        widget=Lines(4),
        required=False,
        max_length=65 * MOST_VISITORS,
    )
    linked_ids = forms.CharField(
        label=_("The person’s linked ids"),
        help_text=_("One a line. Save them first to look for their visitors."),
        widget=Lines(2),
        required=False,
        max_length=258 * MOST_LINKED_IDS,
    )
    jurisdiction = forms.ChoiceField(label=_("Law"), choices=laws.choices)
    legal_basis = KeptField(label=_("Legal basis"), required=False, max_length=200)
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Why these visitors. Whoever approves reads it, and it goes into the log."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        error_messages={"required": _("Say why: whoever approves reads it.")},
    )
    scope_hash = forms.RegexField(
        r"\A[0-9a-f]{64}\Z",
        widget=forms.HiddenInput,
        error_messages={"required": _("Open the page again."), "invalid": _("Open the page again.")},
    )
    evidence = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200_000)

    def __init__(self, data: Mapping[str, Any] | None = None, **rest: Any) -> None:
        super().__init__(data, **rest)
        # Only what our own page offered can be chosen: the list comes back signed, with what spoke for each.
        self._found = _read_evidence(data.get("evidence", "")) if data is not None else {}
        self.fields["chosen"].choices = [(each, each) for each in self._found]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, request: DeletionRequest, candidates: list[Candidate]) -> "ScopeForm":
        """The form as the request stands, with what Fingerprint found for its accounts."""
        offered = {each.visitor_id for each in candidates}
        mine = list(request.visitors.order_by("pk").values_list("visitor_id", flat=True))
        form = cls(
            initial={
                "chosen": [each for each in mine if each in offered],
                "visitor_ids": "\n".join(each for each in mine if each not in offered),
                "linked_ids": "\n".join(linked.value for linked in request.linked_ids.order_by("pk")),
                "jurisdiction": request.jurisdiction,
                "legal_basis": request.legal_basis,
                "scope_hash": request.current_scope(),
                "evidence": _sign(candidates),
            }
        )
        form.fields["chosen"].choices = [(each.visitor_id, each.visitor_id) for each in candidates]  # type: ignore[attr-defined]
        return form

    def clean_visitor_ids(self) -> tuple[str, ...]:
        return check_visitor_ids(split_visitor_ids(self.cleaned_data["visitor_ids"]))

    def clean_linked_ids(self) -> tuple[str, ...]:
        return clean_linked_ids(self.cleaned_data["linked_ids"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        check_kept(self, "legal_basis")
        return values

    def to_scope(self) -> NewScope:
        """What was chosen; only after is_valid()."""
        values = self.cleaned_data
        return NewScope(
            visitor_ids=tuple(dict.fromkeys([*values["chosen"], *values["visitor_ids"]])),
            linked_ids=values["linked_ids"],
            jurisdiction=values["jurisdiction"],
            legal_basis=values["legal_basis"],
            found={each: self._found[each] for each in values["chosen"]},
        )


class ExtendForm(forms.Form):
    """The one extension: why, and when the person was told."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Why the answer takes longer, as the person was told."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        error_messages={"required": _("Say why: the law allows it only with a reason.")},
    )
    notice_sent_on = DayField(label=_("The person was told on"))


def candidates_of(form: ScopeForm) -> list[Candidate]:
    """The candidates that came back with a form, so that a page with a fault can show them without asking again."""
    return [
        Candidate(visitor_id, spoke.event_count, spoke.first_at, spoke.last_at)
        for visitor_id, spoke in form._found.items()
        if spoke.first_at and spoke.last_at
    ]


def _sign(candidates: list[Candidate]) -> str:
    rows = [
        [each.visitor_id, each.event_count, each.first_at.isoformat(), each.last_at.isoformat()] for each in candidates
    ]
    return signing.dumps(rows, salt=_SALT, compress=True)


def _read_evidence(signed: str) -> dict[str, FoundThrough]:
    try:
        rows = signing.loads(signed, salt=_SALT, max_age=24 * 60 * 60) if signed else []
    except signing.BadSignature:
        rows = []
    return {
        visitor_id: FoundThrough(
            event_count=count, first_at=datetime.fromisoformat(first), last_at=datetime.fromisoformat(last)
        )
        for visitor_id, count, first, last in rows
    }
