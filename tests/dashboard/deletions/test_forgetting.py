"""How Inkpad forgets a visitor itself: tried until nothing is left, and at the end without the id of anybody."""

from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.utils import timezone

from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry, Subject
from dashboard.audit.record import record
from dashboard.audit.record import visitor as visitor_target
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core import erasure, facts, free_text
from dashboard.deletions import tasks
from dashboard.deletions.certificates import lookups
from dashboard.deletions.models import DeletionLinkedId, DeletionVisitor, ErasedVisitor, LegalHold, LocalErasure, Watch
from dashboard.deletions.states import VisitorState
from dashboard.deletions.watch import forgetting
from tests.dashboard.deletions.conftest import carry_out_all, follow_all, fresh, kinds_of, only_visitor, page_of
from tests.factories import person


@pytest.fixture
def accepted(desk, visitor):
    approved = desk.approved(visitor())
    carry_out_all()
    return approved


def days(clock, count) -> None:
    for _ in range(count):
        clock.advance(days=1)
        tasks.sweep_followed()
        follow_all()


# -- After the commit -----------------------------------------------------------------------------------------


def test_a_cache_that_holds_the_visitor_is_emptied_after_the_commit(accepted, valkey_server):
    server = valkey_server.client()
    visitor_id = only_visitor(accepted).visitor_id
    server.set(f"cache:{visitor_id}", "x")
    server.set("cache:list", f"[{visitor_id}]")
    server.set("cache:other", "somebody else")

    follow_all()

    assert set(server.scan_iter("cache:*")) == {b"cache:other"}
    row = LocalErasure.objects.get()
    assert (row.state, row.counts["caches"]) == (LocalErasure.DONE, 2)


def test_with_the_cache_away_it_is_tried_until_it_is_done_and_the_page_says_so(
    accepted, settings, clock, client_for, desk
):
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    for _ in range(3):
        follow_all()
        clock.advance(minutes=10)
    row = LocalErasure.objects.get()
    assert (row.state, row.because) == (LocalErasure.WAITING, "the cache did not answer")
    assert row.next_attempt_at is not None
    page = page_of(client_for(desk.approver), accepted).page
    assert "The cache did not answer; Inkpad tries again until nothing is left." in page.text

    settings.REDIS_URL = configured.BROKER_URL.replace("redis+socket", "unix")
    clock.advance(hours=1)
    follow_all()

    assert LocalErasure.objects.get().state == LocalErasure.DONE


def test_nothing_is_released_while_an_erasure_still_waits(accepted, settings, clock):
    follow_all()
    days(clock, 1)
    LocalErasure.objects.update(state=LocalErasure.WAITING, next_attempt_at=timezone.now() + timedelta(days=30))

    days(clock, 9)
    assert only_visitor(accepted).visitor_id

    LocalErasure.objects.update(next_attempt_at=timezone.now())
    days(clock, 2)
    assert only_visitor(accepted).visitor_id == ""


def test_who_looks_in_between_is_forgotten_as_well(accepted, desk, clock):
    visitor_id = only_visitor(accepted).visitor_id
    follow_all()
    record(AuditKind.VISITOR_OPENED, by=desk.asker, target=visitor_target(visitor_id))
    assert Subject.objects.filter(kind=SubjectKind.VISITOR, erased_at=None).exists()

    days(clock, 1)

    assert not Subject.objects.filter(kind=SubjectKind.VISITOR, erased_at=None).exists()


# -- Texts ----------------------------------------------------------------------------------------------------


def test_an_identifier_goes_out_of_every_reason_and_the_rest_stays(desk, visitor):
    visitor_id = visitor()
    hold = LegalHold.objects.create(
        kind="visitor",
        reason=f"Claim about {visitor_id}, see letter.",
        review_on=timezone.now().date(),
        form_token="h" * 32,
        placed_by=desk.asker,
        placed_at=timezone.now(),
        lifted_by=desk.approver,
        lifted_at=timezone.now(),
    )
    other = desk.ask("someoneElse123456789", reason=f"Same person as {visitor_id}.", linked_ids=())
    approved = desk.approved(visitor_id, reason=f"{visitor_id} wrote; acct_88412 is theirs.")

    carry_out_all()

    hold.refresh_from_db()
    assert hold.reason == "Claim about [erased], see letter."
    assert fresh(other).reason == "Same person as [erased]."
    assert fresh(approved).reason == "[erased] wrote; [erased] is theirs."


@pytest.mark.parametrize(
    "text,left",
    [
        ("visitor abcdef1, abcdef1.", "visitor [erased], [erased]."),
        ("xabcdef1 abcdef12 abcdef1_", "xabcdef1 abcdef12 [erased]_"),
        ("a+b.c*d", "[erased]"),
        ("nothing", "nothing"),
    ],
)
def test_only_whole_words_go(text, left):
    assert free_text.without(text, ["abcdef1", "a+b.c*d"]) == left


