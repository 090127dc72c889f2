"""Addresses of the learner's quiz pages, and of the course page that lists the quizzes."""

from __future__ import annotations

from django.urls import path

from quizzes import study_views, views

urlpatterns = [
    path("", study_views.home, name="course-list"),
    path("practice/", study_views.practice, name="practice"),
    path("practice/plan/", study_views.practice_plan, name="practice-plan"),
    path("practice/cards/<int:pk>/", study_views.card_answer, name="card-answer"),
    path("practice/cards/<int:pk>/aside/", study_views.card_aside, name="card-aside"),
    path("courses/<slug:slug>/", views.course_page, name="course-detail"),
    path("quizzes/<int:pk>/", views.quiz_page, name="quiz-detail"),
    path("quizzes/<int:pk>/start/", views.quiz_start, name="quiz-start"),
    path("quizzes/<int:pk>/practice/", views.quiz_practise, name="quiz-practise"),
    path("attempts/<uuid:pk>/", views.attempt_result, name="attempt-result"),
    path("attempts/<uuid:pk>/questions/", views.attempt_take, name="attempt-take"),
    path(
        "attempts/<uuid:pk>/questions/<int:position>/", views.attempt_take, name="attempt-question"
    ),
    path("attempts/<uuid:pk>/answers/", views.attempt_save, name="attempt-save"),
    path("attempts/<uuid:pk>/review/", views.attempt_review, name="attempt-review"),
    path("courses/<slug:slug>/certificate/", views.certificate_get, name="certificate-get"),
    path("certificates/", views.certificate_check, name="certificate-check"),
    path("certificates/<str:code>/", views.certificate, name="certificate"),
    path("history/", views.history, name="history"),
]
