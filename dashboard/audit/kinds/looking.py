"""Kinds of searching, opening, reading and taking away."""

from dashboard.audit.reading import Reading, changing


class LookingKinds:
    """Part of AuditKind."""

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
