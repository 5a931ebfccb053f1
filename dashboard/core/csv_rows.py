"""CSV that a spreadsheet opens as text: no cell can become a formula, a command or a hidden instruction.

Everything Fingerprint sends was written by somebody's browser. A cell that begins with one of `= + - @`, a tab or a
line break is read as a formula by spreadsheets (CWE-1236), so it gets an apostrophe in front, as OWASP advises; so does
a cell that begins so after blanks, because some programs trim them. Hidden and direction-turning characters are
shown as what they are.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from dashboard.core.printable import printable

BOM: Final = "\ufeff"
"""Stands at the very beginning of a file: without it a spreadsheet takes UTF-8 for its own old alphabet."""

_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # also in their full widths
LONGEST_CELL: Final = 32_000  # a spreadsheet's cell takes 32,767 characters and silently drops the rest


def safe_cell(value: object) -> str:
    """One value as a cell: None is empty, numbers and truth values are themselves, text can never be a formula.

    Text is made printable and cut (with an ellipsis) at LONGEST_CELL characters.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    text = printable(str(value), LONGEST_CELL)
    return f"'{text}" if text.lstrip().startswith(_BEGINS_A_FORMULA) else text


def csv_lines(rows: Iterable[Sequence[object]]) -> str:
    """Rows as RFC 4180 text, every cell safe and quoted, lines ending in CRLF; without BOM."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return text.getvalue()
