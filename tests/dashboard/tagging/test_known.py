"""What jobs tell others about a visitor, and how they forget one."""

import pytest

from dashboard.audit.models import AuditEntry
from dashboard.core import erasure, facts
from dashboard.core.errors import NotPossible
from dashboard.tagging import actions, known, policy, previews
from dashboard.tagging.changes import Change, ChangeKind
from dashboard.tagging.models import BulkItem, BulkJob
from tests.dashboard.tagging.conftest import audit_of, calls, states_of

pytestmark = pytest.mark.django_db
CLEARED = Change(ChangeKind.SUSPECT, False)


def test_a_visitor_was_marked_by_somebody_for_a_reason(job_of, visits, run_workers, sandbox):
    first = visits(1)[0]
    events = [first, sandbox.world.visit(at=first.at + 1000, visitor_id=first.visitor_id)]
    job = job_of(events)
    run_workers()

    fact = known.about_marks([first.visitor_id])[0]

    assert fact.claim == "2 events marked suspect by Maya Brandt"
    assert "chargeback #881" in fact.more
    assert fact.url == f"/jobs/{job.pk}/"
    assert not fact.blocks_changes
    assert fact in facts.about([first.visitor_id])
    assert known.about_marks(["nobody"]) == []


def test_what_was_cleared_since_is_not_called_marked(job_of, visits, run_workers, clock, sandbox):
    event = visits(1)[0]
    job_of([event], form_token="a" * 20)
    run_workers()
    clock.advance(minutes=1)
    job_of([event], change=CLEARED, form_token="b" * 20)
    run_workers()

    assert known.about_marks([event.visitor_id]) == []


def test_a_job_that_only_waits_has_marked_nothing(job_of, visits):
    event = visits(1)[0]
    job_of([event])

    assert known.about_marks([event.visitor_id]) == []


def test_an_erased_visitor_is_gone_from_every_job(job_of, visits, run_workers, sandbox):
    gone, stays = visits(2)
    job = job_of([gone, stays], reason=f"{gone.visitor_id} did it")
    run_workers()

    counted = erasure.erase([gone.visitor_id], erased_by="D-0231")

    assert counted["items of jobs"] == 2
    rows = list(BulkItem.objects.filter(job=job).order_by("position").values_list("event_id", "visitor_id", "state"))
    assert rows == [("", "", "applied"), (stays.event_id, stays.visitor_id, "applied")]
    job.refresh_from_db()
    assert job.reason == ""
    assert bytes(job.wanted) == b"true"
    assert BulkItem.objects.get(job=job, position=1).before is None
    assert BulkItem.objects.get(job=job, position=2).before is not None


def test_what_still_waited_for_an_erased_visitor_is_never_sent(job_of, visits, run_workers, sandbox, clock):
    gone, stays = visits(2)
    job = job_of([gone, stays])
    in_hand = BulkItem.objects.filter(job=job).claim_next(now=clock.now)

    known.forget_visitors([gone.visitor_id], "D-0231")
    actions.apply_item(item=in_hand)
    run_workers()

    assert gone.suspect is None
    assert calls(sandbox, "update_event") == 1
    assert states_of(job) == ["skipped", "applied"]
    assert audit_of(job).count("event.not_changed") == 1
    for entry in AuditEntry.objects.filter(batch=job.name, kind="event.not_changed"):
        assert gone.event_id.encode() not in bytes(entry.body)
        assert b"D-0231" in bytes(entry.body)


def test_a_running_job_whose_value_named_an_erased_visitor_pauses(job_of, visits, run_workers, sandbox):
    gone, stays = visits(2)
    job = job_of([stays], change=Change(ChangeKind.TAGS, {"same as": gone.visitor_id}))
    job_of([gone], form_token="b" * 20)

    known.forget_visitors([gone.visitor_id], "D-0231")
    run_workers()

    job.refresh_from_db()
    assert (job.state, job.paused_because, job.is_erased) == ("paused", "value_erased", True)
    assert states_of(job) == ["waiting"]


def test_a_linked_id_set_for_erased_visitors_only_is_about_them(job_of, visits, run_workers, sandbox):
    both, one = visits(2)
    shared = job_of([both, one], change=Change(ChangeKind.LINKED_ID, "acct_shared"), form_token="a" * 20)
    alone = job_of([both], change=Change(ChangeKind.LINKED_ID, "acct_alone"), form_token="b" * 20)
    run_workers()

    known.forget_visitors([both.visitor_id], "D-0231")

    assert BulkJob.objects.get(pk=alone.pk).is_erased
    assert BulkJob.objects.get(pk=alone.pk).list_hash == ""
    assert BulkJob.objects.get(pk=shared.pk).list_hash
    assert not BulkJob.objects.get(pk=shared.pk).is_erased


def test_two_erased_events_of_one_job_do_not_collide(job_of, visits, run_workers, sandbox):
    first = visits(1)[0]
    events = [first, sandbox.world.visit(at=first.at + 1000, visitor_id=first.visitor_id)]
    job = job_of(events)

    known.forget_visitors([first.visitor_id], "D-0231")

    assert states_of(job) == ["skipped", "skipped"]


# -- Values of one visitor that name another ---------------------------------------------------------------------

GONE = "acct_gone_4711"


def notes_of(job: BulkJob) -> list[bool]:
    """Of each event whether anything that was noted of it is still there."""
    items = BulkItem.objects.filter(job=job).order_by("position")
    return [any(each is not None for each in (item.before, item.wanted, item.expected)) for item in items]


