"""The stories in which somebody is up to something, and the bots."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from . import devices, places
from .stories import FIRST_DAY, Plan, Story, minute, visit

VICTIM = "acct-marlene"


def promo_ring(_seed: int) -> Story:
    """Six devices in one flat open forty accounts to collect a welcome bonus."""
    homes = [places.network(places.BUCHAREST, places.FIBRE, 2540 + number) for number in range(3)]

    def planner(story: Story, day: int, rng: random.Random) -> Iterator[Plan]:
        # The ring works in waves of five days, with a pause of four.
        if day < -45 or day % 9 > 4:
            return
        for number, device in enumerate(story.devices):
            for _ in range(rng.randrange(1, 4)):
                account = story.linked_ids[(number * 7 + rng.randrange(10)) % len(story.linked_ids)]
                hour = rng.uniform(19, 23)
                yield visit(
                    rng, hour, device, homes[rng.randrange(3)], "/signup?promo=WELCOME20", linked_id=account,
                    tags={"action": "signup", "promo": "WELCOME20"}, referrer="https://deals.test/welcome20",
                    signals={"high_activity_device": True, "daily_requests": rng.randrange(90, 400)},
                )  # fmt: skip
                yield visit(
                    rng, minute(hour, 3), device, homes[rng.randrange(3)], "/checkout", linked_id=account,
                    tags={"action": "checkout", "promo": "WELCOME20", "cart": {"items": 1, "total": "20.00"}},
                )  # fmt: skip

    story = Story("promo_ring", "A promo-abuse ring: many accounts from one place and six devices", planner)
    odd: dict[str, Any] = {
        "tampering": True, "tampering_confidence": "medium", "tampering_ml_score": 0.91, "anomaly_score": 0.87,
        "anti_detect_browser": True, "incognito": True,
    }  # fmt: skip
    for number in range(4):
        story.add(devices.browser(f"ring-{number}", devices.CHROME_WINDOWS, signals=dict(odd), confidence=0.93))
    story.add(
        devices.android_app("ring-phone", 2, handset="ring-phone", signals={"cloned_app": True, "root_apps": True})
    )
    story.add(devices.browser("ring-phone/web", devices.CHROME_ANDROID, handset="ring-phone"))
    story.linked_ids.extend(f"promo-{4100 + number}" for number in range(40))
    return story


def credential_stuffing(_seed: int) -> Story:
    """Headless browsers in data centres try stolen passwords, one account after the other, at night."""
    exits = [
        places.network(
            places.ASHBURN, (places.HOSTER, places.CLOUD)[number % 2], 800 + number,
            proxy=True, proxy_confidence="high", proxy_type="data_center", proxy_ml_score=0.97,
            attack_source=True, proxy_provider="Gatepost Proxies",
        )
        for number in range(12)
    ]  # fmt: skip

    def planner(story: Story, day: int, rng: random.Random) -> Iterator[Plan]:
        if day % 11 != 8:  # four nights ago, and every eleventh night before and after
            return
        for number in range(140):
            device = story.devices[rng.randrange(len(story.devices))]
            signals = {"bot": "bad", "bot_type": "headlessChrome", "virtual_machine": rng.random() < 0.4}
            yield visit(
                rng, 1.2 + number / 60, device, exits[rng.randrange(len(exits))], "/login",
                linked_id=f"acct-{10000 + rng.randrange(150) * 37}", tags={"action": "login", "result": "failed"},
                signals=signals,
            )  # fmt: skip

    story = Story("credential_stuffing", "Credential stuffing by bots from data centres", planner)
    for number in range(60):
        story.add(devices.browser(f"stuffer-{number}", devices.HEADLESS, confidence=0.55))
    return story


def account_takeover(_seed: int) -> Story:
    """Marlene comes from Hamburg on her Mac for months; then somebody else comes as Marlene."""
    home = places.network(places.HAMBURG, places.HOME_LINE, 41)
    elsewhere = places.network(
        places.LAGOS, places.PROXY_HOMES, 99, proxy=True, proxy_confidence="medium", proxy_type="residential",
        proxy_ml_score=0.88, proxy_provider="Couch Exit", vpn=True, vpn_confidence="high", timezone_mismatch=True,
        vpn_origin_timezone="Africa/Lagos",
    )  # fmt: skip

    def planner(story: Story, day: int, rng: random.Random) -> Iterator[Plan]:
        mac, phone, stranger = story.devices
        if rng.random() < 0.5 and day < -2:
            hour = rng.uniform(16, 20)
            yield visit(rng, hour, mac, home, "/login", linked_id=VICTIM, tags={"action": "login"})
            yield visit(rng, minute(hour, 9), mac, home, "/orders", linked_id=VICTIM, tags={"action": "view"})
        if rng.random() < 0.3 and day < -2:
            yield visit(rng, rng.uniform(6, 8), phone, home, linked_id=VICTIM, tags={"action": "login"})
        if day == -2:
            steps = (
                ("/login", {"action": "login"}),
                ("/account/email", {"action": "change_email", "was_confirmed": True}),
                ("/account/password", {"action": "change_password"}),
                ("/account/payout", {"action": "change_payout", "iban_ends_in": "4411"}),
                ("/checkout", {"action": "checkout", "cart": {"items": 3, "total": "1849.00"}}),
            )
            for number, (path, tags) in enumerate(steps):
                yield visit(
                    rng, minute(3, number * 2.5), stranger, elsewhere, path, linked_id=VICTIM, tags=tags,
                    signals={"developer_tools": number == 1},
                )  # fmt: skip
        if day == -1:  # Marlene cannot get in any more.
            for number in range(3):
                failed = {"action": "login", "result": "failed"}
                yield visit(rng, minute(17, number), mac, home, "/login", linked_id=VICTIM, tags=failed)
            yield visit(rng, minute(17, 6), mac, home, "/help/locked-out", linked_id=VICTIM)

    story = Story("account_takeover", "An account taken over: usual device and place, then another", planner)
    story.add(devices.browser("marlene/mac", devices.SAFARI_MAC, known_before_days=380))
    story.add(devices.ios_app("marlene/phone", 1, known_before_days=380))
    story.add(
        devices.browser(
            "marlene/stranger", devices.FIREFOX_WINDOWS, confidence=0.9,
            signals={"tampering": True, "tampering_confidence": "low", "tampering_ml_score": 0.66,
                     "anomaly_score": 0.58},
        )
    )  # fmt: skip
    story.linked_ids.append(VICTIM)
    return story


def rigged_phones(_seed: int) -> Story:
    """Phones that are not what they say: every mobile signal is raised by somebody here."""
    network = places.network(places.MUMBAI, places.CARRIER, 200)

    def planner(story: Story, day: int, rng: random.Random) -> Iterator[Plan]:
        for number, device in enumerate(story.devices):
            if rng.random() < 0.25 or day == -3:
                yield visit(
                    rng, rng.uniform(3, 20), device, network, linked_id=story.linked_ids[number],
                    tags={"action": "bonus"},
                )  # fmt: skip

    story = Story("rigged_phones", "Emulators, rooted and jailbroken phones, spoofed places", planner)
    android: tuple[dict[str, Any], ...] = (
        {"emulator": True, "virtual_machine": True},
        {"root_apps": True, "frida": True},
        {"cloned_app": True, "location_spoofing": True},
        {"mitm_attack": True, "developer_tools": True},
        {"factory_reset_timestamp": 1_760_000_000_000, "active_call": True},
    )
    ios: tuple[dict[str, Any], ...] = (
        {"jailbroken": True, "frida": True},
        {"simulator": True},
        {"location_spoofing": True, "active_call": True},
        {"factory_reset_timestamp": 1_762_000_000_000},
    )
    for number, signals in enumerate(android):
        story.add(devices.android_app(f"rigged-android-{number}", number, signals=signals))
    for number, signals in enumerate(ios):
        story.add(devices.ios_app(f"rigged-ios-{number}", number, signals=signals))
    story.linked_ids.extend(f"bonus-{number + 1}" for number in range(len(story.devices)))
    return story


_AGENTS = (
    ("ai_agent", "OpenAI", "ChatGPT Agent", "signed", "high"),
    ("ai_crawler", "OpenAI", "GPTBot", "verified", "high"),
    ("ai_assistant", "Anthropic", "Claude-User", "verified", "high"),
    ("search_engine_crawler", "Otter Search", "Otterbot", "verified", "high"),
    ("scraping", "unknown", "python-requests", "unknown", "medium"),
    ("search_engine_crawler", "Otter Search", "Otterbot", "spoofed", "low"),
)


def _agent(number: int) -> dict[str, Any]:
    category, provider, name, identity, confidence = _AGENTS[number]
    return {
        "category": category, "provider": provider, "provider_url": f"https://{name.split()[0].lower()}.test",
        "name": name, "identity": identity, "confidence": confidence,
    }  # fmt: skip


def crawlers(_seed: int) -> Story:
    """Good bots. They are detected, but not identified: their events have no visitor."""
    network = places.network(places.ASHBURN, places.CLOUD, 5000)

    def planner(story: Story, _day: int, rng: random.Random) -> Iterator[Plan]:
        for _ in range(3):
            number = rng.choice((1, 3))
            yield visit(
                rng, rng.uniform(0, 24), story.devices[0], network, f"/products/{rng.randrange(100, 400)}",
                signals={"bot": "good", "bot_type": "searchBot", "bot_info": _agent(number)},
            )  # fmt: skip

    story = Story("crawlers", "Search engines: good bots without a visitor", planner)
    story.add(devices.browser("crawler", devices.CRAWLER, is_recognised=False))
    return story


def edge_agents(_seed: int) -> Story:
    """Requests seen at the edge, without a device: v4 only, and only when asked for."""
    networks = [places.network(places.ASHBURN, places.CLOUD, 6000 + number) for number in range(len(_AGENTS))]

    def planner(story: Story, day: int, rng: random.Random) -> Iterator[Plan]:
        if day < FIRST_DAY // 3:
            return
        for _ in range(4):
            number = rng.randrange(len(_AGENTS))
            yield visit(
                rng, rng.uniform(0, 24), story.devices[0], networks[number], "/login?via=agent",
                signals={"bot_info": _agent(number)}, source="edge",
            )  # fmt: skip

    story = Story("edge_agents", "AI agents seen at the edge, without a device", planner)
    quiet = dict.fromkeys(
        (
            "bot", "incognito", "privacy_settings", "virtual_machine", "tampering", "tampering_confidence",
            "tampering_ml_score", "anomaly_score", "anti_detect_browser", "developer_tools",
            "high_activity_device", "email_spam", "attack_source", "tor_node", "timezone_mismatch",
            "auxiliary_mobile", "os_mismatch", "vpn_origin_timezone", "vpn_origin_country",
        )
    )  # fmt: skip
    edge = devices.browser("edge", devices.CRAWLER, is_recognised=False, signals=quiet)
    edge.sdk = edge.browser = edge.attributes = None
    edge.user_agent = edge.os = edge.os_version = edge.device = None
    story.add(edge)
    return story
