"""Rules about the project's own text that no linter knows."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = {".py", ".html", ".css", ".js"}
LONGEST = 400
# Written so that this file does not break its own rules.
UNFINISHED = re.compile(r"T[O]DO|F[I]XME|X[X]X|Not[I]mplementedError")
SKIPS = re.compile(r"pytest\.(mark\.)?(sk[i]p|xf[a]il)|import[o]rskip")
HOSTS = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|index-url|find-links|file://", re.IGNORECASE)


def tracked() -> list[Path]:
    answer = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in answer.stdout.split("\0") if name and (ROOT / name).is_file()]


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


CODE_FILES = [path for path in tracked() if path.suffix in CODE and "migrations" not in path.parts]


def test_there_are_files_to_look_at():
    assert len(CODE_FILES) > 20


def test_every_file_has_a_size_that_can_be_read():
    lengths = {shown(path): len(path.read_text().splitlines()) for path in CODE_FILES}

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_file_is_finished_and_named_for_what_is_in_it():
    assert [shown(path) for path in CODE_FILES if UNFINISHED.search(path.read_text())] == []
    assert [shown(path) for path in CODE_FILES if path.stem in {"utils", "helpers", "common"}] == []


def test_no_test_is_left_out():
    tests = [path for path in CODE_FILES if path.is_relative_to(ROOT / "tests")]

    assert [shown(path) for path in tests if SKIPS.search(path.read_text())] == []


def test_only_the_agreed_folders_stand_at_the_top():
    folders = {path.relative_to(ROOT).parts[0] for path in tracked() if len(path.relative_to(ROOT).parts) > 1}

    assert {name for name in folders if not name.startswith(".")} <= {
        "dashboard",
        "fingerprint_integration",
        "static",
        "templates",
        "tests",
    }


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_no_host_and_pins_every_release_with_hashes(name):
    text = (ROOT / name).read_text()

    assert not HOSTS.search(text)
    releases = re.split(r"\n(?=\S)", text.strip())
    assert len(releases) > 30
    assert all(re.match(r"[a-z0-9._-]+==\S+", release) and "--hash=sha256:" in release for release in releases)


def test_the_locks_agree_with_each_other():
    def releases(name):
        return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))

    assert releases("requirements.lock").items() <= releases("requirements-dev.lock").items()


def test_the_api_key_of_the_sandbox_is_no_setting_of_the_product():
    product = [path for path in CODE_FILES if path.is_relative_to(ROOT / "dashboard") and "demo" not in path.parts]

    assert [shown(path) for path in product if re.search(r"sandbox-[a-z]+-key", path.read_text())] == []
