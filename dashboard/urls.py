"""Every address, by feature."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from dashboard.core import converters, gallery  # noqa: F401  (converters registers the path converters)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("dashboard.home.urls")),
    path("", include("dashboard.events.urls")),
    path("visitors/", include("dashboard.visitors.urls")),
    path("jobs/", include("dashboard.tagging.urls")),
    path("deletions/", include("dashboard.deletions.urls")),
    path("inbox/", include("dashboard.notices.urls")),
    path("audit/", include("dashboard.audit.urls")),
    path("account/", include("dashboard.accounts.entrance")),
    path("", include("dashboard.accounts.urls")),
    path("", include("dashboard.status.urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("components/", gallery.show))

handler400 = "dashboard.core.errors.bad_request"
handler403 = "dashboard.core.errors.permission_denied"
handler404 = "dashboard.core.errors.page_not_found"
handler500 = "dashboard.core.errors.server_error"
