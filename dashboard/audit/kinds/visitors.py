"""Kinds of what staff say and do about visitors: notes, hand-overs, following."""

from dashboard.audit.reading import Reading, changing


class VisitorKinds:
    """Part of AuditKind."""

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
