"""Puts the pieces of a page into reading order: column by column, each downwards.

We keep the order in which the PDF draws its text, except where a later block stands higher than an
earlier one. The program that wrote the PDF knew about side notes, tables and formulas; positions
only let us guess.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from engine.reading.runs import Piece, grouped

# Distances are in points; where a comment says so, they are multiples of the size of the letters.
# Pages with more pieces than this stay in the order in which they are drawn.
MAX_PIECES = 400
# No more than this many left edges are tried as the edge of a column.
MAX_EDGES = 12
# Both of two columns of running text have at least this many lines.
FEW_LINES = 4
# Pieces with fewer letters than this say nothing about where columns of running text are.
FEW_LETTERS = 15
# Lines of running text have this many letters or more on average.
LINE_LETTERS = 20
# A line that ends nearer than this to the edge of the next column crosses into it.
GUTTER = 6.0
# Positions that differ by this much or less count as equal.
SLACK = 2.0
# A column of short lines has at least this many of them.
FEW_SHORT = 3
# Short lines have this many words or more on average, unless they are items of lists.
SHORT_WORDS = 2
# Baselines that differ by more than this, times the size, are not those of one line.
UNALIGNED = 0.25
# At least one line in this many begins an item of a list.
ITEMS = 3
# Indented lines of a column begin less than this many steps of three points right of its edge.
INDENTS = 14
# Below the column beside it, a column ends at a gap wider than this, times the size.
COLUMN_GAP = 2.0
# Marks of an exam are looked for only if this many or more stand on a page.
FEW_MARKS = 2
# Columns of code are looked for only if a page has this many pieces of code or more.
FEW_CODE = 8
# At least one piece in this many is code on such a page.
CODE_SHARE = 5
# Below a title stand at least this many pieces of code.
FEW_TITLED = 2
# Code is indented below its title by less than this, times the size.
TITLED = 4.0
_ITEM = re.compile(
    "(?:[\u2022\u2023\u25a0-\u25ef\u2043\u2219\u00b7\u2713-\u2717\u27a2*\uf0a7\uf0b7\u2013\u2212-]"
    r"|\(?(?:\d{1,2}|[A-Ha-h]|[ivx]{1,4})[.)]|[A-H](?=\s+[^\W\d_]))\s*\S"
)
_MARKS = re.compile(
    r"[\[(]\s*\d{1,3}\s*(?:marks?|points?|pts?\.?|Punkte?|Pkt\.?|P\.?|puntos?|points?)?\s*[\])]$",
    re.IGNORECASE,
)
# A piece begins a new block if it stands higher than the piece before it by the first of these, or
# lower by the second, times the size.
UP, DOWN = 0.6, 1.6
# Baselines that differ by this or more, times the size, are those of lines below each other.
BELOW = 0.75


def in_reading_order(pieces: list[Piece]) -> list[Piece]:
    """Returns the pieces in the order in which a person reads them."""
    if len(pieces) > MAX_PIECES:
        return pieces
    of_code = _columns_of_code(pieces)
    if of_code:
        return [piece for part in of_code for piece in part]
    edge = _second_column(pieces)
    if edge is None:
        parts = _short_columns(pieces)
        if not parts:
            if _is_one_column(pieces):
                return _with_marks_last(sorted(pieces, key=lambda piece: -piece.y))
            return _downwards(_with_marks_last(pieces))
        return [piece for part in parts for piece in in_reading_order(part)]
    across = sorted((p for p in pieces if _crosses(p, edge)), key=lambda piece: -piece.y)
    places = {id(piece): place for place, piece in enumerate(across)}
    # Lines that cross both columns cut the page into bands. Each band has three places in `parts`:
    # its left column, its right column, and the crossing line below them.
    parts = [[] for _ in range(3 * len(across) + 2)]
    for piece in pieces:
        if id(piece) in places:
            parts[3 * places[id(piece)] + 2].append(piece)
        else:
            band = sum(other.y > piece.y for other in across)
            parts[3 * band + (piece.x0 >= edge - SLACK)].append(piece)
    return [piece for part in parts for piece in (in_reading_order(part) if part else part)]


def _is_one_column(pieces: Sequence[Piece]) -> bool:
    """Whether no text stands beside other text: each piece is lower than the one above it, or in
    its line, but for the heads and feet of the page."""
    rows = grouped(
        sorted(pieces, key=lambda piece: -piece.y),
        lambda row, piece: row[-1].y - piece.y < BELOW * max(row[-1].size, piece.size),
    )
    return all(len({piece.row for piece in row}) == 1 for row in rows[1:-1])


def _columns_of_code(pieces: list[Piece]) -> list[list[Piece]]:
    """Returns a page of columns of code with titles in parts: what stands above all columns, each
    column from its top down, and what stands below them. Returns nothing for any other page.

    Software that makes PDFs may draw all code of a page before the other text.
    """
    code = [piece for piece in pieces if _is_code(piece)]
    if len(code) < FEW_CODE or CODE_SHARE * len(code) < len(pieces):
        return []
    for edge in sorted({piece.x0 for piece in pieces if not _is_code(piece)})[1:]:
        right = [piece for piece in pieces if piece.x0 >= edge - SLACK]
        left = [piece for piece in pieces if piece.x1 <= edge - SLACK]
        if not (_has_titled_code(left) and _has_titled_code(right)):
            continue
        top = max(piece.y for piece in (*left, *right))
        low = min(piece.y for piece in (*left, *right))
        across = [p for p in pieces if _crosses(p, edge) or edge - GUTTER < p.x1 < edge + SLACK]
        if len(across) + len(left) + len(right) < len(pieces) or any(
            low <= piece.y <= top for piece in across
        ):
            continue
        columns = _columns_of_code(right) or [_by_height(right)]
        above = [piece for piece in across if piece.y > top]
        below = [piece for piece in across if piece.y < low]
        return [above, _by_height(left), *columns, below]
    return []


def _has_titled_code(pieces: Sequence[Piece]) -> bool:
    """Whether a title stands above code, both at the left edge."""
    code = [piece for piece in pieces if _is_code(piece)]
    if len(code) < FEW_TITLED:
        return False
    title = max(pieces, key=lambda piece: piece.y)
    edge, size = min(piece.x0 for piece in pieces), code[0].size
    near = min(piece.x0 for piece in code) - edge < TITLED * size
    return near and not _is_code(title) and title.x0 - edge < TITLED * title.size


def _is_code(piece: Piece) -> bool:
    return all(run.fixed for run in piece.runs)


def _by_height(pieces: Sequence[Piece]) -> list[Piece]:
    """Returns the pieces of a column from above, those on one line from the left."""
    lines = grouped(
        sorted(pieces, key=lambda piece: -piece.y),
        lambda line, piece: line[0].y - piece.y < UNALIGNED * piece.size,
    )
    return [piece for line in lines for piece in sorted(line, key=lambda piece: piece.x0)]


def _crosses(piece: Piece, edge: float) -> bool:
    return piece.x0 < edge - SLACK and piece.x1 > edge - GUTTER


def _second_column(pieces: Sequence[Piece]) -> float | None:
    """Returns where the right one of two columns of running text begins; None if there is none.

    `_short_columns` looks for columns of shorter lines, which are harder to tell from tables.
    """
    long = [p for p in pieces if len(p.text) >= FEW_LETTERS and not p.runs[0].fixed]
    if len(long) < 2 * FEW_LINES:
        return None
    starts = Counter(round(piece.x0 / 3) for piece in long)
    for start in sorted(n for n, count in starts.items() if count >= FEW_LINES)[:MAX_EDGES]:
        edge = 3 * start - 1.5  # the least position that was rounded to `start`
        left = [piece for piece in long if piece.x1 <= edge - GUTTER]
        right = [piece for piece in long if piece.x0 >= edge - SLACK]
        crossing = [piece for piece in long if _crosses(piece, edge)]
        few = min(len(left), len(right)) < FEW_LINES
        if few or len(crossing) > (len(left) + len(right)) / 2:
            continue
        # If a crossing line begins to the right of the left column, it belongs to the right column,
        # and this edge is only an indent: try the next edge.
        top = max(piece.y for piece in right)
        end = max((piece.x1 for piece in left if piece.y <= top + piece.size), default=edge)
        if any(piece.x0 > end for piece in crossing):
            continue
        if _is_column(left) and _is_column(right) and _beside_each_other(left, right):
            return edge
    return None


def _short_columns(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Returns what stands above columns of short lines, the columns, and what stands below them;
    nothing if there are none.

    Boxes of a slide, lists and questions of a test have such columns. Rows of a table stay
    together.
    """
    texts = [piece for piece in pieces if not piece.runs[0].fixed and not piece.label]
    starts = Counter(round(piece.x0 / 3) for piece in texts)
    first = min(starts, default=0)
    # Indented lines of a column begin a little further to the right and count as lines of it.
    edges = sorted(
        n
        for n in starts
        if n > first and sum(starts[n + more] for more in range(INDENTS)) >= FEW_SHORT
    )
    for start in edges[:MAX_EDGES]:
        edge = 3 * start - 1.5  # the least position that was rounded to `start`
        heights = sorted((p.y for p in texts if _crosses(p, edge)), reverse=True)
        bands = defaultdict[int, list[Piece]](list)
        for piece in texts:
            if not any(abs(height - piece.y) < piece.size / 2 for height in heights):
                bands[sum(height > piece.y for height in heights)].append(piece)
        for band in bands.values():
            right = [piece for piece in band if piece.x0 >= edge - SLACK]
            if len(right) < FEW_SHORT:
                continue
            top, low = max(p.y for p in right), min(p.y for p in right)
            left = _without_gap([p for p in band if p.x0 < edge - SLACK], top, low)
            if len(left) >= FEW_SHORT and _are_columns(left, right):
                return _parts(pieces, left, right)
    return []


