"""Reading a query string: which values parameters may have, and the refusal when they have others."""

from __future__ import annotations

import ipaddress
import math
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from .clock import to_ms
from .errors import invalid

Addresses = ipaddress.IPv4Network | ipaddress.IPv6Network
Parameters = list[tuple[str, str]]

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
_INT64 = re.compile(r"[+-]?\d{1,19}", re.ASCII)
# What Go's ParseBool takes: the service is written in it, and an official SDK sends `True`.
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})


class Reader:
    """Takes parameters one by one. An empty value counts as not given, a repeated scalar by its first value."""

    def __init__(self, parameters: Parameters) -> None:
        self.values: dict[str, list[str]] = defaultdict(list)
        for name, value in parameters:
            if value:
                self.values[name].append(value)

    def text(self, name: str) -> str | None:
        values = self.values.get(name)
        return values[0] if values else None

    def texts(self, name: str) -> list[str]:
        return self.values.get(name, [])

    def boolean(self, name: str, message: str | None = None) -> bool | None:
        value = self.text(name)
        if value is None:
            return None
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
        raise invalid(message or f"invalid {name} param")

    def integer(self, name: str, message: str) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not _INT64.fullmatch(value):
            raise invalid(message)
        return int(value)

    def choice(self, name: str, choices: Iterable[str], message: str | None = None) -> str | None:
        value = self.text(name)
        if value is not None and value not in choices:
            raise invalid(message or f"invalid {name} param")
        return value


def addresses(text: str | None, *, plain_allowed: bool) -> Addresses | None:
    if text is None:
        return None
    address, slash, length = text.partition("/")
    if (not slash and not plain_allowed) or (slash and not length.isdecimal()) or "%" in address:
        raise invalid("invalid ip address")
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise invalid("invalid ip address") from None


def number(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise invalid("invalid min_suspect_score param")
    return number


def moment(text: str | None, message: str) -> int | None:
    """Unix milliseconds or RFC 3339, as v4 takes both."""
    if text is None:
        return None
    if _INT64.fullmatch(text):
        return int(text)
    if not _RFC_3339.fullmatch(text):
        raise invalid(message)
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", text.upper()))
        return to_ms(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        raise invalid(message) from None
