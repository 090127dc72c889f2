"""Finds pages whose order, tables or formulas were perhaps not read as a person reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from engine.reading.document import Doubt
from engine.reading.pages import Line, Page

# Signs whose limits or content stand above, below or under them, and parts of large brackets.
_STACKED = re.compile("[\u2211\u220f\u222b\u239b-\u23b3]|\u221a(?![\\w(\U0001d400-\U0001d7ff])")
_NUMBERS = re.compile(r"[\s\d.,:%/()+\u2212\u2013-]*")
MARGIN = 0.08  # of the page's height
FEW_JUMPS = 2
ROWS, NEAR = 3, 5  # lines with wide gaps among so many
TINY, TINY_LETTERS = 0.8, 4  # of the size of the text beside it
LOWEST, HIGHEST = -1.0, 1.3  # of the size: limits of a sum stand below and above its line
MANY_DRAWN = 6  # words in drawings: fewer are names of parts
SLACK = 2.0  # points


def page_doubts(page: Page, drawn_words: int = 0) -> tuple[Doubt, ...]:
    """Returns what is uncertain on a page, once its tables and formulas are known, and how many
    words are in its drawings without a caption."""
    lines = [line for line in page.lines if not (line.fixed or line.label)]
    loose = [line for line in lines if not any(line.is_in(one, SLACK) for one in page.tables)]
    # Rows of tables and lines of columns have wide gaps, several of them near each other.
    wide = [line.cells > 1 and not _NUMBERS.fullmatch(line.text) for line in loose]
    has_rows = any(sum(wide[at : at + NEAR]) >= ROWS for at in range(len(wide)))
    doubts = {
        Doubt.ORDER: _goes_up(page, [line for line in loose if not line.box]),
        Doubt.TABLES: page.lost_table or has_rows,
        Doubt.FORMULAS: _has_stacks(page) or _has_stray_parts(loose),
        Doubt.DRAWINGS: drawn_words >= MANY_DRAWN,
        Doubt.PICTURES: any(page.pictures_in(line) for line in page.lines if not line.label),
    }
    return tuple(doubt for doubt, holds in doubts.items() if holds)


def _goes_up(page: Page, lines: Sequence[Line]) -> bool:
    """Whether the text goes back up more than once to where it has been before."""
    low, high = MARGIN * page.height, (1 - MARGIN) * page.height
    inside = [line for line in lines if low < line.y0 and line.y1 < high]
    jumps = 0
    for at, (line, after) in enumerate(pairwise(inside)):
        if after.y0 > line.y1 + line.size:
            jumps += any(
                other.y1 < after.y0 and _share_width(other, after) for other in inside[: at + 1]
            )
    return jumps >= FEW_JUMPS


def _share_width(one: Line, other: Line) -> bool:
    common = min(one.x1, other.x1) - max(one.x0, other.x0)
    return common > min(one.x1 - one.x0, other.x1 - other.x0) / 2


def _has_stacks(page: Page) -> bool:
    """Whether a root or fraction was not understood, and is not in the picture of a formula."""
    pictured = [line for line in page.lines if line.label]
    return any(
        not any(
            line.x0 - line.size < right
            and left < line.x1 + line.size
            and abs((line.y0 + line.y1) / 2 - height) < 2 * line.size
            for line in pictured
        )
        for left, height, right in page.uncertain
    )


def _has_stray_parts(lines: Sequence[Line]) -> bool:
    """Whether signs stand without their limits, or small parts beside the line that they are of."""
    if any(_STACKED.search(line.text) for line in lines):
        return True
    return any(
        len(line.text) <= TINY_LETTERS
        and not line.text.isspace()
        and any(_is_part(line, other) for other in lines[max(0, at - 4) : at + 5])
        for at, line in enumerate(lines)
    )


def _is_part(line: Line, other: Line) -> bool:
    inside = other.x0 - SLACK < line.x0 and line.x1 < other.x1 + line.size
    beside = LOWEST * other.size < line.y0 - other.y0 < HIGHEST * other.size
    return line is not other and line.size < TINY * other.size and inside and beside
