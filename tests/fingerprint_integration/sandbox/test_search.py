"""Search: window, borders, order, pages, and every filter of both versions."""

from datetime import timedelta

import pytest

from fingerprint_integration.sandbox.clock import DAY
from tests.fingerprint_integration.sandbox.asking import event_id_of, found, message_of, search, visits_at, whole_window
from tests.fingerprint_integration.sandbox.conftest import NOON

VERSIONS = ["v3", "v4"]
NOON_MS = int(NOON.timestamp() * 1000)


# ── window, order ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", VERSIONS)
def test_seven_days_are_searched_unless_told_otherwise(empty, client_to, version):
    old, recent = visits_at(empty, -7 * DAY - 1, -7 * DAY + 1)
    client = client_to(empty, version)

    assert found(client, version) == [recent]
    assert found(client, version, start=empty.now() - 8 * DAY) == [recent, old]


def test_an_end_alone_frees_the_start_in_v3_but_not_in_v4(empty, client_to):
    (old,) = visits_at(empty, -30 * DAY)

    assert found(client_to(empty, "v3"), "v3", end=empty.now()) == [old]
    assert found(client_to(empty, "v4"), "v4", end=empty.now()) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_borders_are_strict(empty, client_to, version):
    first, middle, last = visits_at(empty, -3000, -2000, -1000)
    client, now = client_to(empty, version), empty.now()

    assert found(client, version, start=now - 3000, end=now - 1000) == [middle]
    assert found(client, version, start=now - 3001, end=now - 999) == [last, middle, first]


@pytest.mark.parametrize("version", VERSIONS)
def test_newest_come_first_and_reverse_takes_the_oldest_of_the_window(cast, client_to, version):
    client = client_to(cast, version)

    newest = found(client, version, limit=5)
    oldest = found(client, version, limit=5, reverse="true")

    assert newest == sorted(newest, reverse=True)
    assert oldest == sorted(oldest)
    assert int(oldest[0].split(".")[0]) < cast.now() - 6 * DAY


def test_v4_takes_rfc_3339_and_milliseconds(empty, client_to):
    (seen,) = visits_at(empty, -40 * DAY)
    client = client_to(empty, "v4")
    moment = NOON - timedelta(days=41)

    for start in ("2026-05-05T12:00:00Z", "2026-05-05T14:00:00.5+02:00", str(int(moment.timestamp() * 1000))):
        assert found(client, "v4", start=start) == [seen]
    assert found(client, "v4", start="2026-05-07T00:00:00Z") == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_window_upside_down_holds_nothing(cast, client_to, version):
    assert found(client_to(cast, version), version, start=cast.now(), end=cast.now() - DAY) == []


