"""Kinds of changing events."""

from dashboard.audit.reading import Reading, changing


class JobKinds:
    """Part of AuditKind."""

    JOB_LIST_BEGUN = Reading("bulk_job.list_begun", "{actor} chose the events of {target}: {source}.", "layers")
    JOB_LISTED = Reading("bulk_job.listed", "The list of {target} is complete: {how_many}.", "layers")
    JOB_DISCARDED = Reading("bulk_job.discarded", "{actor} threw the list of {target} away; nothing was sent.", "x")
    JOB_LIST_ENDED = Reading(
        "bulk_job.list_ended", "The list of {target} was thrown away, and nothing was sent: {because}.", "x"
    )
    JOB_CONFIRMED = changing(
        "bulk_job.confirmed",
        "{actor} confirmed {target}, which waits for a second person: {change}, {how_many}.",
        "layers",
    )
    JOB_APPROVED = changing("bulk_job.approved", "{actor} approved {target}: {change}, {how_many}.", "stamp")
    JOB_NOT_APPROVED = changing("bulk_job.not_approved", "{actor} did not approve {target}; nothing was sent.", "stamp")
    JOB_RETRIED = changing("bulk_job.retried", "{actor} had {how_many} of {target} tried again.", "refresh-cw")
    JOB_STARTED = changing("bulk_job.started", "{actor} started {target}: {change}, {how_many}.", "layers")
    JOB_OPENED = Reading("bulk_job.opened", "{actor} opened {target}.", "layers")
    JOB_EXPORTED = changing(
        "bulk_job.exported", "{actor} exported {count} results of {target} as {form}, {seen}: {export}.", "download"
    )
    JOB_LIST_VIEWED = Reading("bulk_job.list_viewed", "{actor} looked at the jobs.", "layers")
    JOB_PAUSED = changing("bulk_job.paused", "{target} paused: {because}.", "pause")
    JOB_PAUSED_BY_PERSON = changing("bulk_job.paused_by_person", "{actor} paused {target}.", "pause")
    JOB_RESUMED = changing("bulk_job.resumed", "{actor} resumed {target}.", "play")
    JOB_CANCELLED = changing("bulk_job.cancelled", "{actor} cancelled the rest of {target}.", "x")
    JOB_FINISHED = changing(
        "bulk_job.finished",
        "{target} finished: {applied} changed, {already} were so already, {skipped} skipped, {failed} failed.",
        "check",
    )
    JOB_REFUSED = Reading("bulk_job.refused", "{actor} tried to change events and was refused: {because}.", "layers")
    EVENT_SUSPECT_SET = changing("event.suspect_set", "{actor} marked {target} {after} (was: {before}).", "flag")
    EVENT_LINKED_ID_SET = changing(
        "event.linked_id_set", "{actor} re-linked {target} to {after} (was: {before}).", "link"
    )
    EVENT_TAGS_SET = changing("event.tags_set", "{actor} set the tags of {target}.", "tag")
    EVENT_TAGS_DIFFER = changing(
        "event.tags_differ", "{actor} set the tags of {target}, and Fingerprint keeps other tags than were sent.", "tag"
    )
    EVENT_CHANGE_UNKNOWN = changing(
        "event.change_unknown", "Whether {target} was changed is not known: {because}.", "flag"
    )
    EVENT_NOT_CHANGED = Reading("event.not_changed", "{target} was not changed: {because}.", "flag")
