"""Finds in a text what Inkpad can open or search for. Pure: asks nobody, keeps nothing.

The forms of ids are not promised (core/identifiers.py), so an id of another form is still offered as a linked id.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from dashboard.core.identifiers import EMAIL, EVENT, VISITOR, network
from dashboard.core.linked_ids import AS_TYPED, Recipe

MOST_CHARACTERS = 500_000
"""A text longer than this is refused with a sentence."""
LINKED_ID_LENGTH = 256
"""Fingerprint's own limit."""


class Kind(StrEnum):
    """What something in a text may be."""

    EVENT = "event"
    VISITOR = "visitor"
    ADDRESS = "address"
    RANGE = "range"
    LINKED_ID = "linked_id"
    TICKET = "ticket"


@dataclass(frozen=True)
class Finding:
    """Something recognised: what it is, its value in canonical form, and where it stands in the text.

    `is_sure` is False where only somebody who knows their own ids can tell. `recipe` names how a linked id was made of
    what stands in the text; it is empty for one that stands there itself.
    """

    kind: Kind
    value: str
    start: int
    end: int
    is_sure: bool = True
    recipe: str = ""


_WORD = re.compile(r"[^\s,;<>()\"'“”„‘’«»{}|`]+")
_DATE_OR_TIME = re.compile(r"[\d:.,/+\-TZ]+")
_LABEL = re.compile(r"[A-Za-z][A-Za-z_ ]{0,20}[:=#]")
# A ticket is named as one, or stands behind a "#"; alone it may look like one.
_NUMBER = r"(?:[A-Za-z]{1,10}-)?\d{1,12}(?:-\d{1,8}){0,3}(?![\w.@-]*\w)"
_TICKET = re.compile(
    rf"(?:\b(?:ticket|case|incident)\s{{0,3}}(?:number|no\.?|nr\.?)?\s{{0,3}}[:#]?\s{{0,3}}|(?<![\w&#/])#)({_NUMBER})",
    re.IGNORECASE,
)
_LIKE_A_TICKET = re.compile(r"\d{1,12}(?:-\d{1,8}){0,3}|[A-Z]{2,10}-\d{1,8}")
# A number is an account only where the text says so.
_ACCOUNT = re.compile(
    r"\b(?:account|customer|client|member|user|order)\s{0,3}(?:id|number|no\.?|nr\.?)?\s{0,3}[:#=]?\s{0,3}(\d{3,20})\b(?![.:/-]\d)",
    re.IGNORECASE,
)


def recognise(text: str) -> list[Finding]:
    """Everything recognised in `text`, in its order, each value once; the sure ones and then the guesses.

    A text that is one word is a linked id when it is nothing else. A text in which nothing is recognised is offered as
    a linked id as a whole when it could be one. Empty when there is nothing to offer.
    """
    found: dict[tuple[Kind, str], Finding] = {}
    tickets = {match.span(1): match.group(1) for match in _TICKET.finditer(text)}
    for (start, end), number in tickets.items():
        found.setdefault((Kind.TICKET, number), Finding(Kind.TICKET, number, start, end))
    for match in _ACCOUNT.finditer(text):
        number = Finding(Kind.LINKED_ID, match.group(1), *match.span(1), is_sure=False)
        found.setdefault((Kind.LINKED_ID, number.value), number)
    within = sorted(tickets)
    for word in _words(text):
        if _overlaps(word, within):
            continue
        for finding in _read(word, is_alone=word.text == text.strip()):
            found.setdefault((finding.kind, finding.value), finding)
    whole = text.strip()
    if not found and whole and len(whole) <= LINKED_ID_LENGTH and whole.isprintable():
        start = text.index(whole)
        found[Kind.LINKED_ID, whole] = Finding(Kind.LINKED_ID, whole, start, start + len(whole), is_sure=False)
    return sorted(found.values(), key=lambda finding: (not finding.is_sure, finding.start))


