"""Payloads in every field an attacker or a customer can fill, on every page they reach, and typed into every form."""

import json
import re
import secrets

import pytest
from django.urls import reverse

from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from dashboard.core.printable import printable
from dashboard.deletions.models import DeletionRequest
from dashboard.tagging.models import BulkJob
from fingerprint_integration.sandbox.corners import CORNERS, HOSTILE

pytestmark = pytest.mark.django_db

BOTH_VERSIONS = pytest.mark.parametrize("api_version", ["v4", "v3"])
# What a person types cannot hold half a character: a browser replaces it before it sends.
TYPED = {name: payload for name, payload in HOSTILE.items() if name != "surrogate"}
BARE = set("\x00\x07\x08\x1b\u202e\u2067\ufeff")
GRAPHICAL = {"markup", "template", "formula", "sql", "javascript", "json"}


def drawn(html):
    """What a browser draws of a page: what a button would copy is the value itself, whatever stands in it."""
    return re.sub(r' data-copy="[^"]*"', "", html)


def newest_of(sandbox, story, number):
    """The visitor and the newest event of the device with this number in a story."""
    visitor_id = sandbox.stories[story].visitor_ids[number]
    newest = max(
        (event for event in sandbox.world.timeline if event.visitor_id == visitor_id), key=lambda event: event.at
    )
    return visitor_id, newest.event_id


@pytest.fixture
def staff(client_for):
    """Somebody who may look at everything, change and ask."""
    return client_for(Role.FRAUD_LEAD, Role.COMPLIANCE)


@pytest.mark.parametrize("number, name", list(enumerate([*HOSTILE, "numbers"])))
def test_what_attackers_send_is_shown_as_text_on_the_event_and_its_visitor(sandbox, staff, number, name):
    visitor_id, event_id = newest_of(sandbox, "hostile", number)

    event = staff.get(f"/events/{event_id}/")
    visitor = staff.get(f"/visitors/{visitor_id}/")

    assert (event.status_code, visitor.status_code) == (200, 200)
    assert len(visitor.page.all("input", name="event")) >= 2
    for page in (event.page, visitor.page):
        assert not page.all("iframe", "object", "embed", "base")
        assert not [image for image in page.all("img") if image.get("src") == "x"]
        assert not BARE & set(drawn(page.html)), "a character that draws nothing stands bare"
    if name in GRAPHICAL:
        assert HOSTILE[name][:30] in event.page.text


@pytest.mark.parametrize("api_version", ["v3"])
@pytest.mark.parametrize("number, name", list(enumerate([*HOSTILE, "numbers"])))
def test_what_attackers_send_is_text_on_v3_and_for_who_sees_it_masked(sandbox, client_for, number, name):
    _visitor_id, event_id = newest_of(sandbox, "hostile", number)

    event = client_for(Role.SUPPORT).get(f"/events/{event_id}/")

    assert event.status_code == 200
    assert not BARE & set(drawn(event.page.html))


@pytest.mark.parametrize("api_version", ["v3"])
@pytest.mark.parametrize("name", CORNERS)
def test_what_failed_or_is_missing_leaves_pages_that_open(sandbox, staff, name):
    newest = next(
        event for event in reversed(sandbox.world.timeline) if event.url and event.url.endswith(f"/corner/{name}")
    )

    assert staff.get(f"/events/{newest.event_id}/").status_code == 200
    if CORNERS[name].get("is_recognised", True):
        visitor = staff.get(f"/visitors/{newest.visitor_id}/")
        assert visitor.status_code == 200
        assert newest.event_id in visitor.page.html


@BOTH_VERSIONS
def test_a_search_result_with_all_of_them_is_one_good_page(sandbox, staff):
    visitor_ids = set(sandbox.stories["hostile"].visitor_ids)
    hostile = [event for event in sandbox.world.timeline if event.visitor_id in visitor_ids]
    network = hostile[-1].network.ip

    found = staff.submit(staff.get("/events/").page.form(button="Search"), ip_address=network)
    page = staff.get(found.url).page

    assert len(page.all("input", name="event")) >= len(HOSTILE)
    assert printable(HOSTILE["formula"]) in page.text


def test_what_somebody_types_into_a_search_is_searched_for_or_refused_beside_the_field(sandbox, staff):
    form = staff.get("/events/").page.form(button="Search")
    found = 0

    for name, payload in TYPED.items():
        answer = staff.submit(form, linked_id=payload, url=payload)
        assert answer.status_code in (302, 422), name
        if answer.status_code == 302:
            found += 1
            assert staff.get(answer.url).status_code == 200, name
        else:
            assert answer.page.all("p", class_="field-error"), name

    assert found > len(TYPED) / 2
    assert staff.get("/events/").status_code == 200
    assert staff.get("/").status_code == 200


def test_what_somebody_pastes_is_read_in_words(sandbox, staff):
    for name, payload in TYPED.items():
        answer = staff.post(reverse("home:recognise"), {"text": payload})
        assert answer.status_code in (200, 302, 422), name
        if answer.status_code == 302:
            continue
        # Fields hold what was typed as it was typed; everything around them shows it.
        around = re.sub(r'<textarea.*?</textarea>|<input type="hidden"[^>]*>', "", answer.page.html, flags=re.DOTALL)
        assert not BARE & set(around), name


