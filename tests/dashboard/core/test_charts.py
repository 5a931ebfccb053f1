"""Charts say their numbers twice: drawn, and as a table; and they survive any numbers."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core import charts, meters
from dashboard.core.charts import Bar, Day
from dashboard.core.meters import Part
from tests.pages import Page

counts = st.integers(min_value=0, max_value=10**9)


def drawn(markup):
    """A fragment that breaks none of the rules for pages."""
    page = Page(str(markup))
    assert page.problems() == []
    return page


def cells(page):
    rows = [row for row in page.all("tr") if row.find("td") is not None]
    return [["".join(cell.itertext()) for cell in row.findall("td")] for row in rows]


def test_a_histogram_holds_the_same_numbers_as_a_table():
    bars = [Bar("Sat 21 Nov, 18:00", 1214, strong=40), Bar("Sat 21 Nov, 21:00", 0), Bar("Sun 22 Nov, 00:00", 3)]

    page = drawn(charts.histogram(bars, title="Events over time", counted="of the 1,217 loaded, 3 hours a bar"))

    assert cells(page) == [
        ["Sat 21 Nov, 18:00", "1,214", "40"],
        ["Sat 21 Nov, 21:00", "0", "0"],
        ["Sun 22 Nov, 00:00", "3", "0"],
    ]
    assert "of the 1,217 loaded, 3 hours a bar" in page.text


def test_outside_the_chosen_range_the_bars_are_faint():
    bars = [Bar("a", 5), Bar("b", 5, is_chosen=True), Bar("c", 5)]

    page = drawn(charts.histogram(bars, title="Events", counted="loaded"))

    assert [group.get("class") for group in page.all(class_="bar")] == ["bar faint", "bar", "bar faint"]
    assert len(page.all(class_="range-edge")) == 2


def test_without_a_chosen_range_no_bar_is_faint():
    page = drawn(charts.histogram([Bar("a", 5), Bar("b", 1)], title="Events", counted="loaded"))

    assert [group.get("class") for group in page.all(class_="bar")] == ["bar", "bar"]


@pytest.mark.parametrize("number, level", [(47, 20), (6, 4), (3, 2), (1, 1), (0, 0), (1000, 500), (999_999, 500_000)])
def test_the_dotted_line_stands_at_a_round_number(number, level):
    assert charts.round_below(number) == level


@given(
    st.lists(
        st.builds(Bar, label=st.text(max_size=5), count=counts, strong=counts, is_chosen=st.booleans()), max_size=30
    )
)
def test_no_numbers_break_a_histogram(bars):
    markup = str(charts.histogram(bars, title="Events", counted="loaded"))

    heights = [float(number) for number in re.findall(r'<rect class="bar-[^>]* height="([^"]+)"', markup)]
    assert all(0 < height <= 76 for height in heights)
    assert "style=" not in markup


def test_three_days_without_a_visit_are_named_and_two_are_not():
    series = [Day("1 Nov", 4), *[Day(f"{day} Nov", 0) for day in (2, 3)], Day("4 Nov", 2)]
    longer = [*series, *[Day(f"{day} Nov", 0) for day in range(5, 18)], Day("18 Nov", 1)]

    assert "without a visit" not in drawn(charts.days(series, title="Days", counted="Berlin")).text
    assert "13 days without a visit" in drawn(charts.days(longer, title="Days", counted="Berlin")).text


def test_a_day_without_an_answer_is_no_day_without_a_visit():
    series = [Day("1 Nov", 4), Day("2 Nov", 0, is_known=False), Day("3 Nov", 2)]

    page = drawn(charts.days(series, title="Days", counted="Berlin"))

    assert "a day without an answer" in page.text
    assert ["2 Nov", "no answer", "no answer"] in cells(page)


def test_a_day_that_nobody_asked_for_yet_is_no_day_without_an_answer():
    series = [*[Day(f"{day} Nov", 0, is_known=False) for day in (1, 2)], Day("3 Nov", 2)]

    page = drawn(charts.days(series, title="Days", counted="Berlin", unasked=True))

    assert "2 days not loaded" in page.text
    assert ["2 Nov", "not loaded", "not loaded"] in cells(page)
    assert "answer" not in page.text


@given(
    st.lists(
        st.builds(Day, label=st.text(max_size=5), count=counts, strong=counts, is_known=st.booleans()), max_size=120
    )
)
def test_no_days_break_the_chart(series):
    assert "style=" not in charts.days(series, title="Days", counted="Berlin")


def test_labels_from_outside_are_escaped_in_every_chart():
    hostile = "<script>alert(1)</script>"

    markup = (
        charts.histogram([Bar(hostile, 1, tick=hostile)], title=hostile, counted=hostile)
        + charts.days([Day(hostile, 1, tick=hostile)], title=hostile, counted=hostile)
        + meters.velocity(hostile, counts=(1, 2, 3))
        + meters.progress_bar([Part("done", 1, hostile)], total=1, label=hostile)
        + meters.quota(1, 2, words=hostile)
        + meters.due_line(today=0.1, due=0.5, received_words=hostile, due_words=hostile, extended_words=hostile)
    )

    assert "<script" not in markup


def test_velocity_tells_not_provided_from_zero():
    nothing = drawn(meters.velocity("Countries", counts=(None, None, None))).text
    some = drawn(meters.velocity("Countries", counts=(0, None, 61))).text

    assert nothing == "Countries Not provided"
    assert some.startswith("Countries 0 5 min not provided 1 h 61 24 h")


def test_small_velocities_stay_small():
    tallest = re.findall(r'<rect y="[^"]*" width="30" height="([^"]+)"', meters.velocity("Addresses", counts=(1, 1, 1)))

    assert max(float(height) for height in tallest) < 5


def test_progress_says_what_became_of_everything():
    parts = [Part("done", 1128, "marked"), Part("failed", 9, "failed"), Part("waiting", 863, "waiting")]

    page = drawn(meters.progress_bar(parts, total=2000, label="Events marked"))

    bar = page.one("progress")
    assert (bar.get("value"), bar.get("max"), bar.get("aria-label")) == ("1137", "2000", "Events marked")
    assert "1,128 marked" in page.text
    assert "9 failed" in page.text


def test_nothing_to_do_is_no_division_by_zero():
    assert 'max="1"' in meters.progress_bar([], total=0, label="Nothing")


@pytest.mark.parametrize(
    "used, limit, tone",
    [
        (12, 30, "quota-calm"),
        (24, 30, "quota-near"),
        (30, 30, "quota-full"),
        (31, 30, "quota-full"),
        (0, 0, "quota-full"),
    ],
)
def test_a_quota_warns_from_80_percent_and_is_red_when_full(used, limit, tone):
    page = drawn(meters.quota(used, limit))

    assert page.one(class_=tone) is not None
    assert f"{used} of {limit}" in page.text


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_a_due_line_never_leaves_its_frame(today, due):
    markup = meters.due_line(today=today, due=due, received_words="Received", due_words="Due")

    for place in re.findall(r'(?:x|x1|x2|width)="([-\d.]+)%"', markup):
        assert 0 <= float(place) <= 100


def test_names_of_many_short_gaps_do_not_run_into_each_other():
    visits_every_fifth_day = [Day(f"day {n}", 1 if n % 5 == 0 else 0) for n in range(90)]

    markup = charts.days(visits_every_fifth_day, title="Days", counted="of 18")

    assert 1 <= markup.count("days without a visit</text>") <= 4


def test_many_gaps_are_named_without_writing_over_each_other():
    series = [day for _ in range(12) for day in (Day("with", 2), Day("a", 0), Day("b", 0), Day("c", 0))]

    page = drawn(charts.days(series, title="Days", counted="Berlin"))

    places = [
        float(element.get("x").rstrip("%"))
        for gap in page.all(class_="gap")
        for element in gap.iter()
        if "text-anchor" in element.attrib and element.text
    ]
    assert 1 <= len(places) < 12
    assert min(later - earlier for earlier, later in pairwise(sorted(places))) > 10
    assert "3 days without a visit, 9 shorter gaps" in page.text
