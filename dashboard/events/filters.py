"""Every filter a search can have, in plain words: one entry is a field of the form, a chip and part of a sentence.

Pure. Names are those of `EventQuery`; which of them exist is told by the configured version's capabilities.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dashboard.core.times import thousands
from dashboard.events.also import NONE, Also, values_of
from dashboard.events.filter_kinds import (
    LONGEST_ADDRESS_OF_A_PAGE,
    Filter,
    Group,
    Kind,
    address_or_range,
    identifier,
    network_number,
    origin,
    text_of_at_most,
    version,
)
from fingerprint_integration.domain import EventQuery

_CONFIDENCE = (("high", _("high")), ("medium", _("medium")), ("low", _("low")))
_BOT_CATEGORIES = (
    ("advertising_and_marketing", _("Advertising and marketing")),
    ("aggregator", _("Aggregator")),
    ("ai_agent", _("AI agent")),
    ("ai_assistant", _("AI assistant")),
    ("ai_browser", _("AI browser")),
    ("ai_crawler", _("AI crawler")),
    ("ai_search", _("AI search")),
    ("browser_automation", _("Browser automation")),
    ("ecommerce", _("E-commerce")),
    ("monitoring_and_analytics", _("Monitoring and analytics")),
    ("scraping", _("Scraping")),
    ("security", _("Security")),
    ("search_engine_crawler", _("Search engine crawler")),
    ("search_engine_optimization", _("Search engine optimisation")),
    ("other", _("Other")),
    ("unknown", _("Unknown")),
)

FILTERS: tuple[Filter, ...] = (
    Filter(
        name="visitor_id",
        label=_("Visitor id"),
        group=Group.WHO,
        kind=Kind.TEXT,
        clean=identifier(_("a visitor id")),
        hint=_("One browser or device."),
        placeholder="Ibk1527CUFmcnjLwIs4A",
    ),
    Filter(
        name="linked_id",
        label=_("Linked id"),
        group=Group.WHO,
        kind=Kind.TEXT,
        clean=text_of_at_most(),
        is_personal=True,
        hint=_("Your account, order or session; exact."),
    ),
    Filter(
        name="high_recall_id",
        label=_("High recall id"),
        group=Group.WHO,
        kind=Kind.TEXT,
        clean=identifier(_("a high recall id")),
        is_personal=True,
        hint=_("Wider than the visitor id."),
    ),
    Filter(
        name="suspect",
        label=_("Marked suspect"),
        group=Group.WHO,
        hint=_("Undecided events are in neither."),
    ),
    Filter(
        name="ip_address",
        label=_("Address or range"),
        group=Group.WHERE_FROM,
        kind=Kind.TEXT,
        clean=address_or_range,
        is_personal=True,
        hint=_("IPv4 or IPv6; ranges as in 10.0.0.0/8."),
    ),
    Filter(
        name="asn",
        label=_("Network number"),
        group=Group.WHERE_FROM,
        kind=Kind.TEXT,
        clean=network_number,
        hint=_("Of the address, also called ASN."),
        placeholder="AS7922",
    ),
    Filter(
        name="proximity_id",
        label=_("Proximity id"),
        group=Group.WHERE_FROM,
        kind=Kind.TEXT,
        clean=text_of_at_most(64),
        is_personal=True,
        hint=_("Devices that were near each other."),
    ),
    Filter(
        name="proximity_precision_radius",
        label=_("Proximity known within"),
        group=Group.WHERE_FROM,
        kind=Kind.CHOICE,
        is_whole_number=True,
        choices=tuple(
            (str(metres), _("%(metres)s metres") % {"metres": thousands(metres)})
            for metres in (10, 25, 65, 175, 450, 1200, 3300, 8500, 22500)
        ),
    ),
    Filter(name="location_spoofing", label=_("Location spoofing"), group=Group.WHERE_FROM),
    Filter(name="vpn", label=_("VPN"), group=Group.NETWORK),
    Filter(
        name="vpn_confidence", label=_("Sure about the VPN"), group=Group.NETWORK, kind=Kind.CHOICE, choices=_CONFIDENCE
    ),
    Filter(name="proxy", label=_("Proxy"), group=Group.NETWORK),
    Filter(name="tor_node", label=_("Tor exit node"), group=Group.NETWORK),
    Filter(name="ip_blocklist", label=_("On a blocklist"), group=Group.NETWORK),
    Filter(name="datacenter", label=_("Data centre"), group=Group.NETWORK),
    Filter(name="mitm_attack", label=_("Man in the middle"), group=Group.NETWORK),
    Filter(
        name="bot",
        label=_("Bot detection"),
        group=Group.BOTS,
        kind=Kind.CHOICE,
        choices=(("all", _("any bot")), ("bad", _("bad bot")), ("good", _("good bot")), ("none", _("no bot"))),
    ),
    Filter(
        name="bot_info",
        label=_("Bot known by name"),
        group=Group.BOTS,
        kind=Kind.CHOICE,
        choices=(("all", _("yes")), ("none", _("no"))),
    ),
    Filter(
        name="bot_info_category",
        label=_("Kind of bot"),
        group=Group.BOTS,
        kind=Kind.CHOICE,
        choices=_BOT_CATEGORIES,
        is_repeated=True,
    ),
    Filter(
        name="bot_info_identity",
        label=_("Bot's identity"),
        group=Group.BOTS,
        kind=Kind.CHOICE,
        choices=(
            ("verified", _("verified")),
            ("signed", _("signed")),
            ("spoofed", _("spoofed")),
            ("unknown", _("unknown")),
        ),
        is_repeated=True,
    ),
    Filter(
        name="bot_info_confidence",
        label=_("Sure about the bot"),
        group=Group.BOTS,
        kind=Kind.CHOICE,
        choices=_CONFIDENCE,
        is_repeated=True,
    ),
    Filter(
        name="bot_info_provider",
        label=_("Bot's provider"),
        group=Group.BOTS,
        kind=Kind.TEXT,
        clean=text_of_at_most(),
        is_repeated=True,
        placeholder="OpenAI",
    ),
    Filter(
        name="bot_info_name",
        label=_("Bot's name"),
        group=Group.BOTS,
        kind=Kind.TEXT,
        clean=text_of_at_most(),
        is_repeated=True,
        placeholder="ChatGPT-User",
    ),
    Filter(name="incognito", label=_("Incognito"), group=Group.BROWSER),
    Filter(name="privacy_settings", label=_("Privacy browser"), group=Group.BROWSER),
    Filter(name="developer_tools", label=_("Developer tools"), group=Group.BROWSER),
    Filter(name="tampering", label=_("Tampering"), group=Group.BROWSER),
    Filter(name="anti_detect_browser", label=_("Anti-detect browser"), group=Group.BROWSER),
    Filter(name="virtual_machine", label=_("Virtual machine"), group=Group.BROWSER),
    Filter(name="emulator", label=_("Emulator"), group=Group.PHONE),
    Filter(name="simulator", label=_("Simulator"), group=Group.PHONE),
    Filter(name="root_apps", label=_("Rooted"), group=Group.PHONE),
    Filter(name="jailbroken", label=_("Jailbroken"), group=Group.PHONE),
    Filter(name="cloned_app", label=_("Cloned app"), group=Group.PHONE),
    Filter(name="frida", label=_("Frida"), group=Group.PHONE),
    Filter(name="factory_reset", label=_("Factory reset known"), group=Group.PHONE),
    Filter(name="active_call", label=_("Call going on"), group=Group.PHONE),
    Filter(name="compromised_device_integrity", label=_("Device integrity broken"), group=Group.PHONE),
    Filter(
        name="min_suspect_score",
        label=_("Suspect score above"),
        group=Group.SCORE,
        kind=Kind.NUMBER,
        hint=_("8 finds 9 and more."),
    ),
    Filter(name="rare_device", label=_("Rare device"), group=Group.SCORE),
    Filter(
        name="rare_device_percentile_bucket",
        label=_("How rare"),
        group=Group.SCORE,
        kind=Kind.CHOICE,
        choices=(
            ("<p95", _("not among the rarest 5 %")),
            ("p95-p99", _("rarest 5 % to 1 %")),
            ("p99-p99.5", _("rarest 1 % to 0.5 %")),
            ("p99.5-p99.9", _("rarest 0.5 % to 0.1 %")),
            ("p99.9+", _("rarest 0.1 %")),
            ("not_seen", _("never seen before")),
        ),
    ),
    Filter(
        name="sdk_platform",
        label=_("Platform"),
        group=Group.DEVICE,
        kind=Kind.CHOICE,
        choices=(("js", _("browser")), ("android", _("Android")), ("ios", _("iOS"))),
    ),
    Filter(
        name="sdk_version",
        label=_("Version of the agent"),
        group=Group.DEVICE,
        kind=Kind.TEXT,
        clean=version,
        placeholder="3.11.14",
    ),
    Filter(
        name="bundle_id",
        label=_("iOS app"),
        group=Group.DEVICE,
        kind=Kind.TEXT,
        clean=text_of_at_most(),
        hint=_("Its bundle id."),
        placeholder="com.example.shop",
    ),
    Filter(
        name="package_name",
        label=_("Android app"),
        group=Group.DEVICE,
        kind=Kind.TEXT,
        clean=text_of_at_most(),
        hint=_("Its package name."),
        placeholder="com.example.shop",
    ),
    Filter(
        name="url",
        label=_("Page"),
        group=Group.SEEN,
        kind=Kind.TEXT,
        clean=text_of_at_most(LONGEST_ADDRESS_OF_A_PAGE),
        is_personal=True,
        hint=_("The whole address of the page."),
    ),
    Filter(
        name="origin",
        label=_("Site"),
        group=Group.SEEN,
        kind=Kind.TEXT,
        clean=origin,
        placeholder="https://shop.example",
    ),
    Filter(
        name="environment",
        label=_("Environment"),
        group=Group.SEEN,
        kind=Kind.TEXT,
        clean=identifier(_("an environment's id")),
        is_repeated=True,
        placeholder="ae_47abaca3db2c7c43",
    ),
    Filter(
        name="source",
        label=_("Source"),
        group=Group.SEEN,
        kind=Kind.CHOICE,
        choices=(("edge", _("edge events only")),),
        is_repeated=True,
        hint=_("Otherwise events of devices only."),
    ),
    Filter(
        name="incremental_identification_status",
        label=_("Identification"),
        group=Group.SEEN,
        kind=Kind.CHOICE,
        choices=(("completed", _("complete")), ("partially_completed", _("not complete"))),
    ),
)
BY_NAME = {each.name: each for each in FILTERS}


def available(names: frozenset[str]) -> tuple[Filter, ...]:
    """The filters that the configured version has, in the form's order."""
    return tuple(each for each in FILTERS if each.name in names)


