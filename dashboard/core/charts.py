"""Charts drawn on the server as SVG, in one ink, without a line of script.

A chart is as wide as its place: horizontal positions are percentages, vertical ones pixels, so nothing is distorted.
Each has a title, says what it counts, and carries the same numbers as a table behind a fold. Colours come from the
style sheet by class.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.markup import format_html, format_html_join
from dashboard.core.times import thousands

_NAME_SHARE = 25  # of the chart's width, in percent: room for "13 days without a visit" where it is narrow
_BAR_SHARE = 0.93  # of a bar's step; the rest is paper between two bars


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a histogram.

    `label` names its stretch of time in the person's zone for the table, `tick` is the word under it where a day
    begins (else ""), `strong` the part of `count` that speaks strongly, `is_chosen` whether the chosen range holds it.
    """

    label: str
    count: int
    strong: int = 0
    tick: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a visitor: `label` for the table, `tick` under the axis or "", and whether Fingerprint answered."""

    label: str
    count: int
    strong: int = 0
    tick: str = ""
    is_known: bool = True


def histogram(bars: Sequence[Bar], *, title: str, counted: str, height: int = 76) -> SafeString:
    """Events over time, the strong part at the foot of each bar.

    `counted` says of what the bars are made ("of the 300 loaded, 3 hours a bar").
    """
    if not bars:
        return format_html('<p class="chart-none">{}</p>', _("Nothing to draw."))
    highest = max(bar.count for bar in bars)
    step = 100 / len(bars)
    any_chosen = any(bar.is_chosen for bar in bars)
    shapes = [_range(bars, step, height)] if any_chosen else []
    shapes.append(_level(highest, height))
    for place, bar in enumerate(bars):
        shapes.append(
            _bar(
                place * step,
                step,
                bar.count,
                bar.strong,
                highest,
                height,
                faint=any_chosen and not bar.is_chosen,
            )
        )
    shapes.extend(_ticks([(place * step, bar.tick) for place, bar in enumerate(bars) if bar.tick], height))
    return _chart(
        "chart-histogram",
        title,
        counted,
        height + 20,
        shapes,
        heads=(_("When"), _("Events"), _("Speak strongly")),
        rows=[(bar.label, thousands(bar.count), thousands(bar.strong)) for bar in bars],
    )


def days(series: Sequence[Day], *, title: str, counted: str, height: int = 36, unasked: bool = False) -> SafeString:
    """One bar a day. Three days or more without a visit are hatched and named, so are days of which nothing is known.

    Nothing is known of a day because no answer came, or, with `unasked`, because nobody asked for it yet.
    """
    if not series:
        return format_html('<p class="chart-none">{}</p>', _("Nothing to draw."))
    highest = max(max(day.count for day in series), 1)
    step = 100 / len(series)
    top = 16  # room for the names of gaps
    gaps = _gaps(series)
    named = _with_room_for_a_name(gaps, step)
    shapes = [
        _gap(
            first * step,
            length * step,
            top,
            height,
            words=_gap_words(length, is_known, unasked),
            is_named=first in named,
            is_known=is_known,
        )
        for first, length, is_known in gaps
    ]
    for place, day in enumerate(series):
        if day.count and day.is_known:
            shapes.append(_bar(place * step, step, day.count, day.strong, highest, height, top=top))
    shapes.extend(_ticks([(place * step, day.tick) for place, day in enumerate(series) if day.tick], height + top))
    return _chart(
        "chart-days",
        title,
        counted,
        height + top + 20,
        shapes,
        heads=(_("Day"), _("Events"), _("Speak strongly")),
        rows=[
            (day.label, thousands(day.count), thousands(day.strong))
            if day.is_known
            else (day.label, *[_("not loaded") if unasked else _("no answer")] * 2)
            for day in series
        ],
        below=_gaps_in_words(gaps, unasked),
    )


def _chart(
    kind: str,
    title: str,
    counted: str,
    height: int,
    shapes: Iterable[SafeString],
    *,
    heads: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    below: str = "",
) -> SafeString:
    """`below` repeats the words that stand in the drawing, for places too narrow to hold them."""
    return format_html(
        '<figure class="chart {}"><figcaption><b>{}</b> <span>{}</span></figcaption>'
        '<svg width="100%" height="{}" role="img" aria-label="{}">{}</svg>{}'
        '<details class="chart-table"><summary>{}</summary>'
        '<div class="chart-numbers" role="region" tabindex="0" aria-label="{}">'
        '<table class="table tight"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div></details></figure>',
        kind,
        title,
        counted,
        height,
        f"{title}, {counted}",
        format_html_join("", "{}", ((shape,) for shape in shapes)),
        format_html('<p class="chart-below">{}</p>', below) if below else "",
        _("The same numbers as a table"),
        title,
        format_html_join(
            "", '<th scope="col"{}>{}</th>', ((_numeric(place), head) for place, head in enumerate(heads))
        ),
        format_html_join(
            "",
            "<tr>{}</tr>",
            (
                (format_html_join("", "<td{}>{}</td>", ((_numeric(place), cell) for place, cell in enumerate(row))),)
                for row in rows
            ),
        ),
    )


def _numeric(place: int) -> SafeString:
    return SafeString(' class="num"' if place else "")


def _bar(
    x: float,
    step: float,
    count: int,
    strong: int,
    highest: int,
    height: int,
    *,
    top: int = 0,
    faint: bool = False,
) -> SafeString:
    if count <= 0 or highest <= 0:
        return SafeString("")
    tall = max(1.5, count / highest * (height - 6))
    red = min(tall, max(2.0, tall * min(strong, count) / count)) if strong > 0 else 0.0
    blue = max(0.0, tall - red - (1 if red else 0))  # 1 px of paper between the two
    floor = top + height
    return format_html(
        '<g class="{}">{}{}</g>',
        "bar faint" if faint else "bar",
        _rect("bar-other", x, floor - tall, step * _BAR_SHARE, blue) if blue else "",
        _rect("bar-strong", x, floor - red, step * _BAR_SHARE, red) if red else "",
    )


def _rect(name: str, x: float, y: float, width: float, height: float) -> SafeString:
    return format_html(
        '<rect class="{}" x="{}%" y="{}" width="{}%" height="{}"/>',
        name,
        coordinate(x),
        coordinate(y),
        coordinate(width),
        coordinate(height),
    )


def _level(highest: int, height: int) -> SafeString:
    """One dotted line with its number instead of an axis: the largest round number that fits below the highest bar."""
    level = round_below(highest)
    if level < 2:
        return SafeString("")
    y = height - level / highest * (height - 6)
    return format_html(
        '<line class="level" x1="0" x2="100%" y1="{0}" y2="{0}"/>'
        '<text class="level-number" x="100%" y="{1}" text-anchor="end">{2}</text>',
        coordinate(y),
        coordinate(y - 4 if y > 14 else y + 12),
        thousands(level),
    )


def round_below(number: int) -> int:
    """The largest of 1, 2, 4, 5 times a power of ten that is at most two thirds of `number`; below 2, `number`."""
    wanted = number * 2 // 3
    if wanted < 1:
        return number
    power = int("1" + "0" * (len(str(wanted)) - 1))
    return max(factor * power for factor in (1, 2, 4, 5) if factor * power <= wanted)


def _range(bars: Sequence[Bar], step: float, height: int) -> SafeString:
    chosen = [place for place, bar in enumerate(bars) if bar.is_chosen]
    left, right = chosen[0] * step, (chosen[-1] + 1) * step
    return format_html(
        '<rect class="range" x="{left}%" y="0" width="{width}%" height="{height}"/>'
        '<line class="range-edge" x1="{left}%" x2="{left}%" y1="0" y2="{height}"/>'
        '<line class="range-edge" x1="{right}%" x2="{right}%" y1="0" y2="{height}"/>',
        left=coordinate(left),
        right=coordinate(right),
        width=coordinate(right - left),
        height=height,
    )


def _ticks(ticks: Sequence[tuple[float, str]], height: int) -> list[SafeString]:
    axis = format_html('<line class="axis" x1="0" x2="100%" y1="{0}" y2="{0}"/>', height + 0.5)
    return [
        axis,
        *(
            format_html(
                '<line class="tick" x1="{x}%" x2="{x}%" y1="{top}" y2="{bottom}"/>'
                '<text x="{x}%" dx="{dx}" y="{y}" text-anchor="{anchor}">{word}</text>',
                x=coordinate(x),
                top=height + 1,
                bottom=height + 14,
                dx=-4 if x > 90 else 4,
                y=height + 14,
                anchor="end" if x > 90 else "start",
                word=word,
            )
            for x, word in ticks
        ),
    ]


def _gaps(series: Sequence[Day], shortest: int = 3) -> list[tuple[int, int, bool]]:
    """Stretches without a bar as (first place, length, is_known); one day without an answer is a stretch already."""
    found, at = [], 0
    for (is_known, is_empty), run in groupby(series, key=lambda day: (day.is_known, not day.count or not day.is_known)):
        length = len(list(run))
        if is_empty and (length >= shortest or not is_known):
            found.append((at, length, is_known))
        at += length
    return found


def _with_room_for_a_name(gaps: Sequence[tuple[int, int, bool]], step: float) -> set[int]:
    """The first places of those gaps whose names do not run into each other; the longest are named first."""
    named: dict[int, float] = {}
    for first, length, _is_known in sorted(gaps, key=lambda gap: -gap[1]):
        middle = (first + length / 2) * step
        if all(abs(middle - other) >= _NAME_SHARE for other in named.values()):
            named[first] = middle
    return set(named)


def _gap_words(length: int, is_known: bool, unasked: bool) -> str:
    if is_known:
        return _("%(n)s days without a visit") % {"n": length}
    if unasked:
        return ngettext("%(n)s day not loaded", "%(n)s days not loaded", length) % {"n": length}
    return _("%(n)s days without an answer") % {"n": length} if length > 1 else _("a day without an answer")


def _gaps_in_words(gaps: Sequence[tuple[int, int, bool]], unasked: bool, named: int = 3) -> str:
    """The longest gaps as a sentence; the table has all of them."""
    longest = sorted(gaps, key=lambda gap: gap[1], reverse=True)
    words = ", ".join(_gap_words(length, is_known, unasked) for _first, length, is_known in longest[:named])
    rest = len(gaps) - named
    return words + (ngettext(", %(n)s shorter gap", ", %(n)s shorter gaps", rest) % {"n": rest} if rest > 0 else "")


def _gap(x: float, width: float, top: int, height: int, *, words: str, is_named: bool, is_known: bool) -> SafeString:
    middle = x + width / 2
    anchor = "start" if middle < 12 else "end" if middle > 88 else "middle"
    return format_html(
        '<g class="{kind}"><title>{words}</title>'
        '<rect x="{x}%" y="{top}" width="{width}%" height="{height}"/>{hatching}'
        '<text x="{at}%" y="{words_y}" text-anchor="{anchor}">{shown}</text></g>',
        kind="gap" if is_known else "gap unknown",
        x=coordinate(x),
        top=top + height * 0.35,
        width=coordinate(width),
        height=coordinate(height * 0.65),
        hatching=_hatching(x, width, top + height * 0.35, top + height) if is_known else "",
        at=coordinate({"start": x, "end": x + width, "middle": middle}[anchor]),
        words_y=top - 4,  # above the highest bar: a short gap is narrower than its name
        anchor=anchor,
        words=words,
        shown=words if is_named else "",
    )


def _hatching(x: float, width: float, top: float, bottom: float) -> SafeString:
    """Slanted strokes every 1.2 % of the chart: a pattern fill would need an id, and ids must be unique on a page."""
    strokes, at = [], x + 0.4
    while at + 0.8 <= x + width:
        strokes.append((coordinate(at), coordinate(at + 0.8), coordinate(bottom), coordinate(top)))
        at += 1.2
    return format_html_join("", '<line x1="{}%" x2="{}%" y1="{}" y2="{}"/>', strokes)


def coordinate(number: float) -> str:
    """A number of a drawing with at most two decimals, whatever the locale says about points and commas."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
