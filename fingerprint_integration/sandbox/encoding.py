"""JSON out of the sandbox, for bodies that may hold anything."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder()


def to_json(document: Any) -> bytes:
    """Compact JSON. Lone surrogates, which UTF-8 cannot hold, come out as `\\ud800` escapes."""
    try:
        return _encoder.encode(document)
    except (UnicodeEncodeError, OverflowError, TypeError):
        return json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode()


def page(key: str, items: Iterable[bytes], rest: dict[str, Any]) -> bytes:
    """`{"<key>": [items...], ...rest}` from items that are JSON already."""
    body = b'{"' + key.encode() + b'":[' + b",".join(items) + b"]"
    if not rest:
        return body + b"}"
    return body + b"," + to_json(rest)[1:]


def array_items(text: str, key: str) -> list[str]:
    """The source text of each item of the top-level array `key`, byte for byte as written.

    Raises ValueError when the text is not a JSON object that holds such an array.
    """
    decoder = json.JSONDecoder()
    position = _skip(text, 0)
    if text[position : position + 1] != "{":
        raise ValueError("not a JSON object")
    position = _skip(text, position + 1)
    while text[position : position + 1] != "}":
        name, position = decoder.raw_decode(text, position)
        position = _skip(text, position)
        if text[position : position + 1] != ":":
            raise ValueError("a colon is missing")
        position = _skip(text, position + 1)
        if name == key and text[position : position + 1] == "[":
            return _items(decoder, text, position + 1)
        _, position = decoder.raw_decode(text, position)
        position = _skip(text, position)
        if text[position : position + 1] == ",":
            position = _skip(text, position + 1)
    raise ValueError(f"no array {key!r}")


def _items(decoder: json.JSONDecoder, text: str, position: int) -> list[str]:
    found = []
    position = _skip(text, position)
    while text[position : position + 1] != "]":
        _, end = decoder.raw_decode(text, position)
        found.append(text[position:end])
        position = _skip(text, end)
        if text[position : position + 1] == ",":
            position = _skip(text, position + 1)
    return found


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position