@dataclass(frozen=True)
class Chip:
    """A filter that is set, as it stands above the results: its name, label and value in words."""

    name: str
    label: str
    value: str
    is_masked: bool = False


MASK = "•••"


def chips(query: EventQuery, also: Also = NONE, *, sees_personal: bool) -> tuple[Chip, ...]:
    """What this query asks for, in the form's order; personal values hidden from those who may not see them."""
    return tuple(
        Chip(each.name, str(each.label), MASK, is_masked=True)
        if each.is_personal and not sees_personal
        else Chip(each.name, str(each.label), words)
        for each, words in _set(query, also)
    )


def _set(query: EventQuery, also: Also) -> Iterator[tuple[Filter, str]]:
    for each in FILTERS:
        if values := values_of(query, also, each.name):
            yield each, gettext(" or ").join(_in_words(each, value) for value in values)


def _in_words(each: Filter, value: object) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, float):
        return f"{value:g}"
    return str(dict(each.choices).get(str(value), value))


def sentence(query: EventQuery, also: Also = NONE) -> str:
    """What this query asks for in one line, for the audit log and the page's title; personal values included."""
    return "; ".join(f"{each.label}: {words}" for each, words in _set(query, also)) or gettext("all events")


def title(query: EventQuery, also: Also = NONE, *, sees_personal: bool) -> str:
    """A short heading for the results: the first filters, and how many more."""
    asked = chips(query, also, sees_personal=sees_personal)
    if not asked:
        return gettext("All events")
    named = [gettext("%(label)s %(value)s") % {"label": chip.label, "value": chip.value} for chip in asked[:3]]
    if more := len(asked) - len(named):
        named.append(ngettext("%(n)s more filter", "%(n)s more filters", more) % {"n": more})
    return ", ".join(named)


def with_hidden(query: EventQuery, also: Also, before: EventQuery, also_before: Also) -> tuple[EventQuery, Also]:
    """A changed query with the personal filters of the one before it that somebody could not see and did not set."""
    names = [each.name for each in FILTERS if each.is_personal and getattr(query, each.name) is None]
    kept = {name: getattr(before, name) for name in names}
    return msgspec.structs.replace(query, **kept), {**{n: v for n, v in also_before.items() if n in names}, **also}


def without(query: EventQuery, name: str) -> EventQuery:
    """The same search without one of its filters; unchanged when it has no such filter."""
    if name not in BY_NAME:
        return query
    return msgspec.structs.replace(query, **{name: getattr(EventQuery(), name)})
