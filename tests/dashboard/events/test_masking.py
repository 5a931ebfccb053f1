"""Masking is an allow-list: every field the catalogue calls personal is hidden, and so is everything nobody knows."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.events.masking import Lens, masked_address, masked_page, raw_view
from fingerprint_integration.domain import ApiVersion
from fingerprint_integration.signals import FIELDS, Detail

MASKED = Lens(sees_personal=False)
WHOLE = Lens(sees_personal=True)
SECRET = "canary-7f3a"


@pytest.mark.parametrize("field", [field.name for field in FIELDS if field.personal])
def test_a_personal_field_is_masked_and_shown_only_to_those_who_may_see_it(field):
    assert SECRET not in (MASKED.text(field, SECRET) or "")
    assert WHOLE.text(field, SECRET) == SECRET


@pytest.mark.parametrize("field", [field.name for field in FIELDS if not field.personal])
def test_what_is_not_personal_is_shown(field):
    assert MASKED.text(field, SECRET) == SECRET


@pytest.mark.parametrize("empty", [None, ""])
def test_what_is_absent_or_empty_is_no_secret(empty):
    assert MASKED.text("client_referrer", empty) == empty


def test_a_field_the_catalogue_does_not_know_is_masked():
    assert MASKED.text("shoe_size", SECRET) == "•••"


@pytest.mark.parametrize(
    "address,shown",
    [
        ("94.142.239.124", "94.142.•••.•••"),
        ("2001:db8:3333:4444::8888", "2001:db8:•••"),
        ("::1", "0:0:•••"),
        ("not an address", "•••"),
        ("94.142.239.124\x00", "•••"),
        ("", "•••"),
    ],
)
def test_an_address_keeps_its_first_half_at_most(address, shown):
    assert masked_address(address) == shown


@pytest.mark.parametrize(
    "url,shown",
    [
        ("https://shop.example/checkout?mail=jane@x.example", "https://shop.example/checkout?•••"),
        ("https://shop.example/checkout", "https://shop.example/checkout"),
        ("https://jane:pw@shop.example:8443/a#jane", "https://shop.example:8443/a?•••"),
        ("https://shop.example/a;jsessionid=jane", "https://shop.example/a?•••"),
        ("https://shop.example/a%3Fjane", "https://shop.example/a?•••"),
        ("javascript:jane", "•••"),
        ("http://[jane", "•••"),
        ("jane", "•••"),
    ],
)
def test_a_page_loses_its_query_its_fragment_and_its_user(url, shown):
    assert masked_page(url) == shown


def test_evidence_is_shown_by_its_name_in_the_catalogue():
    known = frozenset({"confidence", "origin_timezone"})

    assert MASKED.detail(Detail("confidence", "Sure", "high"), known) == "high"
    assert MASKED.detail(Detail("origin_timezone", "Clock says", SECRET), known) == "•••"
    assert MASKED.detail(Detail("new_thing", "New", SECRET), known) == "•••"
    assert WHOLE.detail(Detail("new_thing", "New", SECRET), known) == SECRET


V4_PERSONAL = {
    "linked_id": SECRET,
    "tags": {SECRET: SECRET, "vpn": SECRET},
    "url": f"https://shop.example/?{SECRET}",
    "client_referrer": SECRET,
    "ip_address": SECRET,
    "ip_info": {
        "v4": {
            "address": SECRET,
            "asn_network": SECRET,
            "geolocation": {"city_name": SECRET, "latitude": SECRET, "postal_code": SECRET, "timezone": SECRET},
        },
        SECRET: SECRET,
    },
    "vpn_origin_timezone": SECRET,
    "vpn_origin_country": SECRET,
    "proximity": {"id": SECRET},
    "raw_device_attributes": {"fonts": [SECRET], "timezone": SECRET},
    "field_of_tomorrow": SECRET,
    "identification": {"visitor_id": "Ibk1527CUFmcnjLwIs4A", "name_of_tomorrow": SECRET},
    "velocity": {"events": {"5_minutes": 4}, "of_tomorrow": SECRET},
    "sdk": {"platform": "js", "integrations": [{"name": SECRET}]},
}


def test_the_raw_answer_of_v4_shows_nothing_personal_and_keeps_what_is_not():
    raw = {
        **V4_PERSONAL,
        "event_id": "1708102555327.NLOjmg",
        "vpn": True,
        "vpn_confidence": "high",
        "vpn_methods": {"public_vpn": True},
        "bot": "bad",
        "suspect_score": 31,
    }
    raw["ip_info"]["v4"]["geolocation"]["country_code"] = "CZ"

    shown = raw_view(json.dumps(raw).encode(), ApiVersion.V4)

    assert SECRET not in shown
    read = json.loads(shown)
    assert read["event_id"] == "1708102555327.NLOjmg"
    assert read["identification"]["visitor_id"] == "Ibk1527CUFmcnjLwIs4A"
    assert read["vpn_methods"] == {"public_vpn": True}
    assert read["ip_info"]["v4"]["geolocation"]["country_code"] == "CZ"
    assert read["velocity"]["events"] == {"5_minutes": 4}
    assert read["linked_id"] == "•••"
    assert (read["vpn"], read["vpn_confidence"], read["bot"], read["suspect_score"]) == (True, "high", "bad", 31)


def test_the_raw_answer_of_v3_shows_nothing_personal_and_keeps_what_is_not():
    raw = {
        "products": {
            "identification": {
                "data": {
                    "requestId": "1708102555327.NLOjmg",
                    "visitorId": "Ibk1527CUFmcnjLwIs4A",
                    "linkedId": SECRET,
                    "tag": {"k": SECRET},
                    "url": SECRET,
                    "ip": SECRET,
                    "ipLocation": {"city": {"name": SECRET}, "country": {"code": SECRET}},
                    "browserDetails": {"browserName": "Chrome", "new": SECRET},
                }
            },
            "botd": {"data": {"bot": {"result": "bad", "type": "headlessChrome"}, "url": SECRET, "ip": SECRET}},
            "vpn": {"data": {"result": True, "originTimezone": SECRET, "methods": {"publicVPN": True}}},
            "ipInfo": {"data": {"v4": {"address": SECRET, "geolocation": {"country": {"code": "CZ"}}}}},
            "highActivity": {"error": {"code": "TooManyRequests", "message": SECRET}},
            "rawDeviceAttributes": {"data": {"fonts": {"value": [SECRET]}}},
            "productOfTomorrow": {"data": {"result": SECRET}},
        },
        "tomorrow": SECRET,
    }

    shown = raw_view(json.dumps(raw).encode(), ApiVersion.V3)

    assert SECRET not in shown
    products = json.loads(shown)["products"]
    assert products["identification"]["data"]["visitorId"] == "Ibk1527CUFmcnjLwIs4A"
    assert products["identification"]["data"]["browserDetails"]["browserName"] == "Chrome"
    assert products["botd"]["data"]["bot"] == {"result": "bad", "type": "headlessChrome"}
    assert products["vpn"]["data"]["methods"] == {"publicVPN": True}
    assert products["ipInfo"]["data"]["v4"]["geolocation"]["country"]["code"] == "CZ"
    assert products["highActivity"]["error"]["code"] == "TooManyRequests"


@pytest.mark.parametrize(
    "raw", [b"", b"canary-7f3a", b"[" * 100_000, b'"canary-7f3a"', b'["canary-7f3a"]', b"\xff\x00"]
)
def test_a_payload_that_is_no_event_is_all_mask(raw):
    assert json.loads(raw_view(raw, ApiVersion.V4)) == "•••"


NAMES = st.sampled_from(
    [
        "products",
        "data",
        "identification",
        "vpn",
        "result",
        "ip_info",
        "v4",
        "velocity",
        "tags",
        "geolocation",
        "error",
        "x",
    ]
)
TREES = st.recursive(
    st.sampled_from([1, True, None]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(tree=TREES, version=st.sampled_from(ApiVersion))
def test_words_in_places_nobody_named_are_never_shown(tree, version):
    def with_words(value):
        if isinstance(value, dict):
            return {f"{SECRET}-{key}": with_words(inside) for key, inside in value.items()}
        return [with_words(each) for each in value] if isinstance(value, list) else SECRET

    raw = json.dumps({"tags": with_words(tree), "url": with_words(tree), SECRET: tree, "proximity": with_words(tree)})

    assert SECRET not in raw_view(raw.encode(), version)
