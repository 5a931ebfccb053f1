"""Why a suspect score is what it is: which findings count how much, by the weights this installation was told. Pure.

Fingerprint sends the score but never the weights it was made of. They are copied from its dashboard into a setting, so
what comes out here is an estimate, and says by how much it misses.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fingerprint_integration.domain import Event
from fingerprint_integration.signals import BY_NAME, PERSONAL_EVIDENCE, Kind, Signal, SignalState

PLATFORMS: Final = ("browser", "android", "ios")
"""In the order of the three numbers, which is that of Fingerprint's own table."""
_NO_FINDINGS: Final = frozenset({"labels", "rule_action"})
_FORM: Final = re.compile(
    r"\s*([a-z_]+)(?:\.([a-z_]+))?\s*(?:=\s*([a-z_]{1,40})|>\s*(\d{1,9}(?:\.\d{1,6})?))?\s*"
    r":\s*(\d{1,6}|(?:\d{1,6}|-)/(?:\d{1,6}|-)/(?:\d{1,6}|-))\s*\Z"
)
_HOW: Final = "Each weight must read FINDING: POINTS, for example incognito: 4 or vpn.public_vpn: 4/5/5."


@dataclass(frozen=True)
class Weight:
    """What one finding adds: a signal, or a detail of it; a yes, a word, or a number above a limit.

    `points` are those of browser, Android and iOS; None where the finding does not count.
    """

    signal: str
    detail: str
    word: str
    above: float | None
    points: tuple[int | None, int | None, int | None]

    @property
    def finding(self) -> tuple[str, str, str, float | None]:
        """What it is that counts; two weights for one would count it twice."""
        return self.signal, self.detail, self.word, self.above

    def on(self, platform: str) -> int | None:
        """The points on this platform; on an unknown one only a number that is the same everywhere."""
        if platform in PLATFORMS:
            return self.points[PLATFORMS.index(platform)]
        return self.points[0] if len(set(self.points)) == 1 else None


@dataclass(frozen=True)
class Part:
    """A finding and the points it adds, or could have added."""

    signal: str
    detail: str
    word: str
    above: float | None
    points: int
    state: SignalState


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """How far the weights explain a score."""

    score: int
    counted: tuple[Part, ...]
    """What was found, heaviest first."""
    not_measured: tuple[Part, ...]
    """What has a weight and could not be looked at, so may be in the score or not."""
    weightless: tuple[str, ...]
    """Signals that say yes and have no weight here."""

    @property
    def total(self) -> int:
        return sum(part.points for part in self.counted)

    @property
    def missing(self) -> int:
        """What the weights leave unexplained; below zero when they come to more than the score."""
        return self.score - self.total


def read_weight(text: str) -> Weight:
    """A weight from `finding: points`; ValueError with a sentence when it cannot be read.

    A finding is `incognito`, `bot=bad`, `vpn.public_vpn` or `tampering.anomaly_score>0.5`; points are one number, or
    three for browser/Android/iOS with `-` where the finding does not count.
    """
    match = _FORM.match(text)
    if match is None:
        raise ValueError(_HOW)
    signal, detail, word, above, points = match.groups()
    spec = BY_NAME.get(signal)
    if spec is None or spec.kind is not Kind.CLAIM or signal in _NO_FINDINGS:
        raise ValueError(f"There is no signal {signal} that could have a weight.")
    if detail and (detail not in spec.evidence or detail in PERSONAL_EVIDENCE):
        raise ValueError(f"The signal {signal} has no detail {detail} that could have a weight.")
    numbers = [None if number == "-" else int(number) for number in points.split("/")]
    browser, android, ios = numbers if len(numbers) == 3 else numbers * 3
    return Weight(signal, detail or "", word or "", float(above) if above else None, (browser, android, ios))


def estimate(event: Event, weights: Sequence[Weight]) -> Estimate | None:
    """Explain this event's score; None without a score, without weights, or while the event is not complete."""
    if event.suspect_score is None or not weights or event.is_partial:
        return None
    signals = {signal.name: signal for signal in event.signals}
    counted, not_measured = [], []
    for weight in weights:
        points = weight.on(event.platform)
        signal = signals[weight.signal]
        state, was_found = _look(weight, signal, event.platform)
        if not points or state is SignalState.NOT_APPLICABLE:
            continue
        part = Part(*weight.finding, points, state)
        if state is not SignalState.VALUE:
            not_measured.append(part)
        elif was_found:
            counted.append(part)
    known = {weight.signal for weight in weights}
    return Estimate(
        score=event.suspect_score,
        counted=tuple(sorted(counted, key=lambda part: -part.points)),
        not_measured=tuple(not_measured),
        weightless=tuple(signal.name for signal in event.speaking if signal.name not in known | _NO_FINDINGS),
    )


def _look(weight: Weight, signal: Signal, platform: str) -> tuple[SignalState, bool]:
    """In which state the finding is, and whether it is there."""
    if signal.state is not SignalState.VALUE:
        return signal.state, False
    if not weight.detail:
        return SignalState.VALUE, _holds(weight, signal.value, speaks=signal.speaks)
    value = next((detail.value for detail in signal.details if detail.name == weight.detail), None)
    if value is not None:
        return SignalState.VALUE, _holds(weight, value, speaks=value is True)
    makes_sense = platform in signal.spec.evidence_only_on.get(weight.detail, {platform})
    return SignalState.NOT_PROVIDED if makes_sense else SignalState.NOT_APPLICABLE, False


def _holds(weight: Weight, value: object, *, speaks: bool) -> bool:
    if weight.above is not None:
        return isinstance(value, int | float) and not isinstance(value, bool) and value > weight.above
    return value == weight.word if weight.word else speaks
