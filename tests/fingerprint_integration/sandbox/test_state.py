"""What a state file keeps over restarts and crashes, and that the same seed is the same world."""

import json
from datetime import timedelta

import pytest

from fingerprint_integration.sandbox import Sandbox
from fingerprint_integration.sandbox.journal import CannotKeepState
from tests.fingerprint_integration.sandbox.conftest import NOON, connect


@pytest.fixture
def state(tmp_path):
    return tmp_path / "sandbox.state"


def start(state, *, after_hours: float = 0, seed: int = 7, **options) -> Sandbox:
    """A sandbox on this state, this long after noon."""
    return Sandbox(seed, state=state, now=NOON + timedelta(hours=after_hours), rate=None, **options)


def everything(sandbox):
    return [
        (event.event_id, event.visitor_id, event.linked_id, event.suspect, event.network.ip, event.suspect_score)
        for event in sandbox.world.timeline
    ]


def test_the_same_seed_makes_the_same_world_and_another_seed_another():
    assert everything(Sandbox(7, now=NOON)) == everything(Sandbox(7, now=NOON))
    first, other = Sandbox(7, now=NOON), Sandbox(8, now=NOON)
    assert not set(first.world.by_id) & set(other.world.by_id)
    assert not set(first.world.identities) & set(other.world.identities)


def test_a_world_is_the_same_whether_it_was_asked_often_or_once():
    busy = Sandbox(7, now=NOON)
    for _ in range(100):
        busy.clock.advance(minutes=77)
        busy.world.advance(busy.now())
    idle = Sandbox(7, now=NOON)
    idle.clock.set(NOON + timedelta(minutes=7700))
    idle.world.advance(idle.now())

    assert everything(busy) == everything(idle)


def test_it_has_a_few_hundred_visitors_and_some_ten_thousand_events(cast):
    assert 300 < len(cast.world.identities) < 500
    assert 9_000 < len(cast.world.timeline) < 15_000
    assert cast.world.timeline[-1].at > cast.now() - 3600_000


def test_after_a_restart_the_past_has_not_moved_and_time_has_gone_on(state):
    before = start(state)
    past = everything(before)
    before.close()

    after = start(state, after_hours=50)

    assert everything(after)[: len(past)] == past
    newer = everything(after)[len(past) :]
    assert len(newer) > 100
    never_stopped = start(state.with_suffix(".other"))
    never_stopped.clock.advance(hours=50)
    never_stopped.world.advance(never_stopped.now())
    assert everything(never_stopped)[len(past) :] == newer


def test_marks_and_deletions_stand_after_a_restart(state):
    before = start(state)
    client = connect(before, "v4")
    marked = before.stories["credential_stuffing"].event_ids[0]
    deleted = before.stories["night_owl"].visitor_ids[0]
    change = json.dumps({"suspect": True, "tags": {"lone": "\ud800"}})
    assert client.patch(f"/events/{marked}", content=change).status_code == 200
    assert client.delete(f"/visitors/{deleted}").status_code == 200
    recent = before.stories["night_owl"].event_ids[0]
    before.close()

    after = start(state, after_hours=25)
    client = connect(after, "v4")

    event = json.loads(client.get(f"/events/{marked}").content)
    assert (event["suspect"], event["tags"]) == (True, {"lone": "\ud800"})
    assert client.delete(f"/visitors/{deleted}").status_code == 404
    assert client.get(f"/events/{recent}").status_code == 404
    assert len(after.stories["night_owl"].visitor_ids) == 2


def test_identities_after_a_deletion_are_the_same_with_and_without_a_restart(state):
    going, stopping = start(state), start(state.with_suffix(".other"))
    for sandbox in (going, stopping):
        connect(sandbox, "v4").delete(f"/visitors/{sandbox.stories['night_owl'].visitor_ids[0]}")
    going.clock.advance(hours=72)
    stopping.close()
    stopped = start(state.with_suffix(".other"), after_hours=72)

    assert going.stories["night_owl"].visitor_ids == stopped.stories["night_owl"].visitor_ids
    assert everything(going) == everything(stopped)