# ── pages ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("version, key", [("v3", "paginationKey"), ("v4", "pagination_key")])
@pytest.mark.parametrize("reverse", ["false", "true"])
def test_pages_lead_through_everything_once(cast, client_to, version, key, reverse):
    client = client_to(cast, version)
    asked = {"visitor_id": cast.stories["night_owl"].visitor_ids[0], "reverse": reverse, **whole_window(cast)}
    ids, pages, page_key = [], 0, None
    while True:
        more = {"pagination_key": page_key} if page_key else {}
        body = search(client, version, limit=100, **asked, **more).json()
        ids += [event_id_of(event, version) for event in body["events"]]
        pages += 1
        if key not in body:
            break
        page_key = body[key]

    assert ids == sorted(set(ids), reverse=reverse == "false")
    assert len(ids) > 1000
    assert pages == -(-len(ids) // 100)


def test_the_last_page_has_no_key_even_when_it_is_full(empty, client_to):
    visits_at(empty, -4000, -3000, -2000, -1000)

    for version in VERSIONS:
        full = search(client_to(empty, version), version, limit=4).json()
        assert len(full["events"]) == 4
        assert set(full) == {"events"}


def test_the_v3_key_is_a_time_stamp_so_twins_at_a_border_are_lost(empty, client_to):
    visits_at(empty, -1000, -1000, -1000, -2000)
    client = client_to(empty, "v3")

    first = search(client, "v3", limit=2).json()
    second = search(client, "v3", limit=2, pagination_key=first["paginationKey"]).json()

    assert first["paginationKey"] == str(empty.now() - 1000)
    assert len(first["events"]) == 2
    assert len(second["events"]) == 1


def test_the_v4_key_is_opaque_long_and_loses_nobody(empty, client_to):
    visits_at(empty, -1000, -1000, -1000, -2000)
    client = client_to(empty, "v4")

    first = search(client, "v4", limit=2).json()
    second = search(client, "v4", limit=2, pagination_key=first["pagination_key"]).json()

    assert len(first["pagination_key"]) > 100
    assert len({event["event_id"] for event in first["events"] + second["events"]}) == 4
    assert "pagination_key" not in second


def test_a_v4_key_holds_its_place_when_events_arrive_and_vanish(empty, client_to):
    visits_at(empty, *range(-10_000, 0, 1000))
    client = client_to(empty, "v4")
    first = search(client, "v4", limit=5).json()

    visits_at(empty, -1, -2)
    last_shown = empty.world.by_id[first["events"][-1]["event_id"]]
    last_shown.gone_at = empty.now()
    second = search(client, "v4", limit=5, pagination_key=first["pagination_key"]).json()

    assert [event["timestamp"] for event in second["events"]] == [
        empty.now() - offset for offset in (6000, 7000, 8000, 9000, 10000)
    ]


def test_a_v4_key_that_was_tampered_with_or_turned_round_is_refused(empty, client_to):
    visits_at(empty, -3000, -2000, -1000)
    client = client_to(empty, "v4")
    key = search(client, "v4", limit=1).json()["pagination_key"]
    refusal = (400, "request_cannot_be_parsed", "invalid pagination key")

    assert message_of(search(client, "v4", pagination_key="A" + key[1:])) == refusal
    assert message_of(search(client, "v4", pagination_key=key, reverse="true")) == refusal
    assert message_of(search(client, "v4", pagination_key="%%%")) == refusal


def test_v4_counts_hits_up_to_the_number_asked_for(cast, client_to):
    client = client_to(cast, "v4")
    owl = {"visitor_id": cast.stories["night_owl"].visitor_ids[0], **whole_window(cast)}
    visits = cast.stories["night_owl"].event_count

    def hits(**more):
        return search(client, "v4", limit=1, **{**owl, **more}).json().get("total_hits")

    assert hits() is None
    assert hits(total_hits=1000) == 1000 < visits
    assert hits(total_hits=17) == 17
    assert hits(total_hits=1000, start=cast.now() - DAY) == len(
        found(client, "v4", visitor_id=owl["visitor_id"], start=cast.now() - DAY)
    )


def test_v4_counts_the_same_on_every_page(cast, client_to):
    client = client_to(cast, "v4")
    first = search(client, "v4", limit=10, total_hits=1000).json()
    second = search(client, "v4", limit=10, total_hits=1000, pagination_key=first["pagination_key"]).json()

    assert first["total_hits"] == second["total_hits"] > 20


# ── refusals ────────────────────────────────────────────────────────────────

BAD = [
    ("v3", {"limit": ""}, "invalid limit"),
    ("v3", {"limit": "0"}, "invalid limit"),
    ("v3", {"limit": "-1"}, "invalid limit"),
    ("v3", {"limit": "ten"}, "invalid limit"),
    ("v3", {"limit": "501"}, "invalid limit"),
    ("v4", {"limit": "0"}, "invalid limit"),
    ("v4", {"limit": "101"}, "invalid limit"),
    ("v4", {"limit": "1.5"}, "invalid limit"),
    ("v3", {"ip_address": "198.18.0.1"}, "invalid ip address"),
    ("v3", {"ip_address": "198.18.0.0/33"}, "invalid ip address"),
    ("v3", {"ip_address": "somewhere/8"}, "invalid ip address"),
    ("v4", {"ip_address": "somewhere"}, "invalid ip address"),
    ("v4", {"ip_address": "10.0.0.0/255.0.0.0"}, "invalid ip address"),
    ("v3", {"start": "yesterday"}, "invalid start time"),
    ("v3", {"start": "2026-06-01T00:00:00Z"}, "invalid start time"),
    ("v3", {"end": "1e3"}, "invalid end time"),
    ("v4", {"start": "2026-06-01"}, "invalid start time"),
    ("v4", {"end": "2026-06-01 00:00:00+00:00"}, "invalid end time"),
    ("v4", {"end": "2026-13-01T00:00:00Z"}, "invalid end time"),
    ("v3", {"pagination_key": "abc"}, "invalid pagination key"),
    ("v4", {"pagination_key": "abc"}, "invalid pagination key"),
    ("v4", {"total_hits": "0"}, "invalid total_hits param"),
    ("v4", {"total_hits": "1001"}, "invalid total_hits param"),
    ("v4", {"source": "device"}, "invalid source param"),
    ("v4", {"source": ["edge", "edge"]}, "invalid source param"),
    ("v4", {"bot_info": "some"}, "invalid bot_info param"),
    ("v4", {"bot_info_category": "nobody"}, "invalid bot_info_category param"),
    ("v4", {"bot_info_identity": ["signed", "x"]}, "invalid bot_info_identity param"),
    ("v4", {"incremental_identification_status": "done"}, "invalid incremental_identification_status param"),
    ("v3", {"proximity_precision_radius": "11"}, "invalid proximity_precision_radius param"),
    *[
        (version, wrong, message)
        for version in VERSIONS
        for wrong, message in (
            ({"visitor_id": "nonsense"}, "invalid visitor id"),
            ({"linked_id": "x" * 257}, "linked_id can't be greater than 256 characters long"),
            ({"bot": "some"}, "invalid bot type"),
            ({"reverse": "backwards"}, "invalid reverse param"),
            ({"vpn": "perhaps"}, "invalid vpn param"),
            ({"suspect": "2"}, "invalid suspect param"),
            ({"vpn_confidence": "certain"}, "invalid vpn_confidence param"),
            ({"min_suspect_score": "many"}, "invalid min_suspect_score param"),
            ({"min_suspect_score": "nan"}, "invalid min_suspect_score param"),
            ({"rare_device_percentile_bucket": "p95"}, "invalid rare_device_percentile_bucket param"),
            ({"sdk_platform": "symbian"}, "invalid sdk_platform param"),
        )
    ],
]


@pytest.mark.parametrize("version, wrong, message", BAD)
def test_what_makes_no_sense_is_refused_with_the_services_own_words(empty, client_to, version, wrong, message):
    code = "RequestCannotBeParsed" if version == "v3" else "request_cannot_be_parsed"

    assert message_of(search(client_to(empty, version), version, **wrong)) == (400, code, message)


def test_v3_insists_on_a_limit(v3):
    assert message_of(v3.get("/events/search")) == (400, "RequestCannotBeParsed", "invalid limit")


def test_v4_gives_ten_when_no_limit_is_given(v4):
    assert len(v4.get("/events").json()["events"]) == 10


@pytest.mark.parametrize("version", VERSIONS)
def test_a_visitor_who_never_was_is_404_and_one_without_matches_is_an_empty_page(cast, client_to, version):
    client = client_to(cast, version)
    code = "VisitorNotFound" if version == "v3" else "visitor_not_found"

    assert message_of(search(client, version, visitor_id="0" * 20)) == (404, code, "visitor not found")
    assert found(client, version, visitor_id=cast.stories["family"].visitor_ids[0], linked_id="nobody") == []


@pytest.mark.parametrize("version", VERSIONS)
def test_unknown_parameters_and_telemetry_are_ignored(cast, client_to, version):
    client = client_to(cast, version)
    dropped = {"ip_blocklist": "nonsense"} if version == "v4" else {"tor_node": "nonsense"}

    assert found(client, version, limit=3, ii="python/1.0", whatever="x", **dropped) == found(client, version, limit=3)


@pytest.mark.parametrize("spelling", ["true", "True", "TRUE", "1", "t", "T"])
def test_booleans_are_read_as_go_reads_them(cast, client_to, spelling):
    for version in VERSIONS:
        client = client_to(cast, version)
        assert found(client, version, vpn=spelling) == found(client, version, vpn="true") != []


# ── filters: each is compared with what the version itself shows ────────────
