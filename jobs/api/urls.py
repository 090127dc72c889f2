from __future__ import annotations

from django.urls import path

from jobs.api.events import JobEventsView
from jobs.api.views import JobViewSet, StepViewSet

# Without a slash at the end, as clients of the prototype call it.
urlpatterns = [
    path("jobs/", JobViewSet.as_view({"get": "list"}), name="job-list"),
    path("jobs/<uuid:pk>/steps/", StepViewSet.as_view({"get": "list"}), name="job-steps"),
    path("jobs/<uuid:pk>", JobViewSet.as_view({"get": "retrieve"}), name="job-status"),
    path("jobs/<uuid:pk>/events", JobEventsView.as_view(), name="job-events"),
    path("jobs/<uuid:pk>/cancel/", JobViewSet.as_view({"post": "cancel"}), name="job-cancel"),
    path("jobs/<uuid:pk>/retry/", JobViewSet.as_view({"post": "retry"}), name="job-retry"),
]
