"""How an entry reads: its kind's sentence, filled with what this reader may see.

Personal values stand only in Subject rows. They are fetched for a whole page of entries in one query, hidden from
people who may not see them, and replaced by "erased …" where they were emptied.
"""

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry, AuditMention, Subject
from dashboard.audit.subjects import EXPIRED, SubjectKind, commitment
from dashboard.core import times
from dashboard.core.access import Perm
from dashboard.core.printable import printable
from dashboard.core.templatetags.outside import event_short, middle

if TYPE_CHECKING:
    from dashboard.accounts.models import User

MASK = "••••••"
"""What stands for a value that the reader may not see; always this long, so that its length says nothing."""
_TEXT_LIMIT = 300
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")

PartStyle = Literal["plain", "name", "id", "quote", "masked", "erased"]


@dataclass(frozen=True)
class Part:
    """A piece of a sentence: printable text (not escaped), how it looks, where it leads, and the whole value if cut."""

    text: str
    style: PartStyle = "plain"
    url: str = ""
    whole: str = ""


@dataclass(frozen=True)
class Sight:
    """What a reader may see in the log and where their links may lead."""

    perms: frozenset[Perm]

    @classmethod
    def of(cls, viewer: "User") -> "Sight":
        return cls(perms=viewer.perms)

    def sees(self, kind: str, *, role: str, target_type: str) -> bool:
        """Whether a value of this subject kind, in this role of an entry about `target_type`, may be shown.

        Names of staff are for everybody who may read entries. Ids of events and visitors are for people who may open
        them, everything else about visitors for people who see personal values. A reason may quote anything about a
        visitor, so an auditor reads it only where the entry is about a member of staff.
        """
        if kind == SubjectKind.STAFF or Perm.VIEW_PERSONAL in self.perms:
            return True
        if kind in (SubjectKind.EVENT, SubjectKind.VISITOR):
            return Perm.VIEW_EVENTS in self.perms
        if kind == SubjectKind.TEXT and role == "reason":
            return Perm.VIEW_EVENTS in self.perms or target_type == "person"
        return False


@dataclass(frozen=True)
class Line:
    """One entry as people read it. `reason` is apart from the sentence; `url` is empty where it may not be opened."""

    number: int
    at: datetime
    kind: str
    icon: str
    outcome: str
    parts: tuple[Part, ...]
    reason: Part | None
    ticket: str
    batch: str
    request_id: str
    actor: str
    url: str
    batch_count: int = 0

    @property
    def day(self) -> date:
        """The calendar day in the active time zone."""
        return timezone.localtime(self.at).date()

    @property
    def text(self) -> str:
        """The sentence as plain text."""
        return "".join(part.text for part in self.parts)

    @property
    def outcome_words(self) -> str:
        return str(AuditEntry.Outcome(self.outcome).label)

    @property
    def without_actor(self) -> tuple[Part, ...]:
        """The sentence without a leading name, for lists that show the name before it."""
        return self.parts[1:] if self.parts and self.parts[0].style == "name" else self.parts


@dataclass(frozen=True)
class PersonalValue:
    """A personal value of an entry: its role, its kind, what the reader sees of it, and whether its commitment holds.

    `holds` is None once the value was erased: the commitment stays, there is nothing left to check it against.
    """

    role: str
    kind: str
    shown: Part
    handle: str
    commitment: str
    holds: bool | None


@dataclass(frozen=True)
class OpenEntry:
    """Everything that is recorded about one act. `body` is the record itself as JSON text."""

    line: Line
    via: str
    target_type: str
    target_ref: str
    on_behalf_of: str
    body: str
    personal: tuple[PersonalValue, ...]


def open_entry(entry: AuditEntry, *, viewer: "User") -> OpenEntry:
    """One entry with all its fields, as `viewer` may read it."""
    mentions = AuditMention.objects.filter(entry=entry).select_related("subject").order_by("pk")
    values = {mention.role: mention.subject for mention in mentions}
    sight = Sight.of(viewer)
    words = _Words(entry, values, sight)
    committed = json.loads(bytes(entry.body)).get("personal") or {}
    return OpenEntry(
        line=line_of(entry, values, sight),
        via=entry.via,
        target_type=entry.target_type,
        target_ref=entry.target_ref,
        on_behalf_of=words.value_part(values["on_behalf_of"], "on_behalf_of").text if "on_behalf_of" in values else "",
        body=bytes(entry.body).decode(),
        personal=tuple(_personal_value(words, role, subject, committed) for role, subject in values.items()),
    )


