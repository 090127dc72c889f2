"""Shuffled questions: other orders of what is shown, the same right answers."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from django.contrib.auth.models import User

from courses.models import CourseStatus
from engine.questions.formats import Ordering, SingleChoice, read_body
from engine.questions.shuffling import as_kept, as_shown, draw_order, shuffled
from quizzes.editing import ChoiceEdit, edit_question
from quizzes.models import Attempt, Quiz
from quizzes.queries import with_item_statistics
from quizzes.services import start_attempt, submit_attempt
from tests.factories import make_course, make_learner
from tests.quizzes.formats import QUESTIONS, make_all_formats

SEEDS = range(20)


@pytest.mark.parametrize("name", [*QUESTIONS, "single"])
def test_the_right_response_stays_right_in_every_order(name: str) -> None:
    values, right, other, score = (
        ({"choices": ["a", "b", "c"], "correct": 1, "feedback": ["x", "", "z"]}, 1, 0, 0)
        if name == "single"
        else QUESTIONS[name]
    )
    body = read_body({"format": name, **values})
    for seed in SEEDS:
        order = draw_order(body, Random(seed))  # noqa: S311 - no secret
        # It is kept as JSON.
        order = json.loads(json.dumps(order))
        moved = shuffled(body, order)
        for response, expected in ((right, 1), (other, score)):
            shown = as_shown(response, order)
            assert float(moved.score(shown)) == pytest.approx(expected)
            assert as_kept(shown, order) == response
        # What the key is called where it is shown is right there.
        assert moved.score(moved.key) == 1
        assert as_kept(None, order) is None


def test_each_choice_keeps_its_feedback() -> None:
    body = SingleChoice(choices=("a", "b"), correct=0, feedback=("", "Not b."))
    moved = shuffled(body, [1, 0])
    assert isinstance(moved, SingleChoice)
    assert (moved.choices, moved.correct, moved.feedback) == (("b", "a"), 1, ("Not b.", ""))


@pytest.mark.parametrize("words", ["All of the above", "None of these", "A and C"])
def test_choices_that_speak_of_places_stay(words: str) -> None:
    body = SingleChoice(choices=("a", "b", words), correct=2)
    assert draw_order(body, Random(1)) is None  # noqa: S311 - no secret


def test_items_are_never_shown_in_the_right_order() -> None:
    body = Ordering(items=("one", "two"), order=(0, 1))
    orders = [draw_order(body, Random(seed)) for seed in SEEDS]  # noqa: S311 - no secret
    assert orders == [[1, 0]] * len(SEEDS)


@pytest.fixture
def quiz(db: None) -> Quiz:
    quiz: Quiz = make_course(status=CourseStatus.PUBLISHED).quizzes.get(module__position=1)
    make_all_formats(quiz)
    Quiz.objects.update(shuffle=True)
    quiz.refresh_from_db()
    return quiz


def keys(attempt: Attempt) -> dict[int, Any]:
    """What a learner who knows everything answers, by what is shown."""
    return {answer.position: answer.body.key for answer in attempt.answers.all()}


def test_attempts_have_orders_of_their_own_and_score_alike(quiz: Quiz) -> None:
    seen = set()
    for number in range(6):
        learner: User = make_learner(f"learner {number}")
        attempt = start_attempt(quiz=quiz, learner=learner)
        asked = [(one.asked["stem"], str(one.body.shown())) for one in attempt.answers.all()]
        seen.add(str(asked))
        assert submit_attempt(attempt=attempt, responses=keys(attempt)).percentage == 100
        # The order is frozen: read again, the result says the same.
        assert all(
            one.given == one.body.key
            for one in attempt.answers.exclude(asked__format__in=["numeric", "short"])
        )
    assert len(seen) == 6


def test_statistics_know_the_question_in_every_order(quiz: Quiz) -> None:
    for number in range(3):
        attempt = start_attempt(quiz=quiz, learner=make_learner(f"learner {number}"))
        submit_attempt(attempt=attempt, responses=keys(attempt))
    counted = with_item_statistics(quiz.questions.all())
    assert {(vars(one)["answered"], vars(one)["percent_right"]) for one in counted} == {(3, 100)}


def test_a_corrected_right_answer_is_graded_in_every_order(quiz: Quiz) -> None:
    question = quiz.questions.get(position=1)
    attempts = []
    for number in range(3):
        attempt = start_attempt(quiz=quiz, learner=make_learner(f"learner {number}"))
        asked = attempt.answers.get(question=question)
        chosen = asked.choices.index("Choice 1.3")
        attempts.append(submit_attempt(attempt=attempt, responses={asked.position: chosen}))
    choices = [ChoiceEdit(f"Choice 1.{n}", n == 3) for n in range(4)]
    edit_question(
        question=question,
        stem=question.stem,
        explanation="",
        difficulty=question.difficulty,
        bloom=question.bloom,
        choices=choices,
        regrade="all",
    )
    for attempt in attempts:
        attempt.refresh_from_db()
        assert attempt.correct == 1
        assert attempt.answers.get(question=question).correct_shown is not None
