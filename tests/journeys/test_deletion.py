"""Compliance: ask, have it approved by somebody else, let the workers carry it out, read all of it in the log."""

from datetime import timedelta

import pytest
from django.urls import reverse

from dashboard.core.access import Role
from dashboard.deletions import tasks
from dashboard.deletions.models import DeletionRequest


@pytest.mark.parametrize("api_version", ["v3", "v4"])
def test_from_the_visitor_to_the_log(sandbox, client_for, clock, settings, django_capture_on_commit_callbacks):
    settings.DELETION_COOLING_OFF = timedelta(minutes=30)
    tablet = sandbox.stories["family"]
    visitor_id, ada = tablet.visitor_ids[0], tablet.linked_ids[0]
    support, officer, auditor = client_for(Role.SUPPORT), client_for(Role.COMPLIANCE), client_for(Role.AUDITOR)

    # Support asks, coming from the visitor's page.
    form = support.post(reverse("deletions:ask"), {"visitor_id": visitor_id}).page.form(button="Ask for the deletion")
    asked_at = support.submit(form, linked_ids=ada, reason="Ada wrote on Friday.", ticket="88-1").url
    request = DeletionRequest.objects.get()

    # Support cannot approve it, with or without a button.
    words = {"scope_hash": request.scope_hash, "reason": "Me too."}
    assert support.post(reverse("deletions:approve", args=[request.pk]), words).status_code == 403

    # The officer finds it waiting, sees who else is on the tablet, and approves.
    assert request.number in officer.get(reverse("deletions:requests")).page.text
    page = officer.get(asked_at).page
    assert f"{len(tablet.linked_ids) - 1} other accounts" in page.text
    with django_capture_on_commit_callbacks(execute=True):
        officer.submit(page.form(button="Approve deleting 1 visitor"), reason="Ada is the account's owner.")

    # Nothing happens before the cooling-off is over; then the workers carry it out.
    tasks.sweep_deletions()
    tasks.execute_due()
    assert not [asked for asked in sandbox.requests if asked.method == "DELETE"]
    clock.advance(minutes=30)
    tasks.sweep_deletions()
    tasks.execute_due()
    assert [asked.status for asked in sandbox.requests if asked.method == "DELETE"] == [200]

    # Accepted, and said to be no more than that.
    page = officer.get(asked_at).page
    assert "Accepted by Fingerprint" in page.text
    assert "Inkpad asks whether it is gone" in page.text

    # The auditor reads who asked, who approved and what was sent, and no personal value.
    log = auditor.get(f"{asked_at}").page
    for sentence in (
        f"{support.person.name} asked for deletion {request.number}",
        f"{support.person.name} tried to approve deletion {request.number} and was refused",
        f"{officer.person.name} approved deletion {request.number}",
        f"Deletion {request.number} was closed: 1 accepted by Fingerprint",
    ):
        assert sentence in log.text, sentence
    assert visitor_id not in log.html
    assert ada not in log.html
