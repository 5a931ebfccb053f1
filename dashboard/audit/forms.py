"""What somebody wants to see of the log.

The same form reads what was typed (POST) and what stands in the address (GET). An identifying value is only ever typed:
it is turned into the handles under which the log knows it, and only those stand in the address.
"""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dashboard.audit import queries
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry
from dashboard.audit.queries import Aspect, EntryFilter
from dashboard.audit.subjects import SubjectKind

_HANDLE = re.compile(r"[0-9a-f]{32}")
_RECORD = re.compile(r"(?P<letter>[JDHPE])-?(?P<number>\d{1,18})|s-(?P<search>[A-Za-z0-9]{6,16})")
_RECORD_TYPES = {"J": "job", "D": "deletion", "H": "hold", "P": "person", "E": "entry"}
_SOUGHT = (SubjectKind.VISITOR, SubjectKind.EVENT, SubjectKind.LINKED_ID, SubjectKind.ADDRESS)
_EARLIEST = datetime(2000, 1, 2, tzinfo=UTC).date()


class FilterForm(forms.Form):
    """Fields of the address bear the same names as the query string."""

    value = forms.CharField(
        label=_("Visitor, event, linked id or address"),
        required=False,
        max_length=512,
        help_text=_("Whole and exact. It does not go into the address of the page."),
    )
    who = forms.TypedChoiceField(label=_("Who"), required=False, coerce=int, empty_value=None)
    kind = forms.ChoiceField(label=_("What"), required=False)
    outcome = forms.ChoiceField(
        label=_("Outcome"), required=False, choices=[("", _("any")), *AuditEntry.Outcome.choices]
    )
    record = forms.CharField(
        label=_("Record"), required=False, max_length=24, help_text=_("Such as D-0231, J-0421 or s-7Qm2xA.")
    )
    ticket = forms.CharField(label=_("Ticket"), required=False, max_length=64)
    start = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label=_("To, included"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    about = forms.CharField(required=False, max_length=700, widget=forms.HiddenInput)
    batch = forms.CharField(label=_("Batch"), required=False, max_length=32, help_text=_("Such as J-0421."))
    request = forms.CharField(
        label=_("Request"),
        required=False,
        max_length=64,
        help_text=_("All that one request did; such as req_8f3c1d07."),
    )
    look = forms.ChoiceField(
        required=False, choices=[(aspect.value, aspect.name) for aspect in Aspect], widget=forms.HiddenInput
    )

    ADDRESS_FIELDS: ClassVar[tuple[str, ...]] = (
        "look", "who", "kind", "outcome", "record", "ticket", "start", "end", "about", "batch", "request",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = get_user_model()._default_manager.order_by("name", "pk").values_list("pk", "name")
        self.fields["who"].choices = [("", _("anybody")), *people]  # type: ignore[attr-defined]
        kinds = sorted(kind.code for kind in AuditKind)
        self.fields["kind"].choices = [("", _("anything")), *((code, code) for code in kinds)]  # type: ignore[attr-defined]

    def clean_record(self) -> str:
        record = str(self.cleaned_data["record"]).strip()
        if record and not _RECORD.fullmatch(record):
            raise forms.ValidationError(_("Write a record such as D-0231, J-0421 or s-7Qm2xA."))
        return record

    def clean_about(self) -> tuple[str, ...]:
        handles = tuple(handle for handle in str(self.cleaned_data["about"]).split(",") if handle)
        if len(handles) > queries.MOST_HANDLES or not all(_HANDLE.fullmatch(handle) for handle in handles):
            raise forms.ValidationError(_("This filter is not one that Inkpad made."))
        return handles

    def clean_start(self) -> Any:
        return self._clean_day("start")

    def clean_end(self) -> Any:
        return self._clean_day("end")

    def _clean_day(self, name: str) -> Any:
        day = self.cleaned_data[name]
        if day is not None and not _EARLIEST <= day <= timezone.localdate() + timedelta(days=366):
            raise forms.ValidationError(_("Choose a day between the year 2000 and now."))
        return day

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("start") and data.get("end") and data["end"] < data["start"]:
            self.add_error("end", _("Choose a day that is not before the first."))
        if data.get("value") and not self.errors:
            data["about"] = tuple(handle for kind in _SOUGHT for handle in queries.handles_of(kind, data["value"]))[
                : queries.MOST_HANDLES
            ]
            if not data["about"]:
                self.add_error("value", _("Try another value: no entry mentions this one."))
        return data

    def to_filter(self) -> EntryFilter:
        """The filter in the log's own terms; days are those of the active time zone."""
        data = self.cleaned_data
        target_type, target_ref = _record_of(data["record"])
        return EntryFilter(
            aspect=Aspect(data["look"]),
            who=data["who"],
            kind=data["kind"],
            outcome=data["outcome"],
            target_type=target_type,
            target_ref=target_ref,
            about=data["about"],
            ticket=data["ticket"],
            batch=data["batch"],
            request_id=data["request"],
            start=_midnight(data["start"]) if data["start"] else None,
            end=_midnight(data["end"] + timedelta(days=1)) if data["end"] else None,
        )

    def address(self, *, without: str = "", **changes: object) -> dict[str, str]:
        """The fields that stand in the address, as its query: without one of them, or with some changed."""
        values = {name: self.cleaned_data.get(name) for name in self.ADDRESS_FIELDS if name != without}
        values["about"] = ",".join(values.get("about") or ())
        values |= changes
        return {name: str(value) for name, value in values.items() if value not in (None, "")}


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _record_of(record: str) -> tuple[str, str]:
    """(target type, number) of a record as people write it, or two empty texts."""
    match = _RECORD.fullmatch(record)
    if match is None:
        return "", ""
    if match["search"]:
        return "search", match["search"]
    return _RECORD_TYPES[match["letter"]], str(int(match["number"]))
