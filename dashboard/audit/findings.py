"""What a verification of the log found, kept in the order of the log and limited in number."""

from dataclasses import dataclass, field
from operator import attrgetter

LIMIT = 20
"""So many findings are told; the rest is counted."""
NOWHERE = 1 << 62
"""The position of a finding that belongs to no place in the tree."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where in the tree (for the order), and a sentence that holds nothing personal."""

    position: int
    sentence: str


@dataclass
class Findings:
    """The first findings by position, and how many there are in all."""

    count: int = 0
    first: list[Finding] = field(default_factory=list)

    def add(self, sentence: str, position: int = NOWHERE) -> None:
        """Notes a finding."""
        self.take(Findings(1, [Finding(position, sentence)]))

    def take(self, others: "Findings") -> None:
        """Adds the findings of another part of the work."""
        self.count += others.count
        self.first = sorted([*self.first, *others.first], key=attrgetter("position"))[:LIMIT]
