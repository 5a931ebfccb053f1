"""What is drawn: icons, marks, prints, stamps and charts, in one line of a template each."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import lucide as lucide_icons
from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from dashboard.core import charts, maps, marks, meters, prints
from dashboard.core.markup import format_html
from dashboard.core.printable import printable

register = template.Library()


@lru_cache(maxsize=512)
def _icon(name: str, size: int) -> str:
    drawn: str = lucide_icons._render_icon(
        name, size, **{"class": "icon", "stroke-width": "1.75", "aria-hidden": "true", "focusable": "false"}
    )
    return "".join(line.strip() + " " for line in drawn.splitlines()).strip()


@register.simple_tag
def icon(name: str, *, size: int = 15) -> SafeString:
    """A lucide icon for the eye alone; the word stands beside it."""
    return mark_safe(_icon(str(name), size))  # noqa: S308  # drawings of a package; an unknown name raises


@register.simple_tag
def mark(state: str, *, strong: bool = False, size: int = 12) -> SafeString:
    """The mark of a signal's state or of an outcome; always with a word beside it."""
    return marks.mark(str(state), strong=strong, size=size)


@register.filter
def state_of(signal: object) -> str:
    """The mark for a signal of the domain: yes when it speaks, no for any other value, else why there is none."""
    if getattr(signal, "speaks", False):
        return "yes"
    state = str(getattr(getattr(signal, "state", None), "value", "not provided"))
    return "no" if state == "value" else state.replace(" ", "_")


@register.simple_tag
def signal_word(words: str, state: str = "yes", *, strong: bool = False) -> SafeString:
    """Mark and word of a signal in a table; assistive technology hears "strong"."""
    kind = marks.kind_of(str(state), strong=strong)
    heard = format_html('<span class="visually-hidden">, {}</span>', _("strong")) if kind == "strong" else ""
    return format_html(
        '<span class="signal-word {}">{}{}{}</span>',
        f"is-{kind.replace('_', '-')}",
        marks.mark(state, strong=strong, size=9),
        printable(str(words)),
        heard,
    )


@register.inclusion_tag("components/legend.html")
def legend(*, short: bool = False) -> dict[str, Any]:
    """What the marks mean, once above every table and list of signals."""
    return {"short": short}


@register.simple_tag(name="print")
def visitor_print(visitor_id: object, *, size: int = 15) -> SafeString:
    """The visitor's print. Never without the id beside it; an erased visitor has none."""
    if not visitor_id:
        return SafeString("")
    return format_html(
        '<svg class="print" width="{0}" height="{0}" viewBox="0 0 {1} {1}" aria-hidden="true"><path d="{2}"/></svg>',
        size,
        prints.SIDE,
        prints.path(str(visitor_id)),
    )


@register.simple_tag
def stamp(words: str, tone: str = "", *, icon: str = "", mark: str = "") -> SafeString:
    """A status word. `tone`: red, ochre, green, accent, solid (suspect in a head), dashed (not set, erased) or none."""
    drawn = _icon(icon, 13) if icon else marks.mark(mark, size=9) if mark else ""
    return format_html('<span class="stamp {}">{}{}</span>', tone, mark_safe(drawn), printable(str(words)))  # noqa: S308  # our drawings


@register.simple_tag
def strength(level: int, words: str, *, hub: bool = False) -> SafeString:
    """How strong a link is: four bars and the word."""
    return format_html(
        '<span class="strength-words">{} {}</span>', marks.strength(level, is_hub=hub), printable(str(words))
    )


@register.simple_tag
def avatar(name: str, initials: str = "") -> SafeString:
    """A person's initials in a circle; the name stands beside it."""
    letters = initials or "".join(part[0] for part in str(name).split()[:2]).upper()
    return format_html('<span class="avatar" aria-hidden="true">{}</span>', printable(letters))


@register.simple_tag
def histogram(bars: Sequence[charts.Bar], *, title: str, counted: str) -> SafeString:
    """Events over time; see `charts.histogram`."""
    return charts.histogram(bars, title=title, counted=counted)


@register.simple_tag
def days(series: Sequence[charts.Day], *, title: str, counted: str, unasked: bool = False) -> SafeString:
    """One bar a day; see `charts.days`."""
    return charts.days(series, title=title, counted=counted, unasked=unasked)


@register.simple_tag
def velocity(title: str, m5: int | None, h1: int | None, h24: int | None) -> SafeString:
    """Three bars; None is "not provided"."""
    return meters.velocity(title, counts=(m5, h1, h24))


@register.simple_tag(name="map")
def place_map(position: tuple[float, float, int | None], *, words: str) -> SafeString:
    """A place with the circle it is true within; see `maps.place`."""
    latitude, longitude, radius = position
    return maps.place(latitude, longitude, radius, words=printable(words, 120))


@register.simple_tag
def progress_bar(parts: Sequence[meters.Part], total: int, *, label: str = "") -> SafeString:
    """What became of `total` things so far; see `meters.progress_bar`."""
    return meters.progress_bar(parts, total=total, label=label or _("Progress"))


@register.simple_tag
def quota(used: int, limit: int, *, words: str = "") -> SafeString:
    """A small meter with its words."""
    return meters.quota(used, limit, words=words)


@register.simple_tag
def due_line(today: float, due: float, *, received_words: str, due_words: str, extended_words: str = "") -> SafeString:
    """Received, today, due on one line; see `meters.due_line`."""
    return meters.due_line(
        today=today, due=due, received_words=received_words, due_words=due_words, extended_words=extended_words
    )


@register.simple_tag
def share_bar(count: int, highest: int) -> SafeString:
    """The tint behind a top value."""
    return meters.share_bar(count, highest)