def test_jobs_with_each_payload_in_every_field_can_be_asked_for_and_read(sandbox, staff, client_for):
    visitor_id, event_id = newest_of(sandbox, "hostile", 0)
    chosen = {"event": event_id, f"visitor.{event_id}": visitor_id, "act": "tags"}
    started = 0

    for name, payload in TYPED.items():
        form = staff.get(staff.post(reverse("tagging:new"), chosen).url).page.form(button="Change 1 event")
        words = {"reason": payload[:500], "ticket": payload[:64]}
        tags = json.dumps({"note": payload[:2000]})
        asked = {"change": "tags", "tags": tags} if started % 2 else {"change": "linked_id", "linked_id": payload[:256]}
        answer = staff.submit(form, **asked, **words)
        if answer.status_code == 200:  # tags are shown as they would be first
            answer = staff.submit(answer.page.form(button="Change 1 event"))
        assert answer.status_code in (302, 422), name
        if answer.status_code == 302:
            started += 1
            assert staff.get(answer.url).status_code == 200, name
        else:
            assert answer.page.all("p", class_="field-error"), name

    assert started > len(TYPED) / 2
    assert BulkJob.objects.exclude(state="ready").count() == started
    assert staff.get(reverse("tagging:jobs")).status_code == 200
    read_the_log(client_for(Role.AUDITOR))


def test_deletions_with_each_payload_in_every_field_can_be_asked_for_decided_and_read(sandbox, client_for):
    officer, second = client_for(Role.COMPLIANCE), client_for(Role.COMPLIANCE)
    form = officer.post(reverse("deletions:ask")).page.form(button="Ask for the deletion")
    asked = 0

    for (name, payload), visitor_id in zip(TYPED.items(), sandbox.stories["hostile"].visitor_ids, strict=False):
        words = {"reason": payload[:2000], "ticket": payload[:64], "legal_basis": payload[:200]}
        # An account that stands in the ticket too would be refused: the ticket outlives it.
        words |= {"linked_ids": f"of {payload}"[:256], "visitor_ids": visitor_id}
        answer = officer.submit(form, form_token=secrets.token_hex(16), **words)
        assert answer.status_code in (302, 422), name
        if answer.status_code == 422:
            assert answer.page.all("p", class_="field-error"), name
            continue
        asked += 1
        request = DeletionRequest.objects.latest("pk")
        assert second.get(answer.url).status_code == 200, name
        decision = {"scope_hash": request.scope_hash, "reason": payload[:2000]}
        assert second.post(reverse("deletions:refuse", args=[request.pk]), decision).status_code == 302, name

    assert asked > len(TYPED) / 2
    assert officer.get(reverse("deletions:requests"), {"show": "ended"}).status_code == 200
    read_the_log(client_for(Role.AUDITOR))


def read_the_log(auditor):
    """Open the log and its newest entries; no character that draws nothing stands there bare."""
    pages = [auditor.get(reverse("audit:log"))]
    for number in AuditEntry.objects.order_by("-pk").values_list("pk", flat=True)[:12]:
        pages.append(auditor.get(reverse("audit:entry", args=[number])))
    assert {answer.status_code for answer in pages} == {200}
    assert not any(BARE & set(drawn(answer.page.html)) for answer in pages)


@pytest.mark.parametrize("bytes_typed", [b"%ED%A0%80", b"%FF%FE", b"%C0%80", b"%00", b"%EF%BF%BE", b"%F4%90%80%80"])
@pytest.mark.parametrize(
    "address, field",
    [
        ("events:start", "linked_id"),
        ("home:recognise", "text"),
        ("visitors:find", "visitor_id"),
        ("tagging:new", "ids"),
        ("deletions:start", "reason"),
    ],
)
def test_bytes_that_are_no_text_are_read_or_refused(sandbox, staff, address, field, bytes_typed):
    answer = staff.post(
        reverse(address), field.encode() + b"=a" + bytes_typed, content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code in (200, 302, 422)


@pytest.mark.parametrize(
    "path",
    ["/events/?from=%00", "/searches/%00/", "/searches/zzzzzzzz/", "/jobs/99999999999999999999/", "/jobs/0/",
     "/deletions/99999999999999999999/", "/audit/99999999999999999999/", "/audit/?before=%00&who=%ED%A0%80",
     "/jobs/?before=%00", "/deletions/?page=99999999999999999999", "/deletions/?show=%00", "/audit/?batch=%00",
     "/audit/?start=0000-00-00&end=9999-12-31", "/audit/?about=%27--", "/visitors/%00/", "/events/%2e%2e/",
     "/audit/?who=99999999999999999999", "/audit/?record=%00&ticket=%00", "/people/99999999999999999999/",
     "/visitors/abcdefghijABCDEFGHIJ/?read=%00", "/deletions/1/?visitor=%00"],
)  # fmt: skip
def test_a_link_that_nobody_made_is_a_page_or_a_clean_refusal(sandbox, client_for, path):
    everybody = client_for(*Role)

    answer = everybody.get(path)

    assert answer.status_code in (200, 404, 422)
    assert answer.page.all("h1")


@BOTH_VERSIONS
def test_a_link_to_a_visitor_whose_id_fingerprint_refuses_is_a_404_that_says_so(sandbox, staff):
    answer = staff.get("/visitors/abc/")

    assert answer.status_code == 404
    assert "Fingerprint refused what was asked" in answer.page.text
    assert "gave no answer" not in answer.page.text
