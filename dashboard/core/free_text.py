"""Free text that staff wrote may name a person: which columns hold such text, and how an identifier goes out of them.

Only the identifier goes; the rest of a reason stays, because the record of why something was done must stay.
"""

import re
from collections.abc import Sequence

from django.apps import apps
from django.db.models import Q

ERASED = "[erased]"
_AT_ONCE = 40
"""Identifiers one query asks for: SQLite takes no more than a thousand conditions, and there are several columns."""
_columns: dict[str, tuple[str, ...]] = {}


def register(model: str, *fields: str) -> None:
    """Adds text columns of a model (`app.Model`) that people fill; features call it in their AppConfig.ready."""
    _columns[model] = tuple(dict.fromkeys((*_columns.get(model, ()), *fields)))


def registered() -> dict[str, tuple[str, ...]]:
    """Every registered column by its model."""
    return dict(_columns)


def scrub(names: Sequence[str]) -> int:
    """Writes `[erased]` in the place of these identifiers in every registered column; the number of changed rows.

    Runs inside the caller's transaction.
    """
    wanted = [name for name in names if name.isprintable()]  # a column of text cannot hold the others
    return sum(
        _scrub_model(model, fields, wanted[first : first + _AT_ONCE])
        for model, fields in _columns.items()
        for first in range(0, len(wanted), _AT_ONCE)
    )


def without(text: str, names: Sequence[str]) -> str:
    """The text with `[erased]` in the place of each of these identifiers, where it stands as a word of its own."""
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.sub(f"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])", ERASED, text) if names else text


def _scrub_model(model: str, fields: Sequence[str], names: Sequence[str]) -> int:
    rows = apps.get_model(model)._default_manager.all()
    wanted = Q(pk__in=[])
    for field in fields:
        for name in names:
            wanted |= Q(**{f"{field}__contains": name})
    changed = 0
    for row in rows.filter(wanted):
        changes = {}
        for field in fields:
            text = getattr(row, field)
            cleaned = without(text, names)
            if cleaned != text:
                changes[field] = cleaned[: row._meta.get_field(field).max_length or len(cleaned)]
        if changes:
            changed += rows.filter(pk=row.pk).update(**changes)
    return changed
