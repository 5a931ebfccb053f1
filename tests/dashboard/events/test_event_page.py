"""The event page: answers, every signal in its state, every field in its place, what can be done, who looked."""

import json

import httpx
import pytest

from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from fingerprint_integration.domain import ApiVersion, UnreadableEvent
from fingerprint_integration.services import reads
from tests.pages import text_of

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])


def open_event(browser, event_id):
    answer = browser.get(f"/events/{event_id}/")
    assert answer.status_code == 200, answer.page.text[:500]
    return answer.page


def newest(sandbox, story, member=None):
    chapter = sandbox.stories[story]
    return (chapter.members[member] if member else chapter).event_ids[0]


def signals_of(page):
    """What the page says of every signal, by its label."""
    return {text_of(line.find("span[@class='signal-name']")): line for line in page.all("li", class_="signal")}


@BOTH
def test_what_speaks_comes_first_strong_before_plain(sandbox, client_for):
    page = open_event(client_for(Role.FRAUD_ANALYST), newest(sandbox, "promo_ring", "ring-0"))

    claims = [text_of(title) for title in page.all("p", class_="claim-title")]
    assert claims[0] == "The browser or app was tampered with. (strong)"
    assert "The window was private (incognito)." in claims
    assert claims == sorted(claims, key=lambda claim: "(strong)" not in claim)


@BOTH
def test_every_signal_of_the_catalogue_has_its_line_in_one_of_its_states(sandbox, client_for):
    event_id = newest(sandbox, "promo_ring", "ring-0")
    page = open_event(client_for(Role.FRAUD_ANALYST), event_id)

    lines = signals_of(page)
    for signal in reads.get_event(event_id).signals:
        assert signal.spec.label in lines
    assert "strong" in lines["Tampering"].get("class")
    assert lines["Jailbroken"].get("class") == "signal not_applicable"
    assert "Not for browsers" in text_of(lines["Jailbroken"])


@pytest.mark.parametrize("api_version", ["v3"])
def test_a_failed_signal_says_so_with_its_code_and_opens_its_fold(sandbox, client_for):
    event_id = newest(sandbox, "corners", "corner-bot_detection_failed")
    page = open_event(client_for(Role.FRAUD_ANALYST), event_id)

    line = text_of(signals_of(page)["Bot"])
    assert "Failed" in line
    assert "It says nothing about the visitor." in line
    fold = next(fold for fold in page.all("details", class_="fold") if "Browser and automation" in text_of(fold))
    assert fold.get("open") is not None
    assert "1 failed" in text_of(fold.find("summary"))


@pytest.mark.parametrize("api_version", ["v3"])
def test_a_throttled_identification_is_said_and_the_page_stands(sandbox, client_for):
    page = open_event(client_for(Role.FRAUD_ANALYST), newest(sandbox, "corners", "corner-identification_throttled"))

    assert "Fingerprint could not identify this visitor" in page.text
    assert "429 Too Many Requests" in page.text


def test_not_provided_never_reads_as_no(empty_sandbox, client_for):
    event = empty_sandbox.visit(signals={"vpn": None, "incognito": None})
    page = open_event(client_for(Role.FRAUD_ANALYST), event.event_id)

    for label in ("VPN", "Incognito"):
        line = signals_of(page)[label]
        if "not_provided" in line.get("class"):
            assert "Not provided" in text_of(line)
            assert text_of(line.find("span[@class='signal-finding']")) != "No"


@BOTH
def test_every_corner_of_the_api_has_a_page(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)

    for member in sandbox.stories["corners"].members.values():
        for event_id in member.event_ids[:1]:
            answer = browser.get(f"/events/{event_id}/")
            # One that cannot be read as an event at all says that.
            assert answer.status_code in (200, 502), member.key


def test_an_incomplete_event_shows_no_signal_at_all(sandbox, client_for):
    page = open_event(client_for(Role.FRAUD_ANALYST), newest(sandbox, "corners", "corner-partially_completed"))

    assert "This is an incomplete answer" in page.text
    assert not page.all("li", class_="signal")
    assert not page.all("li", class_="claim")


def test_an_edge_event_says_what_it_is(sandbox, client_for):
    page = open_event(client_for(Role.FRAUD_ANALYST), newest(sandbox, "edge_agents"))

    assert "This is an edge event" in page.text


@BOTH
def test_network_device_velocity_and_tags_stand_in_their_places(sandbox, client_for):
    event_id = newest(sandbox, "regulars")
    event = reads.get_event(event_id)
    page = open_event(client_for(Role.FRAUD_ANALYST), event_id)

    network, device = (text_of(page.one("section", id=name)) for name in ("network", "device"))
    assert event.ip_v4.address in network
    assert event.ip_v4.city in network
    assert f"AS{event.ip_v4.asn}" in network
    assert event.user_agent in device
    assert event.browser_version in device
    assert "Events of this visitor" in text_of(page.one("section", id="velocity"))
    tag = next(iter(json.loads(event.tags).items()))
    assert f"{tag[0]} {tag[1]}" in text_of(page.one("aside"))