def _without_gap(pieces: Sequence[Piece], top: float, low: float) -> list[Piece]:
    """Returns the pieces between two heights, and those below that follow without a gap."""
    column: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: -piece.y):
        if piece.y > top + piece.size:
            continue
        gap = column[-1].y - piece.y if column else 0.0
        if piece.y < low - piece.size / 2 and gap > COLUMN_GAP * piece.size:
            break
        column.append(piece)
    return column


def _parts(
    pieces: Sequence[Piece], left: Sequence[Piece], right: Sequence[Piece]
) -> list[list[Piece]]:
    """Returns what else stands above the lowest line of two columns, each column, and the rest."""
    sides = [{id(piece) for piece in side} for side in (left, right)]
    bottom = min(piece.y for piece in (*left, *right))
    rest = [piece for piece in pieces if not any(id(piece) in side for side in sides)]
    parts = [
        [piece for piece in rest if piece.y > bottom],
        *([piece for piece in pieces if id(piece) in side] for side in sides),
        [piece for piece in rest if piece.y <= bottom],
    ]
    return [part for part in parts if part]


def _are_columns(left: Sequence[Piece], right: Sequence[Piece]) -> bool:
    """Whether lines side by side are read column by column, not row by row."""
    both = (left, right)
    marked = [(sum(is_item(piece.text) for piece in side), len(side)) for side in both]
    if all(items > 1 and ITEMS * items >= count for items, count in marked):
        return True  # lists
    if 2 * sum(piece.text.rstrip().endswith(":") for piece in left) > len(left):
        return False  # a form: what is filled in is read beside its label ("Name:")
    words = [sum(len(piece.text.split()) for piece in side) / len(side) for side in both]
    if min(words) < SHORT_WORDS:
        return False
    # A line that begins with a small letter goes on with the sentence of the line above it.
    wrapped = all(
        sum(p.text.lstrip()[:1].islower() for p in side) * 3 >= len(side) for side in both
    )
    heights = [piece.y for piece in left]
    apart = sum(
        min(abs(piece.y - height) for height in heights) > UNALIGNED * piece.size for piece in right
    )
    return wrapped or (2 * apart > len(right) and _shares_gutter(left, right))


