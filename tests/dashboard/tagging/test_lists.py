"""How a job begins: a list is chosen, collected, frozen, confirmed by one person or by two. Nothing is sent before."""

import pytest

from dashboard.audit.models import AuditEntry
from dashboard.audit.refusals import Refused
from dashboard.core import facts
from dashboard.core.errors import NotPossible
from dashboard.core.facts import Fact, Weight
from dashboard.events.actions import start_search
from dashboard.events.histories import open_history
from dashboard.events.windows import ALL, resolve
from dashboard.notices.models import Notice
from dashboard.tagging import actions, policy
from dashboard.tagging.actions.lists import Chosen, Sent, hash_of
from dashboard.tagging.changes import Change, ChangeKind
from dashboard.tagging.known import forget_visitors
from dashboard.tagging.models import BulkItem, BulkJob
from fingerprint_integration.domain import EventQuery
from fingerprint_integration.services import reads
from tests.dashboard.tagging.conftest import audit_of, calls, confirm, states_of

pytestmark = pytest.mark.django_db
State = BulkJob.State
both_versions = pytest.mark.parametrize("api_version", ["v4", "v3"])


@pytest.fixture
def search_of(analyst, clock):
    def search(**filters):
        window = resolve(ALL, now=clock.now, retention=reads.capabilities().retention)
        return start_search(query=EventQuery(**filters), window=window, by=analyst, now=clock.now)

    return search


def ids_of(job) -> list[str]:
    return list(BulkItem.objects.filter(job=job).order_by("position").values_list("event_id", flat=True))


# -- Collecting ---------------------------------------------------------------------------------------------------


@both_versions
def test_all_that_match_are_collected_page_by_page_and_frozen(search_of, visits, analyst, sandbox, clock):
    marked = visits(130, linked_id="acct_ring")
    visits(5, linked_id="acct_other")
    marked[3].suspect = True

    job = actions.open_search_list(search=search_of(linked_id="acct_ring"), by=analyst, now=clock.now)
    assert (job.state, job.count) == (State.COLLECTING, 0)
    later = sandbox.world.visit(at=int(clock.now.timestamp() * 1000) + 1000, linked_id="acct_ring")
    actions.collect(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.count, job.collected, job.is_cut) == (State.READY, 130, 130, False)
    assert sorted(ids_of(job)) == sorted(event.event_id for event in marked)
    assert later.event_id not in ids_of(job), "the window was frozen with the search"
    assert job.list_hash == hash_of(ids_of(job))
    assert (bytes(job.filters), job.cursor) == (b"", None), "what was searched for is about people"
    assert BulkItem.objects.filter(job=job, suspect_read=True).count() == 1
    assert BulkItem.objects.filter(job=job).values("linked_id_mark").distinct().count() == 1
    assert b"acct_ring" not in b"".join(bytes(item.linked_id_mark, "ascii") for item in job.items.all())
    assert calls(sandbox, "update_event") == 0
    assert audit_of(job) == ["bulk_job.list_begun", "bulk_job.listed"]


def test_every_value_of_a_filter_with_several_is_asked_for(visits, analyst, sandbox, clock):
    ring = [*visits(3, linked_id="acct_1"), *visits(102, linked_id="acct_2")]
    visits(1, linked_id="acct_3")
    window = resolve(ALL, now=clock.now, retention=reads.capabilities().retention)
    search = start_search(
        query=EventQuery(linked_id="acct_1"), also={"linked_id": ("acct_2",)}, window=window, by=analyst, now=clock.now
    )

    job = actions.open_search_list(search=search, by=analyst, now=clock.now)
    actions.collect(job_id=job.pk)

    assert sorted(ids_of(job)) == sorted(event.event_id for event in ring)
    assert calls(sandbox, "search_events") == 3


def test_every_event_of_a_visitor_is_a_list(visits, analyst, sandbox, clock):
    first = visits(1)[0]
    sandbox.world.visit(at=first.at + 1000, visitor_id=first.visitor_id)
    visits(2)
    history, _opened = open_history(first.visitor_id, by=analyst, now=clock.now)

    job = actions.open_search_list(search=history, by=analyst, now=clock.now)
    actions.collect(job_id=job.pk)

    job.refresh_from_db()
    assert (job.source, job.count) == (BulkJob.Source.VISITOR, 2)
    entry = AuditEntry.objects.get(kind="bulk_job.list_begun", batch=job.name)
    assert first.visitor_id.encode() not in bytes(entry.body)


