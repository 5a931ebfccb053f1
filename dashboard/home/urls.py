"""Where everybody arrives."""

from django.urls import path

from dashboard.home import views

app_name = "home"
urlpatterns = [
    path("", views.home, name="home"),
    path("recognise/", views.recognise, name="recognise"),
    path("ticket/", views.ticket, name="ticket"),
]
