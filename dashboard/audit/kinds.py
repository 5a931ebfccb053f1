"""Every kind of audit entry: its dotted code, and how it reads.

A code is never reused and never renamed, because old entries carry it. The sentence may use {actor}, {target}, the
names in the entry's `details`, and the names of its personal values; dashboard/audit/sentences.py fills them in.
"""

from dashboard.audit.reading import Kinds, Reading, changing


class AuditKind(Kinds):
    """`AuditKind.X.code` is what is stored."""

    # People
    SIGNED_IN = Reading("sign_in.succeeded", "{actor} signed in.", "log-in")
    SIGN_IN_FAILED = Reading("sign_in.failed", "Somebody could not sign in: {because}.", "log-in")
    PASSWORD_GIVEN_AGAIN = Reading("sign_in.repeated", "{actor} gave their password again.", "log-in")
    SIGNED_OUT = Reading("sign_out.done", "{actor} signed out.", "log-out")
    SESSION_OVER = Reading("session.over", "{actor} was signed out: {because}.", "log-out")
    ACCESS_REFUSED = Reading("access.refused", "{actor} may not {may_not} and was refused.", "ban")
    PERSON_CREATED = changing("person.created", "{actor} added {target}.", "user-plus")
    PERSON_CHANGED = changing("person.changed", "{actor} changed {target}: {changed}.", "user")
    ROLES_CHANGED = changing(
        "person.roles_changed", "{actor} changed the roles of {target}: {before} became {after}.", "users"
    )
    ROLES_CHANGE_REFUSED = Reading(
        "person.roles_change_refused", "{actor} tried to change the roles of {target} and was refused.", "users"
    )
    PERSON_CHANGE_REFUSED = Reading(
        "person.change_refused", "{actor} tried to change {target} and was refused: {because}.", "user"
    )
    SESSIONS_ENDED = changing("person.sessions_ended", "{actor} signed {target} out everywhere.", "log-out")
    PASSWORD_LINK_MADE = changing(
        "person.password_link_made", "{actor} made a link through which {target} chooses a password.", "key-round"
    )
    PASSWORD_RESET_ASKED = Reading(
        "person.password_reset_asked", "Somebody asked for a new password for {target}; a link was sent.", "key-round"
    )
    PASSWORD_RESET = changing("person.password_reset", "{target} chose a new password through a link.", "key-round")
    PASSWORD_CHANGED = changing("person.password_changed", "{actor} changed their password.", "key-round")
    PREFERENCES_CHANGED = changing(
        "person.preferences_changed", "{actor} changed their own settings: {changed}.", "settings"
    )
    PEOPLE_VIEWED = Reading("person.list_viewed", "{actor} looked at people and roles.", "users")

    # Notices
    INBOX_VIEWED = Reading("notice.inbox_viewed", "{actor} looked at their inbox.", "inbox")
    NOTICE_READ = Reading("notice.read", "{actor} marked notices as read: {count}.", "inbox")
    NOTICE_OPENED = Reading("notice.opened", "{actor} opened a notice about {about}.", "inbox")
    NOTICE_MAILED = changing("notice.mailed", "Inkpad sent {target} an e-mail about {about}.", "mail")
    NOTICE_NOT_MAILED = Reading(
        "notice.not_mailed", "An e-mail to {target} about {about} was given up: {because}.", "mail-x"
    )
    NOTICE_MAILS_RETRIED = changing(
        "notice.mails_retried", "{actor} had e-mails that were given up sent again: {count}.", "mail"
    )

    # Searching and looking
    TEXT_READ = Reading("paste.read", "{actor} pasted a text; {found} things were recognised.", "clipboard-paste")
    TICKET_READ = Reading(
        "ticket.read", "{actor} asked what was done for a ticket ({whose} acts): {count} found.", "ticket"
    )
    SEARCH_STARTED = Reading("search.started", "{actor} searched: {words}.", "search")
    SEARCH_OPENED = Reading("search.opened", "{actor} opened {target}.", "search")
    SEARCH_LOADED = Reading("search.loaded", "{actor} loaded {count} events of {target}.", "search")
    SEARCH_FAILED = Reading("search.failed", "{actor} got no answer for {target}: {error}.", "search")
    SEARCH_SAVED = changing("search.saved", "{actor} saved {target} as {name}, for {for_whom}.", "bookmark")
    SEARCH_UNSAVED = changing("search.unsaved", "{actor} took {target} off the saved searches.", "bookmark-minus")
    SEARCH_CHANGE_REFUSED = Reading(
        "search.change_refused", "{actor} tried to change {target} and was refused: {because}.", "bookmark"
    )
    SEARCHES_VIEWED = Reading("search.list_viewed", "{actor} looked at {whose} searches.", "search")
    EXPORT_MADE = changing(
        "export.made", "{actor} exported {count} events of search {search} as {form}, {seen}: {target}.", "download"
    )
    EXPORT_TAKEN = Reading("export.taken", "{actor} took {target} of {count} events away as a file.", "download")
    EXPORT_REVOKED = changing("export.revoked", "{actor} revoked {target}.", "ban")
    EXPORT_REFUSED = Reading("export.refused", "{actor} tried to export events and was refused: {because}.", "download")
    EXPORTS_VIEWED = Reading("export.list_viewed", "{actor} looked at {whose} exports.", "download")
    EVENT_OPENED = Reading("event.opened", "{actor} opened {target}.", "eye")
    EVENT_RAW_TAKEN = Reading("event.raw_taken", "{actor} took the raw answer of {target} away as a file.", "download")
    FIELD_REVEALED = Reading("event.field_revealed", "{actor} revealed {field} of {target}.", "eye")
    SEARCHED_BY_VALUE = Reading(
        "search.by_value", "{actor} searched by {fields} without the right to see it: this counts as a reveal.", "eye"
    )
    REVEAL_REFUSED = Reading(
        "reveal.refused", "{actor} wanted to reveal more than {limit} values within an hour and was refused.", "ban"
    )
    EVENT_EVALUATED = Reading(
        "event.evaluated", "{actor} asked what ruleset {ruleset} would do with {target}: {ruling}.", "scale"
    )
    EVENT_NEIGHBOUR_SOUGHT = Reading(
        "event.neighbour_sought", "{actor} asked for the event {which} {target} of its visitor: {found}.", "eye"
    )
    EVENT_NOT_OPENED = Reading("event.not_opened", "{actor} asked for {target} and did not get it: {error}.", "eye")
    VISITOR_OPENED = Reading("visitor.opened", "{actor} opened {target}.", "eye")
    VISITOR_LOADED = Reading("visitor.loaded", "{actor} loaded {count} more events of {target}.", "eye")
    VISITOR_NOT_OPENED = Reading("visitor.not_opened", "{actor} asked for {target} and did not get it: {error}.", "eye")
    DEVICES_READ = Reading(
        "visitor.devices_read",
        "{actor} asked Fingerprint which other devices use an account of {target}: {count} found.",
        "eye",
    )
    DEVICES_NOT_READ = Reading(
        "visitor.devices_not_read",
        "{actor} asked Fingerprint which other devices use an account of {target} and got no answer: {error}.",
        "eye",
    )
    LINKS_PLANNED = Reading(
        "links.planned", "{actor} planned hop {hop} of the links of {target}: {requests}.", "waypoints"
    )
    LINKS_OPENED = Reading("links.opened", "{actor} looked at visitors linked to {target}.", "eye")
    LINKS_READ = Reading(
        "links.read",
        "{actor} asked Fingerprint who is linked to {target}: hop {hop}, {requests}, others met: {count}.",
        "waypoints",
    )
    LINKS_NOT_READ = Reading(
        "links.not_read",
        "{actor} asked Fingerprint who is linked to {target} and did not get every answer: {error}.",
        "waypoints",
    )
    LINKS_EXPORTED = Reading(
        "links.exported", "{actor} took {count} visitors linked to {target} away as a file.", "download"
    )
    LINKS_CHOSEN = Reading(
        "links.chosen", "{actor} read the events of {count} visitors linked to {target} to change them.", "waypoints"
    )
    RELATED_READ = Reading(
        "visitor.related_read", "{actor} asked Fingerprint for visitors related to {target}: {count} found.", "eye"
    )
    RELATED_NOT_READ = Reading(
        "visitor.related_not_read",
        "{actor} asked Fingerprint for visitors related to {target} and got no answer: {error}.",
        "eye",
    )

    # Notes on visitors and events
    NOTE_ADDED = changing("note.added", "{actor} wrote a note on {target}.", "sticky-note")
    NOTE_EDITED = changing("note.edited", "{actor} changed a note on {target}.", "sticky-note")
    NOTE_REMOVED = changing("note.removed", "{actor} removed a note on {target}.", "sticky-note")
    NOTE_REFUSED = Reading(
        "note.refused", "{actor} tried to {act} a note on {target} and was refused: {because}.", "sticky-note"
    )
    NOTE_FILE_TAKEN = Reading("note.file_taken", "{actor} took a file of a note on {target} away.", "download")
    NOTES_READ = Reading("note.read", "{actor} read {how_many} on {target}.", "eye")

    # Handing visitors over
    HANDED_OVER = changing("hand_over.made", "{actor} handed {target} over to {to}.", "user-round-check")
    HAND_OVER_TAKEN = changing("hand_over.taken", "{actor} took over {target}.", "user-round-check")
    HAND_OVER_RETURNED = changing("hand_over.returned", "{actor} returned {target} to {to}.", "user-round-check")
    HAND_OVER_CLOSED = changing("hand_over.closed", "{actor} closed the hand-over of {target}.", "user-round-check")
    HAND_OVER_OPENED = Reading("hand_over.opened", "{actor} read the hand-over of {target}.", "eye")
    HAND_OVER_REFUSED = Reading(
        "hand_over.refused", "{actor} tried to {act} {target} and was refused: {because}.", "user-round-check"
    )

    # Following visitors
    FOLLOW_BEGUN = changing("follow.begun", "{actor} follows {target}.", "bell")
    FOLLOW_ENDED = changing("follow.ended", "{actor} follows {target} no more.", "bell-off")
    FOLLOW_LAPSED = changing("follow.lapsed", "{person} may not open {target} and follows it no more.", "bell-off")
    FOLLOW_REFUSED = Reading("follow.refused", "{actor} tried to follow {target} and was refused: {because}.", "ban")
    FOLLOWS_VIEWED = Reading("follow.list_viewed", "{actor} looked at the visitors they follow.", "eye")
    FOLLOWED_ASKED = Reading("follow.asked", "Inkpad asked about followed visitor no. {number}: nothing new.", "bell")
    FOLLOWED_CAME = Reading("follow.came", "Inkpad asked about {target}, followed: {count} new events.", "bell")
    FOLLOWED_NOT_ASKED = Reading("follow.not_asked", "Inkpad got no answer about a followed visitor: {error}.", "bell")

    # Changing events
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

    # Deletions
    DELETION_ASKED = changing("deletion.asked", "{actor} asked for {target}. Visitors: {count}.", "eraser")
    DELETION_ASKED_AGAIN = changing(
        "deletion.asked_again", "{actor} asked again for what {target} did not erase: {other}.", "eraser"
    )
    DELETION_LIST_VIEWED = Reading("deletion.list_viewed", "{actor} looked at the deletion requests.", "eraser")
    DELETION_OPENED = Reading("deletion.opened", "{actor} opened {target}.", "eye")
    DELETION_APPROVED = changing("deletion.approved", "{actor} approved {target}. Visitors: {count}.", "stamp")
    DELETION_REFUSED = changing("deletion.refused", "{actor} refused {target}.", "stamp")
    DELETION_WITHDRAWN = changing("deletion.withdrawn", "{actor} withdrew {target}.", "undo-2")
    DELETION_CANCELLED = changing("deletion.cancelled", "{actor} cancelled {target} before it ran.", "undo-2")
    DELETION_EXPIRED = changing("deletion.expired", "{target} expired: {because}.", "clock")
    DELETION_ACT_REFUSED = Reading(
        "deletion.act_refused", "{actor} tried to {act} {target} and was refused: {because}.", "ban"
    )
    DELETION_APPROVAL_VOID = changing(
        "deletion.approval_void", "The approval of {target} became void before it ran: {because}.", "undo-2"
    )
    DELETION_SCOPE_CHANGED = changing(
        "deletion.scope_changed", "{actor} changed the scope of {target}: {added} added, {removed} removed.", "eraser"
    )
    DELETION_EXTENDED = changing(
        "deletion.extended",
        "{actor} extended the time for {target} once, to {until}; the person was told on {told}.",
        "clock",
    )
    DELETION_ACKNOWLEDGED = changing(
        "deletion.acknowledged", "{actor} wrote down that receipt of {target} was confirmed to the person.", "check"
    )
    DELETION_SETTLED_WITH = changing(
        "deletion.settled_with",
        "{visitor} of {target} was settled with {other}, which asked for it too: {result}.",
        "eraser",
    )
    DELETION_ACCOUNTS_READ = Reading(
        "deletion.accounts_read",
        "{actor} asked Fingerprint for the visitors of the accounts in {target}: {count} found.",
        "eye",
    )
    DELETION_LOOK_ASKED = changing("deletion.look_asked", "{actor} asked {colleague} to look at {target}.", "bell")
    DELETION_FILE_READ = changing(
        "deletion.file_read", "{actor} sent file {file} of {count} lines; {faults} have a fault.", "upload"
    )
    DELETION_FILE_OPENED = Reading("deletion.file_opened", "{actor} opened file {file}.", "eye")
    DELETION_FILE_FAULTS_TAKEN = Reading(
        "deletion.file_faults_taken", "{actor} took the {count} lines with a fault of file {file} away.", "download"
    )
    DELETION_FILE_TAKEN_IN = changing(
        "deletion.file_taken_in", "{actor} asked for the deletions in file {file}: {count} requests.", "eraser"
    )
    DELETION_FILE_DROPPED = changing("deletion.file_dropped", "{actor} let file {file} go.", "x")
    DELETION_FIGURES_TAKEN = Reading(
        "deletion.figures_taken", "{actor} took the figures of deletions from {first} to {last} away.", "download"
    )
    HOLD_PLACED = changing(
        "hold.placed", "{actor} placed legal hold {hold} on {held}, to be reviewed on {review}.", "lock"
    )
    HOLD_REVIEWED = changing(
        "hold.reviewed", "{actor} looked at legal hold {hold} again: it stands until {review}.", "lock"
    )
    HOLD_LIFTED = changing("hold.lifted", "{actor} lifted legal hold {hold}.", "lock")
    HOLD_REFUSED = Reading("hold.refused", "{actor} tried to change a legal hold and was refused: {because}.", "ban")
    HOLDS_VIEWED = Reading("hold.list_viewed", "{actor} looked at the legal holds.", "lock")
    DELETION_STARTED = changing("deletion.started", "{target} began to run.", "play")
    DELETION_SENT = changing(
        "deletion.sent", "Inkpad sends Fingerprint the deletion of {visitor} for {target}, attempt {attempt}.", "eraser"
    )
    DELETION_ACCEPTED = changing(
        "deletion.accepted", "Fingerprint accepted the deletion of {visitor} for {target}.", "eraser"
    )
    DELETION_ACCEPTED_ANSWER_LOST = changing(
        "deletion.accepted_answer_lost",
        "Fingerprint knows {visitor} no more: the deletion for {target} was accepted, only its answer was lost.",
        "eraser",
    )
    DELETION_ERASED_HERE = changing(
        "deletion.erased_here", "Inkpad erased its own copies of a visitor for {target}: {erased}.", "eraser"
    )
    DELETION_UNKNOWN = changing("deletion.unknown", "Fingerprint did not know {visitor} when {target} ran.", "eraser")
    DELETION_FAILED = Reading("deletion.failed", "The deletion of {visitor} for {target} failed: {because}.", "eraser")
    DELETION_WAITS = Reading("deletion.waits", "The deletion of {visitor} for {target} waits: {because}.", "clock")
    DELETION_GOES_ON = changing(
        "deletion.goes_on",
        "The deletion of {visitor} for {target} goes on: no legal hold stands against it any more.",
        "play",
    )
    DELETIONS_PAUSED = changing("deletions.paused", "{actor} paused all deletions.", "pause")
    DELETIONS_RESUMED = changing("deletions.resumed", "{actor} let deletions go on.", "play")
    DELETIONS_PAUSE_REFUSED = Reading(
        "deletions.pause_refused", "{actor} tried to {act} all deletions and was refused: {because}.", "ban"
    )
    DELETION_CLOSED = changing("deletion.closed", "{target} was closed: {result}.", "check")

    # What follows a deletion. No visitor is named: they are erased, and stand for their place in the request.
    DELETION_CHECKED = Reading(
        "deletion.checked",
        "Inkpad asked Fingerprint about visitor {place} of {target}, round {round}: {answers}.",
        "search-check",
    )
    DELETION_VERIFIED = changing(
        "deletion.verified", "Visitor {place} of {target} is no longer answered by Fingerprint.", "circle-check"
    )
    DELETION_OVERDUE = changing("deletion.overdue", "Visitor {place} of {target} is overdue: {because}.", "clock-alert")
    DELETION_COMPLETE = changing(
        "deletion.complete", "Everything of visitor {place} of {target} is gone.", "circle-check"
    )
    DELETION_UNPROVEN = changing(
        "deletion.unproven",
        "That visitor {place} of {target} is gone cannot be proven: {because}.",
        "circle-question-mark",
    )
    DELETION_RETURNED = changing(
        "deletion.returned",
        "Visitor {place} of {target} came back under the same id after Fingerprint had accepted the deletion.",
        "siren",
    )
    DELETION_RELEASED = changing(
        "deletion.released",
        "{target} forgot visitor {place} itself; a keyed hash stays. Further values erased: {erased}.",
        "eraser",
    )
    DELETION_CERTIFIED = changing(
        "deletion.certified",
        "Certificate {certificate} of {target} was issued. It reads SHA-256 {sha256}.",
        "file-check",
    )
    DELETION_CERTIFICATE_OPENED = Reading(
        "deletion.certificate_opened", "{actor} opened certificate {certificate} of {target}.", "file-check"
    )
    DELETION_CERTIFICATE_TAKEN = Reading(
        "deletion.certificate_taken",
        "{actor} took certificate {certificate} of {target} away as a file. It names the visitors: {names}.",
        "download",
    )
    DISCLOSURE_LIST_VIEWED = Reading(
        "disclosure.list_viewed", "{actor} looked at the access requests.", "folder-search"
    )
    DISCLOSURE_OPENED = Reading("disclosure.opened", "{actor} opened {target}.", "eye")
    DISCLOSURE_ASKED = changing(
        "disclosure.asked", "{actor} asked for everything that is held about {visitor}, {target}.", "folder-search"
    )
    DISCLOSURE_APPROVED = changing("disclosure.approved", "{actor} approved {target}.", "stamp")
    DISCLOSURE_REFUSED = changing("disclosure.refused", "{actor} refused {target}.", "stamp")
    DISCLOSURE_COLLECTED = changing(
        "disclosure.collected", "Everything for {target} was collected: {events} events.", "folder-search"
    )
    DISCLOSURE_TAKEN = Reading("disclosure.taken", "{actor} took everything of {target} away as a file.", "download")
    DISCLOSURE_ACT_REFUSED = Reading(
        "disclosure.act_refused", "{actor} tried to {act} {target} and was refused: {because}.", "ban"
    )
    DELETION_LOOKED_UP = Reading(
        "deletion.looked_up", "{actor} asked whether a visitor was erased: {answer}.", "search-check"
    )

    # The record itself
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


AuditKind.of_code("")  # Two kinds with one code are seen when a process starts.