def test_a_collector_that_died_is_taken_over_behind_its_last_piece(search_of, visits, analyst, sandbox, clock):
    visits(130)
    job = actions.open_search_list(search=search_of(), by=analyst, now=clock.now)
    BulkJob.objects.filter(pk=job.pk).update(collector_token="dead", collector_until=clock.now)
    actions.collect(job_id=job.pk)
    assert BulkJob.objects.get(pk=job.pk).state == State.COLLECTING, "the dead one's lease still runs"

    clock.advance(seconds=1)
    actions.collect(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.count) == (State.READY, 130)


def test_a_list_waits_while_fingerprint_does_not_answer_and_says_why(search_of, visits, analyst, sandbox, clock):
    visits(2)
    job = actions.open_search_list(search=search_of(), by=analyst, now=clock.now)
    sandbox.faults.unavailable(times=2)
    actions.collect(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.rest_because) == (State.COLLECTING, policy.NO_ANSWER)
    assert job.rest_until > clock.now
    clock.advance(minutes=2)
    actions.collect(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.count, job.rest_until) == (State.READY, 2, None)


def test_a_search_that_finds_nothing_ends_with_a_sentence(search_of, analyst, sandbox, clock):
    job = actions.open_search_list(search=search_of(linked_id="nobody"), by=analyst, now=clock.now)
    actions.collect(job_id=job.pk)

    job.refresh_from_db()
    assert job.state == State.DISCARDED
    assert policy.pause_sentence(job.paused_because) == "No event was found that could be changed."
    assert audit_of(job)[-1] == "bulk_job.list_ended"


def test_a_list_never_holds_more_than_a_job_may(search_of, visits, analyst, sandbox, clock, monkeypatch):
    monkeypatch.setattr(policy, "MOST_EVENTS", 120)
    visits(130)
    job = actions.open_search_list(search=search_of(), by=analyst, now=clock.now)
    actions.collect(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.count, job.is_cut) == (State.READY, 120, True)


def test_a_long_list_of_ids_is_written_down_by_a_worker(analyst, sandbox, clock):
    chosen = tuple(Chosen(f"17000000{number:05d}.abc") for number in range(policy.MOST_AT_ONCE + 1500))
    job = actions.open_list(sent=Sent(chosen, doubled=3, malformed=2), by=analyst, now=clock.now)
    assert (job.state, job.count) == (State.COLLECTING, 2500)

    actions.collect(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.count, job.malformed, job.doubled) == (State.READY, 2500, 2, 3)
    assert ids_of(job) == [each.event_id for each in chosen]
    assert bytes(job.filters) == b""


def test_collecting_stops_when_the_list_is_thrown_away(search_of, visits, analyst, sandbox, clock):
    visits(3)
    job = actions.open_search_list(search=search_of(), by=analyst, now=clock.now)
    actions.discard_list(job_id=job.pk, by=analyst, now=clock.now)
    actions.collect(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.items.count()) == (State.DISCARDED, 0)
    assert calls(sandbox, "search_events") == 0
    assert audit_of(job) == ["bulk_job.list_begun", "bulk_job.discarded"]


def test_a_collector_works_with_the_right_of_who_asked(search_of, visits, analyst, sandbox, clock):
    visits(1)
    job = actions.open_search_list(search=search_of(), by=analyst, now=clock.now)
    analyst.groups.clear()
    actions.collect(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.paused_because) == (State.DISCARDED, policy.RIGHT_LOST)
    assert calls(sandbox, "search_events") == 0


def test_erasing_a_visitor_ends_the_collecting_of_a_list_about_them(search_of, visits, analyst, sandbox, clock):
    event = visits(1)[0]
    searched = actions.open_search_list(search=search_of(visitor_id=event.visitor_id), by=analyst, now=clock.now)
    many = (Chosen(event.event_id, event.visitor_id), *(Chosen(f"17.{number}") for number in range(1000)))
    sent = actions.open_list(sent=Sent(many), by=analyst, now=clock.now)

    forget_visitors([event.visitor_id], "D-0231")

    for job in (searched, sent):
        job.refresh_from_db()
        assert (job.state, bytes(job.filters)) == (State.DISCARDED, b"")


def test_a_list_that_nobody_confirms_is_thrown_away_after_some_days(list_of, visits, sandbox, clock):
    job = list_of(visits(2))
    clock.advance(days=4)
    actions.sweep_old_drafts()

    job.refresh_from_db()
    assert (job.state, job.items.count(), job.list_hash) == (State.DISCARDED, 0, "")
    assert audit_of(job)[-1] == "bulk_job.list_ended"


# -- Confirming ---------------------------------------------------------------------------------------------------


