"""Puts the pieces of a page into reading order: column by column, each downwards.

The order of the page's program is kept wherever it does not go up again: it knows of side
notes, tables and formulas, which geometry only guesses at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engine.reading.runs import Piece

MAX_PIECES = 400
MAX_EDGES = 12
FEW_LINES, FEW_LETTERS, LINE = 4, 15, 20
GUTTER, SLACK = 6.0, 2.0  # points
UP, DOWN = 0.6, 1.6  # of the size: such steps begin a new block


def in_reading_order(pieces: list[Piece]) -> list[Piece]:
    """Returns the pieces in the order in which a person reads them."""
    if len(pieces) > MAX_PIECES:
        return pieces
    edge = _second_column(pieces)
    if edge is None:
        return _downwards(pieces)
    across = sorted((p for p in pieces if _crosses(p, edge)), key=lambda piece: -piece.y)
    places = {id(piece): place for place, piece in enumerate(across)}
    # Between two lines that go across both columns: the left part, then the right one.
    parts: list[list[Piece]] = [[] for _ in range(3 * len(across) + 2)]
    for piece in pieces:
        if id(piece) in places:
            parts[3 * places[id(piece)] + 2].append(piece)
        else:
            band = sum(other.y > piece.y for other in across)
            parts[3 * band + (piece.x0 >= edge - SLACK)].append(piece)
    return [piece for part in parts for piece in (in_reading_order(part) if part else part)]


def _crosses(piece: Piece, edge: float) -> bool:
    return piece.x0 < edge - SLACK and piece.x1 > edge - GUTTER


def _second_column(pieces: Sequence[Piece]) -> float | None:
    """Returns where a column of text begins that has another to its left."""
    long = [p for p in pieces if len(p.text) >= FEW_LETTERS and not p.runs[0].fixed]
    if len(long) < 2 * FEW_LINES:
        return None
    starts = Counter(round(piece.x0 / 3) for piece in long)
    for start in sorted(n for n, count in starts.items() if count >= FEW_LINES)[:MAX_EDGES]:
        edge = 3 * start - 1.5
        left = [piece for piece in long if piece.x1 <= edge - GUTTER]
        right = [piece for piece in long if piece.x0 >= edge - SLACK]
        crossing = sum(_crosses(piece, edge) for piece in long)
        if min(len(left), len(right)) < FEW_LINES or crossing > (len(left) + len(right)) / 2:
            continue
        if _is_column(left) and _is_column(right) and _beside_each_other(left, right):
            return edge
    return None


def _is_column(pieces: Sequence[Piece]) -> bool:
    """Whether most pieces fill the width that they share, as lines of text do."""
    wide = max(piece.x1 for piece in pieces) - min(piece.x0 for piece in pieces)
    filled = sum(piece.x1 - piece.x0 >= wide / 2 for piece in pieces)
    letters = sum(len(piece.text) for piece in pieces)
    return 2 * filled >= len(pieces) and letters >= LINE * len(pieces)


def _beside_each_other(left: Sequence[Piece], right: Sequence[Piece]) -> bool:
    tops = max(p.y for p in left), max(p.y for p in right)
    lows = min(p.y for p in left), min(p.y for p in right)
    common = min(tops) - max(lows)
    return common > 0.4 * min(tops[0] - lows[0], tops[1] - lows[1])


def _downwards(pieces: list[Piece]) -> list[Piece]:
    """Moves blocks that the page's program draws too late up to their place."""
    blocks: list[list[Piece]] = []
    for piece in pieces:
        before = blocks[-1][-1] if blocks else None
        step = before.y - piece.y if before else 0.0
        if before and -UP * before.size < step < DOWN * max(before.size, piece.size):
            blocks[-1].append(piece)
        else:
            blocks.append([piece])
    placed: list[list[Piece]] = []
    for block in blocks:
        at = next((n for n, other in enumerate(placed) if _is_above(block, other)), len(placed))
        placed.insert(at, block)
    return [piece for block in placed for piece in block]


def _is_above(block: Sequence[Piece], other: Sequence[Piece]) -> bool:
    """Whether a block begins higher than another one in the same column."""
    if block[0].y <= other[0].y + UP * other[0].size:
        return False
    left, right = min(p.x0 for p in block), max(p.x1 for p in block)
    return left < max(p.x1 for p in other) and right > min(p.x0 for p in other)
