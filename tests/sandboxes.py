"""Sandboxes for tests: in processes of their own, and in this one."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from operator import attrgetter
from typing import NamedTuple

from fingerprint_integration.sandbox.app import Sandbox
from fingerprint_integration.sandbox.clock import Clock
from fingerprint_integration.sandbox.records import Event
from fingerprint_integration.sandbox.world import World
from tests.ports import free_port


class SandboxServer(NamedTuple):
    """A running sandbox."""

    url: str
    port: int


@contextmanager
def sandbox_process(*arguments: str) -> Iterator[SandboxServer]:
    """Run a sandbox on a free port, with further command line `arguments`, while the block lasts."""
    port = free_port()
    command = [sys.executable, "-m", "fingerprint_integration.sandbox", "--port", str(port), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert "ready at" in line, f"the sandbox said {line!r} instead of being ready"
            yield SandboxServer(f"http://127.0.0.1:{port}", port)
        finally:
            process.terminate()
            process.wait(timeout=10)


class Shelf:
    """Sandboxes with the whole cast for one test after another.

    Making the cast takes a third of a second, so a world that a test only looked at goes to the next one; a world
    in which anything happened is thrown away.
    """

    def __init__(self) -> None:
        self._world: World | None = None
        self._state: tuple[int, ...] = ()
        self._anchor: int | None = None

    def take(self) -> Sandbox:
        """A sandbox whose past ends now."""
        now = Clock().now()
        if self._world is None or self._anchor != now:
            sandbox = Sandbox(rate=None)
            self._anchor, self._state = now, _state_of(sandbox.world)
        else:
            sandbox = Sandbox(rate=None, is_empty=True)
            sandbox.world = self._world
        self._world = None
        return sandbox

    def give_back(self, sandbox: Sandbox) -> None:
        """Keep the world for the next test if nothing happened in it."""
        if _state_of(sandbox.world) == self._state:
            self._world = sandbox.world


_fields_of = attrgetter(*(field.name for field in fields(Event)))


def _state_of(world: World) -> tuple[int, ...]:
    """A number for each event and identity that is another one when any of its fields was given another value."""
    events = (hash(tuple(map(id, _fields_of(event)))) for event in world.timeline)
    identities = (hash((each.deleted_at, each.forgotten_at)) for each in world.identities.values())
    return (len(world._pending), world._visit_count, *events, *identities)
