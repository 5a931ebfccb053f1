"""A ticket names a ticket, never a person: it stands in plain text in the audit log for good."""

import pytest
from django import forms
from django.apps import apps

from dashboard.core.tickets import TicketField, why_not_kept
from dashboard.deletions.disclosure.forms import AccessForm
from dashboard.deletions.holds.forms import HoldForm
from dashboard.deletions.requests.forms import AskForm
from dashboard.deletions.scope.forms import ScopeForm
from dashboard.events.small_forms import ExportForm, RevealForm
from dashboard.tagging.forms import ConfirmForm
from dashboard.visitors.forms import HandOverForm, LinkExportForm, NoteForm

VISITOR = "a9FVkzMnpeKfWp4RADzY"


@pytest.mark.parametrize(
    "text",
    [
        "", "#881", "88-4410", "ZD-123456", "JIRA-12", "T-1", "2026-109", "INC0012345",
        "case 12 of 2026-11-22 08:51:07",
        "https://help.shop.test/tickets/88-4410", "https://desk.test:8443/t/1?x=2", "R2-D2.7", "1.2.3", "10/24",
        "institutionalization", "Verbraucherschutzamt", "Käse 三年", "Support::12", "881@noon",
        "550e8400-e29b-41d4-a716-446655440000",
    ],
)  # fmt: skip
def test_ordinary_tickets_are_tickets(text):
    assert why_not_kept(text) == ""


@pytest.mark.parametrize(
    "text, what",
    [
        (VISITOR, "a visitor id"),
        (f"#881 ({VISITOR})", "a visitor id"),
        (f"https://desk.test/{VISITOR}/", "a visitor id"),
        (f"{VISITOR[:9]}\u200b{VISITOR[9:]}", "a visitor id"),
        ("1795333867327.NLOjmg", "an event id"),
        ("event_1795333867327.NLOjmg", "an event id"),
        ("203.0.113.7", "an address"),
        ("ip203.0.113.7:443, twice", "an address"),
        ("２０３.0.113.7", "an address"),
        ("[2001:db8::1]:443", "an address"),
        ("from 2001:db8::1.", "an address"),
        ("via:fe80::1%eth0", "an address"),
        ("203.0.113.0/24", "an address range"),
        ("2001:db8::/32", "an address range"),
        ("maya@shop.example", "an e-mail address"),
        ("mailto:maya@shop.example", "an e-mail address"),
    ],
)
def test_what_points_to_a_person_is_no_ticket(text, what):
    sentence = f"This holds what looks like {what}. Write it into the reason instead: what stands here is never erased."

    assert why_not_kept(text) == sentence


def test_what_is_longer_than_any_ticket_is_refused_for_its_length():
    with pytest.raises(forms.ValidationError, match="Shorten this to 64 characters"):
        TicketField().clean("x" * 65)


@pytest.mark.parametrize(
    "form, field, instead",
    [
        (AskForm, "ticket", "the reason"),
        (AskForm, "legal_basis", "the reason"),
        (AskForm, "identity_by", "the reason"),
        (ScopeForm, "legal_basis", "the reason"),
        (AccessForm, "ticket", "the reason"),
        (HoldForm, "case", "the reason"),
        (ConfirmForm, "ticket", "the reason"),
        (ExportForm, "ticket", "the reason"),
        (RevealForm, "ticket", "the reason"),
        (LinkExportForm, "ticket", "the reason"),
        (NoteForm, "ticket", "the note"),
        (HandOverForm, "ticket", "the text above"),
    ],
)
def test_every_form_refuses_it_and_says_where_it_belongs(form, field, instead):
    with pytest.raises(forms.ValidationError, match=f"Write it into {instead} instead"):
        form.base_fields[field].clean(f"for {VISITOR}")


def test_every_row_that_keeps_a_ticket_gets_it_through_such_a_form():
    rows = {
        model.__name__
        for app in apps.get_app_configs()
        if app.name.startswith("dashboard.")
        for model in app.get_models()
        if {"ticket", "case"} & {each.name for each in model._meta.get_fields()}
    }

    assert rows == {
        *("AuditEntry", "DeletionRequest", "AccessRequest", "LegalHold", "BulkJob", "Export", "Note", "HandOver"),
    }
