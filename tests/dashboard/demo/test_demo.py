"""`make demo` from the start to the end, with real processes."""

import signal
import socket
import sqlite3
import subprocess
import time

import httpx
import pytest

from dashboard.demo.people import PASSWORD, PEOPLE
from tests.demos import Demo, alive
from tests.pages import Page
from tests.ports import free_port

pytestmark = pytest.mark.process


@pytest.fixture
def start(tmp_path):
    """Starts demos and ends them after the test."""
    demos = []

    def start_one(**variables):
        demos.append(Demo(variables.pop("folder", tmp_path / "demo"), **variables))
        return demos[-1]

    yield start_one
    for demo in demos:
        if demo.process.poll() is None:
            demo.stop()


def sign_in(demo, email):
    with httpx.Client(base_url=demo.url, follow_redirects=True, timeout=30) as browser:
        form = Page(browser.get("/account/login/").text).form(action="/account/login/")
        answer = browser.post(form.action, data={**form.fields, "login": email, "password": PASSWORD})
    assert answer.status_code == 200
    return Page(answer.text)


def test_it_starts_lets_people_in_keeps_their_data_and_begins_anew_on_request(start, tmp_path):
    demo = start().wait_until_ready()
    children = demo.descendants()
    for person in PEOPLE:
        assert person.name in sign_in(demo, person.email).text
    assert httpx.get(f"{demo.sandbox_url}/v4/events", timeout=5).status_code == 403

    assert demo.stop() < 10
    assert demo.process.returncode == 0
    assert len(children) >= 8
    assert alive(children) == set()

    folder = tmp_path / "demo"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "secrets.json").stat().st_mode & 0o777 == 0o600
    secrets = (folder / "secrets.json").read_text()
    sandbox = (folder / "sandbox.json").read_text()
    with sqlite3.connect(folder / "inkpad.sqlite3") as database:
        database.execute("UPDATE accounts_user SET name = 'Renamed' WHERE email = 'fraud@demo.test'")
    database.close()

    again = start(API="v3").wait_until_ready()
    assert "API v3" in again.output
    assert "Renamed" in sign_in(again, "fraud@demo.test").text
    assert (folder / "secrets.json").read_text() == secrets
    assert (folder / "sandbox.json").read_text() == sandbox
    again.stop(signal.SIGINT)
    assert again.process.returncode == 0

    (folder / "not-of-the-demo.txt").write_text("stays")
    anew = start(RESET="1").wait_until_ready()
    assert "Farid Haddad" in sign_in(anew, "fraud@demo.test").text
    assert (folder / "secrets.json").read_text() != secrets
    assert (folder / "not-of-the-demo.txt").exists()


def test_a_process_that_dies_is_reported_and_one_that_is_killed_hard_leaves_nobody_behind(start):
    demo = start().wait_until_ready()
    children = demo.descendants()
    worker = next(pid for pid in children if "--queues work" in command_of(pid))

    subprocess.run(["kill", "-KILL", str(worker)], check=True)
    assert demo.wait() == 1
    assert "worker-work was killed by signal 9, so the demo stops" in demo.output
    assert "Traceback" not in demo.output
    assert alive(children) == set()

    demo = start().wait_until_ready()
    children = demo.descendants()
    demo.stop(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while alive(children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert alive(children) == set()

    assert start().wait_until_ready().stop() < 10


def command_of(pid):
    answer = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout


def test_two_demos_run_side_by_side_but_not_in_one_folder(start, tmp_path):
    first = start()
    while not (tmp_path / "demo" / "logs").exists():
        time.sleep(0.05)

    refused = start()
    assert refused.wait() == 1
    assert "A demo is already running in" in refused.output
    assert "Traceback" not in refused.output

    second = start(folder=tmp_path / "a second folder, with % and blanks").wait_until_ready()
    first.wait_until_ready()
    assert first.sandbox_url != second.sandbox_url


def test_a_busy_port_is_told_before_anything_starts(start, tmp_path):
    with socket.create_server(("127.0.0.1", free_port())) as listener:
        port = listener.getsockname()[1]
        demo = start(port=port)
        assert demo.wait() == 1

    assert f"Port {port} is in use. Choose another one: make demo PORT={port + 1}" in demo.output
    assert "Traceback" not in demo.output
    assert not (tmp_path / "demo" / "logs").exists()


@pytest.mark.parametrize(
    "variables,sentence",
    [
        ({"PORT": "http"}, "PORT must be a number from 1 to 65535"),
        ({"PORT": "70000"}, "PORT must be a number from 1 to 65535"),
        ({"API": "v5"}, "API must be v4 or v3"),
        ({"DEMO_DIR": "/dev/null/demo"}, "cannot be used"),
    ],
)
def test_a_wrong_wish_gets_one_sentence(start, variables, sentence):
    demo = start(**variables)

    assert demo.wait() == 1
    assert sentence in demo.output
    assert "Traceback" not in demo.output


def test_it_can_be_stopped_while_it_starts(start, tmp_path):
    demo = start()
    while not (tmp_path / "demo" / "logs" / "prepare.log").exists():
        time.sleep(0.05)
    children = demo.descendants()

    assert demo.stop(signal.SIGINT) < 10
    assert demo.process.returncode == 0
    assert alive(children) == set()
