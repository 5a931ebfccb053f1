"""Probes at fixed addresses, and the status page."""

from django.urls import path

from dashboard.status import views

app_name = "status"
urlpatterns = [
    path("status/", views.status, name="status"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
