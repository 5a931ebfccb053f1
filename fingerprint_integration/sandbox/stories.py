"""The cast: who visits the sandbox's shop, on which days, with which device.

A story plans its visits day by day. Day 0 is the UTC day the world was begun on, days before it are the past
and days after it are still to come. A plan depends on nothing but the seed, the story and the day, so it can be
made again at any time and comes out the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from . import devices, places
from .clock import DAY, HOUR, MINUTE
from .records import Device, Network

PRODUCTION, STAGING = "ae_5a9d1f0c7be24e63", "ae_0c31e8b7d2f94a58"
SHOP = "https://shop.demo.test"
FIRST_DAY = -90
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class Plan:
    """One visit to come: when in its day (milliseconds), by which device, from where, and what else is known."""

    at: int
    device: Device
    network: Network
    suffix: str
    url: str | None = None
    linked_id: str | None = None
    tags: dict[str, Any] | None = None
    referrer: str | None = ""
    signals: dict[str, Any] | None = None
    more: dict[str, Any] = field(default_factory=dict)


Planner = Callable[["Story", int, random.Random], Iterator[Plan]]


@dataclass(slots=True, eq=False)
class Story:
    """A group of visitors with something to tell."""

    name: str
    title: str
    planner: Planner
    devices: list[Device] = field(default_factory=list)
    linked_ids: list[str] = field(default_factory=list)

    def plan(self, seed: int, day: int) -> list[Plan]:
        """The visits of one day, in no particular order."""
        return list(self.planner(self, day, random.Random(f"{seed}/{self.name}/{day}")))

    def add(self, device: Device) -> Device:
        """Put a device into this story."""
        device.story = self.name
        device.environment_id = device.environment_id or PRODUCTION
        self.devices.append(device)
        return device


def visit(rng: random.Random, hour: float, device: Device, network: Network, path: str = "/", **more: Any) -> Plan:
    """A visit about this hour of the UTC day; `more` are fields of Plan, anything else lands on the event."""
    known = {name: more.pop(name) for name in ("linked_id", "tags", "referrer", "signals") if name in more}
    if device.platform == "js":
        more.setdefault("incremental_status", "completed" if rng.random() < 0.3 else None)
    return Plan(
        at=min(max(int(hour * HOUR), 0), DAY - 1),
        device=device,
        network=network,
        suffix="".join(rng.choices(_ALPHABET, k=6)),
        url=SHOP + path if device.platform == "js" else None,
        more=more,
        **known,
    )


def _errand(rng: random.Random, account: str) -> dict[str, Any]:
    """What somebody came for: path, linked id, tags, referrer."""
    chance = rng.random()
    if chance < 0.35:
        return {"path": "/", "referrer": rng.choice(("", "https://search.test/?q=lamps"))}
    if chance < 0.65:
        return {"path": "/login", "linked_id": account, "tags": {"action": "login"}}
    if chance < 0.85:
        return {
            "path": f"/products/{rng.randrange(100, 400)}",
            "linked_id": account,
            "tags": {"action": "view"},
            "referrer": f"{SHOP}/",
        }
    cart = {"items": rng.randrange(1, 6), "total": f"{rng.randrange(900, 24000) / 100:.2f}"}
    return {"path": "/checkout", "linked_id": account, "tags": {"action": "checkout", "cart": cart}}


# ── honest regulars ─────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Person:
    account: str
    city: places.City
    home: Network
    away: Network
    devices: list[Device]
    visits_per_day: float
    usual_hour: float


def _proximity(rng: random.Random) -> tuple[str, int, float]:
    return "".join(rng.choices(_ALPHABET, k=11)), rng.choice((10, 25, 65, 175)), rng.randrange(70, 99) / 100


def regulars(seed: int) -> Story:
    """A hundred and fifty people who come from home, sometimes from the road, on browsers and apps."""
    rng = random.Random(f"{seed}/regulars")
    people: list[_Person] = []

    def planner(_: Story, _day: int, rng: random.Random) -> Iterator[Plan]:
        for person in people:
            chance = rng.random()
            if chance > person.visits_per_day:
                continue
            for _visit in range(1 + int(chance * 40) % 3):
                device = person.devices[0] if rng.random() < 0.8 else person.devices[-1]
                network = person.home if rng.random() < 0.85 else person.away
                hour = rng.gauss(person.usual_hour, 2.5) - person.city.utc_offset_hours
                signals = {"incognito": True} if rng.random() < 0.02 else None
                yield visit(rng, hour % 24, device, network, signals=signals, **_errand(rng, person.account))

    story = Story("regulars", "Honest regulars on browsers and on the shop's apps", planner)
    for number in range(150):
        city = rng.choice(places.CITIES)
        key = f"regular-{number}"
        known = {"known_before_days": rng.uniform(5, 400), "confidence": rng.choice((1.0, 1.0, 0.99, 0.97))}
        if number % 10 in (3, 7):
            owned = [story.add(devices.android_app(f"{key}/android", number, **known))]
        elif number % 10 == 5:
            owned = [story.add(devices.ios_app(f"{key}/ios", number, **known))]
        else:
            sdk = devices.REACT_SDK if number % 2 else devices.WEB_SDK
            model = rng.choice(devices.DESKTOPS)
            owned = [story.add(devices.browser(f"{key}/web", model, sdk=sdk, **known))]
        if number % 5 == 1:
            # Browser and app on one phone: what v3 calls related visitors.
            handset = f"{key}/phone"
            owned[0].handset = handset
            is_android = owned[0].platform == "android"
            second = devices.CHROME_ANDROID if is_android else devices.SAFARI_IPHONE
            if owned[0].platform == "js":
                owned.append(story.add(devices.android_app(f"{key}/app", number, handset=handset)))
            else:
                owned.append(story.add(devices.browser(f"{key}/mobile-web", second, handset=handset)))
        for device in owned:
            if device.platform != "js" and number % 3:
                device.proximity = _proximity(rng)
        account = f"acct-{10000 + number * 37}"
        story.linked_ids.append(account)
        people.append(
            _Person(
                account=account,
                city=city,
                home=places.network(
                    city,
                    places.HOME_LINE if number % 3 else places.FIBRE,
                    500 + number,
                    with_v6=number % 4 == 0,
                ),
                away=places.network(city, places.CARRIER, 40 + number % 25),
                devices=owned,
                visits_per_day=rng.choice((0.05, 0.12, 0.12, 0.25, 0.4)),
                usual_hour=rng.choice((8, 12.5, 18, 20, 21)),
            )
        )
    return story


def office(_seed: int) -> Story:
    """Twenty-five colleagues behind one address, Monday to Friday."""
    network = places.network(places.BERLIN, places.OFFICE_LINE, 0)

    def planner(story: Story, day: int, rng: random.Random) -> Iterator[Plan]:
        if day % 7 in (5, 6):
            return
        for device in story.devices:
            if rng.random() < 0.6:
                number = story.devices.index(device)
                errand = _errand(rng, story.linked_ids[number % len(story.linked_ids)])
                yield visit(rng, rng.uniform(7, 16.5), device, network, **errand)

    story = Story("office", "An office: many honest visitors behind one address", planner)
    for number in range(25):
        model = (devices.CHROME_WINDOWS, devices.EDGE_WINDOWS)[number % 2]
        story.add(devices.browser(f"office-{number}", model, known_before_days=200))
        story.linked_ids.append(f"kontor-{number + 1:02d}")
    return story


def carrier(_seed: int) -> Story:
    """Forty phones of strangers behind one carrier-grade address: sharing it is no evidence of anything."""
    network = places.network(places.LONDON, places.CARRIER, 7)

    def planner(story: Story, _day: int, rng: random.Random) -> Iterator[Plan]:
        for number, device in enumerate(story.devices):
            if rng.random() < 0.3:
                errand = _errand(rng, story.linked_ids[number])
                yield visit(rng, rng.gauss(17, 4) % 24, device, network, **errand)

    story = Story("carrier", "Strangers' phones behind one mobile carrier's address", planner)
    for number in range(40):
        key = f"carrier-{number}"
        makers = (devices.android_app, devices.ios_app)
        if number % 3 == 2:
            story.add(devices.browser(key, devices.CHROME_ANDROID, known_before_days=60))
        else:
            story.add(makers[number % 2](key, number, known_before_days=60))
        story.linked_ids.append(f"acct-{30000 + number * 11}")
    return story


def family(_seed: int) -> Story:
    """One tablet in the kitchen, four accounts on it."""
    network = places.network(places.MUNICH, places.HOME_LINE, 77, with_v6=True)

    def planner(story: Story, _day: int, rng: random.Random) -> Iterator[Plan]:
        for linked_id in story.linked_ids:
            if rng.random() < 0.4:
                yield visit(
                    rng,
                    rng.uniform(6, 20),
                    story.devices[0],
                    network,
                    "/login",
                    linked_id=linked_id,
                    tags={"action": "login"},
                )

    story = Story("family", "A family that shares one tablet and has four accounts", planner)
    story.add(devices.browser("family/tablet", devices.SAFARI_IPAD, known_before_days=300))
    story.linked_ids.extend(f"acct-brandt-{name}" for name in ("ada", "ben", "carla", "dirk"))
    return story


def night_owl(_seed: int) -> Story:
    """One visitor with a long history: more than a page of any size holds."""
    home = places.network(places.HAMBURG, places.FIBRE, 321)

    def planner(story: Story, _day: int, rng: random.Random) -> Iterator[Plan]:
        for _ in range(rng.randrange(8, 18)):
            hour = rng.choice((rng.uniform(0, 3), rng.uniform(18, 23.9)))
            yield visit(rng, hour, story.devices[0], home, **_errand(rng, story.linked_ids[0]))

    story = Story("night_owl", "One regular with more than a thousand visits", planner)
    story.add(devices.browser("night-owl", devices.FIREFOX_LINUX, sdk=devices.REACT_SDK, known_before_days=500))
    story.linked_ids.append("acct-owl")
    return story


def traveller(_seed: int) -> Story:
    """An honest person who looks odd: another country every week, always through a VPN."""
    cities = (places.PARIS, places.LISBON, places.NEW_YORK, places.MUMBAI, places.PRAGUE)

    def planner(story: Story, day: int, rng: random.Random) -> Iterator[Plan]:
        if rng.random() > 0.7:
            return
        city = cities[day // 7 % len(cities)]
        network = places.network(
            city,
            places.VPN_EXIT,
            60 + cities.index(city),
            vpn=True,
            vpn_confidence="medium",
            public_vpn=True,
            timezone_mismatch=True,
            vpn_ml_score=0.83,
            ml_prediction=True,
            vpn_origin_timezone="Europe/Berlin",
        )
        errand = _errand(rng, story.linked_ids[0])
        yield visit(rng, rng.uniform(6, 22), story.devices[0], network, **errand)

    story = Story("traveller", "An honest traveller behind a VPN in many countries", planner)
    story.add(devices.browser("traveller", devices.SAFARI_MAC, known_before_days=250, confidence=0.96))
    story.linked_ids.append("acct-voyager")
    return story


def hermit(_seed: int) -> Story:
    """A private person: Tor, blocked fingerprinting, and a new visitor id now and then."""
    network = places.network(
        places.AMSTERDAM, places.TOR_EXIT, 13, tor_node=True, email_spam=True, vpn_confidence="low"
    )

    def planner(story: Story, day: int, rng: random.Random) -> Iterator[Plan]:
        if rng.random() < 0.4:
            device = story.devices[day // 10 % len(story.devices)]
            yield visit(rng, rng.uniform(0, 24), device, network, "/help", referrer="")

    story = Story("hermit", "A private person on Tor whose browser is hard to recognise", planner)
    calm = {"privacy_settings": True, "incognito": True}
    for number in range(9):
        story.add(devices.browser(f"hermit-{number}", devices.FIREFOX_LINUX, confidence=0.61, signals=dict(calm)))
    return story


def quality_assurance(_seed: int) -> Story:
    """The shop's own testers in the staging environment: the only visitors its key can see."""
    network = places.network(places.BERLIN, places.OFFICE_LINE, 9)

    def planner(story: Story, _day: int, rng: random.Random) -> Iterator[Plan]:
        for device in story.devices:
            if rng.random() < 0.3:
                yield visit(
                    rng,
                    rng.uniform(8, 17),
                    device,
                    network,
                    "/staging/checkout",
                    linked_id="qa-" + device.key[3:],
                    tags={"run": rng.randrange(1000), "build": "2026.11"},
                    signals={"developer_tools": True},
                )

    story = Story("quality_assurance", "Testers in the staging environment", planner)
    for number in range(6):
        model = (devices.CHROME_MAC, devices.FIREFOX_WINDOWS, devices.CHROME_WINDOWS)[number % 3]
        story.add(devices.browser(f"qa-{number}", model, environment_id=STAGING, known_before_days=90))
        story.linked_ids.append(f"qa-{number}")
    return story


def minute(hour: float, minutes: float) -> float:
    """An hour plus minutes, in hours."""
    return hour + minutes * MINUTE / HOUR
