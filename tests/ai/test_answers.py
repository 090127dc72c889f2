"""Answers that no parser should have to read, but some model will write."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from profai.ai.answers import WrongAnswerError, parse_answer


class Form(BaseModel):
    words: str


@pytest.mark.parametrize("piece", ["[", '{"words":', '```json\n{"words":[', '[{"a":'])
def test_brackets_nested_deeper_than_can_be_read_are_a_wrong_answer(piece: str) -> None:
    with pytest.raises(WrongAnswerError, match="no complete JSON object"):
        parse_answer(piece * 5000, Form)
