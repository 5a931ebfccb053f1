"""What was recognised, as the page shows it: what it is, what we know already, and what opening it does."""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.core import facts, times
from dashboard.core.access import Perm
from dashboard.core.printable import printable
from dashboard.home.recognise import Finding, Kind, event_time


@dataclass(frozen=True)
class Row:
    """A recognised thing. It is opened by a link (`url`), asked for by a form (`field`, to `action`), or neither
    (`cannot`)."""

    key: int
    kind: Kind
    icon: str
    label: str
    value: str
    known: str
    url: str = ""
    field: str = ""
    action: str = ""
    cannot: str = ""


@dataclass(frozen=True)
class Piece:
    """A part of the pasted text, recognised or not."""

    text: str
    is_marked: bool


_ICONS = {
    Kind.EVENT: "hash",
    Kind.VISITOR: "fingerprint-pattern",
    Kind.ADDRESS: "network",
    Kind.RANGE: "network",
    Kind.LINKED_ID: "user-round",
    Kind.TICKET: "ticket",
}
_TEXT_SHOWN = 3_000
"""Characters of a pasted text that are shown again."""
_FIELDS = {
    Kind.ADDRESS: "ip_address",
    Kind.RANGE: "ip_address",
    Kind.LINKED_ID: "linked_id",
    Kind.TICKET: "ticket",
}


def rows(findings: Sequence[Finding], *, perms: frozenset[Perm]) -> list[Row]:
    """One row per finding, numbered from 1."""
    labels = {
        Kind.EVENT: _("Event"),
        Kind.VISITOR: _("Visitor"),
        Kind.ADDRESS: _("Address"),
        Kind.RANGE: _("Range"),
        Kind.LINKED_ID: _("Linked id"),
        Kind.TICKET: _("Ticket"),
    }
    claims = _claims(findings)
    made = []
    for key, finding in enumerate(findings, start=1):
        cannot = field = url = ""
        if finding.kind in (Kind.EVENT, Kind.VISITOR):
            url = page_of(finding)
        elif finding.kind == Kind.RANGE and Perm.VIEW_PERSONAL not in perms:
            cannot = _("Your role searches for whole addresses only.")
        else:
            field = _FIELDS[finding.kind]
        known = claims.get(finding.value) if finding.kind == Kind.VISITOR else None
        made.append(
            Row(
                key=key,
                kind=finding.kind,
                icon=_ICONS[finding.kind],
                label=labels[finding.kind],
                value=finding.value,
                known=known or _about(finding),
                url=url,
                field=field,
                action=reverse("home:ticket" if finding.kind == Kind.TICKET else "events:start"),
                cannot=cannot,
            )
        )
    return made


def said(finding: Finding) -> str:
    """What the one clear thing in a text was read as; never the value itself."""
    words = {
        Kind.EVENT: _("Read as an event id."),
        Kind.VISITOR: _("Read as a visitor id."),
        Kind.ADDRESS: _("Read as an address."),
        Kind.RANGE: _("Read as a range of addresses."),
        Kind.LINKED_ID: _("Read as a linked id: nothing else has this form."),
        Kind.TICKET: _("Read as a ticket."),
    }
    if finding.recipe:
        return _("Read as a linked id, made by %(recipe)s.") % {"recipe": finding.recipe}
    return words[finding.kind]


def page_of(finding: Finding) -> str:
    """The page of an event or visitor; "" when its id does not fit into an address."""
    route = "events:event" if finding.kind == Kind.EVENT else "visitors:visitor"
    try:
        return reverse(route, args=[finding.value])
    except NoReverseMatch:
        return ""


def pieces(text: str, findings: Sequence[Finding]) -> Iterator[Piece]:
    """The beginning of the text in parts, so that the page can mark what was recognised."""
    at, text = 0, text[:_TEXT_SHOWN] + ("…" if len(text) > _TEXT_SHOWN else "")
    for finding in sorted(findings, key=lambda each: each.start):
        if finding.start < at or finding.end > _TEXT_SHOWN:
            continue
        if finding.start > at:
            yield Piece(printable(text[at : finding.start], keep_lines=True), is_marked=False)
        yield Piece(printable(text[finding.start : finding.end]), is_marked=True)
        at = finding.end
    if at < len(text):
        yield Piece(printable(text[at:], keep_lines=True), is_marked=False)


def _claims(findings: Sequence[Finding]) -> dict[str, str]:
    """What the features know about the visitors among them, the weightiest claim of each."""
    claims: dict[str, str] = {}
    for fact in facts.about([finding.value for finding in findings if finding.kind == Kind.VISITOR]):
        claims.setdefault(fact.visitor_id, fact.claim)
    return claims


def _about(finding: Finding) -> str:
    if finding.kind == Kind.EVENT:
        at = event_time(finding.value)
        return _("Its id says %(at)s") % {"at": times.full(timezone.localtime(at))} if at else ""
    if finding.kind in (Kind.ADDRESS, Kind.RANGE):
        return _about_network(finding.value)
    if finding.kind == Kind.TICKET:
        return _("What was done for it, from the audit log")
    if finding.recipe:
        return _("Made by %(recipe)s of what stands in the text") % {"recipe": finding.recipe}
    if finding.is_sure:
        return _("Nothing else has this form") if finding.kind == Kind.LINKED_ID else ""
    if finding.kind == Kind.VISITOR:
        return _("Could be a visitor or a word of twenty letters")
    return _("Could be one of your linked ids")


def _about_network(value: str) -> str:
    network = ipaddress.ip_network(value)
    words = [f"IPv{network.version}", _("public") if network.is_global else _("not public")]
    if network.num_addresses > 1:
        count = network.num_addresses
        words.append(
            _("%(n)s addresses") % {"n": times.thousands(count) if count < 10**9 else f"2^{count.bit_length() - 1}"}
        )
    return ", ".join(words)
