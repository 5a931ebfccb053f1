"""Asking Fingerprint which other devices use an account of a visitor."""

from dataclasses import dataclass
from datetime import datetime

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import Outcome, record, visitor
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.events.present import visitor_url
from dashboard.events.values import device_words
from fingerprint_integration.domain import Event, EventQuery
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.services import reads


@dataclass(frozen=True)
class OtherDevice:
    """A visitor that came with the same account: what device it last was."""

    visitor_id: str
    url: str
    device: str | None


@dataclass(frozen=True)
class Devices:
    """The other devices of an account among its newest 100 events, or why there is no answer."""

    visitors: tuple[OtherDevice, ...] = ()
    has_more: bool = False
    problem: FingerprintError | None = None


def read_devices(visitor_id: str, account: str, *, by: User, now: datetime) -> Devices:
    """Ask for the newest 100 events of an account over the whole retention; asking is written down with the account."""
    start, end = reads.retention_window(now)
    target = visitor(visitor_id)
    account_value = Personal(SubjectKind.LINKED_ID, account, (visitor_id,))
    try:
        page = reads.search_events(EventQuery(linked_id=account, start=start, end=end))
    except FingerprintError as problem:
        record(
            AuditKind.DEVICES_NOT_READ,
            by=by,
            target=target,
            outcome=Outcome.FAILED,
            details={"error": problem.user_message, "code": problem.code},
            personal={"linked_id": account_value},
            at=now,
        )
        return Devices(problem=problem)
    found: dict[str, OtherDevice] = {}
    for event in page.events:
        if isinstance(event, Event) and event.visitor_id and event.visitor_id != visitor_id:
            device = OtherDevice(event.visitor_id, visitor_url(event.visitor_id), device_words(event))
            found.setdefault(event.visitor_id, device)
    record(
        AuditKind.DEVICES_READ,
        by=by,
        target=target,
        details={"count": len(found)},
        personal={"linked_id": account_value},
        at=now,
    )
    return Devices(tuple(found.values()), has_more=page.cursor is not None)
