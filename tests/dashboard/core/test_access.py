"""Roles and what they may do."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory

from dashboard.core.access import PERMS_OF, Perm, Role, perms_of, requires
from tests.factories import person


def test_every_role_may_use_the_desk_and_has_its_rights_written_down():
    assert set(PERMS_OF) == set(Role)
    assert all(Perm.USE_DESK in perms for perms in PERMS_OF.values())


def test_an_administrator_has_no_power_over_deletions_or_visitors():
    assert not PERMS_OF[Role.ADMINISTRATOR] & {
        Perm.VIEW_EVENTS, Perm.VIEW_PERSONAL, Perm.CHANGE_EVENTS, Perm.ASK_FOR_DELETION, Perm.DECIDE_DELETIONS,
        Perm.VIEW_DELETIONS, Perm.CONTROL_ANY_JOB,
    }  # fmt: skip


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SUPPORT, Role.ADMINISTRATOR])
def test_who_never_sees_a_personal_value_unmasked(role):
    assert Perm.VIEW_PERSONAL not in PERMS_OF[role]


def test_only_compliance_decides_about_deletions():
    assert [role for role in Role if Perm.DECIDE_DELETIONS in PERMS_OF[role]] == [Role.COMPLIANCE]


def test_several_roles_may_do_what_any_of_them_may():
    assert perms_of(frozenset({Role.AUDITOR, Role.SUPPORT})) == PERMS_OF[Role.AUDITOR] | PERMS_OF[Role.SUPPORT]
    assert perms_of(frozenset()) == frozenset()


@pytest.mark.django_db
def test_somebody_who_is_shut_out_may_nothing():
    assert person(Role.FRAUD_LEAD).perms
    assert person(Role.FRAUD_LEAD, is_active=False).perms == frozenset()


@pytest.mark.django_db
def test_the_guard_lets_in_who_may_and_names_what_the_others_may_not():
    @requires(Perm.VIEW_AUDIT)
    def view(request, word):
        return HttpResponse(word)

    request = RequestFactory().get("/audit/")
    request.user = person(Role.AUDITOR)
    assert view(request, "read").content == b"read"

    request.user = person(Role.SUPPORT)
    with pytest.raises(PermissionDenied) as refused:
        view(request, "read")
    assert refused.value.args == (Perm.VIEW_AUDIT,)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "method,headers,leads_to",
    [
        ("get", {}, "/account/login/?next=%2Faudit%2F%3Flook%3Dchanges"),
        ("post", {}, "/account/login/?next=%2F"),
        ("get", {"HX-Request": "true"}, "/account/login/?next=%2F"),
        (
            "post",
            {"HX-Request": "true", "HX-Current-URL": "http://testserver/jobs/3/"},
            "/account/login/?next=%2Fjobs%2F3%2F",
        ),
        ("get", {"HX-Request": "true", "HX-Current-URL": "https://evil.example/"}, "/account/login/?next=%2F"),
    ],
)
def test_who_is_not_signed_in_comes_back_to_the_page_they_were_on(client, method, headers, leads_to):
    answer = getattr(client, method)("/audit/?look=changes", headers=headers)

    assert (answer.headers.get("HX-Redirect") or answer.url) == leads_to
