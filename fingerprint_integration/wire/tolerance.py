"""Reading JSON that is not quite what was promised, without losing what is.

The fast way is msgspec with the expected types. When that refuses (a lone surrogate, NaN, a number too big, a
field of another type, nesting without end), the slow way cuts the text into its members with a scanner that
knows only brackets and strings, reads each expected member alone, and gives None for the ones that cannot be
read. What nobody asked for is never parsed.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin

import msgspec

_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\],:]', re.DOTALL)
# Every escape is stepped over whole, so that a written backslash before a `u` is not mistaken for one; the
# group catches a surrogate that is not half of a pair.
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_BLANK: Final = b" \t\r\n"
_LONGEST_INTEGER: Final = 400
_REFUSALS: Final = (msgspec.MsgspecError, ValueError, RecursionError)

_S = TypeVar("_S", bound=msgspec.Struct)


class Shape(msgspec.Struct, gc=False):
    """JSON as it comes. A tree without cycles, so the garbage collector need not walk it: a page has thousands."""


class Malformed(ValueError):
    """The text is not one whole JSON object or list."""


class Drift(msgspec.Struct, frozen=True, order=True):
    """One way in which an answer differs from what we know; `place` is a path of the schema, never a value of a
    visitor.
    """

    kind: str
    place: str


def _cut(raw: bytes, opening: bytes, closing: bytes) -> Iterator[tuple[bytes | None, bytes]]:
    """Cut an object or list into (key, value) pieces of the text; the key is None in a list. Iterative: depth
    is no matter.
    """
    start = len(raw) - len(raw.lstrip(_BLANK))
    if raw[start : start + 1] != opening:
        raise Malformed("not the expected bracket")
    depth = 0
    key: bytes | None = None
    begin = start + 1
    last_text: bytes | None = None
    for token in _TOKEN.finditer(raw, start):
        mark = token.group()
        if mark in (b"{", b"["):
            depth += 1
        elif mark in (b"}", b"]"):
            depth -= 1
            if depth == 0:
                if mark != closing or raw[token.end() :].strip(_BLANK):
                    raise Malformed("something follows the end")
                if piece := raw[begin : token.start()].strip(_BLANK):
                    yield key, piece
                return
        elif depth == 1:
            if mark == b",":
                yield key, raw[begin : token.start()].strip(_BLANK)
                begin, key = token.end(), None
            elif mark == b":":
                begin, key = token.end(), last_text
            else:
                last_text = mark
        if mark == b'"':
            raise Malformed("a text does not end")
    raise Malformed("the end is missing")


def members(raw: bytes) -> dict[str, bytes]:
    """Give the members of an object as untouched pieces of its text; of a repeated key the last one counts.
    Raises Malformed.
    """
    return {_text(key): piece for key, piece in _cut(raw, b"{", b"}") if key is not None and piece}


def items(raw: bytes) -> list[bytes]:
    """Give the items of a list as untouched pieces of its text. Raises Malformed."""
    return [piece for _, piece in _cut(raw, b"[", b"]")]


def whole(text: str) -> str:
    """Give valid Unicode: surrogate pairs joined, lone surrogates replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _text(raw: bytes) -> str:
    value = _loads(raw)
    return whole(value) if isinstance(value, str) else ""


def _bounded_integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else None


def _loads(raw: bytes) -> object:
    try:
        value: object = json.loads(
            raw.decode("utf-8", "replace"), parse_int=_bounded_integer, parse_constant=lambda _: None, strict=False
        )
    except (ValueError, RecursionError):
        return None
    return value


def is_struct(kind: Any) -> bool:
    """Tell whether a type is a struct, also a generic one with its argument."""
    origin = get_origin(kind) or kind
    return isinstance(origin, type) and issubclass(origin, msgspec.Struct)


def read(decoder: "msgspec.json.Decoder[_S]", raw: bytes) -> tuple[_S, list[Drift]]:
    """Read a struct from an object's text, fast when it is as promised, member by member when it is not. Raises
    Malformed.
    """
    try:
        return decoder.decode(raw), []
    except _REFUSALS:
        pass
    mended = mend(raw)
    if mended != raw:
        try:
            return decoder.decode(mended), [Drift("malformed text", "")]
        except _REFUSALS:
            pass
    drifts: list[Drift] = []
    return _read_struct(decoder.type, mended, drifts, ()), drifts


def mend(raw: bytes) -> bytes:
    """Give valid UTF-8 without lone surrogate escapes: U+FFFD in their place. Valid text is unchanged."""
    text = raw.decode("utf-8", "replace").encode()
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found.group(1) else found.group(), text)


def _read_struct(kind: Any, raw: bytes, drifts: list[Drift], path: tuple[str, ...]) -> Any:
    pieces = members(raw)
    found: dict[str, object] = {}
    for field in msgspec.structs.fields(kind):
        piece = pieces.get(field.encode_name)
        if piece is None:
            continue
        value = _read_value(field.type, piece, drifts, (*path, field.encode_name))
        if value is not None:
            found[field.name] = value
    try:
        return kind(**found)
    except TypeError:
        raise Malformed("a required member is missing") from None


def _read_value(kind: Any, raw: bytes, drifts: list[Drift], path: tuple[str, ...]) -> object:
    if kind is msgspec.Raw:
        return msgspec.Raw(raw)
    if raw == b"null":
        return None
    if get_origin(kind) in (Union, UnionType):
        kind = next(part for part in get_args(kind) if part is not NoneType)
    value = _read_whole(kind, raw, drifts, path)
    if value is None:
        drifts.append(Drift("wrong type", ".".join(path)))
    return value


def _read_whole(kind: Any, raw: bytes, drifts: list[Drift], path: tuple[str, ...]) -> object:
    try:
        if is_struct(kind):
            return _read_struct(kind, raw, drifts, path)
        if get_origin(kind) is tuple:
            read_items = (_read_value(get_args(kind)[0], item, drifts, path) for item in items(raw))
            return tuple(item for item in read_items if item is not None)
        if get_origin(kind) is dict:
            return {name: msgspec.Raw(piece) for name, piece in members(raw).items()}
    except Malformed:
        return None
    return _read_scalar(kind, raw)


def _read_scalar(kind: type, raw: bytes) -> object:
    try:
        return _scalar_decoder(kind).decode(raw)
    except _REFUSALS:
        value = _loads(raw)
    if kind is str:
        return whole(value) if isinstance(value, str) else None
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    return None


@lru_cache(maxsize=16)
def _scalar_decoder(kind: type) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(kind)
