"""The connection checks itself before anything is sent."""

import pytest

from fingerprint_integration.config import HOSTS, configure
from fingerprint_integration.domain import ApiVersion, Region
from fingerprint_integration.errors import NotConfigured


def test_without_an_address_the_region_has_its_own_host():
    for region in Region:
        config = configure(api_key="key", region=region.value)
        assert (config.base_url, config.is_own_host) == (HOSTS[region], True)


@pytest.mark.parametrize(
    "written, used, is_own",
    [
        ("http://127.0.0.1:8100", "http://127.0.0.1:8100", False),
        ("http://127.0.0.1:8100/", "http://127.0.0.1:8100", False),
        ("https://metrics.shop.example/fp", "https://metrics.shop.example/fp", False),
        ("https://eu.api.fpjs.io", "https://eu.api.fpjs.io", True),
        ("http://[::1]:8100", "http://[::1]:8100", False),
    ],
)
def test_an_address_stands_in_for_it(written, used, is_own):
    config = configure(api_key="key", base_url=written)

    assert (config.base_url, config.is_own_host) == (used, is_own)


@pytest.mark.parametrize(
    "wrong",
    [
        {"region": "mars"},
        {"region": ""},
        {"version": "v5"},
        {"version": "4"},
        {"timeout_seconds": 0},
        {"timeout_seconds": 301},
        {"timeout_seconds": float("nan")},
        {"base_url": "127.0.0.1:8100"},
        {"base_url": "ftp://host"},
        {"base_url": "http://"},
        {"base_url": "http://user:secret@host"},
        {"base_url": "http://host?key=1"},
        {"base_url": "http://host#x"},
        {"base_url": "http://host:99999"},
        {"base_url": "http://[::1"},
        {"base_url": "http://host/v4"},
        {"base_url": "http://host/v3/"},
    ],
)
def test_what_cannot_be_is_refused_with_the_name_of_the_setting(wrong):
    with pytest.raises(NotConfigured, match="FINGERPRINT_"):
        configure(api_key="key", **wrong)


def test_the_limits_are_the_versions():
    v3, v4 = (configure(api_key="key", version=version).limits for version in ApiVersion)

    assert v3.update_max_age.days == 10
    assert v4.update_max_age.days == 28
    assert (v3.page_limit, v4.page_limit) == (None, 100)
