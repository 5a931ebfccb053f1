"""People and roles, and a person's own settings. Signing in stands in entrance.py."""

from django.urls import path

from dashboard.accounts import views

app_name = "accounts"
urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/add/", views.add, name="add"),
    path("people/<int:person_id>/", views.person, name="person"),
    path("people/<int:person_id>/password-link/", views.password_link, name="password_link"),
    path("people/<int:person_id>/end-sessions/", views.end_sessions, name="end_sessions"),
    path("settings/", views.preferences, name="preferences"),
]