def test_short_ids_are_not_looked_for_in_texts(desk):
    waiting = desk.ask("v1", reason="42 events of account 42.", linked_ids=())

    erasure.erase_values(["42"], erased_by="D-0001")

    assert fresh(waiting).reason == "42 events of account 42."


def test_a_text_of_the_log_that_names_an_event_is_emptied(desk, clock):
    record(
        AuditKind.TEXT_READ,
        by=desk.asker,
        details={"found": 1},
        personal={"text": Personal(SubjectKind.TEXT, "ask about 1795333867327.NLOjmg today")},
    )

    counts = erasure.erase_values(["1795333867327.NLOjmg"], erased_by="D-0001")

    assert counts["audit log"] == 1
    assert Subject.objects.get(kind=SubjectKind.TEXT).text is None


def test_every_registered_column_of_text_exists():
    from django.apps import apps

    for model, fields in free_text.registered().items():
        for field in fields:
            assert apps.get_model(model)._meta.get_field(field).get_internal_type() in ("TextField", "CharField")


# -- At the end -----------------------------------------------------------------------------------------------


def test_a_week_after_the_last_word_the_request_forgets_whom_it_was_about(accepted, clock):
    visitor_id = only_visitor(accepted).visitor_id
    follow_all()
    days(clock, 7)
    assert only_visitor(accepted).visitor_id == visitor_id

    days(clock, 2)

    row = only_visitor(accepted)
    assert (row.visitor_id, bytes(row.evidence_ids), bytes(row.residue_ids), bytes(row.name_salt)) == (
        "",
        b"[]",
        b"[]",
        b"",
    )
    assert not DeletionLinkedId.objects.exists()
    assert Watch.objects.get().state == Watch.ENDED
    assert "deletion.released" in kinds_of(accepted)


def test_whoever_brings_the_id_is_told_and_nobody_else(accepted, clock, desk):
    visitor_id = only_visitor(accepted).visitor_id
    follow_all()
    days(clock, 9)

    (erased,) = lookups.look_up(visitor_id, by=desk.asker, now=timezone.now()).erasures
    assert erased.request == accepted
    assert lookups.look_up("neverErased123456789", by=desk.asker, now=timezone.now()).erasures == []
    assert [fact.claim for fact in facts.about([visitor_id])] == [f"Erased ({accepted.number})"]
    bodies = [bytes(entry.body) for entry in AuditEntry.objects.filter(kind=AuditKind.DELETION_LOOKED_UP.code)]
    assert len(bodies) == 2
    assert not any(visitor_id.encode() in body for body in bodies)


def test_the_hash_ends_after_the_months_of_the_setting_and_the_reasons_with_it(accepted, clock, settings):
    settings.DELETION_RECORD_MONTHS = 24
    assert forgetting.kept_until(clock.now).isoformat() == "2028-06-15T12:00:00+00:00"

    clock.advance(days=729)
    tasks.sweep_followed()
    assert ErasedVisitor.objects.exists()
    assert fresh(accepted).reason
    clock.advance(days=2)
    tasks.sweep_followed()

    assert not ErasedVisitor.objects.exists()
    assert fresh(accepted).reason == ""


def test_a_leap_day_is_kept_until_the_last_day_of_february(clock, settings):
    settings.DELETION_RECORD_MONTHS = 12
    clock.move_to(clock.now.replace(year=2028, month=2, day=29))

    assert forgetting.kept_until(clock.now).date().isoformat() == "2029-02-28"


def test_a_visitor_unknown_to_fingerprint_is_forgotten_here_too(desk, empty_sandbox, clock):
    approved = desk.approved("neverSeenThisOne1234")
    record(AuditKind.VISITOR_OPENED, by=person(), target=visitor_target("neverSeenThisOne1234"))
    carry_out_all()
    assert only_visitor(approved).state == VisitorState.UNKNOWN
    assert not Subject.objects.filter(kind=SubjectKind.VISITOR, erased_at=None).exists()
    empty_sandbox.requests.clear()

    follow_all()
    days(clock, 8)

    assert only_visitor(approved).visitor_id == ""
    assert list(empty_sandbox.requests) == [], "there is nothing to ask Fingerprint"


def test_requests_that_joined_are_told_and_released_together(desk, visitor, clock):
    visitor_id = visitor()
    first = desk.approved(visitor_id)
    second = desk.ask(visitor_id, reason="The other one of this tablet.")
    carry_out_all()
    follow_all()
    assert DeletionVisitor.objects.get(request=second).state == VisitorState.ACCEPTED

    days(clock, 1)
    assert DeletionVisitor.objects.get(request=second).state == VisitorState.COMPLETE
    days(clock, 8)

    assert set(DeletionVisitor.objects.values_list("visitor_id", flat=True)) == {""}
    assert first.pk != second.pk
