"""What a ruleset of the workspace says of an event, in our words. All of it is text that somebody else wrote."""

import msgspec


class HeaderChange(msgspec.Struct, frozen=True):
    """What a rule does with one header: `how` is set, append or remove of the request's, or send with the answer."""

    how: str
    name: str
    value: str | None = None


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """The action of a ruleset. `action` is allow, block, or a word nobody foresaw; None when there was none."""

    action: str | None = None
    ruleset_id: str | None = None
    rule_id: str | None = None
    expression: str | None = None
    status_code: int | None = None
    body: str | None = None
    headers: tuple[HeaderChange, ...] = ()
