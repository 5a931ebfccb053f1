"""Kinds of deletions, legal holds, certificates and access requests."""

from dashboard.audit.reading import Reading, changing


class DeletionKinds:
    """Part of AuditKind."""

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
