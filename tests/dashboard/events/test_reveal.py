"""Field by field and role by role: who may not see a value sees it nowhere, unless they reveal it for one answer."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.audit.models import AuditEntry, AuditMention
from dashboard.core.access import PERMS_OF, Perm, Role
from dashboard.events import reveals
from dashboard.events.models import Export
from fingerprint_integration.signals import FIELDS
from tests.dashboard.events import canaries

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])
ROLES = pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name.lower())
FIELD = pytest.mark.parametrize("field", sorted(canaries.of_version("v4")))
HTMX = {"HX-Request": "true"}


@pytest.fixture
def event_id(empty_sandbox, tmp_path, api_version):
    return canaries.put_into(empty_sandbox, tmp_path, api_version, at=timezone.now() - timedelta(hours=1))


def last():
    entry = AuditEntry.objects.latest("pk")
    return entry.kind, entry.outcome, json.loads(bytes(entry.body))["details"]


def reveal(browser, event_id, field="linked_id", reason="the customer asks", **more):
    return browser.post(f"/events/{event_id}/reveal/", {"field": field, "reason": reason, **more})


def seen_in(answer):
    """The personal fields of which something stands in an answer, attributes and all."""
    text = answer.getvalue().decode()
    found = {name for name, words in canaries.WORDS.items() if any(word in text for word in words)}
    return found | {word for word in canaries.MORE_WORDS if word in text}


def surfaces(browser, event_id, sandbox):
    """Every kind of page that shows an event: whole, as a piece, as a list, as a form, as an error."""
    started = browser.post("/searches/", {"visitor_id": canaries.VISITOR, "window": "last:all"})
    results = started.url if started.status_code == 302 else "/searches/7Qm2xA/"
    with sandbox.faults.server_error(times=1):
        yield "error", browser.get(f"/events/{event_id}/")
    yield "event", browser.get(f"/events/{event_id}/")
    yield "event piece", browser.get(f"/events/{event_id}/", headers=HTMX)
    yield "question", browser.get(f"/events/{event_id}/reveal/?field=linked_id")
    yield "visitor", browser.get(f"/visitors/{canaries.VISITOR}/")
    yield "visitor piece", browser.get(f"/visitors/{canaries.VISITOR}/", headers=HTMX)
    yield "results", browser.get(results)
    yield "results again", browser.post(f"{results}again/")
    yield "results piece", browser.get(results, headers=HTMX)
    yield "more rows", browser.post(f"{results}more/", {"after": "0"}, headers=HTMX)
    yield "compared", browser.get(f"/events/{event_id}/compare/{other_event(sandbox)}/")
    for form in ("csv", "jsonl"):
        browser.post(f"{results}export/", {"form": form, "reason": "for the ring report"})
    yield "exports", browser.get("/exports/")
    for export in Export.objects.filter(owner=browser.person):
        yield f"file {export.form}", browser.post(f"/exports/{export.short_id}/file/")
    yield from links(browser)
    yield "form", browser.get("/events/")
    yield "home", browser.get("/")


def links(browser):
    """The linked visitors of the event's visitor: page, pieces, file."""
    base = f"/visitors/{canaries.VISITOR}/links/"
    started = browser.post(f"{base}start/")
    if started.status_code != 302:
        yield "links", started
        return
    read = started.url.partition("read=")[2].partition("&")[0]
    yield "links piece", browser.post(f"{base}ask/", {"read": read}, headers=HTMX)
    browser.post(f"{base}ask/", {"read": read})
    yield "links", browser.get(base, {"read": read})
    yield "links file", browser.post(f"{base}export/", {"read": read, "reason": "for the ring report"})


def other_event(sandbox):
    """An event of somebody else without a word to watch for."""
    return sandbox.visit(at=timezone.now() - timedelta(hours=2), ip="192.0.2.5", linked_id="canary-account").event_id


def test_every_personal_field_of_the_catalogue_is_watched_and_can_be_revealed():
    personal = {field.name for field in FIELDS if field.personal}

    assert set(canaries.WORDS) == personal
    assert set(reveals.FIELDS) == personal


@BOTH
@ROLES
def test_who_may_not_see_a_field_sees_it_on_no_page_and_in_no_attribute(
    event_id, empty_sandbox, client_for, role, api_version
):
    answers = dict(surfaces(client_for(role), event_id, empty_sandbox))

    if Perm.EXPORT_EVENTS in PERMS_OF[role]:
        assert {answers[name].status_code for name in ("file csv", "file jsonl", "links file")} == {200}
    if Perm.VIEW_PERSONAL in PERMS_OF[role]:
        assert seen_in(answers["event"]) >= set(canaries.of_version(api_version))
        for surface in ("compared", "results", "links", "file csv", "file jsonl", "links file"):
            assert seen_in(answers[surface]), surface
    else:
        assert {name: seen_in(answer) for name, answer in answers.items() if seen_in(answer)} == {}


@FIELD
def test_one_field_is_revealed_in_one_answer(event_id, client_for, field):
    browser = client_for(Role.SUPPORT)

    answer = reveal(browser, event_id, field, ticket="#881")

    assert answer.status_code == 200
    assert seen_in(answer) - {"Canary/Zone"} == {field}
    assert "in this page only" in answer.page.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert seen_in(browser.get(f"/events/{event_id}/")) == set()


