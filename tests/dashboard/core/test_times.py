"""Times and numbers as people read them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.core import times

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 13, 26, tzinfo=UTC)
TODAY = NOW.astimezone(BERLIN).date()
AT = datetime(2026, 11, 22, 7, 51, 7, 204_900, tzinfo=UTC)


def test_the_forms_of_one_moment():
    local = AT.astimezone(BERLIN)

    assert times.full(local) == "Sun 22 Nov 2026, 08:51:07"
    assert times.milliseconds(local) == "Sun 22 Nov 2026, 08:51:07.204"
    assert times.moment(local, TODAY) == "Sun 22 Nov, 08:51"
    assert times.moment(NOW.astimezone(BERLIN), TODAY) == "Today, 14:26"
    assert times.utc_clock(AT) == "07:51:07 UTC"
    assert times.utc_full(AT) == "Sun 22 Nov 2026, 07:51:07 UTC"


@pytest.mark.parametrize(
    "days_ago, words",
    [(0, "Mon 23 Nov"), (14, "Mon 9 Nov"), (15, "8 Nov"), (300, "27 Jan"), (301, "26 Jan 2026"), (-7, "Mon 30 Nov")],
)
def test_a_date_says_only_what_is_needed_to_find_it(days_ago, words):
    assert times.near_date(TODAY - timedelta(days=days_ago), TODAY) == words


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0, "just now"),
        (40, "40 seconds ago"),
        (60, "1 minute ago"),
        (28 * 60, "28 minutes ago"),
        (3600, "1 hour ago"),
        (26 * 3600, "1 day ago"),
        (-3 * 86400 - 5, "in 3 days"),
    ],
)
def test_how_long_ago_in_the_largest_unit(seconds, words):
    assert times.relative(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    "name, shown, offset",
    [
        ("Europe/Berlin", "Berlin", "UTC+1"),
        ("UTC", "UTC", "UTC"),
        ("America/New_York", "New York", "UTC-5"),
        ("Asia/Kolkata", "Kolkata", "UTC+5:30"),
        ("America/Argentina/Ushuaia", "Ushuaia", "UTC-3"),
    ],
)
def test_a_zone_is_called_by_its_city(name, shown, offset):
    assert times.zone_name(ZoneInfo(name)) == shown
    assert times.zone_offset(ZoneInfo(name), NOW) == offset


def test_numbers():
    assert times.thousands(1214) == "1,214"
    assert times.capped(999, 1000) == "999"
    assert times.capped(1000, 1000) == "1,000+"
