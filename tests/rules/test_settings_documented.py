"""Every environment variable that Inkpad reads is documented in .env.example, and nothing else is."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ONLY_FOR_COMPOSE = {"POSTGRES_PASSWORD"}
READERS = {"text", "flag", "words", "number", "choice", "day", "zone", "keys", "email", "entries"}


def read_by_settings() -> dict[str, ast.expr | None]:
    """Variable to the expression of its default, from the calls `env.<reader>("NAME", …)`."""
    tree = ast.parse((ROOT / "dashboard/settings.py").read_text())
    found = {}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "env" and node.func.attr in READERS:
            assert isinstance(node.args[0], ast.Constant)
            default = next((word.value for word in node.keywords if word.arg == "default"), None)
            found[str(node.args[0].value)] = default
    return found


def documented() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return {match[1]: match[2] for line in lines if (match := re.match(r"#?([A-Z][A-Z0-9_]*)=(.*)$", line))}


def required() -> set[str]:
    return {name for name in documented() if re.search(rf"^{name}=", (ROOT / ".env.example").read_text(), re.MULTILINE)}


def test_what_settings_read_and_what_is_documented_are_the_same():
    assert set(documented()) - ONLY_FOR_COMPOSE == set(read_by_settings())


def test_the_documented_defaults_are_the_real_ones():
    for name, default in read_by_settings().items():
        if name in required():
            continue
        if isinstance(default, ast.Constant) and default.value is not None:
            value = str(default.value).lower() if isinstance(default.value, bool) else str(default.value)
            assert documented()[name] == value, name


@pytest.mark.process
def test_a_bare_installation_is_told_what_is_missing_before_it_starts():
    answer = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True, check=False
    )

    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    for name in ("SECRET_KEY", "FINGERPRINT_API_KEY", "AUDIT_LOOKUP_KEYS"):
        assert f"{name} is missing" in answer.stderr


def test_every_check_of_the_settings_has_an_id_of_its_own():
    """A house silences a check by its id, and must not silence another one with it."""
    given = [
        word.value.value
        for path in ROOT.glob("dashboard/*/checks.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg == "id" and isinstance(word.value, ast.Constant)
    ]

    assert len(given) > 10
    assert sorted(given) == sorted(set(given))