@pytest.mark.parametrize("api_version", ["v3"])
def test_the_location_that_only_v3_has_is_revealed_too(event_id, client_for, api_version):
    assert "ip_location" in seen_in(reveal(client_for(Role.SUPPORT), event_id, "ip_location"))


def test_a_reveal_is_written_down_with_its_reason_and_the_value_itself(event_id, client_for):
    reveal(client_for(Role.SUPPORT), event_id, ticket="#881")

    entry = AuditEntry.objects.latest("pk")
    assert (entry.kind, entry.ticket, last()[2]) == ("event.field_revealed", "#881", {"field": "the linked id"})
    values = dict(AuditMention.objects.filter(entry=entry).values_list("role", "subject__value"))
    assert bytes(values["value"]) == b"canary-account"
    assert bytes(values["reason"]) == b"the customer asks"
    assert "canary" not in bytes(entry.body).decode().replace(".canary", "")


def test_nothing_is_revealed_when_it_cannot_be_written_down(event_id, client_for, settings):
    browser = client_for(Role.SUPPORT)
    browser.raise_request_exception = False
    settings.AUDIT_LOOKUP_KEYS = {}

    answer = reveal(browser, event_id)

    assert answer.status_code == 500
    assert seen_in(answer) == set()


def test_nothing_is_revealed_without_an_answer(event_id, empty_sandbox, client_for):
    with empty_sandbox.faults.server_error(times=5):
        answer = reveal(client_for(Role.SUPPORT), event_id)

    assert answer.status_code == 502
    assert last()[0] == "event.not_opened"


@pytest.mark.parametrize("reason", ["", "  ", "x", "x" * 501, "a\x00bcd"])
def test_without_a_reason_there_is_a_sentence_and_what_was_typed(event_id, client_for, reason):
    answer = reveal(client_for(Role.SUPPORT), event_id, reason=reason, ticket="#881")

    assert answer.status_code == 422
    assert answer.page.form(button="Reveal the linked id").fields["ticket"] == ["#881"]
    assert seen_in(answer) == set()
    assert AuditEntry.objects.filter(kind="event.field_revealed").count() == 0


def test_the_page_leads_to_the_question_as_a_page_and_as_a_dialog(event_id, client_for):
    browser = client_for(Role.SUPPORT)
    links = {a.get("href") for a in browser.get(f"/events/{event_id}/").page.all("a", class_="button")}

    question = f"/events/{event_id}/reveal/?field=linked_id"
    assert question in links
    assert "Reveal the linked id of this event?" in browser.get(question).page.text
    dialog = browser.get(question, headers=HTMX).page
    assert dialog.one("dialog") is not None
    assert browser.submit(dialog.form(button="Reveal the linked id"), reason="the customer asks").status_code == 200


@pytest.mark.parametrize("field", ["", "visitor_id", "shoe_size", "ip_address ", "__class__"])
def test_what_is_no_hidden_field_is_not_there(event_id, client_for, field):
    browser = client_for(Role.SUPPORT)

    assert browser.get(f"/events/{event_id}/reveal/", {"field": field}).status_code == 404
    assert reveal(browser, event_id, field).status_code == 404


@pytest.mark.parametrize("role", [Role.FRAUD_ANALYST, Role.COMPLIANCE])
def test_who_sees_everything_has_nothing_to_reveal(event_id, client_for, role):
    browser = client_for(role)

    assert reveal(browser, event_id).url == f"/events/{event_id}/"
    assert AuditEntry.objects.filter(kind="event.field_revealed").count() == 0


def test_a_revealed_value_still_cannot_be_searched_for_by_a_click(event_id, client_for):
    browser = client_for(Role.SUPPORT)

    page = reveal(browser, event_id).page

    assert not [button for button in page.all("button", class_="pivot") if button.get("value") == "linked_id"]
    assert browser.post(f"/events/{event_id}/pivot/", {"pivot": "linked_id"}).status_code == 404


# A search by a value that one may not see.


@pytest.mark.parametrize(
    "asked,fields",
    [({"linked_id": "canary-account"}, ["the linked id"]), ({"ip_address": "203.0.113.77"}, ["the address"])],
)
def test_a_search_by_a_hidden_value_counts_as_a_reveal(event_id, client_for, asked, fields):
    client_for(Role.SUPPORT).post("/searches/", asked)

    entry = AuditEntry.objects.get(kind="search.by_value")
    assert json.loads(bytes(entry.body))["details"] == {"fields": fields}


def test_other_searches_and_those_of_people_who_see_the_value_do_not_count(event_id, client_for):
    client_for(Role.SUPPORT).post("/searches/", {"visitor_id": canaries.VISITOR})
    client_for(Role.FRAUD_ANALYST).post("/searches/", {"linked_id": "canary-account"})

    assert not AuditEntry.objects.filter(kind="search.by_value").exists()


def test_reveals_and_such_searches_have_one_limit_an_hour(event_id, client_for, settings, clock):
    settings.REVEALS_PER_HOUR = 2
    browser = client_for(Role.SUPPORT)
    reveal(browser, event_id)
    browser.post("/searches/", {"linked_id": "canary-account"})

    refused = reveal(browser, event_id)
    assert refused.status_code == 429
    assert seen_in(refused) == set()
    assert last() == ("reveal.refused", "refused", {"limit": 2})
    assert browser.post("/searches/", {"linked_id": "canary-account"}).status_code == 429
    assert reveal(client_for(Role.SUPPORT), event_id).status_code == 200

    clock.advance(minutes=61)
    assert reveal(browser, event_id).status_code == 200
