"""Values that can point to a person, kept apart from the entries that mention them.

An entry never holds such a value, only {kind, ref, commit}: the random handle of a Subject row and a commitment
SHA-256(salt, kind, value). Emptying the row erases the value everywhere at once and leaves every hash as it was.
This module is about the values; the rows that hold them are met, found and emptied in dashboard/audit/subject_rows.py.
"""

import hashlib
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.db import models

EXPIRED = "expiry"
"""Who emptied a value whose time was over, in place of a request's number."""


class SubjectKind(models.TextChoices):
    """What a value is; part of its lookup and of its commitment."""

    VISITOR = "visitor", "visitor"
    EVENT = "event", "event"
    LINKED_ID = "linked_id", "linked id"
    ADDRESS = "address", "address"
    TEXT = "text", "text"
    STAFF = "staff", "staff"


@dataclass(frozen=True)
class Personal:
    """A value that can point to a person, and the visitors it concerns (they take it along when they are erased)."""

    kind: SubjectKind
    value: str
    about: tuple[str, ...] = ()

    @property
    def bytes(self) -> bytes:
        """UTF-8; lone surrogates, which Fingerprint can send, survive."""
        return self.value.encode("utf-8", "surrogatepass")


def commitment(salt: bytes, kind: str, value: bytes) -> str:
    """SHA-256 over the length-prefixed salt, kind and value, in hexadecimal."""
    digest = hashlib.sha256(b"inkpad subject v1\x00")
    for part in (salt, kind.encode(), value):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def lookup_of(kind: SubjectKind, value: bytes, *, key_version: int | None = None) -> tuple[int, str]:
    """(key version, keyed hash in hexadecimal) under the newest key, or the one named."""
    keys: dict[int, bytes] = settings.AUDIT_LOOKUP_KEYS
    version = key_version if key_version is not None else list(keys)[-1]
    message = kind.value.encode() + b"\x00" + value
    return version, hmac.digest(keys[version], message, "sha256").hex()


def every_lookup_of(kind: SubjectKind, value: bytes) -> list[tuple[int, str]]:
    """The lookups under every key we hold, for questions."""
    return [lookup_of(kind, value, key_version=version) for version in settings.AUDIT_LOOKUP_KEYS]
