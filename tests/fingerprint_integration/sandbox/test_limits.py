"""The token bucket: five a second, fifteen deep, for each key."""

import pytest

from fingerprint_integration.sandbox import Sandbox
from tests.fingerprint_integration.sandbox.asking import message_of, search
from tests.fingerprint_integration.sandbox.conftest import NOON, connect


@pytest.fixture
def limited():
    return Sandbox(now=NOON, is_empty=True)


def statuses(client, version, number):
    return [search(client, version).status_code for _ in range(number)]


@pytest.mark.parametrize("version, code", [("v3", "TooManyRequests"), ("v4", "too_many_requests")])
def test_fifteen_at_once_then_five_a_second(limited, version, code):
    client = connect(limited, version)

    assert statuses(client, version, 17) == [200] * 15 + [429] * 2
    assert message_of(search(client, version)) == (429, code, "too many requests")
    limited.clock.advance(seconds=1)
    assert statuses(client, version, 7) == [200] * 5 + [429] * 2
    limited.clock.advance(seconds=60)
    assert statuses(client, version, 17) == [200] * 15 + [429] * 2


def test_a_steady_five_a_second_is_never_refused(limited):
    client = connect(limited, "v4")
    answers = []

    for _ in range(100):
        answers.append(client.get("/events").status_code)
        limited.clock.advance(seconds=0.2)

    assert set(answers) == {200}


def test_both_versions_drink_from_one_bucket_and_each_key_has_its_own(limited):
    statuses(connect(limited, "v3"), "v3", 10)

    assert statuses(connect(limited, "v4"), "v4", 7) == [200] * 5 + [429] * 2
    assert search(connect(limited, "v4", "sandbox-basic-key"), "v4").status_code == 200


def test_a_refused_request_takes_nothing(limited):
    client = connect(limited, "v4")
    statuses(client, "v4", 115)

    limited.clock.advance(seconds=0.2)

    assert statuses(client, "v4", 2) == [200, 429]


def test_whoever_is_not_let_in_drinks_nothing(limited):
    statuses(connect(limited, "v4", "wrong"), "v4", 40)
    statuses(connect(limited, "v4", "sandbox-eu-key"), "v4", 40)

    assert statuses(connect(limited, "v4"), "v4", 15) == [200] * 15


def test_refusals_by_content_count(limited):
    client = connect(limited, "v4")

    answers = [client.get("/events?limit=0").status_code for _ in range(16)]

    assert answers == [400] * 15 + [429]


def test_limits_can_be_raised_and_lifted():
    assert statuses(connect(Sandbox(now=NOON, rate=100, burst=50, is_empty=True), "v4"), "v4", 60).count(200) == 50
    assert statuses(connect(Sandbox(now=NOON, rate=None, is_empty=True), "v4"), "v4", 60).count(200) == 60
