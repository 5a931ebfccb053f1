"""Rows of events and top values, drawn in one go: including a template for each of 900 cells takes twice as long.

Everything from outside passes the same functions as in templates: printable, escaped, isolated, masked before it came.
"""

from collections.abc import Callable, Sequence
from html import escape
from typing import Final

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.markup import format_html, format_html_join
from dashboard.core.meters import share_bar
from dashboard.core.printable import printable
from dashboard.core.templatetags.drawings import icon, signal_word
from dashboard.core.templatetags.inkpad import thousands, when
from dashboard.core.templatetags.outside import absent, event_tail, masked, outside, pivot, suspect, visitor
from dashboard.events.columns import DEFAULT, Column, without_visitor
from dashboard.events.present import Cell, Row
from dashboard.events.top_values import Facet, TopValue

register = template.Library()


@register.simple_tag
def event_heads(columns: Sequence[Column] | None = None, *, hides_visitor: bool = False) -> SafeString:
    """The heads of all columns but the first, which says when."""
    return format_html_join(
        "",
        '<th scope="col" class="{}">{}</th>',
        ((column.classes, column.label) for column in _columns(columns, hides_visitor)),
    )


@register.simple_tag
def event_width(
    columns: Sequence[Column] | None = None, *, hides_visitor: bool = False, selectable: bool = False
) -> int:
    """How many columns the whole table has."""
    return len(_columns(columns, hides_visitor)) + 1 + bool(selectable)


@register.simple_tag
def event_rows(
    rows: Sequence[Row],
    columns: Sequence[Column] | None = None,
    *,
    short_id: str = "",
    selectable: bool = False,
    hides_visitor: bool = False,
) -> SafeString:
    """The rows of one day; `columns` are the usual ones when left out."""
    words = _Words()
    drawn = tuple(
        (f'<td class="{escape(column.classes)}" data-label="{escape(str(column.label))}">{{}}</td>', column.name)
        for column in _columns(columns, hides_visitor)
    )
    return format_html_join(
        "",
        "{}",
        (
            (
                _row(row, drawn, words, selectable=selectable)
                if row.is_readable
                else _unreadable(row, len(drawn), short_id, selectable=selectable),
            )
            for row in rows
        ),
    )


def _columns(columns: Sequence[Column] | None, hides_visitor: bool) -> tuple[Column, ...]:
    chosen = tuple(columns or DEFAULT)
    return without_visitor(chosen) if hides_visitor else chosen


class _Words:
    """Words that stand in every row, translated once a table."""

    def __init__(self) -> None:
        self.none = absent(_("none"))
        self.not_provided = absent(_("not provided"))
        self.nothing = format_html('<span class="faint">{}</span>', _("nothing speaks"))
        self.choose = _("Choose event %(tail)s")
        self.suspect = {value: suspect(value) for value in (None, True, False)}
        self.no_score = format_html('<span class="faint" title="{}">–</span>', _("not provided"))


def _row(row: Row, columns: Sequence[tuple[str, str]], words: _Words, *, selectable: bool) -> SafeString:
    return format_html(
        "<tr>{}{}{}</tr>",
        _choice(row, words) if selectable else "",
        _time(row),
        SafeString("".join([format_html(cell, _drawn(name, row, words)) for cell, name in columns])),
    )


def _choice(row: Row, words: _Words) -> SafeString:
    if not row.event_id:
        return SafeString('<td class="check"></td>')
    return format_html(
        '<td class="check"><label><input type="checkbox" name="event" value="{}" form="chosen" aria-label="{}"{}>'
        "</label>{}</td>",
        row.event_id,
        words.choose % {"tail": event_tail(row.event_id)},
        SafeString(" checked") if row.is_chosen else "",
        format_html('<input type="hidden" name="visitor.{}" value="{}" form="chosen">', row.event_id, row.visitor_id)
        if row.visitor_id
        else "",
    )


def _time(row: Row) -> SafeString:
    at = when(row.at, "clock")
    return format_html(
        '<td class="nowrap">{} <span class="mono faint" title="{}">{}</span>{}</td>',
        format_html('<a class="name" href="{}">{}</a>', row.url, at) if row.url else at,
        printable(row.event_id or "", 200),
        event_tail(row.event_id),
        format_html_join(" ", ' <span class="stamp {}">{}</span>', row.flags),
    )


def _drawn(name: str, row: Row, words: _Words) -> SafeString:
    special = _SPECIAL.get(name)
    return special(row, words) if special else _cell(row.more[name], row.place, words.not_provided)


