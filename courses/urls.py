"""Addresses of the learner's course pages."""

from __future__ import annotations

from django.urls import path

from courses import views

urlpatterns = [
    path("search/", views.search, name="search"),
    path("courses/<slug:slug>/search/", views.course_search, name="course-search"),
    path("courses/<slug:slug>/glossary/", views.course_glossary, name="course-glossary"),
    path("courses/<slug:slug>/ask/", views.ask_page, name="course-ask"),
    path("courses/<slug:slug>/ask/stream/", views.ask_stream, name="course-ask-stream"),
    path("topics/<int:pk>/", views.topic_page, name="topic-detail"),
    path("topics/<int:pk>/sources/<int:position>/", views.topic_source, name="topic-source"),
    path("figures/<int:pk>/picture/", views.figure_picture, name="figure-picture"),
    path("documents/<int:pk>/pages/<int:page>/picture/", views.picture, name="page-picture"),
    path("topics/<int:pk>/read/", views.lesson_read, name="lesson-read"),
    path("topics/<int:pk>/notes/", views.note_add, name="note-add"),
    path("notes/", views.notes, name="note-list"),
    path("notes/<int:pk>/", views.note_change, name="note-change"),
]
