"""Taking a quiz: frozen questions, one score, clear refusals."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection

from courses.models import Course, CourseStatus
from quizzes.attempt_errors import AttemptError
from quizzes.models import Attempt, Choice, Question, Quiz, QuizStatus
from quizzes.services import start_attempt, submit_attempt
from tests.factories import make_course, make_learner

pytestmark = pytest.mark.django_db


@pytest.fixture
def quiz() -> Quiz:
    return make_course(status=CourseStatus.PUBLISHED).quizzes.order_by("pk")[0]


@pytest.fixture
def learner() -> User:
    return make_learner()


# The factory puts the right choice of the question at position n at index n % 4.
RIGHT: dict[int, int | None] = {1: 1, 2: 2, 3: 3}


def test_all_right_is_a_pass(quiz: Quiz, learner: User) -> None:
    attempt = submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses=RIGHT)
    assert (attempt.correct, attempt.total, attempt.percentage, attempt.passed) == (3, 3, 100, True)
    assert attempt.submitted_at is not None


def test_unanswered_counts_as_wrong_and_stays_empty(quiz: Quiz, learner: User) -> None:
    attempt = submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses={1: 1})
    assert (attempt.correct, attempt.percentage, attempt.passed) == (1, 33, False)
    chosen = list(attempt.answers.values_list("chosen", "is_correct"))
    assert chosen == [(1, True), (None, False), (None, False)]


def test_starting_again_resumes_the_open_attempt(quiz: Quiz, learner: User) -> None:
    first = start_attempt(quiz=quiz, learner=learner)
    assert start_attempt(quiz=quiz, learner=learner) == first
    submit_attempt(attempt=first, responses={})
    assert start_attempt(quiz=quiz, learner=learner) != first


def test_a_second_submission_changes_nothing(quiz: Quiz, learner: User) -> None:
    attempt = start_attempt(quiz=quiz, learner=learner)
    submit_attempt(attempt=attempt, responses={1: 1})
    with pytest.raises(AttemptError, match="already"):
        submit_attempt(attempt=attempt, responses=RIGHT)
    attempt.refresh_from_db()
    assert attempt.correct == 1


def test_an_edit_changes_neither_an_open_attempt_nor_a_past_score(
    quiz: Quiz, learner: User
) -> None:
    attempt = start_attempt(quiz=quiz, learner=learner)
    question = quiz.questions.get(position=1)
    question.choices.filter(is_correct=True).update(is_correct=False)
    question.choices.filter(position=0).update(is_correct=True, text="Now right")
    question.delete()
    submitted = submit_attempt(attempt=attempt, responses=RIGHT)
    assert submitted.correct == 3
    assert submitted.answers.get(position=1).asked["choices"][0] == "Choice 1.0"


def test_the_pass_mark_is_the_one_at_the_start(quiz: Quiz, learner: User) -> None:
    attempt = start_attempt(quiz=quiz, learner=learner)
    Quiz.objects.update(pass_mark=100)
    assert submit_attempt(attempt=attempt, responses={1: 1, 2: 2}).passed


@pytest.mark.parametrize(
    ("chosen", "words"),
    [({4: 0}, "4: It is not"), ({1: 4}, "1: Choose from"), ({1: -1}, "1: Choose from")],
)
def test_what_was_not_asked_or_offered_is_refused_and_nothing_is_saved(
    quiz: Quiz, learner: User, chosen: dict[int, int | None], words: str
) -> None:
    attempt = start_attempt(quiz=quiz, learner=learner)
    with pytest.raises(AttemptError, match=words):
        submit_attempt(attempt=attempt, responses=RIGHT | chosen)
    attempt.refresh_from_db()
    assert attempt.submitted_at is None
    assert not attempt.answers.filter(chosen__isnull=False).exists()


def test_rejected_questions_are_not_asked(quiz: Quiz, learner: User) -> None:
    quiz.questions.filter(position=1).update(status="rejected")
    assert start_attempt(quiz=quiz, learner=learner).total == 2


@pytest.mark.parametrize("status", [QuizStatus.GENERATING, QuizStatus.EMPTY])
def test_an_unfinished_quiz_cannot_be_taken(quiz: Quiz, learner: User, status: QuizStatus) -> None:
    Quiz.objects.update(status=status)
    quiz.refresh_from_db()
    with pytest.raises(AttemptError, match="no questions yet"):
        start_attempt(quiz=quiz, learner=learner)


def test_a_quiz_without_questions_cannot_be_taken(quiz: Quiz, learner: User) -> None:
    Question.objects.all().delete()
    with pytest.raises(AttemptError, match="no questions yet"):
        start_attempt(quiz=quiz, learner=learner)


def test_the_frozen_question_names_its_source(quiz: Quiz, learner: User) -> None:
    asked = start_attempt(quiz=quiz, learner=learner).answers.get(position=1).asked
    assert asked["source"] == "rivers-1.pdf, page 1"
    assert asked["correct"] == 1
    Question.objects.update(passage=None)
    other = start_attempt(quiz=quiz, learner=make_learner("other"))
    assert other.answers.get(position=1).asked["source"] == ""


@pytest.mark.django_db(transaction=True)
def test_submissions_at_the_same_time_score_once() -> None:
    course: Course = make_course()
    attempt = start_attempt(quiz=course.quizzes.order_by("pk")[0], learner=make_learner())

    def submit(_number: int) -> bool:
        try:
            submit_attempt(attempt=Attempt.objects.get(pk=attempt.pk), responses=RIGHT)
        except AttemptError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(submit, range(4))) == 1


@pytest.mark.django_db(transaction=True)
def test_starts_at_the_same_time_give_one_attempt() -> None:
    quiz, learner = make_course().quizzes.order_by("pk")[0], make_learner()

    def start(_number: int) -> object:
        try:
            return start_attempt(quiz=quiz, learner=learner).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(start, range(4)))) == 1
    assert Choice.objects.exists()
