"""`manage.py demo`: Inkpad with a sandbox and everything they need, until Ctrl-C.

Reads PORT, DEMO_DIR, API and RESET from the environment (see the Makefile), and DEMO_DATABASE_URL for a database
other than SQLite.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard.demo import stack
from dashboard.demo.folder import DemoFolder
from dashboard.demo.people import PASSWORD, PEOPLE
from dashboard.demo.processes import DemoFailed, Processes


class Command(BaseCommand):
    """Runs the demo in the foreground."""

    help = "Run Inkpad with a sandbox and everything they need, until Ctrl-C."
    # The settings that count are those of the processes it starts.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """One option, for the process that prepares the data."""
        parser.add_argument("--prepare", action="store_true", help="only migrate, make people and collect static files")

    def handle(self, *args: Any, prepare: bool, **options: Any) -> None:
        """Run until somebody stops it; CommandError with one sentence when it cannot go on."""
        if prepare:
            call_command("check", fail_level="ERROR", verbosity=0)
            call_command("migrate", interactive=False, verbosity=0)
            call_command("seed_demo", verbosity=0)
            call_command("collectstatic", interactive=False, verbosity=0)
            return
        try:
            self._run(
                port=_port(os.environ.get("PORT") or "8000"),
                api_version=_api_version(os.environ.get("API") or "v4"),
                folder=DemoFolder(Path(os.environ.get("DEMO_DIR") or ".demo")),
                is_reset=os.environ.get("RESET", "") not in ("", "0"),
            )
        except DemoFailed as error:
            raise CommandError(str(error)) from error

    def _run(self, *, port: int, api_version: str, folder: DemoFolder, is_reset: bool) -> None:
        lock = folder.take()
        if not stack.is_free(port):
            raise DemoFailed(f"Port {port} is in use. Choose another one: make demo PORT={port + 1}")
        if is_reset:
            folder.reset()
        secrets = folder.prepare()
        # Not in the demo's folder: the address of a Unix socket has little more than a hundred bytes.
        private = Path(tempfile.mkdtemp(prefix="inkpad-"))
        sandbox_port = stack.sandbox_port(port)
        sandbox_url = f"http://127.0.0.1:{sandbox_port}"
        environment = stack.environment(
            folder,
            secrets,
            valkey_socket=private / "valkey.sock",
            sandbox_url=sandbox_url,
            api_version=api_version,
        )
        self._say("Starting Inkpad …")
        with Processes(logs=folder.logs, removed_at_end=private, held=lock) as processes:
            _start(processes, folder, environment, port=port, sandbox_port=sandbox_port, private=private)
            if not processes.was_stopped:
                self._say(_welcome(folder, port=port, sandbox_url=sandbox_url, api_version=api_version))
                processes.watch()
            self._say("Stopping …")
        self._say("Everything has ended; the data stays in the folder for the next start.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _start(
    processes: Processes,
    folder: DemoFolder,
    environment: dict[str, str],
    *,
    port: int,
    sandbox_port: int,
    private: Path,
) -> None:
    """Start everything and wait until it is ready, or until somebody stops the demo."""
    valkey_socket = private / "valkey.sock"
    valkey = processes.start("valkey", stack.valkey(folder, valkey_socket), environment, is_needed_last=True)
    sandbox = processes.start("sandbox", stack.sandbox(folder, sandbox_port), environment)
    processes.run("prepare", stack.prepare(), environment)
    processes.wait_until(lambda: stack.listens(valkey_socket), valkey)
    if processes.was_stopped:
        return
    web = processes.start("web", stack.web(port), environment)
    workers = [
        processes.start("worker-clock", stack.worker("clock", concurrency=2), environment),
        processes.start("worker-work", stack.worker("work", concurrency=4), environment),
    ]
    processes.start("beat", stack.beat(folder), environment)
    processes.wait_until(lambda: stack.says(sandbox, "ready at"), sandbox)
    processes.wait_until(lambda: stack.answers(f"http://127.0.0.1:{port}/account/login/"), web)
    for worker in workers:
        processes.wait_until(lambda worker=worker: stack.says(worker, " ready."), worker)  # type: ignore[misc]


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise DemoFailed(f"PORT must be a number from 1 to 65535, and {text!r} is not.")


def _api_version(text: str) -> str:
    if text in ("v3", "v4"):
        return text
    raise DemoFailed(f"API must be v4 or v3, and {text!r} is neither.")


def _welcome(folder: DemoFolder, *, port: int, sandbox_url: str, api_version: str) -> str:
    address = f"http://127.0.0.1:{port}"
    rows = [
        ("Inkpad", address),
        ("Sandbox", f"{sandbox_url} (plays Fingerprint, API {api_version})"),
        ("Data and logs", str(folder.path)),
        ("", ""),
        ("Sign in as", f"with the password {PASSWORD}"),
        *((person.email, f"{person.name}, {person.role.value}") for person in PEOPLE),
    ]
    width = max(len(first) for first, _ in rows)
    table = "\n".join(f"  {first:<{width}}  {second}".rstrip() for first, second in rows)
    return f"\n{table}\n\nInkpad is ready at {address}\nStop it with Ctrl-C."
