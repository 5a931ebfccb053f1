"""What the dashboard may ask and change, on both versions, over the sandbox; and the one client of a process."""

import os
import threading
from datetime import timedelta

import httpx
import pytest

from fingerprint_integration import FingerprintClient, provider
from fingerprint_integration.domain import ApiVersion, Event, EventChange, EventQuery, UnreadableEvent
from fingerprint_integration.errors import (
    InvalidRequest,
    NotAvailable,
    NotConfigured,
    NotFound,
    NotReadyYet,
    RefusalReason,
    Refused,
)
from fingerprint_integration.sandbox.api import RULESET
from fingerprint_integration.sandbox.app import Sandbox
from fingerprint_integration.services import reads, writes

both_versions = pytest.mark.parametrize("api_version", ["v4", "v3"])


def some_event(clock, **filters):
    start, end = reads.retention_window(clock.now)
    page = reads.search_events(EventQuery(start=start, end=end, limit=50, **filters))
    return next(event for event in page.events if isinstance(event, Event) and event.visitor_id)


@both_versions
def test_a_visitors_history_is_the_whole_retention(sandbox, clock):
    visitor_id = some_event(clock).visitor_id
    pages, cursor = [], None
    while True:
        page = reads.visitor_history(visitor_id, now=clock.now, cursor=cursor, limit=3)
        pages.append(page)
        if (cursor := page.cursor) is None:
            break

    events = [event for page in pages for event in page.events]
    assert len({event.event_id for event in events}) == len(events)
    assert {event.visitor_id for event in events} == {visitor_id}
    assert [event.at for event in events] == sorted((event.at for event in events), reverse=True)
    assert events[0].at - events[-1].at > timedelta(days=7)
    assert not any(page.visitor_unknown for page in pages)


@both_versions
def test_a_visitor_nobody_knows_is_an_empty_page_and_not_an_error(empty_sandbox, clock):
    page = reads.visitor_history("nobodyAtAll1234567890"[:20], now=clock.now)

    assert (page.events, page.cursor, page.visitor_unknown) == ((), None, True)


@both_versions
def test_a_stored_payload_reads_back_as_the_same_event(sandbox, clock, api_version):
    event = some_event(clock)
    again = reads.event_from_raw(event.raw, ApiVersion(api_version))

    assert again.event_id == event.event_id
    assert again.signals == event.signals
    assert isinstance(reads.event_from_raw(b"\x00", ApiVersion(api_version)), UnreadableEvent)


@both_versions
def test_a_change_stands_afterwards(sandbox, clock, api_version):
    event = some_event(clock)
    clock.advance(minutes=1)
    writes.update_event(event_id=event.event_id, change=EventChange(suspect=True, tags={"case": "é<b>"}))
    writes.update_event(event_id=event.event_id, change=EventChange(linked_id="acct_1"))

    changed = reads.get_event(event.event_id)
    assert (changed.suspect, changed.linked_id) == (True, "acct_1")
    assert "é<b>".encode() in changed.tags or rb"\u00e9" in changed.tags


@both_versions
def test_a_deletion_is_accepted_once(sandbox, clock):
    visitor_id = some_event(clock).visitor_id
    writes.delete_visitor(visitor_id=visitor_id)
    clock.advance(days=2)

    with pytest.raises(NotFound):
        writes.delete_visitor(visitor_id=visitor_id)


@both_versions
def test_what_does_not_exist_is_not_found(empty_sandbox):
    with pytest.raises(NotFound):
        reads.get_event("1708102555327.NoSuch")
    with pytest.raises(NotFound):
        writes.update_event(event_id="1708102555327.NoSuch", change=EventChange(suspect=True))


@both_versions
def test_what_the_version_can_do_is_said_without_asking(empty_sandbox, api_version):
    asked = len(empty_sandbox.requests)
    found = reads.capabilities()

    assert found.api_version == api_version
    assert found.is_sandbox
    assert found.has_visits is found.has_related is (api_version == "v3")
    assert ("tor_node" in found.filters) is (api_version == "v4")
    assert ("ip_blocklist" in found.filters) is (api_version == "v3")
    assert found.update_window == timedelta(days=28 if api_version == "v4" else 10)
    assert found.retention == timedelta(days=90)
    assert len(empty_sandbox.requests) == asked


@pytest.mark.parametrize("api_version", ["v3"])
def test_v3_has_visits_and_related_visitors(sandbox, clock):
    visitor_id = some_event(clock).visitor_id

    page = reads.get_visits(visitor_id)
    assert page.visitor_id == visitor_id
    assert len(page.visits) == 1
    assert isinstance(reads.related_visitors(visitor_id), tuple)


def test_v4_says_that_it_has_not(empty_sandbox):
    with pytest.raises(NotAvailable):
        reads.get_visits("someVisitor")
    with pytest.raises(NotAvailable):
        reads.related_visitors("someVisitor")


