"""Everything that can go wrong with Fingerprint, as one tree.

`str(error)` and `user_message` never hold the key, an identifier or anything the service sent; the whole answer
stays in `body` for the operator.
"""

from enum import StrEnum
from typing import ClassVar


class FingerprintError(Exception):
    """The root. `user_message` is a sentence staff may read; `code` is stable and the same for both API versions."""

    retryable: ClassVar[bool] = False
    default_code: ClassVar[str] = "failed"
    default_message: ClassVar[str] = "Fingerprint could not do this."

    def __init__(
        self,
        user_message: str | None = None,
        *,
        code: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
        body: bytes = b"",
    ) -> None:
        self.user_message = user_message or self.default_message
        self.code = code or self.default_code
        self.status = status
        self.retry_after = retry_after
        self.request_id = request_id
        self.body = body
        super().__init__(self.user_message)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(code={self.code!r}, status={self.status!r}, retry_after={self.retry_after!r})"


class RefusalReason(StrEnum):
    """Why Fingerprint answered 403; each has its own sentence."""

    KEY_MISSING = "key_missing"
    KEY_UNKNOWN = "key_unknown"
    WRONG_REGION = "wrong_region"
    SUBSCRIPTION_INACTIVE = "subscription_inactive"
    FEATURE_NOT_ENABLED = "feature_not_enabled"
    KEY_SCOPE = "key_scope"
    OTHER = "other"


REFUSALS: dict[RefusalReason, str] = {
    RefusalReason.KEY_MISSING: "Fingerprint got no secret key from us. An administrator must set FINGERPRINT_API_KEY.",
    RefusalReason.KEY_UNKNOWN: (
        "Fingerprint does not know our secret key. An administrator must check FINGERPRINT_API_KEY."
    ),
    RefusalReason.WRONG_REGION: (
        "Our secret key belongs to another region. An administrator must check FINGERPRINT_REGION."
    ),
    RefusalReason.SUBSCRIPTION_INACTIVE: "The Fingerprint subscription of this workspace is not active.",
    RefusalReason.FEATURE_NOT_ENABLED: (
        "This Fingerprint workspace does not have this feature. "
        "Fingerprint's support switches it on, on Enterprise plans."
    ),
    RefusalReason.KEY_SCOPE: (
        "Our secret key is limited to one environment, and this needs a key for the whole workspace."
    ),
    RefusalReason.OTHER: "Fingerprint refused this. An administrator must check the secret key and the plan.",
}


class Refused(FingerprintError):
    """403: the key, the region, the plan or the key's scope does not allow it; asking again does not help."""

    default_code = "refused"

    def __init__(
        self,
        user_message: str | None = None,
        *,
        reason: RefusalReason = RefusalReason.OTHER,
        code: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
        body: bytes = b"",
    ) -> None:
        super().__init__(
            user_message or REFUSALS[reason],
            code=code or reason.value,
            status=status,
            retry_after=retry_after,
            request_id=request_id,
            body=body,
        )
        self.reason = reason


class NotConfigured(FingerprintError):
    """Our own settings do not allow a call; nothing was sent."""

    default_code = "not_configured"
    default_message = "The connection to Fingerprint is not set up. An administrator must check the settings."


class InvalidRequest(FingerprintError):
    """400 or 413, or refused by us before anything was sent (then `status` is None)."""

    default_code = "invalid_request"
    default_message = "Fingerprint could not read this request."

    def __init__(
        self,
        user_message: str | None = None,
        *,
        field: str | None = None,
        code: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
        body: bytes = b"",
    ) -> None:
        super().__init__(
            user_message, code=code, status=status, retry_after=retry_after, request_id=request_id, body=body
        )
        self.field = field
        """The input that was refused, by its name in EventQuery or EventChange, when that is known."""


class NotAvailable(FingerprintError):
    """The configured API version has no such operation or filter; `instead` names the way, nothing was sent."""

    default_code = "not_available"

    def __init__(self, *, operation: str, version: str, instead: str) -> None:
        super().__init__(f"{operation} is not available in {version}. {instead}")
        self.operation = operation
        self.version = version
        self.instead = instead


class NotFound(FingerprintError):
    """404: never existed, expired, or deleted; Fingerprint does not say which."""

    default_code = "not_found"
    default_message = "Fingerprint does not have this: it never existed, its retention has ended, or it was deleted."


class NotReadyYet(FingerprintError):
    """409: the event is too fresh to be changed."""

    retryable = True
    default_code = "state_not_ready"
    default_message = "This event is too fresh to be changed. Try again in a few seconds."


class RateLimited(FingerprintError):
    """429, or our own budget has no call left (then `status` is None); `retry_after` is seconds, None when
    nobody said.
    """

    retryable = True
    default_code = "too_many_requests"
    default_message = "Fingerprint is asking us to slow down. Nothing was lost; try again in a few seconds."


class BudgetUnavailable(RateLimited):
    """The shared rate budget cannot be reached, so background work waits rather than guess; nothing was sent."""

    default_code = "budget_unavailable"
    default_message = "The shared rate budget cannot be reached. Background work waits; nothing was lost."


class Unavailable(FingerprintError):
    """5xx, a time-out, or no connection. Unless `was_sent` is False, a change may have happened."""

    retryable = True
    default_code = "unavailable"
    default_message = "Fingerprint is not answering. Nothing was lost; try again in a minute."

    def __init__(
        self,
        user_message: str | None = None,
        *,
        was_sent: bool = True,
        code: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
        body: bytes = b"",
    ) -> None:
        super().__init__(
            user_message, code=code, status=status, retry_after=retry_after, request_id=request_id, body=body
        )
        self.was_sent = was_sent
        """False only when it is certain that Fingerprint saw nothing of the request."""


class UnreadableAnswer(FingerprintError):
    """A 2xx answer that is not what we know; `body` holds it."""

    default_code = "unreadable_answer"
    default_message = (
        "Fingerprint answered something this program cannot read. An administrator can look at the raw answer."
    )