def test_nothing_of_a_list_is_sent_before_it_is_confirmed(list_of, visits, run_workers, analyst, sandbox, clock):
    events = visits(2)
    job = list_of(events)
    actions.apply_batch(job_id=job.pk)
    actions.take_turn()
    assert not sandbox.requests

    confirm(job, analyst, clock.now)
    run_workers()

    assert [event.suspect for event in events] == [True, True]
    assert audit_of(job) == [
        "bulk_job.list_begun", "bulk_job.listed", "bulk_job.started", *["event.suspect_set"] * 2, "bulk_job.finished",
    ]  # fmt: skip
    assert set(
        AuditEntry.objects.filter(batch=job.name, kind__startswith="event.").values_list("ticket", flat=True)
    ) == {"#881"}


def test_exactly_the_list_that_was_shown_is_confirmed_and_only_once(list_of, visits, analyst, sandbox, clock):
    job = list_of(visits(2))
    with pytest.raises(NotPossible, match="not the one that was shown"):
        confirm(job, analyst, clock.now, list_hash=hash_of(["1.a"]))

    first, second = confirm(job, analyst, clock.now), confirm(job, analyst, clock.now)

    assert first == second
    assert audit_of(job).count("bulk_job.started") == 1
    with pytest.raises(NotPossible, match="is running now"):
        confirm(job, analyst, clock.now, change=Change(ChangeKind.SUSPECT, False))


def test_only_who_chose_the_events_confirms_them(list_of, visits, lead, sandbox, clock):
    with pytest.raises(Refused, match="list of Maya Brandt"):
        confirm(list_of(visits(1)), lead, clock.now)


@pytest.mark.parametrize("typed", [None, 100, 1010])
def test_many_events_need_their_number_typed(list_of, analyst, visits, sandbox, clock, typed):
    job = list_of(visits(101))

    with pytest.raises(NotPossible, match="Type the number of events, 101"):
        confirm(job, analyst, clock.now, typed=typed)
    assert confirm(job, analyst, clock.now, typed=101).state == State.RUNNING


def test_a_list_of_blocked_visitors_only_is_refused(list_of, visits, analyst, sandbox, clock, monkeypatch):
    monkeypatch.setattr(
        facts, "_sources", [lambda ids: [Fact(each, Weight.HOLD, "Legal hold", blocks_changes=True) for each in ids]]
    )
    job = list_of(visits(2))

    with pytest.raises(Refused, match="deletion or a legal hold"):
        confirm(job, analyst, clock.now)


# -- Turns --------------------------------------------------------------------------------------------------------


def test_people_take_turns_and_so_do_the_jobs_of_each(job_of, analyst, lead, visits, sandbox, clock, monkeypatch):
    mine = [job_of(1, form_token=f"{number}" * 24) for number in range(3)]
    theirs = job_of(1, by=lead)
    worked = []
    monkeypatch.setattr("dashboard.tagging.actions.turns.apply_batch", lambda *, job_id: worked.append(job_id))

    for _turn in range(4):
        actions.take_turn()
        clock.advance(seconds=1)

    assert worked[:3] == [mine[0].pk, theirs.pk, mine[1].pk]
    assert set(worked) == {mine[0].pk, mine[1].pk, theirs.pk}


def test_a_large_job_gives_way_to_a_small_one_after_a_turn(job_of, sandbox, clock, monkeypatch):
    large, small = job_of(40, form_token="l" * 24), job_of(1, form_token="s" * 24)
    monkeypatch.setattr(policy, "TURN", policy.TURN * 0)

    actions.take_turn()
    assert 0 < states_of(large).count("applied") < 40
    clock.advance(seconds=1)
    actions.take_turn()

    assert states_of(small) == ["applied"]


def test_the_number_of_workers_of_a_job_follows_the_allowed_rate():
    assert [policy.hands(rate) for rate in (1, 5, 25, 50, 200)] == [1, 1, 1, 2, 8]


# -- Notices ------------------------------------------------------------------------------------------------------


def told(someone) -> list[str]:
    return list(Notice.objects.filter(to=someone).order_by("pk").values_list("kind", flat=True))


def test_everybody_a_large_job_concerns_is_told(list_of, visits, run_workers, analyst, lead, sandbox, clock, settings):
    settings.JOB_SECOND_PERSON_ABOVE = 2
    job = confirm(list_of(visits(3)), analyst, clock.now)
    assert (told(lead), told(analyst)) == (["job.waits"], [])

    actions.approve_job(job_id=job.pk, list_hash=job.list_hash, by=lead, password_given_at=clock.now, now=clock.now)
    run_workers()

    assert told(analyst) == ["job.approved", "job.finished"]


def test_who_left_a_list_being_collected_is_told_when_it_is_complete(search_of, visits, analyst, sandbox, clock):
    visits(2)
    job = actions.open_search_list(search=search_of(), by=analyst, now=clock.now)
    actions.collect(job_id=job.pk)

    assert told(analyst) == ["job.listed"]
