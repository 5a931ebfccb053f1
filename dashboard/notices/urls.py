"""One's own inbox."""

from django.urls import path

from dashboard.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("read/", views.read_all, name="read_all"),
    path("mails/again/", views.retry_mails, name="retry_mails"),
    path("<int:notice_id>/open/", views.open_notice, name="open"),
    path("<int:notice_id>/read/", views.read, name="read"),
]