@pytest.mark.parametrize(
    "key, region, reason",
    [
        ("wrong-key", "us", RefusalReason.KEY_UNKNOWN),
        ("sandbox-eu-key", "us", RefusalReason.WRONG_REGION),
    ],
)
@both_versions
def test_a_key_that_does_not_fit_is_refused_with_its_reason(clock, api_version, key, region, reason):
    sandbox = Sandbox(rate=None, is_empty=True)
    client = FingerprintClient(
        key,
        region,
        api_version,
        "http://sandbox.test",
        transport=httpx.MockTransport(sandbox.handle),
    )
    with provider.override_client(client), pytest.raises(Refused) as caught:
        reads.search_events(EventQuery())

    assert caught.value.reason is reason


@both_versions
def test_deleting_needs_the_feature_and_a_key_for_the_workspace(clock, api_version):
    sandbox = Sandbox(rate=None, is_empty=True)
    for key, reasons in {
        "sandbox-basic-key": {RefusalReason.FEATURE_NOT_ENABLED},
        "sandbox-env-key": {RefusalReason.KEY_SCOPE, RefusalReason.FEATURE_NOT_ENABLED, RefusalReason.OTHER},
    }.items():
        client = FingerprintClient(
            key, "us", api_version, "http://sandbox.test", transport=httpx.MockTransport(sandbox.handle)
        )
        with provider.override_client(client), pytest.raises(Refused) as caught:
            writes.delete_visitor(visitor_id="Ibk1527CUFmcnjLwIs4A")
        assert caught.value.reason in reasons


# ── the one client of a process ─────────────────────────────────────────────


def test_a_process_has_one_client_in_all_its_threads():
    found = []
    threads = [threading.Thread(target=lambda: found.append(provider.get_client())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({id(client) for client in found}) == 1
    assert found[0] is provider.get_client()


def test_changed_settings_give_another_client(settings):
    before = provider.get_client()
    settings.FINGERPRINT_API_VERSION = "v3"
    after = provider.get_client()

    assert (before.config.version, after.config.version) == (ApiVersion.V4, ApiVersion.V3)


def test_settings_that_allow_no_client_say_so(settings):
    settings.FINGERPRINT_API_KEY = ""
    with pytest.raises(NotConfigured):
        reads.capabilities()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_a_forked_process_gets_a_client_of_its_own():
    parents = id(provider.get_client())
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writing, b"own" if id(provider.get_client()) != parents else b"shared")
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 10) == b"own"
    os.close(reading)
    os.close(writing)


def test_an_override_ends_with_its_block():
    usual = provider.get_client()
    other = FingerprintClient("key")
    with provider.override_client(other):
        assert provider.get_client() is other

    assert provider.get_client() is usual


def test_over_real_http_both_versions_tell_the_same(sandbox_server):
    clients = [
        FingerprintClient("sandbox-secret-key", version=version, base_url=sandbox_server.url)
        for version in ("v3", "v4")
    ]
    old, new = (client.search_events(limit=20) for client in clients)

    assert [event.event_id for event in old.events] == [event.event_id for event in new.events]
    for client in clients:
        event = client.get_event(new.events[0].event_id)
        assert event.at == new.events[0].at
        with pytest.raises(InvalidRequest):
            client.search_events(ip_address="999.1.1.1")
        client.close()


def test_a_fresh_event_is_not_ready_yet(sandbox, clock):
    end = clock.now
    newest = reads.search_events(EventQuery(start=end - timedelta(days=1), end=end, limit=1)).events[0]
    clock.move_to(newest.at + timedelta(milliseconds=200))
    with pytest.raises(NotReadyYet):
        writes.update_event(event_id=newest.event_id, change=EventChange(suspect=True))


# -- Rulesets ---------------------------------------------------------------------------------------------------


def test_a_ruleset_judges_an_event_by_one_request(sandbox):
    bot, person = (sandbox.stories[name].event_ids[0] for name in ("credential_stuffing", "family"))
    before = len(sandbox.requests)

    event, ruling = reads.evaluate(bot, RULESET)
    _, mild = reads.evaluate(person, RULESET)

    assert len(sandbox.requests) - before == 2
    assert event.event_id == bot
    assert (ruling.action, ruling.ruleset_id, ruling.status_code) == ("block", RULESET, 403)
    assert (ruling.rule_id, ruling.expression) == ("r_sandboxBadBot", 'bot == "bad"')
    assert [(each.how, each.name, each.value) for each in ruling.headers] == [("send", "Content-Type", "text/plain")]
    assert mild.action == "allow"
    assert [(each.how, each.name, each.value) for each in mild.headers] == [
        ("set", "X-Checked", "yes"),
        ("remove", "X-Visitor", None),
    ]


def test_a_ruleset_nobody_has_is_refused_by_its_field(sandbox):
    with pytest.raises(InvalidRequest) as refused:
        reads.evaluate(sandbox.stories["family"].event_ids[0], "rs_nobodys")

    assert (refused.value.field, refused.value.code) == ("ruleset_id", "ruleset_not_found")


@pytest.mark.parametrize("api_version", ["v3"])
def test_v3_has_no_rulesets_and_nothing_is_sent(sandbox):
    before = len(sandbox.requests)

    assert not reads.capabilities().has_rulesets
    with pytest.raises(NotAvailable):
        reads.evaluate(sandbox.stories["family"].event_ids[0], RULESET)
    assert len(sandbox.requests) == before
