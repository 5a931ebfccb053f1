"""Databases for tests with real processes: migrated once a test run, then copied for each test in no time.

Append-only tables refuse to be flushed, so such a test gets a database that nobody used before and nobody will
use after it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests import postgresql
from tests.keys import AUDIT_SIGNING_KEY

ROOT = Path(__file__).parent.parent
_numbers = count(1)


class OwnDatabase(NamedTuple):
    """A database of one test; `environment` configures a process of Inkpad that works on it."""

    kind: str
    url: str
    environment: dict[str, str]

    def manage(self, *words: str) -> str:
        """Run `manage.py words` on this database and give what it printed; AssertionError when it fails."""
        return self._run("manage.py", *words)

    def python(self, code: str) -> str:
        """Run code with Django set up on this database and give what it printed; AssertionError when it fails."""
        return self._run("-c", f"import django; django.setup()\n{code}")

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start `python command` on this database; the caller ends it."""
        return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=self.environment)

    def _run(self, *command: str) -> str:
        answer = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, f"{command} failed:\n{answer.stdout}{answer.stderr}"
        return answer.stdout


def available_kinds() -> list[str]:
    """The databases to be had here; all of them where REQUIRE_SERVICES=1."""
    has_postgresql = os.environ.get("REQUIRE_SERVICES") == "1" or postgresql.answers(postgresql.database_url())
    return ["sqlite", "postgresql"] if has_postgresql else ["sqlite"]


def environment(database_url: str, *, redis_url: str, sandbox_url: str = "http://127.0.0.1:9") -> dict[str, str]:
    """What a process of Inkpad needs to run on this database."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.process_settings",
        "SECRET_KEY": "only-for-tests-" + "0" * 50,
        "AUDIT_LOOKUP_KEYS": "1:" + "ab" * 32,
        "AUDIT_SIGNING_KEY": AUDIT_SIGNING_KEY,
        "AUDIT_VERIFIER_KEYS": "",
        "AUDIT_CHECKPOINT_FILE": "",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "BROKER_URL": "",
        "FINGERPRINT_API_KEY": "sandbox-secret-key",
        "FINGERPRINT_BASE_URL": sandbox_url,
        "DELETION_COOLING_OFF_MINUTES": "0",
        "LOG_FORMAT": "console",
        "LOG_LEVEL": "WARNING",
    }


class Templates:
    """The migrated databases of one test process, made when first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, str] = {}
        self._stack = ExitStack()

    def close(self) -> None:
        """Drop them."""
        self._stack.close()

    @contextmanager
    def copy(self, kind: str) -> Iterator[str]:
        """The address of a new copy, gone when the block ends."""
        template = self._template(kind)
        if kind == "sqlite":
            with tempfile.TemporaryDirectory(dir=self._folder) as folder:
                path = Path(folder) / "inkpad.sqlite3"
                shutil.copy(template, path)
                yield f"sqlite:///{path}"
        else:
            with _postgresql_database(template) as url:
                yield url

    def _template(self, kind: str) -> str:
        if kind not in self._made:
            if kind == "sqlite":
                path = self._folder / "template.sqlite3"
                _migrate(f"sqlite:///{path}")
                self._made[kind] = str(path)
            else:
                url = self._stack.enter_context(_postgresql_database("template1"))
                _migrate(url)
                self._made[kind] = urlsplit(url).path.lstrip("/")
        return self._made[kind]


def _migrate(url: str) -> None:
    OwnDatabase("", url, environment(url, redis_url="redis://127.0.0.1:9/0")).manage("migrate", "--verbosity", "0")


@contextmanager
def _postgresql_database(template: str) -> Iterator[str]:
    server = postgresql.database_url()
    name = f"inkpad_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
