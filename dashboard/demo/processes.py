"""Starts, watches and ends the demo's processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self, cast

from dashboard.demo import guard

STARTING = 120.0
"""Seconds a process may take until it is ready, on a slow machine."""
ENDING = 6.0
"""Seconds processes get to end by themselves; what they leave undone is done after the next start."""
LAST = 2.0
"""The same for those that others needed until the end."""


class DemoFailed(Exception):
    """The demo cannot start or go on; the text says why and what to do."""


@dataclass
class Child:
    """A process of ours, the leader of its own group."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path
    is_needed_last: bool

    def last_words(self) -> str:
        """The last line of its log that is not empty."""
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1].strip() if lines else "(it said nothing)"


class Processes:
    """Our processes; use as a context manager, which ends all of them however the block is left.

    `logs` gets one file for each process. `removed_at_end` is a private folder that goes with them. A process that
    holds `held` (a file descriptor) keeps the demo's folder locked until the last process is gone.
    """

    def __init__(self, *, logs: Path, removed_at_end: Path, held: int) -> None:
        self._logs = logs
        self._children: list[Child] = []
        self._stop = threading.Event()
        script = [sys.executable, "-I", str(Path(guard.__file__)), str(removed_at_end)]
        self._guard = subprocess.Popen(script, stdin=subprocess.PIPE, start_new_session=True, pass_fds=[held])
        self._guard_input: IO[bytes] = cast("IO[bytes]", self._guard.stdin)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stop.set())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end([child for child in self._children if not child.is_needed_last], ENDING)
        self._end([child for child in self._children if child.is_needed_last], LAST)
        self._guard_input.close()
        self._guard.wait()

    @property
    def was_stopped(self) -> bool:
        """Whether somebody asked the demo to end (Ctrl-C, SIGTERM or a closed terminal)."""
        return self._stop.is_set()

    def start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], *, is_needed_last: bool = False
    ) -> Child:
        """Start a process that stays; its output goes to `name`.log, begun anew."""
        log = self._logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._tell_guard(f"+{process.pid}")
        child = Child(name, process, log, is_needed_last)
        self._children.append(child)
        return child

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a process to its end; DemoFailed when it fails."""
        child = self.start(name, command, environment)
        while child.process.poll() is None and not self._stop.wait(0.05):
            pass
        if child.process.poll() is not None:
            self._forget(child)
            if child.process.returncode != 0 and not self.was_stopped:
                raise DemoFailed(f"Could not {name} the demo: {child.last_words()} (more in {child.log})")

    def wait_until(self, is_ready: Callable[[], bool], child: Child) -> None:
        """Wait until `child` is ready; DemoFailed when it ends before or takes too long."""
        deadline = time.monotonic() + STARTING
        while not is_ready() and not self.was_stopped:
            self._check_alive()
            if time.monotonic() > deadline:
                raise DemoFailed(
                    f"{child.name} was not ready within {STARTING:.0f} s: {child.last_words()} (more in {child.log})"
                )
            self._stop.wait(0.1)

    def watch(self) -> None:
        """Wait until somebody stops the demo; DemoFailed when a process ends by itself."""
        while not self._stop.wait(0.2):
            self._check_alive()

    def _check_alive(self) -> None:
        if self._guard.poll() is not None:
            raise DemoFailed("The process that guards the others has ended, so the demo stops.")
        for child in self._children:
            if (code := child.process.poll()) is not None:
                how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
                raise DemoFailed(f"{child.name} {how}, so the demo stops: {child.last_words()} (more in {child.log})")

    def _end(self, children: list[Child], patience: float) -> None:
        for child in children:
            child.process.terminate()
        deadline = time.monotonic() + patience
        for child in children:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
            # Its own children too, and itself when it did not listen.
            guard.tell(child.process.pid, signal.SIGKILL)
            child.process.wait()
            self._forget(child)

    def _forget(self, child: Child) -> None:
        self._children.remove(child)
        self._tell_guard(f"-{child.process.pid}")

    def _tell_guard(self, line: str) -> None:
        with suppress(BrokenPipeError):  # the guard is gone; _check_alive says so
            os.write(self._guard_input.fileno(), f"{line}\n".encode())
