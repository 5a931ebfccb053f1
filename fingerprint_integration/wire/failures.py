"""From an answer that is no success to the typed error, for both versions: they differ in spelling, not in kind.

Three body shapes exist: `{"error": {"code", "message"}}`, v3's plain `{"error": "text"}` for visits, and
whatever a gateway in between writes. The text of an answer decides which sentence staff read; it never becomes
part of that sentence.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec

from fingerprint_integration.errors import (
    FingerprintError,
    InvalidRequest,
    NotFound,
    NotReadyYet,
    RateLimited,
    RefusalReason,
    Refused,
    Unavailable,
    UnreadableAnswer,
)

LONGEST_RETRY_AFTER: Final = 7 * 24 * 3600.0
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PLAIN_CODE: Final = re.compile(r"[a-z0-9_]{1,64}")
_PLAIN_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:=-]{1,128}")
_REQUEST_ID_HEADERS: Final = ("x-request-id", "request-id", "x-amzn-requestid", "x-amz-cf-id")

_REFUSALS: Final = {
    "token_required": RefusalReason.KEY_MISSING,
    "secret_api_key_required": RefusalReason.KEY_MISSING,
    "public_api_key_required": RefusalReason.KEY_MISSING,
    "token_not_found": RefusalReason.KEY_UNKNOWN,
    "secret_api_key_not_found": RefusalReason.KEY_UNKNOWN,
    "public_api_key_not_found": RefusalReason.KEY_UNKNOWN,
    "wrong_region": RefusalReason.WRONG_REGION,
    "subscription_not_active": RefusalReason.SUBSCRIPTION_INACTIVE,
    "feature_not_enabled": RefusalReason.FEATURE_NOT_ENABLED,
    "missing_module": RefusalReason.FEATURE_NOT_ENABLED,
    "workspace_scoped_secret_key_required": RefusalReason.KEY_SCOPE,
}
"""Code, in v4's spelling, to the reason; any of them may come with any operation."""

_INPUTS: Final = {
    "invalid limit": ("limit", "Fingerprint does not take this number of events a page."),
    "invalid ip address": ("ip_address", "Fingerprint does not take this as an IP address or range."),
    "invalid bot type": ("bot", "Fingerprint does not know this kind of bot."),
    "invalid reverse param": ("reverse", "Fingerprint does not take this order."),
    "invalid start time": ("start", "Fingerprint does not take this start time."),
    "invalid end time": ("end", "Fingerprint does not take this end time."),
    "invalid visitor id": ("visitor_id", "Fingerprint does not take this as a visitor id."),
    "visitor id is required": ("visitor_id", "Fingerprint needs a visitor id."),
    "linked_id can't be greater than 256 characters long": (
        "linked_id",
        "A linked id has at most 256 characters.",
    ),
    "invalid pagination key": ("pagination_key", "This page mark is no longer valid. Search again."),
    "invalid event_id": ("event_id", "Fingerprint does not take this as an event id."),
    "ruleset not found": ("ruleset_id", "This workspace has no such ruleset."),
    "request body is not valid": (None, "Fingerprint did not understand the change."),
    "payload too large": (None, "This is more than Fingerprint takes at once."),
}
"""Message to the input it is about and what to tell; others get the general sentence."""


class _Told(msgspec.Struct):
    code: str | None = None
    message: str | None = None


class _Body(msgspec.Struct):
    error: _Told | str | None = None


_BODY: Final = msgspec.json.Decoder(_Body)


def failure(
    status: int, headers: Mapping[str, str], body: bytes, *, now: datetime, subject: str = "this"
) -> FingerprintError:
    """Give the error of an answer; `headers` are looked up in lower case, `subject` is what was asked for in
    words.
    """
    told = _told(body)
    code = _code(told.code)
    message = (told.message or "").strip().lower()
    request_id = next((found for name in _REQUEST_ID_HEADERS if (found := _request_id(headers.get(name)))), None)
    wait = retry_after(headers.get("retry-after"), now=now)
    match status:
        case 401 | 403:
            reason = _REFUSALS.get(code or "", RefusalReason.OTHER)
            return Refused(reason=reason, code=code, status=status, request_id=request_id, body=body)
        case 404:
            sentence = (
                f"Fingerprint does not have {subject}: it never existed, its retention has ended, or it was deleted."
            )
            return NotFound(sentence, code=code, status=status, request_id=request_id, body=body)
        case 409:
            return NotReadyYet(code=code, status=status, retry_after=wait, request_id=request_id, body=body)
        case 429:
            # v3 has two spellings for this one thing; callers compare ours.
            return RateLimited(status=status, retry_after=wait, request_id=request_id, body=body)
        case 408:
            return Unavailable(code=code, status=status, retry_after=wait, request_id=request_id, body=body)
        case _ if status >= 500:
            return Unavailable(code=code, status=status, retry_after=wait, request_id=request_id, body=body)
        case _ if 300 <= status < 400:
            return UnreadableAnswer(
                "The configured address sends us elsewhere. An administrator must check FINGERPRINT_BASE_URL.",
                code="redirected",
                status=status,
                request_id=request_id,
                body=body,
            )
        case _ if status >= 400:
            field, sentence_or_none = _INPUTS.get(message, (None, None))
            return InvalidRequest(
                sentence_or_none, field=field, code=code, status=status, request_id=request_id, body=body
            )
    return UnreadableAnswer(status=status, request_id=request_id, body=body)


def _told(body: bytes) -> _Told:
    try:
        error = _BODY.decode(body).error
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _Told()
    if isinstance(error, str):
        return _Told(message=error)
    return error or _Told()


def _code(code: str | None) -> str | None:
    """Give a code in v4's spelling, so that both versions say the same; None for none and for what no code
    looks like.
    """
    ours = _HUMP.sub("_", code or "").lower()
    return ours if _PLAIN_CODE.fullmatch(ours) else None


def _request_id(value: str | None) -> str | None:
    return value if value is not None and _PLAIN_REQUEST_ID.fullmatch(value) else None


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """Read a Retry-After header: seconds or an HTTP date, at most a week; None for absent and for rubbish.

    Documented are whole seconds on v3's visits only; the date form costs little to accept.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), LONGEST_RETRY_AFTER)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return min(max((at - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER)
