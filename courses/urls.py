"""Addresses of the learner's course pages."""

from __future__ import annotations

from django.urls import path

from courses import views

urlpatterns = [
    path("", views.course_list, name="course-list"),
    path("courses/<slug:slug>/search/", views.course_search, name="course-search"),
    path("topics/<int:pk>/", views.topic_page, name="topic-detail"),
]
