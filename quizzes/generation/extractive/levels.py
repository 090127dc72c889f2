"""Difficulty and Bloom level of a question, by rules that staff can follow.

Remember: the asked-for words stand in one sentence of the text and have to be recalled.
Understand: whole statements or definitions have to be told apart.
Difficulty follows how near the wrong answers are to the right one; a long stem adds a step.
"""

from __future__ import annotations

from collections.abc import Sequence

from quizzes.generation.schemas import BloomLevel, Difficulty, QuestionKind

HARD_NEARNESS = 0.5
MEDIUM_NEARNESS = 0.35
LONG_STEM_WORDS = 24
STATEMENT_WORDS = 5


def bloom(kind: QuestionKind, answer: str) -> BloomLevel:
    long = len(answer.split()) >= STATEMENT_WORDS
    told_apart = kind is QuestionKind.TRUE_STATEMENT or (kind is QuestionKind.DEFINITION and long)
    return BloomLevel.UNDERSTAND if told_apart else BloomLevel.REMEMBER


def difficulty(nearness: Sequence[float], stem: str) -> Difficulty:
    mean = sum(nearness) / len(nearness)
    step = (mean >= MEDIUM_NEARNESS) + (mean >= HARD_NEARNESS)
    step += len(stem.split()) > LONG_STEM_WORDS
    return (Difficulty.EASY, Difficulty.MEDIUM, Difficulty.HARD)[min(step, 2)]