def _shares_gutter(left: Sequence[Piece], right: Sequence[Piece]) -> bool:
    """Whether each side has a left edge: most of its lines begin where others of it begin."""
    for side in (left, right):
        starts = Counter(round(piece.x0 / 4) for piece in side)
        if sum(count for count in starts.values() if count > 1) * 3 < 2 * len(side):
            return False
    return True


def is_item(text: str) -> bool:
    """Whether a text begins with a bullet, or with the number or letter of a question's part."""
    return bool(_ITEM.match(text.lstrip()))


def _with_marks_last(pieces: list[Piece]) -> list[Piece]:
    """Moves the marks of each question of an exam ("[3 marks]") to the end of the question.

    Marks are the points that a right answer earns; they stand to the right of a question's first
    line.
    """
    marks = [piece for piece in pieces if _MARKS.match(piece.text.strip())]
    if len(marks) < FEW_MARKS:
        return pieces
    ordered = list(pieces)
    for mark in marks:
        at = last = ordered.index(mark)
        for piece, after in pairwise(ordered[at:]):
            below = 0 < piece.y - after.y < DOWN * after.size and after.x1 <= mark.x1 + SLACK
            if not below or is_item(after.text) or _MARKS.match(after.text.strip()):
                break
            last += 1
        ordered.insert(last, ordered.pop(at))
    return ordered


def _is_column(pieces: Sequence[Piece]) -> bool:
    """Whether most pieces fill the width that they share, as lines of text do."""
    wide = max(piece.x1 for piece in pieces) - min(piece.x0 for piece in pieces)
    filled = sum(piece.x1 - piece.x0 >= wide / 2 for piece in pieces)
    letters = sum(len(piece.text) for piece in pieces)
    return 2 * filled >= len(pieces) and letters >= LINE_LETTERS * len(pieces)


def _beside_each_other(left: Sequence[Piece], right: Sequence[Piece]) -> bool:
    tops = max(p.y for p in left), max(p.y for p in right)
    lows = min(p.y for p in left), min(p.y for p in right)
    common = min(tops) - max(lows)
    return common > 0.4 * min(tops[0] - lows[0], tops[1] - lows[1])


def _downwards(pieces: list[Piece]) -> list[Piece]:
    """Moves each block that is drawn after a lower block of its column to its place above it."""

    def goes_on(block: list[Piece], piece: Piece) -> bool:
        before = block[-1]
        step = before.y - piece.y
        return -UP * before.size < step < DOWN * max(before.size, piece.size)

    placed: list[list[Piece]] = []
    for block in grouped(pieces, goes_on):
        at = next((n for n, other in enumerate(placed) if _is_above(block, other)), len(placed))
        placed.insert(at, block)
    return [piece for block in placed for piece in block]


def _is_above(block: Sequence[Piece], other: Sequence[Piece]) -> bool:
    """Whether a block begins higher than another one in the same column."""
    if block[0].y <= other[0].y + UP * other[0].size:
        return False
    left, right = min(p.x0 for p in block), max(p.x1 for p in block)
    return left < max(p.x1 for p in other) and right > min(p.x0 for p in other)
