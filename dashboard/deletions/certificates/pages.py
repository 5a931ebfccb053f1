"""A certificate as a page: what was issued, with the ids that this reader may see and the request still knows."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.accounts.models import User
from dashboard.audit import keys
from dashboard.audit.notes import NoteError
from dashboard.core.access import Perm
from dashboard.deletions.certificates.rows import Certificate

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True)
class CertifiedVisitor:
    """One visitor of the certificate; `visitor_id` is empty where it is hidden from this reader or forgotten."""

    said: dict[str, Any]
    visitor_id: str
    is_masked: bool


@dataclass(frozen=True)
class CertificatePage:
    """What templates/deletions/certificate.html shows; instants of `said` are datetimes."""

    made: Certificate
    said: dict[str, Any]
    lines: list[CertifiedVisitor]
    keys: list[str]


def page_of(made: Certificate, *, viewer: User) -> CertificatePage:
    """The certificate as `viewer` may read it."""
    said = _with_instants(json.loads(bytes(made.body)))
    ids = dict(enumerate(made.request.visitors.order_by("pk").values_list("visitor_id", flat=True), 1))
    sees = Perm.VIEW_EVENTS in viewer.perms
    lines = [
        CertifiedVisitor(
            said=visitor,
            visitor_id=ids.get(visitor["place"], "") if sees else "",
            is_masked=not sees and bool(ids.get(visitor["place"])),
        )
        for visitor in said["visitors"]
    ]
    return CertificatePage(made, said, lines, _keys())


def _keys() -> list[str]:
    try:
        return [verifier.text for verifier in keys.verifiers()]
    except NoteError:
        return []


def _with_instants(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_instants(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_instants(part) for part in value]
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return datetime.fromisoformat(value)
    return value
