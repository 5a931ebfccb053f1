"""What people type to ask whether a visitor was erased."""

from dashboard.events.forms import FindVisitorForm


class LookUpForm(FindVisitorForm):
    """The id that somebody brings."""
