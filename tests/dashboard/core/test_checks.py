"""manage.py check: every wrong setting is named, none is shown."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.core.checks import check_settings

ROOT = Path(__file__).parent.parent.parent.parent


def ids(**more):
    return [message.id for message in check_settings(None, **more)]


def test_good_settings_say_nothing():
    assert ids() == []


@pytest.mark.parametrize(
    "name,value,message",
    [
        ("SECRET_KEY", "tiny-key", "inkpad.E002"),
        ("FINGERPRINT_API_KEY", "", "inkpad.E003"),
        ("FINGERPRINT_API_KEY", "kéy", "inkpad.E004"),
        ("FINGERPRINT_API_KEY", "key\nother", "inkpad.E004"),
        ("FINGERPRINT_BASE_URL", "10.9.8.7:8100", "inkpad.E005"),
        ("FINGERPRINT_BASE_URL", "https://api.example/v4", "inkpad.E005"),
        ("FINGERPRINT_BASE_URL", "ftp://api.example", "inkpad.E005"),
        ("AUDIT_LOOKUP_KEYS", {}, "inkpad.E006"),
        ("DELETE_QUOTA_PER_DAY", 1, "inkpad.E007"),
        ("NOTE_FILE_MB", 9, "inkpad.E024"),
        ("PUBLIC_URL", "desk.acme.test", "inkpad.E021"),
        ("PUBLIC_URL", "https://desk.acme.test/desk", "inkpad.E021"),
        ("PUBLIC_URL", "http://[::1", "inkpad.E021"),
        ("LINKED_ID_RECIPES", ["as-typed", "lower+rot13"], "inkpad.E023"),
        ("SETTINGS_PROBLEMS", [("LOG_FORMAT", "It must be one of: json, console.")], "inkpad.E001"),
        ("DEBUG", True, "inkpad.W001"),
        ("DELETION_RECORD_MONTHS", 12, "inkpad.W020"),
    ],
)
def test_a_wrong_setting_is_named_and_never_shown(settings, name, value, message):
    setattr(settings, name, value)

    found = check_settings(None)

    assert [each.id for each in found] == [message]
    words = f"{found[0].msg} {found[0].hint}"
    assert ("LOG_FORMAT" if name == "SETTINGS_PROBLEMS" else name) in words
    if isinstance(value, str) and value:
        assert value not in words


@pytest.mark.parametrize("sender", ["inkpad", "a@b@c", "", "Inkpad <inkpad>"])
def test_a_sender_that_is_no_address_is_named(settings, sender):
    settings.DEFAULT_FROM_EMAIL = sender

    assert ids() == ["inkpad.E022"]


@pytest.mark.parametrize("address", ["", "http://127.0.0.1:8100", "https://api.example/"])
def test_good_addresses(settings, address):
    settings.FINGERPRINT_BASE_URL = address

    assert ids() == []


def test_a_database_without_guards_is_refused(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.mysql")

    assert ids() == ["inkpad.E008"]


@pytest.mark.process
def test_the_check_says_everything_at_once_and_without_a_traceback():
    answer = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATABASE_URL": "sqlite://:memory:", "SNAPSHOT_MINUTES": "soon"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 1
    for message in ("inkpad.E001", "inkpad.E002", "inkpad.E003", "inkpad.E006"):
        assert message in answer.stderr
    assert "Traceback" not in answer.stderr
