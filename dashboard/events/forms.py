"""What people type to search: one form with every filter of the configured version, and from when to when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.core.times import thousands
from dashboard.events import filters, moments, typed, windows
from dashboard.events.also import MOST_QUESTIONS, NONE, Also, how_many, values_of
from dashboard.events.filter_kinds import HEADINGS, Filter, Kind, Unfit, is_exact_address, score
from fingerprint_integration.domain import EventQuery
from fingerprint_integration.services.reads import Capabilities

_ANY = ("", gettext_lazy("any"))
_CLAIM_CHOICES = (_ANY, ("true", gettext_lazy("yes")), ("false", gettext_lazy("no")))
_LONGEST_INPUT = 4_096
_ATTRS = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
_CHOICE_ERRORS = {"invalid_choice": gettext_lazy("Choose one of the list.")}
_TEXT_ERRORS = {
    "max_length": gettext_lazy("Shorten this: it is far longer than anything Fingerprint can search for."),
    "null_characters_not_allowed": gettext_lazy("Remove the NUL characters from this."),
}
_AROUND = (
    ("15", gettext_lazy("15 minutes before and after")),
    ("60", gettext_lazy("1 hour before and after")),
    ("360", gettext_lazy("6 hours before and after")),
    ("1440", gettext_lazy("1 day before and after")),
)


@dataclass(frozen=True)
class Section:
    """A part of the form: its heading, its fields, and whether it is open because something is set or wrong in it."""

    key: str
    heading: str
    fields: tuple[forms.BoundField, ...]
    is_open: bool
    set_count: int


class EventSearchForm(forms.Form):
    """Every filter of the configured version. What is wrong is said beside the field, before Fingerprint is asked."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        capabilities: Capabilities,
        now: datetime,
        sees_personal: bool,
        query: EventQuery | None = None,
        also: Also = NONE,
        window: windows.Window | None = None,
    ) -> None:
        self._capabilities = capabilities
        self._now = now
        self._sees_personal = sees_personal
        self._typed_problem = ""
        if data is not None and data.get("typed"):
            data = self._with_typed(data)
        super().__init__(data, initial=_initial(query, also, window, sees_personal=sees_personal))
        self._filters = filters.available(capabilities.filters)
        for each in self._filters:
            self.fields[each.name] = _field(each)
        self.fields["reverse"] = forms.ChoiceField(
            label=_("Order"),
            required=False,
            choices=[("", _("newest first")), ("true", _("oldest first"))],
            error_messages=_CHOICE_ERRORS,
        )
        presets = windows.presets(capabilities.retention)
        self.fields["window"] = forms.ChoiceField(
            label=_("From when to when"),
            required=False,
            choices=[*presets, (windows.BETWEEN, _("Dates"))],
            widget=forms.RadioSelect,
            initial=windows.ALL,
            error_messages={"invalid_choice": _("Choose one of the windows.")},
        )
        for name, label in (("start", _("From")), ("end", _("To"))):
            self.fields[name] = _MomentField(label=label)
        self.fields["moment"] = forms.CharField(
            label=_("Around a time"),
            help_text=_("As it stands in a ticket, in any zone: 22 Nov 2026 08:51 +0100."),
            required=False,
            max_length=_LONGEST_INPUT,
            widget=forms.TextInput(attrs=_ATTRS),
            error_messages=_TEXT_ERRORS,
        )
        self.fields["around"] = forms.ChoiceField(
            label=_("How far around"), required=False, choices=_AROUND, initial="60", error_messages=_CHOICE_ERRORS
        )

        self.fields["typed"] = forms.CharField(
            label=_("Or typed as one line"),
            help_text=_("linked:acct_1,acct_2 vpn:yes score:8"),
            required=False,
            max_length=typed.LONGEST,
            widget=forms.TextInput(attrs={**_ATTRS, "list": "filter-words"}),
            error_messages=_TEXT_ERRORS,
        )

    def _with_typed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The fields with those of the typed line put over them; the line itself is kept when it cannot be read."""
        merged = {name: data.get(name) for name in data}
        try:
            fields = typed.read(str(data["typed"])[: typed.LONGEST])
        except typed.NotReadable as unclear:
            self._typed_problem = str(unclear)
            return merged
        if missing := sorted(fields.keys() - self._capabilities.filters):
            self._typed_problem = _("API %(version)s has no filter %(names)s. Leave it out.") % {
                "version": self._capabilities.api_version.value,
                "names": ", ".join(missing),
            }
            return merged
        return merged | fields | {"typed": ""}

    @property
    def filter_words(self) -> tuple[str, ...]:
        """What may stand before a colon in the typed line."""
        return typed.names(self._capabilities.filters)

    @property
    def filter_values(self) -> tuple[str, ...]:
        """What may stand there with its value, where the values are a closed list."""
        return typed.values(self._capabilities.filters)

    @property
    def sections(self) -> Iterator[Section]:
        """The filters under their headings, in the order of the form; a heading without a filter is left out."""
        for group, heading in HEADINGS.items():
            names = [each.name for each in self._filters if each.group is group]
            fields = tuple(self[name] for name in names)
            if fields:
                set_count = sum(1 for field in fields if field.value() not in (None, ""))
                wrong = any(self.errors.get(name) for name in names) if self.is_bound else False
                yield Section(group.value, str(heading), fields, bool(set_count or wrong), set_count)

    @property
    def hides_values(self) -> bool:
        """Tell whether the search this form was filled from has values that this person may not see."""
        return bool(self.initial.get("_hidden"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self._typed_problem:
            self.add_error("typed", self._typed_problem)
        for each in self._filters:
            if each.name in cleaned:
                try:
                    cleaned[each.name] = self._value(each, cleaned[each.name])
                except Unfit as unfit:
                    self.add_error(each.name, str(unfit))
        if not self.errors:
            self._clean_questions(cleaned)
            self._clean_window(cleaned)
        return cleaned

    def _clean_questions(self, cleaned: dict[str, Any]) -> None:
        counts = {each.name: len(cleaned[each.name]) for each in self._filters if _asks_each(each)}
        number = how_many(tuple(counts.values()))
        if number > MOST_QUESTIONS:
            self.add_error(
                max(counts, key=lambda name: counts[name]),
                _(
                    "Shorten this: together with the other lists it makes %(count)s searches, and %(most)s are "
                    "asked at once."
                )
                % {"count": thousands(number), "most": MOST_QUESTIONS},
            )

    def _value(self, each: Filter, given: str) -> Any:
        """What is asked for: one value, or a tuple of those that were typed where several are allowed."""
        if given == "":
            return () if each.is_repeated or each.takes_several else None
        if each.takes_several:
            return self._several(each, given)
        if each.kind is Kind.CLAIM:
            return given == "true"
        if each.kind is Kind.NUMBER:
            return score(given)
        value: Any = int(given) if each.is_whole_number else each.clean(given)
        return (value,) if each.is_repeated else value

    def _several(self, each: Filter, given: str) -> tuple[str, ...]:
        lines = [line.strip() for line in given.splitlines() if line.strip()]
        if len(lines) > MOST_QUESTIONS:
            raise Unfit(
                _("Shorten this to %(most)s values; it has %(count)s. Each value is asked for by itself.")
                % {"most": MOST_QUESTIONS, "count": thousands(len(lines))}
            )
        values = []
        for number, line in enumerate(lines, start=1):
            try:
                values.append(self._one(each, line))
            except Unfit as unfit:
                if len(lines) == 1:
                    raise
                raise Unfit(_("Line %(number)s: %(sentence)s") % {"number": number, "sentence": unfit}) from None
        return tuple(dict.fromkeys(values))

    def _one(self, each: Filter, line: str) -> str:
        value = each.clean(line)
        if each.name == "ip_address" and not self._sees_personal and not is_exact_address(value):
            raise Unfit(_("Enter one whole address: your role may not search for a range."))
        return value

    def _clean_window(self, cleaned: dict[str, Any]) -> None:
        retention = self._capabilities.retention
        asked, start, end = cleaned.get("window"), cleaned.get("start"), cleaned.get("end")
        if cleaned.get("moment"):
            self._clean_moment(cleaned)
            return
        if asked in ("", None):
            asked = windows.BETWEEN if start or end else windows.ALL
        if asked != windows.BETWEEN:
            cleaned["window"] = windows.resolve(asked, now=self._now, retention=retention)
            return
        if not start and not end:
            self.add_error("start", _("Choose when the search begins, when it ends, or both."))
            return
        try:
            cleaned["window"] = windows.between(start, end, now=self._now, retention=retention)
        except windows.NoSuchWindow as impossible:
            self.add_error(impossible.field, str(impossible))

    def _clean_moment(self, cleaned: dict[str, Any]) -> None:
        width = timedelta(minutes=int(cleaned.get("around") or 60))
        try:
            at = moments.read(cleaned["moment"], timezone.get_current_timezone())
            cleaned["window"] = windows.between(
                at - width, min(at + width, self._now), now=self._now, retention=self._capabilities.retention
            )
        except moments.NoSuchMoment as unclear:
            self.add_error("moment", str(unclear))
        except windows.NoSuchWindow as impossible:
            self.add_error("moment", str(impossible))

    def to_query(self) -> EventQuery:
        """The filters that were set, of several values the first, without a window; only of a valid form."""
        chosen: dict[str, Any] = {
            each.name: next(iter(self.cleaned_data[each.name]), None)
            if _asks_each(each)
            else self.cleaned_data[each.name]
            for each in self._filters
        }
        return EventQuery(**chosen, reverse=True if self.cleaned_data["reverse"] == "true" else None)

    @property
    def also(self) -> Also:
        """The further values of filters that have several; only of a valid form."""
        several = {each.name: self.cleaned_data[each.name][1:] for each in self._filters if _asks_each(each)}
        return {name: values for name, values in several.items() if values}

    @property
    def chosen_window(self) -> windows.Window:
        """From when to when; only of a valid form."""
        window: windows.Window = self.cleaned_data["window"]
        return window


def _asks_each(each: Filter) -> bool:
    """Tell whether several values of this filter are several questions; Fingerprint takes lists of some by itself."""
    return each.takes_several and not each.is_repeated


class _MomentField(forms.DateTimeField):
    """A day and time in the person's zone, as a browser's own picker writes it."""

    def __init__(self, *, label: str) -> None:
        picker = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(label=label, required=False, widget=picker)

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            at: datetime | None = super().to_python(value)
            if at is not None and not 2000 <= at.year <= 2200:
                raise ValidationError("year")
        except (ValidationError, OverflowError):
            # Also an hour that a change of clocks leaves out or repeats.
            zone = timezone.get_current_timezone_name()
            raise ValidationError(
                _("Choose a day and a time that exist once in your time zone (%(zone)s).") % {"zone": zone}
            ) from None
        return at


def _field(each: Filter) -> forms.Field:
    if each.kind in (Kind.CLAIM, Kind.CHOICE):
        choices = _CLAIM_CHOICES if each.kind is Kind.CLAIM else (_ANY, *each.choices)
        return forms.ChoiceField(
            label=each.label,
            help_text=each.hint,
            required=False,
            choices=choices,
            error_messages=_CHOICE_ERRORS,
        )
    attrs = dict(_ATTRS)
    if each.placeholder:
        attrs["placeholder"] = each.placeholder
    if each.kind is Kind.NUMBER:
        attrs |= {"inputmode": "decimal"}
    return forms.CharField(
        label=each.label,
        help_text=each.hint,
        required=False,
        max_length=_LONGEST_INPUT,
        widget=forms.Textarea(attrs={**attrs, "rows": "1"}) if each.takes_several else forms.TextInput(attrs=attrs),
        error_messages=_TEXT_ERRORS,
    )


def fields_of(query: EventQuery, also: Also, *, sees_personal: bool) -> dict[str, Any]:
    """The fields that ask for this query, without its window and without what this person may not see."""
    initial = _initial(query, also, None, sees_personal=sees_personal)
    return {name: value for name, value in initial.items() if not name.startswith("_")}


def _initial(
    query: EventQuery | None, also: Also, window: windows.Window | None, *, sees_personal: bool
) -> dict[str, Any]:
    initial: dict[str, Any] = {}
    if query is not None:
        for each in filters.FILTERS:
            value = getattr(query, each.name)
            if value is None or value == ():
                continue
            if each.is_personal and not sees_personal:
                initial["_hidden"] = True
                continue
            if each.takes_several:
                initial[each.name] = "\n".join(values_of(query, also, each.name))
                continue
            value = value[0] if isinstance(value, tuple) else value
            if isinstance(value, bool):
                value = "true" if value else "false"
            initial[each.name] = f"{value:g}" if isinstance(value, float) else value
        initial["reverse"] = "true" if query.reverse else ""
    if window is not None:
        initial["window"] = window.asked
        if window.asked == windows.BETWEEN:
            initial |= {"start": window.start, "end": window.end}
    return initial


class FindVisitorForm(forms.Form):
    """One visitor id."""

    visitor_id = forms.CharField(
        label=gettext_lazy("Visitor id"),
        help_text=gettext_lazy("As it stands in a ticket, an event or a link."),
        max_length=_LONGEST_INPUT,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "Ibk1527CUFmcnjLwIs4A"}
        ),
        error_messages={
            "required": gettext_lazy("Enter a visitor id."),
            "null_characters_not_allowed": gettext_lazy("Remove the NUL characters from this."),
        },
    )

    def clean_visitor_id(self) -> str:
        try:
            return filters.BY_NAME["visitor_id"].clean(self.cleaned_data["visitor_id"])
        except Unfit as unfit:
            raise ValidationError(str(unfit)) from None
