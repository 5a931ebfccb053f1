"""Signing in and out, passwords, limits, and what of it the audit log keeps."""

import json
import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from dashboard.accounts import actions
from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from tests.factories import PASSWORD, person

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "four plain words together"


def sign_in(client, email, password=PASSWORD, **more):
    form = client.get("/account/login/").page.form(action="/account/login/")
    return client.submit(form, login=email, password=password, **more)


def kinds():
    return list(AuditEntry.objects.order_by("pk").values_list("kind", flat=True))


def test_somebody_signs_in_works_and_signs_out(client):
    maya = person(Role.FRAUD_ANALYST, email="maya@example.test")

    assert sign_in(client, "Maya@Example.test").url == "/"
    assert client.get("/").status_code == 200
    menu = client.get("/").page.form(action="/account/logout/")
    answer = client.submit(menu)

    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get("/").status_code == 302
    assert kinds() == ["sign_in.succeeded", "sign_out.done"]
    assert set(AuditEntry.objects.values_list("actor_id", flat=True)) == {maya.pk}


def test_signing_in_leads_back_to_where_one_wanted_to_go(client):
    person(Role.FRAUD_ANALYST, email="maya@example.test")

    away = client.get("/settings/")
    page = client.get(away.url).page
    answer = client.submit(page.form(action="/account/login/"), login="maya@example.test", password=PASSWORD)

    assert answer.url == "/settings/"


def test_signing_in_leads_to_no_other_site(client):
    person(Role.FRAUD_ANALYST, email="maya@example.test")
    page = client.get("/account/login/?next=https://evil.example/").page

    answer = client.submit(page.form(action="/account/login/"), login="maya@example.test", password=PASSWORD)

    assert "evil" not in answer.url


@pytest.mark.parametrize("password", ["wrong", PASSWORD.upper(), " " * 12, "x" * 5000])
def test_a_failed_sign_in_keeps_only_a_keyed_hash_of_what_was_typed(client, password):
    person(Role.FRAUD_ANALYST, email="maya@example.test")

    answer = sign_in(client, "maya@example.test", password)

    assert "do not belong together" in answer.page.text

    assert answer.status_code == 200
    assert "You are not signed in" in answer.page.text
    body = json.loads(bytes(AuditEntry.objects.get().body))
    assert (body["kind"], body["outcome"], body["actor"], body["personal"]) == ("sign_in.failed", "failed", None, {})
    assert re.fullmatch(r"1:[0-9a-f]{64}", body["details"]["typed"])
    assert "maya" not in json.dumps(body)


def test_the_answer_does_not_tell_whether_the_address_is_known(client):
    person(Role.FRAUD_ANALYST, email="maya@example.test")

    known = sign_in(client, "maya@example.test", "wrong").page.one(class_="alert")
    unknown = sign_in(client, "nobody@example.test", "wrong").page.one(class_="alert")

    assert [e.text for e in known.iter()] == [e.text for e in unknown.iter()]


@pytest.mark.parametrize("email", ["a\x00b@example.test", "not an address", "", "x" * 300 + "@example.test"])
def test_an_absurd_address_is_a_sentence(client, email):
    answer = sign_in(client, email, "wrong")

    assert answer.status_code == 200
    assert answer.page.all(class_="has-error") or answer.page.all(class_="alert")


def test_too_many_attempts_are_refused_even_with_the_right_password_and_are_written_down(client, clock):
    person(Role.FRAUD_ANALYST, email="maya@example.test")
    for _ in range(5):
        sign_in(client, "maya@example.test", "wrong")

    answer = sign_in(client, "maya@example.test", PASSWORD)

    assert answer.status_code == 200
    assert "Too many failed login attempts" in answer.page.text
    last = json.loads(bytes(AuditEntry.objects.latest("pk").body))
    assert last["details"]["because"] == "too many attempts"

    clock.advance(minutes=6)
    assert sign_in(client, "maya@example.test", PASSWORD).status_code == 302


