"""What is sent, character by character, for every operation and filter of both versions."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from fingerprint_integration.domain import EventChange, EventQuery
from fingerprint_integration.errors import InvalidRequest, NotAvailable
from fingerprint_integration.wire import v3, v4
from fingerprint_integration.wire.v3 import V3
from fingerprint_integration.wire.v3_history import HISTORY
from fingerprint_integration.wire.v4 import V4

AT = datetime(2026, 11, 23, 12, 0, 0, 1500, tzinfo=UTC)
MS = "1795435200001"


def query_of(request):
    return parse_qsl(urlsplit(request.target).query, keep_blank_values=True)


COMMON = [
    ("visitor_id", "Ibk1527CUFmcnjLwIs4A9", "Ibk1527CUFmcnjLwIs4A9"),
    ("linked_id", "a&b=c d+é", "a&b=c d+é"),
    ("suspect", True, "true"),
    ("suspect", False, "false"),
    ("bot", "bad", "bad"),
    ("vpn_confidence", "high", "high"),
    ("min_suspect_score", 12.0, "12"),
    ("min_suspect_score", 0.5, "0.5"),
    ("rare_device", True, "true"),
    ("rare_device_percentile_bucket", "<p95", "<p95"),
    ("rare_device_percentile_bucket", "p99.9+", "p99.9+"),
    ("proximity_id", "w1aTfd4MCvl", "w1aTfd4MCvl"),
    ("sdk_version", "3.11.14", "3.11.14"),
    ("sdk_platform", "js", "js"),
    ("start", AT, MS),
    ("end", AT, MS),
    ("reverse", True, "true"),
    *(
        (name, True, "true")
        for name in (
            *("vpn", "proxy", "incognito", "privacy_settings", "virtual_machine", "tampering"),
            *("anti_detect_browser", "developer_tools", "location_spoofing", "mitm_attack", "jailbroken"),
            *("frida", "cloned_app", "emulator", "root_apps", "factory_reset"),
        )
    ),
]
ONLY_V4 = [
    *(("high_recall_id", "x_y", "x_y"), ("asn", "7922", "7922"), ("bundle_id", "a.b", "a.b")),
    ("url", "https://a.test/?q=1#f", "https://a.test/?q=1#f"),
    *(("origin", "https://a.test", "https://a.test"), ("package_name", "a.b", "a.b")),
    *(("bot_info", "all", "all"), ("tor_node", True, "true"), ("simulator", False, "false")),
    *(("active_call", True, "true"), ("compromised_device_integrity", True, "true")),
    ("incremental_identification_status", "completed", "completed"),
    ("total_hits", 1000, "1000"),
]
ONLY_V3 = [
    *(("ip_blocklist", True, "true"), ("datacenter", False, "false")),
    ("proximity_precision_radius", 450, "450"),
]


@pytest.mark.parametrize("wire", [V3(), V4()], ids=["v3", "v4"])
@pytest.mark.parametrize("name, value, sent", COMMON)
def test_a_filter_of_both_versions_is_sent_as(wire, name, value, sent):
    request = wire.search_events(EventQuery(**{name: value}), None)

    assert (name, sent) in query_of(request)


@pytest.mark.parametrize("name, value, sent", ONLY_V4)
def test_a_filter_of_v4_is_sent_as(name, value, sent):
    assert (name, sent) in query_of(V4().search_events(EventQuery(**{name: value}), None))
    if name == "total_hits":
        return  # a wish, not a filter
    with pytest.raises(NotAvailable) as caught:
        V3().search_events(EventQuery(**{name: value}), None)
    assert caught.value.version == "v3"
    assert caught.value.instead


@pytest.mark.parametrize("name, value, sent", ONLY_V3)
def test_a_filter_of_v3_is_sent_as(name, value, sent):
    assert (name, sent) in query_of(V3().search_events(EventQuery(**{name: value}), None))
    with pytest.raises(NotAvailable):
        V4().search_events(EventQuery(**{name: value}), None)


@pytest.mark.parametrize(
    "name",
    [
        *("environment", "source", "bot_info_category", "bot_info_identity", "bot_info_confidence"),
        *("bot_info_provider", "bot_info_name"),
    ],
)
def test_repeated_filters_are_repeated_keys(name):
    request = V4().search_events(EventQuery(**{name: ("a", "b,c")}), None)

    assert [pair for pair in query_of(request) if pair[0] == name] == [(name, "a"), (name, "b,c")]


def test_the_versions_differ_as_documented():
    query = EventQuery(limit=7, ip_address="94.142.239.124")

    assert V4().search_events(query, "opaque-_=").target == (
        "/v4/events?limit=7&ip_address=94.142.239.124&pagination_key=opaque-_%3D"
    )
    assert V3().search_events(query, "1655373953086").target == (
        "/events/search?limit=7&ip_address=94.142.239.124%2F32&pagination_key=1655373953086"
    )
    assert V4().get_event("1708102555327.NLOjmg", "rs_1").target == ("/v4/events/1708102555327.NLOjmg?ruleset_id=rs_1")
    assert V3().get_event("1708102555327.NLOjmg", None).target == "/events/1708102555327.NLOjmg"
    with pytest.raises(NotAvailable):
        V3().get_event("1708102555327.NLOjmg", "rs_1")


def test_changes_are_absolute_and_partial():
    change = EventChange(suspect=False, tags={"é": [1, None]})

    new = V4().update_event("e.1", change)
    assert (new.method, new.target, new.body) == (
        "PATCH",
        "/v4/events/e.1",
        '{"tags":{"é":[1,null]},"suspect":false}'.encode(),
    )
    old = V3().update_event("e.1", EventChange(linked_id="x"))
    assert (old.method, old.target, old.body) == ("PUT", "/events/e.1", b'{"linkedId":"x"}')


def test_deletions():
    assert (V4().delete_visitor("v").method, V4().delete_visitor("v").target) == ("DELETE", "/v4/visitors/v")
    assert (V3().delete_visitor("v").target, V3().delete_visitor("v").is_deletion) == ("/visitors/v", True)


def test_visits_and_related_visitors_of_v3():
    request = HISTORY.get_visits("v", request_id="r", linked_id="l", limit=0, cursor="1.x", before=AT)

    assert request.target == f"/visitors/v?request_id=r&linked_id=l&limit=0&paginationKey=1.x&before={MS}"
    assert HISTORY.get_related_visitors("v").target == "/related-visitors?visitor_id=v"


UNSAFE = [
    *("", ".", "..", "/", "a/b", "..%2f", "%2e%2e", "a?b", "a#b", "a%b", "a\\b", "a b", "a\nb", "a\x00b"),
    *("\u202e", "é", "a" * 257, "search", "\ud800", ";x", "{id}"),
]


@pytest.mark.parametrize("unsafe", UNSAFE)
@pytest.mark.parametrize(
    "build",
    [
        lambda i: V4().get_event(i, None),
        lambda i: V3().get_event(i, None),
        lambda i: V4().update_event(i, EventChange(suspect=True)),
        lambda i: V3().update_event(i, EventChange(suspect=True)),
        lambda i: V4().delete_visitor(i),
        lambda i: V3().delete_visitor(i),
        lambda i: HISTORY.get_related_visitors(i),
    ],
)
def test_an_id_that_means_something_in_a_path_is_refused(build, unsafe):
    with pytest.raises(InvalidRequest) as caught:
        build(unsafe)

    assert caught.value.status is None
    assert caught.value.field in {"event_id", "visitor_id"}


@pytest.mark.parametrize(
    "usual", ["1708102555327.NLOjmg", "0KSh65EnVoB85JBmloQK", "0jnGMkPYXX37DqVa4ZIO3f_hr", "...", "a-b"]
)
def test_ids_are_otherwise_opaque(usual):
    assert V4().get_event(usual, None).target == f"/v4/events/{usual}"


@pytest.mark.parametrize(
    "query, field",
    [
        (EventQuery(limit=0), "limit"),
        (EventQuery(limit=-1), "limit"),
        (EventQuery(total_hits=0), "total_hits"),
        (EventQuery(total_hits=1001), "total_hits"),
        (EventQuery(linked_id="x" * 257), "linked_id"),
        (EventQuery(visitor_id="x" * 5000), "visitor_id"),
        (EventQuery(linked_id="\ud800"), None),
    ],
)
@pytest.mark.parametrize("wire", [V3(), V4()], ids=["v3", "v4"])
def test_what_no_version_takes_is_refused_with_its_field(wire, query, field):
    with pytest.raises(InvalidRequest) as caught:
        wire.search_events(query, None)

    assert caught.value.field == field


def test_v4_takes_100_a_page_and_v3_more():
    V3().search_events(EventQuery(limit=500), None)
    with pytest.raises(InvalidRequest):
        V4().search_events(EventQuery(limit=101), None)


@pytest.mark.parametrize(
    "change, field",
    [
        (EventChange(), None),
        (EventChange(linked_id="x" * 257), "linked_id"),
        (EventChange(linked_id="\ud800"), "tags"),
        (EventChange(tags={"a": {1, 2}}), "tags"),
        (EventChange(tags={"a": float("nan")}), "tags"),
    ],
)
def test_a_change_that_cannot_be_written_is_refused(change, field):
    with pytest.raises(InvalidRequest) as caught:
        V4().update_event("e", change)

    assert caught.value.field == field


def test_a_time_without_a_zone_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="time zone"):
        V4().search_events(EventQuery(start=datetime(2026, 1, 1)), None)  # noqa: DTZ001


def test_times_are_rounded_down_wherever_their_zone_is():
    from zoneinfo import ZoneInfo

    at = AT.astimezone(ZoneInfo("Asia/Kathmandu")) + timedelta(microseconds=400)

    assert ("start", MS) in query_of(V4().search_events(EventQuery(start=at), None))


def test_the_two_lists_of_filters_cover_every_field_of_the_query():
    known = {name for name, _, _ in [*COMMON, *ONLY_V3, *ONLY_V4]}
    filters = set(EventQuery.__struct_fields__) - {"limit", "start", "end", "reverse", "total_hits"}

    assert filters == v3.FILTERS | v4.FILTERS
    assert {name for name, _, _ in ONLY_V3} == v3.FILTERS - v4.FILTERS
    assert filters - known == {
        *("environment", "source", "bot_info_category", "bot_info_identity", "bot_info_confidence"),
        *("bot_info_provider", "bot_info_name", "ip_address"),
    }
