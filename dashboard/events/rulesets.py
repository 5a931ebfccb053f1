"""The rulesets of the workspace that staff may choose from, as the house wrote them into a setting. Pure."""

import re
from dataclasses import dataclass
from typing import Final

_FORM: Final = re.compile(r"\s*([A-Za-z0-9_-]{1,64})\s*:\s*(\S.{0,59})\Z")


@dataclass(frozen=True)
class Ruleset:
    """A ruleset by its id at Fingerprint and the name the house gave it."""

    ruleset_id: str
    name: str


def read_ruleset(text: str) -> Ruleset:
    """A ruleset from `id: name`; ValueError with a sentence when it cannot be read."""
    match = _FORM.match(text.rstrip())
    if match is None or not match[2].isprintable():
        raise ValueError("Each ruleset must read ID: NAME, for example rs_b1k1blhqpOX3kU: Checkout.")
    return Ruleset(match[1], match[2])
