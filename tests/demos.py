"""Runs the demo as a person does, on free ports and in a folder of its own."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

from tests.ports import free_port

ROOT = Path(__file__).parent.parent
STARTING = 240.0


class Demo:
    """A running (or failed) `make demo`; `output` is what it printed so far."""

    def __init__(self, folder: Path, *, port: int | None = None, api_version: str = "v4", **variables: str) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = ""
        environment = {
            **{name: value for name, value in os.environ.items() if name != "RESET"},
            "PORT": str(self.port),
            "DEMO_DIR": str(folder),
            "API": api_version,
            **variables,
        }
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=[self.process.stdout], daemon=True)
        self._reader.start()

    def wait_until_ready(self) -> "Demo":
        """Wait for the line that says so; AssertionError with the output when it ends before."""
        deadline = time.monotonic() + STARTING
        while f"Inkpad is ready at {self.url}\n" not in self.output:
            is_waiting = self.process.poll() is None and time.monotonic() < deadline
            assert is_waiting, f"the demo is not ready:\n{self.output}{self.logs()}"
            time.sleep(0.05)
        return self

    @property
    def sandbox_url(self) -> str:
        """Where its sandbox listens."""
        match = re.search(r"Sandbox\s+(http://\S+)", self.output)
        assert match
        return match[1]

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Send a signal, wait for the end and give the seconds it took."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.wait()
        return time.monotonic() - started

    def wait(self) -> int:
        """Wait for the end; the exit code."""
        code = self.process.wait(timeout=30)
        self._reader.join(timeout=5)
        return code

    def descendants(self) -> set[int]:
        """Every process that the demo started, directly or not."""
        parents: dict[int, list[int]] = {}
        for line in subprocess.check_output(["ps", "-A", "-o", "pid=,ppid="], text=True).splitlines():
            pid, parent = map(int, line.split())
            parents.setdefault(parent, []).append(pid)
        found: set[int] = set()
        new = {self.process.pid}
        while new:
            new = {pid for parent in new for pid in parents.get(parent, [])}
            found |= new
        return found

    def logs(self) -> str:
        """The end of every log, for an assertion's message."""
        files = sorted((self.folder / "logs").glob("*.log"))
        return "".join(f"\n── {file.name}\n{file.read_text(errors='replace')[-2000:]}" for file in files)

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self.output += line


def alive(pids: set[int]) -> set[int]:
    """Those of `pids` that still run (a zombie does not)."""
    listed = subprocess.check_output(["ps", "-A", "-o", "pid=,stat="], text=True).split("\n")
    running = {int(line.split()[0]) for line in listed if line.strip() and not line.split()[1].startswith("Z")}
    return pids & running
