"""Titles with the signs of HTML, of formats and of searches, on every page that shows them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from courses.models import Course, CourseStatus, Module, SourceDocument, Topic
from jobs.models import Job
from quizzes.models import Attempt, Question, Quiz
from quizzes.services import start_attempt, submit_attempt
from tests.admin.rows import make_job
from tests.factories import make_course, make_superuser

TITLE = "R&D <b>100%</b> {0} {title} %s %(title)s \"q\" 's' \\1 ${x}"
TWICE = ("&amp;amp;", "&amp;lt;", "&amp;gt;", "&amp;quot;", "&amp;#x27;", "&amp;#39;")
LISTS = ("course", "module", "topic", "sourcedocument", "quiz", "question", "attempt", "job")


@pytest.fixture
def browser(db: None) -> Client:
    chief = make_superuser()
    course = make_course(TITLE, owner=chief, status=CourseStatus.PUBLISHED, modules=1)
    for rows in (Module.objects, Topic.objects, Quiz.objects):
        rows.update(title=TITLE)
    SourceDocument.objects.update(original_name=TITLE)
    Question.objects.update(stem=TITLE)
    make_job(chief, title=TITLE, parameters={"course": course.pk})
    submit_attempt(
        attempt=start_attempt(quiz=Quiz.objects.earliest("pk"), learner=chief), responses={}
    )
    start_attempt(quiz=Quiz.objects.latest("pk"), learner=chief)
    browser = Client()
    browser.force_login(chief)
    return browser


def pages() -> list[str]:
    """Those of learners, and in the admin of each kind its list, a row, its history, deletion."""
    rows = (Course, Module, Topic, SourceDocument, Quiz, Question, Attempt, Job)
    met = [reverse(name) for name in ("course-list", "history", "admin:index")]
    linked: list[Any] = [*Course.objects.all(), *Quiz.objects.all(), *Attempt.objects.all()]
    met += [row.get_absolute_url() for row in linked]
    met += [reverse("topic-detail", args=[topic.pk]) for topic in Topic.objects.all()]
    for model in rows:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.order_by("pk")[0]
        met += [reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[row.pk])]
    course = Course.objects.get().pk
    met += [reverse("admin:courses_course_delete", args=[course])]
    met += [reverse("admin:courses_course_history", args=[course])]
    return met


def test_a_title_is_shown_as_it_was_typed(browser: Client) -> None:
    shown = 0
    for page in pages():
        answer = browser.get(page, follow=True)
        assert answer.status_code == 200, page
        assert "<b>100%" not in answer.text, page
        assert not [twice for twice in TWICE if twice in answer.text], page
        shown += "R&amp;D" in answer.text
    assert shown > len(pages()) - 3  # all but the admin's index and empty ones


def test_messages_about_it_are_right_too(browser: Client) -> None:
    course = Course.objects.get()
    page = reverse("admin:courses_course_change", args=[course.pk])
    sent = {"title": f"{TITLE}!", "description": ""}
    saved = browser.post(page, sent, follow=True)
    taken = {"action": "unpublish", "_selected_action": str(course.pk)}
    many = browser.post(reverse("admin:courses_course_changelist"), taken, follow=True)
    for answer in (saved, many):
        assert "R&amp;D" in answer.text
        assert not [twice for twice in TWICE if twice in answer.text]
    assert Course.objects.get().title == f"{TITLE}!"


@pytest.mark.parametrize("words", [TITLE, "C++ (((", "a & | ! :* b", "\\", "%", "_", "'"])
def test_such_words_are_sought_as_they_are(browser: Client, words: str) -> None:
    found = browser.get("/api/courses/", {"q": words}).json()
    assert found["count"] == (words in TITLE)
    page = browser.get(reverse("admin:courses_course_changelist"), {"q": words})
    assert page.status_code == 200
