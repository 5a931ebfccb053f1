"""`manage.py check` asks for the keys of the seal; with `--database default` also whether the triggers stand guard."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from dashboard.audit import keys, triggers


@register(Tags.database)
def check_triggers(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if triggers.SUBJECT not in connection.introspection.table_names():
            continue
        missing = triggers.missing(connection)
        if missing:
            found.append(
                Error(
                    f"The audit log is not guarded: missing in the database: {', '.join(sorted(missing))}.",
                    hint="Run: manage.py migrate. If it was removed on purpose, find out by whom.",
                    id="inkpad.E010",
                )
            )
    return found


@register(Tags.compatibility)
def check_sqlite(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Whether SQLite can say which numbers it gave to the rows of a statement, without which no entry is written."""
    engine = settings.DATABASES["default"]["ENGINE"]
    if engine != "django.db.backends.sqlite3" or sqlite3.sqlite_version_info >= (3, 35):
        return []
    return [
        Error(
            f"SQLite {'.'.join(map(str, sqlite3.sqlite_version_info))} is too old.",
            hint="Inkpad needs 3.35 or newer. It comes with Python or with the system; or use PostgreSQL.",
            id="inkpad.E011",
        )
    ]


@register(Tags.security)
def check_keys(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Whether the log can be sealed and its seals checked; never with a word of a key."""
    found: list[CheckMessage] = [
        Error(f"{name} cannot be used.", hint=sentence, id="inkpad.E012") for name, sentence in keys.problems()
    ]
    if not settings.AUDIT_SIGNING_KEY and not settings.AUDIT_VERIFIER_KEYS:
        found.append(
            Error(
                "AUDIT_SIGNING_KEY and AUDIT_VERIFIER_KEYS are missing.",
                hint="Make a key with: manage.py audit_key --make NAME --output FILE. The worker of the queue `clock` "
                "needs it to seal the audit log; every other process needs only the public half.",
                id="inkpad.E013",
            )
        )
    return found


@register(Tags.security, deploy=True)
def check_checkpoint_file(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Whether what was signed is also kept outside the database."""
    if not settings.AUDIT_SIGNING_KEY or settings.AUDIT_CHECKPOINT_FILE:
        return []
    return [
        Warning(
            "AUDIT_CHECKPOINT_FILE is missing.",
            hint="Without a file outside the database, somebody who has both the database and the key can rewrite "
            "the log unseen. Name a file, and keep copies of it on another machine.",
            id="inkpad.W010",
        )
    ]
