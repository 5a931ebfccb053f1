"""Kinds about staff: signing in, roles, their inbox and their mails."""

from dashboard.audit.reading import Reading, changing


class PeopleKinds:
    """Part of AuditKind."""

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
