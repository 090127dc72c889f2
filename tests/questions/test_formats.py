"""How answers score, format by format, and what a body or a response must not be."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from engine.questions.formats import (
    Body,
    FillIn,
    Matching,
    MultipleAnswers,
    Numeric,
    Ordering,
    ResponseError,
    ShortAnswer,
    SingleChoice,
    TrueFalse,
    read_body,
    read_number,
)

SINGLE = SingleChoice(choices=("Helicase", "Ligase", "Primase"), correct=1)
MULTIPLE = MultipleAnswers(choices=("2", "3", "4", "5"), correct=(0, 1, 3))
TRUE_FALSE = TrueFalse(correct=False)
NUMERIC = Numeric(answer=Decimal("0.5"), tolerance=Decimal("0.01"), unit="m")
SHORT = ShortAnswer(accepted=("abscisic acid", "ABA"))
MATCHING = Matching(left=("dog", "cat"), right=("miaows", "barks", "moos"), pairs=(1, 0))
ORDERING = Ordering(items=("boil", "fill", "pour"), order=(1, 0, 2))
FILL_IN = FillIn(
    text="Warm water holds {1} salt and {2} oxygen.",
    options=(("more", "less"), ("more", "less")),
    correct=(0, 1),
)


@pytest.mark.parametrize(
    ("body", "response", "score"),
    [
        (SINGLE, 1, 1),
        (SINGLE, 0, 0),
        (MULTIPLE, [3, 0, 1], 1),
        (MULTIPLE, [0, 1], Fraction(2, 3)),
        (MULTIPLE, [0, 2], 0),
        (MULTIPLE, [0, 1, 2, 3], Fraction(2, 3)),
        (MULTIPLE, [], 0),
        (TRUE_FALSE, False, 1),
        (TRUE_FALSE, True, 0),
        (NUMERIC, "0,51", 1),
        (NUMERIC, "0.52", 0),
        (SHORT, " Abscisic  ACID. ", 1),
        (SHORT, "auxin", 0),
        (MATCHING, [1, 2], Fraction(1, 2)),
        (MATCHING, [1, None], Fraction(1, 2)),
        (ORDERING, [1, 0, 2], 1),
        (ORDERING, [0, 1, 2], Fraction(1, 3)),
        (FILL_IN, [0, 1], 1),
        (FILL_IN, [None, None], 0),
    ],
)
def test_a_response_scores_its_share(body: Body, response: Any, score: Fraction | int) -> None:
    assert body.score(response) == score


@pytest.mark.parametrize(
    ("body", "response"),
    [
        (SINGLE, 3),
        (SINGLE, True),
        (SINGLE, "1"),
        (MULTIPLE, 1),
        (MULTIPLE, [4]),
        (TRUE_FALSE, "false"),
        (NUMERIC, "half"),
        (NUMERIC, "NaN"),
        (NUMERIC, None),
        (SHORT, "x" * 501),
        (SHORT, 7),
        (MATCHING, [1]),
        (MATCHING, [1, 3]),
        (ORDERING, [1, 1, 2]),
        (ORDERING, [0, 1]),
        (FILL_IN, [0, 2]),
    ],
)
def test_a_response_of_another_form_is_refused(body: Body, response: Any) -> None:
    with pytest.raises(ResponseError):
        body.score(response)


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1 200", "1200"), ("1'200.50", "1200.5"), ("1.200,5", "1200.5"), ("\u22123", "-3"),
     ("1,234,567", "1234567"), ("1.234.567", "1234567")],
)  # fmt: skip
def test_numbers_are_read_as_people_type_them(typed: str, number: str) -> None:
    assert read_number(typed) == Decimal(number)


@pytest.mark.parametrize("typed", ["12 km", "12km", "12 Kilometres", " 12,0 kilometres "])
def test_the_unit_may_be_typed_too(typed: str) -> None:
    body = Numeric(answer=Decimal(12), unit="kilometres")
    assert body.score(body.read(typed)) == 1


@pytest.mark.parametrize("typed", ["12000 m", "12 miles", "12 apples"])
def test_another_unit_is_refused(typed: str) -> None:
    with pytest.raises(ResponseError, match="Type a number"):
        Numeric(answer=Decimal(12), unit="kilometres").read(typed)


@pytest.mark.parametrize(
    ("answer", "typed", "score"),
    [
        ("1234", "1,234", 1), ("1234", "1.234", 1), ("1.234", "1,234", 1), ("1.234", "1.234", 1),
        ("1235", "1,234", 0), ("0.234", "0,234", 1), ("234", "0,234", 0), ("12.5", "12,5", 1),
        ("-1234", "-1,234", 1),
    ],
)  # fmt: skip
def test_a_mark_before_three_digits_parts_thousands_or_decimals(
    answer: str, typed: str, score: int
) -> None:
    assert Numeric(answer=Decimal(answer)).score(typed) == score


@pytest.mark.parametrize(
    "body", [SINGLE, MULTIPLE, TRUE_FALSE, NUMERIC, SHORT, MATCHING, ORDERING, FILL_IN]
)
def test_a_body_is_the_same_after_json(body: Body) -> None:
    assert read_body(body.model_dump(mode="json")) == body


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"format": "essay"}, "essay"),
        ({"format": "single", "choices": ["a", " a"], "correct": 0}, "the same"),
        ({"format": "single", "choices": ["a", "b"], "correct": 2}, "not one of"),
        ({"format": "multiple", "choices": ["a", "b"], "correct": []}, "correct"),
        ({"format": "matching", "left": ["a", "b"], "right": ["c", "d"], "pairs": [0]}, "left"),
        ({"format": "ordering", "items": ["a", "b"], "order": [0, 0]}, "every item once"),
        ({"format": "fill_in", "text": "{1}", "options": [["a", "b"]], "correct": []}, "blank"),
        ({"format": "fill_in", "text": "x", "options": [["a", "b"]], "correct": [0]}, "{1}"),
        ({"format": "numeric", "answer": "Infinity"}, "finite"),
    ],
)
def test_a_body_that_cannot_be_asked_is_refused(data: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("{", r"\{")):
        read_body(data)
