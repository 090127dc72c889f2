"""A question of every format, for tests of all that quizzes do with them."""

from __future__ import annotations

from typing import Any

from quizzes.models import Question, Quiz
from tests.factories import make_question

# By format: the body, a right response, one that is not wholly right, and its score.
QUESTIONS: dict[str, tuple[dict[str, Any], Any, Any, float]] = {
    "multiple": ({"choices": ["2", "3", "4"], "correct": [0, 1]}, [0, 1], [0], 0.5),
    "true_false": ({"correct": False, "feedback": "It is a dolphin."}, False, True, 0),
    "numeric": ({"answer": "0.5", "tolerance": "0.01", "unit": "mol"}, "0,51", "7", 0),
    "short": ({"accepted": ["abscisic acid", "ABA"]}, " Abscisic  acid.", "auxin", 0),
    "matching": (
        {"left": ["dog", "cat"], "right": ["miaows", "barks", "moos"], "pairs": [1, 0]},
        [1, 0],
        [1, None],
        0.5,
    ),
    "ordering": (
        {"items": ["boil", "fill", "pour"], "order": [1, 0, 2]},
        [1, 0, 2],
        [1, 2, 0],
        1 / 3,
    ),
    "fill_in": (
        {
            "text": "Warm water holds {1} salt and {2} oxygen.",
            "options": [["more", "less"], ["much", "little"]],
            "correct": [0, 1],
        },
        [0, 1],
        [0, 0],
        0.5,
    ),
}


def make_all_formats(quiz: Quiz) -> list[Question]:
    """One of each format at the end of the quiz, in the order of QUESTIONS, which are drafts."""
    first = quiz.questions.count() + 1
    return [
        make_format(quiz, first + number, name, body)
        for number, (name, (body, _right, _other, _score)) in enumerate(QUESTIONS.items())
    ]


def make_format(quiz: Quiz, position: int, name: str, body: dict[str, Any]) -> Question:
    question = make_question(
        quiz,
        position,
        format=name,
        body={"format": name, **body},
        kind="written",
        stem=f"A question of the format {name}",
    )
    question.choices.all().delete()
    return question
