"""What the features hold about a visitor: each registers its way to tell, an access request collects them all.

The counterpart of erasure.py: whatever a feature erases it can also tell.
"""

from collections.abc import Callable, Sequence
from typing import Any

Source = Callable[[Sequence[str]], list[dict[str, Any]]]
_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Adds `source(visitor_ids)`: one object a row, of texts, whole numbers, booleans and None; instants as ISO UTC."""
    _sources[name] = source


def about(visitor_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Everything that the features hold about these visitors, by registered name."""
    return {name: source(visitor_ids) for name, source in sorted(_sources.items())}
