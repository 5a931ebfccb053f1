"""A sandbox that tests share is the same for each of them."""

import pytest

from tests.sandboxes import Shelf


@pytest.fixture
def shelf(clock):
    return Shelf()


def test_a_world_that_was_only_read_is_used_again(shelf):
    first = shelf.take()
    event = first.world.timeline[-1]
    first.world.get_event(event.event_id, first.now())
    shelf.give_back(first)

    second = shelf.take()

    assert second is not first
    assert second.world is first.world
    assert second.world.timeline[-1] is event


@pytest.mark.parametrize(
    "happens",
    [
        lambda sandbox, clock: sandbox.visit(),
        lambda sandbox, clock: sandbox.world.update(sandbox.world.timeline[-1], {"suspect": True}),
        lambda sandbox, clock: sandbox.world.update(sandbox.world.timeline[0], {"tags": {"a": 1}}),
        lambda sandbox, clock: sandbox.world.delete(next(iter(sandbox.world.identities)), sandbox.now()),
        lambda sandbox, clock: (clock.advance(days=1), sandbox.suspects(), sandbox.world.advance(sandbox.now())),
        lambda sandbox, clock: setattr(sandbox.world.timeline[5], "url", "https://elsewhere.test/"),
    ],
)
def test_a_world_in_which_something_happened_is_thrown_away(shelf, clock, happens):
    first = shelf.take()
    happens(first, clock)
    shelf.give_back(first)

    assert shelf.take().world is not first.world
