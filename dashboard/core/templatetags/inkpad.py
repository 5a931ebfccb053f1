"""The words of Inkpad's templates, all in one library: settings make it a built-in of every template.

Here stand times, numbers and forms; drawings, text from outside and the tags that wrap a block have files of their own.
Everything escapes and makes printable what it is given.
"""

from datetime import UTC, date, datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.forms.forms import BaseForm
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.core import times
from dashboard.core.markup import format_html
from dashboard.core.templatetags import blocks, drawings, outside
from dashboard.core.templatetags.outside import absent

register = template.Library()
for library in (blocks, drawings, outside):
    register.tags.update(library.register.tags)
    register.filters.update(library.register.filters)


# -- Times and numbers ------------------------------------------------------------------------------------------


@register.simple_tag
def when(at: datetime | None, form: str = "moment", *, now: datetime | None = None, none: str = "") -> SafeString:
    """A moment in the active time zone, as `<time>` with UTC in `datetime` and title.

    `form`: moment, said (the same within a sentence), full, ms, day, date, clock, minute, relative, both, utc,
    full_utc. `None` becomes the `none` word.
    """
    if at is None:
        return absent(none or _("never"))
    zone = timezone.get_current_timezone()
    now = now or timezone.now()
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    words = {
        "moment": lambda: times.moment(local, today),
        "said": lambda: times.said(local, today),
        "full": lambda: times.full(local),
        "ms": lambda: times.milliseconds(local),
        "day": lambda: times.near_date(local.date(), today),
        "date": lambda: times.whole_date(local.date()),
        "clock": lambda: times.clock(local),
        "minute": lambda: times.minute(local),
        "relative": lambda: times.relative(at, now),
        "both": lambda: f"{times.moment(local, today)} · {times.relative(at, now)}",
        "utc": lambda: times.utc_clock(at),
        "full_utc": lambda: times.utc_full(at),
    }[form]()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        times.utc_full(at),
        words,
    )


@register.simple_tag
def zone(form: str = "name") -> str:
    """The active time zone: `Berlin`, with "offset" `UTC+1`, with "both" `Berlin, UTC+1`."""
    current = timezone.get_current_timezone()
    name, offset = times.zone_name(current), times.zone_offset(current, timezone.now())
    if form == "both":
        return name if name == offset else f"{name}, {offset}"
    return offset if form == "offset" else name


@register.simple_tag(name="clock")
def person_clock() -> SafeString:
    """The person's clock with UTC beside it; the page's script keeps it going."""
    current, now = timezone.get_current_timezone(), timezone.now()
    local = format_html("<b>{}</b> {}", times.minute(now.astimezone(current)), times.zone_name(current))
    beside = "" if str(current) == "UTC" else f" · {times.minute(now.astimezone(UTC))} UTC"
    return format_html('<span class="clock" data-clock="{}">{}{}</span>', str(current), local, beside)


@register.simple_tag
def now_full() -> SafeString:
    """This moment in the person's zone and in UTC, for what is printed."""
    now = timezone.now()
    return format_html("{} ({})", when(now, "full"), times.utc_full(now))


@register.filter
def whole_day(day: date) -> str:
    """A calendar day that belongs to no zone: `Sun 22 Nov 2026`."""
    return times.whole_date(day)


@register.filter
def thousands(number: int | None) -> str:
    """`1,214`."""
    return "" if number is None else times.thousands(number)


@register.filter
def capped(number: int, cap: int) -> str:
    """`1,000+` from the number on where the source stops counting."""
    return times.capped(number, cap)


@register.simple_tag
def erased(*, at: datetime | None = None) -> SafeString:
    """Stands where a value was before its person was forgotten."""
    when_it_went = format_html(" {}", when(at, "date")) if at else ""
    return format_html('<span class="stamp dashed">{}</span>{}', _("erased"), when_it_went)


# -- Forms ------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField, *, label: str = "", hint: str = "", hide_label: bool = False, wide: bool = False
) -> dict[str, Any]:
    """A form field with label, hint, and its error above it, tied together for assistive technology."""
    kind = getattr(bound.field.widget, "input_type", "") or type(bound.field.widget).__name__.lower()
    hint = hint or str(bound.help_text)
    ids = [
        name for name, wanted in ((f"{bound.auto_id}_hint", hint), (f"{bound.auto_id}_error", bound.errors)) if wanted
    ]
    attrs: dict[str, str | bool] = {"aria-describedby": " ".join(ids)} if ids else {}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    is_group = bound.use_fieldset
    return {
        "field": bound,
        "label": label or bound.label,
        "hint": hint,
        "hide_label": hide_label,
        "wide": wide,
        "kind": kind,
        "is_group": is_group,
        "control": bound.as_widget(attrs=attrs),
    }


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: BaseForm, *, focus: bool = True) -> dict[str, Any]:
    """The summary on top of a form that came back: what to do, with a link to each field."""
    return {"form": form, "focus": focus}


@register.inclusion_tag("components/post_link.html", takes_context=True)
def post_link(
    context: template.Context,
    url: str,
    label: str,
    *,
    icon: str = "",
    kind: str = "",
    name: str = "",
    value: object = "",
    busy: str = "",
) -> dict[str, Any]:
    """A form with one button, for an act that needs no further word. `kind` "link" looks like a link."""
    return {
        "csrf_token": context.get("csrf_token"),
        "url": url,
        "label": label,
        "icon": icon,
        "kind": kind,
        "name": name,
        "value": value,
        "busy": busy,
    }