def with_recipes(findings: list[Finding], recipes: tuple[Recipe, ...]) -> list[Finding]:
    """The same, each linked id once for every recipe that applies to it. Two ways to read one are two guesses."""
    made = []
    for finding in findings:
        if finding.kind != Kind.LINKED_ID:
            made.append(finding)
            continue
        values: dict[str, str] = {}
        for recipe in recipes:
            value = recipe.apply(finding.value)
            if value is not None and 0 < len(value) <= LINKED_ID_LENGTH:
                values.setdefault(value, "" if recipe.name == AS_TYPED else recipe.name)
        is_sure = finding.is_sure and len(values) == 1
        made += [replace(finding, value=value, recipe=name, is_sure=is_sure) for value, name in values.items()]
    return made


def clear_hit(findings: list[Finding]) -> Finding | None:
    """The one thing that the text can mean, or None: nobody is sent somewhere on a guess."""
    return findings[0] if len(findings) == 1 and findings[0].is_sure else None


def event_time(event_id: str) -> datetime | None:
    """The instant that an event id of the documented form begins with, UTC; None for any other."""
    if not EVENT.fullmatch(event_id):
        return None
    try:
        return datetime.fromtimestamp(int(event_id[:13]) / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None


@dataclass(frozen=True)
class _Word:
    text: str
    start: int

    def part(self, start: int, end: int) -> "_Word":
        return _Word(self.text[start:end], self.start + start)


def _words(text: str) -> Iterator[_Word]:
    for match in _WORD.finditer(text):
        word = _Word(match.group(), match.start())
        label = _LABEL.match(word.text)
        if label and label.end() < len(word.text) and not _is_address(word.text):
            word = word.part(label.end(), len(word.text))
        yield word.part(0, len(word.text.rstrip(".:!?")))


def _read(word: _Word, *, is_alone: bool) -> Iterator[Finding]:
    def finding(kind: Kind, value: str, *, is_sure: bool = True) -> Finding:
        return Finding(kind, value, word.start, word.start + len(word.text), is_sure)

    text = word.text
    if not text:
        return
    found = network(text)
    if EVENT.fullmatch(text):
        yield finding(Kind.EVENT, text)
    elif found is not None:
        is_one = found.num_addresses == 1
        yield finding(Kind.ADDRESS if is_one else Kind.RANGE, str(found[0]) if is_one else str(found))
    elif VISITOR.fullmatch(text):
        # Some words have twenty letters too.
        has_both = any(each.isdigit() for each in text) and any(each.isalpha() for each in text)
        if has_both or is_alone:
            yield finding(Kind.VISITOR, text, is_sure=has_both)
        if is_alone and not has_both:
            yield finding(Kind.LINKED_ID, text, is_sure=False)
    elif is_alone and _LIKE_A_TICKET.fullmatch(text):
        yield finding(Kind.LINKED_ID, text, is_sure=False)
        yield finding(Kind.TICKET, text, is_sure=False)
    elif is_alone and len(text) <= LINKED_ID_LENGTH and text.isprintable():
        yield finding(Kind.LINKED_ID, text)
    elif _could_be_linked_id(text):
        yield finding(Kind.LINKED_ID, text, is_sure=False)


def _overlaps(word: "_Word", spans: list[tuple[int, int]]) -> bool:
    """Whether a word shares a character with one of these sorted spans."""
    at = bisect_right(spans, (word.start + len(word.text),)) - 1
    return at >= 0 and spans[at][1] > word.start


def _is_address(text: str) -> bool:
    return network(text) is not None


def _could_be_linked_id(text: str) -> bool:
    """An e-mail address, or letters and digits together, as ids have them; no web address, date, time or path."""
    if EMAIL.fullmatch(text):
        return True
    if not 5 <= len(text) <= 64 or "://" in text or "/" in text or not text.isascii():
        return False
    if _DATE_OR_TIME.fullmatch(text):
        return False
    return any(each.isdigit() for each in text) and any(each.isalpha() for each in text)
