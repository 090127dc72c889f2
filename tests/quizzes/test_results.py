"""Results of a course: whose attempts count, and which questions look broken and why."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from courses.models import Course, CourseStatus
from quizzes.editing import ChoiceEdit, edit_question
from quizzes.models import Attempt, Quiz
from quizzes.results import averages, grid, item_results, learners_of, quizzes_of
from quizzes.services import start_attempt, submit_attempt
from tests.admin.rows import queries_of
from tests.factories import make_course, make_learner, make_teacher

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher() -> User:
    return make_teacher()


@pytest.fixture
def course(teacher: User) -> Course:
    made = make_course(owner=teacher, modules=1, topics=1, questions=4)
    return Course.objects.get(pk=made.pk)


@pytest.fixture
def quiz(course: Course) -> Quiz:
    return Quiz.objects.get(course=course, module__isnull=False)


@pytest.fixture
def as_teacher(teacher: User) -> Client:
    client = Client()
    client.force_login(teacher)
    return client


def take(quiz: Quiz, learner: User, responses: dict[int, int], seconds: int = 60) -> Attempt:
    """The right choice of question n is the one at n % 4."""
    submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses=dict(responses))
    latest = Attempt.objects.filter(learner=learner, quiz=quiz).latest("started_at")
    latest.submitted_at = latest.started_at + timedelta(seconds=seconds)
    latest.save()
    return latest


ALL_RIGHT = {1: 1, 2: 2, 3: 3, 4: 0}


def test_pupils_and_quizzes(course: Course, quiz: Quiz, teacher: User) -> None:
    ada, ben = make_learner("ada"), make_learner("ben")
    User.objects.filter(pk=ada.pk).update(first_name="Ada", last_name="Adams")
    take(quiz, ada, {1: 1}, seconds=30)
    take(quiz, ada, ALL_RIGHT, seconds=90)
    take(quiz, ben, {1: 1, 2: 2})
    # A teacher's own trial, and what is not handed in.
    take(quiz, teacher, ALL_RIGHT)
    start_attempt(quiz=quiz, learner=ben)
    quizzes = quizzes_of(course)
    assert [one.is_final for one in quizzes] == [False, True]
    first, second = grid(course, quizzes, learners_of(course))
    assert (first.name, second.name) == ("ben", "Ada Adams")
    cell = second.cells[0]
    assert cell is not None
    assert (cell.best, cell.attempts, cell.passed) == (100, 2, True)
    assert cell.time_taken == timedelta(seconds=60)
    assert second.cells[1] is None
    assert (first.passed, second.passed) == (0, 1)
    numbers = averages(course)
    assert (numbers["attempts"], numbers["learners"]) == (3, 2)
    assert round(numbers["percentage"]) == round((25 + 100 + 50) / 3)


def test_a_quiz_without_questions_is_not_counted(course: Course, quiz: Quiz) -> None:
    empty = Quiz.objects.filter(course=course).exclude(pk=quiz.pk)[0]
    before = quizzes_of(course)
    assert empty in before
    empty.questions.all().delete()
    assert [one for one in before if one != empty] == quizzes_of(course)


def test_a_question_with_a_wrong_key_comes_first(course: Course, quiz: Quiz) -> None:
    # Question 2 has choice 3 right for all who know everything else: its key is wrong.
    for number in range(8):
        strong = number < 5
        rest = {1: 1, 3: 3, 4: 0} if strong else {1: 0, 3: 0, 4: 1}
        take(quiz, make_learner(f"l{number}"), rest | {2: 3 if strong else 2})
    worst, *others = item_results(course)
    assert worst.question.position == 2
    assert worst.weight == 3
    assert any(
        "More chose \u201cChoice 2.3\u201d (5) than the right answer (3)" in one
        for one in worst.words
    )
    assert worst.facility == pytest.approx(3 / 8)
    assert worst.discrimination == pytest.approx(-1.0)
    assert [one.times for one in worst.taken] == [0, 0, 3, 5]
    sound = next(one for one in others if one.question.position == 1 and one.answered)
    assert sound.facility == pytest.approx(5 / 8)
    assert sound.discrimination is not None
    assert sound.discrimination > 0


def test_words_for_what_is_too_hard_too_easy_or_flat(course: Course, quiz: Quiz) -> None:
    for number in range(12):
        # Question 1 all right, 2 nobody right, 3 the weak ones, 4 the strong ones.
        strong = number % 2
        take(
            quiz,
            make_learner(f"l{number}"),
            {1: 1, 2: 0 if strong else 1, 3: 0 if strong else 3, 4: 0 if strong else 2},
        )
    words = {
        one.question.position: " ".join(one.words) for one in item_results(course) if one.answered
    }
    assert "Nearly all got it right" in words[1]
    assert "Nobody chose" in words[1]
    assert "Only 0% of the points" in words[2]
    assert "got it wrong more often" in words[3]


def test_few_answers_are_said_to_be_few(course: Course, quiz: Quiz) -> None:
    for number in range(2):
        take(quiz, make_learner(f"l{number}"), {1: 0})
    worst = item_results(course)[0]
    assert "There are few answers yet." in worst.words[0]


def test_who_was_asked_other_words_answered_another_question(course: Course, quiz: Quiz) -> None:
    take(quiz, make_learner(), ALL_RIGHT)
    question = quiz.questions.get(position=1)
    edit_question(
        question=question,
        stem="What else?",
        explanation="",
        difficulty="easy",
        bloom="remember",
        choices=[ChoiceEdit("A", is_correct=True), ChoiceEdit("B", is_correct=False)],
    )
    result = next(one for one in item_results(course) if one.question.pk == question.pk)
    assert (result.answered, result.facility, result.words) == (0, None, [])
    assert [one.times for one in result.taken] == [0, 0]


def test_the_page_and_its_files(as_teacher: Client, course: Course, quiz: Quiz) -> None:
    address = reverse("admin:courses_course_results", args=[course.pk])
    assert "Nobody has handed in" in as_teacher.get(address).text
    eve = make_learner("eve")
    User.objects.filter(pk=eve.pk).update(first_name="=1+1")
    for number in range(3):
        take(quiz, make_learner(f"l{number}"), {1: 0})
    take(quiz, eve, ALL_RIGHT)
    page = as_teacher.get(address)
    assert "More chose \u201cChoice 1.0\u201d (3) than the right answer (1)" in page.text
    before = queries_of(as_teacher, address)
    for number in range(3, 9):
        take(quiz, make_learner(f"l{number}"), {1: 0})
    assert queries_of(as_teacher, address) == before
    pupils = reverse("admin:courses_course_results_csv", args=[course.pk, "pupils"])
    rows = list(csv.reader(StringIO(as_teacher.get(pupils).content.decode("utf-8-sig"))))
    assert rows[0][:3] == ["Account", "Name", "Quiz: Module 1: best, per cent"]
    assert ["eve", "'=1+1", "100", "1", "1.0", "", "", ""] in rows
    questions = reverse("admin:courses_course_results_csv", args=[course.pk, "questions"])
    assert "Looks broken" in as_teacher.get(questions).content.decode()
    wrong = reverse("admin:courses_course_results_csv", args=[course.pk, "secrets"])
    assert as_teacher.get(wrong).status_code == 404


def test_results_of_other_people_are_not_shown(as_teacher: Client, teacher: User) -> None:
    other = make_course(owner=make_teacher("other"), status=CourseStatus.PUBLISHED)
    address = reverse("admin:courses_course_results", args=[other.pk])
    assert as_teacher.get(address).status_code == 404
    own = make_course("Own", owner=teacher)
    teacher.groups.clear()
    teacher.user_permissions.add(Permission.objects.get(codename="change_course"))
    address = reverse("admin:courses_course_results", args=[own.pk])
    assert as_teacher.get(address).status_code == 403
