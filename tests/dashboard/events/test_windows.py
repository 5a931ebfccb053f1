"""From when to when: presets, dates, and what makes no sense."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.events import windows

NOW = datetime(2026, 11, 23, 13, 26, tzinfo=UTC)
NINETY = timedelta(days=90)


def test_the_presets_end_with_the_whole_retention():
    assert [words for _, words in windows.presets(NINETY)] == ["1 h", "24 h", "7 days", "30 days", "All 90 days"]
    assert [words for _, words in windows.presets(timedelta(days=30))] == ["1 h", "24 h", "7 days", "All 30 days"]


def test_a_preset_ends_now_and_never_begins_before_the_retention():
    week = windows.resolve("last:7d", now=NOW, retention=NINETY)
    month_of_a_short_memory = windows.resolve("last:30d", now=NOW, retention=timedelta(days=10))

    assert (week.start, week.end) == (NOW - timedelta(days=7), NOW)
    assert month_of_a_short_memory.start == NOW - timedelta(days=10)


@pytest.mark.parametrize("asked", ["last:all", "", "last:1000y", "between"])
def test_a_name_nobody_knows_is_the_whole_retention(asked):
    window = windows.resolve(asked, now=NOW, retention=NINETY)

    assert window == windows.Window("last:all", NOW - NINETY, NOW)


def test_a_missing_end_is_now_and_a_missing_beginning_the_retentions():
    since = windows.between(NOW - timedelta(days=3), None, now=NOW, retention=NINETY)
    until = windows.between(None, NOW - timedelta(days=3), now=NOW, retention=NINETY)

    assert (since.start, since.end) == (NOW - timedelta(days=3), NOW)
    assert (until.start, until.end) == (NOW - NINETY, NOW - timedelta(days=3))


@pytest.mark.parametrize(
    "start,end,field,sentence",
    [
        (timedelta(hours=1), None, "start", "before now"),
        (-timedelta(days=1), -timedelta(days=2), "end", "after the beginning"),
        (-timedelta(days=200), -timedelta(days=100), "end", "keeps events for 90 days"),
    ],
)
def test_a_window_that_can_hold_nothing_is_refused_beside_the_field(start, end, field, sentence):
    with pytest.raises(windows.NoSuchWindow, match=sentence) as refusal:
        windows.between(NOW + start, NOW + end if end else None, now=NOW, retention=NINETY)

    assert refusal.value.field == field


def test_a_window_reads_with_both_ends_and_both_zones():
    window = windows.Window("last:7d", NOW - timedelta(days=7), NOW)

    said = windows.in_words(window, ZoneInfo("Europe/Berlin"))

    assert said.start == "Mon 16 Nov 2026, 14:26"
    assert said.end == "Mon 23 Nov 2026, 14:26"
    assert said.zone == "Berlin, UTC+1"
    assert said.utc == "13:26 to 13:26 UTC"


def test_utc_days_are_named_where_they_differ_from_the_persons():
    window = windows.Window("between", NOW.replace(hour=23), NOW.replace(hour=23, minute=50))

    said = windows.in_words(window, ZoneInfo("Europe/Berlin"))

    assert said.start == "Tue 24 Nov 2026, 00:26"
    assert said.utc == "Mon 23 Nov 2026, 23:26 to Mon 23 Nov 2026, 23:50 UTC"


def test_somebody_in_utc_reads_one_zone_once():
    said = windows.in_words(windows.Window("last:1h", NOW - timedelta(hours=1), NOW), ZoneInfo("UTC"))

    assert (said.zone, said.utc) == ("UTC", "")


@pytest.mark.parametrize(
    "asked,start,end,said",
    [
        ("last:7d", datetime(2026, 11, 15, 12, tzinfo=UTC), datetime(2026, 11, 22, 12, tzinfo=UTC), "7 days"),
        (
            "between",
            datetime(2026, 11, 15, 12, tzinfo=UTC),
            datetime(2026, 11, 22, 12, tzinfo=UTC),
            "Sun 15 Nov, 13:00 to Sun 22 Nov, 13:00",
        ),
        (
            "between",
            datetime(2026, 9, 1, 12, tzinfo=UTC),
            datetime(2026, 9, 1, 13, tzinfo=UTC),
            "1 Sep, 14:00 to 15:00",
        ),
    ],
)
def test_in_a_list_a_window_says_its_name_or_its_ends(asked, start, end, said):
    now = datetime(2026, 11, 22, 14, tzinfo=UTC)
    window = windows.Window(asked, start, end)

    assert windows.briefly(window, ZoneInfo("Europe/Berlin"), now=now, retention=timedelta(days=90)) == said
