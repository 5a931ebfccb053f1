"""Who may open what: one row per address, walked for every role. A new address without a row fails."""

from collections.abc import Iterator

import pytest
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from dashboard.audit.models import AuditEntry
from dashboard.core.access import PERMS_OF, Perm, Role

SUPPORT, ANALYST, LEAD = Role.SUPPORT, Role.FRAUD_ANALYST, Role.FRAUD_LEAD
COMPLIANCE, AUDITOR, ADMIN = Role.COMPLIANCE, Role.AUDITOR, Role.ADMINISTRATOR
EVERYBODY = {SUPPORT, ANALYST, LEAD, COMPLIANCE, AUDITOR, ADMIN}
SEARCHERS = {SUPPORT, ANALYST, LEAD, COMPLIANCE}
FRAUD = {ANALYST, LEAD}

# Open to anybody: what is needed to sign in, and what supervisors ask.
PUBLIC = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
    *(f"account_reset_password{step}" for step in ("", "_done", "_from_key", "_from_key_done")),
    # Names that allauth wants to know; there are no such pages.
    "account_signup",
    "account_email",
    "account_email_verification_sent",
    "account_confirm_login_code",
    "status:healthz",
    "status:readyz",
}

# Every other address and the roles that may open it.
TABLE: dict[str, set[Role]] = {
    "home:home": EVERYBODY,
    "home:recognise": SEARCHERS,
    "home:ticket": SEARCHERS,
    "events:search": SEARCHERS,
    "events:start": SEARCHERS,
    "events:results": SEARCHERS,
    "events:more": SEARCHERS,
    "events:again": SEARCHERS,
    "events:change": SEARCHERS,
    "events:pivot": SEARCHERS,
    "events:unreadable": SEARCHERS,
    "events:neighbour": SEARCHERS,
    "events:choose_other": SEARCHERS,
    "events:compare": SEARCHERS,
    "events:compare_chosen": SEARCHERS,
    "events:columns": SEARCHERS,
    "events:history": SEARCHERS,
    "events:saved": SEARCHERS,
    "events:save": SEARCHERS,
    "events:unsave": SEARCHERS,
    "events:run": SEARCHERS,
    # Masked as the page is; taking the file away and revoking it ask whose it is as well, see the tests of exports.
    "events:before": SEARCHERS,
    "events:export": SEARCHERS,
    "events:exports": SEARCHERS,
    "events:export_file": SEARCHERS,
    "events:export_revoke": SEARCHERS,
    "events:event": SEARCHERS,
    # The raw answer as a whole is for who sees everything; on the event's page others see it masked.
    "events:raw": FRAUD | {COMPLIANCE},
    "events:pivot_from_event": SEARCHERS,
    "events:evaluate": SEARCHERS,
    # Whoever sees everything is led back to the event: nothing is hidden from them.
    "events:reveal": SEARCHERS,
    "visitors:find": SEARCHERS,
    "visitors:visitor": SEARCHERS,
    "visitors:more": SEARCHERS,
    "visitors:devices": SEARCHERS,
    "visitors:links": SEARCHERS,
    "visitors:links_start": SEARCHERS,
    "visitors:links_ask": SEARCHERS,
    "visitors:links_further": SEARCHERS,
    "visitors:links_export": SEARCHERS,
    "visitors:links_choose": FRAUD,
    "visitors:related": SEARCHERS,
    "visitors:notes": SEARCHERS,
    "visitors:event_notes": SEARCHERS,
    # A note is its author's: the action refuses everybody else and writes it down.
    "visitors:note": SEARCHERS,
    "visitors:remove_note": SEARCHERS,
    "visitors:note_file": SEARCHERS,
    "visitors:hand_over": SEARCHERS,
    # What was handed over is between two people: the action refuses everybody else and writes it down.
    "visitors:handed_over": SEARCHERS,
    "visitors:follow": SEARCHERS,
    "visitors:unfollow": SEARCHERS,
    "visitors:following": SEARCHERS,
    "visitors:followed": SEARCHERS,
    "tagging:jobs": FRAUD,
    "tagging:new": FRAUD,
    "tagging:mark": FRAUD,
    "tagging:start": FRAUD,
    # Whoever may change events gets as far as the action, which refuses by person and role; see the tests of tagging.
    "tagging:approve": FRAUD,
    "tagging:decline": FRAUD,
    "tagging:discard": FRAUD,
    "tagging:retry": FRAUD,
    "tagging:undo": FRAUD,
    "tagging:take_back": FRAUD,
    "tagging:job": FRAUD,
    "tagging:job_progress": FRAUD,
    "tagging:pause": FRAUD,
    "tagging:resume": FRAUD,
    "tagging:cancel": FRAUD,
    "tagging:export": FRAUD,
    "deletions:requests": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:ask": {SUPPORT, COMPLIANCE},
    "deletions:start": {SUPPORT, COMPLIANCE},
    "deletions:request": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:progress": {SUPPORT, COMPLIANCE, AUDITOR},
    # Whoever may read a request gets as far as the action, which refuses by person and role and writes down which
    # request it was about; see the tests of deletions.
    "deletions:approve": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:certify": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:access_approve": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:access_refuse": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:access_json": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:access_text": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:certificate": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:certificate_file": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:look_up": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:access_requests": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:access_request": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:access_ask": {SUPPORT, COMPLIANCE},
    "deletions:refuse": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:approve_several": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:extend": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:scope": {SUPPORT, COMPLIANCE},
    "deletions:ask_again": {SUPPORT, COMPLIANCE},
    "deletions:acknowledge": {SUPPORT, COMPLIANCE},
    "deletions:ask_to_look": {SUPPORT, COMPLIANCE},
    "deletions:numbers": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:calendar": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:files": {SUPPORT, COMPLIANCE},
    "deletions:file": {SUPPORT, COMPLIANCE},
    "deletions:file_faults": {SUPPORT, COMPLIANCE},
    "deletions:take_in": {SUPPORT, COMPLIANCE},
    "deletions:drop_file": {SUPPORT, COMPLIANCE},
    "deletions:holds": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:hold": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:new_hold": {COMPLIANCE},
    "deletions:start_hold": {COMPLIANCE},
    "deletions:review_hold": {COMPLIANCE},
    "deletions:lift_hold": {COMPLIANCE},
    "deletions:withdraw": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:cancel": {SUPPORT, COMPLIANCE, AUDITOR},
    "deletions:pause": {COMPLIANCE},
    "deletions:resume": {COMPLIANCE},
    "accounts:people": {ADMIN},
    "accounts:add": {ADMIN},
    "accounts:person": {ADMIN},
    "accounts:password_link": {ADMIN},
    "accounts:end_sessions": {ADMIN},
    "accounts:preferences": EVERYBODY,
    "notices:inbox": EVERYBODY,
    "notices:open": EVERYBODY,
    "notices:read": EVERYBODY,
    "notices:read_all": EVERYBODY,
    "notices:retry_mails": {ADMIN},
    "audit:log": {COMPLIANCE, AUDITOR},
    "audit:entry": {COMPLIANCE, AUDITOR},
    "audit:proof": {COMPLIANCE, AUDITOR},
    "audit:export": {COMPLIANCE, AUDITOR},
    # What kinds of things, the action decides: who may open one may read its history.
    "audit:history": EVERYBODY,
    "audit:verify": {COMPLIANCE, AUDITOR},
    "audit:check": {COMPLIANCE, AUDITOR},
    "audit:script": {COMPLIANCE, AUDITOR},
    "status:status": {ADMIN},
}

