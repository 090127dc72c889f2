"""Answers that no parser should have to read, but some model will write."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from engine.llm.answers import MAX_LEVELS, WrongAnswerError, parse_answer


class Form(BaseModel):
    words: str


@pytest.mark.parametrize("piece", ["[", '{"words":', '```json\n{"words":[', '[{"a":'])
def test_brackets_nested_deeper_than_can_be_read_are_a_wrong_answer(piece: str) -> None:
    with pytest.raises(WrongAnswerError, match="no complete JSON object"):
        parse_answer(piece * 5000, Form)


def test_the_limit_of_levels_is_ours_and_not_that_of_the_parser() -> None:
    answer = '{"words": "a", "more": %s%s}'
    most = MAX_LEVELS - 1  # inside the object
    assert parse_answer(answer % ("[" * most, "]" * most), Form).words == "a"
    with pytest.raises(WrongAnswerError, match="nested too deeply"):
        parse_answer(answer % ("[" * MAX_LEVELS, "]" * MAX_LEVELS), Form)


LONDON, PARIS = '{"words": "London"}', '{"words": "Paris"}'


@pytest.mark.parametrize(
    "text",
    [
        PARIS,
        f"<think>{LONDON}</think>{PARIS}",
        f"<think>\nMaybe {LONDON}?\n</think>\n\n```json\n{PARIS}\n```",
        f"Maybe {LONDON}? No.\n</think>\n{PARIS}",
        f"<thinking>{LONDON}</thinking> <reasoning>{LONDON}</reasoning> {PARIS}",
        f"[THINK]{LONDON}[/THINK]{PARIS}",
        f"\u25c1think\u25b7{LONDON}\u25c1/think\u25b7{PARIS}",
        (
            f"<|channel|>analysis<|message|>{LONDON}<|end|><|start|>assistant"
            f"<|channel|>final<|message|>{PARIS}"
        ),
        f"First I thought of {LONDON}, but the answer is {PARIS} and nothing else.",
        f"The form is {{words: ...}} and {{}}, so: {PARIS}",
        f'{PARIS} {{"another": "object"}}',
        f'{{"Form": {PARIS}}}',
        f'{{"name": "Form", "arguments": {PARIS}}}',
        f"[{PARIS}]",
        '{"thoughts": "<think>", "words": "Paris"}',
        '"{\\"words\\": \\"Paris\\"}"',
        '{"words": "Paris"} \\frac{a}{b}',
        '\ufeff{"words": "Paris"}',
    ],
)
def test_the_last_object_that_fits_is_the_answer(text: str) -> None:
    assert parse_answer(text, Form).words == "Paris"


@pytest.mark.parametrize(
    "text",
    [
        f"<think>{LONDON}</think>",
        f"<think>{LONDON}",
        f'<think>{LONDON}</think>{{"words": "Par',
        f'{LONDON} no, rather {{"words": "Par',
        f"{LONDON}</think>",
        f"<|channel|>analysis<|message|>{LONDON}<|end|>",
    ],
)
def test_what_precedes_the_answer_is_never_the_answer(text: str) -> None:
    with pytest.raises(WrongAnswerError):
        parse_answer(text, Form)


def test_tags_within_an_answer_are_its_own() -> None:
    text = '{"words": "Write </think> after <think>."}'
    assert parse_answer(text, Form).words == "Write </think> after <think>."


def test_what_is_wrong_with_the_last_object_is_told() -> None:
    with pytest.raises(WrongAnswerError, match="words: Input should be a valid string"):
        parse_answer('{"other": 1} {"words": 5}', Form)


def test_an_answer_of_a_million_brackets_is_read_in_no_time() -> None:
    """Or this test would take hours."""
    for piece in ('{"a":', '{"words": "x"}', '{"a":{"b":[!', "{ "):
        text = piece * 200_000
        try:
            assert parse_answer(text, Form).words == "x"
        except WrongAnswerError:
            assert piece != '{"words": "x"}'
