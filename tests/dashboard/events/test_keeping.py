"""What is kept of searches, for how long, whose it is, and how a visitor is forgotten."""

from datetime import timedelta

import msgspec
import pytest

from dashboard.core import erasure
from dashboard.core.access import Role
from dashboard.events import actions, histories, queries, windows
from dashboard.events.models import Search, SnapshotPage, filters_to_bytes, new_short_id
from dashboard.events.tasks import sweep_expired
from fingerprint_integration.domain import EventQuery
from tests.factories import person

pytestmark = pytest.mark.django_db
NINETY = timedelta(days=90)


@pytest.fixture
def maya(db):
    return person(Role.FRAUD_ANALYST)


def searched(by, now, **wanted):
    window = windows.resolve("last:all", now=now, retention=NINETY)
    search = actions.start_search(query=EventQuery(**wanted), window=window, by=by, now=now)
    return search, actions.open_search(search, by=by, now=now).snapshot


@pytest.mark.parametrize("api_version", ["v4", "v3"])
def test_a_snapshot_holds_the_bytes_as_they_came_and_reads_the_same_again(sandbox, clock, maya):
    search, first = searched(maya, clock.now, visitor_id=sandbox.stories["hostile"].visitor_ids[0])

    again = queries.snapshot_of(search, by=maya, now=clock.now)

    assert [event.raw for event in again.events] == [event.raw for event in first.events]
    assert [event.linked_id for event in again.events] == [event.linked_id for event in first.events]
    assert SnapshotPage.objects.get().raws == [event.raw for event in first.events]


@pytest.mark.parametrize("value", ["acct\x00nul", "‮rtl", "x" * 256, "'; DROP TABLE", "😀", "\u2028"])
def test_a_filter_keeps_any_text_on_any_database(maya, clock, value):
    window = windows.resolve("last:7d", now=clock.now, retention=NINETY)
    search = actions.start_search(query=EventQuery(linked_id=value), window=window, by=maya, now=clock.now)

    kept = Search.objects.get(pk=search.pk)
    assert kept.query.linked_id == value
    assert (kept.query.start, kept.query.end) == (window.start, window.end)


def test_the_stored_filters_have_no_window_of_their_own(clock):
    query = EventQuery(vpn=True, start=clock.now, end=clock.now, limit=7, total_hits=9)

    assert msgspec.json.decode(filters_to_bytes(query)) == {"vpn": True}


def test_short_names_are_many_and_have_no_letters_that_look_alike():
    names = {new_short_id() for _ in range(2000)}

    assert len(names) == 2000
    assert not set("".join(names)) & set("0O1lI")


def test_nobody_reads_the_snapshot_of_somebody_else(sandbox, clock, maya):
    search, _ = searched(maya, clock.now, linked_id="acct-owl")

    assert not queries.snapshot_of(search, by=person(Role.FRAUD_LEAD), now=clock.now).is_loaded


def test_expired_snapshots_and_forgotten_windows_are_swept(sandbox, clock, maya):
    old, _ = searched(maya, clock.now, linked_id="acct-owl")
    kept, _ = searched(maya, clock.now, linked_id="acct-owl")
    Search.objects.filter(pk=kept.pk).update(name="Owls")
    histories.open_history("Ibk1527CUFmcnjLwIs4A", by=maya, now=clock.now)

    clock.advance(minutes=61)
    sweep_expired()
    assert not SnapshotPage.objects.exists()
    assert set(Search.objects.all()) == {old, kept}

    clock.advance(days=91)
    sweep_expired()
    assert set(Search.objects.all()) == {kept}


def test_a_visitor_is_forgotten_in_searches_and_in_the_snapshots_of_everybody(sandbox, clock, maya):
    jonas = person(Role.FRAUD_LEAD)
    family, owl = sandbox.stories["family"].visitor_ids[0], sandbox.stories["night_owl"].visitor_ids[0]
    named, _ = searched(maya, clock.now, visitor_id=family)
    by_account, snapshot = searched(jonas, clock.now, linked_id=sandbox.stories["family"].linked_ids[0])
    history, _ = histories.open_history(family, by=jonas, now=clock.now)
    others, _ = searched(maya, clock.now, visitor_id=owl)
    assert snapshot.count

    counted = erasure.erase([family], erased_by="D-0001")

    assert counted["searches"] > 0
    assert not Search.objects.filter(pk__in=[named.pk, history.pk]).exists()
    assert not queries.snapshot_of(by_account, by=jonas, now=clock.now).is_loaded
    assert queries.snapshot_of(others, by=maya, now=clock.now).is_loaded
    assert not any(family.encode() in raw for page in SnapshotPage.objects.all() for raw in page.raws)


def test_a_visitor_named_in_somebody_elses_tags_is_forgotten_too(empty_sandbox, clock, maya):
    empty_sandbox.visit(
        at=clock.now - timedelta(minutes=5), linked_id="shared", tags={"moved_from": "Ibk1527CUFmcnjLwIs4A"}
    )
    search, snapshot = searched(maya, clock.now, linked_id="shared")
    assert snapshot.count == 1

    erasure.erase(["Ibk1527CUFmcnjLwIs4A"], erased_by="D-0001")

    assert not queries.snapshot_of(search, by=maya, now=clock.now).is_loaded


def test_an_event_on_two_pages_is_shown_once(sandbox, clock, maya):
    search, snapshot = searched(maya, clock.now, linked_id="acct-owl")
    page = SnapshotPage.objects.get()
    page.pk, page.number = None, 2
    page.save()

    assert queries.snapshot_of(search, by=maya, now=clock.now).count == snapshot.count


def test_recent_searches_name_each_question_once_newest_first(sandbox, clock, maya):
    for linked_id in ("a", "b", "a"):
        searched(maya, clock.advance(minutes=1), linked_id=linked_id)

    assert [search.query.linked_id for search in queries.recent_searches(maya)] == ["a", "b"]
