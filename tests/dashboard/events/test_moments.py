"""A time out of a ticket is read in the zone it was written in."""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard.events import moments

BERLIN = ZoneInfo("Europe/Berlin")
MOMENT = datetime(2026, 11, 22, 7, 51, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T07:51:07Z",
        "2026-11-22 08:51:07+01:00",
        "2026-11-22 08:51:07",  # the person's own zone
        "Sun, 22 Nov 2026 08:51:07 +0100",
        "22 Nov 2026 08:51:07",
        "22 November 2026, 08:51:07 CET",
        "Nov 22, 2026 2:51:07 AM EST",
        "22.11.2026 08:51:07",
        "2026-11-22 13:21:07 Asia/Kolkata",
        "2026-11-22 13:21:07 UTC+5:30",
        "Sunday, 22nd November 2026 at 08:51:07",
        "1795333867",
        "1795333867000",
    ],
)
def test_one_moment_in_many_writings(text):
    assert moments.read(text, BERLIN) == MOMENT


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-45 08:51", "99999999999999999999", "0001-01-01", "x" * 500])
def test_what_names_no_moment_is_said(text):
    with pytest.raises(moments.NoSuchMoment):
        moments.read(text, BERLIN)


def test_letters_that_mean_several_zones_are_asked_back():
    with pytest.raises(moments.NoSuchMoment, match="instead of CST"):
        moments.read("2026-11-22 08:51 CST", BERLIN)


@given(some.text(max_size=90))
def test_nothing_that_is_pasted_breaks_it(text):
    with suppress(moments.NoSuchMoment):
        assert moments.read(text, BERLIN).tzinfo is UTC
