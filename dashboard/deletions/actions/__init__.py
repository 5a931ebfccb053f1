"""What people do with deletions: ask, decide, change the scope, extend the time, hold. Each act is one transaction."""

from dashboard.deletions.actions.again import ask_again, check_may_ask_again
from dashboard.deletions.actions.answering import acknowledge, extend
from dashboard.deletions.actions.asking import FoundThrough, Wish, ask, withdraw
from dashboard.deletions.actions.deciding import NotApproved, Seen, approve, approve_several, cancel, refuse
from dashboard.deletions.actions.holds import HoldWish, lift_hold, place_hold, review_hold
from dashboard.deletions.actions.looking import (
    ask_to_look,
    note_accounts_read,
    note_figures_taken,
    note_holds_viewed,
    note_list_viewed,
    note_opened,
)
from dashboard.deletions.actions.scope import NewScope, change_scope, check_may_change

__all__ = [
    "FoundThrough",
    "HoldWish",
    "NewScope",
    "NotApproved",
    "Seen",
    "Wish",
    "acknowledge",
    "approve",
    "approve_several",
    "ask",
    "ask_again",
    "ask_to_look",
    "cancel",
    "change_scope",
    "check_may_ask_again",
    "check_may_change",
    "extend",
    "lift_hold",
    "note_accounts_read",
    "note_figures_taken",
    "note_holds_viewed",
    "note_list_viewed",
    "note_opened",
    "place_hold",
    "refuse",
    "review_hold",
    "withdraw",
]
