"""How a kind of audit entry reads; the kinds themselves stand in kinds/."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Reading:
    """A kind: the code it is stored under, its sentence, its icon, and whether it changed something."""

    code: str
    sentence: str
    icon: str
    is_change: bool = False


def changing(code: str, sentence: str, icon: str) -> Reading:
    """The kind of an act that changed something."""
    return Reading(code, sentence, icon, is_change=True)


class Kinds(type):
    """What a class of kinds can do that is put together from several."""

    def __iter__(cls) -> Iterator[Reading]:
        return iter(cls.named().values())

    def named(cls) -> dict[str, Reading]:
        """Every kind by its name, in the order of the parts."""
        return _named(cls)

    def of_code(cls, code: str) -> Reading | None:
        """The kind stored under `code`, or None for one that this version does not know."""
        return _by_code(cls).get(code)


@cache
def _named(kinds: type) -> dict[str, Reading]:
    pairs = [
        (name, value) for part in kinds.__mro__ for name, value in vars(part).items() if isinstance(value, Reading)
    ]
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RuntimeError("Two kinds share one name.")
    return found


@cache
def _by_code(kinds: Kinds) -> dict[str, Reading]:
    found = {kind.code: kind for kind in kinds}
    if len(found) != len(kinds.named()):
        raise RuntimeError("Two kinds share one code.")
    return found
