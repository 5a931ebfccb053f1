"""Below /deletions/."""

from django.urls import path

from dashboard.deletions.certificates import views as certificate_views
from dashboard.deletions.disclosure import views as disclosure_views
from dashboard.deletions.holds import views as hold_views
from dashboard.deletions.intake import views as intake_views
from dashboard.deletions.requests import again_views, figure_views, views
from dashboard.deletions.scope import views as scope_views

app_name = "deletions"
urlpatterns = [
    path("erased/", certificate_views.look_up, name="look_up"),
    path("access/", disclosure_views.access_requests, name="access_requests"),
    path("access/ask/", disclosure_views.ask, name="access_ask"),
    path("access/<int:number>/", disclosure_views.show, name="access_request"),
    path("access/<int:number>/approve/", disclosure_views.approve, name="access_approve"),
    path("access/<int:number>/refuse/", disclosure_views.refuse, name="access_refuse"),
    path("access/<int:number>/json/", disclosure_views.take_json, name="access_json"),
    path("access/<int:number>/text/", disclosure_views.take_text, name="access_text"),
    path("<int:number>/certify/", certificate_views.certify, name="certify"),
    path("<int:number>/certificates/<int:certificate>/", certificate_views.show, name="certificate"),
    path("<int:number>/certificates/<int:certificate>/file/", certificate_views.take, name="certificate_file"),
    path("", views.requests, name="requests"),
    path("ask/", views.ask, name="ask"),
    path("start/", views.start, name="start"),
    path("pause/", views.pause, name="pause"),
    path("resume/", views.resume, name="resume"),
    path("approve/", views.approve_several, name="approve_several"),
    path("numbers/", figure_views.numbers, name="numbers"),
    path("calendar/", figure_views.calendar, name="calendar"),
    path("files/", intake_views.files, name="files"),
    path("files/<int:number>/", intake_views.show, name="file"),
    path("files/<int:number>/faults/", intake_views.faults, name="file_faults"),
    path("files/<int:number>/take-in/", intake_views.take_in, name="take_in"),
    path("files/<int:number>/drop/", intake_views.drop, name="drop_file"),
    path("holds/", hold_views.holds, name="holds"),
    path("holds/new/", hold_views.new, name="new_hold"),
    path("holds/start/", hold_views.start, name="start_hold"),
    path("holds/<int:number>/", hold_views.show, name="hold"),
    path("holds/<int:number>/review/", hold_views.review, name="review_hold"),
    path("holds/<int:number>/lift/", hold_views.lift, name="lift_hold"),
    path("<int:number>/", views.show, name="request"),
    path("<int:number>/again/", again_views.ask_again, name="ask_again"),
    path("<int:number>/scope/", scope_views.scope, name="scope"),
    path("<int:number>/extend/", scope_views.extend, name="extend"),
    path("<int:number>/acknowledge/", scope_views.acknowledge, name="acknowledge"),
    path("<int:number>/ask/<int:person>/", views.ask_to_look, name="ask_to_look"),
    path("<int:number>/progress/", views.progress, name="progress"),
    path("<int:number>/approve/", views.approve, name="approve"),
    path("<int:number>/refuse/", views.refuse, name="refuse"),
    path("<int:number>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:number>/cancel/", views.cancel, name="cancel"),
]
