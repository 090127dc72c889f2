"""The form in which a model answers. Names and descriptions are part of the prompt."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from quizzes.generation.schemas import BloomLevel, Difficulty

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]


class Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Distractor(Answer):
    text: Line
    why_wrong: Line = Field(description="one sentence to a learner who chose it")


class WrittenQuestion(Answer):
    stem: Line
    answer: Line = Field(description="the one right choice")
    distractors: list[Distractor] = Field(description="exactly three wrong choices")
    explanation: Line = Field(description="why the answer is right, by the passage")
    difficulty: Difficulty
    bloom: BloomLevel
    passage: int = Field(description="id of the passage that proves the answer")
    quote: Line = Field(description="the passage's own words that prove it, unchanged")


class WrittenQuestions(Answer):
    questions: list[WrittenQuestion]