def _personal_value(words: "_Words", role: str, subject: Subject, committed: Mapping[str, Any]) -> PersonalValue:
    said = str(committed.get(role, {}).get("commit", ""))
    holds = None
    if subject.value is not None and subject.salt is not None:
        holds = said == commitment(bytes(subject.salt), subject.kind, bytes(subject.value))
    return PersonalValue(
        role=role.replace("_", " "),
        kind=str(SubjectKind(subject.kind).label),
        shown=words.value_part(subject, role, whole=True),
        handle=subject.handle,
        commitment=said,
        holds=holds,
    )


def lines_of(
    entries: Iterable[AuditEntry], *, viewer: "User", batch_counts: Mapping[str, int] | None = None
) -> list[Line]:
    """The entries as `viewer` may read them, in the given order; one query whatever their number."""
    entries = list(entries)
    values: dict[int, dict[str, Subject]] = {entry.pk: {} for entry in entries}
    for mention in AuditMention.objects.filter(entry__in=values).select_related("subject").order_by("pk"):
        values[mention.entry_id][mention.role] = mention.subject
    sight = Sight.of(viewer)
    return [line_of(entry, values[entry.pk], sight, (batch_counts or {}).get(entry.batch, 0)) for entry in entries]


def line_of(entry: AuditEntry, values: Mapping[str, Subject], sight: Sight, batch_count: int = 0) -> Line:
    """One entry as it reads for `sight`; `values` are its Subject rows by role."""
    kind = AuditKind.of_code(entry.kind)
    words = _Words(entry, values, sight)
    template = _(kind.sentence) if kind else _("{actor}: {code}")
    return Line(
        number=entry.pk,
        at=entry.at,
        kind=entry.kind,
        icon=kind.icon if kind else "circle-help",
        outcome=entry.outcome,
        parts=tuple(words.fill(template)),
        reason=words.value_part(values["reason"], "reason", style="quote") if "reason" in values else None,
        ticket=printable(entry.ticket),
        batch=entry.batch,
        request_id=entry.request_id,
        actor=words.actor().text,
        url=address_of("audit:entry", entry.pk) if Perm.VIEW_AUDIT in sight.perms else "",
        batch_count=batch_count,
    )


class _Words:
    """Fills the placeholders of one entry's sentence."""

    def __init__(self, entry: AuditEntry, values: Mapping[str, Subject], sight: Sight) -> None:
        self.entry = entry
        self.values = values
        self.sight = sight
        self.details: dict[str, Any] = json.loads(bytes(entry.body)).get("details") or {}

    def fill(self, template: str) -> Iterable[Part]:
        is_start, before = True, ""
        for literal, name, _spec, _conversion in Formatter().parse(template):
            # What fills a gap may be a whole sentence with a full stop of its own.
            words = literal[1:] if literal.startswith(".") and before.endswith((".", "!", "?", "…")) else literal
            if words:
                yield Part(words)
                before = words
            if name is not None:
                for part in self.named(name, is_start=is_start and not literal):
                    yield part
                    before = part.text
            is_start = False

    def named(self, name: str, *, is_start: bool) -> Iterable[Part]:
        if name == "actor":
            yield self.actor()
        elif name == "target":
            yield from self.target(is_start=is_start)
        elif name == "code":
            yield Part(printable(self.entry.kind), "id")
        elif name in self.values:
            yield self.value_part(self.values[name], name)
        elif name in self.details:
            yield Part(detail_words(self.details[name]))
        else:
            yield Part(_("(not recorded)"))

    def actor(self) -> Part:
        subject = self.values.get("actor")
        if subject is not None:
            part = self.value_part(subject, "actor")
            return Part(part.text, "name") if part.style == "plain" else part
        by_itself = self.entry.via in ("worker", "system", "command")
        return Part("Inkpad" if by_itself else _("Somebody"), "name")

    def target(self, *, is_start: bool) -> Iterable[Part]:
        noun = target_noun(self.entry.target_type)
        subject = self.values.get("target")
        if subject is not None and subject.kind == SubjectKind.STAFF:
            part = self.value_part(subject, "target")
            if part.style == "plain":
                part = Part(part.text, "name", url=self._open("accounts:person", self.entry.target_ref))
            yield part
            return
        if noun:
            yield Part(f"{noun[0].upper()}{noun[1:]} " if is_start else f"{noun} ")
        if subject is not None:
            yield self.value_part(subject, "target")
        elif self.entry.target_type:
            shown, route = record_label(self.entry.target_type, self.entry.target_ref)
            yield Part(shown, "id", url=self._open(route, self.entry.target_ref))
        else:
            yield Part(_("something"))

    def value_part(self, subject: Subject, role: str, style: PartStyle = "plain", *, whole: bool = False) -> Part:
        """What this reader sees of a personal value: itself (ids cut unless `whole`), dots, or that it was erased."""
        text = subject.text
        if text is None:
            return Part(erased_words(subject), "erased")
        if not self.sight.sees(subject.kind, role=role, target_type=self.entry.target_type):
            return Part(MASK, "masked")
        if subject.kind == SubjectKind.EVENT:
            return self._id(text, event_short(text), "events:event", whole=whole)
        if subject.kind == SubjectKind.VISITOR:
            return self._id(text, middle(text), "visitors:visitor", whole=whole)
        shown = printable(text, _TEXT_LIMIT)
        if subject.kind in (SubjectKind.LINKED_ID, SubjectKind.ADDRESS):
            return Part(shown, "id")
        return Part(shown, style)

    def _id(self, value: str, short: str, route: str, *, whole: bool) -> Part:
        shown = printable(value, _TEXT_LIMIT)
        return Part(shown if whole else short, "id", url=self._open(route, value), whole=shown)

    def _open(self, route: str, ref: str) -> str:
        perm = _PERM_TO_OPEN.get(route)
        return address_of(route, ref) if perm in self.sight.perms else ""


