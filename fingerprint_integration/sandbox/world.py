"""The sandbox's world: who visited when, and what the API's rules make of it as time goes by.

Nothing here runs in the background. What is visible, forgotten or deleted follows from the instant at which
somebody asks, so the clock can be moved at will.
"""

from __future__ import annotations

import hashlib
import heapq
import random
import zlib
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

from . import corners, devices, mischief, places, stories, velocity
from .clock import DAY
from .encoding import to_json
from .errors import Refusal, invalid
from .records import Device, Event, Identity, Loaded
from .rules import Rules
from .stories import FIRST_DAY, PRODUCTION, Plan, Story

CAST = (
    stories.regulars,
    stories.office,
    stories.carrier,
    stories.family,
    stories.night_owl,
    stories.traveller,
    stories.hermit,
    stories.quality_assurance,
    mischief.promo_ring,
    mischief.credential_stuffing,
    mischief.account_takeover,
    mischief.rigged_phones,
    mischief.crawlers,
    mischief.edge_agents,
    corners.hostile,
    corners.corners,
)
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_order = attrgetter("at", "event_id")
_at = attrgetter("at")


class World:
    """All events, with the indexes that searches need."""

    def __init__(self, *, seed: int, anchor: int, rules: Rules | None = None, is_empty: bool = False) -> None:
        self.seed = seed
        self.anchor = anchor
        self.rules = rules or Rules()
        self.stories: list[Story] = [] if is_empty else [make(seed) for make in CAST]
        self.timeline: list[Event] = []
        self.by_id: dict[str, Event] = {}
        self.by_visitor: dict[str, list[Event]] = defaultdict(list)
        self.by_link: dict[str, list[Event]] = defaultdict(list)
        self.by_address: dict[str, list[Event]] = defaultdict(list)
        # What few events have, so that looking for it need not go through all of them.
        self.by_mark: dict[str, list[Event]] = defaultdict(list)
        self.by_story: dict[str, list[Event]] = defaultdict(list)
        # Bodies that were rendered lately, by version and event id.
        self.rendered: dict[tuple[str, str], bytes] = {}
        self.identities: dict[str, Identity] = {}
        self.device_of: dict[str, Device] = {}
        self.by_handset: dict[str, list[Device]] = defaultdict(list)
        for story in self.stories:
            for device in story.devices:
                if device.handset is not None:
                    self.by_handset[device.handset].append(device)
        self._first_midnight = anchor - anchor % DAY
        self._next_day = FIRST_DAY
        self._pending: list[tuple[int, str, Plan]] = []
        self._visit_count = 0

    # ── time ────────────────────────────────────────────────────────────────

    def advance(self, now: int) -> None:
        """Let everything happen that was planned up to `now`."""
        is_new_day = False
        while self._first_midnight + self._next_day * DAY <= now:
            is_new_day = True
            midnight = self._first_midnight + self._next_day * DAY
            for story in self.stories:
                for plan in story.plan(self.seed, self._next_day):
                    self._pending.append((midnight + plan.at, plan.suffix, plan))
            self._next_day += 1
        if is_new_day:
            heapq.heapify(self._pending)
        while self._pending and self._pending[0][0] <= now:
            at, suffix, plan = heapq.heappop(self._pending)
            self._happen(at, suffix, plan)

    def _happen(self, at: int, suffix: str, plan: Plan) -> Event:
        device = plan.device
        more = plan.more
        event = Event(
            event_id=f"{at}.{suffix}",
            at=at,
            device=device,
            network=plan.network,
            url=plan.url,
            referrer=plan.referrer if device.platform == "js" else None,
            linked_id=plan.linked_id,
            tags=plan.tags if plan.tags is not None else {},
            signals=plan.signals,
            environment_id=device.environment_id or PRODUCTION,
            proximity=device.proximity,
            confidence=device.confidence,
        )
        for name, value in more.items():
            setattr(event, name, value)
        if event.source == "edge":
            event.tags = event.replayed = event.environment_id = event.referrer = None
            event.has_velocity = False
        else:
            event.suspect_score = event.weigh()
        if device.is_recognised:
            self._recognise(event)
        self.add(event)
        return event

    def _recognise(self, event: Event) -> None:
        device = event.device
        identity = device.identities[-1] if device.identities else None
        if identity is None or (identity.forgotten_at is not None and identity.forgotten_at <= event.at):
            identity = self._new_identity(device, event.at)
        event.visitor_id = identity.visitor_id
        event.high_recall_id = identity.high_recall_id
        event.visitor_found = identity.last_seen is not None
        event.first_seen = identity.first_seen
        event.last_seen = identity.last_seen
        identity.last_seen = max(event.at, identity.last_seen or 0)
        if identity.deleted_at is not None and identity.deleted_at <= event.at:
            event.gone_at = self._deletion_of(event, identity.deleted_at)

    def _new_identity(self, device: Device, at: int) -> Identity:
        number = len(device.identities)
        identity = Identity(
            visitor_id=self._identifier(f"visitor/{device.key}/{number}", 20),
            high_recall_id=self._identifier(f"recall/{device.key}/{number}", 23),
            first_seen=at,
        )
        if number == 0 and device.known_before_days:
            identity.first_seen = at - int(device.known_before_days * DAY)
            identity.last_seen = at - int(min(device.known_before_days, 1.7) * DAY)
        self.know(identity, device)
        return identity

    def know(self, identity: Identity, device: Device) -> None:
        """Remember an identity of a device."""
        device.identities.append(identity)
        self.identities[identity.visitor_id] = identity
        self.device_of[identity.visitor_id] = device

    def _identifier(self, what: str, length: int) -> str:
        number = int.from_bytes(hashlib.blake2b(f"{self.seed}/{what}".encode(), digest_size=24).digest(), "big")
        letters = []
        for _ in range(length):
            number, letter = divmod(number, len(_ALPHABET))
            letters.append(_ALPHABET[letter])
        return "".join(letters)

    # ── events ──────────────────────────────────────────────────────────────

    def add(self, event: Event) -> None:
        """Put an event into every index, in the order of time. An id that is there already is replaced."""
        known = self.by_id.get(event.event_id)
        if known is not None:
            if known.loaded is not None and event.loaded is not None:
                event.loaded.bodies = {**known.loaded.bodies, **event.loaded.bodies}
            self._remove(known)
        self.by_id[event.event_id] = event
        for index in self._indexes(event):
            _put(index, event)

    def load(self, event: Event) -> None:
        """Take in an event read from a file; its visitor becomes known."""
        if event.visitor_id is not None and event.visitor_id not in self.identities:
            identity = Identity(event.visitor_id, event.high_recall_id or "", event.first_seen, event.at)
            self.know(identity, event.device)
        self.add(event)

    def _indexes(self, event: Event) -> Iterator[list[Event]]:
        yield self.timeline
        yield self.by_address[event.network.ip]
        if event.device.story:
            yield self.by_story[event.device.story]
        if event.visitor_id is not None:
            yield self.by_visitor[event.visitor_id]
        if event.linked_id is not None:
            yield self.by_link[event.linked_id]
        for mark in event.marks():
            yield self.by_mark[mark]

    def _remove(self, event: Event) -> None:
        for index in self._indexes(event):
            index.remove(event)
        del self.by_id[event.event_id]
        self._forget_rendered(event)

    def _forget_rendered(self, event: Event) -> None:
        for version in ("v3", "v4"):
            self.rendered.pop((version, event.event_id), None)

    def is_visible(self, event: Event, now: int, environment_id: str | None = None) -> bool:
        """Whether an event can be read: it happened, was not deleted, is within retention and in this view.

        Loaded events are never hidden by retention: whoever loads a body wants to see it, whatever its age.
        """
        if event.gone_at is not None and event.gone_at <= now:
            return False
        if environment_id is not None and event.environment_id != environment_id:
            return False
        if event.loaded is not None:
            return True
        return now - self.rules.retention < event.at <= now

    def get_event(self, event_id: str, now: int, environment_id: str | None = None) -> Event:
        """The event, or a refusal when there is none to see."""
        event = self.by_id.get(event_id)
        if event is None or not self.is_visible(event, now, environment_id):
            raise Refusal("no_event")
        return event

    def is_known(self, visitor_id: str, now: int) -> bool:
        """Whether a visitor exists: it has an event that can be read and was not deleted."""
        identity = self.identities.get(visitor_id)
        if identity is None or (identity.forgotten_at is not None and identity.forgotten_at <= now):
            return False
        return any(self.is_visible(event, now) for event in reversed(self.by_visitor[visitor_id]))

    def between(
        self, events: Sequence[Event], after: int | None, before: int | None, *, oldest_first: bool
    ) -> Iterator[Event]:
        """The events strictly between two instants, from a sequence in the order of time."""
        first = 0 if after is None else bisect_right(events, after, key=_at)
        last = len(events) if before is None else bisect_left(events, before, key=_at)
        positions = range(first, last) if oldest_first else range(last - 1, first - 1, -1)
        return (events[position] for position in positions)

    def count_velocity(self, event: Event) -> None:
        """Fill in the velocity counters of an event, once."""
        if event.velocity is None and event.has_velocity and event.loaded is None:
            event.velocity = velocity.count(
                event,
                self.by_visitor[event.visitor_id] if event.visitor_id is not None else (),
                self.by_address[event.network.ip],
                self.by_link[event.linked_id] if event.linked_id is not None else (),
            )

    # ── changes ─────────────────────────────────────────────────────────────

    def check_mutable(self, event: Event, now: int, window: int) -> None:
        """Refuse to change what is too fresh or too old."""
        if now - event.at < self.rules.fresh_for:
            raise Refusal("too_fresh")
        if now - event.at > window:
            # Not documented; a 400 that says why is our choice.
            raise invalid("event is too old to be updated")

    def update(self, event: Event, change: dict[str, Any]) -> None:
        """Set `linked_id`, `tags`, `suspect` as far as given. Tags are replaced, not merged."""
        if "linked_id" in change:
            if event.linked_id is not None:
                self.by_link[event.linked_id].remove(event)
            event.linked_id = change["linked_id"]
            _put(self.by_link[change["linked_id"]], event)
        if "tags" in change:
            event.tags = change["tags"]
        if "suspect" in change:
            if event.suspect is None:
                _put(self.by_mark["suspect"], event)
            event.suspect = change["suspect"]
        if event.loaded is not None:
            _change_loaded(event.loaded, change)
        self._forget_rendered(event)

    def delete(self, visitor_id: str, now: int) -> None:
        """Schedule a visitor for deletion; the caller has checked that it is known.

        A second request while the first is pending is accepted and changes nothing.
        """
        identity = self.identities[visitor_id]
        if identity.deleted_at is not None:
            return
        identity.deleted_at = now
        identity.forgotten_at = now + self.rules.forgotten_after
        for event in self.by_visitor[visitor_id]:
            if event.at > now - self.rules.deleted_window:
                event.gone_at = self._deletion_of(event, now)

    def _deletion_of(self, event: Event, requested_at: int) -> int:
        span = self.rules.deleted_until - self.rules.deleted_from
        return requested_at + self.rules.deleted_from + zlib.crc32(event.event_id.encode()) % max(span, 1)

    def related_to(self, visitor_id: str, now: int) -> list[str]:
        """Other visitors on the same phone within the look-back, newest first."""
        handset = self.device_of[visitor_id].handset
        if handset is None:
            return []
        found: list[tuple[int, str]] = []
        for device in self.by_handset[handset]:
            for identity in device.identities:
                seen_at = identity.last_seen or 0
                is_recent = seen_at > now - self.rules.related_window
                if identity.visitor_id != visitor_id and is_recent and self.is_known(identity.visitor_id, now):
                    found.append((seen_at, identity.visitor_id))
        return [related for _, related in sorted(found, reverse=True)]

    def visit(
        self,
        *,
        at: int,
        visitor_id: str | None = None,
        ip: str | None = None,
        platform: str = "js",
        url: str | None = None,
        path: str = "/",
        environment_id: str | None = None,
        **known: Any,
    ) -> Event:
        """Let one more visit happen at `at`, of a visitor that is known or of a new device."""
        self._visit_count += 1
        rng = random.Random(f"{self.seed}/visit/{self._visit_count}")
        past: list[Event] = []
        if visitor_id is not None:
            if visitor_id not in self.device_of:
                raise ValueError(f"there is no visitor {visitor_id}")
            device = self.device_of[visitor_id]
            past = self.by_visitor[visitor_id]
        else:
            device = _new_device(rng, platform, self._visit_count)
            device.environment_id = environment_id
        if ip is not None:
            network = self.by_address[ip][0].network if self.by_address.get(ip) else places.anywhere(rng, ip)
        else:
            network = past[-1].network if past else places.somewhere(rng)
        plan = stories.visit(rng, 0, device, network, path, **known)
        plan.url = url or plan.url
        event = self._happen(at, plan.suffix, plan)
        event.environment_id = environment_id or event.environment_id
        return event


def _put(index: list[Event], event: Event) -> None:
    if index and _order(index[-1]) > _order(event):
        insort(index, event, key=_order)
    else:
        index.append(event)


def _new_device(rng: random.Random, platform: str, number: int) -> Device:
    if platform == "js":
        return devices.browser(f"visitor-{number}", rng.choice(devices.DESKTOPS))
    if platform not in ("android", "ios"):
        raise ValueError("platform must be js, android or ios")
    make = devices.android_app if platform == "android" else devices.ios_app
    return make(f"visitor-{number}", number)


def _change_loaded(loaded: Loaded, change: dict[str, Any]) -> None:
    """Carry a change into bodies that are otherwise served as they were loaded."""
    for kind, body in loaded.bodies.items():
        target, names = body.document, {"linked_id": "linkedId", "tags": "tag", "suspect": "suspect"}
        if kind == "v4":
            names = {name: name for name in names}
        elif kind == "v3":
            target = target.get("products", {}).get("identification", {}).get("data", {})
        for name, value in change.items():
            if not (kind == "visit" and name == "suspect"):  # a visit has no such field
                target[names[name]] = value
        body.text = to_json(body.document)
