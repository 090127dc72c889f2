"""Finds what stands apart on a page: frames, labels of drawings, line numbers, large letters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from engine.reading.runs import DROP_CAP, Box, Piece, gaps, usual_size

_CAPTION = re.compile(r"^(?:fig(?:ure|\.)?|abb(?:ildung|\.)?|figura)\s*\d", re.IGNORECASE)
_BULLET = re.compile(
    "\\s*[\u2022\u2023\u25a0-\u25ef\u2043\u2219\u00b7\u2713-\u2717\u27a2\uf0a7\uf0b7]"
)
MAX_PIECES = 400
FEW_LINES, MANY_LINES, FEW_LETTERS = 4, 20, 15
MAX_STEP = 10  # each line has its number, or each fifth or tenth
FRAME = (60.0, 18.0)  # points at least
MAX_FRAMES = 12
DOT, DOT_GAP = (1.2, 14.0), 2.5  # points; of the size, between a bullet and its line
TOUCHING, ALIKE = 3.0, 4.0  # points
CLOSE = 1.6  # lines of text; of the size
TEXT_SIZE = 0.93  # labels are smaller than this share of the text
WIDE = 0.4  # of the width: labels are shorter
MAX_LABEL_WORDS = 6
DROPPED = 1.8  # times the size of the text
MAX_DROPPED = 2  # letters


def without_line_numbers(pieces: list[Piece]) -> list[Piece]:
    """Returns the pieces without a column of growing numbers in the margin beside the lines."""
    numbers = [piece for piece in pieces if piece.text.strip().isdecimal()]
    if len(numbers) < FEW_LINES:
        return pieces
    lefts = Counter(round(piece.x0) for piece in pieces if len(piece.text) > FEW_LETTERS)
    edge = lefts.most_common(1)[0][0] if lefts else 0
    column = sorted((piece for piece in numbers if piece.x1 < edge), key=lambda piece: -piece.y)
    steps = [int(after.text) - int(before.text) for before, after in pairwise(column)]
    grows = sum(0 < step <= MAX_STEP for step in steps)
    # Rows of a table may have numbers, too, but those are as large as the rest.
    small = all(piece.size < TEXT_SIZE * usual_size(pieces) for piece in column)
    least = FEW_LINES if small else MANY_LINES
    if len(column) < least or grows < 0.8 * len(steps):
        return pieces
    dropped = {id(piece) for piece in column}
    return [piece for piece in pieces if id(piece) not in dropped]


def is_dot(box: Box) -> bool:
    """Whether a shape is as small and as round as the bullet of a list."""
    wide, high = box.x1 - box.x0, box.y1 - box.y0
    return DOT[0] <= min(wide, high) and max(wide, high) <= DOT[1] and wide < 2 * high < 4 * wide


def mark_bullets(pieces: Sequence[Piece], dots: Sequence[Box]) -> None:
    """Puts a bullet before each line that has a drawn one, where at least two stand below each
    other."""
    if len(pieces) > MAX_PIECES:
        return
    found: dict[int, list[Piece]] = {}
    for dot in dots:
        middle, height = (dot.y0 + dot.y1) / 2, dot.y1 - dot.y0
        beside = [
            piece
            for piece in pieces
            if height < piece.size
            and -1 <= piece.x0 - dot.x1 <= DOT_GAP * piece.size
            and -0.1 * piece.size < middle - piece.y < 0.75 * piece.size
        ]
        if beside:
            first = min(beside, key=lambda piece: piece.x0)
            found.setdefault(round(dot.x0 / 2), []).append(first)
    for items in found.values():
        lines = {id(item): item for item in items}
        for item in lines.values() if len(lines) > 1 else ():
            # An item may begin with a sign that it explains: "* matches any character".
            if not _BULLET.match(item.text):
                item.text = f"\u2022 {item.text.lstrip()}"


def mark_boxes(pieces: Sequence[Piece], boxes: Sequence[Box]) -> None:
    """Numbers the frames that stand apart in the text, and marks what they hold.

    Frames that touch are a table; those that hold most of the text are slides or a background.
    What stands alone in one is a title on a bar: it belongs to the text below it.
    """
    frames: list[Box] = []
    for box in boxes:
        large = box.x1 - box.x0 > FRAME[0] and box.y1 - box.y0 > FRAME[1]
        if not (box.frame and large):
            continue
        repeated = any(
            max(abs(box.x0 - one.x0), abs(box.x1 - one.x1)) <= ALIKE
            and max(abs(box.y0 - one.y0), abs(box.y1 - one.y1)) <= ALIKE
            for one in frames
        )
        if not repeated:
            frames.append(box)
    if not frames or len(frames) > MAX_FRAMES:
        return
    frames = [
        box
        for box in frames
        if not any(max(gaps(box, one)) <= TOUCHING for one in frames if one is not box)
    ]
    held = [[piece for piece in pieces if box.holds(piece)] for box in frames]
    inside = {
        id(piece): number
        for number, group in enumerate(held, 1)
        for piece in group
        if len({one.row for one in group}) > 1
    }
    total = sum(len(piece.text) for piece in pieces)
    if 2 * sum(len(piece.text) for piece in pieces if id(piece) in inside) > total:
        return
    for piece in pieces:
        piece.box = inside.get(id(piece), 0)


def mark_labels(pieces: Sequence[Piece], boxes: Sequence[Box], body: float) -> None:
    """Marks the short texts around a drawing above its caption."""
    captions = [piece for piece in pieces if _CAPTION.match(piece.text)] if boxes else []
    if not captions:
        return
    wide = WIDE * (max(p.x1 for p in pieces) - min(p.x0 for p in pieces))
    for caption in captions[:MAX_FRAMES]:
        above = sorted(
            (piece for piece in pieces if piece.y > caption.y + 0.5 * caption.size),
            key=lambda piece: -piece.y,
        )
        top = _end_of_text(above, body, wide)
        if not any(box.y0 < top and box.y1 > caption.y for box in boxes):
            continue
        for piece in above:
            if piece.y < top and _is_label(piece, boxes, body, wide):
                piece.label = True


def _end_of_text(above: Sequence[Piece], body: float, wide: float) -> float:
    """Returns the baseline of the last line of running text above a caption."""
    last: Piece | None = None
    for piece in above:
        goes_on = last is not None and last.y - piece.y < CLOSE * body
        if piece.size >= TEXT_SIZE * body and (piece.x1 - piece.x0 > wide or goes_on):
            last = piece
    return last.y if last else float("inf")


def _is_label(piece: Piece, boxes: Sequence[Box], body: float, wide: float) -> bool:
    apart = piece.size < TEXT_SIZE * body or any(box.holds(piece) for box in boxes)
    short = piece.x1 - piece.x0 < wide and len(piece.text.split()) <= MAX_LABEL_WORDS
    text = piece.text.strip()
    return apart and short and not text.endswith(".") and not _CAPTION.match(text)


def join_drop_caps(pieces: list[Piece]) -> list[Piece]:
    """Returns the pieces with a large first letter put before the line beside its top."""
    dropped = set[int]()
    for at, cap in enumerate(pieces):
        letters = cap.text.strip()
        if len(letters) > MAX_DROPPED or not letters[-1:].isalpha():
            continue
        near = pieces[at + 1 : at + 4] + pieces[max(0, at - 3) : at]
        line = next(_lines_of(cap, near), None)
        if line is not None:
            line.text = letters + DROP_CAP + line.text.lstrip()
            line.x0 = cap.x0
            dropped.add(id(cap))
    return [piece for piece in pieces if id(piece) not in dropped]


def _lines_of(cap: Piece, pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yields the lines that may begin with a dropped letter."""
    for piece in pieces:
        gap = piece.x0 - cap.x1
        high = cap.y + 0.75 * cap.size - piece.y - piece.size
        large = cap.size > DROPPED * piece.size and piece.y > cap.y
        if large and -0.2 * piece.size < gap < 1.5 * piece.size and abs(high) < 1.2 * piece.size:
            yield piece
