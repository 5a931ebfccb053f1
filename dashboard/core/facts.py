"""What the features know about a visitor, so that pages can say it without importing each other.

A feature registers a function at start-up; a page asks `about` and shows what comes back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Weight(IntEnum):
    """How a fact stands among others: deletion first, then hold, suspect marks, notes."""

    DELETION = 1
    HOLD = 2
    SUSPECT = 3
    NOTE = 4


@dataclass(frozen=True)
class Fact:
    """One thing we know: a claim in words, more in a second line, where to read on, and whether it blocks a change."""

    visitor_id: str
    weight: Weight
    claim: str
    more: str = ""
    url: str = ""
    link_text: str = ""
    since: datetime | None = None
    blocks_changes: bool = False


Source = Callable[[Sequence[str]], list[Fact]]
_sources: list[Source] = []
_harmless: set[Source] = set()


def register(source: Source, *, may_block: bool = True) -> Source:
    """Adds a source of facts; called once per feature in its AppConfig.ready. One whose facts never block a change
    says so, and is not asked whether they do."""
    if source not in _sources:
        _sources.append(source)
    if not may_block:
        _harmless.add(source)
    return source


def about(visitor_ids: Sequence[str]) -> list[Fact]:
    """Everything the features know about these visitors, the weightiest first."""
    if not visitor_ids:
        return []
    facts = [fact for source in _sources for fact in source(visitor_ids)]
    return sorted(facts, key=lambda fact: fact.weight)


def blocked(visitor_ids: Sequence[str]) -> set[str]:
    """Those of the visitors whose events nobody may change now."""
    if not visitor_ids:
        return set()
    asked = [source for source in _sources if source not in _harmless]
    return {fact.visitor_id for source in asked for fact in source(visitor_ids) if fact.blocks_changes}