_PERM_TO_OPEN = {
    "events:event": Perm.VIEW_EVENTS,
    "events:results": Perm.VIEW_EVENTS,
    "visitors:visitor": Perm.VIEW_EVENTS,
    "tagging:job": Perm.CHANGE_EVENTS,
    "deletions:request": Perm.VIEW_DELETIONS,
    "deletions:hold": Perm.VIEW_DELETIONS,
    "audit:entry": Perm.VIEW_AUDIT,
    "accounts:person": Perm.MANAGE_PEOPLE,
}


def address_of(route: str, *refs: object) -> str:
    """The route's address, or "" when these words do not fit into it."""
    if not route:
        return ""
    try:
        return reverse(route, args=refs)
    except NoReverseMatch:
        return ""


_NOUNS = {
    "event": gettext_noop("event"),
    "visitor": gettext_noop("visitor"),
    "search": gettext_noop("search"),
    "export": gettext_noop("export"),
    "job": gettext_noop("job"),
    "deletion": gettext_noop("deletion"),
    "hold": gettext_noop("legal hold"),
    "access": gettext_noop("access request"),
    "entry": gettext_noop("entry"),
}


def target_noun(target_type: str) -> str:
    """What an entry is about, in a word."""
    if target_type == "person":
        return ""
    noun = _NOUNS.get(target_type)
    return _(noun) if noun else printable(target_type, 16)


def record_label(target_type: str, ref: str) -> tuple[str, str]:
    """How one of our own records is called (J-0421, D-0231 …) and the route that opens it ("" when none does)."""
    number = int(ref) if ref.isascii() and ref.isdigit() else None
    if target_type == "search":
        return f"s-{ref}", "events:results"
    if target_type == "export":
        return f"X-{printable(ref, 16)}", ""
    if number is None:
        return printable(ref, 40) or _("(no number)"), ""
    labels = {
        "job": (f"J-{number:04d}", "tagging:job"),
        "deletion": (f"D-{number:04d}", "deletions:request"),
        "hold": (f"H-{number:04d}", "deletions:hold"),
        "access": (f"A-{number:04d}", "deletions:access_request"),
        "entry": (times.thousands(number), "audit:entry"),
        "person": (_("person %(number)s") % {"number": number}, "accounts:person"),
    }
    return labels.get(target_type, (str(number), ""))


def erased_words(subject: Subject) -> str:
    """`erased on Mon 23 Nov 2026 by request D-0231`, or `expired on …`, in the reader's zone."""
    if subject.erased_at is None:
        return _("erased")
    day = times.whole_date(timezone.localtime(subject.erased_at).date())
    if subject.erased_by == EXPIRED:
        return _("expired on %(day)s") % {"day": day}
    by = printable(subject.erased_by, 64)
    if by.startswith("D-"):
        return _("erased on %(day)s by request %(by)s") % {"day": day, "by": by}
    return _("erased on %(day)s by %(by)s") % {"day": day, "by": by}


def detail_words(value: object) -> str:
    """A detail of ours as it reads in a sentence."""
    if value is None:
        return _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return times.thousands(value)
    if isinstance(value, list):
        return ", ".join(detail_words(each) for each in value) or _("none")
    if isinstance(value, str) and _DAY.match(value):
        # A day is written down as 2026-11-22, which every reader can sort, and read as a day.
        with suppress(ValueError):
            return times.whole_date(date.fromisoformat(value))
    return printable(str(value), _TEXT_LIMIT)
