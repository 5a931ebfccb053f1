"""Since when somebody holds a role, and that a new one does not approve yet."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import IntegrityError
from django.utils import timezone

from dashboard.accounts import actions, tenure
from dashboard.accounts.models import RoleGrant, User
from dashboard.audit.refusals import Refused
from dashboard.core.access import Perm, Role
from tests.factories import LONG_AGO, person

pytestmark = pytest.mark.django_db
DECIDE = Perm.DECIDE_DELETIONS


def change_roles(admin, somebody, *roles):
    actions.change_person(
        person_id=somebody.pk, name=somebody.name, is_active=True, roles=roles, by=admin, reason="moved"
    )
    return User.objects.get(pk=somebody.pk)


def test_a_new_role_approves_after_a_day(clock):
    admin, tom = person(Role.ADMINISTRATOR), person(Role.SUPPORT)

    tom = change_roles(admin, tom, Role.COMPLIANCE)

    assert tenure.held_since(tom, DECIDE) == clock.now
    assert not tenure.may_approve(tom, DECIDE, now=clock.advance(hours=23, minutes=59))
    assert tenure.may_approve(tom, DECIDE, now=clock.advance(minutes=1))


def test_somebody_added_has_their_role_from_that_moment(clock):
    added = actions.add_person(email="a@example.test", name="A", roles=[Role.COMPLIANCE], by=person())

    assert tenure.approves_from(added, DECIDE) == clock.now + timedelta(hours=24)


def test_another_role_beside_it_does_not_make_it_new():
    admin, maya = person(Role.ADMINISTRATOR), person(Role.COMPLIANCE)

    maya = change_roles(admin, maya, Role.COMPLIANCE, Role.AUDITOR)

    assert tenure.held_since(maya, DECIDE) == LONG_AGO


def test_a_role_taken_away_and_given_again_is_new(clock):
    admin, maya = person(Role.ADMINISTRATOR), person(Role.COMPLIANCE)
    change_roles(admin, maya)

    maya = change_roles(admin, maya, Role.COMPLIANCE)

    assert tenure.held_since(maya, DECIDE) == clock.now


def test_of_two_roles_that_give_it_the_older_counts(clock):
    lead = person(Role.FRAUD_ANALYST)
    lead.groups.add(Group.objects.get(name=Role.FRAUD_LEAD.value))

    assert tenure.held_since(lead, Perm.CHANGE_EVENTS) == LONG_AGO
    assert tenure.held_since(lead, Perm.CONTROL_ANY_JOB) == clock.now


@pytest.mark.parametrize("somebody", [(Role.ADMINISTRATOR,), ()])
def test_who_does_not_hold_it_never_approves(somebody, clock):
    other = person(*somebody)

    assert tenure.approves_from(other, DECIDE) is None
    assert not tenure.may_approve(other, DECIDE, now=clock.now)


def test_who_may_not_sign_in_does_not_approve(clock):
    assert not tenure.may_approve(person(Role.COMPLIANCE, is_active=False), DECIDE, now=clock.now)


def test_the_age_is_a_setting(settings, clock):
    settings.APPROVER_ROLE_AGE = timedelta(0)

    assert tenure.may_approve(person(Role.COMPLIANCE, role_since=clock.now), DECIDE, now=clock.now)


@pytest.fixture
def officer(clock):
    """A compliance officer who chose a password through a link that an administrator made."""
    officer = person(Role.COMPLIANCE)
    actions.password_link(person_id=officer.pk, by=person(Role.ADMINISTRATOR))
    actions.note_reset(user=officer, now=clock.now)
    return User.objects.get(pk=officer.pk)


def test_a_password_through_the_link_of_somebody_else_approves_after_a_day(officer, clock):
    assert not tenure.may_approve(officer, DECIDE, now=clock.advance(hours=23, minutes=59))
    assert not tenure.approvers(DECIDE, now=clock.now)
    assert "through a link that somebody else made" in tenure.why_not_yet(officer, DECIDE, now=clock.now)

    assert tenure.may_approve(officer, DECIDE, now=clock.advance(minutes=1))
    assert list(tenure.approvers(DECIDE, now=clock.now)) == [officer]
    assert tenure.why_not_yet(officer, DECIDE, now=clock.now) == ""


def test_another_new_password_does_not_end_the_wait(officer, clock):
    actions.note_reset(user=officer, now=clock.advance(hours=1))

    assert not tenure.may_approve(User.objects.get(pk=officer.pk), DECIDE, now=clock.now)


def test_a_password_through_a_link_that_one_asked_for_oneself_approves_at_once(clock):
    officer = person(Role.COMPLIANCE)

    actions.note_reset(user=officer, now=clock.now)

    assert tenure.may_approve(User.objects.get(pk=officer.pk), DECIDE, now=clock.now)


def test_a_link_that_lapsed_unused_leaves_nothing_behind(settings, clock):
    officer = person(Role.COMPLIANCE)
    actions.password_link(person_id=officer.pk, by=person(Role.ADMINISTRATOR))

    actions.note_reset(user=officer, now=clock.advance(seconds=settings.PASSWORD_RESET_TIMEOUT + 1))

    assert tenure.may_approve(User.objects.get(pk=officer.pk), DECIDE, now=clock.now)


def test_the_page_of_a_person_counts_from_the_password(client_for, officer):
    page = client_for(Role.ADMINISTRATOR).get(f"/people/{officer.pk}/").page

    assert "approves from Tue 16 Jun, 12:00" in page.text


def test_the_people_of_the_demo_approve_at_once():
    call_command("seed_demo")

    officers = User.objects.filter(groups__name=Role.COMPLIANCE.value)
    assert len(officers) == 2
    assert all(tenure.may_approve(officer, DECIDE, now=timezone.now()) for officer in officers)


def test_nobody_holds_a_role_twice():
    grant = RoleGrant.objects.get(user=person(Role.COMPLIANCE))

    with pytest.raises(IntegrityError):
        RoleGrant.objects.create(user_id=grant.user_id, group_id=grant.group_id)


def test_nobody_gives_themselves_a_role_not_even_through_the_action():
    admin = person(Role.ADMINISTRATOR)

    with pytest.raises(Refused, match="cannot change your own roles"):
        change_roles(admin, admin, Role.ADMINISTRATOR, Role.COMPLIANCE)

    assert list(RoleGrant.objects.filter(user=admin).values_list("group__name", flat=True)) == ["Administrator"]


def test_the_page_of_a_person_says_since_when_and_from_when(client_for, clock):
    admin = client_for(Role.ADMINISTRATOR)
    old, new = person(Role.COMPLIANCE), person(Role.COMPLIANCE, role_since=clock.now)

    assert "approves from" not in admin.get(f"/people/{old.pk}/").page.text
    page = admin.get(f"/people/{new.pk}/").page

    assert "since today, 12:00 approves from Tue 16 Jun, 12:00" in page.text
