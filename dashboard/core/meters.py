"""Small drawings beside numbers: velocity, progress, quotas, due dates, shares. SVG from the server."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.core.charts import coordinate
from dashboard.core.marks import mark
from dashboard.core.markup import format_html, format_html_join
from dashboard.core.times import thousands


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a progress bar.

    `kind` is done, already, skipped, failed or waiting; `label` is the word beside its count.
    """

    kind: str
    count: int
    label: str


def velocity(title: str, *, counts: Sequence[int | None], floor: int = 10) -> SafeString:
    """Three bars for 5 minutes, 1 hour and 24 hours. A common floor keeps "1, 1, 1" from looking like an alarm."""
    intervals = (_("5 min"), _("1 h"), _("24 h"))
    if all(count is None for count in counts):
        return format_html(
            '<div class="velocity"><p class="velocity-title">{}</p><p class="velocity-none">{}{}</p></div>',
            title,
            mark("not_provided", size=9),
            _("Not provided"),
        )
    highest = max([floor, *(count for count in counts if count is not None)])
    columns = format_html_join(
        "",
        '<div class="velocity-column"><dd>{}{}</dd><dt>{}</dt></div>',
        [
            (
                _velocity_bar(count, highest, place),
                _("not provided") if count is None else format_html("<b>{}</b>", thousands(count)),
                interval,
            )
            for place, (interval, count) in enumerate(zip(intervals, counts, strict=True))
        ],
    )
    return format_html(
        '<div class="velocity"><p class="velocity-title">{}</p><dl class="velocity-bars">{}</dl></div>',
        title,
        columns,
    )


def progress_bar(parts: Iterable[Part], *, total: int, label: str) -> SafeString:
    """What became of `total` items so far: one bar, its legend with counts, and a <progress> that can be heard."""
    shown = [part for part in parts if part.count > 0 or part.kind in ("done", "waiting")]
    whole = max(total, sum(part.count for part in shown), 1)
    finished = sum(part.count for part in shown if part.kind != "waiting")
    shapes, at = [], 0.0
    for part in shown:
        share = part.count / whole * 100
        # A part of one in two thousand is still a part: never thinner than can be seen.
        wide = max(share, 0.35) if part.count else 0
        if wide:
            shapes.append(
                format_html(
                    '<rect class="part-{}" x="{}%" y="0" width="{}%" height="14"/>',
                    part.kind,
                    coordinate(at),
                    coordinate(max(wide - 0.12, 0.2)),
                )
            )
        at += wide
    legend = format_html_join(
        "",
        '<li><svg class="mark part-{}" width="9" height="9" viewBox="0 0 9 9" aria-hidden="true">'
        '<rect width="9" height="9" rx="1.5"/></svg> <b>{}</b> {}</li>',
        [(part.kind, thousands(part.count), part.label) for part in shown],
    )
    return format_html(
        '<div class="progress"><svg class="progress-bar" width="100%" height="14" aria-hidden="true">'
        '<rect class="part-waiting" width="100%" height="14" rx="2"/>{}</svg>'
        '<progress class="visually-hidden" max="{}" value="{}" aria-label="{}">{}</progress>'
        '<ul class="progress-legend">{}</ul></div>',
        format_html_join("", "{}", [(shape,) for shape in shapes]),
        whole,
        finished,
        label,
        f"{thousands(finished)} / {thousands(whole)}",
        legend,
    )


def quota(used: int, limit: int, *, words: str = "") -> SafeString:
    """A 34 by 5 meter with its words ("12 of 30"): ochre from 80 %, red when full."""
    share = 1.0 if limit <= 0 else min(1.0, max(0.0, used / limit))
    tone = "full" if share >= 1 else "near" if share >= 0.8 else "calm"
    said = words or _("%(used)s of %(limit)s") % {"used": thousands(used), "limit": thousands(limit)}
    return format_html(
        '<span class="quota"><svg class="quota-{}" width="34" height="5" aria-hidden="true">'
        '<rect class="quota-all" width="34" height="5" rx="1"/><rect class="quota-used" width="{}" height="5" rx="1"/>'
        "</svg> {}</span>",
        tone,
        coordinate(34 * share),
        said,
    )


def due_line(*, today: float, due: float, received_words: str, due_words: str, extended_words: str = "") -> SafeString:
    """Received, today and due on one line; the possible extension dashed behind.

    `today` and `due` are places between 0 (received) and 1 (the end of the extension, or the due date without one).
    """
    said = "; ".join(words for words in (received_words, due_words, extended_words) if words)
    today, due = (max(0.0, min(1.0, place)) * 100 for place in (today, due))
    return format_html(
        '<svg class="due-line" width="100%" height="50" role="img"><title>{title}</title>'
        '<rect class="due-past" x="0" y="20" width="{today}%" height="8"/>'
        '<rect class="due-left" x="{today}%" y="20" width="{left}%" height="8"/>'
        '{extension}<path class="due-edge" d="M.5 14v20"/>'
        '<line class="due-edge" x1="{due}%" x2="{due}%" y1="14" y2="34"/>'
        '<line class="due-today" x1="{today}%" x2="{today}%" y1="12" y2="36"/>'
        '<text class="due-now" x="{today}%" y="9" text-anchor="{today_anchor}">{now_words}</text>'
        '<text x="0" y="47">{received_words}</text>'
        '<text class="due-day" x="{due}%" y="47" text-anchor="{due_anchor}">{due_words}</text>'
        '<text x="100%" y="47" text-anchor="end">{extended_words}</text></svg><p class="chart-below">{said}</p>',
        title=said,
        said=said,
        today=coordinate(today),
        due=coordinate(due),
        left=coordinate(max(0.0, due - today)),
        extension=format_html('<line class="due-more" x1="{}%" x2="100%" y1="24" y2="24"/>', coordinate(due))
        if due < 100
        else "",
        today_anchor="end" if today > 90 else "start",
        now_words=_("Today"),
        received_words=received_words,
        due_anchor="end" if due > 85 else "middle",
        due_words=due_words,
        extended_words=extended_words,
    )


def share_bar(count: int, highest: int) -> SafeString:
    """The tint behind a top value: as wide as its share of the largest one."""
    share = 0 if highest <= 0 else min(100.0, count / highest * 100)
    return format_html(
        '<svg class="share-bar" width="100%" height="100%" aria-hidden="true">'
        '<rect width="{}%" height="100%" rx="2"/></svg>',
        coordinate(share),
    )


def _velocity_bar(count: int | None, highest: int, place: int) -> SafeString:
    if count is None:
        return format_html('<span class="velocity-none">{}</span>', mark("not_provided", size=9))
    tall = max(1.0, count / highest * 28)
    return format_html(
        '<svg class="velocity-bar step-{}" width="30" height="28" aria-hidden="true">'
        '<rect y="{}" width="30" height="{}"/></svg>',
        place,
        coordinate(28 - tall),
        coordinate(tall),
    )
