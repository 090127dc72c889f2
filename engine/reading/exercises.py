"""Tells exercises by what they consist of, where no heading names them."""

from __future__ import annotations

import re
from collections.abc import Sequence

MIN_MARKS = 3
MOSTLY = 0.5
# A blank inside a line with words, a box to tick, or a question in a list.
_BLANK = re.compile(r"_{3,}|\u2026{2,}|(?<!\.)\.{6,}(?!\.)")
_BOX = re.compile(r"\(\s*\)|\[\s*\]|[\u2610\u25a1\u25fb]|(?<!_)_{2,}\s*$")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_QUESTION = re.compile(r"[?\uff1f\u061f]\s*$")


def consists_of_exercises(rows: Sequence[str]) -> bool:
    """Whether most rows (lines, or items of lists) ask for something to be written or ticked.

    Lines of dots or dashes alone, to write notes on, do not count.
    """
    worded = [row for row in rows if _WORDS.search(row)]
    marks = sum(bool(_BLANK.search(row) or _BOX.search(row)) for row in worded)
    questions = sum(bool(_QUESTION.search(row)) for row in worded)
    return marks >= MIN_MARKS and marks + questions >= MOSTLY * len(worded)
