"""A request as it came in and an answer as it goes out, apart from any HTTP library."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl


@dataclass(slots=True)
class Request:
    """What was asked. `path` is undecoded: the service takes path parameters as they stand."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = b""
    parameters: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.parameters = parse_qsl(self.query, keep_blank_values=True, errors="surrogateescape")

    def header(self, name: str) -> str:
        """A header's value, empty when it is missing."""
        return self.headers.get(name.lower(), "").strip()

    def parameter(self, name: str) -> str:
        """The first value of a query parameter, empty when it is missing."""
        return next((value for key, value in self.parameters if key == name), "")


@dataclass(slots=True)
class Answer:
    """What is sent back.

    `delay` seconds pass before it is sent. `cut_after` bytes of the body are sent before the connection breaks;
    -1 breaks it before anything is sent. With `drip` the body comes in that many pieces, the delay between them.
    """

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    cut_after: int | None = None
    drip: int = 1


def json_answer(status: int, body: bytes, headers: dict[str, str] | None = None) -> Answer:
    """An answer of JSON."""
    return Answer(status, body, {"Content-Type": "application/json", **(headers or {})})


def not_found() -> Answer:
    """What the service says to a path it does not know: nobody documents it, this is what Go servers say."""
    return Answer(404, b"404 page not found\n", {"Content-Type": "text/plain; charset=utf-8"})


def not_allowed(*methods: str) -> Answer:
    """What the service says to a method it does not know."""
    return Answer(405, b"", {"Allow": ", ".join(methods)})
