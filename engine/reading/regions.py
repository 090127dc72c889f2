"""Finds what stands apart on a page: frames, labels of drawings, line numbers, large letters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from engine.reading.runs import DROP_CAP, Box, Piece, usual_size

_CAPTION = re.compile(r"^(?:fig(?:ure|\.)?|abb(?:ildung|\.)?|figura)\s*\d", re.IGNORECASE)
MAX_PIECES = 400
FEW_LINES, MANY_LINES, FEW_LETTERS = 4, 20, 15
MAX_STEP = 10  # each line has its number, or each fifth or tenth
FRAME = (60.0, 18.0)  # points at least
MAX_FRAMES = 12
TOUCHING, ALIKE = 3.0, 4.0  # points
CLOSE = 1.6  # lines of text; of the size
TEXT_SIZE = 0.93  # labels are smaller than this share of the text
WIDE = 0.4  # of the width: labels are shorter
MAX_LABEL_WORDS = 6
DROPPED = 1.8  # times the size of the text
MAX_DROPPED = 2  # letters
SLACK = 0.5  # points


def join_fractions(pieces: list[Piece], rules: Sequence[tuple[float, float, float]]) -> None:
    """Joins what stands above and below a short rule into the line that the rule stands in."""
    if len(pieces) > MAX_PIECES:
        return
    for left, height, right in rules:
        over = _between(pieces, left, right, height + 0.05, height + 12)
        under = _between(pieces, left, right, height - 16, height - 0.3)
        if over is None or under is None or over is under:
            continue
        wide = max(over.x1 - over.x0, under.x1 - under.x0)
        if right - left > 1.3 * wide + 6:
            continue
        fraction = f"{_grouped(over.text)}/{_grouped(under.text)}"
        for piece in pieces:
            middle = abs(piece.y + 0.25 * piece.size - height) < 0.35 * piece.size
            outside = piece is not over and piece is not under
            if middle and outside and _put_beside(piece, fraction, left, right):
                over.text = under.text = ""
                break


def _between(
    pieces: Sequence[Piece], left: float, right: float, low: float, high: float
) -> Piece | None:
    found = [
        piece
        for piece in pieces
        if low <= piece.y <= high and left - 2 <= piece.x0 and piece.x1 <= right + 2
    ]
    return found[0] if len(found) == 1 else None


def _grouped(text: str) -> str:
    bare = text.strip()
    simple = len(bare) == 1 or bare.isalpha() or bare.isdecimal()
    return bare if simple else f"({bare})"


def _put_beside(piece: Piece, fraction: str, left: float, right: float) -> bool:
    reach = 2 * piece.size
    if -SLACK <= left - piece.x1 < reach:
        piece.text = f"{piece.text.rstrip()} {fraction}"
        piece.x1 = right
    elif -SLACK <= piece.x0 - right < reach:
        piece.text = f"{fraction} {piece.text.lstrip()}"
        piece.x0 = left
    else:
        return False
    return True


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


def mark_boxes(pieces: Sequence[Piece], boxes: Sequence[Box]) -> None:
    """Numbers the frames that stand apart in the text, and marks what they hold.

    Frames that touch are a table; those that hold most of the text are slides or a background.
    """
    frames: list[Box] = []
    for box in boxes:
        large = box.x1 - box.x0 > FRAME[0] and box.y1 - box.y0 > FRAME[1]
        if box.frame and large and not any(_alike(box, other) for other in frames):
            frames.append(box)
    if not frames or len(frames) > MAX_FRAMES:
        return
    frames = [a for a in frames if not any(_touch(a, b) for b in frames if b is not a)]
    inside = {id(p): n for n, box in enumerate(frames, 1) for p in pieces if box.holds(p)}
    total = sum(len(piece.text) for piece in pieces)
    if 2 * sum(len(piece.text) for piece in pieces if id(piece) in inside) > total:
        return
    for piece in pieces:
        piece.box = inside.get(id(piece), 0)


def _alike(a: Box, b: Box) -> bool:
    ends = (a.x0 - b.x0, a.y0 - b.y0, a.x1 - b.x1, a.y1 - b.y1)
    return all(abs(end) <= ALIKE for end in ends)


def _touch(a: Box, b: Box) -> bool:
    beside = a.x0 - TOUCHING <= b.x1 and b.x0 - TOUCHING <= a.x1
    return beside and a.y0 - TOUCHING <= b.y1 and b.y0 - TOUCHING <= a.y1


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
