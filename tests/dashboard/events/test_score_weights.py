"""Why a suspect score is what it is: weights as they are written, the estimate, and what the page says of it."""

import pytest

from dashboard.core.access import Role
from dashboard.core.environment import Environment
from dashboard.demo.stack import SANDBOX_WEIGHTS
from dashboard.events.score_weights import estimate, read_weight
from fingerprint_integration.catalogue import PERSONAL_EVIDENCE
from fingerprint_integration.domain import Event
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.sandbox.records import ANDROID, BROWSER, IOS, PLATFORMS, SUSPECT_WEIGHTS
from fingerprint_integration.services import reads
from tests.pages import text_of

BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])


def weights(text):
    return [read_weight(entry) for entry in text.split(";")]


def every_event(sandbox):
    for story in sandbox.stories.values():
        for member in story.members.values():
            yield from member.event_ids[:1]


# -- How a weight is written ------------------------------------------------------------------------------------


def test_one_number_counts_everywhere_and_three_count_by_platform():
    everywhere, apart = weights("incognito: 4; vpn.auxiliary_mobile: -/6/7")

    assert [everywhere.on(platform) for platform in ("browser", "android", "ios", "unknown")] == [4, 4, 4, 4]
    assert [apart.on(platform) for platform in ("browser", "android", "ios", "unknown")] == [None, 6, 7, None]


@pytest.mark.parametrize(
    "text,sentence",
    [
        ("incognito", "must read FINDING: POINTS"),
        ("incognito: -4", "must read FINDING: POINTS"),
        ("incognito: 4/5", "must read FINDING: POINTS"),
        ("incognito: four", "must read FINDING: POINTS"),
        ("shoe_size: 4", "no signal shoe_size"),
        ("suspect_score: 4", "no signal suspect_score"),
        ("events: 4", "no signal events"),
        ("rule_action: 4", "no signal rule_action"),
        ("vpn.shoe_size: 4", "no detail shoe_size"),
        *((f"vpn.{name}: 4", f"no detail {name}") for name in sorted(PERSONAL_EVIDENCE)),
    ],
)
def test_what_is_no_weight_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_weight(text)


def test_a_finding_that_stands_twice_is_refused_at_start():
    env = Environment({"WEIGHTS": "vpn: 3; incognito: 4; vpn: 5/-/-"})

    assert env.entries("WEIGHTS", read_weight, about=lambda weight: weight.finding) == []
    assert env.problems == [("WEIGHTS", "Two of its entries are about the same. Leave one of them out.")]


def test_the_demo_weighs_as_its_sandbox_does():
    of_demo = {
        (weight.detail or weight.signal): tuple(weight.on(name) for name in ("browser", "android", "ios"))
        for weight in weights(SANDBOX_WEIGHTS)
    }

    of_sandbox = {
        name: tuple(points if each in PLATFORMS.get(name, (each,)) else None for each in (BROWSER, ANDROID, IOS))
        for name, points in SUSPECT_WEIGHTS.items()
    }
    assert of_demo == {**of_sandbox, "bot": (15, None, None)}


# -- The estimate -----------------------------------------------------------------------------------------------


@BOTH
def test_with_the_right_weights_every_score_adds_up_but_for_what_was_not_measured(sandbox):
    seen = []
    for event_id in every_event(sandbox):
        try:
            event = reads.get_event(event_id)
        except FingerprintError:  # an answer that cannot be read has no score either
            continue
        found = estimate(event, weights(SANDBOX_WEIGHTS))
        if found is None:
            assert event.suspect_score is None or event.is_partial
            continue
        assert 0 <= found.missing <= sum(part.points for part in found.not_measured), event_id
        seen.append(found)

    assert any(found.score > 20 and found.missing == 0 and found.counted for found in seen)


@BOTH
def test_both_versions_explain_a_score_alike(sandbox, api_version):
    found = estimate(reads.get_event(sandbox.stories["credential_stuffing"].event_ids[0]), weights(SANDBOX_WEIGHTS))

    assert (found.counted[0].signal, found.counted[0].points) == ("bot", 15)
    assert found.total == found.score == sum(part.points for part in found.counted)


