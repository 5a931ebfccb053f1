"""RFC 8785, the one way to write a JSON value: what entries of the log are, to the byte."""

from typing import Any

import msgspec
import rfc8785

_LARGEST = 2**53 - 1
_encode = msgspec.json.Encoder(order="sorted").encode


def canonical(value: dict[str, Any]) -> bytes:
    """The value as RFC 8785 writes it. ValueError when it cannot be written so.

    msgspec writes the same in a tenth of the time, unless a name in an object is not ASCII (it sorts by code points,
    the RFC by UTF-16), a number has a fraction, or is larger than JavaScript can hold.
    """
    return _encode(value) if _is_plain(value) else rfc8785.dumps(value)


def _is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(name, str) and name.isascii() and _is_plain(each) for name, each in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, int):
        return -_LARGEST <= value <= _LARGEST
    return value is None or type(value) is str
