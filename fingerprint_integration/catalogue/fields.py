"""Every field of an event: its label, whether it is personal, and where each version keeps it.

Masking is an allow-list: what is not named here as not personal is personal. Addresses, places, linked ids,
page addresses, referrers and tags say who somebody is or what they did; device and browser names do not by
themselves.
"""

import msgspec


class FieldSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One field of `domain.Event`; a place is None where the version does not have the field."""

    name: str
    label: str
    personal: bool
    v3: str | None
    v4: str | None


def _field(name: str, label: str, v3: str | None, v4: str | None, *, personal: bool = False) -> FieldSpec:
    return FieldSpec(name=name, label=label, personal=personal, v3=v3, v4=v4)


FIELDS: tuple[FieldSpec, ...] = (
    _field("event_id", "Event", "identification.requestId", "event_id"),
    _field("at", "When", "identification.timestamp", "timestamp"),
    _field("visitor_id", "Visitor", "identification.visitorId", "identification.visitor_id"),
    _field("visitor_found", "Seen before", "identification.visitorFound", "identification.visitor_found"),
    _field("confidence", "Confidence", "identification.confidence.score", "identification.confidence.score"),
    _field(
        "confidence_version",
        "Confidence version",
        "identification.confidence.revision",
        "identification.confidence.version",
    ),
    _field(
        "confidence_comment",
        "Confidence comment",
        "identification.confidence.comment",
        "identification.confidence.comment",
    ),
    _field(
        "first_seen_at",
        "First seen",
        "identification.firstSeenAt.subscription",
        "identification.first_seen_at",
    ),
    _field("last_seen_at", "Last seen", "identification.lastSeenAt.subscription", "identification.last_seen_at"),
    _field("first_seen_globally_at", "First seen anywhere", "identification.firstSeenAt.global", None),
    _field("last_seen_globally_at", "Last seen anywhere", "identification.lastSeenAt.global", None),
    _field("high_recall_id", "High recall id", None, "supplementary_id_high_recall.visitor_id"),
    _field("high_recall_found", "High recall seen before", None, "supplementary_id_high_recall.visitor_found"),
    _field(
        "high_recall_first_seen_at",
        "High recall first seen",
        None,
        "supplementary_id_high_recall.first_seen_at",
    ),
    _field("high_recall_last_seen_at", "High recall last seen", None, "supplementary_id_high_recall.last_seen_at"),
    _field("identification_error_code", "Identification failed", "identification.error.code", None),
    _field("identification_error_message", "Why identification failed", "identification.error.message", None),
    _field("linked_id", "Linked id", "identification.linkedId", "linked_id", personal=True),
    _field("tags", "Tags", "identification.tag", "tags", personal=True),
    _field("suspect", "Suspect", "identification.suspect", "suspect"),
    _field("replayed", "Replayed", "identification.replayed", "replayed"),
    _field("environment_id", "Environment", "identification.environmentId", "environment_id"),
    _field("source", "Source", None, "source"),
    _field("incremental_status", "Completeness", None, "incremental_identification_status"),
    _field("url", "Page", "identification.url", "url", personal=True),
    _field("client_referrer", "Referrer", None, "client_referrer", personal=True),
    _field("bundle_id", "iOS app", None, "bundle_id"),
    _field("package_name", "Android app", None, "package_name"),
    _field("ip_address", "Address", "identification.ip", "ip_address", personal=True),
    _field("browser_name", "Browser", "identification.browserDetails.browserName", "browser_details.browser_name"),
    _field(
        "browser_version",
        "Browser version",
        "identification.browserDetails.browserFullVersion",
        "browser_details.browser_full_version",
    ),
    _field(
        "browser_major_version",
        "Browser major version",
        "identification.browserDetails.browserMajorVersion",
        "browser_details.browser_major_version",
    ),
    _field("os", "System", "identification.browserDetails.os", "os"),
    _field("os_version", "System version", "identification.browserDetails.osVersion", "os_version"),
    _field("device", "Device", "identification.browserDetails.device", "device"),
    _field("user_agent", "User agent", "identification.browserDetails.userAgent", "user_agent"),
    _field("device_manufacturer", "Manufacturer", None, "device_details.device_manufacturer"),
    _field("device_model", "Model", None, "device_details.device_model"),
    _field("device_os_version", "System version (native)", None, "device_details.os_version"),
    _field("sdk_platform", "Agent", "identification.sdk.platform", "sdk.platform"),
    _field("sdk_version", "Agent version", "identification.sdk.version", "sdk.version"),
    _field("sdk_integrations", "Agent integrations", "identification.sdk.integrations", "sdk.integrations"),
    _field("ip_v4", "IPv4", "ipInfo.v4", "ip_info.v4", personal=True),
    _field("ip_v6", "IPv6", "ipInfo.v6", "ip_info.v6", personal=True),
    _field("ip_location", "Location of the address", "identification.ipLocation", None, personal=True),
    _field("velocity", "Velocity", "velocity", "velocity"),
    _field("proximity", "Proximity zone", "proximity", "proximity", personal=True),
    _field("labels", "Labels", "labels", "labels"),
    _field("rule_action", "Rule action", None, "rule_action"),
    _field("suspect_score", "Suspect score", "suspectScore", "suspect_score"),
)

ONLY_V3_EVIDENCE: frozenset[str] = frozenset({"daily_requests"})
ONLY_V4_EVIDENCE: frozenset[str] = frozenset({"provider"})
"""Evidence of signals that one version does not send."""

PERSONAL_EVIDENCE: frozenset[str] = frozenset({"origin_timezone", "origin_country"})
"""Evidence of signals that tells where somebody is."""
