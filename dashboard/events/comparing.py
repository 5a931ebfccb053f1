"""Two events side by side, as one person sees both: what is the same, what differs, what cannot be told. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core import times
from dashboard.core.errors import NotPossible
from dashboard.events.present import is_fit_for_a_path
from dashboard.events.sheet import EventSheet, Field, Velocity
from dashboard.events.signal_lines import Line

SAME, DIFFERS, MASKED = "same", "differs", "masked"


@dataclass(frozen=True)
class Side:
    """One value: its words, None when it was not provided; of a signal also the mark of its state."""

    words: str | None
    is_masked: bool = False
    state: str = ""
    is_strong: bool = False


@dataclass(frozen=True)
class Pair:
    """One line: what it is, both values, and whether they are the same, differ, or are hidden."""

    label: str
    left: Side
    right: Side
    is_mono: bool = False

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.left, self.right

    @property
    def verdict(self) -> str:
        """`same` or `differs` as far as may be seen; `masked` where two masks look alike."""
        if (self.left.words, self.left.state) != (self.right.words, self.right.state):
            return DIFFERS
        return MASKED if self.left.is_masked or self.right.is_masked else SAME


@dataclass(frozen=True)
class Part:
    """A section of the comparison."""

    title: str
    pairs: tuple[Pair, ...]

    @property
    def differing(self) -> tuple[Pair, ...]:
        return tuple(pair for pair in self.pairs if pair.verdict == DIFFERS)


_NOTHING = Side(None)


def compare(left: EventSheet, right: EventSheet, zone: tzinfo) -> tuple[Part, ...]:
    """Every part of two events' pages, line by line; instants in `zone`."""
    return (
        Part(_("At a glance"), tuple(_pairs(_strip(left, zone), _strip(right, zone)))),
        *(
            Part(group.title, tuple(_pairs(_signals(group.lines), _signals(other.lines))))
            for group, other in zip(left.groups, right.groups, strict=True)
            if not (left.is_partial or right.is_partial)
        ),
        Part(_("Identification"), tuple(_of_fields(left.identification, right.identification, zone))),
        *_networks(left, right, zone),
        Part(_("Device"), tuple(_of_fields(left.device_fields, right.device_fields, zone))),
        Part(_("Velocity"), tuple(_pairs(_velocity(left.velocity), _velocity(right.velocity)))),
        Part(_("Raw device attributes"), tuple(_of_fields(left.attributes, right.attributes, zone))),
    )


def two_of(chosen: Sequence[str]) -> tuple[str, str]:
    """The ids of exactly two chosen events; NotPossible for any other choice."""
    ids = [each for each in dict.fromkeys(chosen) if is_fit_for_a_path(each)]
    if len(ids) != 2:
        raise NotPossible(
            ngettext(
                "Choose exactly two events to compare; %(n)s was chosen.",
                "Choose exactly two events to compare; %(n)s were chosen.",
                len(ids),
            )
            % {"n": times.thousands(len(ids))}
        )
    return ids[0], ids[1]


def _strip(sheet: EventSheet, zone: tzinfo) -> Iterator[tuple[str, Side, bool]]:
    suspect = {True: _("Suspect"), False: _("Not suspect"), None: _("not set")}[sheet.suspect]
    yield _("When"), Side(times.full(sheet.at.astimezone(zone))), False
    yield _("Visitor"), Side(sheet.visitor_id), True
    yield _("Linked id"), Side(sheet.linked_id.shown, sheet.linked_id.is_masked), True
    yield _("Address"), Side(sheet.address.shown, sheet.address.is_masked), True
    yield _("Place"), Side(sheet.place or None), False
    yield _("Device"), Side(sheet.device), False
    yield _("Suspect score"), Side(None if sheet.score is None else times.thousands(sheet.score)), False
    yield _("Suspect"), Side(suspect), False
    if sheet.tags_masked:
        yield _("Tags"), Side("•••", is_masked=True), True
    else:
        said = ", ".join(f"{tag.key}: {tag.value}" if tag.key else tag.value for tag in sheet.tags)
        yield _("Tags"), Side(said or None), True


def _signals(lines: Iterable[Line]) -> Iterator[tuple[str, Side, bool]]:
    for line in lines:
        words = f"{line.word} · {line.evidence}" if line.evidence and line.state in ("yes", "") else line.word
        yield line.name, Side(words, state=line.state, is_strong=line.is_strong), False


def _velocity(counters: Iterable[Velocity]) -> Iterator[tuple[str, Side, bool]]:
    for each in counters:
        counts = (each.minutes_5, each.hour_1, each.hours_24)
        said = " · ".join("–" if count is None else times.thousands(count) for count in counts)
        yield each.title, Side(None if counts == (None, None, None) else said), False


def _networks(left: EventSheet, right: EventSheet, zone: tzinfo) -> Iterator[Part]:
    titles = list(dict.fromkeys(network.title for sheet in (left, right) for network in sheet.networks))
    for title in titles:
        one, other = (
            next((network.fields for network in sheet.networks if network.title == title), ())
            for sheet in (left, right)
        )
        yield Part(_("Network, %(family)s") % {"family": title}, tuple(_of_fields(one, other, zone)))


def _of_fields(left: Sequence[Field], right: Sequence[Field], zone: tzinfo) -> Iterator[Pair]:
    return _pairs(_fields(left, zone), _fields(right, zone))


def _fields(fields: Iterable[Field], zone: tzinfo) -> Iterator[tuple[str, Side, bool]]:
    for field in fields:
        words = times.full(field.at.astimezone(zone)) if field.at else field.cell.shown
        said = f"{words} · {field.note}" if words and field.note else words or field.note or None
        yield field.label, Side(said, field.cell.is_masked), field.is_mono


def _pairs(left: Iterable[tuple[str, Side, bool]], right: Iterable[tuple[str, Side, bool]]) -> Iterator[Pair]:
    """Lines of both sides under their labels, in the order of the left, then what only the right has."""
    ours = {label: (side, is_mono) for label, side, is_mono in left}
    theirs = {label: (side, is_mono) for label, side, is_mono in right}
    for label in dict.fromkeys((*ours, *theirs)):
        one, is_mono = ours.get(label, (_NOTHING, False))
        other, is_mono_too = theirs.get(label, (_NOTHING, False))
        yield Pair(label, one, other, is_mono or is_mono_too)
