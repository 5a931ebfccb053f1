"""A session ends when nothing was done for a while, and after a working day; an administrator ends it at once."""

import json
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from dashboard.accounts import tasks
from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from tests.factories import PASSWORD, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def limits(settings):
    settings.SESSION_IDLE, settings.SESSION_LASTS = timedelta(minutes=60), timedelta(hours=12)


def is_in(browser, **headers):
    return browser.get("/settings/", headers=headers).status_code == 200


def last():
    entry = AuditEntry.objects.latest("pk")
    return entry.kind, entry.actor_id, json.loads(bytes(entry.body))["details"]


def test_who_does_nothing_for_an_hour_is_signed_out_and_told(clock, client_for):
    browser = client_for(Role.SUPPORT)
    assert is_in(browser)

    clock.advance(minutes=60)
    away = browser.get("/settings/")

    assert away.url == "/account/login/?next=%2Fsettings%2F"
    assert "You were signed out: nothing was done for 1 hour." in browser.get(away.url).page.text
    assert last() == ("session.over", browser.person.pk, {"because": "nothing was done for 1 hour"})
    assert Session.objects.filter(pk=browser.session.session_key or "").count() == 0


def test_who_works_stays(clock, client_for):
    browser = client_for(Role.SUPPORT)

    for _ in range(5):
        assert is_in(browser)
        clock.advance(minutes=59)
    assert is_in(browser)


def test_after_a_working_day_even_who_works_signs_in_again(clock, client_for):
    browser = client_for(Role.SUPPORT)
    for _ in range(24):
        assert is_in(browser)
        clock.advance(minutes=30)

    assert not is_in(browser)
    assert last()[2] == {"because": "it had lasted 12 hours"}


def test_a_page_that_asks_for_its_pieces_by_itself_keeps_nobody_signed_in(clock, client_for):
    browser = client_for(Role.SUPPORT)
    assert is_in(browser)
    for _ in range(3):
        clock.advance(minutes=15)
        assert is_in(browser, **{"HX-Request": "true"})
    clock.advance(minutes=15)

    answer = browser.get("/inbox/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/inbox/"})

    assert answer.headers["HX-Redirect"] == "/account/login/?next=%2Finbox%2F"


def test_what_is_sent_counts_as_done(clock, client_for):
    browser = client_for(Role.SUPPORT)
    for _ in range(3):
        clock.advance(minutes=45)
        browser.post("/settings/", {"theme": "dark"}, headers={"HX-Request": "true"})

    assert is_in(browser)


def test_signing_in_again_begins_anew_and_leads_back(clock, client):
    person(Role.SUPPORT, email="tom@example.test")
    form = client.get("/account/login/").page.form(action="/account/login/")
    client.submit(form, login="tom@example.test", password=PASSWORD)
    client.get("/settings/")
    clock.advance(hours=13)
    away = client.get("/settings/")

    form = client.get(away.url).page.form(action="/account/login/")
    assert client.submit(form, login="tom@example.test", password=PASSWORD).url == "/settings/"

    assert is_in(client)


def test_an_administrator_ends_every_session_of_somebody(client_for):
    tom = person(Role.SUPPORT)
    here, there, admin = client_for(tom), client_for(tom), client_for(Role.ADMINISTRATOR)
    assert is_in(here)

    admin.submit(admin.get(f"/people/{tom.pk}/").page.form(button="Sign out everywhere"))

    assert not is_in(here)
    assert not is_in(there)
    assert is_in(admin)


def test_sessions_that_are_over_are_deleted_with_what_stands_in_them(clock, client_for):
    client_for(Role.SUPPORT)
    clock.advance(hours=13)
    client_for(Role.SUPPORT)

    tasks.sweep_sessions()

    assert Session.objects.count() == 1


def test_the_keys_are_listed_for_who_has_no_script_too(client_for):
    page = client_for(Role.SUPPORT).get("/settings/").page

    assert "Open the thing with this number after pasting" in page.text
    assert page.one(id="keys") is not None
