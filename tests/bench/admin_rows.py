"""The same hundred rows in Django admin's change list, as the measure of what a list of this size costs anywhere."""

from datetime import datetime

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import include, path


class EventRow(models.Model):
    """What a results row shows, as plain columns of a table."""

    at = models.DateTimeField()
    event_id = models.CharField(max_length=64)
    visitor_id = models.CharField(max_length=64)
    linked_id = models.CharField(max_length=256)
    address = models.CharField(max_length=64)
    country = models.CharField(max_length=8)
    device = models.CharField(max_length=200)
    signals = models.CharField(max_length=400)
    score = models.IntegerField(null=True)
    suspect = models.BooleanField(null=True)

    class Meta:
        app_label = "bench"


class EventRowAdmin(admin.ModelAdmin):
    list_display = (
        "at",
        "event_id",
        "visitor_id",
        "linked_id",
        "address",
        "country",
        "device",
        "signals",
        "score",
        "suspect",
    )
    list_per_page = 100
    ordering = ("-at",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: EventRow | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: EventRow | None = None) -> bool:
        return True

    def has_delete_permission(self, request: HttpRequest, obj: EventRow | None = None) -> bool:
        return True


class OpenSite(admin.AdminSite):
    """Inkpad's people are no staff of Django's; whoever is signed in may look."""

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated)


site = OpenSite(name="admin")
site.register(EventRow, EventRowAdmin)
urlpatterns = [path("admin/", site.urls), path("", include("dashboard.urls"))]


def row_of(event: object, at: datetime) -> EventRow:
    """A row of the same content as a loaded event's."""
    from dashboard.events.masking import Lens
    from dashboard.events.values import BY_NAME, shown
    from fingerprint_integration.domain import Event

    assert isinstance(event, Event)
    lens = Lens(sees_personal=True)
    said = {name: shown(BY_NAME[name], event, lens) for name in BY_NAME}
    texts = ("visitor_id", "linked_id", "address", "country", "device", "signals")
    return EventRow(
        at=at,
        event_id=event.event_id,
        score=event.suspect_score,
        suspect=event.suspect,
        **{name: str(said[name] or "")[:60] for name in texts},
    )
