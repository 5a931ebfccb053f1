"""Runs the tests in rounds: `python -m tests.run [sqlite|postgresql|process|browser ...] [-- pytest words]`.

Without a name all four rounds run. A round that needs a service which is not to be had says so in one
sentence; with REQUIRE_SERVICES=1 that is a failure.
"""

import os
import subprocess
import sys
import time
from contextlib import nullcontext
from typing import NamedTuple

from tests import postgresql


class Round(NamedTuple):
    """One run of pytest: what it says it is, which tests, and on which database."""

    title: str
    marked: str
    database: str
    workers: int


ROUNDS = {
    "sqlite": Round("The main tests on SQLite", "not browser and not process", "sqlite", 2),
    "postgresql": Round("The main tests on PostgreSQL", "not browser and not process", "postgresql", 2),
    "process": Round("Tests with real processes", "process and not browser", "sqlite", 2),
    "browser": Round("Tests in a browser", "browser", "sqlite", 0),
}
NOTHING_COLLECTED = 5


def run_round(chosen: Round, url: str | None, arguments: list[str]) -> int:
    """Run one round with PostgreSQL at `url` (None: there is none) and return pytest's exit code."""
    environment = {**os.environ, "TEST_DATABASE": chosen.database}
    if url is not None:
        environment["TEST_DATABASE_URL"] = url
    command = [sys.executable, "-m", "pytest", "-q", "-m", chosen.marked]
    if chosen.workers:
        command += ["-n", str(chosen.workers), "--dist", "worksteal"]
    started = time.monotonic()
    print(f"── {chosen.title}", flush=True)
    code = subprocess.run([*command, *arguments], env=environment, check=False).returncode
    print(f"── {chosen.title}: {time.monotonic() - started:.0f} s\n", flush=True)
    return 0 if code == NOTHING_COLLECTED else code


def main(words: list[str]) -> int:
    """Run the rounds named by `words` (all without a name); 0 when every one of them passed."""
    arguments = words[words.index("--") + 1 :] if "--" in words else []
    names = [word for word in words[: len(words) - len(arguments)] if word != "--"] or list(ROUNDS)
    if unknown := [name for name in names if name not in ROUNDS]:
        print(f"There is no round {', '.join(unknown)}; choose from {', '.join(ROUNDS)}.", file=sys.stderr)
        return 2
    required = os.environ.get("REQUIRE_SERVICES") == "1"
    failed: list[str] = []
    wants_postgresql = {"postgresql", "process"} & set(names)
    with postgresql.found() if wants_postgresql else nullcontext() as url:
        for name in names:
            if name == "postgresql" and url is None:
                print(postgresql.MISSING, file=sys.stderr, flush=True)
                if required:
                    failed.append(name)
                continue
            if run_round(ROUNDS[name], url, arguments):
                failed.append(name)
    if failed:
        print(f"Failed: {', '.join(ROUNDS[name].title for name in failed)}.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
