"""System checks: what is missing or contradictory in the settings, before the server starts."""

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from dashboard.core import linked_ids


@register(Tags.security)
def check_settings(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Every sentence names the variable and never shows a secret's value."""
    found: list[CheckMessage] = [
        Error(f"{name} cannot be used.", hint=sentence, id="inkpad.E001")
        for name, sentence in settings.SETTINGS_PROBLEMS
    ]
    if len(settings.SECRET_KEY) < 50:
        found.append(
            Error(
                "SECRET_KEY is missing or shorter than 50 characters.",
                hint="Set it to a long random text, for example the output of: python -c "
                "'import secrets; print(secrets.token_urlsafe(64))'. SECRET_KEY_FILE may name a file instead.",
                id="inkpad.E002",
            )
        )
    if not settings.FINGERPRINT_API_KEY:
        found.append(
            Error(
                "FINGERPRINT_API_KEY is missing.",
                hint="Set it to a secret key of your Fingerprint workspace (API keys, type Secret). "
                "To look around without one, run: make demo.",
                id="inkpad.E003",
            )
        )
    elif not settings.FINGERPRINT_API_KEY.isascii() or not settings.FINGERPRINT_API_KEY.isprintable():
        found.append(
            Error(
                "FINGERPRINT_API_KEY holds characters that no key has.",
                hint="Copy the secret key again, without blanks, quotes or line breaks.",
                id="inkpad.E004",
            )
        )
    found += _check_base_url(settings.FINGERPRINT_BASE_URL)
    found += _check_recipes(settings.LINKED_ID_RECIPES)
    if settings.NOTE_FILE_MB * 1024 * 1024 > settings.UPLOAD_MOST_BYTES:
        hint = "Files are held in memory while they arrive: set it to at most 8."
        found.append(Error("NOTE_FILE_MB is too large.", hint=hint, id="inkpad.E024"))
    if not _is_web_address(settings.PUBLIC_URL):
        found.append(
            Error(
                "PUBLIC_URL is not a web address without a path.",
                hint="Set it to where people open Inkpad, for example https://inkpad.example.com, or leave it empty.",
                id="inkpad.E021",
            )
        )
    if len(parseaddr(settings.DEFAULT_FROM_EMAIL)[1].split("@")) != 2:
        found.append(
            Error(
                "EMAIL_FROM is not an e-mail address.",
                hint="Set it to the address that mails come from, for example inkpad@example.com.",
                id="inkpad.E022",
            )
        )
    if not settings.AUDIT_LOOKUP_KEYS:
        found.append(
            Error(
                "AUDIT_LOOKUP_KEYS is missing.",
                hint="Set it to 1: followed by 64 hexadecimal digits, for example the output of: python -c "
                "'import secrets; print(\"1:\" + secrets.token_hex(32))'. Keep it: without it old entries cannot "
                "be found.",
                id="inkpad.E006",
            )
        )
    if settings.DELETE_QUOTA_PER_DAY < settings.DELETE_QUOTA_PER_HOUR:
        found.append(
            Error(
                "DELETE_QUOTA_PER_DAY is smaller than DELETE_QUOTA_PER_HOUR.",
                hint="Fingerprint allows 30 an hour and 500 a day unless its support raised it for you.",
                id="inkpad.E007",
            )
        )
    if settings.DATABASES["default"]["ENGINE"] not in (
        "django.db.backends.sqlite3",
        "django.db.backends.postgresql",
    ):
        found.append(
            Error(
                "DATABASE_URL names a database that Inkpad does not protect.",
                hint="Use PostgreSQL (postgres://…) or, on one machine, SQLite (sqlite:///…): triggers guard the "
                "audit log there.",
                id="inkpad.E008",
            )
        )
    if settings.DELETION_RECORD_MONTHS < 24:
        found.append(
            Warning(
                "DELETION_RECORD_MONTHS is less than 24.",
                hint="CCPA (11 CCR 7101) asks for records of 24 months. Lower it only where no such law applies.",
                id="inkpad.W020",
            )
        )
    if settings.DEBUG:
        found.append(
            Warning(
                "DEBUG is on.",
                hint="Error pages then show code and values. Never use it where real visitors' data is.",
                id="inkpad.W001",
            )
        )
    return found


def _check_recipes(recipes: Sequence[str]) -> list[CheckMessage]:
    try:
        linked_ids.parse(recipes)
    except linked_ids.WrongRecipe as problem:
        hint = "Steps are lower, upper, digits, email, prefix:TEXT, md5, sha1, sha256 and as-typed, joined by +."
        return [Error(f"LINKED_ID_RECIPES cannot be used: {problem}", hint=hint, id="inkpad.E023")]
    return []


def _is_web_address(address: str) -> bool:
    """Empty, or http(s) with a host and nothing behind it."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    has_host = parts.scheme in ("http", "https") and bool(parts.hostname)
    return not address or (has_host and parts.path in ("", "/") and not parts.query)


def _check_base_url(address: str) -> list[CheckMessage]:
    if _is_web_address(address):
        return []
    return [
        Error(
            "FINGERPRINT_BASE_URL is not a web address without a path.",
            hint="Leave it empty for Fingerprint itself, or set it to the sandbox, for example http://127.0.0.1:8100.",
            id="inkpad.E005",
        )
    ]
