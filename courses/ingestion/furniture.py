"""Running heads, running feet and page numbers: what a page repeats and nobody reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from courses.ingestion.pages import Line, Page

EDGE = 0.09  # of the page's height, at the top and at the bottom
EDGE_LINES = 2
FULL_PAGE = 12
REPEATS = 3
NEIGHBOURS = 12
_NUMBER = re.compile(
    r"^[\W_]*(?:page\s+)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:of|/)\s*\d+)?[\W_]*$", re.I
)
_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b")


def drop_furniture(pages: Sequence[Page], labels: Sequence[str]) -> None:
    """Take running heads and feet and lone page numbers off the pages, in place."""
    _drop_numbered(pages, labels)
    masks = [{_mask(line) for line in edge_lines(page)} for page in pages]
    counts = Counter(mask for page in masks for mask in page)
    for index, page in enumerate(pages):
        near = masks[max(0, index - NEIGHBOURS) : index + NEIGHBOURS + 1]
        edges = [line for line in edge_lines(page) if _is_furniture(line, counts, near)]
        _drop(page, edges)


def _drop_numbered(pages: Sequence[Page], labels: Sequence[str]) -> None:
    """Lines in the margins that begin or end with the number of their page."""
    numbered = [
        [
            line
            for line in page.lines
            if _in_margin(line, page)
            and _carries(line.text, {labels[page.number - 1], str(page.number)})
        ]
        for page in pages
    ]
    if sum(len(lines) for lines in numbered) >= REPEATS:
        for page, lines in zip(pages, numbered, strict=True):
            _drop(page, lines)


def _drop(page: Page, lines: Iterable[Line]) -> None:
    dropped = {id(line) for line in lines}
    page.lines = [line for line in page.lines if id(line) not in dropped]


def _in_margin(line: Line, page: Page) -> bool:
    return line.y0 < page.height * EDGE or line.y1 > page.height * (1 - EDGE)


def _carries(text: str, numbers: set[str]) -> bool:
    words = text.split()
    return words[0] in numbers or words[-1] in numbers


def edge_lines(page: Page) -> list[Line]:
    """The lines in the margins; on a full page also the two outermost of its text.

    A sparse page, such as a slide, has nothing to spare: its outermost lines are its text.
    """
    chosen = [line for line in page.lines if _in_margin(line, page)]
    if len(page.lines) < FULL_PAGE:
        return chosen
    by_height = sorted(page.lines, key=lambda line: -line.y1)
    outer = by_height[:EDGE_LINES] + by_height[-EDGE_LINES:]
    return chosen + [line for line in outer if not any(line is other for other in chosen)]


def _is_furniture(line: Line, counts: Counter[str], near: Iterable[set[str]]) -> bool:
    if _NUMBER.match(line.text):
        return True
    mask = _mask(line)
    if counts[mask] < REPEATS:
        return False
    # A running head stands on page after page; a sentence that recurs far apart is text.
    return sum(mask in page for page in near) >= REPEATS


def _mask(line: Line) -> str:
    return _DIGITS.sub("#", line.text.lower())
