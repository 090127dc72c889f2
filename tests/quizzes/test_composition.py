"""What a quiz is made of, and how far places and lengths give its right answers away."""

from __future__ import annotations

from typing import Any

import pytest

from quizzes.composition import Composition, LongestChoice, composition
from quizzes.models import Choice, Question, QuestionStatus, Quiz
from tests.factories import make_course, make_question
from tests.quizzes.formats import QUESTIONS, make_all_formats, make_format

pytestmark = pytest.mark.django_db


@pytest.fixture
def quiz() -> Quiz:
    quiz: Quiz = make_course(modules=1, questions=0).quizzes.get(module=None)
    return quiz


def single(quiz: Quiz, right: int | None, *choices: str, **values: Any) -> Question:
    """At the end of the quiz; `right` is the place of the right choice, if it has one."""
    question = make_question(quiz, quiz.questions.count() + 1, **values)
    question.choices.all().delete()
    Choice.objects.bulk_create(
        Choice(question=question, position=place, text=text, is_correct=place == right)
        for place, text in enumerate(choices)
    )
    return question


def of(quiz: Quiz) -> Composition:
    return composition(quiz.questions.prefetch_related("choices"))


def test_questions_are_counted_by_format_and_level(quiz: Quiz) -> None:
    make_all_formats(quiz)
    single(quiz, 0, "a", "bc", bloom="apply", difficulty="hard")
    single(quiz, 0, "a", "bc", bloom="apply", status=QuestionStatus.APPROVED)
    single(quiz, 0, "a", "bc", bloom="create", status=QuestionStatus.REJECTED)
    single(quiz, 0, "a", "bc", bloom="create", status=QuestionStatus.PROPOSED)
    found = of(quiz)
    assert found.questions == 9
    assert found.formats == {"single": 2, **dict.fromkeys(QUESTIONS, 1)}
    assert {name: count for name, count in found.bloom.items() if count} == {
        "remember": 7,
        "apply": 2,
    }
    assert found.difficulty == {"easy": 0, "medium": 8, "hard": 1}


def test_right_answers_are_counted_at_their_places(quiz: Quiz) -> None:
    single(quiz, 0, "a", "b")
    single(quiz, 3, "a", "b", "c", "d")
    make_format(quiz, 3, "multiple", {"choices": ["2", "3", "4"], "correct": [0, 1]})
    assert of(quiz).key_positions == (2, 1, 0, 1)


def test_the_longest_choice_is_right_as_often_as_by_chance_or_not(quiz: Quiz) -> None:
    single(quiz, 1, "a", "long", "b", "c")
    single(quiz, 0, "a", "long", "b", "c")
    make_format(quiz, 3, "multiple", {"choices": ["six", "5", "4"], "correct": [0, 1]})
    # Equally long to the eye: the accent is a character of its own in the second.
    single(quiz, 0, "\u00e9a", "e\u0301b", "i")
    assert of(quiz).longest == LongestChoice(questions=3, right=2, by_chance=1.17, tied=1)


def test_questions_without_a_right_choice_count_only_by_format(quiz: Quiz) -> None:
    single(quiz, None, "a", "bc")
    single(quiz, None)
    make_format(quiz, 3, "short", {"accepted": ["a"]})
    found = of(quiz)
    assert (found.questions, found.formats["single"]) == (3, 2)
    assert found.key_positions == ()
    assert found.longest == LongestChoice(questions=0, right=0, by_chance=0, tied=0)
    assert [heading for heading, _ in found.facts] == ["Format", "Bloom level", "Difficulty"]


def test_an_empty_quiz_has_a_composition(quiz: Quiz) -> None:
    found = of(quiz)
    assert (found.questions, found.key_positions, found.longest.words) == (0, (), "")


def test_places_are_named_by_letters_as_far_as_they_go(quiz: Quiz) -> None:
    single(quiz, 27, *(str(number) for number in range(28)))
    heading, places = of(quiz).facts[-1]
    assert heading == "Right answers by place"
    assert places[0] == ("A", 0)
    assert places[25:] == [("Z", 0), ("27", 0), ("28", 1)]


@pytest.mark.parametrize(
    ("longest", "words"),
    [
        (
            LongestChoice(questions=12, right=3, by_chance=3.0, tied=0),
            "The right answer is the longest choice in 3 of 12 questions; chance would give 3.",
        ),
        (
            LongestChoice(questions=1, right=1, by_chance=0.25, tied=2),
            (
                "The right answer is the longest choice in 1 of 1 question; chance would give "
                "0.25. Not counted: 2 whose longest choices are equally long."
            ),
        ),
        (
            LongestChoice(questions=0, right=0, by_chance=0, tied=1),
            "In no question is one choice longer than all others.",
        ),
    ],
)
def test_teachers_read_it_in_words(longest: LongestChoice, words: str) -> None:
    assert longest.words == words
