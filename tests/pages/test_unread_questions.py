"""A draft is not asked of learners, but where a course is used at once, which says so."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from courses.models import Course, CourseStatus
from quizzes.attempt_errors import AttemptError
from quizzes.editing import approve_question
from quizzes.models import Quiz
from quizzes.services import start_attempt, submit_attempt
from tests.factories import make_course, make_learner, make_superuser

pytestmark = pytest.mark.django_db

NOBODY = "Nobody has read the questions of this course yet."
SOME = "Nobody has read some of the questions of this course yet."


@pytest.fixture
def learner() -> User:
    return make_learner()


def reader(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def course_with(*, asks_drafts: bool) -> tuple[Course, Quiz]:
    course = make_course(status=CourseStatus.PUBLISHED, modules=1, asks_drafts=asks_drafts)
    return course, course.quizzes.get(module=None)


def test_learners_are_asked_what_a_person_has_approved(learner: User) -> None:
    course, quiz = course_with(asks_drafts=False)
    client = reader(learner)
    assert client.get(quiz.get_absolute_url()).status_code == 404
    assert quiz.title not in client.get(course.get_absolute_url()).content.decode()
    with pytest.raises(AttemptError, match="no questions yet"):
        start_attempt(quiz=quiz, learner=learner)
    second = quiz.questions.get(position=2)
    approve_question(second)
    assert "<strong>1 question</strong>" in client.get(quiz.get_absolute_url()).content.decode()
    attempt = start_attempt(quiz=quiz, learner=learner)
    assert [answer.question for answer in attempt.answers.all()] == [second]
    html = client.get(course.get_absolute_url()).content.decode()
    assert quiz.title in html
    assert "Nobody has read" not in html
    assert "0 of 1 quizzes passed" in html
    assert "0 of 1 quizzes passed" in client.get("/history/").content.decode()


def test_staff_see_a_quiz_that_waits_for_approval() -> None:
    _course, quiz = course_with(asks_drafts=False)
    html = reader(make_superuser()).get(quiz.get_absolute_url()).content.decode()
    assert "This quiz has no questions yet." in html


def test_a_course_for_immediate_use_says_on_every_page_that_nobody_has_read(
    learner: User,
) -> None:
    course, quiz = course_with(asks_drafts=True)
    client = reader(learner)
    attempt = start_attempt(quiz=quiz, learner=learner)
    take = reverse("attempt-take", args=[attempt.pk])
    topic = course.modules.get().topics.order_by("pk")[0]
    pages = [
        course.get_absolute_url(),
        reverse("topic-detail", args=[topic.pk]),
        reverse("course-search", args=[course.slug]),
        quiz.get_absolute_url(),
        take,
    ]
    for page in pages:
        assert NOBODY in client.get(page).content.decode(), page
    assert NOBODY in client.post(take, follow=True).content.decode()
    submit_attempt(attempt=attempt, responses={})
    assert NOBODY in client.get(attempt.get_absolute_url()).content.decode()
    approve_question(quiz.questions.get(position=1))
    assert SOME in client.get(course.get_absolute_url()).content.decode()
    for question in course.quizzes.get(module=None).questions.filter(status="draft"):
        approve_question(question)
    for question in course.modules.get().quiz.questions.all():
        approve_question(question)
    assert "Nobody has read" not in client.get(course.get_absolute_url()).content.decode()