def test_details_words_and_limits_count_by_themselves(empty_sandbox):
    calm = {"tampering": True, "anomaly_score": 0.5}
    odd = {"tampering": True, "anomaly_score": 0.51, "vpn": True, "public_vpn": True, "bot": "good"}
    rules = weights("tampering.anomaly_score>0.5: 8; vpn.public_vpn: 4; vpn.relay: 4; bot=bad: 7")

    def points(signals):
        found = estimate(reads.get_event(empty_sandbox.visit(signals=signals).event_id), rules)
        return {(part.signal, part.detail): part.points for part in found.counted}

    assert points(calm) == {}
    assert points(odd) == {("tampering", "anomaly_score"): 8, ("vpn", "public_vpn"): 4}


@BOTH
def test_what_was_not_measured_is_not_taken_for_a_no(empty_sandbox):
    event = reads.get_event(empty_sandbox.visit(signals={"incognito": None, "vpn": True}).event_id)

    found = estimate(event, weights("incognito: 4; vpn: 5; jailbroken: -/-/6"))

    if event.signal("incognito").value is None:  # v3 tells incognito twice
        assert [part.signal for part in found.not_measured] == ["incognito"]
    assert [part.signal for part in found.counted] == ["vpn"]
    assert found.missing == found.score - 5


def test_there_is_no_estimate_without_score_without_weights_or_of_half_an_event(sandbox):
    whole = reads.get_event(sandbox.stories["credential_stuffing"].event_ids[0])
    partial = reads.get_event(sandbox.stories["corners"].members["corner-partially_completed"].event_ids[0])
    bare = Event(event_id="e", at=whole.at, raw=b"{}", api_version=whole.api_version, reader=whole.reader)

    assert estimate(whole, []) is None
    assert estimate(partial, weights("vpn: 3")) is None
    assert estimate(bare, weights("vpn: 3")) is None


# -- The page ---------------------------------------------------------------------------------------------------


def why(browser, event_id):
    return text_of(browser.get(f"/events/{event_id}/").page.one("section", id="why-this-score"))


@pytest.mark.django_db
@BOTH
@pytest.mark.parametrize("role", [Role.SUPPORT, Role.FRAUD_ANALYST])
def test_the_page_says_what_the_score_is_made_of(sandbox, client_for, settings, role):
    settings.SUSPECT_SCORE_WEIGHTS = weights(SANDBOX_WEIGHTS)
    words = why(client_for(role), sandbox.stories["credential_stuffing"].event_ids[0])

    assert "Bot: bad +15" in words
    assert "An estimate" in words
    assert "It adds up to the score that Fingerprint gave." in words


@pytest.mark.django_db
def test_the_page_says_what_is_left_and_what_was_not_measured(empty_sandbox, client_for, settings):
    settings.SUSPECT_SCORE_WEIGHTS = weights("vpn: 4; incognito: 3; privacy_settings: 2")
    event_id = empty_sandbox.visit(signals={"vpn": True, "proxy": True, "incognito": None}).event_id
    words = why(client_for(Role.SUPPORT), event_id)

    # The sandbox scores a VPN with 6 and a proxy with 7.
    assert "Together 4 of 13" in words
    assert "Not explained: 9." in words
    assert "Not measured, so perhaps in the score and perhaps not: Incognito (not provided)." in words
    assert "Together 3 points." in words
    assert "Says yes and has no weight here: Proxy." in words


@pytest.mark.django_db
def test_weights_that_come_to_more_than_the_score_are_said_to_be_wrong(empty_sandbox, client_for, settings):
    settings.SUSPECT_SCORE_WEIGHTS = weights("vpn: 40")
    words = why(client_for(Role.SUPPORT), empty_sandbox.visit(signals={"vpn": True}).event_id)

    assert "34 more than the score." in words
    assert "are not those this event was scored with" in words


@pytest.mark.django_db
def test_without_weights_the_page_says_what_is_missing_and_how_to_set_it(sandbox, client_for):
    words = why(client_for(Role.SUPPORT), sandbox.stories["credential_stuffing"].event_ids[0])

    assert "SUSPECT_SCORE_WEIGHTS" in words
    assert "+" not in words