@pytest.mark.parametrize("tags", [{"same person": GONE}, {GONE: 1}, {"deep": [{"note": f"see {GONE}"}]}])
def test_tags_of_somebody_else_that_name_an_erased_account_are_emptied(job_of, visits, run_workers, tags):
    naming, other = events = visits(2)
    naming.tags, other.tags = tags, {"tier": "gold"}
    job = job_of(events, change=Change(ChangeKind.TAGS_ADD, {"seen": True}))
    run_workers()

    erasure.erase_values([GONE], erased_by="D-0231")

    assert states_of(job) == ["applied", "applied"]
    assert notes_of(job) == [False, True]
    assert bytes(BulkItem.objects.get(job=job, position=2).before) == b'{"tier":"gold"}'


def test_letters_written_as_escapes_are_found_all_the_same(job_of, visits, run_workers):
    event = visits(1)[0]
    job = job_of([event], change=Change(ChangeKind.TAGS, {"who": "Zoë/Bär"}))
    run_workers()

    assert erasure.erase_values(["Zoë/Bär"], erased_by="D-0231")["items of jobs"] >= 1

    job.refresh_from_db()
    assert job.is_erased


def test_what_was_emptied_cannot_go_back_and_says_so(job_of, visits, run_workers, browser, clock):
    naming, other = events = [*visits(1, linked_id=GONE), *visits(1, linked_id="acct_other")]
    job = job_of(events, change=Change(ChangeKind.LINKED_ID, "acct_new"))
    run_workers()
    clock.advance(seconds=1)

    erasure.erase_values([GONE], erased_by="D-0231")

    assert notes_of(job) == [False, True]
    outlook = previews.outlook(job)
    assert (outlook.count, outlook.forgotten) == (1, 1)
    page = browser.get(f"/jobs/{job.pk}/")
    assert page.content.decode().count("it cannot be put back any more") == 1
    assert page.content.decode().count('name="item"') == 1
    assert "Cannot go back" in browser.get(f"/jobs/{job.pk}/undo/").content.decode()
    undo = actions.open_undo(job_id=job.pk, by=job.asked_by, now=clock.now)
    assert list(undo.items.values_list("event_id", flat=True)) == [other.event_id]
    assert naming.linked_id == "acct_new"


def test_a_job_of_nothing_else_says_why_nothing_goes_back(job_of, visits, run_workers, browser, clock):
    job = job_of(visits(1, linked_id=GONE), change=Change(ChangeKind.LINKED_ID, "acct_new"))
    run_workers()
    erasure.erase_values([GONE], erased_by="D-0231")

    with pytest.raises(NotPossible, match="cannot be put back any more"):
        actions.open_undo(job_id=job.pk, by=job.asked_by, now=clock.now)
    assert "they cannot go back any more" in browser.get(f"/jobs/{job.pk}/undo/").content.decode()


def test_an_undo_under_way_does_not_bring_an_erased_account_back(job_of, visits, run_workers, clock):
    naming, other = events = [*visits(1, linked_id=GONE), *visits(1, linked_id="acct_other")]
    job = job_of(events, change=Change(ChangeKind.LINKED_ID, "acct_new"))
    run_workers()
    clock.advance(seconds=1)
    undo = actions.open_undo(job_id=job.pk, by=job.asked_by, now=clock.now)
    actions.confirm_job(
        job_id=undo.pk, list_hash=undo.list_hash, change=None, reason="wrong", ticket="", typed=None,
        by=job.asked_by, now=clock.now,
    )  # fmt: skip

    erasure.erase_values([GONE], erased_by="D-0231")
    run_workers()

    assert (naming.linked_id, other.linked_id) == ("acct_new", "acct_other")
    assert states_of(undo) == ["skipped", "applied"]
    skipped = BulkItem.objects.get(job=undo, position=1)
    assert (skipped.code, skipped.event_id) == (policy.NAMED, naming.event_id)
    assert audit_of(undo).count("event.not_changed") == 1


def test_what_failed_after_it_was_sent_is_not_tried_again_without_its_note(job_of, visits, run_workers, sandbox, clock):
    job = job_of(visits(1, linked_id=GONE), change=Change(ChangeKind.LINKED_ID, "acct_new"))
    sandbox.faults.unavailable(operation="update_event", times=None)
    for _ in range(40):
        run_workers()
        clock.advance(minutes=20)
    item = BulkItem.objects.get(job=job)
    assert (item.state, item.before is None) == ("failed", False)

    erasure.erase_values([GONE], erased_by="D-0231")
    sandbox.faults.clear()

    with pytest.raises(NotPossible, match="would come out differently"):
        actions.retry_failed(job_id=job.pk, by=job.asked_by, now=clock.now)
    assert BulkItem.objects.get(job=job).code == policy.NAMED


def test_a_running_job_whose_tags_name_an_erased_account_pauses(job_of, visits, run_workers):
    job = job_of(visits(1), change=Change(ChangeKind.TAGS_ADD, {"same as": GONE}))

    erasure.erase_values([GONE], erased_by="D-0231")
    run_workers()

    job.refresh_from_db()
    assert (job.state, job.paused_because, job.is_erased) == ("paused", "value_erased", True)


def test_a_short_account_is_no_reason_to_empty_tags_in_which_its_letters_stand(job_of, visits, run_workers):
    event = visits(1)[0]
    event.tags = {"tier": "gold"}
    job = job_of([event], change=Change(ChangeKind.TAGS_ADD, {"seen": True}))
    run_workers()

    erasure.erase_values(["gold"], erased_by="D-0231")

    assert notes_of(job) == [True]
