"""Removes running headers, running footers and page numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from statistics import median

from engine.reading.pages import Line, Page
from engine.reading.titles import body_size

EDGE = 0.09  # of the page's height, at the top and at the bottom
EDGE_LINES = 2
SMALL = 0.85  # of the size of a page's lines
UNUSED = 0.25  # of the height: a sheet of which more is empty on all pages ends where its text does
FULL_PAGE = 12
REPEATS = 3
NEIGHBOURS = 12
HALF = 0.5
LARGER = 1.15  # times the size of the text
_NUMBER = re.compile(
    r"^[\W_]*(?:page\s+)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:of|/)\s*\d+)?[\W_]*$", re.I
)
_ITEM = re.compile("[\u2022\u25a0\u25aa\u25cb\u25cf\u25e6]\\s*\\S")
SAME_LEFT, STEP = 2.0, 2.0  # points; of the size
Key = tuple[str, int, bool]
_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b")


def drop_headers_footers(pages: Sequence[Page], labels: Sequence[str]) -> None:
    """Removes running headers, footers and page numbers from the pages, in place."""
    low = _lowest(pages)
    _drop_numbered(pages, labels, low)
    edges = [edge_lines(page, low) for page in pages]
    masks = [{_key(line) for line in lines} for lines in edges]
    counts = Counter(mask for page in masks for mask in page)
    # How often each stands within pages, not in their margins.
    body = body_size(pages)
    outer = {id(line) for lines in edges for line in lines}
    inside = Counter(_key(line) for page in pages for line in page.lines if id(line) not in outer)
    # "Chapter 2", "Chapter 3" above the answers of chapters begin a page here and there.
    headings = {key for key, count in counts.items() if inside[key] >= HALF * count}
    # So do titles that several slides have.
    headings |= {
        key
        for key, count in counts.items()
        if key[1] >= LARGER * body and count < HALF * len(pages)
    }
    # Two sheets of paper may share a head; two slides share a title.
    repeats = (
        REPEATS if any(page.width > page.height for page in pages) else min(REPEATS, len(pages))
    )
    for index, page in enumerate(pages):
        near = masks[max(0, index - NEIGHBOURS) : index + NEIGHBOURS + 1]
        _drop(
            page,
            [x for x in edges[index] if _is_header_or_footer(x, counts, near, headings, repeats)],
        )


def _lowest(pages: Sequence[Page]) -> float:
    """Returns the height at which the pages end: above 0 for slides that are printed on the upper
    part of larger sheets, with a small line at the lower edge of most."""
    last = [min(page.lines, key=lambda line: line.y0) for page in pages if page.lines]
    low = min((line.y0 for line in last), default=0.0)
    high = max((page.height for page in pages), default=0.0)
    if len(last) < REPEATS or low <= UNUSED * high:
        return 0.0
    usual = [median(line.size for line in page.lines) for page in pages if page.lines]
    feet = sum(
        line.y0 - low < line.size < SMALL * size for line, size in zip(last, usual, strict=True)
    )
    return low if 2 * feet > len(last) else 0.0


def _drop_numbered(pages: Sequence[Page], labels: Sequence[str], low: float) -> None:
    """Removes lines in the margins that begin or end with the number of their page."""
    numbered: list[list[Line]] = []
    for page in pages:
        numbers = {labels[page.number - 1], str(page.number)}
        margins = [line for line in edge_lines(page, low) if _in_margin(line, page, low)]
        numbered.append([x for x in margins if numbers & {x.text.split()[0], x.text.split()[-1]}])
    if sum(len(lines) for lines in numbered) >= REPEATS:
        for page, lines in zip(pages, numbered, strict=True):
            _drop(page, lines)


def _drop(page: Page, lines: Iterable[Line]) -> None:
    dropped = {id(line) for line in lines}
    page.lines = [line for line in page.lines if id(line) not in dropped]


def _in_margin(line: Line, page: Page, low: float) -> bool:
    edge = EDGE * (page.height - low)
    return line.y0 < low + edge or line.y1 > page.height - edge


def edge_lines(page: Page, low: float = 0.0) -> list[Line]:
    """Returns the lines in the margins, and on a full page the outermost lines of its text.

    The page ends at `low` points above its lower edge.

    On a page with few lines, such as a slide, the outermost lines are its text. Footnotes, items of
    lists and what a program prints are text.
    """
    marks = {mark for line in page.lines for mark in line.marks}
    code = [line for line in page.lines if line.fixed]
    lines = [
        line
        for line in page.lines
        if line.text.split()[0] not in marks and not (line.fixed and _ends_code(line, code))
    ]
    chosen = [line for line in lines if _in_margin(line, page, low)]
    if len(lines) < FULL_PAGE:
        return chosen
    by_height = sorted(
        (line for line in lines if not _ITEM.match(line.text)), key=lambda line: -line.y1
    )
    outer = by_height[:EDGE_LINES] + by_height[-EDGE_LINES:]
    return chosen + [line for line in outer if not any(line is other for other in chosen)]


def _ends_code(line: Line, code: Iterable[Line]) -> bool:
    """Whether a line stands right below another line of code, as what a program prints does."""
    return any(
        abs(line.x0 - other.x0) < SAME_LEFT
        and abs(line.size - other.size) < SAME_LEFT / 4
        and 0 < other.y0 - line.y0 < STEP * line.size
        for other in code
    )


def _is_header_or_footer(
    line: Line,
    counts: Counter[Key],
    near: Iterable[set[Key]],
    headings: Collection[Key],
    repeats: int,
) -> bool:
    if _NUMBER.match(line.text):
        return True
    mask = _key(line)
    if counts[mask] < max(repeats, 2) or mask in headings:
        return False
    # A running head stands on page after page; a sentence that recurs far apart is text.
    return sum(mask in page for page in near) >= repeats


def _key(line: Line) -> Key:
    """Returns what repeats from page to page: a chapter's title is larger than its running head."""
    return _DIGITS.sub("#", line.text.lower()), round(line.size), line.bold
