# ruff: noqa: A002  (id and open are the words of HTML)
"""The tags of `inkpad` that wrap a block of content: each renders one template of components/ around it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import slugify

from dashboard.core.printable import printable as make_printable

register = template.Library()

_ALERT_ICONS = {
    "red": "circle-alert",
    "ochre": "triangle-alert",
    "green": "circle-check",
    "accent": "info",
    "plain": "info",
}


def _component(name: str, content: str, **inputs: Any) -> SafeString:
    shown = {key: make_printable(value) if isinstance(value, str) else value for key, value in inputs.items()}
    return SafeString(render_to_string(f"components/{name}.html", {**shown, "content": content}))


@register.simple_block_tag
def section(content: str, title: str, *, note: str = "", id: str = "") -> SafeString:
    """A section of a ledger: its title and a line about it in the margin."""
    return _component("section", content, title=title, note=note, id=id or slugify(title))


@register.simple_block_tag
def panel(content: str, title: str, *, id: str = "", link_url: str = "", link_label: str = "") -> SafeString:
    """A part of the rail."""
    return _component(
        "panel", content, title=title, id=id or f"rail-{slugify(title)}", link_url=link_url, link_label=link_label
    )


@register.simple_block_tag
def alert(
    content: str,
    tone: str = "plain",
    *,
    title: str = "",
    icon: str = "",
    small: str = "",
    id: str = "",
    action_url: str = "",
    action_label: str = "",
) -> SafeString:
    """What happened, to whom it matters, what goes on working. `tone`: red, ochre, green, accent, plain."""
    return _component(
        "alert",
        content,
        tone=tone,
        title=title,
        icon=icon or _ALERT_ICONS.get(tone, "info"),
        small=small,
        id=id,
        action_url=action_url,
        action_label=action_label,
    )


@register.simple_block_tag
def facts(content: str) -> SafeString:
    """The box that says what we know about a visitor; holds `fact` rows."""
    return _component("facts", content)


@register.simple_block_tag
def fact(content: str, tone: str, icon: str, claim: str, *, url: str = "", label: str = "") -> SafeString:
    """One fact: a bold claim, what it means, and where to read on."""
    return _component("fact", content, tone=tone, icon=icon, claim=claim, url=url, label=label)


@register.simple_block_tag
def fold(
    content: str, title: str, *, counts: str | Sequence[tuple[str, str]] = "", open: bool = False, id: str = ""
) -> SafeString:
    """A part that opens in place. `counts` says what is inside: words, or (words, tone) pairs."""
    given = [(counts, "")] if isinstance(counts, str) else counts
    pairs = [(make_printable(str(words)), tone) for words, tone in given if words]
    return _component("fold", content, title=title, counts=pairs, open=open, id=id)


@register.simple_block_tag
def row(content: str, label: str) -> SafeString:
    """A label and its value inside `<dl class="rows">`."""
    return _component("row", content, label=label)


@register.simple_block_tag
def answer(content: str, label: str, *, under: str = "") -> SafeString:
    """A label, an answer and its evidence, inside `<dl class="strip">` or `<dl class="answers">`."""
    return _component("answer", content, label=label, under=under)


@register.simple_block_tag
def activity(content: str, who: str, at: datetime | None = None, *, initials: str = "") -> SafeString:
    """Who did what and when, inside `<ol class="activity">`."""
    return _component("activity", content, who=who, at=at, initials=initials)


@register.simple_block_tag
def claim(content: str, *, title: str, state: str = "yes", strong: bool = False, source: str = "") -> SafeString:
    """A signal as a claim in plain words with its evidence, inside `<ul class="claims">`."""
    return _component("claim", content, title=title, state=state, strong=strong, source=source)


@register.simple_block_tag
def dialog(content: str, id: str, title: str) -> SafeString:
    """A question over the page; what opens it is a link to the same question as a page."""
    return _component("dialog", content, id=id, title=title)


@register.simple_block_tag
def menu(content: str, label: str, *, icon: str = "", align: str = "end", kind: str = "") -> SafeString:
    """A button that unfolds a list of acts."""
    return _component("menu", content, label=label, icon=icon, align=align, kind=kind)


@register.simple_block_tag
def empty(content: str, title: str, *, icon: str = "search") -> SafeString:
    """Nothing found, by a source that did answer: what was searched and the next step."""
    return _component("empty", content, title=title, icon=icon)


@register.simple_block_tag
def segments(content: str, label: str) -> SafeString:
    """A choice of one, built of links or radios."""
    return _component("segments", content, label=label)


@register.simple_block_tag
def two_people(
    content: str,
    asked_by: str,
    asked_at: datetime,
    *,
    asked_initials: str = "",
    decided_by: str = "",
    decided_at: datetime | None = None,
    decided_word: str = "",
    decided_initials: str = "",
    approver: str = "",
    approver_note: str = "",
) -> SafeString:
    """Who asked and who decides; the content is the form to decide, or why this person cannot."""
    return _component(
        "two_people",
        content,
        asked_by=asked_by,
        asked_at=asked_at,
        asked_initials=asked_initials,
        decided_by=decided_by,
        decided_at=decided_at,
        decided_word=decided_word,
        decided_initials=decided_initials,
        approver=approver,
        approver_note=approver_note,
    )
