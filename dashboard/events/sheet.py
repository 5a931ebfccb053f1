"""One event as its page shows it, masked for the person who looks: answers first, then every signal and field."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from django.urls import reverse
from django.utils.translation import gettext as _

from dashboard.core import times
from dashboard.events import masking, payloads, pivots, reveals
from dashboard.events.filters import MASK
from dashboard.events.masking import Lens
from dashboard.events.payloads import Tag, raw_text, size_words
from dashboard.events.present import Cell, cell, event_url, visitor_url
from dashboard.events.signal_lines import Claim, SignalGroup, SignalWords
from dashboard.events.values import device_words
from fingerprint_integration.domain import Event, IpInfo
from fingerprint_integration.signals import BY_NAME, Kind, SignalState


@dataclass(frozen=True)
class Field:
    """A labelled value; `at` instead of a text for instants, `note` a second word in grey."""

    label: str
    cell: Cell
    note: str = ""
    at: datetime | None = None
    is_mono: bool = False


@dataclass(frozen=True)
class Network:
    """What is known of one address."""

    title: str
    fields: tuple[Field, ...]
    position: tuple[float, float, int | None] | None = None
    """Latitude, longitude and the kilometres it is true within; None where it is masked or was not provided."""
    place: str = ""


@dataclass(frozen=True)
class Velocity:
    """One counter over its three windows."""

    title: str
    minutes_5: int | None
    hour_1: int | None
    hours_24: int | None


@dataclass(frozen=True, kw_only=True)
class EventSheet:
    """Everything the event page shows of the event itself."""

    event_id: str
    at: datetime
    api_version: str
    visitor_id: str | None
    visitor_url: str
    visitor_note: str
    linked_id: Cell
    address: Cell
    place: str
    device: str | None
    device_note: str
    score: int | None
    suspect: bool | None
    is_partial: bool
    is_replayed: bool
    is_edge: bool
    identification_error: str
    claims: tuple[Claim, ...]
    looked_count: int
    groups: tuple[SignalGroup, ...]
    identification: tuple[Field, ...]
    networks: tuple[Network, ...]
    device_fields: tuple[Field, ...]
    attributes: tuple[Field, ...]
    attributes_masked: bool
    velocity: tuple[Velocity, ...]
    labels: tuple[Field, ...]
    rule_action: str
    tags: tuple[Tag, ...]
    tags_masked: bool
    tags_reveal_url: str
    raw: str
    raw_size: str
    is_raw_masked: bool


def event_sheet(event: Event, lens: Lens, *, filters: frozenset[str], zone: tzinfo) -> EventSheet:
    """The event for this person; `filters` are those the configured version has, for values one can search for."""
    look, words = _Look(event, lens, filters), SignalWords(event, lens, zone)
    tags, tags_masked = look.tags()
    return EventSheet(
        event_id=event.event_id,
        at=event.at,
        api_version=event.api_version.value,
        visitor_id=event.visitor_id,
        visitor_url=visitor_url(event.visitor_id),
        visitor_note=_visitor_note(event),
        linked_id=look.field("linked_id", event.linked_id, pivot="linked_id"),
        address=look.field("ip_address", masking.address_of(event), pivot="ip_address"),
        place=look.first_place(),
        device=device_words(event),
        device_note=_platform_words(event.platform),
        score=event.suspect_score,
        suspect=event.suspect,
        is_partial=event.is_partial,
        is_replayed=bool(event.replayed),
        is_edge=event.source == "edge",
        identification_error=event.identification_error_code or "",
        claims=tuple(words.claim(signal) for signal in event.speaking),
        looked_count=sum(
            1 for signal in event.signals if signal.state is SignalState.VALUE and signal.spec.kind is Kind.CLAIM
        ),
        groups=tuple(words.groups()),
        identification=tuple(look.identification()),
        networks=tuple(look.networks()),
        device_fields=tuple(look.device()),
        attributes=tuple(look.attributes()),
        attributes_masked=bool(event.device_attributes) and not lens.sees_personal,
        velocity=tuple(look.velocity()),
        labels=tuple(look.labels()),
        rule_action=raw_text(event.rule_action) if event.rule_action and lens.shows("rule_action") else "",
        tags=tags,
        tags_masked=tags_masked,
        tags_reveal_url=look.reveal_url("tags") if tags_masked else "",
        raw=raw_text(event.raw) if lens.sees_personal else masking.raw_view(event.raw, event.api_version),
        raw_size=size_words(len(event.raw)),
        is_raw_masked=not lens.sees_personal,
    )


class _Look:
    """One event through one person's lens."""

    def __init__(self, event: Event, lens: Lens, filters: frozenset[str]) -> None:
        self.event = event
        self.lens = lens
        self.filters = filters

    def field(self, name: str, value: str | None, *, pivot: str = "") -> Cell:
        is_searchable = pivot and pivots.is_searchable(self.event, pivot, self.lens, filters=self.filters)
        return self.with_reveal(name, cell(self.lens, name, value, pivot=pivot if is_searchable else ""))

    def with_reveal(self, name: str, shown: Cell) -> Cell:
        """The cell with the way to all of it, or with the word that it was revealed."""
        return replace(
            shown,
            reveal_url=self.reveal_url(name) if shown.is_masked else "",
            reveal_what=str(reveals.FIELDS.get(name, "")),
            is_revealed=name in self.lens.revealed and bool(shown.shown),
        )

    def reveal_url(self, name: str) -> str:
        """Where this event's field is revealed; "" for an id that cannot stand in an address."""
        if name not in reveals.FIELDS or not event_url(self.event.event_id):
            return ""
        return f"{reverse('events:reveal', args=[self.event.event_id])}?field={name}"

    def identification(self) -> Iterator[Field]:
        event = self.event
        yield Field(_("Seen before"), Cell(_yes_no(event.visitor_found)))
        yield Field(_("Confidence"), Cell(_share(event.confidence)), note=event.confidence_comment or "")
        if event.confidence_version:
            yield Field(_("Confidence version"), Cell(event.confidence_version))
        yield Field(_("First seen"), Cell(None), at=event.first_seen_at)
        yield Field(_("Last seen"), Cell(None), at=event.last_seen_at)
        if event.first_seen_globally_at or event.last_seen_globally_at:
            yield Field(_("First seen anywhere"), Cell(None), at=event.first_seen_globally_at)
            yield Field(_("Last seen anywhere"), Cell(None), at=event.last_seen_globally_at)
        if event.high_recall_id:
            found = self.field("high_recall_id", event.high_recall_id, pivot="high_recall_id")
            yield Field(_("High recall id"), found, is_mono=True)
            yield Field(_("High recall, seen before"), Cell(_yes_no(event.high_recall_found)))
            yield Field(_("High recall, first seen"), Cell(None), at=event.high_recall_first_seen_at)
            yield Field(_("High recall, last seen"), Cell(None), at=event.high_recall_last_seen_at)
        yield Field(_("Replayed"), Cell(_yes_no(event.replayed)))
        environment = self.field("environment_id", event.environment_id, pivot="environment_id")
        yield Field(_("Environment"), environment, is_mono=True)
        if event.source:
            yield Field(_("Source"), Cell(event.source))
        if event.incremental_status:
            yield Field(_("Completeness"), Cell(event.incremental_status.replace("_", " ")))
        if event.proximity is not None:
            near = event.proximity
            note = (
                _("within %(metres)s metres, sure %(share)s")
                % {"metres": near.precision_radius, "share": _share(near.confidence)}
                if self.lens.shows("proximity") and near.precision_radius is not None
                else ""
            )
            zone = self.field("proximity", near.id, pivot="proximity_id")
            yield Field(_("Proximity zone"), zone, note=note, is_mono=True)

    def networks(self) -> Iterator[Network]:
        event = self.event
        for family, info, name in (("4", event.ip_v4, "IPv4"), ("6", event.ip_v6, "IPv6")):
            if info is not None:
                field = f"ip_v{family}"
                fields = tuple(self.network(family, info))
                yield Network(name, fields, self.point(info, field), self.place(info, field))
        if event.ip_location is not None:
            place = Cell(self.place(event.ip_location, "ip_location") or None)
            if not self.lens.shows("ip_location"):
                place = self.with_reveal("ip_location", replace(place, is_masked=True))
            lines = (Field(_("Place"), place), *self.position(event.ip_location, "ip_location"))
            title = _("Older location of the address")
            point = self.point(event.ip_location, "ip_location")
            yield Network(title, lines, point, self.place(event.ip_location, "ip_location"))

    def network(self, family: str, info: IpInfo) -> Iterator[Field]:
        whole = self.lens.shows(f"ip_v{family}")
        address = info.address if whole or info.address is None else masking.masked_address(info.address)
        shown = self.pivoted(f"ip_v{family}", address, is_masked=not whole)
        yield Field(_("Address"), self.with_reveal(f"ip_v{family}", shown), is_mono=True)
        yield Field(_("Place"), Cell(self.place(info, f"ip_v{family}") or None))
        yield from self.position(info, f"ip_v{family}")
        operator = " ".join(part for part in (info.asn_name, info.asn_type) if part)
        if whole:
            number = f"AS{info.asn}" if info.asn else None
            yield Field(_("Network"), self.pivoted(f"asn_v{family}", number), note=operator)
            yield Field(_("Range"), self.pivoted(f"range_v{family}", info.asn_network), is_mono=True)
        else:
            yield Field(_("Network"), Cell(MASK, is_masked=True), note=info.asn_type or "")
        yield Field(_("Data centre"), Cell(_yes_no(info.datacenter)), note=info.datacenter_name or "")

    def point(self, info: IpInfo, name: str) -> tuple[float, float, int | None] | None:
        if not self.lens.shows(name) or info.latitude is None or info.longitude is None:
            return None
        if not (-90 <= info.latitude <= 90 and -180 <= info.longitude <= 180):
            return None  # no place on earth; the numbers stand in the list
        return info.latitude, info.longitude, info.accuracy_radius

    def position(self, info: IpInfo, name: str) -> Iterator[Field]:
        if not self.lens.shows(name):
            return
        regions = ", ".join(part.name or part.iso_code or "" for part in info.subdivisions)
        for label, value in (
            (_("Region"), regions),
            (_("Continent"), info.continent_name or info.continent_code),
            (_("Postal code"), info.postal_code),
            (_("Time zone"), info.timezone),
        ):
            if value:
                yield Field(label, Cell(value))
        if info.latitude is not None and info.longitude is not None:
            within = (
                _("true within %(km)s km") % {"km": times.thousands(info.accuracy_radius)}
                if info.accuracy_radius is not None
                else ""
            )
            yield Field(_("Position"), Cell(f"{info.latitude:.4f}, {info.longitude:.4f}"), note=within)

    def pivoted(self, pivot: str, shown: str | None, *, is_masked: bool = False) -> Cell:
        leads = not is_masked and pivots.is_searchable(self.event, pivot, self.lens, filters=self.filters)
        return Cell(shown, pivot if leads else "", is_masked)

    def first_place(self) -> str:
        """The place of the first address that has one."""
        for name in ("ip_v4", "ip_v6", "ip_location"):
            if (info := getattr(self.event, name)) is not None:
                return self.place(info, name)
        return ""

    def place(self, info: IpInfo | None, name: str) -> str:
        if info is None:
            return ""
        country = info.country_name or info.country_code
        city = info.city if self.lens.shows(name) else None
        return ", ".join(part for part in (city, country) if part)

    def device(self) -> Iterator[Field]:
        event = self.event
        browser = " ".join(
            part for part in (event.browser_name, event.browser_version or event.browser_major_version) if part
        )
        model = " ".join(part for part in (event.device_manufacturer, event.device_model) if part)
        agent = " ".join(part for part in (event.sdk_platform, event.sdk_version) if part)
        through = ", ".join(
            " ".join(part for part in (each.name, each.version) if part) for each in event.sdk_integrations
        )
        yield Field(_("Browser"), Cell(browser or None))
        yield Field(_("System"), Cell(" ".join(part for part in (event.os, event.os_version) if part) or None))
        yield Field(_("Device"), Cell(model or event.device or None))
        yield Field(_("Agent"), Cell(agent or None), note=through)
        if event.bundle_id:
            yield Field(_("iOS app"), self.field("bundle_id", event.bundle_id, pivot="bundle_id"), is_mono=True)
        if event.package_name:
            app = self.field("package_name", event.package_name, pivot="package_name")
            yield Field(_("Android app"), app, is_mono=True)
        yield Field(_("Page"), self.field("url", event.url, pivot="url"), is_mono=True)
        if event.client_referrer == "":
            yield Field(_("Referrer"), Cell(_("none sent")))
        else:
            yield Field(_("Referrer"), self.field("client_referrer", event.client_referrer), is_mono=True)
        yield Field(_("User agent"), self.field("user_agent", event.user_agent), is_mono=True)

    def attributes(self) -> Iterator[Field]:
        if self.lens.sees_personal:
            for each in self.event.device_attributes:
                shown = each.value if each.value is not None else each.error
                yield Field(each.name, Cell(shown), note=_("could not be read") if each.error else "", is_mono=True)

    def velocity(self) -> Iterator[Velocity]:
        if self.event.velocity is None:
            return
        for name in self.event.velocity.__struct_fields__:
            counter = getattr(self.event.velocity, name)
            title = _(BY_NAME[name].label) if name in BY_NAME else name
            if counter is None:
                yield Velocity(title, None, None, None)
            else:
                yield Velocity(title, counter.minutes_5, counter.hour_1, counter.hours_24)

    def labels(self) -> Iterator[Field]:
        for each in self.event.labels:
            score = _("model score %(score)s") % {"score": f"{each.ml_score:.3g}"} if each.ml_score is not None else ""
            yield Field(each.label, Cell(_yes_no(each.prediction)), note=score)

    def tags(self) -> tuple[tuple[Tag, ...], bool]:
        if self.event.tags is None:
            return (), False
        if not self.lens.shows("tags"):
            return (), True
        return tuple(payloads.tags(self.event.tags)), False


# -- Words ------------------------------------------------------------------------------------------------------


def _platform_words(platform: str) -> str:
    return {"browser": _("browser"), "ios": _("iOS app"), "android": _("Android app")}.get(platform, "")


def _visitor_note(event: Event) -> str:
    seen = {True: _("Seen before"), False: _("First visit"), None: ""}[event.visitor_found]
    sure = _("confidence %(share)s") % {"share": _share(event.confidence)} if event.confidence is not None else ""
    return " · ".join(part for part in (seen, sure) if part)


def _yes_no(value: bool | None) -> str | None:
    return None if value is None else _("Yes") if value else _("No")


def _share(value: float | None) -> str | None:
    return None if value is None else f"{value:.2f}"
