"""Finds a PostgreSQL server for the tests, or starts a throw-away one.

In this order: the server named by TEST_DATABASE_URL, one on localhost:5432 that lets `postgres` in without a
password, a cluster of our own made with the system's binaries. Nothing to be had is a sentence, never an
error; the caller decides what it means.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCAL_URL = "postgresql://postgres@127.0.0.1:5432/postgres"
MISSING = (
    "PostgreSQL tests did not run: no server at TEST_DATABASE_URL or localhost:5432, and no binaries to start "
    "one with (on Debian and Ubuntu: apt-get install postgresql)."
)


def database_url() -> str:
    """The server that tests use; tests.run puts it into TEST_DATABASE_URL."""
    return os.environ.get("TEST_DATABASE_URL") or LOCAL_URL


def answers(url: str) -> bool:
    """Whether a server lets us in at `url`."""
    import psycopg  # takes half a second, and settings import this module in every test process

    try:
        with psycopg.connect(url, connect_timeout=3):
            return True
    except psycopg.OperationalError:
        return False


@contextmanager
def found() -> Iterator[str | None]:
    """Yield the address of a server that answers while the block lasts, or None."""
    if answers(database_url()):
        yield database_url()
        return
    binaries = _binaries()
    if binaries is None:
        yield None
        return
    with _throw_away_cluster(binaries) as url:
        yield url


def _binaries() -> Path | None:
    """The folder with initdb and pg_ctl: the newest version that is installed, or that on PATH."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    installed = sorted(versions, key=lambda path: path.parts[-3].zfill(4), reverse=True)
    if installed:
        return installed[0].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@contextmanager
def _throw_away_cluster(binaries: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="inkpad-pg-", ignore_cleanup_errors=True) as name:
        folder, data = Path(name), Path(name) / "data"
        as_owner: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
            as_owner = ["runuser", "-u", "postgres", "--"]

        def run(program: str, *arguments: str) -> None:
            command = [*as_owner, str(binaries / program), *arguments]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

        run("initdb", "--pgdata", str(data), "--username", "postgres", "--auth", "trust", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        log = str(folder / "log")
        run("pg_ctl", "start", "--wait", "--pgdata", str(data), "--log", log, "--options", options)
        try:
            yield f"postgresql://postgres@%2F{str(folder).lstrip('/').replace('/', '%2F')}/postgres"
        finally:
            run("pg_ctl", "stop", "--pgdata", str(data), "--mode", "immediate")