def test_added_visits_and_the_deletion_quota_stand(state):
    before = start(state, is_empty=True)
    ids = [before.visit(ip="203.0.113.9", linked_id="x", tags={"n": number}).visitor_id for number in range(31)]
    for visitor_id in ids[:30]:
        connect(before, "v3").delete(f"/visitors/{visitor_id}")
    past = everything(before)
    before.close()

    after = start(state, after_hours=0.5, is_empty=True)

    assert everything(after) == past
    assert connect(after, "v3").delete(f"/visitors/{ids[30]}").status_code == 429


def test_a_moved_clock_stays_moved(state):
    before = Sandbox(state=state, rate=None, is_empty=True)
    before.clock.advance(days=12)
    before.clock.freeze()
    frozen_at = before.now()
    before.close()

    after = Sandbox(state=state, rate=None, is_empty=True)

    assert after.now() == frozen_at
    after.clock.run()
    assert 0 <= after.now() - frozen_at < 60_000


def test_the_state_file_decides_the_seed(state):
    first = start(state, seed=7)
    ids = set(first.world.by_id)
    first.close()

    assert set(start(state, seed=99).world.by_id) == ids


@pytest.mark.parametrize("torn", [b'{"at":17', b'{"at":1781524800000,"do":"upd', b"\x00" * 30, b"\xff\n"])
def test_a_torn_last_line_is_forgotten(state, torn):
    before = start(state, is_empty=True)
    marked = before.visit(at=NOON - timedelta(hours=1)).event_id
    connect(before, "v4").patch(f"/events/{marked}", json={"suspect": True})
    before.close()
    whole = state.read_bytes()
    state.write_bytes(whole + torn)

    after = start(state, is_empty=True)

    assert state.read_bytes() == whole
    assert after.suspects() == {marked}
    connect(after, "v4").patch(f"/events/{marked}", json={"suspect": False})
    after.close()
    assert start(state, is_empty=True).suspects() == set()


@pytest.mark.parametrize("torn_at", range(0, 50, 7))
def test_a_first_line_that_was_torn_begins_anew(state, torn_at):
    start(state, is_empty=True).close()
    state.write_bytes(state.read_bytes()[:torn_at])

    start(state, is_empty=True).close()

    assert json.loads(state.read_bytes())["sandbox"] == 1


@pytest.mark.parametrize("text", [b"a letter to my aunt\n", b'{"other": 1}\n', b"[]\n", b"a letter without an end"])
def test_a_file_that_is_something_else_is_left_alone(state, text):
    state.write_bytes(text)

    with pytest.raises(CannotKeepState, match="is not a readable state file"):
        start(state)

    assert state.read_bytes() == text


def test_damage_in_the_middle_is_not_passed_over(state):
    start(state, is_empty=True).close()
    with state.open("ab") as file:
        file.write(b'rubbish\n{"at":1,"do":"clock","offset":0,"frozen_at":null}\n')

    with pytest.raises(CannotKeepState, match=r"line 2"):
        start(state)


def test_two_sandboxes_cannot_share_a_file(state):
    first = start(state, is_empty=True)

    with pytest.raises(CannotKeepState, match="in use"):
        start(state, is_empty=True)

    first.close()
    start(state, is_empty=True).close()


def test_an_answer_is_given_only_when_the_change_is_on_the_disk(state):
    sandbox = start(state, is_empty=True)
    marked = sandbox.visit(at=NOON - timedelta(hours=1)).event_id

    connect(sandbox, "v4").patch(f"/events/{marked}", json={"suspect": True})

    last = json.loads(state.read_bytes().splitlines()[-1])
    assert (last["do"], last["event_id"], last["change"]) == ("update", marked, {"suspect": True})


def test_a_loaded_event_that_is_not_loaded_again_does_no_harm(state, tmp_path):
    body = {"event_id": "x" * 20, "timestamp": int(NOON.timestamp() * 1000) - 60_000}
    (tmp_path / "event.json").write_text(json.dumps(body))
    before = start(state, is_empty=True, load=[tmp_path / "event.json"])
    assert connect(before, "v4").patch("/events/" + "x" * 20, json={"suspect": True}).status_code == 200
    before.close()

    assert connect(start(state, is_empty=True), "v4").get("/events/" + "x" * 20).status_code == 404
