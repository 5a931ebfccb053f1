"""The httpx transport with an end: every read and write of a socket, the TLS handshake included, ends at the
call's deadline.

httpx bounds the silence between two bytes, not the whole answer, so a server that sends a byte now and then
would hold a caller for ever. The deadline is set by the client around each attempt and is seen only by the
thread that makes it.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

from fingerprint_integration.errors import FingerprintError, Unavailable, UnreadableAnswer

_DEADLINE: ContextVar[float | None] = ContextVar("deadline", default=None)
_CONNECTIONS = 20
_IDLE_SECONDS = 30.0


@contextmanager
def ending_at(deadline: float) -> Iterator[None]:
    """End every socket operation of this thread at a moment of `time.monotonic`."""
    token = _DEADLINE.set(deadline)
    try:
        yield
    finally:
        _DEADLINE.reset(token)


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    deadline = _DEADLINE.get()
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise error("the deadline of the call has passed")
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout, httpcore.ConnectTimeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options))

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_unix_socket(path, left, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class DeadlineTransport(httpx.HTTPTransport):
    """httpx's own transport on sockets that know the deadline."""

    def __init__(self) -> None:
        super().__init__()
        # httpx has no argument for the network backend; the pool it wraps has.
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=_Backend(),
        )


def connection_failure(error: httpx.HTTPError) -> FingerprintError:
    """Give the typed error of a connection that failed; it keeps nothing of the request."""
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return Unavailable(
                "Fingerprint cannot be reached: nobody answered in time. Nothing was lost.",
                code="timeout",
                was_sent=False,
            )
        case httpx.TimeoutException():
            return too_slow()
        case httpx.ConnectError() | httpx.UnsupportedProtocol():
            return Unavailable(
                "Fingerprint cannot be reached. An administrator can check the network and FINGERPRINT_BASE_URL.",
                code="no_connection",
                was_sent=False,
            )
        case httpx.DecodingError():
            return UnreadableAnswer(code="undecodable")
        case _:
            return Unavailable(
                "The connection to Fingerprint broke before its answer was complete. Try again.",
                code="connection_lost",
            )


def too_slow() -> Unavailable:
    """Give the error of an answer that did not come in time."""
    return Unavailable("Fingerprint did not answer in time. Try again in a minute.", code="timeout")
