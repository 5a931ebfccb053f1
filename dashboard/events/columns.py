"""The columns of a list of events: which there are, which somebody chose, which leave a narrow sheet first. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy

from dashboard.events.values import BY_NAME, Value

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class Column:
    """One column; `classes` say in which order columns leave a narrow sheet and how long texts may be."""

    name: str
    label: "str | StrPromise"
    classes: str = ""
    is_default: bool = False

    @property
    def value(self) -> Value:
        return BY_NAME[self.name]


COLUMNS: Final[tuple[Column, ...]] = (
    Column("visitor_id", gettext_lazy("Visitor"), "whole", is_default=True),
    Column("linked_id", gettext_lazy("Linked id"), "drop-2 cut", is_default=True),
    Column("address", gettext_lazy("Address"), "whole", is_default=True),
    Column("city", gettext_lazy("City"), "cut"),
    Column("network", gettext_lazy("Network"), "cut"),
    Column("device", gettext_lazy("Device"), "drop-1 cut device", is_default=True),
    Column("platform", gettext_lazy("Platform")),
    Column("page", gettext_lazy("Page"), "cut"),
    Column("referrer", gettext_lazy("Referrer"), "cut"),
    Column("signals", gettext_lazy("Signals that speak"), "", is_default=True),
    Column("score", gettext_lazy("Score"), "num drop-3", is_default=True),
    Column("confidence", gettext_lazy("Confidence"), "num"),
    Column("events_24h", gettext_lazy("Events in 24 h"), "num"),
    Column("seen_before", gettext_lazy("Seen before")),
    Column("high_recall_id", gettext_lazy("High recall id"), "cut"),
    Column("environment", gettext_lazy("Environment"), "cut"),
    Column("source", gettext_lazy("Source")),
    Column("suspect", gettext_lazy("Suspect"), "nowrap", is_default=True),
)
DEFAULT: Final = tuple(column for column in COLUMNS if column.is_default)


def of_names(names: Iterable[str]) -> tuple[Column, ...]:
    """The columns of these names in the order of the table; what nobody knows is passed over, none means the usual."""
    wanted = frozenset(names)
    return tuple(column for column in COLUMNS if column.name in wanted) or DEFAULT


def without_visitor(columns: Sequence[Column]) -> tuple[Column, ...]:
    """For pages about one visitor, where that column says nothing."""
    return tuple(column for column in columns if column.name != "visitor_id")
