"""What is said of one smart signal: its words, what a yes means and does not mean, and which yes is strong.

Platforms are those the v4 OpenAPI files name (`x-platforms`). `v3` and `v4` tell where each version keeps the
answer: a product below `products`, or a field of the event; None means that this version does not have it.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

Value = bool | str | float | None
"""What a signal can hold; whole numbers are floats' little brothers here, as in Python's numeric tower."""

BROWSER = frozenset({"browser"})
PHONES = frozenset({"android", "ios"})
ANDROID = frozenset({"android"})
IOS = frozenset({"ios"})
EVERYWHERE = frozenset({"browser", "android", "ios"})


class Group(StrEnum):
    """The five headings under which signals are shown; the value is the heading."""

    BROWSER = "Browser and automation"
    NETWORK = "Network and address"
    PHONE = "Phone and app"
    SPEED = "Speed of activity"
    LABELS = "Labels and rules"


GROUPS: tuple[Group, ...] = tuple(Group)


class Kind(StrEnum):
    """What sort of answer a signal gives: a claim can be a yes, a count or a score never is."""

    CLAIM = "claim"
    COUNT = "count"
    SCORE = "score"


class SignalSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One signal: its words, where it exists, and when a yes is strong."""

    name: str
    label: str
    group: Group
    says: str
    """The yes as a claim."""
    means: str
    does_not_mean: str
    v3: str | None
    v4: str | None
    platforms: frozenset[str] = EVERYWHERE
    kind: Kind = Kind.CLAIM
    is_strong: bool = False
    strong_values: frozenset[str] = frozenset()
    """Words that are a strong yes although others are plain ones."""
    no_values: frozenset[str] = frozenset()
    """Words that mean no."""
    says_by_value: Mapping[str, str] = {}
    evidence: Mapping[str, str] = {}
    """Labels of the evidence fields, by the name a reading uses."""
    evidence_only_on: Mapping[str, frozenset[str]] = {}
    """Evidence that other platforms cannot have; v3 says false there, which is not a no."""

    def __repr__(self) -> str:
        return f"SignalSpec({self.name})"

    def is_yes(self, value: Value) -> bool:
        """Tell whether this value is a yes. An unknown word is one: a finding nobody foresaw must not read as no."""
        if self.kind is not Kind.CLAIM or value is None:
            return False
        return value not in self.no_values if isinstance(value, str) else bool(value)

    def is_strong_yes(self, value: Value) -> bool:
        """Tell whether this yes is strong evidence on its own."""
        return self.is_yes(value) and (self.is_strong or value in self.strong_values)

    def claim(self, value: Value) -> str:
        """Say the yes as a sentence, by its value where the value makes a difference."""
        return self.says_by_value.get(value, self.says) if isinstance(value, str) else self.says


SURE: Mapping[str, str] = {"confidence": "Sure", "ml_score": "Model score"}
"""The evidence several signals have in common."""
