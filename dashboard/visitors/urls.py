from django.urls import path

from dashboard.visitors import follow_views, hand_over_views, link_views, note_views, views

app_name = "visitors"
urlpatterns = [
    path("", views.find, name="find"),
    path("notes/<int:number>/", note_views.note, name="note"),
    path("notes/<int:number>/remove/", note_views.remove, name="remove_note"),
    path("notes/files/<int:number>/", note_views.take_file, name="note_file"),
    path("following/", follow_views.following, name="following"),
    path("followed/<int:number>/", follow_views.followed, name="followed"),
    path("hand-overs/<int:number>/", hand_over_views.handed_over, name="handed_over"),
    path("<provider_id:visitor_id>/", views.visitor, name="visitor"),
    path("<provider_id:visitor_id>/more/", views.read_on, name="more"),
    path("<provider_id:visitor_id>/devices/", views.devices, name="devices"),
    path("<provider_id:visitor_id>/related/", views.related, name="related"),
    path("<provider_id:visitor_id>/links/", link_views.links, name="links"),
    path("<provider_id:visitor_id>/links/start/", link_views.start, name="links_start"),
    path("<provider_id:visitor_id>/links/ask/", link_views.ask, name="links_ask"),
    path("<provider_id:visitor_id>/links/further/", link_views.further, name="links_further"),
    path("<provider_id:visitor_id>/links/export/", link_views.export, name="links_export"),
    path("<provider_id:visitor_id>/links/choose/", link_views.choose, name="links_choose"),
    path("<provider_id:visitor_id>/follow/", follow_views.follow, name="follow"),
    path("<provider_id:visitor_id>/unfollow/", follow_views.unfollow, name="unfollow"),
    path("<provider_id:visitor_id>/hand-over/", hand_over_views.hand_over, name="hand_over"),
    path("<provider_id:visitor_id>/notes/", note_views.notes, name="notes"),
    path("<provider_id:visitor_id>/events/<provider_id:event_id>/notes/", note_views.notes, name="event_notes"),
]
