"""The official v4 SDK at the sandbox: all its operations, every kind of event, errors."""

from datetime import timedelta

import pytest

from fingerprint_integration.sandbox import Sandbox
from tests.fingerprint_integration.official_sdk import sdks
from tests.fingerprint_integration.official_sdk.conftest import NOON, connect_v4

STORIES = list(Sandbox(now=NOON).stories)
RULESET = "rs_sandboxNoBadBots"
HOSTILE_RULESET = "rs_sandboxHostile"


@pytest.mark.parametrize("story", STORIES)
def test_it_reads_events_of_the_whole_cast(cast, v4, story):
    members = list(cast.stories[story].members.values())
    for member in members[:: max(len(members) // 25, 1)]:  # of the crowds, a few: they are all alike
        for event_id in member.event_ids[:1]:
            event = v4.get_event(event_id)
            record = cast.world.by_id[event_id]
            assert event.event_id == event_id
            assert event.timestamp == record.at
            assert event.tags == record.tags
            assert (event.identification.visitor_id if event.identification else None) == record.visitor_id


def test_it_reads_the_signals_it_should(cast, v4):
    bot = v4.get_event(cast.stories["credential_stuffing"].event_ids[0])

    assert (bot.bot, bot.bot_type, bot.proxy_details.proxy_type) == ("bad", "headlessChrome", "data_center")
    assert bot.ip_info.v4.datacenter_result is True
    assert bot.velocity.ip_events.var_24_hours >= bot.velocity.events.var_24_hours >= 1
    assert bot.jailbroken is None


def test_it_searches_page_by_page(cast, v4):
    window = {
        "start": NOON - timedelta(days=91),
        "visitor_id": cast.stories["night_owl"].visitor_ids[0],
        "limit": 100,
    }
    ids, page = [], v4.search_events(total_hits=1000, **window)
    assert page.total_hits == 1000
    while True:
        ids += [event.event_id for event in page.events]
        if page.pagination_key is None:
            break
        page = v4.search_events(pagination_key=page.pagination_key, **window)

    assert len(ids) == len(set(ids)) == cast.stories["night_owl"].event_count


def test_it_searches_with_every_filter_at_once(v4):
    booleans = (
        "suspect", "vpn", "virtual_machine", "tampering", "anti_detect_browser", "incognito", "privacy_settings",
        "jailbroken", "frida", "factory_reset", "cloned_app", "emulator", "root_apps", "developer_tools",
        "location_spoofing", "mitm_attack", "rare_device", "proxy", "tor_node", "simulator", "active_call", "reverse",
    )  # fmt: skip
    found = v4.search_events(
        limit=10, bot="bad", bot_info="all", bot_info_category=["ai_agent", "scraping"], bot_info_identity=["signed"],
        bot_info_confidence=["high"], bot_info_provider=["OpenAI"], bot_info_name=["x"], ip_address="198.18.0.0/16",
        asn="64496", linked_id="x", url="https://x.test", origin="https://x.test", start=1, end=NOON,
        vpn_confidence="low", min_suspect_score=1.5, rare_device_percentile_bucket="p99.9+", sdk_version="1",
        sdk_platform="js", environment=["a", "b"], proximity_id="x", total_hits=5, high_recall_id="x",
        incremental_identification_status="completed", bundle_id="x", package_name="x",
        **dict.fromkeys(booleans, True),
    )  # fmt: skip

    assert (found.events, found.total_hits, found.pagination_key) == ([], 0, None)


def test_it_asks_for_edge_events(v4):
    events = v4.search_events(source=["edge"], limit=5).events

    assert {event.source for event in events} == {"edge"}
    assert all(event.bot_info.name for event in events)


def test_it_reads_what_a_ruleset_says(cast, v4):
    bot = v4.get_event(cast.stories["credential_stuffing"].event_ids[0], ruleset_id=RULESET)
    person = v4.get_event(cast.stories["family"].event_ids[0], ruleset_id=RULESET)

    assert bot.rule_action.actual_instance.type == "block"
    assert person.rule_action.actual_instance.type == "allow"
    hostile = v4.get_event(bot.event_id, ruleset_id=HOSTILE_RULESET)
    assert "<script>" in hostile.rule_action.actual_instance.body


def test_it_updates_and_deletes(empty, empty_url):
    api = connect_v4(empty_url)
    event = empty.visit()
    change = sdks.v4.EventUpdate(linked_id="new", tags={"a": 1}, suspect=True)

    with pytest.raises(sdks.v4.exceptions.ConflictException):
        api.update_event(event.event_id, change)
    empty.clock.advance(seconds=5)
    api.update_event(event.event_id, change)
    shown = api.get_event(event.event_id)
    assert (shown.linked_id, shown.tags, shown.suspect) == ("new", {"a": 1}, True)
    api.delete_visitor_data(event.visitor_id)
    empty.clock.advance(days=1)
    with pytest.raises(sdks.v4.exceptions.NotFoundException):
        api.get_event(event.event_id)
    with pytest.raises(sdks.v4.exceptions.NotFoundException):
        api.delete_visitor_data(event.visitor_id)


@pytest.mark.parametrize(
    "call, error, code",
    [
        (lambda api: api.get_event("nobody"), "NotFoundException", "event_not_found"),
        (lambda api: api.get_event("nobody", ruleset_id="rs_x"), "NotFoundException", "event_not_found"),
        (lambda api: api.search_events(visitor_id="a" * 20), "NotFoundException", "visitor_not_found"),
        (lambda api: api.search_events(pagination_key="x"), "BadRequestException", "request_cannot_be_parsed"),
        (lambda api: api.delete_visitor_data("malformed"), "BadRequestException", "request_cannot_be_parsed"),
    ],
)
def test_it_understands_refusals(v4, call, error, code):
    with pytest.raises(getattr(sdks.v4.exceptions, error)) as caught:
        call(v4)

    assert caught.value.data.error.code == code


@pytest.mark.parametrize(
    "key, code",
    [
        ("wrong", "secret_api_key_not_found"),
        ("sandbox-eu-key", "wrong_region"),
        ("sandbox-inactive-key", "subscription_not_active"),
    ],
)
def test_it_understands_keys_that_do_not_fit(cast_url, key, code):
    with pytest.raises(sdks.v4.exceptions.ForbiddenException) as caught:
        connect_v4(cast_url, key).search_events()

    assert caught.value.data.error.code == code


@pytest.mark.parametrize(
    "kind, error",
    [
        ("rate_limited", "TooManyRequestsException"),
        ("server_error", "ServiceException"),
        ("bad_gateway", "ServiceException"),
        ("unavailable", "ServiceException"),
        ("gateway_timeout", "ServiceException"),
    ],
)
def test_it_understands_trouble(empty, empty_url, kind, error):
    with empty.faults.add(kind), pytest.raises(getattr(sdks.v4.exceptions, error)):
        connect_v4(empty_url).search_events()


def test_it_takes_unknown_fields_and_newer_values(empty, empty_url):
    event = empty.visit(signals={"proxy_type": "residential"})
    api = connect_v4(empty_url)

    with empty.faults.unknown_fields():
        assert api.get_event(event.event_id).event_id == event.event_id
    with empty.faults.unknown_enums():
        assert api.get_event(event.event_id).proxy_details.proxy_type == "newer_than_this_release"
