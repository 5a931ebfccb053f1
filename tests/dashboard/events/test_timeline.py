"""The histogram: every loaded event is in a bar, bars begin at the person's midnight, few events need no picture."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dashboard.events import timeline

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 16, 13, 0, tzinfo=UTC)


def event(at, *, strong=False):
    return SimpleNamespace(at=at, speaking=[SimpleNamespace(strong=strong)])


def test_few_events_need_no_picture():
    assert timeline.of([event(START)] * 11, BERLIN) is None


def test_bars_say_how_long_they_are_and_of_how_many_loaded():
    events = [event(START + timedelta(hours=hour), strong=hour % 2 == 0) for hour in range(100)]

    drawn = timeline.of(events, BERLIN)

    assert drawn is not None
    assert drawn.counted == "of the 100 loaded, 3 hours a bar"
    assert sum(bar.count for bar in drawn.bars) == 100
    assert sum(bar.strong for bar in drawn.bars) == 50
    assert [bar.tick for bar in drawn.bars if bar.tick][:2] == ["Tue 17 Nov", "Wed 18 Nov"]
    assert drawn.bars[0].label == "Mon 16 Nov, 12:00"


@given(
    minutes=st.lists(st.integers(0, 90 * 24 * 60), min_size=12, max_size=40),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Auckland"]),
)
def test_no_event_is_lost_whatever_the_zone(minutes, zone):
    # 90 days in which clocks change in most of these zones.
    events = [event(datetime(2026, 9, 1, tzinfo=UTC) + timedelta(minutes=each)) for each in minutes]

    drawn = timeline.of(events, ZoneInfo(zone))

    assert drawn is not None
    assert sum(bar.count for bar in drawn.bars) == len(events)
    assert len(drawn.bars) <= 73
