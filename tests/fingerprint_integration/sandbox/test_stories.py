"""The cast: everybody who matters can be found, and behaves as told."""

import json

import httpx

from tests.fingerprint_integration.sandbox.asking import search
from tests.fingerprint_integration.sandbox.conftest import connect

VERSIONS = ["v3", "v4"]


def test_stories_name_everybody_who_matters(cast):
    client = httpx.Client(transport=httpx.MockTransport(cast.handle), base_url="http://sandbox.test")
    stories = {story["name"]: story for story in json.loads(client.get("/sandbox/stories").content)["stories"]}

    assert {"regulars", "promo_ring", "credential_stuffing", "account_takeover", "family", "office", "carrier"} <= set(
        stories
    )
    for name, story in stories.items():
        assert story["title"]
        assert story["event_ids"]
        for event_id in story["event_ids"][:2]:
            assert connect(cast, "v4").get(f"/events/{event_id}").status_code == 200, name
        for visitor_id in story["visitor_ids"][:1]:
            assert search(connect(cast, "v4"), "v4", visitor_id=visitor_id).status_code == 200, name
    assert stories["hostile"]["members"]["hostile-markup"]["event_ids"]
    assert stories["family"]["linked_ids"] == [f"acct-brandt-{name}" for name in ("ada", "ben", "carla", "dirk")]


# ── the stories tell what they promise ──────────────────────────────────────


def test_the_ring_has_many_accounts_on_few_devices_in_one_place(cast):
    events = cast.world.by_story["promo_ring"]

    assert len({event.linked_id for event in events}) == 40
    assert len({event.visitor_id for event in events}) == 6
    assert len({event.network.ip for event in events}) == 3
    assert len({event.network.ip.rpartition(".")[0] for event in events}) == 1


def test_the_account_is_taken_over_from_another_device_and_country(cast):
    events = cast.world.by_link["acct-marlene"]
    before = [event for event in events if event.device.key != "marlene/stranger"]
    thief = [event for event in events if event.device.key == "marlene/stranger"]

    assert {event.network.country for event in before} == {"DE"}
    assert {event.network.country for event in thief} == {"NG"}
    assert thief[0].at > cast.now() - 7 * 86_400_000
    assert [event.tags["action"] for event in thief][:2] == ["login", "change_email"]


def test_the_stuffing_is_done_by_bad_bots_from_data_centres_on_other_peoples_accounts(cast):
    events = cast.world.by_story["credential_stuffing"]

    assert {event.signal("bot") for event in events} == {"bad"}
    assert all(event.network.v4["datacenter_result"] for event in events)
    assert len({event.linked_id for event in events} & set(cast.stories["regulars"].linked_ids)) > 100


def test_office_carrier_and_family_share_what_they_should(cast):
    office, carrier, family = (cast.world.by_story[name] for name in ("office", "carrier", "family"))

    assert len({event.network.ip for event in office}) == len({event.network.ip for event in carrier}) == 1
    assert len({event.visitor_id for event in office}) == 25
    assert len({event.visitor_id for event in carrier}) == 40
    assert len({event.visitor_id for event in family}) == 1
    assert len({event.linked_id for event in family}) == 4


# ── faults ──────────────────────────────────────────────────────────────────
