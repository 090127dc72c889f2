"""Attempts at questions of every format: frozen, answered, scored, graded again."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from courses.models import CourseStatus
from engine.questions.formats import read_body
from quizzes.attempt_errors import AttemptError
from quizzes.editing import edit_question
from quizzes.models import Question, Quiz
from quizzes.queries import with_item_statistics
from quizzes.regrading import RegradeUndecidedError
from quizzes.services import start_attempt, submit_attempt
from tests.factories import make_course, make_learner
from tests.quizzes.formats import QUESTIONS, make_all_formats, make_format

pytestmark = pytest.mark.django_db

RIGHT = {n: right for n, (_, right, _, _) in enumerate(QUESTIONS.values(), start=1)}
OTHER = {n: other for n, (_, _, other, _) in enumerate(QUESTIONS.values(), start=1)}
SCORES = [score for _, _, _, score in QUESTIONS.values()]


@pytest.fixture
def quiz() -> Quiz:
    course = make_course(status=CourseStatus.PUBLISHED, modules=1, questions=0)
    quiz: Quiz = course.quizzes.get(module=None)
    make_all_formats(quiz)
    return quiz


@pytest.fixture
def learner() -> User:
    return make_learner()


def test_all_right_is_everything(quiz: Quiz, learner: User) -> None:
    done = submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses=RIGHT)
    assert (done.correct, done.points, done.percentage, done.passed) == (7, 7, 100, True)
    assert done.points_label == "7"


def test_parts_of_a_point_add_up(quiz: Quiz, learner: User) -> None:
    done = submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses=OTHER)
    scores = list(done.answers.order_by("position").values_list("score", flat=True))
    assert scores == pytest.approx(SCORES)
    # 11/6 of 7
    assert (done.correct, done.points_label, done.percentage) == (0, "1.83", 26)
    assert [a.response for a in done.answers.order_by("position")] == list(OTHER.values())


def test_what_is_blank_is_unanswered(quiz: Quiz, learner: User) -> None:
    blank: dict[int, Any] = {1: [], 2: None, 3: "  ", 4: "", 5: [None, None], 6: [None] * 3}
    done = submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses=blank)
    assert {answer.given for answer in done.answers.all()} == {None}
    assert done.points == 0


@pytest.mark.parametrize(
    ("responses", "words"),
    [
        ({1: [3]}, "Question 1: Choose from"),
        ({3: "a lot"}, "Question 3: Type a number"),
        ({3: "1e999999999"}, "Question 3: Type a number"),
        ({3: {"a": 1}}, "Question 3: Type a number"),
        ({4: "\x00"}, "Question 4: The answer contains"),
        ({4: "\ud800"}, "Question 4: The answer contains"),
        ({6: [0, 0, 1]}, "Question 6: Give every item"),
        ({8: 1}, "Question 8: It is not part"),
    ],
)
def test_a_response_that_does_not_fit_is_refused_and_nothing_is_saved(
    quiz: Quiz, learner: User, responses: dict[int, Any], words: str
) -> None:
    attempt = start_attempt(quiz=quiz, learner=learner)
    with pytest.raises(AttemptError, match=words):
        submit_attempt(attempt=attempt, responses=RIGHT | responses)
    attempt.refresh_from_db()
    assert attempt.submitted_at is None
    assert not attempt.answers.filter(response__isnull=False).exists()


def test_an_edit_changes_no_attempt_that_was_begun(quiz: Quiz, learner: User) -> None:
    attempt = start_attempt(quiz=quiz, learner=learner)
    question = quiz.questions.get(format="true_false")
    edit(question, {"format": "true_false", "correct": True}, regrade="none")
    assert submit_attempt(attempt=attempt, responses=RIGHT).percentage == 100


def edit(question: Question, body: dict[str, Any], regrade: str | None = None) -> Question:
    return edit_question(
        question=question,
        stem=question.stem,
        explanation="Better.",
        difficulty=question.difficulty,
        bloom=question.bloom,
        body=read_body(body),
        regrade=regrade,
    )


@pytest.mark.parametrize(
    ("name", "body", "score"),
    [
        ("multiple", {"choices": ["2", "3", "4"], "correct": [0, 2]}, 0.0),
        ("true_false", {"correct": True}, 0.0),
        ("numeric", {"answer": "0.5", "tolerance": "0", "unit": "mol"}, 0.0),
        ("short", {"accepted": ["auxin"]}, 0.0),
        ("ordering", {"items": ["boil", "fill", "pour"], "order": [1, 2, 0]}, 1 / 3),
    ],
)
def test_a_corrected_answer_grades_again(
    quiz: Quiz, learner: User, name: str, body: dict[str, Any], score: float
) -> None:
    done = submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses=RIGHT)
    question = quiz.questions.get(format=name)
    with pytest.raises(RegradeUndecidedError):
        edit(question, {"format": name, **body})
    edit(question, {"format": name, **body}, regrade="all")
    answer = done.answers.get(question=question)
    done.refresh_from_db()
    # Of "multiple", one of two right ones and one wrong one was taken.
    assert answer.score == pytest.approx(score)
    assert answer.regraded_at is not None
    assert answer.asked["explanation"] == "Better."
    assert done.points == pytest.approx(6 + score)
    assert done.percentage_before == 100


def test_a_question_with_other_entries_is_another_question(quiz: Quiz, learner: User) -> None:
    done = submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses=RIGHT)
    body = {"format": "multiple", "choices": ["5", "6", "7"], "correct": [0, 2]}
    edit(quiz.questions.get(format="multiple"), body, regrade="all")
    done.refresh_from_db()
    assert (done.percentage, done.regraded_at) == (100, None)


def test_statistics_count_answers_to_the_question_as_it_is(quiz: Quiz, learner: User) -> None:
    submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses=RIGHT)
    submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses=OTHER)
    edit(quiz.questions.get(format="true_false"), {"format": "true_false", "correct": True}, "none")
    found = {one.format: one for one in with_item_statistics(quiz.questions.all())}
    counted = {name: (one.answered, one.answered_right) for name, one in found.items()}  # type: ignore[attr-defined] # annotated
    assert counted.pop("true_false") == (0, 0)
    assert set(counted.values()) == {(2, 1)}


@pytest.mark.parametrize(
    ("name", "body"),
    [("single", {"format": "single"}), ("multiple", {}), ("multiple", {"format": "short"})],
)
def test_the_database_refuses_a_body_of_another_format(
    quiz: Quiz, name: str, body: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.create(quiz=quiz, position=20, kind="written", format=name, body=body)


def test_points_are_never_rounded_to_a_whole_number(quiz: Quiz, learner: User) -> None:
    body = {"items": list("abcdefghijklmnopqrst"), "order": list(range(20))}
    quiz.questions.all().delete()
    make_format(quiz, 1, "ordering", body)
    order = [1, 0, *range(2, 20)]
    done = submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses={1: order})
    done.points = 0.9999
    assert (done.points_label, done.has_parts) == ("0.99", True)
