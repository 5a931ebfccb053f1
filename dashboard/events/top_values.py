"""The values that stand most often in what is loaded. Pure; counted are values as one person sees them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.times import thousands
from dashboard.events.filters import MASK
from dashboard.events.masking import Lens
from dashboard.events.narrowing import FACETS, SIGNAL, Narrowing, Seen, Step, value_of
from dashboard.events.queries import Snapshot
from dashboard.events.values import BY_NAME, Plain, in_words, shown
from fingerprint_integration.signals import BY_NAME as SIGNALS

SHOWN = 5
SHOWN_WHOLE = 100


@dataclass(frozen=True, kw_only=True)
class TopValue:
    """One value with its count; the addresses keep only it, or leave it out."""

    words: str | None
    count: int
    keep_url: str
    drop_url: str
    is_masked: bool = False
    is_strong: bool = False
    is_kept: bool = False


@dataclass(frozen=True, kw_only=True)
class Facet:
    """The top values of one field; `whole_url` shows more of them, when there are more."""

    name: str
    title: str
    different: str
    values: tuple[TopValue, ...]
    highest: int
    whole_url: str
    more: str = ""
    is_mono: bool = False
    is_visitor: bool = False


@dataclass(frozen=True)
class Applied:
    """A step of the narrowing as a chip: what it says, and the address without it."""

    label: str
    words: str
    is_negated: bool
    url: str


def facets(rows: Sequence[Seen], narrowing: Narrowing, lens: Lens, *, whole: str = "") -> tuple[Facet, ...]:
    """Top values of these rows, the fields in the order of the page; the facet named `whole` shows up to a hundred."""
    found = [_of_field(name, rows, narrowing, lens, SHOWN_WHOLE if name == whole else SHOWN) for name in FACETS]
    return (*found, _of_signals(rows, narrowing, SHOWN_WHOLE if whole == SIGNAL else SHOWN))


def _of_field(name: str, rows: Sequence[Seen], narrowing: Narrowing, lens: Lens, most: int) -> Facet:
    value = BY_NAME[name]
    counts: Counter[Plain] = Counter()
    first: dict[Plain, int] = {}
    for place, event in rows:
        seen = shown(value, event, lens)
        counts[seen] += 1
        first.setdefault(seen, place)
    kept = {step.place for step in narrowing.steps if step.facet == name and step.is_kept}
    top = tuple(
        TopValue(
            words=in_words(seen),
            count=count,
            keep_url=narrowing.with_step(Step(name, first[seen])).query(),
            drop_url=narrowing.with_step(Step(name, first[seen], is_kept=False)).query(),
            is_masked=isinstance(seen, str) and MASK in seen and not lens.sees_personal,
            is_kept=first[seen] in kept,
        )
        for seen, count in counts.most_common(most)
    )
    different = len(counts) - (None in counts)
    return Facet(
        name=name,
        title=str(value.label),
        different=ngettext("%(n)s different", "%(n)s different", different) % {"n": thousands(different)},
        values=top,
        highest=max(counts.values(), default=0),
        whole_url=narrowing.query(facet=name) if len(counts) > most else "",
        more=_more(len(counts) - most) if len(counts) > most else "",
        is_mono=value.is_mono,
        is_visitor=name == "visitor_id",
    )


def _of_signals(rows: Iterable[Seen], narrowing: Narrowing, most: int) -> Facet:
    counts: Counter[str] = Counter()
    strong: set[str] = set()
    for _place, event in rows:
        for signal in event.speaking:
            counts[signal.name] += 1
            if signal.strong:
                strong.add(signal.name)
    kept = {step.signal for step in narrowing.steps if step.facet == SIGNAL and step.is_kept}
    top = tuple(
        TopValue(
            words=SIGNALS[name].label,
            count=count,
            keep_url=narrowing.with_step(Step(SIGNAL, signal=name)).query(),
            drop_url=narrowing.with_step(Step(SIGNAL, signal=name, is_kept=False)).query(),
            is_strong=name in strong,
            is_kept=name in kept,
        )
        for name, count in counts.most_common(most)
    )
    return Facet(
        name=SIGNAL,
        title=_("Signal"),
        different=ngettext("%(n)s speaks", "%(n)s speak", len(counts)) % {"n": len(counts)},
        values=top,
        highest=max(counts.values(), default=0),
        whole_url=narrowing.query(facet=SIGNAL) if len(counts) > most else "",
        more=_more(len(counts) - most) if len(counts) > most else "",
    )


def _more(rest: int) -> str:
    return ngettext("%(n)s more", "%(n)s more", rest) % {"n": thousands(rest)}


def applied(narrowing: Narrowing, snapshot: Snapshot, lens: Lens) -> tuple[Applied, ...]:
    """What is narrowed, as chips that can be taken off."""
    chips = []
    for step in narrowing.steps:
        if step.facet == SIGNAL:
            label, words = _("Signal"), str(SIGNALS[step.signal].label)
        else:
            label = str(BY_NAME[step.facet].label)
            words = in_words(value_of(step, snapshot, lens)) or _("none")
        chips.append(Applied(label, words, not step.is_kept, narrowing.without(step).query() or "?"))
    return tuple(chips)
