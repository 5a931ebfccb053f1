"""The official v3 SDK at the sandbox: all six operations, every kind of event, errors."""

import pytest

from fingerprint_integration.sandbox import Sandbox
from fingerprint_integration.sandbox.clock import DAY
from tests.fingerprint_integration.official_sdk import sdks
from tests.fingerprint_integration.official_sdk.conftest import NOON, connect_v3
from tests.fingerprint_integration.official_sdk.serving import served

STORIES = [name for name in Sandbox(now=NOON).stories if name != "edge_agents"]


pytestmark = pytest.mark.filterwarnings("ignore:This class is deprecated:DeprecationWarning")


def refused(call, *arguments, **options):
    """Status, code and message of the error a call raises."""
    with pytest.raises(sdks.v3.rest.ApiException) as caught:
        call(*arguments, **options)
    return caught.value


@pytest.mark.parametrize("story", STORIES)
def test_it_reads_events_of_the_whole_cast(cast, v3, story):
    members = list(cast.stories[story].members.values())
    for member in members[:: max(len(members) // 25, 1)]:  # of the crowds, a few: they are all alike
        for event_id in member.event_ids[:1]:
            products = v3.get_event(event_id).products
            identification = products.identification
            if identification and identification.data:
                assert identification.data.request_id == event_id
                assert identification.data.visitor_id == cast.world.by_id[event_id].visitor_id
                assert identification.data.tag == cast.world.by_id[event_id].tags


def test_it_reads_the_signals_it_should(cast, v3):
    bot = v3.get_event(cast.stories["credential_stuffing"].event_ids[0]).products

    assert (bot.botd.data.bot.result, bot.botd.data.bot.type) == ("bad", "headlessChrome")
    assert bot.proxy.data.details.proxy_type == "data_center"
    assert bot.ip_info.data.v4.datacenter.result is True
    assert bot.velocity.data.events.intervals is not None
    failed = v3.get_event(cast.stories["corners"].members["corner-bot_detection_failed"].event_ids[0]).products
    assert (failed.botd.data, failed.botd.error.code) == (None, "Failed")


def test_it_searches_page_by_page_with_every_kind_of_filter(cast, v3):
    window = {"start": int(cast.now() - 91 * DAY), "visitor_id": cast.stories["family"].visitor_ids[0]}
    ids, page = [], v3.search_events(40, **window)
    while True:
        ids += [event.products.identification.data.request_id for event in page.events]
        if page.pagination_key is None:
            break
        page = v3.search_events(40, pagination_key=page.pagination_key, **window)

    assert len(ids) == len(set(ids)) == cast.stories["family"].event_count
    found = v3.search_events(
        10, bot="bad", ip_address="0.0.0.0/0", vpn=False, reverse=True, min_suspect_score=5.5,
        sdk_platform="js", vpn_confidence="high", environment=["ae_5a9d1f0c7be24e63", "other"], proxy=True,
    )  # fmt: skip
    assert {event.products.botd.data.bot.result for event in found.events} == {"bad"}


def test_it_reads_visits(cast, v3):
    visitor_id = cast.stories["night_owl"].visitor_ids[0]

    (visit,) = v3.get_visits(visitor_id).visits

    assert visit.request_id == cast.stories["night_owl"].event_ids[0]


def test_it_reads_classic_visits_page_by_page():
    sandbox = Sandbox(now=NOON, rate=None, visits="classic")
    visitor_id = sandbox.stories["family"].visitor_ids[0]
    with served(sandbox) as url:
        api = connect_v3(url)
        ids, page = [], api.get_visits(visitor_id, limit=20)
        while page.pagination_key:
            ids += [visit.request_id for visit in page.visits]
            page = api.get_visits(visitor_id, limit=20, pagination_key=page.pagination_key)
        ids += [visit.request_id for visit in page.visits]

    assert len(ids) == len(set(ids)) == sandbox.stories["family"].event_count


def test_it_reads_related_visitors(cast, v3):
    ring = cast.stories["promo_ring"].members

    related = v3.get_related_visitors(ring["ring-phone"].visitor_ids[0]).related_visitors

    assert [visitor.visitor_id for visitor in related] == ring["ring-phone/web"].visitor_ids


def test_it_updates_and_deletes(empty, empty_url):
    api = connect_v3(empty_url)
    event = empty.visit()

    assert refused(api.update_event, {"suspect": True}, event.event_id).status == 409
    empty.clock.advance(seconds=5)
    change = sdks.v3.EventsUpdateRequest(linked_id="new", tag={"a": 1}, suspect=True)
    assert api.update_event(change, event.event_id) is None
    data = api.get_event(event.event_id).products.identification.data
    assert (data.linked_id, data.tag, data.suspect) == ("new", {"a": 1}, True)
    assert api.delete_visitor_data(event.visitor_id) is None
    empty.clock.advance(days=1)
    assert refused(api.get_event, event.event_id).status == 404
    assert refused(api.delete_visitor_data, event.visitor_id).status == 404


@pytest.mark.parametrize(
    "call, status, code",
    [
        (lambda api: api.get_event("nobody"), 404, "RequestNotFound"),
        (lambda api: api.search_events(10, visitor_id="a" * 20), 404, "VisitorNotFound"),
        (lambda api: api.search_events(10, ip_address="1.2.3.4"), 400, "RequestCannotBeParsed"),
        (lambda api: api.get_related_visitors("badVisitorId"), 400, "RequestCannotBeParsed"),
        (lambda api: api.delete_visitor_data("malformed visitor id"), 400, "RequestCannotBeParsed"),
        (lambda api: api.delete_visitor_data("a" * 20), 404, "VisitorNotFound"),
        (lambda api: api.update_event({"unknown": 1}, "x"), 400, "RequestCannotBeParsed"),
    ],
)
def test_it_understands_refusals(v3, call, status, code):
    error = refused(call, v3)

    assert error.status == status
    assert code in str(error.body)


@pytest.mark.parametrize(
    "key, code",
    [
        ("wrong", "TokenNotFound"),
        ("sandbox-eu-key", "WrongRegion"),
        ("sandbox-inactive-key", "SubscriptionNotActive"),
    ],
)
def test_it_understands_keys_that_do_not_fit(cast_url, key, code):
    error = refused(connect_v3(cast_url, key).get_event, "x")

    assert error.status == 403
    assert code in str(error.body)


def test_it_understands_plain_refusals_of_visits(cast_url):
    error = refused(connect_v3(cast_url).get_visits, "a" * 20)

    assert error.status == 404
    assert "visitor not found" in str(error.body)


def test_it_waits_as_retry_after_says(empty, empty_url):
    visitor_id = empty.visit().visitor_id

    with empty.faults.rate_limited(retry_after=0, times=2, operation="get_visits"):
        assert connect_v3(empty_url).get_visits(visitor_id).visits

    assert [received.status for received in empty.requests] == [429, 429, 200]


def test_it_repeats_a_delete_whose_answer_was_lost(empty, empty_url):
    visitor_id = empty.visit().visitor_id

    with empty.faults.answer_lost(times=1):
        connect_v3(empty_url).delete_visitor_data(visitor_id)

    assert [(received.operation, received.fault) for received in empty.requests] == [
        ("delete_visitor_data", "answer_lost"),
        ("delete_visitor_data", None),
    ]


def test_the_telemetry_it_sends_is_seen_and_ignored(cast, v3):
    v3.get_event(cast.stories["family"].event_ids[0])

    assert "ii=fingerprint-pro-server-python-sdk" in cast.requests[-1].query
