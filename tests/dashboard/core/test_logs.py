"""Log lines: JSON, one act a line, and nothing in them that must not be."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent.parent

CODE = """
import django; django.setup()
import logging, structlog
from django.test import Client
from django.conf import settings
settings.ALLOWED_HOSTS = ["*"]
structlog.get_logger("inkpad.x").info("hello", number=1)
logging.getLogger("httpx").info("GET https://api.example/events?linked_id=acct_88412")
logging.getLogger("plain").warning("with\\nnew line")
Client().get("/events/1795333867327.NLOjmg/nothing-here/")
Client().post("/recognise/", {"text": "acct_88412"})
"""


@pytest.mark.process
def test_every_line_is_json_without_paths_or_values():
    answer = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "SECRET_KEY": "only-for-tests-" + "0" * 50,
            "DATABASE_URL": "sqlite://:memory:",
            "LOG_FORMAT": "json",
            "DEBUG": "true",  # static files without a manifest; what is logged is the same
        },
        capture_output=True,
        text=True,
        check=True,
    )

    lines = [json.loads(line) for line in answer.stderr.splitlines()]
    assert {"hello", "with\nnew line", "404 at route unknown"} <= {line["event"] for line in lines}
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)
    for value in ("1795333867327", "acct_88412", "/events/", "only-for-tests"):
        assert value not in answer.stderr
