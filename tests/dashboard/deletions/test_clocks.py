"""Legal clocks: month ends, leap years, zones, daylight saving."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.deletions import clocks, policy
from dashboard.deletions.clocks import RULES, Jurisdiction
from dashboard.deletions.policy import ClockObstacle
from tests.dashboard.deletions.conftest import page_of

BERLIN, LOS_ANGELES, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Los_Angeles"), ZoneInfo("UTC")
ZONES = st.sampled_from([BERLIN, LOS_ANGELES, UTC_ZONE, ZoneInfo("Asia/Beirut"), ZoneInfo("Pacific/Apia")])
MOMENTS = st.integers(1_527_206_400, 2_840_140_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def last_day(jurisdiction, received, zone, *, extended=False):
    ends_at = clocks.due_at(RULES[jurisdiction], received, zone, extended=extended)
    return clocks.last_day(ends_at, zone)


@pytest.mark.parametrize(
    "received,due",
    [
        ((2026, 11, 21), (2026, 12, 21)),
        ((2026, 1, 31), (2026, 2, 28)),
        ((2028, 1, 31), (2028, 2, 29)),
        ((2026, 8, 31), (2026, 9, 30)),
        ((2026, 12, 31), (2027, 1, 31)),
        ((2026, 2, 28), (2026, 3, 28)),
    ],
)
def test_gdpr_gives_a_month_and_ends_with_the_month_when_it_has_no_such_day(received, due):
    assert last_day(Jurisdiction.GDPR, datetime(*received, 12, tzinfo=BERLIN), BERLIN) == date(*due)


def test_gdpr_can_be_extended_by_two_months_counted_from_receipt():
    received = datetime(2026, 12, 31, 9, tzinfo=BERLIN)

    assert last_day(Jurisdiction.GDPR, received, BERLIN, extended=True) == date(2027, 3, 31)


@pytest.mark.parametrize("extended,days", [(False, 45), (True, 90)])
def test_ccpa_counts_calendar_days(extended, days):
    received = datetime(2026, 1, 10, 9, tzinfo=LOS_ANGELES)

    due = last_day(Jurisdiction.CCPA, received, LOS_ANGELES, extended=extended)

    assert due - received.date() == timedelta(days=days)


def test_no_clock_runs_for_a_law_we_have_no_rule_for():
    assert clocks.due_at(RULES.get(Jurisdiction.OTHER), datetime(2026, 1, 10, tzinfo=UTC), UTC_ZONE) is None


def test_the_day_is_the_one_where_the_request_came_in():
    just_after_midnight_in_berlin = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)

    assert last_day(Jurisdiction.GDPR, just_after_midnight_in_berlin, BERLIN) == date(2026, 12, 21)
    assert last_day(Jurisdiction.GDPR, just_after_midnight_in_berlin, UTC_ZONE) == date(2026, 12, 20)


def test_a_clock_ends_at_midnight_on_the_wall_across_a_change_to_summer_time():
    ends_at = clocks.due_at(RULES[Jurisdiction.GDPR], datetime(2026, 2, 28, 12, tzinfo=BERLIN), BERLIN)

    assert ends_at == datetime(2026, 3, 28, 23, 0, tzinfo=UTC)


def test_days_left_are_counted_by_the_calendar():
    ends_at = clocks.due_at(RULES[Jurisdiction.GDPR], datetime(2026, 11, 21, 8, tzinfo=BERLIN), BERLIN)

    assert clocks.days_left(ends_at, datetime(2026, 11, 23, 14, 26, tzinfo=BERLIN), BERLIN) == 28
    assert clocks.days_left(ends_at, datetime(2026, 12, 21, 23, 59, tzinfo=BERLIN), BERLIN) == 0
    assert clocks.days_left(ends_at, datetime(2026, 12, 22, 0, 0, tzinfo=BERLIN), BERLIN) == -1


@given(received=MOMENTS, zone=ZONES, jurisdiction=st.sampled_from([Jurisdiction.GDPR, Jurisdiction.CCPA]))
def test_every_clock_leaves_at_least_four_weeks_and_an_extension_always_adds_to_it(received, zone, jurisdiction):
    due = clocks.due_at(RULES[jurisdiction], received, zone)
    later = clocks.due_at(RULES[jurisdiction], received, zone, extended=True)

    assert timedelta(days=27) < due - received <= timedelta(days=47)
    assert timedelta(days=28) < later - due < timedelta(days=64)
    assert clocks.days_left(due, received, zone) in range(28, 46)


@given(day=st.dates(date(2000, 1, 1), date(2100, 1, 1)), months=st.integers(0, 24))
def test_months_later_never_slips_into_the_month_behind(day, months):
    later = clocks.add_months(day, months)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    "received,day",
    [
        ((2026, 11, 20), (2026, 12, 4)),  # a Friday
        ((2026, 11, 21), (2026, 12, 4)),  # a Saturday: counting begins on Monday all the same
        ((2026, 11, 23), (2026, 12, 7)),
        ((2028, 2, 18), (2028, 3, 3)),  # over a leap day
    ],
)
def test_ccpa_wants_receipt_confirmed_within_ten_business_days(received, day):
    ends_at = clocks.acknowledge_by(RULES[Jurisdiction.CCPA], datetime(*received, 12, tzinfo=LOS_ANGELES), LOS_ANGELES)

    assert clocks.last_day(ends_at, LOS_ANGELES) == date(*day)


def test_gdpr_asks_for_no_confirmation_of_receipt():
    assert clocks.acknowledge_by(RULES[Jurisdiction.GDPR], datetime(2026, 1, 10, tzinfo=UTC), UTC_ZONE) is None


@given(day=st.dates(date(2000, 1, 1), date(2100, 1, 1)), count=st.integers(0, 40))
def test_business_days_are_counted_one_by_one(day, count):
    later = clocks.add_business_days(day, count)

    between = [day + timedelta(days=n) for n in range(1, (later - day).days + 1)]
    assert sum(each.weekday() < 5 for each in between) == count
    assert not count or later.weekday() < 5


# -- Rules of the house -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text,spans",
    [
        ("lgpd: LGPD Art. 19: 15 days", (0, 15, 0, 0)),
        ("uk: UK GDPR Art. 12(3) : 1 month : 2 months", (1, 0, 2, 0)),
        ("pipeda:PIPEDA 8(3):30 days:30 days", (0, 30, 0, 30)),
    ],
)
def test_a_rule_of_the_house_is_read(text, spans):
    rule = clocks.read_rule(text)

    assert (rule.months, rule.days, rule.more_months, rule.more_days) == spans
    assert rule.can_be_extended is bool(spans[2] or spans[3])


@pytest.mark.parametrize(
    "text,sentence",
    [
        ("gdpr: Mine: 1 month", "code of its own"),
        ("other: Mine: 1 month", "code of its own"),
        ("LGPD: Mine: 1 month", "code of its own"),
        ("lgpd", "must read CODE"),
        ("lgpd: : 15 days", "must read CODE"),
        ("lgpd: Mine: 15 days: 15 days: 15 days", "must read CODE"),
        ("lgpd: Mine: soon", "Each span"),
        ("lgpd: Mine: 0 days", "Each span"),
        ("lgpd: Mine: 15 days: later", "Each span"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        clocks.read_rule(text)


def test_a_rule_of_the_house_sets_due_dates_like_any_other(desk, settings):
    settings.DELETION_RULES = [clocks.read_rule("lgpd: LGPD Art. 19: 15 days")]
    received = datetime(2026, 11, 21, 8, tzinfo=UTC)

    asked = desk.ask("v1", jurisdiction="lgpd", received_at=received, zone="UTC")

    assert clocks.last_day(asked.due_at, UTC_ZONE) == date(2026, 12, 6)
    assert asked.law == "LGPD Art. 19"


def test_a_rule_taken_out_of_the_settings_leaves_the_due_date_that_was_set(desk, settings, client_for, empty_sandbox):
    settings.DELETION_RULES = [clocks.read_rule("lgpd: LGPD Art. 19: 15 days")]
    asked = desk.ask("v1", jurisdiction="lgpd")
    settings.DELETION_RULES = []

    assert page_of(client_for(desk.approver), asked).status_code == 200
    assert asked.due_at is not None
    assert asked.law == "lgpd"


# -- What keeps the time from being extended ----------------------------------------------------------------


@pytest.mark.parametrize(
    "changes,obstacle",
    [
        ({}, None),
        ({"may_decide": False}, ClockObstacle.NO_RIGHT),
        ({"may_decide": False, "is_open": False}, ClockObstacle.NO_RIGHT),
        ({"is_open": False}, ClockObstacle.ENDED),
        ({"can_be_extended": False}, ClockObstacle.NO_EXTENSION),
        ({"due_on": None}, ClockObstacle.NO_EXTENSION),
        ({"was_extended": True}, ClockObstacle.EXTENDED_BEFORE),
        ({"today": date(2026, 7, 15)}, None),
        ({"today": date(2026, 7, 16)}, ClockObstacle.TOO_LATE),
        ({"notice_sent_on": date(2026, 6, 15)}, None),
        ({"notice_sent_on": date(2026, 6, 14)}, ClockObstacle.NOTICE_OUTSIDE),
        ({"notice_sent_on": date(2026, 6, 20)}, None),
        ({"notice_sent_on": date(2026, 6, 21)}, ClockObstacle.NOTICE_OUTSIDE),
    ],
)
def test_what_keeps_the_time_from_being_extended(changes, obstacle):
    facts = {
        "may_decide": True,
        "is_open": True,
        "can_be_extended": True,
        "was_extended": False,
        "received_on": date(2026, 6, 15),
        "due_on": date(2026, 7, 15),
        "notice_sent_on": date(2026, 6, 18),
        "today": date(2026, 6, 20),
    }

    assert policy.obstacle_to_extending(**(facts | changes)) is obstacle
