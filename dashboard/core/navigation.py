"""The frame around every page: which pages this person may open, what waits there, which Fingerprint is behind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from dashboard.core.access import Perm

if TYPE_CHECKING:
    from dashboard.accounts.models import User

Counter = Callable[["User"], int]
_waiting: dict[str, Counter] = {}


def register_waiting(url_name: str, count: Counter) -> None:
    """Says how many things wait for a person behind a page; features call it in their AppConfig.ready."""
    _waiting[url_name] = count


_INBOX = "notices:inbox"
# One’s own settings belong to no page of the navigation.
_OWN_SETTINGS = "accounts:preferences"


Foot = Callable[[], dict[str, Any]]
_feet: list[Foot] = []


def register_foot(foot: Foot) -> None:
    """Adds template context for the frame of every page; features call it in their AppConfig.ready."""
    _feet.append(foot)


@dataclass(frozen=True)
class _Page:
    label: str
    url_name: str
    icon: str
    perm: Perm


_GROUPS: tuple[tuple[str, tuple[_Page, ...]], ...] = (
    (
        "",
        (
            _Page("Home", "home:home", "house", Perm.USE_DESK),
            _Page("Inbox", _INBOX, "inbox", Perm.USE_DESK),
            _Page("Events", "events:search", "list", Perm.VIEW_EVENTS),
            _Page("Visitors", "visitors:find", "fingerprint-pattern", Perm.VIEW_EVENTS),
        ),
    ),
    (
        "Work",
        (
            _Page("Jobs", "tagging:jobs", "layers", Perm.CHANGE_EVENTS),
            _Page("Deletions", "deletions:requests", "eraser", Perm.VIEW_DELETIONS),
            _Page("Legal holds", "deletions:holds", "lock", Perm.VIEW_DELETIONS),
        ),
    ),
    (
        "Record",
        (
            _Page("Audit log", "audit:log", "scroll-text", Perm.VIEW_AUDIT),
            _Page("Status", "status:status", "activity", Perm.VIEW_STATUS),
            _Page("People and roles", "accounts:people", "users", Perm.MANAGE_PEOPLE),
        ),
    ),
)


def _current(request: HttpRequest) -> str:
    """The page of the navigation that this one belongs to: of its feature's pages the one its address lies under."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    names = [page.url_name for _, pages in _GROUPS for page in pages]
    of_feature = [name for name in names if name.partition(":")[0] == here.partition(":")[0]]
    if not of_feature or here == _OWN_SETTINGS:
        return ""
    addresses = {name: reverse(name) for name in of_feature}
    under = [name for name in of_feature if request.path.startswith(addresses[name])]
    return max(under, key=lambda name: len(addresses[name]), default=of_feature[0])


def frame(request: HttpRequest) -> dict[str, Any]:
    """Template context `navigation`, `connection`, `may_paste` (whether the paste box is for this person), and `inbox`,
    the navigation's item for it, which the top bar shows too when something waits."""
    context: dict[str, Any] = {
        "connection": {
            "is_sandbox": bool(settings.FINGERPRINT_BASE_URL),
            "environment": settings.FINGERPRINT_ENVIRONMENT,
            "region": settings.FINGERPRINT_REGION.upper(),
            "api_version": settings.FINGERPRINT_API_VERSION,
        },
        "navigation": [],
    }
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return context
    for foot in _feet:
        context |= foot()
    context["may_paste"] = Perm.VIEW_EVENTS in user.perms
    current = _current(request)
    for title, pages in _GROUPS:
        items = [
            {
                "name": page.url_name,
                "label": page.label,
                "url": reverse(page.url_name),
                "icon": page.icon,
                "waits": _waiting[page.url_name](user) if page.url_name in _waiting else 0,
                "current": page.url_name == current,
            }
            for page in pages
            if page.perm in user.perms
        ]
        if items:
            context["navigation"].append({"title": title, "items": items})
        for item in items:
            if item["name"] == _INBOX:
                context["inbox"] = item
    return context
