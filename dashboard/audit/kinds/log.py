"""Kinds about the log itself, the configuration and the state of Inkpad."""

from dashboard.audit.reading import Reading, changing


class LogKinds:
    """Part of AuditKind."""

    AUDIT_VIEWED = Reading("audit.viewed", "{actor} read the audit log.", "scroll-text")
    AUDIT_ENTRY_OPENED = Reading("audit.entry_opened", "{actor} opened {target}.", "scroll-text")
    AUDIT_HISTORY_VIEWED = Reading("audit.history_viewed", "{actor} read what was done with {target}.", "scroll-text")
    AUDIT_EXPORTED = Reading(
        "audit.exported", "{actor} took {count} entries of the audit log away as {form}.", "download"
    )
    AUDIT_PROVED = Reading(
        "audit.proved", "A proof of {target} was made on the server. Opened with it: {opened}.", "file-check"
    )
    AUDIT_PROOF_TAKEN = Reading("audit.proof_taken", "{actor} took the proof of {target} away.", "file-check")
    AUDIT_SEAL_VIEWED = Reading("audit.seal_viewed", "{actor} read how the log is checked from outside.", "shield")
    AUDIT_VERIFICATION_ASKED = Reading(
        "audit.verification_asked", "{actor} asked for a verification of the whole log.", "shield-check"
    )
    AUDIT_VERIFIED = Reading(
        "audit.verified", "Inkpad verified the audit log (sealed entries: {size}): {result}.", "shield-check"
    )
    AUDIT_RESTORED = changing(
        "audit.restored",
        "The audit log was restored from a copy of {size} entries and goes on as {new_origin}. Lost: {lost}.",
        "archive-restore",
    )
    VALUES_EXPIRED = changing(
        "audit.values_expired",
        "Inkpad emptied {count} personal values that no entry had mentioned for {days} days.",
        "eraser",
    )
    CONFIGURATION_SEEN = changing(
        "configuration.seen", "Inkpad started. What changed in its configuration: {changed}.", "settings"
    )
    STATUS_VIEWED = Reading("status.viewed", "{actor} looked at the status page.", "activity")