# Addresses that also answer GET although they change something: GET shows a form, POST does it.
FORMS = {
    "events:reveal",
    "events:before",
    "events:columns",
    "events:choose_other",
    "events:save",
    "events:export",
    "deletions:look_up",
    "deletions:access_ask",
    "visitors:find",
    "visitors:notes",
    "visitors:event_notes",
    "visitors:note",
    "visitors:hand_over",
    "visitors:handed_over",
    "visitors:follow",
    "visitors:links_export",
    "tagging:new",
    "tagging:cancel",
    "tagging:export",
    "tagging:undo",
    "deletions:ask",
    "deletions:scope",
    "deletions:ask_again",
    "deletions:extend",
    "deletions:new_hold",
    "deletions:files",
    "deletions:pause",
    "accounts:add",
    "accounts:person",
    "accounts:preferences",
    "audit:log",
}
# Addresses that only read. Every other one changes something and refuses GET.
READING = {
    "deletions:certificate",
    "deletions:certificate_file",
    "deletions:access_requests",
    "deletions:access_request",
    "home:home",
    "events:search",
    "events:results",
    "events:unreadable",
    "events:neighbour",
    "events:compare",
    "events:history",
    "events:saved",
    "events:exports",
    "events:event",
    "events:raw",
    "visitors:visitor",
    "visitors:devices",
    "visitors:note_file",
    "visitors:links",
    "visitors:related",
    "visitors:following",
    "visitors:followed",
    "tagging:jobs",
    "tagging:job",
    "tagging:job_progress",
    "deletions:requests",
    "deletions:request",
    "deletions:progress",
    "deletions:holds",
    "deletions:hold",
    "deletions:numbers",
    "deletions:calendar",
    "deletions:file",
    "deletions:file_faults",
    "accounts:people",
    "notices:inbox",
    "audit:entry",
    "audit:proof",
    "audit:export",
    "audit:history",
    "audit:check",
    "audit:script",
    "status:status",
}

