"""Exports: with a reason, as the person sees, harmless in a spreadsheet, for a while, forgotten whole."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from dashboard.core.erasure import erase
from dashboard.events import exporting
from dashboard.events.masking import Lens
from dashboard.events.models import Export, ExportChunk
from dashboard.events.values import VALUES, shown
from fingerprint_integration.catalogue.fields import FIELDS
from fingerprint_integration.sandbox.corners import HOSTILE
from fingerprint_integration.services import reads

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])
PERSONAL = {field.name for field in FIELDS if field.personal}


@pytest.fixture
def ring(empty_sandbox):
    """Three events of an account with a name like a formula."""
    now = timezone.now()
    for number in range(3):
        empty_sandbox.visit(
            at=now - timedelta(minutes=number + 1),
            ip="203.0.113.77",
            linked_id='=HYPERLINK("https://x.test")',
            url="https://shop.demo.test/?canary=1",
            tags={"canary": "tag"},
        )
    return empty_sandbox


def export(browser, *, form="csv", **filters):
    """Search, look, export; give the row."""
    url = browser.get(browser.post("/searches/", filters).url).request["PATH_INFO"]
    answer = browser.post(f"{url}export/", {"form": form, "reason": "chargeback #881", "ticket": "88-4410"})
    assert answer.status_code == 302, answer.page.text
    return Export.objects.latest("pk")


def taken(browser, made):
    answer = browser.post(f"/exports/{made.short_id}/file/")
    assert answer.status_code == 200
    return answer, b"".join(answer.streaming_content).decode("utf-8-sig")


def kinds():
    return list(AuditEntry.objects.filter(kind__startswith="export.").order_by("pk").values_list("kind", flat=True))


@BOTH
def test_a_csv_holds_every_loaded_row_and_no_formula(ring, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    made = export(browser)

    answer, text = taken(browser, made)

    found = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(found) == 3
    assert found[0]["linked_id"] == '\'=HYPERLINK("https://x.test")'
    assert found[0]["address"] == "203.0.113.77"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="events-{made.short_id}.csv"'
    assert kinds() == ["export.made", "export.taken"]
    assert made.expires_at - made.created_at == timedelta(hours=48)


def test_json_lines_hold_texts_as_they_were_sent(ring, client_for):
    browser = client_for(Role.FRAUD_ANALYST)

    _answer, text = taken(browser, export(browser, form="jsonl"))

    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["linked_id"] for line in lines] == ['=HYPERLINK("https://x.test")'] * 3
    assert set(lines[0]) == {value.name for value in VALUES}


@BOTH
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_is_masked_on_the_page_is_masked_in_the_file(ring, client_for, form):
    browser = client_for(Role.SUPPORT)

    _answer, text = taken(browser, export(browser, form=form))

    for secret in ("203.0.113.77", "HYPERLINK", "canary"):
        assert secret not in text
    assert "203.0." in text


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.name)
@BOTH
def test_every_value_follows_the_catalogue_for_every_role(ring, client_for, value):
    """Field by field, for who sees personal values and who does not: nothing personal gets out unmasked."""
    event = reads.get_event(ring.world.timeline[0].event_id)
    found = value.read(event)

    assert shown(value, event, Lens(sees_personal=True)) == found
    masked = shown(value, event, Lens(sees_personal=False))
    assert (masked == found) is (value.field not in PERSONAL or not found)


def test_nothing_is_exported_without_a_reason(ring, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    url = browser.get(browser.post("/searches/", {}).url).request["PATH_INFO"]

    answer = browser.post(f"{url}export/", {"form": "csv", "reason": " "})

    assert answer.status_code == 422
    assert "Say why these events are taken away." in answer.page.text
    assert not Export.objects.exists()


def test_an_export_is_its_owners_and_expires_and_can_be_revoked(ring, client_for, clock):
    owner, other = client_for(Role.FRAUD_ANALYST), client_for(Role.FRAUD_ANALYST)
    officer = client_for(Role.COMPLIANCE)
    made = export(owner)

    assert other.post(f"/exports/{made.short_id}/file/").status_code == 404
    assert other.post(f"/exports/{made.short_id}/revoke/").status_code == 404
    refused = officer.post(f"/exports/{made.short_id}/file/")
    assert refused.status_code == 403
    assert "Only the person who made this export may take it away." in refused.page.text
    assert "chargeback #881" in officer.get("/exports/?whose=everybody").page.text
    officer.post(f"/exports/{made.short_id}/revoke/")
    assert owner.post(f"/exports/{made.short_id}/file/").status_code == 410
    assert not ExportChunk.objects.exists()
    assert kinds() == [
        "export.made",
        "export.refused",
        "export.list_viewed",
        "export.revoked",
        "export.refused",
    ]

    second = export(owner)
    clock.advance(hours=49)
    owner.force_login(owner.person)
    assert owner.post(f"/exports/{second.short_id}/file/").status_code == 410
    exporting.sweep_exports(timezone.now())
    assert not ExportChunk.objects.exists()
    assert Export.objects.count() == 2


def test_who_may_no_longer_see_personal_values_may_no_longer_take_them_away(ring, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    made = export(browser)
    browser.person.groups.set([Group.objects.get_or_create(name=Role.SUPPORT.value)[0]])

    answer = browser.post(f"/exports/{made.short_id}/file/")

    assert answer.status_code == 403
    assert "your roles no longer show you those" in answer.page.text


def test_an_export_with_an_erased_visitor_is_deleted_whole(ring, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    made = export(browser)
    gone = ring.world.timeline[0].visitor_id

    counted = erase([gone], erased_by="D-0001")

    assert counted["exports"] >= 1
    assert not Export.objects.filter(pk=made.pk).exists()
    assert not ExportChunk.objects.exists()


def test_hostile_events_open_harmlessly_in_a_spreadsheet(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    made = export(browser, visitor_id="\n".join(sandbox.stories["hostile"].visitor_ids[:10]))

    _answer, text = taken(browser, made)

    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert len(cells) > 10 * len(VALUES)
    assert not [cell for cell in cells if cell.lstrip()[:1] in ("=", "+", "@")]
    assert not [cell for cell in cells if cell.startswith("-") and not cell[1:].replace(".", "").isdigit()]
    assert HOSTILE["formula"] not in cells
    assert not {"\x00", "\u202e", "\x1b"} & set(text)