def _cell(cell: Cell, place: int, none: SafeString, *, mono: bool = True, limit: int = 40) -> SafeString:
    if cell.shown is None or cell.shown == "":
        return none
    if cell.is_masked:
        return masked(cell.shown)
    if cell.pivot:
        return pivot(cell.shown, value=f"{place}:{cell.pivot}", mono=cell.is_mono and mono, limit=limit)
    return outside(cell.shown, mono=cell.is_mono and mono, limit=limit)


def _address(row: Row, words: _Words) -> SafeString:
    country = format_html(' <span class="faint small">{}</span>', printable(row.country, 8)) if row.country else ""
    return format_html("<span>{}{}</span>", _cell(row.address, row.place, words.none), country)


def _signals(row: Row, words: _Words) -> SafeString:
    if row.is_partial:
        return format_html('<span class="signals">{}</span>', signal_word(_("Signals not complete"), "not_provided"))
    said = [signal_word(word.words, "yes", strong=word.is_strong) for word in row.words]
    if row.more_count:
        said.append(format_html('<span class="faint" title="{}">+{}</span>', row.all_words, row.more_count))
    if row.failed_count:
        failed = ngettext("%(n)s failed", "%(n)s failed", row.failed_count) % {"n": row.failed_count}
        said.append(signal_word(failed, "failed"))
    return format_html(
        '<span class="signals">{}</span>', format_html_join("", "{}", ((each,) for each in said or [words.nothing]))
    )


def _score(row: Row, words: _Words) -> SafeString:
    return words.no_score if row.score is None else format_html("{}", thousands(row.score))


_SPECIAL: Final[dict[str, Callable[[Row, _Words], SafeString]]] = {
    "visitor_id": lambda row, _words: visitor(row.visitor_id, row.visitor_url),
    "linked_id": lambda row, words: _cell(row.linked_id, row.place, words.none, limit=24),
    "address": _address,
    "device": lambda row, words: outside(row.device, limit=40) if row.device else words.not_provided,
    "signals": _signals,
    "score": _score,
    "suspect": lambda row, words: words.suspect[row.suspect],
}


def _unreadable(row: Row, width: int, short_id: str, *, selectable: bool) -> SafeString:
    return format_html(
        '<tr class="unreadable">{}<td>{}</td><td colspan="{}">{} <a href="{}">{}</a></td></tr>',
        SafeString('<td class="check"></td>') if selectable else "",
        format_html('<a class="name mono" href="{}">{}</a>', row.url, event_tail(row.event_id))
        if row.url
        else absent("–"),
        width,
        signal_word(_("This event could not be read."), "failed"),
        reverse("events:unreadable", args=[short_id, row.place]),
        _("Show what Fingerprint sent"),
    )


# -- Top values -------------------------------------------------------------------------------------------------


@register.simple_tag
def top_values(facet: Facet) -> SafeString:
    """The values of one field: a click keeps only it, the small button beside it leaves it out."""
    return format_html(
        '<ul class="top-values">{}</ul>',
        format_html_join(
            "", "<li>{}</li>", ((_top_value(facet, each, place),) for place, each in enumerate(facet.values, start=1))
        ),
    )


def _top_value(facet: Facet, each: TopValue, place: int) -> SafeString:
    name = _("none") if each.words is None or each.words == "" else printable(each.words, 80)
    if each.words and facet.is_visitor:
        shown = visitor(each.words)
    elif not each.words:
        shown = absent(_("none"))
    else:
        shown = format_html(
            '<bdi class="{}" title="{}">{}</bdi>',
            "mono" if facet.is_mono else "",
            printable(each.words, 400),
            printable(each.words, 60),
        )
    count = format_html('<span class="top-count">{}</span>', thousands(each.count))
    inside = format_html('{}<span class="top-words">{}</span> {}', share_bar(each.count, facet.highest), shown, count)
    if each.is_masked:
        return format_html('<span class="top-value">{}</span>', inside)
    return format_html(
        # The id keeps the focus where it was when htmx puts the new list in place of the old one.
        '<a class="top-value{strong}" id="top-{facet}-{place}" href="{keep}" hx-get="{keep}"{current}>{inside}</a>'
        '<a class="top-drop" href="{drop}" hx-get="{drop}" aria-label="{leave_out}" title="{title}">{minus}</a>',
        strong=" is-strong" if each.is_strong else "",
        facet=facet.name,
        place=place,
        keep=each.keep_url,
        current=SafeString(' aria-current="true"') if each.is_kept else "",
        inside=inside,
        drop=each.drop_url,
        leave_out=_("Leave out %(value)s") % {"value": name},
        title=_("Leave out"),
        minus=icon("minus", size=13),
    )
