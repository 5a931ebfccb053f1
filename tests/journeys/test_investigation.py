"""Support finds out whether it was really her; fraud finds the ring and marks all of it. No mocks, both versions."""

import pytest

from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from dashboard.notices.models import Notice
from dashboard.tagging.models import BulkJob
from dashboard.visitors.models import HandOver
from tests.factories import person

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])


@BOTH
def test_who_is_this_and_was_it_really_her(sandbox, client_for):
    tom = client_for(person(Role.SUPPORT, name="Tom Okafor"))
    maya = client_for(person(Role.FRAUD_ANALYST, name="Maya Brandt"))
    _mac, _phone, stranger = sandbox.stories["account_takeover"].visitor_ids[:3]

    # The ticket names the visitor of Monday's order: one paste, one page.
    answer = tom.post("/recognise/", {"text": f" {stranger} "})
    assert answer.url == f"/visitors/{stranger}/"
    page = tom.get(answer.url).page
    assert "Other devices of this account" in page.text
    devices = tom.fragment(next(each.get("hx-get") for each in page.all("span", id="devices"))).page
    assert devices.text.startswith("2")

    # She writes down what the customer says and hands the visitor over.
    tom.submit(page.form(button="Write the note"), text="She has a Mac and an iPhone, this is Windows.", ticket="#881")
    form = tom.get(f"/visitors/{stranger}/hand-over/").page.form(button="Hand the visitor over")
    tom.submit(form, to=maya.person.pk, text="Looks like a takeover.", ticket="#881")

    # The colleague finds it in the inbox, reads the note on the visitor, takes it, and says what came of it.
    assert [notice.kind for notice in Notice.objects.filter(to=maya.person)] == ["visitor.handed_over"]
    handed = HandOver.objects.get()
    maya.post(f"/visitors/hand-overs/{handed.pk}/", {"act": "take"})
    page = maya.get(f"/visitors/{stranger}/").page
    assert "She has a Mac and an iPhone, this is Windows." in page.text
    assert "With Maya Brandt" in page.text
    maya.post(f"/visitors/hand-overs/{handed.pk}/", {"act": "close", "text": "Not her. Marked."})
    assert "Not her. Marked." in tom.get(f"/visitors/hand-overs/{handed.pk}/").page.text

    # "What did we do for #881?" is a search.
    assert list(AuditEntry.objects.filter(ticket="#881").order_by("pk").values_list("kind", flat=True)) == [
        "note.added",
        "hand_over.made",
        "hand_over.taken",
        "hand_over.closed",
    ]


@BOTH
def test_find_the_ring_and_mark_all_of_it_and_nothing_else(sandbox, client_for):
    maya = client_for(person(Role.FRAUD_ANALYST, name="Maya Brandt"))
    ring = sandbox.stories["promo_ring"].visitor_ids[:6]
    page = maya.get(f"/visitors/{ring[0]}/").page
    assert "accounts take turns on this device" in page.text

    page = maya.get(maya.submit(page.form(button="Look for linked visitors…")).url).page
    while [each for each in page.all("form") if each.get("action", "").endswith("/links/ask/")]:
        page = maya.get(maya.submit(page.form(action="/links/ask/")).url).page
    found = [each.get("value") for each in page.all("input", name="visitor")]
    assert set(ring[1:]) <= set(found)

    page = maya.submit(page.form(form_id="chosen"), visitor=ring[1:]).page
    listed = maya.submit(page.form(button="Mark suspect…"), button="Mark suspect…")
    job = BulkJob.objects.latest("pk")
    form = maya.get(listed.url).page.form(action=f"/jobs/{job.pk}/start/")
    reason = "One ring: eight accounts and three addresses shared."
    maya.submit(form, change="suspect", reason=reason, typed=str(job.count))

    job.refresh_from_db()
    assert job.confirmed_at is not None
    assert set(job.items.values_list("visitor_id", flat=True)) == set(ring[1:])
