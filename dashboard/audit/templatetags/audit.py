"""Entries of the audit log in templates."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.audit.sentences import Line, Part

register = template.Library()


@register.simple_tag
def sentence(line: Line, *, without_actor: bool = False) -> SafeString:
    """The sentence of an entry, escaped, with its links; `without_actor` where the name stands before it already."""
    return _joined(line.without_actor if without_actor else line.parts)


@register.simple_tag
def reason(line: Line) -> SafeString:
    """The reason of an entry in quotation marks, or nothing."""
    if line.reason is None:
        return SafeString("")
    if line.reason.style == "quote":
        return format_html("“<bdi>{}</bdi>”", line.reason.text)
    return _drawn(line.reason)


@register.simple_tag
def part(shown: Part) -> SafeString:
    """One piece of a sentence on its own: a personal value in the list of an entry's values."""
    return _drawn(shown)


def _joined(parts: Iterable[Part]) -> SafeString:
    return format_html_join("", "{}", ((_drawn(part),) for part in parts))


def _drawn(part: Part) -> SafeString:
    if part.style == "erased":
        return format_html('<span class="stamp dashed">{}</span>', part.text)
    if part.style == "masked":
        return format_html('<span class="mono masked" title="You may not see this value">{}</span>', part.text)
    if part.style == "plain" and not part.url:
        return format_html("{}", part.text)
    css = {"id": "mono", "name": "strong", "quote": "quote", "plain": ""}[part.style]
    title = format_html(' title="{}"', part.whole) if part.whole and part.whole != part.text else ""
    if part.url:
        return format_html('<a class="{}" href="{}"{}>{}</a>', css, part.url, title, part.text)
    return format_html('<bdi class="{}"{}>{}</bdi>', css, title, part.text)
