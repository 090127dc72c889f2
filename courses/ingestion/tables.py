"""Ruled tables as Markdown. Only pages whose drawing looks like a grid are looked at."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from courses.ingestion.limits import PdfLimits
from courses.ingestion.pages import Page, Table
from courses.ingestion.sandbox import Children
from courses.ingestion.text import clean

CHILD = "table_child.py"
LEAST_ROWS = 2
LEAST_COLUMNS = 2
FILLED = 0.5
LONGEST_CELL = 400


def add_tables(path: Path, pages: Sequence[Page], limits: PdfLimits) -> list[int]:
    """Find the tables of ruled pages, in place; return the numbers of pages left unread."""
    ruled = [page for page in pages if page.ruled]
    budget, left = ruled[: limits.table_pages], ruled[limits.table_pages :]
    found: dict[int, list[dict[str, Any]]] = {}
    deadline = time.monotonic() + limits.total_wall / 4
    todo = [page.number - 1 for page in budget]
    children = Children()
    try:
        while todo and time.monotonic() < deadline:
            _read(children, path, todo, limits, found)
            rest = [index for index in todo if index not in found]
            # The first unread page is the one that crashed or took too long: leave it out.
            todo = rest[1:]
    finally:
        children.close()
    for page in budget:
        page.tables = [t for raw in found.get(page.number - 1, []) if (t := _table(raw))]
    return [page.number for page in budget if page.number - 1 not in found] + [
        page.number for page in left
    ]


def _read(
    children: Children,
    path: Path,
    indexes: Sequence[int],
    limits: PdfLimits,
    found: dict[int, list[dict[str, Any]]],
) -> None:
    request = {
        "path": str(path),
        "pages": list(indexes),
        "memory": limits.child_memory,
        "cpu": limits.child_cpu,
    }
    wall = 2 + limits.table_wall * min(len(indexes), 6)
    outcome = children.run(CHILD, request, wall=wall)
    for answer in outcome.answers:
        found[answer["page"]] = answer["tables"]


def _table(raw: dict[str, Any]) -> Table | None:
    rows = [[clean(cell or "") for cell in row] for row in raw["rows"]]
    rows = [row for row in rows if any(row)]
    columns = max((len(row) for row in rows), default=0)
    cells = [cell for row in rows for cell in row]
    filled = sum(bool(cell) for cell in cells) / len(cells) if cells else 0.0
    # A frame around text is no table.
    framed = any(len(cell) > LONGEST_CELL for cell in cells)
    if len(rows) < LEAST_ROWS or columns < LEAST_COLUMNS or filled < FILLED or framed:
        return None
    x0, y0, x1, y1 = raw["box"]
    return Table(x0, y0, x1, y1, _markdown(rows, columns))


def _markdown(rows: Sequence[Sequence[str]], columns: int) -> str:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * columns, *lines[1:]])