def test_limits_hold_without_redis(client, valkey_server, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    person(Role.FRAUD_ANALYST, email="maya@example.test")
    for _ in range(5):
        assert sign_in(client, "maya@example.test", "wrong").status_code == 200

    assert "Too many failed login attempts" in sign_in(client, "maya@example.test").page.text


def test_attempts_from_one_address_have_a_limit_of_their_own(client, clock):
    answers = [client.post("/account/login/", {"login": f"p{n}@example.test", "password": "x"}) for n in range(31)]

    assert answers[-1].status_code == 429
    assert answers[-1].page.one("h1") is not None


def test_no_address_stands_in_the_table_that_counts_attempts(client, django_assert_num_queries):
    from django.db import connection

    sign_in(client, "maya@example.test", "wrong")

    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM inkpad_cache")
        keys = [key for (key,) in cursor.fetchall()]
    assert keys
    assert all(re.fullmatch(r"[0-9a-f]{64}", key) for key in keys)
    cache.set("x", 1)
    assert cache.get("x") == 1


def test_whoever_is_shut_out_is_out_with_the_next_request_and_stays_out_when_let_in_again(client_for):
    admin, tom = person(Role.ADMINISTRATOR), person(Role.SUPPORT)
    browser = client_for(tom)
    assert browser.get("/").status_code == 200

    change = {"person_id": tom.pk, "name": tom.name, "roles": tom.roles, "by": admin, "reason": ""}
    actions.change_person(**change, is_active=False)
    assert browser.get("/").status_code == 302
    actions.change_person(**change, is_active=True)
    assert browser.get("/").status_code == 302


def test_somebody_who_is_shut_out_cannot_sign_in(client):
    person(Role.SUPPORT, email="tom@example.test", is_active=False)

    answer = sign_in(client, "tom@example.test")

    assert answer.url == reverse("account_inactive")
    assert client.get(answer.url).status_code == 200
    assert client.get("/").status_code == 302
    assert kinds() == ["sign_in.failed"]


def test_a_role_taken_away_is_gone_with_the_next_request(client_for):
    admin, iris = person(Role.ADMINISTRATOR), person(Role.AUDITOR)
    browser = client_for(iris)
    assert browser.get("/audit/").status_code == 200

    actions.change_person(person_id=iris.pk, name=iris.name, is_active=True, roles=[], by=admin, reason="moved")

    assert browser.get("/audit/").status_code == 403


def test_a_forgotten_password_is_replaced_through_a_mail(client, mailoutbox):
    maya = person(Role.SUPPORT, email="maya@example.test")
    form = client.get("/account/password/reset/").page.form(action="/account/password/reset/")

    assert client.submit(form, email="maya@example.test").url == reverse("account_reset_password_done")
    assert client.get(reverse("account_reset_password_done")).status_code == 200
    (mail,) = mailoutbox
    link = re.search(r"https?://testserver(/\S+)", mail.body)[1]
    choose_password(client, link)

    assert kinds() == ["person.password_reset_asked", "person.password_reset"]
    assert sign_in(client, "maya@example.test", NEW_PASSWORD).status_code == 302
    maya.refresh_from_db()
    assert maya.check_password(NEW_PASSWORD)


def choose_password(client, link):
    page = client.get(link, follow=True).page
    form = next(form for form in page.all("form") if any(i.get("name") == "password1" for i in form.iter("input")))
    answer = client.post(form.get("action"), {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}, follow=True)
    assert answer.status_code == 200
    return answer


def test_a_link_works_once(client, client_for):
    admin, tom = person(Role.ADMINISTRATOR), person(Role.SUPPORT, email="tom@example.test")
    link = actions.password_link(person_id=tom.pk, by=admin)
    choose_password(client, link)

    page = client.get(link, follow=True).page

    assert not [i for i in page.all("input") if i.get("name") == "password1"]
    assert sign_in(client, "tom@example.test", NEW_PASSWORD).status_code == 302


def test_whose_link_it_was_is_kept_with_the_new_password(client):
    admin, tom = person(Role.ADMINISTRATOR), person(Role.COMPLIANCE)
    choose_password(client, actions.password_link(person_id=tom.pk, by=admin))

    tom.refresh_from_db()

    assert tom.password_by_link_at is not None
    assert tom.password_link_at is None
    assert "person.password_reset" in kinds()


def test_no_mail_goes_to_an_address_nobody_here_has(client, mailoutbox):
    form = client.get("/account/password/reset/").page.form(action="/account/password/reset/")

    assert client.submit(form, email="stranger@example.test").status_code == 302
    assert mailoutbox == []


def test_changing_the_password_is_written_down_and_signs_out(client):
    person(Role.SUPPORT, email="maya@example.test")
    sign_in(client, "maya@example.test")
    form = client.get("/account/password/change/").page.form(action="/account/password/change/")

    answer = client.submit(form, oldpassword=PASSWORD, password1=NEW_PASSWORD, password2=NEW_PASSWORD)

    assert answer.status_code == 302
    assert "person.password_changed" in kinds()
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("password", ["short", "qwerty123456", "maya@example.test"])
def test_a_weak_password_is_refused_beside_its_field(client, password):
    person(Role.SUPPORT, email="maya@example.test")
    sign_in(client, "maya@example.test")
    form = client.get("/account/password/change/").page.form(action="/account/password/change/")

    answer = client.submit(form, oldpassword=PASSWORD, password1=password, password2=password)

    assert answer.status_code == 200
    assert answer.page.all(class_="has-error")


@pytest.mark.parametrize(
    "path",
    ["signup/", "email/", "confirm-email/", "confirm-email/abc/", "login/code/", "login/code/confirm/", "3rdparty/"],
)
def test_what_is_not_offered_is_not_there(client, client_for, path):
    assert client.get(f"/account/{path}").status_code == 404
    assert client_for(Role.ADMINISTRATOR).post(f"/account/{path}").status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_reset_password",
        "account_reset_password_done",
        "account_inactive",
        "account_reset_password_from_key_done",
    ],
)
def test_the_pages_before_signing_in(client, name):
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", ["account_change_password", "account_logout", "account_reauthenticate"])
def test_the_pages_about_ones_own_account(client_for, name):
    assert client_for(Role.SUPPORT).get(reverse(name)).status_code == 200


@pytest.mark.parametrize("link", ["0-0", "zzzzzzzzzzzzzzzz-abc", "1-set-password", "abc-" + "x" * 100])
def test_a_link_that_is_none_says_so(client, link):
    answer = client.get(f"/account/password/reset/key/{link}/", follow=True)

    assert answer.status_code == 200
    assert not [i for i in answer.page.all("input") if i.get("name") == "password1"]
