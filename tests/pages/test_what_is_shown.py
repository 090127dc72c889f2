"""Lists are in the order of what they show, and numbers are those of what is asked."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from courses.models import CourseStatus
from quizzes.models import Attempt, QuestionStatus, Quiz
from quizzes.progress import progress_by_course
from quizzes.services import start_attempt, submit_attempt
from tests.factories import make_course, make_question, make_superuser

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create_user("ann", first_name="Anna", last_name="Lindqvist")


def test_my_results_are_in_the_order_of_the_dates_shown(client: Client, ann: User) -> None:
    quizzes = list(make_course(status=CourseStatus.PUBLISHED).quizzes.order_by("pk"))
    days = {0: (1, 9), 1: (2, 3), 2: (4, None)}
    for number, (began, ended) in days.items():
        attempt = start_attempt(quiz=quizzes[number], learner=ann)
        if ended:
            submit_attempt(attempt=attempt, responses={})
        times = {"started_at": datetime(2026, 3, began, tzinfo=UTC)}
        if ended:
            times["submitted_at"] = datetime(2026, 3, ended, tzinfo=UTC)
        Attempt.objects.filter(pk=attempt.pk).update(**times)
    client.force_login(ann)
    page = client.get(reverse("history")).context["page"]
    assert [attempt.quiz for attempt in page] == [quizzes[0], quizzes[2], quizzes[1]]


def test_titles_are_in_the_order_of_the_language(ann: User) -> None:
    for title in ("Zoologie", "\u00c4rzte", "algebra", "Biologie"):
        course = make_course(title, status=CourseStatus.PUBLISHED, modules=0)
        start_attempt(quiz=course.quizzes.get(), learner=ann)
    titles = [line.course.title for line in progress_by_course(ann)]
    assert titles == ["algebra", "\u00c4rzte", "Biologie", "Zoologie"]


def test_the_page_of_an_open_attempt_counts_its_own_questions(client: Client, ann: User) -> None:
    quiz = make_course(status=CourseStatus.PUBLISHED).quizzes.earliest("pk")
    start_attempt(quiz=quiz, learner=ann)
    quiz.questions.filter(position=1).update(status=QuestionStatus.REJECTED)
    make_question(quiz, 4)
    make_question(quiz, 5)
    Quiz.objects.filter(pk=quiz.pk).update(pass_mark=90)
    client.force_login(ann)
    text = client.get(quiz.get_absolute_url()).text
    assert "<strong>3 questions</strong>" in text
    assert "<strong>60%</strong>" in text


def test_attempts_are_found_by_the_learners_name(client: Client, ann: User) -> None:
    quiz = make_course().quizzes.earliest("pk")
    start_attempt(quiz=quiz, learner=ann)
    start_attempt(quiz=quiz, learner=User.objects.create_user("bob"))
    client.force_login(make_superuser())
    for words in ("lindqvist", "Anna Lind"):
        found = client.get(reverse("admin:quizzes_attempt_changelist"), {"q": words})
        assert "Anna Lindqvist" in found.text
        assert found.context["cl"].result_count == 1


def test_a_pass_mark_above_100_is_refused_in_words(client: Client) -> None:
    quiz = make_course().quizzes.earliest("pk")
    client.force_login(make_superuser())
    address = reverse("admin:quizzes_quiz_change", args=[quiz.pk])
    text = client.post(address, {"title": "Quiz", "pass_mark": "101"}).text
    assert "Ensure this value is less than or equal to 100." in text
    assert "Constraint" not in text


@pytest.mark.parametrize("address", ["/login/", "/admin/login/"])
def test_a_login_without_cookies_says_that_it_needs_them(address: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    refused = browser.post(address, {"username": "ann", "password": "x"})
    assert refused.status_code == 403
    assert "the login needs cookies" in refused.text
    assert "Your answers" not in refused.text


def test_fields_of_choices_have_labels(client: Client) -> None:
    question = make_course().quizzes.earliest("pk").questions.earliest("pk")
    client.force_login(make_superuser())
    page = client.get(reverse("admin:quizzes_question_change", args=[question.pk])).text
    fields = re.findall(
        r'<(?:input|textarea) [^>]*name="choices-(?:\d+-text|\d+-feedback|right)"[^>]*>', page
    )
    assert len(fields) >= 3 * question.choices.count()
    assert all("aria-label=" in field for field in fields)


def test_teachers_see_the_numbers_that_learners_see(client: Client) -> None:
    quiz = make_course().quizzes.earliest("pk")
    first, second, _third = quiz.questions.order_by("position")
    quiz.questions.filter(pk=first.pk).update(status=QuestionStatus.REJECTED)
    client.force_login(make_superuser())
    page = client.get(reverse("admin:quizzes_quiz_change", args=[quiz.pk])).text
    text = " ".join(strip_tags(page).split())
    assert "1. What is a spring, number 2?" in text
    assert "2. What is a spring, number 3?" in text
    assert not re.search(r"\d\. What is a spring, number 1\?", text)
    page = reverse("admin:quizzes_question_change", args=[second.pk])
    assert "· question 1\n" in client.get(page).text
    page = reverse("admin:quizzes_question_change", args=[first.pk])
    assert "learners are not asked this" in client.get(page).text
