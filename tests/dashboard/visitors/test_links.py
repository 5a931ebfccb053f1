"""How strong a link is, whom a hop starts from, and what it would ask: rules without anybody to ask."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.visitors import links
from dashboard.visitors.links import Answer, Evidence, Kind, Level, Question, Sighting

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
ALL = frozenset(Kind)
ORDER = [Level.NONE, Level.WEAK, Level.FAIR, Level.STRONG]


def seen(visitor_id, *, minutes_ago=0, event_id="", **values):
    at = NOON - timedelta(minutes=minutes_ago)
    return Sighting(visitor_id, event_id or f"{visitor_id}.{minutes_ago}", at, **values)


def answer(kind, *sightings, value="x", of="root", **more):
    return Answer(Question(kind, value, of), tuple(sightings), **more)


def crowd(kind, count):
    return answer(kind, seen("root"), *(seen(f"other{number}") for number in range(count)))


@pytest.mark.parametrize(
    "kind,count,level",
    [
        (Kind.ACCOUNT, 1, Level.STRONG),
        (Kind.HIGH_RECALL, 1, Level.STRONG),
        (Kind.ADDRESS, 1, Level.FAIR),
        (Kind.RANGE, 1, Level.WEAK),
        (Kind.ADDRESS, 8, Level.WEAK),
        (Kind.ACCOUNT, 8, Level.FAIR),
    ],
)
def test_what_few_share_says_much_and_what_many_share_little(kind, count, level):
    members, _ = links.members("root", [[crowd(kind, count)]])

    assert {member.level for member in members} == {level}


@pytest.mark.parametrize("kind", list(links.HUB_FROM))
def test_a_hub_links_nobody_and_says_why_by_itself(kind):
    answers = [[crowd(kind, 40)]]

    assert links.members("root", answers) == ((), 0)
    assert [(hub.kind, hub.crowd) for hub in links.hubs(answers)] == [(kind, 40)]


def test_a_hub_adds_nothing_to_somebody_who_is_linked_otherwise():
    alone = [answer(Kind.ADDRESS, seen("root", minutes_ago=900), seen("other0"), value="a")]
    hub = crowd(Kind.RANGE, 30)

    without, _ = links.members("root", [alone])
    with_hub, _ = links.members("root", [[*alone, hub]])

    assert [member.visitor_id for member in with_hub] == ["other0"]
    assert with_hub[0].level == without[0].level


def test_an_address_within_the_hour_says_more_than_one_days_apart():
    near = answer(Kind.ADDRESS, seen("root"), seen("other", minutes_ago=59))
    far = answer(Kind.ADDRESS, seen("root"), seen("other", minutes_ago=3000))

    assert near_weight(near) > near_weight(far)


def near_weight(given_answer):
    (member,), _ = links.members("root", [[given_answer]])
    return member.evidence[0].weight


def test_fingerprints_related_visitors_are_a_source_of_their_own():
    (member,), _ = links.members("root", [[answer(Kind.RELATED, related=("root", "other"))]])

    assert (member.visitor_id, member.level, member.evidence[0].kind) == ("other", Level.STRONG, Kind.RELATED)


def test_a_hop_asks_what_tells_most_first_each_value_once_and_never_more_than_its_cap():
    own = [
        seen("root", minutes_ago=number, linked_id=f"acct-{number % 12}", address="192.0.2.7") for number in range(60)
    ]

    questions, left_out = links.plan({"root": own}, kinds=ALL, asked=frozenset())
    again, _ = links.plan({"root": own}, kinds=ALL, asked=frozenset((each.kind, each.value) for each in questions))

    assert [each.kind for each in questions] == [Kind.ACCOUNT] * 8 + [Kind.ADDRESS, Kind.RANGE]
    assert questions[-1].value == "192.0.2.0/24"
    assert left_out == 4, "the rarer accounts are counted, so that the page can say it"
    assert not {(each.kind, each.value) for each in questions} & {(each.kind, each.value) for each in again}
    many = {f"v{n}": [seen(f"v{n}", linked_id=f"a{n}-{m}", minutes_ago=m) for m in range(8)] for n in range(5)}
    questions, left_out = links.plan(many, kinds=ALL, asked=frozenset())
    assert (len(questions), left_out) == (links.MOST_QUESTIONS, 20)


def test_a_further_hop_starts_from_the_strong_and_never_twice_from_the_same():
    strong = [answer(Kind.ACCOUNT, seen("root"), seen(f"s{n}"), value=f"a{n}") for n in range(8)]
    weak = answer(Kind.RANGE, seen("root"), seen("weak"), value="r")
    members, _ = links.members("root", [[*strong, weak]])

    seeds = links.next_seeds(members, {"root", "s0"})

    assert len(seeds) == links.MOST_SEEDS
    assert not {"weak", "s0", "root"} & set(seeds)


def test_who_is_met_in_two_hops_belongs_to_the_first():
    first = [answer(Kind.ACCOUNT, seen("root"), seen("a"), value="1")]
    second = [answer(Kind.ACCOUNT, seen("a"), seen("root"), seen("b"), value="2", of="a")]

    members, _ = links.members("root", [first, second])

    assert [(member.visitor_id, member.hop, member.of) for member in members] == [("a", 1, ("root",)), ("b", 2, ("a",))]


@pytest.mark.parametrize(
    "address,found",
    [
        ("94.142.239.124", "94.142.239.0/24"),
        ("2a00:1028:83::1f", "2a00:1028:83::/64"),
        ("nonsense", None),
        ("", None),
        (None, None),
        ("1.2.3.4; DROP", None),
    ],
)
def test_the_neighbours_of_an_address(address, found):
    assert links.range_of(address) == found


# -- For all ------------------------------------------------------------------------------------------------------

EVIDENCE = st.builds(
    Evidence,
    st.sampled_from(list(Kind)),
    st.sampled_from(["a", "b", "c"]),
    st.integers(1, 200),
    st.booleans(),
    st.integers(1, 50),
    st.one_of(st.none(), st.timedeltas(timedelta(0), timedelta(days=90))),
)


@given(EVIDENCE, st.integers(1, 500))
def test_a_value_never_says_more_because_more_share_it(evidence, more):
    busier = Evidence(evidence.kind, evidence.value, evidence.crowd + more, evidence.is_capped, 1, evidence.nearest)

    assert 0 <= busier.weight <= evidence.weight < 1


@given(st.lists(EVIDENCE, max_size=8), EVIDENCE)
def test_one_more_reason_never_weakens_a_link(evidence, more):
    assert ORDER.index(links.level_of([*evidence, more])) >= ORDER.index(links.level_of(evidence))


@given(st.lists(EVIDENCE, max_size=8), st.randoms())
def test_the_order_of_reasons_does_not_matter(evidence, random):
    mixed = list(evidence)
    random.shuffle(mixed)

    assert links.level_of(mixed) == links.level_of(evidence)


SIGHTINGS = st.builds(
    seen,
    st.sampled_from(["root", *(f"v{n}" for n in range(20))]),
    minutes_ago=st.integers(0, 5000),
    linked_id=st.sampled_from([None, "", "a", "b"]),
    address=st.sampled_from([None, "192.0.2.7", "no address", "2001:db8::1"]),
)
ANSWERS = st.builds(
    lambda kind, value, of, found, has_more: Answer(Question(kind, value, of), tuple(found), has_more=has_more),
    st.sampled_from(list(links.HUB_FROM)),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["root", "v1"]),
    st.lists(SIGHTINGS, max_size=30),
    st.booleans(),
)


@settings(max_examples=40)
@given(st.lists(st.lists(ANSWERS, max_size=4), max_size=3))
def test_nobody_is_linked_to_themselves_and_hubs_alone_link_nobody(hops):
    members, left_out = links.members("root", hops)

    assert "root" not in {member.visitor_id for member in members}
    assert len(members) <= links.MOST_MEMBERS
    assert left_out >= 0
    for member in members:
        assert any(not each.is_hub for each in member.evidence)
        assert member.level is links.level_of(member.evidence)
