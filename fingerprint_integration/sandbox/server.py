"""A small threaded HTTP/1.1 server in front of a sandbox."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .app import Sandbox
from .messages import Answer, Request

MOST_BODY_BYTES = 10 * 1024 * 1024
IDLE_SECONDS = 60


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    server: Server

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # Every method is the sandbox's to judge.
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if not 0 <= length <= MOST_BODY_BYTES or "chunked" in (self.headers.get("Transfer-Encoding") or ""):
            self.close_connection = True
            return self._send(Answer(413 if length > MOST_BODY_BYTES else 400))
        body = self.rfile.read(length) if length else b""
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.sandbox.answer(Request(self.command, path, query, headers, body))
        return self._send(answer)

    def _send(self, answer: Answer) -> None:
        if answer.delay and answer.drip == 1:
            time.sleep(answer.delay)
        if answer.cut_after is not None and answer.cut_after < 0:
            return self._cut()
        head = [f"HTTP/1.1 {answer.status} {_reason(answer.status)}"]
        head += [f"{name}: {value}" for name, value in answer.headers.items()]
        head.append(f"Date: {self.date_time_string()}")
        head.append(f"Content-Length: {len(answer.body)}")
        if self.close_connection:
            head.append("Connection: close")
        start = "\r\n".join(head).encode("latin-1", "replace") + b"\r\n\r\n"
        body = b"" if self.command == "HEAD" else answer.body
        if answer.cut_after is not None:
            self.wfile.write(start + body[: answer.cut_after])
            return self._cut()
        if answer.drip <= 1:
            self.wfile.write(start + body)  # one write: one packet for small answers
            return None
        self.wfile.write(start)
        step = max(len(body) // answer.drip, 1)
        for position in range(0, len(body), step):
            time.sleep(answer.delay)
            self.wfile.write(body[position : position + step])
        return None

    def _cut(self) -> None:
        """Break the connection the hard way: the other side sees a reset."""
        self.wfile.flush()
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, *_: object) -> None:
        """Say nothing: queries hold identifiers."""


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Answer"


class Server(ThreadingHTTPServer):
    """Serves a sandbox; one thread for each connection, kept alive."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], sandbox: Sandbox) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.sandbox = sandbox
        super().__init__(address, _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection, with answers sent at once."""
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""
