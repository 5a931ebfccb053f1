"""Usual against now, first times and sharing as the visitor page says them, masked for the person who looks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from dashboard.events.masking import Lens
from dashboard.events.present import event_url
from dashboard.visitors import habits
from dashboard.visitors.habits import Verdict
from dashboard.visitors.summary import Hours
from fingerprint_integration.domain import Event

FIRSTS_SHOWN = 12
VALUES_SHOWN = 3


@dataclass(frozen=True)
class Line:
    """One trait: usual, now, and whether it differs. `state` and `is_strong` choose the mark beside `word`."""

    label: str
    usual: str
    now: str
    word: str
    state: str
    is_strong: bool = False
    new: str = ""


@dataclass(frozen=True)
class Comparison:
    """The latest day against the days before it; no lines when there is nothing to compare with."""

    lines: tuple[Line, ...]
    usual_until: datetime | None
    latest_at: datetime | None
    earlier_count: int
    latest_count: int


@dataclass(frozen=True)
class FirstTime:
    """Something seen for the first time."""

    at: datetime
    label: str
    before: str | None
    after: str
    is_strong: bool
    url: str


def comparison(
    events: Sequence[Event],
    zone: tzinfo,
    *,
    device_of: habits.InWords,
    place_of: habits.InWords,
    network_of: habits.InWords,
) -> Comparison:
    """What of the latest day differs from usual. `place_of` says no more than this person may see."""
    earlier, latest = habits.split(events, zone)
    newest = max((event.at for event in latest), default=None)
    until = max((event.at for event in earlier), default=None)
    if not earlier or not latest:
        return Comparison((), until, newest, len(earlier), len(latest))
    lines = [
        _compared(_("Place"), habits.compare("place", earlier, latest, place_of)),
        _compared(_("Country"), habits.compare("country", earlier, latest, country_words, is_strong=True)),
        _compared(_("Network"), habits.compare("network", earlier, latest, network_of)),
        _compared(_("Browser and system"), habits.compare("device", earlier, latest, device_of)),
        _accounts(habits.compare_accounts(earlier, latest, zone)),
        _hours(habits.compare_hours(earlier, latest, zone)),
        _signals(habits.compare_signals(earlier, latest)),
    ]
    # A place tells the country along: where the country is as usual, or is all that may be seen, one line is enough.
    if lines[0].usual == lines[1].usual:
        del lines[0]
    elif lines[1].state != "yes":
        del lines[1]
    order = {"strong": 0, "yes": 1, "no": 2}
    ranked = sorted(lines, key=lambda line: order.get("strong" if line.is_strong else line.state, 3))
    return Comparison(tuple(ranked), until, newest, len(earlier), len(latest))


def first_times(
    numbered: Sequence[habits.Numbered],
    lens: Lens,
    *,
    device_of: habits.InWords,
    place_of: habits.InWords,
    network_of: habits.InWords,
) -> tuple[FirstTime, ...]:
    """What changed between visits: values that were new when they came, newest first."""
    by_place = dict(numbered)
    labels: dict[str, tuple[str, Callable[[str], str]]] = {
        "place": (_("Place"), str),
        "network": (_("Network"), str),
        "device": (_("Browser and system"), str),
        "account": (_("Account"), lambda value: lens.text("linked_id", value) or value),
        "signal": (_("Speaks"), str),
    }
    traits = {
        "place": place_of,
        "network": network_of,
        "device": device_of,
        "account": lambda event: event.linked_id,
    }
    return tuple(
        FirstTime(
            each.at,
            labels[each.trait][0],
            None if each.before is None else labels[each.trait][1](each.before),
            labels[each.trait][1](each.after),
            each.is_strong,
            event_url(by_place[each.place].event_id),
        )
        for each in habits.firsts(numbered, traits, most=FIRSTS_SHOWN)
    )


def network_words(event: Event) -> str | None:
    """`data centre`, `mobile carrier`, `VPN exit`: what kind of network the event came from; None when nobody said."""
    info = event.ip_v4 or event.ip_v6
    speaking = {signal.name for signal in event.speaking}
    is_datacenter, kind = (bool(info.datacenter), info.asn_type) if info is not None else (False, None)
    return _network_in_words(is_datacenter, kind, "vpn" in speaking, "proxy" in speaking, get_language())


@lru_cache(maxsize=64)  # a history asks for the same few hundreds of times
def _network_in_words(
    is_datacenter: bool, asn_type: str | None, through_vpn: bool, through_proxy: bool, _language: str | None
) -> str | None:
    known = {"isp": _("internet provider"), "hosting": _("hosting provider"), "business": _("company network")}
    kind = _("data centre") if is_datacenter else known.get(asn_type or "", asn_type)
    through = (_("through a VPN") if through_vpn else "", _("through a proxy") if through_proxy else "")
    return ", ".join(part for part in (kind, *through) if part) or None


def country_words(event: Event) -> str | None:
    """The country, which everybody may see."""
    return event.country_name or event.country_code


# -- Words ------------------------------------------------------------------------------------------------------


def _line(label: str, usual: str, now: str, verdict: Verdict, new: str = "") -> Line:
    word, state = {
        Verdict.DIFFERS_STRONGLY: (_("Differs"), "yes"),
        Verdict.DIFFERS: (_("Differs"), "yes"),
        Verdict.SAME: (_("Same"), "no"),
        Verdict.CANNOT_SAY: (_("Cannot say"), "not_applicable"),
    }[verdict]
    return Line(label, usual, now, word, state, verdict is Verdict.DIFFERS_STRONGLY, new)


def _compared(label: str, found: habits.Compared) -> Line:
    usual = _("not provided")
    if found.usual is not None:
        usual = _("%(value)s, %(count)s of %(whole)s") % {
            "value": found.usual.value,
            "count": found.usual.count,
            "whole": found.usual.of,
        }
    return _line(label, usual, _some(found.now) or _("not provided"), found.verdict)


def _accounts(found: habits.ComparedAccounts) -> Line:
    usual = _("%(usual)s, at most %(most)s") % {"usual": found.usual, "most": found.most} if found.most else _("none")
    now = str(found.now) if found.now else _("none")
    if found.new:
        now = ngettext("%(now)s, %(n)s of them new", "%(now)s, %(n)s of them new", found.new) % {
            "now": found.now,
            "n": found.new,
        }
    return _line(_("Accounts a day"), usual, now, found.verdict)


def _hours(found: habits.ComparedHours) -> Line:
    usual = hour_words(found.usual) or _("not provided")
    now = _("%(start)s to %(end)s") % {"start": f"{found.now[0]:02d}:00", "end": f"{found.now[-1] + 1:02d}:00"}
    return _line(_("Hours"), usual, now, found.verdict)


def _signals(found: habits.ComparedSignals) -> Line:
    nothing = _("nothing speaks")
    return _line(_("What speaks"), _some(found.before) or nothing, _some(found.now) or nothing, found.verdict)


def hour_words(hours: Hours | None) -> str:
    """`17:00 to 23:00`, or that there is no time of day; "" when nothing is known."""
    if hours is None:
        return ""
    if hours.is_around_the_clock:
        return _("Around the clock")
    return _("%(start)s to %(end)s") % {"start": f"{hours.start:02d}:00", "end": f"{hours.end:02d}:00"}


def _some(values: Sequence[str]) -> str:
    def words() -> Iterator[str]:
        yield from values[:VALUES_SHOWN]
        if len(values) > VALUES_SHOWN:
            yield _("%(n)s more") % {"n": len(values) - VALUES_SHOWN}

    return ", ".join(words())
