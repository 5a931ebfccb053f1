"""Reads environment variables into typed settings and remembers what could not be read.

Nothing here raises: a bad value falls back to the default and leaves a sentence in `problems`, so that
`manage.py check` can show all of them at once, each with the variable's name and never with a secret's value.
"""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit
from zoneinfo import available_timezones

T = TypeVar("T")


class Environment:
    """A view of `variables` (usually os.environ); `problems` collects (variable, sentence) pairs."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.problems: list[tuple[str, str]] = []

    def text(self, name: str, *, default: str) -> str:
        """The value, or that of the file named by NAME_FILE (for secrets mounted as files), or the default."""
        path = self._variables.get(f"{name}_FILE", "")
        if path:
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except (OSError, ValueError):
                self.problems.append(
                    (f"{name}_FILE", "The file it names cannot be read. Check the path and its permissions.")
                )
        return self._variables.get(name, "").strip() or default

    def flag(self, name: str, *, default: bool) -> bool:
        """True for 1, true, yes, on; False for 0, false, no, off (any case)."""
        value = self.text(name, default="").lower()
        if value in ("1", "true", "yes", "on"):
            return True
        if value not in ("", "0", "false", "no", "off"):
            self.problems.append((name, "It must be true or false."))
        return default if not value else False

    def words(self, name: str, *, default: str) -> list[str]:
        """A comma-separated list without blanks."""
        return [word.strip() for word in self.text(name, default=default).split(",") if word.strip()]

    def number(self, name: str, *, default: int, at_least: int) -> int:
        """A whole number of at least `at_least`."""
        value = self.text(name, default=str(default))
        if value.isascii() and value.isdigit() and int(value) >= at_least:
            return int(value)
        self.problems.append((name, f"It must be a whole number of at least {at_least}."))
        return default

    def choice(self, name: str, choices: tuple[str, ...], *, default: str) -> str:
        """One of `choices`, in any case."""
        value = self.text(name, default=default)
        for choice in choices:
            if value.lower() == choice.lower():
                return choice
        self.problems.append((name, f"It must be one of: {', '.join(choices)}."))
        return default

    def day(self, name: str, *, default: date) -> date:
        """A calendar day as YYYY-MM-DD."""
        try:
            return date.fromisoformat(self.text(name, default=default.isoformat()))
        except ValueError:
            self.problems.append((name, "It must be a day such as 2027-10-31."))
            return default

    def zone(self, name: str, *, default: str) -> str:
        """An IANA time zone name such as Europe/Berlin."""
        value = self.text(name, default=default)
        if value == "UTC" or value in available_timezones():
            return value
        self.problems.append((name, "It must be a time zone name such as Europe/Berlin."))
        return default

    def keys(self, name: str) -> dict[int, bytes]:
        """Versioned keys `1:<64 hex>,2:<64 hex>`: version number to 32 bytes, in the order given."""
        keys: dict[int, bytes] = {}
        for word in self.words(name, default=""):
            version, _, secret = word.partition(":")
            try:
                key = bytes.fromhex(secret)
            except ValueError:
                key = b""
            if not (version.isascii() and version.isdigit()) or len(key) != 32 or int(version) in keys:
                self.problems.append(
                    (
                        name,
                        "Each key must read NUMBER:KEY, the key being 64 hexadecimal digits, numbers not repeated.",
                    )
                )
                return {}
            keys[int(version)] = key
        return keys

    def entries(self, name: str, read: Callable[[str], T], *, about: Callable[[T], object] | None = None) -> list[T]:
        """What stands between semicolons, each read by `read`, which raises ValueError with a sentence.

        Where `about` tells what an entry is about, no two may be about the same.
        """
        try:
            found = [read(entry) for entry in self.text(name, default="").split(";") if entry.strip()]
        except ValueError as problem:
            self.problems.append((name, str(problem)))
            return []
        if about is not None and len({about(entry) for entry in found}) < len(found):
            self.problems.append((name, "Two of its entries are about the same. Leave one of them out."))
            return []
        return found

    def email(self, name: str) -> dict[str, Any]:
        """Django's EMAIL_* settings from smtp://user:password@host:port, smtps://… or console:// (default)."""
        address = self.text(name, default="console://")
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError:
            parts, port = urlsplit("invalid://"), None
        if parts.scheme == "console":
            return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            self.problems.append((name, "It must look like smtp://user:password@mail.example:587."))
            return {}
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": parts.hostname,
            "EMAIL_PORT": port or (465 if parts.scheme == "smtps" else 587),
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_SSL": parts.scheme == "smtps",
            "EMAIL_USE_TLS": parts.scheme == "smtp" and bool(parts.username),
            "EMAIL_TIMEOUT": 10,
        }
