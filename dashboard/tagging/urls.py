from django.urls import path

from dashboard.tagging import views, views_lists

app_name = "tagging"
urlpatterns = [
    path("", views.jobs, name="jobs"),
    path("new/", views_lists.new, name="new"),
    path("mark/", views_lists.mark, name="mark"),
    path("<int:number>/", views.job, name="job"),
    path("<int:number>/progress/", views.job_progress, name="job_progress"),
    path("<int:number>/start/", views_lists.start, name="start"),
    path("<int:number>/approve/", views_lists.approve, name="approve"),
    path("<int:number>/decline/", views_lists.decline, name="decline"),
    path("<int:number>/discard/", views_lists.discard, name="discard"),
    path("<int:number>/pause/", views.pause, name="pause"),
    path("<int:number>/resume/", views.resume, name="resume"),
    path("<int:number>/cancel/", views.cancel, name="cancel"),
    path("<int:number>/retry/", views.retry, name="retry"),
    path("<int:number>/export/", views.export, name="export"),
    path("<int:number>/undo/", views.undo, name="undo"),
    path("<int:number>/take-back/", views_lists.take_back, name="take_back"),
]
