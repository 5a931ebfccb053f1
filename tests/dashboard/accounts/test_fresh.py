"""What cannot be taken back asks for the password again, and loses nothing that was typed."""

from datetime import timedelta

import pytest
from django.test import RequestFactory

from dashboard.accounts import fresh
from dashboard.accounts.models import User
from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from tests.factories import PASSWORD, person

pytestmark = pytest.mark.django_db


def kinds():
    return list(AuditEntry.objects.order_by("pk").values_list("kind", flat=True))


def give_password(browser, page, password=PASSWORD):
    return browser.submit(page.form(action="/account/reauthenticate/"), password=password)


def request_of(browser):
    request = RequestFactory().get("/")
    request.user, request.session = browser.person, browser.session
    return request


def test_signing_in_is_fresh_for_a_quarter_of_an_hour(client, clock):
    client.person = person(Role.ADMINISTRATOR, email="ada@example.test")
    form = client.get("/account/login/").page.form(action="/account/login/")
    client.submit(form, login="ada@example.test", password=PASSWORD)

    assert fresh.given_at(request_of(client)) == clock.now
    clock.advance(minutes=14, seconds=59)
    assert fresh.signed_in_within(request_of(client), now=clock.now)
    clock.advance(seconds=1)
    assert not fresh.signed_in_within(request_of(client), now=clock.now)


def test_who_never_gave_a_password_in_this_session_is_not_fresh(client_for, clock):
    browser = client_for(Role.ADMINISTRATOR)
    session = browser.session
    del session["account_authentication_methods"]
    session.save()

    assert fresh.given_at(request_of(browser)) is None
    assert not fresh.signed_in_within(request_of(browser), now=clock.now)


def test_a_password_given_to_another_person_does_not_count(client_for, clock):
    browser = client_for(Role.ADMINISTRATOR)
    session = browser.session
    session["account_authentication_methods_user"] = str(person().pk)
    session.save()

    assert fresh.given_at(request_of(browser)) is None


@pytest.mark.parametrize(
    "ago,is_fresh",
    [
        (timedelta(0), True),
        (timedelta(minutes=14), True),
        (timedelta(minutes=15), False),
        (timedelta(seconds=-30), True),  # clocks of two machines differ a little
        (timedelta(minutes=-2), False),
    ],
)
def test_how_fresh_is_a_fact_for_actions(clock, ago, is_fresh):
    assert fresh.is_fresh(clock.now - ago, now=clock.now) is is_fresh


def test_the_span_is_a_setting(clock, settings):
    settings.FRESH_SIGN_IN = timedelta(minutes=2)

    assert not fresh.is_fresh(clock.now - timedelta(minutes=2), now=clock.now)


def test_after_the_password_what_was_typed_is_done(client_for, clock):
    admin, tom = client_for(Role.ADMINISTRATOR), person(Role.SUPPORT)
    form = admin.get(f"/people/{tom.pk}/").page.form(button="Save these changes")
    clock.advance(minutes=20)

    away = admin.submit(form, roles=["Auditor"], reason="moved")
    assert User.objects.get(pk=tom.pk).roles == {Role.SUPPORT}
    answer = give_password(admin, admin.get(away.url).page)

    assert answer.url == f"/people/{tom.pk}/"
    assert User.objects.get(pk=tom.pk).roles == {Role.AUDITOR}
    assert kinds()[-2:] == ["sign_in.repeated", "person.roles_changed"]


def test_with_a_wrong_password_nothing_is_done_and_it_is_written_down(client_for, clock):
    admin, tom = client_for(Role.ADMINISTRATOR), person(Role.SUPPORT)
    clock.advance(minutes=20)

    away = admin.post(f"/people/{tom.pk}/password-link/")
    answer = give_password(admin, admin.get(away.url).page, password="wrong")

    assert answer.status_code == 200
    assert answer.page.all(class_="has-error")
    assert kinds() == ["sign_in.succeeded", "sign_in.failed"]


def test_guessing_has_the_same_limit_as_signing_in(client_for, clock):
    admin = client_for(Role.ADMINISTRATOR)
    page = admin.get(fresh.address("/")).page
    for _ in range(5):
        give_password(admin, page, password="wrong")

    assert "Too many failed login attempts" in give_password(admin, page).page.text


def test_a_piece_of_a_page_leads_to_the_password_and_back_to_the_page(client_for, clock):
    admin, tom = client_for(Role.ADMINISTRATOR), person(Role.SUPPORT)
    clock.advance(minutes=20)

    answer = admin.post(
        f"/people/{tom.pk}/password-link/",
        headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver/people/{tom.pk}/"},
    )

    assert answer.headers["HX-Redirect"] == f"/account/reauthenticate/?next=/people/{tom.pk}/"


def test_reading_asks_for_nothing(client_for, clock):
    admin, tom = client_for(Role.ADMINISTRATOR), person(Role.SUPPORT)
    clock.advance(minutes=20)

    assert admin.get(f"/people/{tom.pk}/").status_code == 200
    assert admin.get("/people/add/").status_code == 200


def test_the_right_is_asked_for_before_the_password(client_for, clock):
    tom = client_for(Role.SUPPORT)
    clock.advance(minutes=20)

    assert tom.post(f"/people/{tom.person.pk}/password-link/").status_code == 403


def test_a_right_taken_away_meanwhile_is_gone_after_the_password(client_for, clock):
    admin, tom = client_for(Role.ADMINISTRATOR), person(Role.SUPPORT)
    clock.advance(minutes=20)
    away = admin.post(f"/people/{tom.pk}/password-link/")
    admin.person.groups.clear()

    answer = give_password(admin, admin.get(away.url).page)

    assert answer.status_code == 403
    assert "person.password_link_made" not in kinds()
