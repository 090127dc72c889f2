"""Addresses of the learner's quiz pages, and of the course page that lists the quizzes."""

from __future__ import annotations

from django.urls import path

from quizzes import views

urlpatterns = [
    path("courses/<slug:slug>/", views.course_page, name="course-detail"),
    path("quizzes/<int:pk>/", views.quiz_page, name="quiz-detail"),
    path("quizzes/<int:pk>/start/", views.quiz_start, name="quiz-start"),
    path("attempts/<uuid:pk>/", views.attempt_result, name="attempt-result"),
    path("attempts/<uuid:pk>/questions/", views.attempt_take, name="attempt-take"),
    path("history/", views.history, name="history"),
]
