"""How a kind of audit entry reads; the kinds themselves stand in kinds.py."""

from dataclasses import dataclass


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
