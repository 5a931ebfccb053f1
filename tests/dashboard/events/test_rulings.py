"""What a ruleset would do with an event: one click, one request, written down, and safe whatever a rule says."""

import pytest

from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from dashboard.core.environment import Environment
from dashboard.events.rulesets import Ruleset, read_ruleset
from fingerprint_integration.sandbox.api import HOSTILE_RULESET, RULESET
from tests.pages import text_of

pytestmark = pytest.mark.django_db
PIECE = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def rulesets(settings):
    settings.FINGERPRINT_RULESETS = [
        Ruleset(RULESET, "No bad bots"),
        Ruleset(HOSTILE_RULESET, "Hostile"),
        Ruleset("rs_gone", "Was deleted"),
    ]


@pytest.fixture
def bot_id(sandbox):
    return sandbox.stories["credential_stuffing"].event_ids[0]


def ask(browser, event_id, ruleset=RULESET, **headers):
    return browser.post(f"/events/{event_id}/ruling/", {"ruleset": ruleset}, headers=headers)


def entries():
    return list(AuditEntry.objects.filter(kind="event.evaluated"))


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.FRAUD_ANALYST])
def test_one_click_says_what_the_ruleset_would_do_and_costs_one_request(sandbox, client_for, bot_id, role, caplog):
    browser = client_for(role)
    page = browser.get(f"/events/{bot_id}/").page
    assert "1 request" in text_of(page.one("section", id="rules"))
    before = len(sandbox.requests)

    answer = ask(browser, bot_id, **PIECE)

    assert len(sandbox.requests) == before + 1
    assert "drift" not in caplog.text
    words = text_of(answer.page.one("div", id="ruling"))
    assert "It would Block with status 403" in words
    assert "By rule r_sandboxBadBot" in words
    assert 'Because bot == "bad"' in words
    assert "Answer with Content-Type: text/plain" in words
    assert "Answer Please come back as a person." in words
    entry = entries()[0]
    assert entry.actor_id == browser.person.pk
    assert '"ruleset":"No bad bots","ruling":"Block"' in bytes(entry.body).decode()


def test_without_javascript_it_is_the_whole_page_of_the_event_by_the_same_request(sandbox, client_for, bot_id):
    browser = client_for(Role.FRAUD_ANALYST)
    before = len(sandbox.requests)

    page = ask(browser, bot_id).page

    assert len(sandbox.requests) == before + 1
    assert "It would Block" in text_of(page.one("section", id="rules"))
    assert page.one("section", id="all-signals") is not None


def test_an_honest_person_may_pass_and_what_changes_is_said(sandbox, client_for):
    event_id = sandbox.stories["family"].event_ids[0]

    words = text_of(ask(client_for(Role.SUPPORT), event_id, **PIECE).page.one("div", id="ruling"))

    assert "It would Allow" in words
    assert "Set X-Checked: yes" in words
    assert "Remove X-Visitor" in words


@pytest.mark.parametrize("headers", [PIECE, {}])
def test_whatever_a_rule_says_is_text(client_for, bot_id, headers):
    # The reading client fails on any script, style, handler or raw control character in a page.
    page = ask(client_for(Role.FRAUD_ANALYST), bot_id, HOSTILE_RULESET, **headers).page
    words = text_of(page.one("div", id="ruling"))

    assert "<script>alert('rule')</script>" in words
    assert "\u202e" not in words
    assert "\x1b" not in words
    assert "and 282 more" in words
    assert len(words) < 20_000
    assert "rule" not in bytes(entries()[0].body).decode().replace("ruleset", "").replace("ruling", "")


def test_a_ruleset_that_is_gone_is_no_answer_and_no_ruling(client_for, bot_id):
    words = text_of(ask(client_for(Role.SUPPORT), bot_id, "rs_gone", **PIECE).page.one("div", id="ruling"))

    assert "No answer" in words
    assert "no such ruleset" in words
    assert "It would" not in words
    assert entries()[0].outcome == "failed"


def test_an_outage_is_said_and_the_choice_stays(sandbox, client_for, bot_id):
    browser = client_for(Role.SUPPORT)
    with sandbox.faults.unavailable(times=None):
        answer = ask(browser, bot_id, **PIECE)
        whole = ask(browser, bot_id)

    words = text_of(answer.page.one("div", id="ruling"))
    assert "No answer" in words
    assert "It would" not in words
    assert whole.status_code == 502
    assert {entry.outcome for entry in entries()} == {"failed"}


def test_nobody_asks_for_a_ruleset_that_was_not_offered(sandbox, client_for, bot_id):
    before = len(sandbox.requests)

    assert ask(client_for(Role.FRAUD_ANALYST), bot_id, "rs_other").status_code == 404
    assert len(sandbox.requests) == before
    assert not entries()


@pytest.mark.parametrize("api_version", ["v3"])
def test_v3_says_that_it_has_none(sandbox, client_for, bot_id):
    section = client_for(Role.SUPPORT).get(f"/events/{bot_id}/").page.one("section", id="rules")

    assert "API v3 has no rulesets." in text_of(section)
    assert section.find(".//form") is None


def test_where_no_ruleset_is_set_up_there_is_no_such_section(client_for, bot_id, settings):
    settings.FINGERPRINT_RULESETS = []

    assert not client_for(Role.SUPPORT).get(f"/events/{bot_id}/").page.all("section", id="rules")


@pytest.mark.parametrize("text", ["rs_1", "rs_1:", ": Checkout", "rs 1: Checkout", "rs/../x: a", "rs_1: a\x07b"])
def test_what_is_no_ruleset_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match="must read ID: NAME"):
        read_ruleset(text)


def test_rulesets_are_read_by_id_and_name_once_each():
    env = Environment({"RULES": "rs_1: Checkout; rs_2: Sign-in", "TWICE": "rs_1: A; rs_1: B"})

    assert env.entries("RULES", read_ruleset) == [Ruleset("rs_1", "Checkout"), Ruleset("rs_2", "Sign-in")]
    assert env.entries("TWICE", read_ruleset, about=lambda each: each.ruleset_id) == []
    assert [name for name, _ in env.problems] == ["TWICE"]
