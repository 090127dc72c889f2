"""Finds formulas that stand on lines of their own.

One that was read for certain stays in the text, and is known as TeX as well. One of several rows,
such as a sum with its limits or a matrix, leaves the text, which would say something else than the
page shows, and is kept as a picture. Where it belongs to a line of text, that line is in the
picture and stays in the text, and the page is said to be uncertain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.language.tex import FUNCTIONS, as_tex
from engine.reading.drawings import Drawing
from engine.reading.figures import Found
from engine.reading.pages import Line, Page
from engine.reading.runs import gaps

MAX_LENGTH = 120
NEAR = 30.0  # points between parts of one formula
CLOSE = 1.3  # of the size, between rows
OVERLAP = 0.12  # of the lower of two rows
MAX_ROWS, MAX_LINES = 14, 80
_WORD = re.compile(r"[^\W\d_\u00b2\u00b3\u00b9\u02b0-\u02ff\u1d2c-\u1dbf\u2070-\u209f]{3,}")
_BESIDE = frozenset(("all", "and", "for", "otherwise", "that", "where", "with"))
_RELATION = re.compile("[=<>\u2264\u2265\u2248\u2260\u221d\u2192]")
_SYMBOL = re.compile(
    "[=<>\u2264\u2265\u2248\u2260+\u2212\u00b1\u00d7\u2211\u222b\u220f\u221a\u2202\u221e]"
)
# Parts of large brackets, and letters that fonts of formulas do not name.
_PIECES = re.compile("[\u239b-\u23b3\ue000-\uf8ff\ufffd]")
_LABEL = re.compile(r"\s*\(\d+(?:\.\d+)*[a-z]?\)$")  # of the equation
_BULLET = re.compile("^(?:[\u2022\u25aa\u25cf\u2013*-]|\\d+[.)]|[a-z][.)])\\s")


def find_formulas(pages: Sequence[Page]) -> list[Found]:
    """Returns the formulas of pages; the lines of uncertain ones are marked as labels, if they are
    no part of a line of text."""
    return [found for page in pages for found in _on_page(page)]


def _on_page(page: Page) -> list[Found]:
    lines = [line for line in page.lines if _is_formula(line, page)]
    if len(lines) > MAX_LINES:  # columns of numbers
        return []
    found: list[Found] = []
    for rows in _with_neighbours(_groups(lines)):
        text = " ".join(line.text for line in rows)
        symbol, pieces = _SYMBOL.search(text), _PIECES.search(text)
        if len(rows) == 1:
            keeps_picture = bool(symbol and pieces)
        else:
            keeps_picture = len(rows) <= MAX_ROWS and bool(symbol or pieces)
        tex = _tex(rows)
        if tex:
            bare = _LABEL.sub("", text).rstrip(" .,;")
            found.append(_found(page, rows, [bare], tex))
        elif keeps_picture:
            beside = _text_beside(rows, page)
            for line in rows if not beside else ():
                line.label = True
            found.append(_found(page, [*rows, *beside], [text], ""))
            if beside:
                middle = (rows[0].y0 + rows[0].y1) / 2
                page.uncertain.append((rows[0].x0, middle, rows[0].x1))
    return found


def _tex(rows: Sequence[Line]) -> str:
    text = _LABEL.sub("", rows[0].text)
    return as_tex(text) if len(rows) == 1 and _RELATION.search(text) else ""


def _text_beside(rows: Sequence[Line], page: Page) -> list[Line]:
    """Returns the lines of text that the rows are parts of, such as a root in a sentence."""
    others = [line for line in page.lines if not any(line is row for row in rows)]
    return [
        other
        for other in others
        if _WORD.search(other.text) and any(_overlap(other, row) for row in rows)
    ]


def _with_neighbours(groups: list[list[Line]]) -> list[list[Line]]:
    """Joins uncertain formulas and what stands close to them: it may be a part of them."""
    joined: list[list[Line]] = []
    for rows in groups:
        whole = list(rows)
        for other in list(joined):
            if _tex(whole) and _tex(other):
                continue
            is_close = any(
                across < 2 * NEAR and up < CLOSE * max(a.size, b.size)
                for a in whole
                for b in other
                for across, up in [gaps(a, b)]
            )
            if is_close:
                joined.remove(other)
                whole = [*other, *whole]
        joined.append(whole)
    return joined


def _is_formula(line: Line, page: Page) -> bool:
    """Whether a line has no words but those of functions."""
    if line.fixed or line.label or line.box or line.bold or len(line.text) > MAX_LENGTH:
        return False
    if _BULLET.match(line.text) or any(
        t.x0 - 2 <= line.x0 <= t.x1 and t.y0 - 2 <= line.y0 <= t.y1 for t in page.tables
    ):
        return False
    signs = _SYMBOL.search(line.text) or _PIECES.search(line.text)
    if not (signs or any(map(str.isalnum, line.text))):
        return False
    words = {word.lower() for word in _WORD.findall(line.text)}
    return not words.difference(FUNCTIONS, _BESIDE)


def _groups(lines: Sequence[Line]) -> list[list[Line]]:
    """Returns lines together whose rows overlap."""
    groups: list[list[Line]] = []
    for line in lines:
        for group in groups[-MAX_ROWS:]:
            if any(_overlap(line, other) for other in group):
                group.append(line)
                break
        else:
            groups.append([line])
    return groups


def _overlap(a: Line, b: Line) -> bool:
    low, high = max(a.y0, b.y0), min(a.y1, b.y1)
    apart = max(a.x0 - b.x1, b.x0 - a.x1)
    least = OVERLAP * min(a.y1 - a.y0, b.y1 - b.y0)
    # A limit stands closely above or below its sign, and is smaller.
    stacked = min(a.size, b.size) < 0.85 * max(a.size, b.size) and high - low > -0.5 * a.size
    return apart < NEAR and (high - low > least or (stacked and apart < 0))


def _found(page: Page, rows: Sequence[Line], labels: list[str], tex: str) -> Found:
    whole = Drawing(rows[0].x0, rows[0].y0, rows[0].x1, rows[0].y1)
    for line in rows:
        # A fraction reaches further up and down than its line.
        more = (0.95 if "/" in line.text else 0.35) * line.size
        whole.add(Drawing(line.x0 - 2, line.y0 - more, line.x1 + 2, line.y1 + more))
    return Found(page, whole, labels=labels, kind="formula", tex=tex)
