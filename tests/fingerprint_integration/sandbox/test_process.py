"""The sandbox as it is run: the command line, real sockets, signals, a state file and a crash."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

PROJECT = Path(__file__).parents[3]
KEY = {"Authorization": "Bearer sandbox-secret-key"}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "fingerprint_integration.sandbox", *map(str, arguments)]


def children_seconds() -> float:
    """Processor time of processes that have ended: it does not depend on what else is running."""
    times = os.times()
    return times.children_user + times.children_system


class Running:
    """A sandbox process that has said it is ready."""

    def __init__(self, *arguments: object) -> None:
        self.process = subprocess.Popen(
            command("--port", 0, *arguments), cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline().strip()
        assert "ready at " in self.line, self.process.communicate()
        self.url = self.line.split("ready at ")[1].split(" ")[0]

    def end(self, how: int = signal.SIGTERM) -> tuple[int, float, str]:
        """Exit code, seconds it took, and what it printed besides."""
        started = time.perf_counter()
        self.process.send_signal(how)
        rest, errors = self.process.communicate(timeout=10)
        return self.process.returncode, time.perf_counter() - started, rest + errors


@pytest.fixture
def run():
    """`run("--seed", 3)`: a running sandbox on a free port, ended with the test."""
    processes = []

    def start(*arguments: object) -> Running:
        processes.append(Running(*arguments))
        return processes[-1]

    yield start
    for running in processes:
        running.process.kill()
        running.process.communicate()


@pytest.fixture(scope="module")
def running():
    """One sandbox for the tests that need nothing special of it."""
    shared = Running("--rate", 0)
    yield shared
    shared.end()


def test_it_says_one_line_when_it_is_ready_and_ends_at_a_signal(run):
    worked_before = children_seconds()
    running = run("--seed", 3)

    assert running.url.startswith("http://127.0.0.1:")
    assert running.line == f"Fingerprint sandbox is ready at {running.url} (v3) and {running.url}/v4 (v4)"
    assert httpx.get(f"{running.url}/v4/events", headers=KEY).status_code == 200
    assert httpx.get(f"{running.url}/sandbox").json()["seed"] == 3
    code, seconds, rest = running.end()
    assert (code, rest) == (0, "")
    assert seconds < 5  # one second on an idle machine
    assert children_seconds() - worked_before < 4  # one on the machine this was written on


def test_it_ends_at_an_interrupt_too_even_with_a_connection_open(run):
    running = run()
    with httpx.Client(base_url=running.url, headers=KEY) as client:
        client.get("/v4/events")

        assert running.end(signal.SIGINT)[0] == 0


def test_a_busy_port_gets_a_clear_sentence_and_exit_code_2(running):
    port = running.url.rpartition(":")[2]

    second = subprocess.run(command("--port", port), cwd=PROJECT, capture_output=True, text=True, timeout=30)

    assert second.returncode == 2
    assert second.stdout == ""
    assert second.stderr == f"The sandbox cannot start: cannot listen on 127.0.0.1:{port}: Address already in use\n"


@pytest.mark.parametrize(
    "arguments, why",
    [
        (["--load", "/nowhere/x.json"], "/nowhere/x.json cannot be read: No such file or directory"),
        (["--load", "pyproject.toml"], "pyproject.toml is not JSON (line 1, column 2)"),
        (["--state", "/nowhere/state"], "the state file /nowhere/state cannot be opened: No such file or directory"),
        (["--state", "pyproject.toml"], "pyproject.toml is not a readable state file of the sandbox (line 1)"),
    ],
)
def test_files_that_cannot_be_used_get_a_clear_sentence_and_exit_code_2(arguments, why):
    ended = subprocess.run(command("--port", 0, *arguments), cwd=PROJECT, capture_output=True, text=True, timeout=30)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"The sandbox cannot start: {why}\n"


def test_options_reach_the_sandbox(run, tmp_path):
    (tmp_path / "event.json").write_text('{"event_id": "LoadedFromAFile", "timestamp": 1}')
    running = run("--visits", "gone", "--region", "eu", "--rate", 0, "--load", tmp_path / "event.json")

    about = httpx.get(f"{running.url}/sandbox").json()
    assert (about["region"], about["visits"]) == ("eu", "gone")
    assert httpx.get(f"{running.url}/v4/events", headers=KEY).json()["error"]["code"] == "wrong_region"
    with httpx.Client(base_url=running.url, headers={"Authorization": "Bearer sandbox-eu-key"}) as client:
        assert client.get("/v4/events/LoadedFromAFile").json() == {"event_id": "LoadedFromAFile", "timestamp": 1}
        assert {client.get("/v4/events?limit=1").status_code for _ in range(40)} == {200}


def test_a_rate_limit_holds_on_the_wire(run):
    running = run("--rate", 1, "--burst", 4)
    with httpx.Client(base_url=running.url, headers=KEY) as client:
        statuses = [client.get("/v4/events?limit=1").status_code for _ in range(8)]

    assert statuses[:4] == [200] * 4
    assert 429 in statuses[4:]


def test_marks_outlive_a_kill(run, tmp_path):
    state = tmp_path / "state"
    first = run("--state", state)
    stories = {story["name"]: story for story in httpx.get(f"{first.url}/sandbox/stories").json()["stories"]}
    event_id = stories["account_takeover"]["event_ids"][0]
    marked = httpx.patch(f"{first.url}/v4/events/{event_id}", headers=KEY, json={"suspect": True})
    assert marked.status_code == 200
    anchor = httpx.get(f"{first.url}/sandbox").json()["anchor"]
    first.end(signal.SIGKILL)

    second = run("--state", state)

    event = httpx.get(f"{second.url}/v4/events/{event_id}", headers=KEY).json()
    assert event["suspect"] is True
    assert httpx.get(f"{second.url}/sandbox").json()["anchor"] == anchor


def test_one_connection_serves_many_requests(running):
    port = int(running.url.rpartition(":")[2])
    request = b"GET /v4/events?limit=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sandbox-secret-key\r\n\r\n"

    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        stream = connection.makefile("rb")
        for _ in range(3):
            connection.sendall(request)
            assert stream.readline() == b"HTTP/1.1 200 OK\r\n"
            length = 0
            while (line := stream.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            assert len(stream.read(length)) == length > 100
        stream.close()


def test_faults_of_the_wire(running):
    def order(**fault: object) -> None:
        assert httpx.post(f"{running.url}/sandbox/faults", json=fault).status_code == 200

    def ask(timeout: float = 5) -> httpx.Response:
        return httpx.get(f"{running.url}/v4/events", headers=KEY, timeout=timeout)

    order(kind="cut")
    with pytest.raises(httpx.TransportError):
        ask()
    order(kind="cut_body")
    with pytest.raises(httpx.TransportError):
        ask()
    order(kind="slow", seconds=3)
    with pytest.raises(httpx.ReadTimeout):
        ask(timeout=0.2)
    order(kind="slow_body", seconds=0.4, pieces=4)
    started = time.perf_counter()
    assert ask().json()["events"]
    assert time.perf_counter() - started > 0.3
    order(kind="truncated")
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        ask().json()
    assert ask().status_code == 200


def test_a_body_that_is_no_length_or_too_long_is_refused(running):
    port = int(running.url.rpartition(":")[2])

    for length, status in ((b"x", b"400"), (b"-5", b"400"), (b"999999999999", b"413")):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(b"PATCH /v4/events/x HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n")
            assert connection.recv(100).split(b" ")[1] == status