_ARGUMENTS = {"provider_id": "1795333867327.NLOjmg", "short_id": "7Qm2xA", "int": 1, "str": "x"}


def addresses(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every named address of the project with its pattern."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern, inner)
        else:
            yield f"{namespace}{pattern.name}", pattern


ALL = dict(addresses())


def path_of(name: str) -> str:
    """An address under this name, with ids of the right form in it."""
    from django.urls.converters import get_converters

    names = {converter: kind for kind, converter in get_converters().items()}
    arguments = {key: _ARGUMENTS[names[converter]] for key, converter in ALL[name].pattern.converters.items()}
    return reverse(name, kwargs=arguments)


def required(name: str) -> Perm | None:
    return getattr(ALL[name].callback, "required_perm", None)


def test_every_address_has_a_row():
    assert set(ALL) == set(TABLE) | PUBLIC


def test_every_address_that_is_not_public_is_guarded_by_one_permission():
    assert [name for name in TABLE if required(name) is None] == []
    assert [name for name in PUBLIC if required(name) is not None] == []


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_roles_that_hold_the_permission_are_those_of_the_table(name):
    assert {role for role in Role if required(name) in PERMS_OF[role]} == TABLE[name]


def test_every_address_that_reads_or_has_a_form_is_one_of_the_table():
    assert set(TABLE) >= READING | FORMS
    assert not READING & FORMS


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name.lower())
def test_who_is_not_in_the_row_is_refused(client_for, empty_sandbox, role, method):
    browser = client_for(role)
    opened = [
        name
        for name, roles in TABLE.items()
        if role not in roles and getattr(browser, method)(path_of(name)).status_code != 403
    ]

    assert opened == []


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name.lower())
def test_who_is_in_the_row_is_not_refused(client_for, empty_sandbox, role):
    browser = client_for(role)
    refused = [name for name, roles in TABLE.items() if role in roles and browser.get(path_of(name)).status_code == 403]

    assert refused == []


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_not_signed_in_is_sent_to_the_door(client, method):
    answers = {name: getattr(client, method)(path_of(name)) for name in TABLE}

    assert {
        name: answer.status_code
        for name, answer in answers.items()
        if answer.status_code != 302 or not answer.url.startswith("/account/login/")
    } == {}


@pytest.mark.django_db
def test_a_piece_of_a_page_sends_the_whole_page_to_the_door(client):
    here = "http://testserver/jobs/1/"
    answer = client.get("/audit/", headers={"HX-Request": "true", "HX-Current-URL": here})

    assert answer.headers["HX-Redirect"] == "/account/login/?next=%2Fjobs%2F1%2F"


@pytest.mark.django_db
def test_somebody_without_a_role_may_open_nothing(client_for):
    from tests.factories import person

    browser = client_for(person())
    opened = [name for name in TABLE if browser.get(path_of(name)).status_code != 403]

    assert opened == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(set(TABLE) - READING - FORMS))
def test_what_changes_something_does_nothing_on_get(client_for, name):
    """It refuses, or leads to the page with the button: somebody who signed in again comes back by GET."""
    browser = client_for(sorted(TABLE[name])[0])
    written = AuditEntry.objects.count()

    answer = browser.get(path_of(name))

    assert answer.status_code in (302, 405)
    assert AuditEntry.objects.count() == written


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(READING))
def test_what_reads_refuses_post(client_for, empty_sandbox, name):
    role = sorted(TABLE[name])[0]

    assert client_for(role).post(path_of(name)).status_code == 405


def test_no_address_takes_a_free_text():
    """Event and visitor ids, numbers and random names may stand in an address; nothing that somebody typed may."""
    from django.urls.converters import get_converters

    names = {converter: kind for kind, converter in get_converters().items()}
    free = {
        name: kinds
        for name, pattern in ALL.items()
        if (
            kinds := {names.get(each) for each in pattern.pattern.converters.values()}
            - {"int", "provider_id", "short_id"}
        )
    }
    assert free == {}
    with pytest.raises(NoReverseMatch):
        reverse("audit:entry", args=["free text"])
