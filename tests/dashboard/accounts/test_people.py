"""People and roles: who may do it, what it writes down, and that nobody does it to themselves."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from dashboard.accounts.models import User
from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from tests.factories import person

pytestmark = pytest.mark.django_db


def last():
    entry = AuditEntry.objects.latest("pk")
    return entry.kind, entry.outcome, json.loads(bytes(entry.body))["details"]


def person_form(browser, somebody):
    return browser.get(f"/people/{somebody.pk}/").page.form(button="Save these changes")


def test_the_list_shows_everybody_and_is_written_down(client_for):
    person(Role.SUPPORT, Role.AUDITOR, name="Tom Okafor", is_active=False)
    admin = client_for(Role.ADMINISTRATOR)

    page = admin.get("/people/").page

    assert "Tom Okafor" in page.text
    assert "Support, Auditor" in page.text
    assert "shut out" in page.text
    assert last()[0] == "person.list_viewed"


def test_a_list_of_many_costs_no_more_queries(client_for, django_assert_max_num_queries):
    for _ in range(30):
        person(Role.SUPPORT)
    admin = client_for(Role.ADMINISTRATOR)

    with django_assert_max_num_queries(15):
        admin.get("/people/")


def test_a_person_is_added_and_chooses_a_password_through_the_link(client_for, client):
    admin = client_for(Role.ADMINISTRATOR)
    form = admin.get("/people/add/").page.form(button="Add this person")

    page = admin.submit(form, name="  Elena   Costa ", email="Elena@Example.test", roles=["Compliance officer"]).page

    elena = User.objects.get(email="elena@example.test")
    assert (elena.name, elena.roles, elena.has_usable_password()) == ("Elena Costa", {Role.COMPLIANCE}, False)
    link = page.one(id="password-link").text
    assert client.get(link, follow=True).page.all("input", name="password1")
    kinds = list(AuditEntry.objects.order_by("-pk").values_list("kind", flat=True)[:2])
    assert kinds == ["person.password_link_made", "person.created"]


@pytest.mark.parametrize(
    "typed,sentence",
    [
        ({"email": "tom@example.test"}, "somebody with this one is here already"),
        ({"email": "TOM@example.test"}, "somebody with this one is here already"),
        ({"email": "no address"}, "Enter a valid email address"),
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"name": "To\u202em"}, "invisible characters"),
        ({"name": "To\x00m"}, "Null characters"),
        ({"roles": ["King"]}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_a_person_is_said_beside_the_field(client_for, typed, sentence):
    person(Role.SUPPORT, email="tom@example.test")
    admin = client_for(Role.ADMINISTRATOR)
    form = admin.get("/people/add/").page.form(button="Add this person")

    answer = admin.submit(form, **{"name": "Elena", "email": "elena@example.test", **typed})

    assert answer.status_code == 422
    assert sentence in answer.page.text
    assert User.objects.count() == 2


def test_roles_are_changed_and_both_states_are_written_down(client_for):
    admin, tom = client_for(Role.ADMINISTRATOR), person(Role.SUPPORT, name="Tom")

    answer = admin.submit(person_form(admin, tom), roles=["Fraud analyst", "Auditor"], reason="moved to fraud")

    assert answer.status_code == 302
    assert User.objects.get(pk=tom.pk).roles == {Role.FRAUD_ANALYST, Role.AUDITOR}
    assert last() == (
        "person.roles_changed",
        "done",
        {"before": ["Support"], "after": ["Fraud analyst", "Auditor"]},
    )
    page = admin.get(f"/people/{tom.pk}/").page
    assert "changed the roles of Tom: Support became Fraud analyst, Auditor. “moved to fraud”" in page.text


def test_a_name_and_a_sign_in_are_changed(client_for):
    admin, tom = client_for(Role.ADMINISTRATOR), person(Role.SUPPORT, name="Tom")

    admin.submit(person_form(admin, tom), name="Tom Okafor", is_active=None)

    changed = User.objects.get(pk=tom.pk)
    assert (changed.name, changed.is_active) == ("Tom Okafor", False)
    assert last() == ("person.changed", "done", {"changed": ["name", "may not sign in any more"]})


def test_saving_without_a_difference_writes_nothing(client_for):
    admin, tom = client_for(Role.ADMINISTRATOR), person(Role.SUPPORT)
    before = AuditEntry.objects.count()

    assert admin.submit(person_form(admin, tom)).status_code == 302

    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(
    "changes,kind",
    [
        ({"roles": ["Administrator", "Compliance officer"]}, "person.roles_change_refused"),
        ({"roles": []}, "person.roles_change_refused"),
        ({"is_active": None}, "person.change_refused"),
    ],
)
def test_nobody_changes_their_own_roles_or_shuts_themselves_out(client_for, changes, kind):
    admin = client_for(Role.ADMINISTRATOR)

    answer = admin.submit(person_form(admin, admin.person), name="New name", **changes)

    assert answer.status_code == 409
    assert "another administrator" in answer.page.text
    unchanged = User.objects.get(pk=admin.person.pk)
    assert (unchanged.roles, unchanged.is_active, unchanged.name) == ({Role.ADMINISTRATOR}, True, admin.person.name)
    assert last()[:2] == (kind, "refused")


def test_ones_own_name_may_be_changed(client_for):
    admin = client_for(Role.ADMINISTRATOR)

    assert admin.submit(person_form(admin, admin.person), name="Ada Lovelace").status_code == 302
    assert User.objects.get(pk=admin.person.pk).name == "Ada Lovelace"


def test_somebody_is_signed_out_everywhere(client_for):
    admin, tom = client_for(Role.ADMINISTRATOR), client_for(Role.SUPPORT)
    assert tom.get("/").status_code == 200
    page = admin.get(f"/people/{tom.person.pk}/").page

    admin.submit(page.form(button="Sign out everywhere"))

    assert tom.get("/").status_code == 302
    assert last()[0] == "person.sessions_ended"


def test_a_link_for_oneself_or_for_somebody_shut_out_is_not_made(client_for):
    admin, gone = client_for(Role.ADMINISTRATOR), person(Role.SUPPORT, is_active=False)

    assert admin.post(f"/people/{admin.person.pk}/password-link/").status_code == 409
    assert admin.post(f"/people/{gone.pk}/password-link/").status_code == 409


@pytest.mark.parametrize("path", ["/people/0/", "/people/99999999999999999999/", "/people/x/"])
def test_nobody_is_not_found(client_for, path):
    assert client_for(Role.ADMINISTRATOR).get(path).status_code == 404


# One's own settings.


def test_a_part_of_the_settings_is_saved_and_leads_back(client_for):
    browser = client_for(Role.SUPPORT)

    answer = browser.post("/settings/", {"theme": "dark", "next": "/events/"})

    assert answer.url == "/events/"
    mine = User.objects.get(pk=browser.person.pk)
    assert (mine.theme, mine.time_zone, mine.shortcuts) == ("dark", "UTC", True)
    assert last() == ("person.preferences_changed", "done", {"changed": ["theme"]})


def test_the_whole_form_is_saved(client_for):
    browser = client_for(Role.SUPPORT)
    form = browser.get("/settings/").page.form(button="Save your settings")

    answer = browser.submit(form, time_zone="Europe/Berlin", theme="light", shortcuts="off")

    assert answer.url == "/settings/"
    mine = User.objects.get(pk=browser.person.pk)
    assert (mine.theme, mine.time_zone, mine.shortcuts) == ("light", "Europe/Berlin", False)
    assert 'data-theme="light"' in browser.get("/settings/").page.html


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\x00", ""])
def test_saving_leads_to_no_other_site(client_for, away):
    assert client_for(Role.SUPPORT).post("/settings/", {"theme": "dark", "next": away}).url == "/settings/"


@pytest.mark.parametrize("sent", [{"theme": "pink"}, {"time_zone": "Mars/Olympus"}, {"time_zone": "../etc/passwd"}])
def test_settings_that_do_not_exist_are_refused(client_for, sent):
    browser = client_for(Role.SUPPORT)

    assert browser.post("/settings/", sent).status_code == 422
    assert User.objects.get(pk=browser.person.pk).time_zone == "UTC"


# The command that makes the first administrator.


def create(monkeypatch, *arguments, password="four plain words together\n"):
    monkeypatch.setattr("sys.stdin", io.StringIO(password))
    out = io.StringIO()
    call_command("create_person", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_makes_the_first_administrator(monkeypatch, client):
    said = create(monkeypatch, "Ada@example.test", "Ada Lovelace", "--role", "Administrator", "--role", "Auditor")

    ada = User.objects.get(email="ada@example.test")
    assert ada.roles == {Role.ADMINISTRATOR, Role.AUDITOR}
    assert ada.check_password("four plain words together")
    assert "four plain words" not in said
    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.via, entry.actor_id) == ("person.created", "command", None)


@pytest.mark.parametrize(
    "arguments,password",
    [
        (("ada@example.test", "Ada"), "short\n"),
        (("ada@example.test", "Ada"), "\n"),
        (("no address", "Ada"), "four plain words together\n"),
        (("ada@example.test", " "), "four plain words together\n"),
        (("ada@example.test", "Ada", "--role", "King"), "four plain words together\n"),
        (("tom@example.test", "Tom"), "four plain words together\n"),
    ],
)
def test_the_command_says_what_is_wrong(monkeypatch, arguments, password):
    person(Role.SUPPORT, email="tom@example.test")

    with pytest.raises(CommandError):
        create(monkeypatch, *arguments, password=password)

    assert User.objects.count() == 1
