"""A gate before a sandbox: changes can be held at it, before they are carried out or after.

A worker that is killed while its call is held has died at exactly that point.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from fingerprint_integration.sandbox import Sandbox
from fingerprint_integration.sandbox.messages import Answer, Request
from fingerprint_integration.sandbox.server import Server

CHANGING = ("PATCH", "PUT", "DELETE")
_LONGEST = 120


class Hold(Enum):
    """Where a change is held: on its way there, or its answer on the way back."""

    BEFORE = "before it arrives"
    AFTER = "after it was carried out"


class Gate:
    """Answers as its sandbox does, over real HTTP at `url`, but for the changes that `hold` is waiting for."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.url = ""
        self.carried_out: list[str] = []
        """The path of every change that was carried out, in order."""
        self._holds: deque[tuple[Hold, threading.Event, threading.Event]] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, where: Hold) -> Iterator[threading.Event]:
        """Hold the next change at `where` until the block ends; the event says when it is held.

        One that is held before it arrives never does: whoever sent it is dead by then.
        """
        is_held, may_go = threading.Event(), threading.Event()
        with self._lock:
            self._holds.append((where, is_held, may_go))
        try:
            yield is_held
        finally:
            may_go.set()

    def answer(self, request: Request) -> Answer:
        """Answer one request; called by the server's threads."""
        if request.method not in CHANGING:
            return self.sandbox.answer(request)
        with self._lock:
            nobody = (None, threading.Event(), threading.Event())
            where, is_held, may_go = self._holds.popleft() if self._holds else nobody
        if where is Hold.BEFORE:
            is_held.set()
            may_go.wait(_LONGEST)
            return Answer(503, cut_after=-1)
        answer = self.sandbox.answer(request)
        if answer.status == 200:
            self.carried_out.append(request.path)
        if where is Hold.AFTER:
            is_held.set()
            may_go.wait(_LONGEST)
            return Answer(503, cut_after=-1)
        return answer


@contextmanager
def gate_before(sandbox: Sandbox) -> Iterator[Gate]:
    """A gate on a port of its own while the block lasts."""
    gate = Gate(sandbox)
    server = Server(("127.0.0.1", 0), gate)
    gate.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield gate
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
