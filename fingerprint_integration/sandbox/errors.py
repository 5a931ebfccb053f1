"""Every refusal of the API, once, in the spelling of both versions.

The tables hold what Fingerprint's public OpenAPI descriptions show (v3 3.10, v4 3.9). Where they show nothing
the choice is ours and named in the README of this package.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Refusal(Exception):
    """An answer other than 200, not yet in the words of a version.

    `code` names the pair of codes below, `message` overrides the version's own text.
    """

    code: str
    message: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wording:
    """How one version says a refusal."""

    status: int
    code: str
    message: str


V3: dict[str, Wording] = {
    "invalid": Wording(400, "RequestCannotBeParsed", "request cannot be parsed"),
    "key_missing": Wording(403, "TokenRequired", "secret key is required"),
    "key_unknown": Wording(403, "TokenNotFound", "secret key is not found"),
    "wrong_region": Wording(403, "WrongRegion", "wrong region"),
    "inactive": Wording(403, "SubscriptionNotActive", "forbidden"),
    "no_feature": Wording(403, "FeatureNotEnabled", "feature not enabled"),
    "key_scope": Wording(403, "WorkspaceScopedSecretKeyRequired", "workspace-scoped secret key is required"),
    "no_event": Wording(404, "RequestNotFound", "request id is not found"),
    "no_visitor": Wording(404, "VisitorNotFound", "visitor not found"),
    "too_fresh": Wording(409, "StateNotReady", "resource is not mutable yet, try again"),
    "too_many": Wording(429, "TooManyRequests", "too many requests"),
    "too_many_searches": Wording(429, "TooManyRequests", "too many search requests"),
    "failed": Wording(500, "Failed", "internal server error"),
    "unavailable": Wording(503, "Failed", "service temporarily unavailable"),
    "timeout": Wording(504, "Failed", "gateway timeout"),
}

V4: dict[str, Wording] = {
    "invalid": Wording(400, "request_cannot_be_parsed", "request cannot be parsed"),
    "no_ruleset": Wording(400, "ruleset_not_found", "ruleset not found"),
    "key_missing": Wording(403, "secret_api_key_required", "secret API key in header is missing or empty"),
    "key_unknown": Wording(
        403, "secret_api_key_not_found", "no fingerprint workspace found for specified secret API key"
    ),
    "wrong_region": Wording(403, "wrong_region", "wrong region"),
    "inactive": Wording(403, "subscription_not_active", "forbidden"),
    "no_feature": Wording(403, "feature_not_enabled", "feature not enabled"),
    # The newer version lists no code for a key of too small a scope; this is the nearest one it has.
    "key_scope": Wording(403, "feature_not_enabled", "workspace-scoped secret key is required"),
    "no_event": Wording(404, "event_not_found", "event id not found"),
    "no_visitor": Wording(404, "visitor_not_found", "visitor not found"),
    "too_fresh": Wording(409, "state_not_ready", "resource is not mutable yet, try again"),
    "too_many": Wording(429, "too_many_requests", "too many requests"),
    "too_many_searches": Wording(429, "too_many_requests", "too many search requests"),
    "failed": Wording(500, "failed", "internal server error"),
    "unavailable": Wording(503, "service_unavailable", "service temporarily unavailable"),
    "timeout": Wording(504, "failed", "gateway timeout"),
}

# The visitor history of v3 has a shape of its own, `{"error": "<text>"}`, for these.
V3_PLAIN: dict[int, str] = {
    400: "bad request",
    403: "Forbidden (HTTP 403)",
    404: "visitor not found",
    429: "too many requests",
}


def invalid(message: str) -> Refusal:
    """A 400 with the text the API has for it."""
    return Refusal("invalid", message)
