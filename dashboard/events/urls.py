from django.urls import path

from dashboard.events import event_views, export_views, kept_views, period_views, reveal_views, ruling_views, views

app_name = "events"
urlpatterns = [
    path("events/", views.search_form, name="search"),
    path("events/columns/", kept_views.columns, name="columns"),
    path("events/compare/", event_views.compare_chosen, name="compare_chosen"),
    path("searches/", views.start_search, name="start"),
    path("searches/history/", kept_views.history, name="history"),
    path("searches/saved/", kept_views.saved, name="saved"),
    path("searches/<short_id:short_id>/", views.results, name="results"),
    path("searches/<short_id:short_id>/more/", views.load_more, name="more"),
    path("searches/<short_id:short_id>/again/", views.read_again, name="again"),
    path("searches/<short_id:short_id>/change/", views.change_search, name="change"),
    path("searches/<short_id:short_id>/pivot/", views.pivot, name="pivot"),
    path("searches/<short_id:short_id>/before/", period_views.before, name="before"),
    path("searches/<short_id:short_id>/save/", kept_views.save, name="save"),
    path("searches/<short_id:short_id>/unsave/", kept_views.unsave, name="unsave"),
    path("searches/<short_id:short_id>/run/", kept_views.run, name="run"),
    path("searches/<short_id:short_id>/export/", export_views.make, name="export"),
    path("searches/<short_id:short_id>/rows/<int:place>/", views.unreadable, name="unreadable"),
    path("exports/", export_views.exports, name="exports"),
    path("exports/<short_id:short_id>/file/", export_views.take, name="export_file"),
    path("exports/<short_id:short_id>/revoke/", export_views.revoke, name="export_revoke"),
    path("events/<provider_id:event_id>/", views.event, name="event"),
    path("events/<provider_id:event_id>/neighbours/<int:number>/", event_views.neighbour, name="neighbour"),
    path("events/<provider_id:event_id>/compare/", event_views.choose_other, name="choose_other"),
    path("events/<provider_id:event_id>/compare/<provider_id:other_id>/", event_views.compare, name="compare"),
    path("events/<provider_id:event_id>/raw/", views.raw, name="raw"),
    path("events/<provider_id:event_id>/ruling/", ruling_views.evaluate, name="evaluate"),
    path("events/<provider_id:event_id>/reveal/", reveal_views.reveal, name="reveal"),
    path("events/<provider_id:event_id>/pivot/", views.pivot_from_event, name="pivot_from_event"),
]