@BOTH
def test_the_raw_answer_is_whole_and_can_be_taken_away_untouched(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    event_id = newest(sandbox, "regulars")
    page = open_event(browser, event_id)

    shown = "".join(page.one("pre", class_="json").itertext())
    answer = browser.get(f"/events/{event_id}/raw/")

    assert json.loads(shown) == json.loads(answer.content)
    assert answer.content == reads.get_event(event_id).raw
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="event-{event_id}.json"'
    assert AuditEntry.objects.filter(kind="event.raw_taken").count() == 1


@BOTH
def test_until_when_it_can_be_changed_is_said(sandbox, client_for, clock, api_version):
    browser = client_for(Role.FRAUD_ANALYST)
    story = sandbox.stories["night_owl"]
    fresh = open_event(browser, story.event_ids[0])
    clock.advance(days=40)
    browser.force_login(browser.person)
    old = open_event(browser, story.event_ids[0])

    assert "This event can be changed until" in fresh.text
    assert fresh.all("button", value="suspect")
    assert "This event can no longer be changed" in old.text
    assert not old.all("button", value="suspect")


def test_the_acts_go_to_the_jobs_page_by_post(sandbox, client_for):
    browser = client_for(Role.FRAUD_LEAD)
    event_id = newest(sandbox, "family")
    form = open_event(browser, event_id).form(form_id="act")

    assert form.action == "/jobs/new/"
    assert form.fields["event"] == [event_id]
    for act in ("tags_add", "linked_id"):
        answer = browser.post(form.action, {**form.fields, "act": act}, follow=True)
        assert answer.status_code == 200
        assert event_id[-6:] in answer.page.html


@pytest.mark.parametrize("act", ["suspect", "not_suspect"])
def test_one_event_is_marked_with_one_press(sandbox, client_for, act):
    browser = client_for(Role.FRAUD_LEAD)
    event_id = newest(sandbox, "family")
    form = open_event(browser, event_id).form(form_id="mark")

    answer = browser.post(form.action, {**form.fields, "act": act})

    assert answer.url == f"/events/{event_id}/"
    assert AuditEntry.objects.filter(kind="bulk_job.started").exists()


@pytest.mark.parametrize(
    "role,acts,deletion",
    [(Role.SUPPORT, False, True), (Role.FRAUD_ANALYST, True, False), (Role.COMPLIANCE, False, True)],
)
def test_a_role_is_offered_what_it_may_do_and_nothing_else(sandbox, client_for, role, acts, deletion):
    page = open_event(client_for(role), newest(sandbox, "family"))

    assert bool(page.all("form", id="act")) is acts
    assert ("Ask for deletion" in page.text) is deletion


def test_who_looked_is_shown_once_with_how_often(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    event_id = newest(sandbox, "family")
    open_event(browser, event_id)
    page = open_event(browser, event_id)

    activity = text_of(page.one("ol", class_="activity"))
    assert "You opened event" in activity
    assert "2 times" in activity


def test_clicking_a_value_reads_the_event_again_and_searches(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    event_id = newest(sandbox, "regulars")
    form = open_event(browser, event_id).form(form_id="pivot")

    answer = browser.post(form.action, {**form.fields, "pivot": "range_v4"})

    page = browser.get(answer.url).page
    assert reads.get_event(event_id).ip_v4.asn_network in page.text
    assert browser.post(form.action, {**form.fields, "pivot": "raw"}).status_code == 404


@BOTH
def test_hostile_payloads_are_text_on_every_page(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    story = sandbox.stories["hostile"]

    for member in story.members.values():
        page = open_event(browser, member.event_ids[0])
        assert not page.all("script", src="")
        assert len(page.all("img")) == 0
        history = browser.get(f"/visitors/{member.visitor_ids[0]}/")
        assert history.status_code == 200
        assert browser.get(f"/events/{member.event_ids[0]}/raw/").status_code == 200

    for linked_id in ("'; DROP TABLE visitors; --", "javascript:alert(document.domain)", "=HYPERLINK(1)"):
        answer = browser.post("/searches/", {"linked_id": linked_id})
        assert browser.get(answer.url).status_code == 200


def test_a_row_that_cannot_be_read_is_a_row_and_what_was_sent_can_be_seen(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    short_id = browser.post("/searches/", {"linked_id": "acct-owl", "window": "last:24h"}).url.split("/")[2]
    damaged = b'{"event_id": 17, "note": "<b>not an event</b>"}'

    with damaged_event(damaged):
        page = browser.get(f"/searches/{short_id}/").page
        sent = browser.get(next(a.get("href") for a in page.all("a") if "/rows/" in a.get("href")))

    assert "This event could not be read." in page.text
    assert len(page.all("input", name="event")) > 3
    assert "<b>not an event</b>" in sent.page.text
    assert "could not be read" in sent.page.text


def damaged_event(payload):
    """A door behind which the first event of every search page is replaced by `payload`."""
    from fingerprint_integration.client import FingerprintClient
    from fingerprint_integration.provider import get_client, override_client

    door = get_client()._http._transport

    def handle(request):
        answer = door.handle_request(request)
        body = json.loads(answer.read())
        if isinstance(body.get("events"), list) and body["events"]:
            body["events"][0] = json.loads(payload)
        return httpx.Response(answer.status_code, json=body)

    return override_client(
        FingerprintClient("sandbox-secret-key", base_url="http://sandbox.test", transport=httpx.MockTransport(handle))
    )


def test_the_damaged_payload_of_this_file_is_really_unreadable():
    assert isinstance(reads.event_from_raw(b'{"event_id": 17}', ApiVersion.V4), UnreadableEvent)
