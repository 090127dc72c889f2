"""Reads tables as Markdown, on pages with lines that form a grid or with wide gaps in rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from engine.reading.limits import PdfLimits
from engine.reading.marks import resolved
from engine.reading.pages import Line, Page, Table
from engine.reading.runs import gaps
from engine.reading.sandbox import Children
from engine.reading.text import clean

RULED_CHILD, CELL_CHILD, GAP_CHILD = "table_child.py", "cell_child.py", "gap_child.py"
PAGES_AT_ONCE, MAX_CRASHES = 20, 5
# How much longer lines with gaps are than others; justified text differs by less.
WIDE, MIN_LETTERS, MIN_WIDE_LINES, NEAR_LINES = 1.18, 12, 3, 5
MARGIN = 0.09  # of the page's height
MIN_ROWS = 2
MIN_COLUMNS = 2
MIN_FILLED_SHARE = 0.5
MAX_CELL_LENGTH = 400
MAX_REPEATED = 60  # letters of a merged cell
INSIDE = 2.0  # points from the corner of a cell


def add_tables(
    path: Path, pages: Sequence[Page], limits: PdfLimits, seen: Collection[int] = ()
) -> list[int]:
    """Adds tables to pages that seem to have some; returns the numbers of those left unread.

    Which pages are read is decided before reading. `seen` are those of which the text was read from
    their picture, because the file has none or a wrong one: what it has is in no table either.
    """
    ruled = [page for page in pages if page.ruled and page.number not in seen]
    spaced = [page for page in pages_with_gaps(pages) if page.number not in seen]
    children = Children()
    try:
        found = _read(children, RULED_CHILD, path, _numbers(ruled[: limits.table_pages]), limits)
        given = {number: [raw["cells"] for raw in tables] for number, tables in found.items()}
        cells = _read(children, CELL_CHILD, path, {n: c for n, c in given.items() if c}, limits)
        loose = _read(children, GAP_CHILD, path, _numbers(spaced), limits)
    finally:
        children.close()
    for number, texts in cells.items():
        for raw, rows in zip(found[number], texts, strict=True):
            _take_cells(raw, rows)
    for page in pages:
        both = (found.get(page.number - 1, []), loose.get(page.number - 1, []))
        tables, more = ([t for raw in some if (t := _table(raw))] for some in both)
        page.tables = tables + [
            one for one in more if not any(max(gaps(one, other)) < 0 for other in tables)
        ]
        page.lost_table = not page.tables and (
            (page.ruled and page.number in seen) or any(_is_large(raw["rows"]) for raw in both[0])
        )
    _repeat_headers(pages)
    unread = {page.number for page in ruled if page.number - 1 not in found}
    return sorted(unread.union(page.number for page in spaced if page.number - 1 not in loose))


def _is_large(rows: Sequence[Sequence[Any]]) -> bool:
    """Whether rows are too many for a frame around text, and have texts side by side."""
    several = sum(sum(map(bool, row)) > 1 for row in rows)
    large = len(rows) > MIN_ROWS and max(map(len, rows)) > MIN_COLUMNS
    return large and several >= MIN_ROWS


def _numbers(pages: Sequence[Page]) -> dict[int, Any]:
    return {page.number - 1: None for page in pages}


def _read(
    children: Children, script: str, path: Path, wanted: Mapping[int, Any], limits: PdfLimits
) -> dict[int, list[Any]]:
    """Returns what a child answers of each page that it reads; `wanted` has what it is given."""
    found: dict[int, list[Any]] = {}
    crashes = 0
    numbers = list(wanted)
    for start in range(0, len(numbers), PAGES_AT_ONCE):
        todo = numbers[start : start + PAGES_AT_ONCE]
        while todo and crashes < MAX_CRASHES:
            request = {
                "path": str(path),
                "pages": todo,
                "tables": [wanted[number] for number in todo],
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


def _take_cells(raw: dict[str, Any], texts: Sequence[Sequence[str | None]]) -> None:
    """Gives a table the texts of its cells with their exponents, where all letters are there."""
    for row, better in zip(raw["rows"], texts, strict=True):
        for at, text in enumerate(better):
            letters = sum(map(str.isalnum, row[at] or ""))
            if text and sum(map(str.isalnum, text)) >= letters:
                row[at] = text
    raw["merged"] = list(_merged(raw["cells"]))


def _merged(
    rows: Sequence[Sequence[Sequence[float] | None]],
) -> Iterator[tuple[int, int, int, int]]:
    """Yields row and column of each place that a merged cell covers, and those of the cell."""
    cells = {
        (at, column): cell
        for at, row in enumerate(rows)
        for column, cell in enumerate(row)
        if cell is not None
    }
    lefts = {column: cell[0] for (_, column), cell in cells.items()}
    for at, row in enumerate(rows):
        tops = [cell[3] for cell in row if cell is not None]
        for column, cell in enumerate(row):
            if cell is not None or not tops:
                continue
            x, y = lefts[column] + INSIDE, max(tops) - INSIDE
            for (r, c), (x0, y0, x1, y1) in cells.items():
                if x0 < x < x1 and y0 < y < y1:
                    yield at, column, r, c


def pages_with_gaps(pages: Sequence[Page]) -> list[Page]:
    """Returns pages where several near lines are much longer than their letters should be."""
    lines = [line for page in pages for line in page.lines if len(line.text) >= MIN_LETTERS]
    if not lines:
        return []
    usual = median(_stretch(line) for line in lines)
    return [page for page in pages if _has_gaps(page.lines, WIDE * usual)]


def _has_gaps(lines: Sequence[Line], least: float) -> bool:
    wide = [
        not line.fixed
        and (line.cells > 1 or (len(line.text) >= MIN_LETTERS and _stretch(line) > least))
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
    rows = [[clean(resolved(cell or "", None)[0]) for cell in row] for row in raw["rows"]]
    texts = [text for row in rows if any(row) for text in row]
    filled = sum(map(bool, texts)) / max(len(texts), 1)
    # Each row can be read alone if it has the text of the cells that were merged over it.
    for row, column, r, c in raw.get("merged", ()):
        if len(rows[r][c]) <= MAX_REPEATED:
            rows[row][column] = rows[r][c]
    rows = [row for row in rows if any(row)]
    columns = max((len(row) for row in rows), default=0)
    cells = [cell for row in rows for cell in row]
    # A frame around text is no table.
    framed = any(len(cell) > MAX_CELL_LENGTH for cell in cells)
    if len(rows) < MIN_ROWS or columns < MIN_COLUMNS or filled < MIN_FILLED_SHARE or framed:
        return None
    # Boxes on a slide or around code do not have two texts side by side, or have so only once.
    if sum(len(set(filter(None, row))) > 1 for row in rows) < MIN_ROWS:
        return None
    x0, y0, x1, y1 = raw["box"]
    return Table(x0, y0, x1, y1, table_markdown(rows, columns))


def table_markdown(rows: Sequence[Sequence[str]], columns: int) -> str:
    """Returns rows of cells as a table in Markdown, the first of them as its head."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * columns, *lines[1:]])
