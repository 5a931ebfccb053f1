"""v4's `rule_action`: what a ruleset says of an event.

https://docs.fingerprint.com/reference/server-api-v4-get-event, schemas EventRuleActionAllow and EventRuleActionBlock.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from fingerprint_integration.rulings import HeaderChange, Ruling
from fingerprint_integration.wire.tolerance import Malformed, Shape, read


class _Header(Shape):
    name: str | None = None
    value: str | None = None


class _Changes(Shape):
    remove: tuple[str, ...] | None = None
    set: tuple[_Header, ...] | None = None
    append: tuple[_Header, ...] | None = None


class RuleAction(Shape):
    """The action as it comes; everything in it may be missing."""

    type: str | None = None
    ruleset_id: str | None = None
    rule_id: str | None = None
    rule_expression: str | None = None
    status_code: int | None = None
    headers: tuple[_Header, ...] | None = None
    body: str | None = None
    request_header_modifications: _Changes | None = None


_RULE_ACTION: Final = msgspec.json.Decoder(RuleAction)


def read_ruling(raw: bytes | None) -> Ruling | None:
    """Give the ruling from the JSON text of `rule_action`; None without one, or when it is nothing we know."""
    if raw is None:
        return None
    try:
        found, _ = read(_RULE_ACTION, raw)
    except Malformed:
        return None
    return Ruling(
        action=found.type,
        ruleset_id=found.ruleset_id,
        rule_id=found.rule_id,
        expression=found.rule_expression,
        status_code=found.status_code,
        body=found.body,
        headers=tuple(_headers(found)),
    )


def _headers(found: RuleAction) -> Iterator[HeaderChange]:
    changes = found.request_header_modifications or _Changes()
    for how, headers in (("set", changes.set), ("append", changes.append), ("send", found.headers)):
        for header in headers or ():
            if header.name is not None:
                yield HeaderChange(how, header.name, header.value)
    for name in changes.remove or ():
        yield HeaderChange("remove", name)
