"""Reads tables as Markdown, on pages with lines that form a grid or with wide gaps in rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from engine.reading.limits import PdfLimits
from engine.reading.pages import Line, Page, Table
from engine.reading.sandbox import Children
from engine.reading.text import clean

RULED_CHILD, GAP_CHILD = "table_child.py", "gap_child.py"
PAGES_AT_ONCE, MAX_CRASHES = 20, 5
# How much longer lines with gaps are than others; justified text differs by less.
WIDE, MIN_LETTERS, MIN_WIDE_LINES, NEAR_LINES = 1.18, 12, 3, 5
MARGIN = 0.09  # of the page's height
MIN_ROWS = 2
MIN_COLUMNS = 2
MIN_FILLED_SHARE = 0.5
MAX_CELL_LENGTH = 400


def add_tables(path: Path, pages: Sequence[Page], limits: PdfLimits) -> list[int]:
    """Adds tables to pages that seem to have some; returns the numbers of ruled pages left unread.

    Which pages are read is decided before reading.
    """
    ruled = [page for page in pages if page.ruled]
    gaps = [page for page in pages_with_gaps(pages) if not page.ruled]
    children = Children()
    try:
        found = _read(children, RULED_CHILD, path, ruled[: limits.table_pages], limits)
        found |= _read(children, GAP_CHILD, path, gaps, limits)
    finally:
        children.close()
    for page in (*ruled, *gaps):
        page.tables = [t for raw in found.get(page.number - 1, []) if (t := _table(raw))]
    _repeat_headers(pages)
    return [page.number for page in ruled if page.number - 1 not in found]


def _read(
    children: Children, script: str, path: Path, pages: Sequence[Page], limits: PdfLimits
) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    crashes = 0
    for start in range(0, len(pages), PAGES_AT_ONCE):
        todo = [page.number - 1 for page in pages[start : start + PAGES_AT_ONCE]]
        while todo and crashes < MAX_CRASHES:
            request = {
                "path": str(path),
                "pages": todo,
                "characters": limits.page_characters,
                "memory": limits.child_memory,
                "cpu": limits.child_cpu,
            }
            outcome = children.run(script, request, wall=limits.table_wall)
            found |= {answer["page"]: answer["tables"] for answer in outcome.answers}
            # The first unread page is the one that crashed or took too long: leave it out.
            todo = [index for index in todo if index not in found][1:]
            crashes += not outcome.finished
    return found


def pages_with_gaps(pages: Sequence[Page]) -> list[Page]:
    """Returns pages where several near lines are much longer than their letters should be."""
    lines = [line for page in pages for line in page.lines if len(line.text) >= MIN_LETTERS]
    if not lines:
        return []
    usual = median(_stretch(line) for line in lines)
    return [page for page in pages if _has_gaps(page.lines, WIDE * usual)]


def _has_gaps(lines: Sequence[Line], least: float) -> bool:
    wide = [
        len(line.text) >= MIN_LETTERS and not line.fixed and _stretch(line) > least
        for line in lines
    ]
    near = range(max(1, len(wide) - NEAR_LINES + 1))
    return any(sum(wide[at : at + NEAR_LINES]) >= MIN_WIDE_LINES for at in near)


def _stretch(line: Line) -> float:
    return (line.x1 - line.x0) / (line.size * len(line.text) or 1.0)


def _repeat_headers(pages: Sequence[Page]) -> None:
    """Gives the rest of a table on the next page the header of its beginning."""
    for page, following in pairwise(pages):
        if not page.tables or not following.tables or following.number != page.number + 1:
            continue
        last, first = (
            min(page.tables, key=lambda t: t.y0),
            max(following.tables, key=lambda t: t.y1),
        )
        below = any(line.y1 < last.y0 and line.y1 > MARGIN * page.height for line in page.lines)
        above = any(
            line.y0 > first.y1 and line.y0 < (1 - MARGIN) * following.height
            for line in following.lines
        )
        head, *_ = rows = last.markdown.split("\n")
        own = first.markdown.split("\n")
        same = head.count(" | ") == own[0].count(" | ") and abs(last.x0 - first.x0) < last.x1 * 0.02
        if same and not below and not above and own[0] != head:
            first.markdown = "\n".join([head, rows[1], own[0], *own[2:]])


def _table(raw: dict[str, Any]) -> Table | None:
    rows = [[clean(cell or "") for cell in row] for row in raw["rows"]]
    rows = [row for row in rows if any(row)]
    columns = max((len(row) for row in rows), default=0)
    cells = [cell for row in rows for cell in row]
    filled = sum(bool(cell) for cell in cells) / len(cells) if cells else 0.0
    # A frame around text is no table.
    framed = any(len(cell) > MAX_CELL_LENGTH for cell in cells)
    if len(rows) < MIN_ROWS or columns < MIN_COLUMNS or filled < MIN_FILLED_SHARE or framed:
        return None
    x0, y0, x1, y1 = raw["box"]
    return Table(x0, y0, x1, y1, table_markdown(rows, columns))


def table_markdown(rows: Sequence[Sequence[str]], columns: int) -> str:
    """Returns rows of cells as a table in Markdown, the first of them as its head."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * columns, *lines[1:]])
