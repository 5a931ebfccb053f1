"""Addresses of the audit log, below /audit/."""

from django.urls import path

from dashboard.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.log, name="log"),
    path("<int:number>/", views.entry, name="entry"),
    path("<int:number>/proof/", views.proof, name="proof"),
    path("export/", views.export, name="export"),
    path("history/<provider_id:kind>/<provider_id:ref>/", views.history, name="history"),
    path("verify/", views.verify, name="verify"),
    path("check/", views.check, name="check"),
    path("check/check_proof.py", views.script, name="script"),
]
