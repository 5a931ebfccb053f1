"""Text from outside, made safe to look at.

Everything Fingerprint sends was written by somebody's browser, and may hold characters that are invisible, that turn
the line around, or that PostgreSQL and terminals choke on. `printable` shows them instead of obeying them. It does not
escape markup: templates do that.
"""

import re

_ELLIPSIS = "…"

# What is shown as a code point: C1 controls, lone surrogates, marks that change direction, characters of no width,
# line separators that are not "\n", and tag characters, which can hide a whole sentence.
_HIDDEN = (
    "\x80-\x9f\u00ad\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"
)
# A joiner is part of writing Persian, Hindi or an emoji family, and a disguise inside an id: it may stay between two
# characters that are not ASCII.
_JOINER = "(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
_UNPRINTABLE = re.compile(f"[\x00-\x1f\x7f{_HIDDEN}]|{_JOINER}")
_UNPRINTABLE_BUT_LINES = re.compile(f"[\x00-\x09\x0b-\x1f\x7f{_HIDDEN}]|{_JOINER}")


def printable(text: str, limit: int | None = None, *, keep_lines: bool = False) -> str:
    """`text` with every character that would not be seen as itself replaced by one that is.

    ASCII controls become their picture (␀), everything else its code point (⟨U+202E⟩). A `limit` (characters)
    cuts the end and says so with an ellipsis. `keep_lines` leaves "\\n" alone, for text shown in a block of its own.
    Never raises; doing it twice changes nothing more.
    """
    if limit is not None and len(text) > limit:
        text = text[: limit + 1]  # nothing gets shorter below, so the rest cannot be seen anyway
    pattern = _UNPRINTABLE_BUT_LINES if keep_lines else _UNPRINTABLE
    shown = pattern.sub(_picture, text)
    if limit is not None and len(shown) > limit:
        return shown[:limit] + _ELLIPSIS
    return shown


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"⟨U+{code:04X}⟩"
