"""How what staff read in a ticket becomes the linked id that a shop puts on its events. Pure.

A recipe is a list of steps joined by "+", for example `lower+sha256` or `digits+prefix:acct_`:

    lower, upper     change the case
    digits           only for a value of digits; otherwise the recipe does not apply
    email            only for an e-mail address
    prefix:TEXT      put TEXT in front, unless it stands there already
    md5, sha1, sha256   the hash of the UTF-8 bytes, as hexadecimal digits

`as-typed` stands for the value itself.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

AS_TYPED = "as-typed"
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}\.[^@\s.]{2,63}")
_Step = Callable[[str], str | None]


class WrongRecipe(ValueError):
    """A recipe that cannot be read; its text says which part."""


@dataclass(frozen=True)
class Recipe:
    """One way from what was typed to a linked id; `name` is how the setting writes it."""

    name: str
    steps: tuple[_Step, ...]

    def apply(self, typed: str) -> str | None:
        """The linked id, or None where this recipe does not apply."""
        value: str | None = typed
        for step in self.steps:
            value = step(value) if value is not None else None
        return value


def parse(recipes: Sequence[str]) -> tuple[Recipe, ...]:
    """The recipes of the setting, in its order; WrongRecipe for the first that cannot be read."""
    return tuple(Recipe(text, tuple(_step(word) for word in text.split("+"))) for text in recipes)


def _step(word: str) -> _Step:
    name, _, argument = word.partition(":")
    if name == "prefix" and argument:
        return lambda value: value if value.startswith(argument) else argument + value
    if not argument and name in _STEPS:
        return _STEPS[name]
    raise WrongRecipe(f"“{word}” is no step.")


def _hash(algorithm: str) -> _Step:
    # The shop chose the algorithm; here it only has to come to the same.
    return lambda value: hashlib.new(
        algorithm, value.encode("utf-8", "surrogatepass"), usedforsecurity=False
    ).hexdigest()


_STEPS: dict[str, _Step] = {
    AS_TYPED: lambda value: value,
    "lower": str.lower,
    "upper": str.upper,
    "digits": lambda value: value if value.isascii() and value.isdigit() else None,
    "email": lambda value: value if _EMAIL.fullmatch(value) else None,
    "md5": _hash("md5"),
    "sha1": _hash("sha1"),
    "sha256": _hash("sha256"),
}
