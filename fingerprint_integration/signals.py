"""A signal on an event, in one of four states, and the catalogue it is explained by (re-exported from
`catalogue`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum

import msgspec

from fingerprint_integration.catalogue import (
    BY_NAME,
    CATALOGUE,
    FIELDS,
    GROUPS,
    NOT_PERSONAL,
    PERSONAL_EVIDENCE,
    POSITION,
    WINDOWS,
    FieldSpec,
    Group,
    Kind,
    SignalSpec,
    Value,
)

__all__ = [
    "BY_NAME",
    "CATALOGUE",
    "FIELDS",
    "GROUPS",
    "NOT_PERSONAL",
    "NOT_READ",
    "PERSONAL_EVIDENCE",
    "POSITION",
    "WINDOWS",
    "Detail",
    "FieldSpec",
    "Group",
    "Kind",
    "Reading",
    "Signal",
    "SignalSpec",
    "SignalState",
    "Value",
    "build_signal",
    "failed_signals",
    "speaking_signals",
]


class SignalState(Enum):
    """What is known of a signal. Only VALUE says anything about the visitor."""

    VALUE = "value"
    FAILED = "failed"
    NOT_PROVIDED = "not provided"
    NOT_APPLICABLE = "not applicable"


class Reading(msgspec.Struct, frozen=True, gc=False):
    """What the wire found for one signal: a value, or why there is none, and the evidence beside it by name."""

    value: Value = None
    evidence: tuple[tuple[str, Value | datetime], ...] = ()
    error_code: str | None = None
    error_message: str | None = None


class Detail(msgspec.Struct, frozen=True, gc=False):
    """One piece of evidence beside a signal."""

    name: str
    label: str
    value: Value | datetime

    @property
    def is_personal(self) -> bool:
        """Tell whether this says where somebody is."""
        return self.name in PERSONAL_EVIDENCE

    @property
    def text(self) -> str:
        """Say the value in plain words: yes or no, a time in UTC, numbers short."""
        match self.value:
            case bool():
                return "yes" if self.value else "no"
            case float():
                return f"{self.value:.4g}"
            case datetime():
                return f"{self.value:%Y-%m-%d %H:%M} UTC"
            case _:
                return str(self.value)


class Signal(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One detection on one event, in one of four states."""

    spec: SignalSpec
    state: SignalState
    value: Value = None
    speaks: bool = False
    strong: bool = False
    error_code: str | None = None
    error_message: str | None = None
    details: tuple[Detail, ...] = ()

    @property
    def name(self) -> str:
        """The catalogue name, such as `vpn`."""
        return self.spec.name

    @property
    def claim(self) -> str:
        """The yes as a sentence; only meaningful when the signal speaks."""
        return self.spec.claim(self.value)


NOT_READ = Reading()
"""The payload does not mention the signal."""


def build_signal(spec: SignalSpec, reading: Reading, platform: str) -> Signal:
    """Give the signal in its state: what was read, seen from the platform the event came from."""
    speaks = spec.is_yes(reading.value)
    # v3 answers false for signals of other platforms. A yes is never hidden, wherever it comes from.
    is_foreign = platform != "unknown" and platform not in spec.platforms
    if is_foreign and not speaks:
        return Signal(spec=spec, state=SignalState.NOT_APPLICABLE)
    if reading.value is not None:
        state = SignalState.VALUE
    else:
        state = SignalState.NOT_PROVIDED if reading.error_code is None else SignalState.FAILED
    labels, only_on = spec.evidence, spec.evidence_only_on
    return Signal(
        spec=spec,
        state=state,
        value=reading.value,
        speaks=speaks,
        strong=speaks and spec.is_strong_yes(reading.value),
        error_code=reading.error_code,
        error_message=reading.error_message,
        details=tuple(
            Detail(name, labels.get(name, name), value)
            for name, value in reading.evidence
            if value is not None and not (value is False and platform not in only_on.get(name, (platform,)))
        ),
    )


def speaking_signals(readings: Mapping[str, Reading], platform: str) -> tuple[Signal, ...]:
    """Give the signals that say yes, strong ones first, then in the catalogue's order."""
    found: Iterable[Signal] = (
        build_signal(spec, reading, platform)
        for name, reading in readings.items()
        # Most readings are a plain no; a results page asks this a few thousand times.
        if reading.value is not False and (spec := BY_NAME[name]).is_yes(reading.value)
    )
    return tuple(sorted(found, key=lambda signal: (not signal.strong, POSITION[signal.name])))


def failed_signals(readings: Mapping[str, Reading], platform: str) -> tuple[Signal, ...]:
    """Give the signals that Fingerprint tried and could not compute, in the catalogue's order."""
    # Looked for among what was read, because hardly any fails and every row of a results page asks.
    failed = [name for name, reading in readings.items() if reading.error_code is not None]
    if not failed:
        return ()
    signals = (
        build_signal(BY_NAME[name], readings[name], platform) for name in sorted(failed, key=POSITION.__getitem__)
    )
    return tuple(signal for signal in signals if signal.state is SignalState.FAILED)
