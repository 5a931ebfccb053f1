"""Signal marks: the more ink, the more it says. Shape carries the state, colour only adds weight.

The marks are SVG for the eye alone; the word beside them is always there.
"""

from django.utils.safestring import SafeString, mark_safe

from dashboard.core.markup import format_html

_FULL = '<rect x="1" y="1" width="10" height="10" rx="1.5" fill="currentColor"/>'
_EMPTY = (
    '<rect x="1.6" y="1.6" width="8.8" height="8.8" rx="1.5" fill="none" stroke="currentColor" stroke-width="1.2"/>'
)
_DOTTED = (
    '<rect x="1.6" y="1.6" width="8.8" height="8.8" rx="1.5" fill="none" stroke="currentColor" stroke-width="1.2"'
    ' stroke-dasharray="1.4 1.4"/>'
)
_STRUCK = _EMPTY + '<path d="M2.6 9.4 9.4 2.6" stroke="currentColor" stroke-width="1.2"/>'
_DASH = '<path d="M3 6h6" stroke="currentColor" stroke-width="1.4"/>'

# state -> (shape, class that names its colour)
_MARKS: dict[str, tuple[str, str]] = {
    "strong": (_FULL, "mark-strong"),
    "yes": (_FULL, "mark-yes"),
    "no": (_EMPTY, "mark-no"),
    "not_provided": (_DOTTED, "mark-not-provided"),
    "failed": (_STRUCK, "mark-failed"),
    "not_applicable": (_DASH, "mark-not-applicable"),
    # What became of one event of a job, in the same shapes.
    "done": (_FULL, "mark-done"),
    "already": (_EMPTY, "mark-already"),
    "skipped": (_DASH, "mark-skipped"),
    "retry": (_DOTTED, "mark-retry"),
    "error": (_STRUCK, "mark-error"),
}

STATES = tuple(_MARKS)


def kind_of(state: str, *, strong: bool = False) -> str:
    """The mark for a signal state; a state nobody drew a mark for is one that nobody looked at."""
    state = state.replace(" ", "_")
    if strong and state == "yes":
        return "strong"
    return state if state in _MARKS else "not_provided"


def mark(state: str, *, strong: bool = False, size: int = 12) -> SafeString:
    """The mark of a state as SVG, `size` px square: 12 in lists, 9 in tables and stamps."""
    shape, colour = _MARKS[kind_of(state, strong=strong)]
    return format_html(
        '<svg class="mark {}" width="{}" height="{}" viewBox="0 0 12 12" aria-hidden="true">{}</svg>',
        colour,
        size,
        size,
        mark_safe(shape),  # noqa: S308  # drawn above, nothing from outside
    )


def strength(level: int, *, is_hub: bool = False) -> SafeString:
    """Four bars, filled 1 to 4; a hub, which proves nothing, has one bar in ochre."""
    filled = 1 if is_hub else max(0, min(4, level))
    bars = "".join(
        f'<rect class="{"bar-full" if place < filled else "bar-empty"}" x="{place * 4.5}" y="0" width="3" height="10"/>'
        for place in range(4)
    )
    return format_html(
        '<svg class="strength{}" width="17" height="10" viewBox="0 0 17 10" aria-hidden="true">{}</svg>',
        " hub" if is_hub else "",
        mark_safe(bars),  # noqa: S308  # numbers of our own
    )
