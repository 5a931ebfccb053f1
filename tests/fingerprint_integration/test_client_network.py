"""The client on a real socket against servers that misbehave: nothing holds a caller longer than was promised."""

import socket
import threading
import time
from contextlib import contextmanager

import pytest

from fingerprint_integration import FingerprintClient
from fingerprint_integration.config import Patience
from fingerprint_integration.errors import Unavailable, UnreadableAnswer

EVENT = b'{"event_id":"1708102555327.NLOjmg","timestamp":1708102555327}'
SHORT = Patience(
    attempts=1, attempt_seconds=0.5, deadline_seconds=0.5, longest_wait_seconds=0.1, longest_queue_seconds=1
)


@contextmanager
def server(behave):
    """A server on loopback that reads each request and then does to the connection what `behave` says."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)
    stopped = threading.Event()
    taken = []

    def serve(connection):
        with connection:
            connection.settimeout(5)
            try:
                taken.append(connection.recv(65536))
                behave(connection, stopped)
            except OSError:
                return

    def accept():
        while not stopped.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                continue
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", taken
    finally:
        stopped.set()
        thread.join()
        listening.close()


def head(length, status="200 OK"):
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n".encode()


def drip(connection, stopped, data):
    for byte in data:
        if stopped.is_set():
            return
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def be_silent(connection, stopped):
    stopped.wait(5)


def drip_the_head(connection, stopped):
    drip(connection, stopped, head(len(EVENT)) + EVENT)


def drip_the_body(connection, stopped):
    connection.sendall(head(len(EVENT)))
    drip(connection, stopped, EVENT)


def cut_the_head(connection, stopped):
    connection.sendall(head(len(EVENT))[:20])


def cut_the_body(connection, stopped):
    connection.sendall(head(len(EVENT)) + EVENT[:20])


def close(connection, stopped):
    pass


def reset(connection, stopped):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def talk_nonsense(connection, stopped):
    connection.sendall(b"\x16\x03\x01 this is no HTTP\r\n\r\n")


def answer(connection, stopped):
    connection.sendall(head(len(EVENT)) + EVENT)


def client_at(url, **options):
    return FingerprintClient("key", base_url=url, **{"patience": SHORT, **options})


@pytest.mark.parametrize("behave", [be_silent, drip_the_head, drip_the_body])
def test_a_slow_server_ends_at_the_deadline_wherever_it_dawdles(behave):
    with server(behave) as (url, _), client_at(url) as client:
        began = time.monotonic()
        with pytest.raises(Unavailable) as caught:
            client.get_event("e")
        took = time.monotonic() - began

    assert caught.value.code == "timeout"
    assert caught.value.was_sent
    assert took < SHORT.deadline_seconds + 1


@pytest.mark.parametrize("behave", [cut_the_head, cut_the_body, close, reset, talk_nonsense])
def test_a_connection_that_breaks_is_unavailable(behave):
    with server(behave) as (url, _), client_at(url) as client, pytest.raises(Unavailable) as caught:
        client.get_event("e")

    assert caught.value.code == "connection_lost"
    assert caught.value.was_sent


def test_nobody_listening_is_unavailable_and_nothing_was_sent():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with client_at(f"http://127.0.0.1:{port}") as client, pytest.raises(Unavailable) as caught:
        client.delete_visitor_data("v")

    assert (caught.value.code, caught.value.was_sent) == ("no_connection", False)


def test_a_server_that_breaks_once_is_asked_again():
    calls = []

    def flaky(connection, stopped):
        calls.append(1)
        (close if len(calls) == 1 else answer)(connection, stopped)

    patience = Patience(
        attempts=2, attempt_seconds=2, deadline_seconds=5, longest_wait_seconds=1, longest_queue_seconds=1
    )
    with server(flaky) as (url, taken), client_at(url, patience=patience) as client:
        assert client.get_event("e").event_id == "1708102555327.NLOjmg"

    assert len(taken) == 2


def test_the_deadline_covers_every_repeat():
    patience = Patience(
        attempts=50, attempt_seconds=0.3, deadline_seconds=1, longest_wait_seconds=1, longest_queue_seconds=1
    )
    with server(be_silent) as (url, _), client_at(url, patience=patience) as client:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            client.get_event("e")

    assert time.monotonic() - began < 2


def test_an_answer_without_end_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr("fingerprint_integration.client.LARGEST_ANSWER", 100_000)

    def flood(connection, stopped):
        connection.sendall(head(10**12))
        while not stopped.is_set():
            connection.sendall(b"x" * 65536)

    with server(flood) as (url, _), client_at(url) as client, pytest.raises(UnreadableAnswer) as caught:
        client.get_event("e")

    assert caught.value.code == "too_large"


def test_many_threads_may_share_one_client():
    found = []
    patience = Patience(
        attempts=2, attempt_seconds=5, deadline_seconds=10, longest_wait_seconds=1, longest_queue_seconds=1
    )
    with server(answer) as (url, _), client_at(url, patience=patience) as client:
        threads = [threading.Thread(target=lambda: found.append(client.get_event("e"))) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(found) == 12


def test_proxies_of_the_environment_are_not_asked(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with server(answer) as (url, _), client_at(url) as client:
        assert client.get_event("e").event_id == "1708102555327.NLOjmg"
