"""Search: from a question, understood, to a page of events; and the keys that lead to the next page."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from heapq import merge
from operator import attrgetter

from .errors import Refusal, invalid
from .records import Event
from .world import World

Predicate = Callable[[Event], bool]
Addresses = ipaddress.IPv4Network | ipaddress.IPv6Network

_order = attrgetter("at", "event_id")


@dataclass(slots=True)
class Search:
    """One question, understood."""

    limit: int
    after: int | None = None
    before: int | None = None
    oldest_first: bool = False
    visitor_id: str | None = None
    linked_id: str | None = None
    address: Addresses | None = None
    source: str = "device"
    total_hits: int | None = None
    resume_at: tuple[int, str] | None = None
    predicates: list[Predicate] = field(default_factory=list)
    # Marks (see World.by_mark) that every match has: they only make it quicker.
    marks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Found:
    """A page of events; `more` when there are further ones, `total` when it was asked for."""

    events: list[Event]
    more: bool
    total: int | None = None


def run(world: World, search: Search, now: int, environment_id: str | None) -> Found:
    """The events that match, at most `limit` of them."""
    if search.visitor_id is not None and not world.is_known(search.visitor_id, now):
        raise Refusal("no_visitor")
    found: list[Event] = []
    total = 0
    wanted_total = search.total_hits or 0
    more = False
    for event in _candidates(world, search):
        if not world.is_visible(event, now, environment_id) or event.source != search.source:
            continue
        if not all(predicate(event) for predicate in search.predicates):
            continue
        if total < wanted_total:
            total += 1
        if search.resume_at is not None and not _is_past(event, search.resume_at, search.oldest_first):
            continue
        if len(found) < search.limit:
            found.append(event)
        else:
            more = True
            if total >= wanted_total:
                break
    return Found(found, more, total if search.total_hits is not None else None)


def _is_past(event: Event, place: tuple[int, str], oldest_first: bool) -> bool:
    return _order(event) > place if oldest_first else _order(event) < place


def _candidates(world: World, search: Search) -> Iterable[Event]:
    """The smallest index that holds every match, in the order asked for."""
    indexes = [world.timeline, *(world.by_mark.get(mark, []) for mark in search.marks)]
    if search.visitor_id is not None:
        indexes.append(world.by_visitor[search.visitor_id])
    if search.linked_id is not None:
        indexes.append(world.by_link.get(search.linked_id, []))
    if len(indexes) == 1 and search.address is not None:
        return _by_address(world, search, search.address)
    after, before = search.after, search.before
    if search.resume_at is not None and search.total_hits is None:
        if search.oldest_first:
            after = max(after if after is not None else -1, search.resume_at[0] - 1)
        else:
            before = min(before if before is not None else search.resume_at[0] + 1, search.resume_at[0] + 1)
    return world.between(min(indexes, key=len), after, before, oldest_first=search.oldest_first)


def _by_address(world: World, search: Search, network: Addresses) -> Iterator[Event]:
    first, last = int(network.network_address), int(network.broadcast_address)
    streams = [
        world.between(events, search.after, search.before, oldest_first=search.oldest_first)
        for events in world.by_address.values()
        if events and events[0].network.family == network.version and first <= events[0].network.number <= last
    ]
    return merge(*streams, key=_order, reverse=not search.oldest_first)


def seal_key(seed: int, event: Event, *, oldest_first: bool) -> str:
    """A key that continues after this event. It holds its place when events come or go, and cannot be made up."""
    text = json.dumps([event.at, event.event_id, oldest_first]).encode()
    return base64.urlsafe_b64encode(_mac(seed, text) + text).decode().rstrip("=")


def open_key(seed: int, key: str, *, oldest_first: bool) -> tuple[int, str]:
    """The place a key stands for; a key that is not ours, or was given for the other order, is refused."""
    try:
        raw = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
        if raw[:64] == _mac(seed, raw[64:]):
            at, event_id, was_oldest_first = json.loads(raw[64:])
            if was_oldest_first is oldest_first:
                return at, event_id
    except ValueError:
        pass
    raise invalid("invalid pagination key")


def _mac(seed: int, text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=64, key=f"sandbox-{seed}".encode()).digest()
