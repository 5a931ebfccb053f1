"""The product's settings with a handful of lines changed for tests.

Settings are read under an environment of our own, so that variables lying about on a machine change nothing.
TEST_DATABASE chooses the database: `sqlite` (default, in memory) or `postgresql`.
"""

import os
from datetime import timedelta
from unittest import mock

from tests.keys import AUDIT_SIGNING_KEY
from tests.postgresql import database_url
from tests.valkey import socket_path

_TEST_DATABASE = os.environ.get("TEST_DATABASE", "sqlite")
_KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ", "VIRTUAL_ENV")

with mock.patch.dict(
    os.environ,
    {name: os.environ[name] for name in _KEPT if name in os.environ}
    | {
        "SECRET_KEY": "only-for-tests-" + "0" * 50,
        "AUDIT_LOOKUP_KEYS": "1:" + "ab" * 32,
        "AUDIT_SIGNING_KEY": AUDIT_SIGNING_KEY,
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
        "DATABASE_URL": database_url() if _TEST_DATABASE == "postgresql" else "sqlite://:memory:",
        "REDIS_URL": f"unix://{socket_path()}",
        "FINGERPRINT_API_KEY": "sandbox-secret-key",
        # Nothing listens there: a test that forgot the sandbox fixture fails at once.
        "FINGERPRINT_BASE_URL": "http://127.0.0.1:9",
        "LOG_FORMAT": "console",
        "LOG_LEVEL": "WARNING",
    },
    clear=True,
):
    from dashboard.settings import *  # noqa: F403

if _TEST_DATABASE == "postgresql":
    # One connection a test: a pool would hold connections open past the test database's end.
    DATABASES["default"]["OPTIONS"] = {}  # noqa: F405
    # Two test runs on one server do not meet.
    DATABASES["default"]["TEST"] = {"NAME": f"test_inkpad_{os.getpid()}"}  # noqa: F405

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast; nobody's password is at stake
# Tests move the clock by days under people who are signed in; those of sessions set both.
SESSION_IDLE = SESSION_LASTS = timedelta(days=3650)
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
