"""Finds tables without rules: rows of short cells, one below the other between the same gaps.

It runs in the child that reads tables, so nothing but the standard library is imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median

from engine.reading.columns import is_item
from engine.reading.runs import grouped

MIN_ROWS, MIN_COLUMNS, MAX_COLUMNS = 3, 2, 12
CELL_GAP, COLUMN_GAP = 0.9, 0.5  # of the size of the letters
ROW_GAP = 3.2
CONTINUED, TIGHT = 1.5, 1.3
APART = 1.25  # times the least step between lines: the next row
# Columns of running text have longer lines than the cells of tables.
MAX_FIRST_WORDS, MAX_TERM_WORDS, MAX_WORDS, MAX_LETTERS = 4, 2, 7, 60
# Parts of large brackets; a word.
_PIECE, _NAME = re.compile("[\u239b-\u23b3\ue000-\uf8ff\ufffd]"), re.compile(r"[^\W\d_]{3}")
_MARKER = re.compile(r"^(?:\W+|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]+)[.):]?)$")


@dataclass(slots=True)
class Word:
    """Points; y grows downwards, `bottom` is the baseline. `fixed`: letters of a typewriter."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    fixed: bool
    size: float


Row = list[Word]  # its cells, from left to right


def loose_tables(words: Sequence[Word]) -> list[tuple[list[float], list[list[str]]]]:
    """Returns the box (left, top, right, bottom) and the rows of each table."""
    # From the top down; the words of a row share most of their height.
    lines = grouped(
        sorted(words, key=lambda word: (word.bottom, word.x0)),
        lambda line, word: abs(line[0].bottom - word.bottom) < 0.4 * word.size,
    )
    found = []
    for rows in _runs([_cells(line) for line in lines]):
        # A long cell on a line of its own may reach over the next column.
        columns = _columns([row for row in rows if len(row) >= MIN_COLUMNS])
        if not MIN_COLUMNS <= len(columns) <= MAX_COLUMNS:
            continue
        table = _filled(rows, columns)
        if _is_table(table):
            cells = [cell for row in rows for cell in row]
            left, right = min(c.x0 for c in cells), max(c.x1 for c in cells)
            box = [left, min(c.top for c in cells), right, max(c.bottom for c in cells)]
            found.append((box, table))
    return found


def _cells(row: Row) -> Row:
    cells: Row = []
    for word in sorted(row, key=lambda word: word.x0):
        last = cells[-1] if cells else None
        if last is not None and word.x0 - last.x1 < CELL_GAP * word.size:
            cells[-1] = Word(
                f"{last.text} {word.text}",
                last.x0,
                max(last.x1, word.x1),
                min(last.top, word.top),
                max(last.bottom, word.bottom),
                last.fixed and word.fixed,
                max(last.size, word.size),
            )
        else:
            cells.append(word)
    return cells


def _runs(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yields runs of rows with several cells, and the rows with one cell that go on in them."""
    run: list[Row] = []
    for at, row in enumerate(rows):
        gap = row[0].bottom - run[-1][0].bottom if run else 0.0
        size = row[0].size
        several = len(row) >= MIN_COLUMNS and not all(cell.fixed for cell in row)
        after = rows[at + 1] if at + 1 < len(rows) else None
        continues = not several and run and _continues(row, run, after, gap)
        if run and (gap > ROW_GAP * size or not (several or continues)):
            yield run
            run = []
        if several or (run and continues):
            run.append(row)
    if run:
        yield run


def _continues(row: Row, run: Sequence[Row], after: Row | None, gap: float) -> bool:
    """Whether one cell is a further line of a row: in a later column, or within the first one."""
    cell, size = row[0], row[0].size
    if gap >= CONTINUED * size:
        return False
    full = next((other for other in reversed(run) if len(other) >= MIN_COLUMNS), None)
    if full is None or cell.x0 > run[-1][0].x1:
        return full is not None
    below = after is not None and after[0].bottom - cell.bottom < CONTINUED * size
    tight = gap < TIGHT * size or (below and after is not None and len(after) < len(full))
    return tight and cell.x1 < full[1].x0 and abs(cell.x0 - full[0].x0) < size


def _columns(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """Returns left and right of what the cells cover together, parted by white space."""
    columns: list[tuple[float, float]] = []
    size = median(cell.size for row in rows for cell in row)
    for left, right in sorted((cell.x0, cell.x1) for row in rows for cell in row):
        if columns and left - columns[-1][1] < COLUMN_GAP * size:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    return columns


def _filled(rows: Sequence[Row], columns: Sequence[tuple[float, float]]) -> list[list[str]]:
    """Returns the texts of the cells; lines that stand closer than others are one row."""
    steps = [after[0].bottom - row[0].bottom for row, after in pairwise(rows)]
    # Rows stand apart by more than lines of one cell do, if both are there.
    apart = min(steps) * APART if steps and max(steps) > min(steps) * APART else 0.0
    table: list[list[str]] = []
    for at, row in enumerate(rows):
        texts = [
            " ".join(cell.text for cell in row if left <= cell.x0 <= right)
            for left, right in columns
        ]
        close = at > 0 and steps[at - 1] < apart
        # The rest of the row above: the first cell, and most others, are empty.
        is_rest = not texts[0] and 2 * sum(map(bool, texts)) <= len(texts)
        if table and (close or (not apart and is_rest)):
            table[-1] = [
                f"{above} {text}".strip() for above, text in zip(table[-1], texts, strict=True)
            ]
        else:
            table.append(texts)
    return table


def _is_table(rows: Sequence[Sequence[str]]) -> bool:
    texts = [cell for row in rows for cell in row]
    if any(map(_PIECE.search, texts)) or not any(map(_NAME.search, texts)):
        return False  # a matrix
    items = [sum(map(is_item, column)) for column in zip(*rows, strict=True)]
    if sum(2 * count >= len(rows) for count in items) >= MIN_COLUMNS:
        return False  # lists side by side
    full = [row for row in rows if sum(map(bool, row)) >= MIN_COLUMNS]
    if len(full) < MIN_ROWS or len(full) < 0.7 * len(rows):
        return False
    first, *others = [[cell for cell in column if cell] for column in zip(*rows, strict=True)]
    if len(rows[0]) == MIN_COLUMNS and sum(bool(_MARKER.match(c)) for c in first) > len(first) / 2:
        return False  # a numbered list
    counts = [len(cell.split()) for column in others for cell in column]
    longest = median(len(cell) for column in others for cell in column)
    usual = median(len(cell.split()) for cell in first)
    # Terms with their meanings have one or two words on the left and a sentence on the right.
    most = 2 if usual <= MAX_TERM_WORDS and len(rows[0]) == MIN_COLUMNS else 1
    fits = mean(counts) <= most * MAX_WORDS and longest <= most * MAX_LETTERS
    return usual <= MAX_FIRST_WORDS and fits
