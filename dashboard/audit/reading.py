"""How a kind of audit entry reads; the kinds themselves stand in kinds.py."""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Self, cast


@dataclass(frozen=True)
class Reading:
    """How a kind reads: the code it is stored under, its sentence, its icon, and whether it changed something."""

    code: str
    sentence: str
    icon: str
    is_change: bool = False


def changing(code: str, sentence: str, icon: str) -> Reading:
    """The kind of an act that changed something."""
    return Reading(code, sentence, icon, is_change=True)


class Kinds(Enum):
    """What the kinds can do: each member's value is its Reading."""

    @property
    def code(self) -> str:
        return self.value.code  # type: ignore[no-any-return]

    @classmethod
    def of_code(cls, code: str) -> Self | None:
        """The kind stored under `code`, or None for one that this version does not know."""
        return cast("Self | None", _by_code(cls).get(code))


@cache
def _by_code(kinds: type[Kinds]) -> dict[str, Kinds]:
    found = {kind.code: kind for kind in kinds}
    if len(found) != len(kinds):
        raise RuntimeError("Two kinds share one code.")
    return found
