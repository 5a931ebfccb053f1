"""The signals of one event as sentences and lines, masked for the person who looks."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from django.utils.translation import gettext as _

from dashboard.core import times
from dashboard.events.filters import MASK
from dashboard.events.masking import Lens
from dashboard.events.score_weights import Estimate, Part
from fingerprint_integration.domain import Event
from fingerprint_integration.signals import BY_NAME, GROUPS, Detail, Kind, Signal, SignalState


@dataclass(frozen=True)
class Line:
    """One signal of the list: its mark, whether it is strong, its name, the finding in a word, and the evidence."""

    state: str
    is_strong: bool
    name: str
    word: str
    evidence: str
    is_counted: bool = False
    means: str = ""
    does_not_mean: str = ""


@dataclass(frozen=True)
class Claim:
    """A signal that says yes, as a sentence with its evidence, what it does not mean, and how sure Fingerprint is."""

    title: str
    evidence: str
    caution: str
    source: str
    is_strong: bool


@dataclass(frozen=True)
class SignalGroup:
    """A fold of signals: heading, counts as (words, tone), its lines, and whether it opens by itself."""

    title: str
    counts: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    is_open: bool


class SignalWords:
    """Says the signals of one event for one person; instants in `zone`."""

    def __init__(self, event: Event, lens: Lens, zone: tzinfo) -> None:
        self.event = event
        self.lens = lens
        self.zone = zone

    def details(self, signal: Signal, *, without: Iterable[str] = ()) -> str:
        known = frozenset(signal.spec.evidence)
        return " · ".join(
            f"{detail.label} {self.detail(detail, known)}" for detail in signal.details if detail.name not in without
        )

    def detail(self, detail: Detail, known: frozenset[str]) -> str:
        shown = self.lens.detail(detail, known)
        if isinstance(detail.value, datetime) and shown != MASK:
            return times.full(detail.value.astimezone(self.zone))
        return shown

    def claim(self, signal: Signal) -> Claim:
        sure = next((detail.text for detail in signal.details if detail.name == "confidence"), "")
        source = _("%(signal)s · sure: %(sure)s") % {"signal": signal.spec.label, "sure": sure}
        return Claim(
            title=signal.claim,
            evidence=self.details(signal, without=("confidence",)),
            caution=signal.spec.does_not_mean,
            source=source if sure else signal.spec.label,
            is_strong=signal.strong,
        )

    def groups(self) -> Iterator[SignalGroup]:
        for group in GROUPS:
            signals = [signal for signal in self.event.signals if signal.spec.group is group]
            lines = tuple(
                replace(self.line(signal), means=signal.spec.means, does_not_mean=signal.spec.does_not_mean)
                for signal in signals
            )
            is_loud = any(signal.strong or signal.state is SignalState.FAILED for signal in signals)
            yield SignalGroup(_(group.value), tuple(_counts(lines)), lines, is_loud)

    def line(self, signal: Signal) -> Line:
        evidence = self.details(signal)
        match signal.state:
            case SignalState.VALUE if signal.spec.kind is not Kind.CLAIM:
                return Line("", False, signal.spec.label, _number_words(signal), evidence, is_counted=True)
            case SignalState.VALUE if signal.speaks:
                return Line("yes", signal.strong, signal.spec.label, _finding(signal), evidence or signal.spec.means)
            case SignalState.VALUE:
                return Line("no", False, signal.spec.label, _("No"), evidence)
            case SignalState.FAILED:
                code = (signal.error_code or "")[:60]
                reason = _("Fingerprint answered %(code)s for this signal. It says nothing about the visitor.")
                return Line("failed", False, signal.spec.label, _("Failed"), reason % {"code": code})
            case SignalState.NOT_APPLICABLE:
                words = _not_for(self.event.platform)
                return Line("not_applicable", False, signal.spec.label, words, "")
            case _:
                reason = "" if self.event.is_partial else _("not in this workspace’s plan, or not asked for")
                if signal.spec.kind is Kind.COUNT and evidence:
                    return Line("", False, signal.spec.label, _("Counted"), evidence, is_counted=True)
                return Line("not_provided", False, signal.spec.label, _("Not provided"), reason)


def _counts(lines: tuple[Line, ...]) -> Iterator[tuple[str, str]]:
    kinds = Counter("strong" if line.is_strong else "counted" if line.is_counted else line.state for line in lines)
    words = {
        "strong": (_("%(n)s yes, strong"), "red"),
        "yes": (_("%(n)s yes"), ""),
        "counted": (_("%(n)s counted"), ""),
        "no": (_("%(n)s no"), ""),
        "failed": (_("%(n)s failed"), "ochre"),
        "not_provided": (_("%(n)s not provided"), ""),
        "not_applicable": (_("%(n)s make no sense here"), ""),
    }
    for kind, (sentence, tone) in words.items():
        if kinds[kind]:
            yield sentence % {"n": kinds[kind]}, tone


def _finding(signal: Signal) -> str:
    if isinstance(signal.value, str):
        if signal.name == "bot":
            return {"bad": _("Bad bot"), "good": _("Good bot")}.get(signal.value, signal.value[:40])
        return signal.value.replace("_", " ").capitalize()[:40]
    return _("Yes")


def _number_words(signal: Signal) -> str:
    if isinstance(signal.value, bool) or not isinstance(signal.value, int | float):
        return str(signal.value)[:40]
    return times.thousands(signal.value) if isinstance(signal.value, int) else f"{signal.value:g}"


def _not_for(platform: str) -> str:
    words = {"browser": _("Not for browsers"), "ios": _("Not for iOS"), "android": _("Not for Android")}
    return words.get(platform, _("Not for this platform"))


# -- Why a score ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ScoreWords:
    """How far the weights explain a score: (finding, points) as they are shown, and what is left."""

    total: int
    missing: int
    too_much: int
    counted: tuple[tuple[str, int], ...]
    not_measured: tuple[str, ...]
    not_measured_points: int
    weightless: tuple[str, ...]


def score_words(found: Estimate | None) -> ScoreWords | None:
    """An estimate for the page; None stays None. It names signals of the catalogue and no value of the visitor."""
    if found is None:
        return None
    return ScoreWords(
        total=found.total,
        missing=max(found.missing, 0),
        too_much=max(-found.missing, 0),
        counted=tuple((_part_words(part), part.points) for part in found.counted),
        not_measured=tuple(_unmeasured_words(part) for part in found.not_measured),
        not_measured_points=sum(part.points for part in found.not_measured),
        weightless=tuple(_(BY_NAME[name].label) for name in found.weightless),
    )


def _part_words(part: Part) -> str:
    spec = BY_NAME[part.signal]
    finer = [_(spec.evidence[part.detail])] if part.detail else []
    if part.word:
        finer.append(part.word.replace("_", " "))
    if part.above is not None:
        finer.append(_("above %(limit)s") % {"limit": f"{part.above:g}"})
    return ": ".join([_(spec.label), " ".join(finer)] if finer else [_(spec.label)])


def _unmeasured_words(part: Part) -> str:
    why = _("failed") if part.state is SignalState.FAILED else _("not provided")
    return f"{_part_words(part)} ({why})"
