"""Makes lines of the runs of letters on a page, in the order in which a person reads them.

It runs in the child that reads the pages, so nothing but the standard library is imported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.reading.columns import in_reading_order
from engine.reading.pieces import (
    MAX_LINE,
    SAME,
    SAME_SCANNED,
    close_up_spread,
    make_pieces,
    scripts_in_place,
    without_listing_numbers,
)
from engine.reading.placing import Corners, is_shown
from engine.reading.regions import (
    join_drop_caps,
    mark_boxes,
    mark_bullets,
    mark_labels,
    without_line_numbers,
)
from engine.reading.runs import Box, Piece, Run, usual_size
from engine.reading.stacked import Rule, join_matrices, join_stacked, join_underscores

Back = Callable[[Corners], Corners]
_CONTROLS = dict.fromkeys([*range(2), *range(3, 0x20), *range(0x7F, 0xA0)])
_LIGATURES = ("ff", "fi", "fl", "ffi", "ffl")
# The places of ligatures in fonts of TeX: T1 and OT1.
_CODES = {first + n: text for first in (0x1B, 0x0B) for n, text in enumerate(_LIGATURES)}
_CODED = re.compile("(?<=[^\\W\\d_])[\x0b-\x0f\x1b-\x1f]|[\x0b-\x0f\x1b-\x1f](?=[^\\W\\d_])")
DOUBLED = 0.12  # of the size
MUCH = 300  # letters: more of them across the page's direction are text


@dataclass(frozen=True, slots=True)
class Shapes:
    """What a page draws besides letters: rules across, large shapes, and what may be bullets."""

    rules: Sequence[Rule] = ()
    boxes: Sequence[Box] = ()
    dots: Sequence[Box] = ()


def page_lines(
    runs: Sequence[Run],
    shapes: Shapes,
    width: float,
    height: float,
    *,
    scanned: bool = False,
) -> tuple[list[list[Any]], list[Rule]]:
    """Returns lines as [text, size, bold, monospaced, left, bottom, right, top, tag, box,
    label, cells, shown, font], and the rules of fractions and roots that are uncertain.

    Bottom and top are the baseline and the same raised by three quarters of the size: boxes of
    glyphs would differ with their letters. The words of a scan's OCR stand somewhat higher and
    lower on a line, and are no exponents; its fonts are not those of the page.
    """
    seen = [
        run for run in runs if is_shown((run.x0, run.y, run.x1, max(run.end, run.y)), width, height)
    ]
    lines: list[list[Any]] = []
    uncertain: list[Rule] = []
    for number, (group, back) in enumerate(_directions(seen)):
        runs = _undoubled(group)
        for run in runs:
            run.text = plain(run.text, run.font)
            run.bold, run.fixed = run.bold and not scanned, run.fixed and not scanned
        if not scanned:
            runs = without_listing_numbers(runs)
            matrices: list[Rule] = []
            if number == 0:
                join_underscores(runs, shapes.rules)
                runs, matrices = join_matrices(runs, shapes.rules)
            runs = scripts_in_place(runs)
            if number == 0:
                runs, uncertain = join_stacked(runs, shapes.rules)
                uncertain += matrices
        close_up_spread(runs)
        pieces = make_pieces(runs, SAME_SCANNED if scanned else SAME)
        if number == 0:
            mark_bullets(pieces, shapes.dots)
            mark_boxes(pieces, shapes.boxes)
            mark_labels(pieces, shapes.boxes, usual_size(pieces))
        pieces = without_line_numbers([piece for piece in pieces if piece.text.strip()])
        ordered = in_reading_order(join_drop_caps(pieces))
        lines += [_line(piece, back) for piece in _join_rows(ordered)]
    return lines, uncertain


def _directions(runs: Sequence[Run]) -> list[tuple[list[Run], Back | None]]:
    """Returns the runs by the direction in which they are written, most letters first, with what
    turns a box back to the page.

    A few words across the page's direction are a tab at the edge, the name of an axis or a stamp,
    and are left out. What is not written from left to right is turned.
    """
    ways: dict[tuple[int, int], list[Run]] = {}
    for run in runs:
        ways.setdefault(_way(run), []).append(run)
    letters = {way: sum(len(run.text) for run in group) for way, group in ways.items()}
    main = sorted(ways, key=lambda way: -letters[way])
    kept = [way for number, way in enumerate(main) if number == 0 or letters[way] >= MUCH]
    return [_turned(ways[way], way) for way in kept]


def _turned(runs: list[Run], way: tuple[int, int]) -> tuple[list[Run], Back | None]:
    if way in ((1, 0), (0, 0)):
        return runs, None
    for run in runs:
        x, y, end = run.x0, run.y, run.end
        if way == (0, 1):
            run.x0, run.y, run.x1 = y, -x, max(end, y)
        elif way == (0, -1):
            run.x0, run.y, run.x1 = -y, x, -min(end, y)
        else:
            run.x0, run.y, run.x1 = -x, -y, -run.x1
    left, low = min(run.x0 for run in runs), min(run.y for run in runs)
    for run in runs:
        run.x0, run.x1 = run.x0 - min(left, 0), run.x1 - min(left, 0)
        run.y -= min(low, 0)
    return runs, partial(_back, way, min(left, 0), min(low, 0))


def _back(way: tuple[int, int], left: float, low: float, box: Corners) -> Corners:
    (x0, x1), (y0, y1) = ((x + left for x in box[::2]), (y + low for y in box[1::2]))
    if way == (0, 1):
        return -y1, x0, -y0, x1
    return (y0, -x1, y1, -x0) if way == (0, -1) else (-x1, -y1, -x0, -y0)


def _way(run: Run) -> tuple[int, int]:
    across, up = run.way
    if up == 0 < across:
        return 1, 0
    length = (across * across + up * up) ** 0.5 or 1.0
    return round(across / length), round(up / length)


def _undoubled(runs: Sequence[Run]) -> list[Run]:
    """Returns the runs without those drawn a second time to look bold."""
    kept: list[Run] = []
    places: dict[str, list[tuple[float, float]]] = {}
    for run in runs:
        before = places.setdefault(run.text, [])
        near = DOUBLED * run.size
        if (
            before
            and len(run.text) > 1
            and any(abs(x - run.x0) < near and abs(y - run.y) < near for x, y in before[-3:])
        ):
            continue
        before.append((run.x0, run.y))
        kept.append(run)
    return kept


# The font of TeX that many lists and exercises take their bullets from.
_AMS_SIGNS = str.maketrans("FIBX", "\u2605\u25b6\u25b7\u2713")
# Fonts of TeX for large signs: sums, products, integrals and roots; all else are parts of brackets.
_LARGE_SIGNS = str.maketrans(
    "PXQYRZIHpqrst", "\u2211\u2211\u220f\u220f" + 4 * "\u222b" + 5 * "\u221a"
)
_BRACKET = re.compile("[^\u2211\u220f\u222b\u221a\\s]")


def plain(text: str, font: str = "") -> str:
    """Returns a run's text with the letters that control codes stand for, and no other codes."""
    if font.lower().startswith("cmex"):
        return _BRACKET.sub("\u239c", text.translate(_LARGE_SIGNS))
    if font.lower().startswith("msam"):
        return text.translate(_AMS_SIGNS)
    if text.isprintable():
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CODED.sub(lambda match: _CODES[ord(match.group())], whole).translate(_CONTROLS)


def _join_rows(pieces: Sequence[Piece]) -> list[Piece]:
    """Joins pieces that follow each other on one line, with a gap between them."""
    lines: list[Piece] = []
    for piece in pieces:
        before = lines[-1] if lines else None
        if (
            before
            and before.row == piece.row
            and not (before.label or piece.label)
            and before.box == piece.box
            and piece.x0 > before.x0
            and len(before.text) < MAX_LINE
        ):
            before.text = f"{before.text.rstrip()} {piece.text.lstrip()}"
            before.x1 = max(before.x1, piece.x1)
            before.runs += piece.runs
            before.cells += 1
        else:
            lines.append(piece)
    return lines


def _line(piece: Piece, back: Back | None) -> list[Any]:
    lettered = [run for run in piece.runs if any(map(str.isalnum, run.text))] or piece.runs
    size = round(lettered[0].size, 1) if len(lettered) == 1 else _middle_size(lettered)
    bold = all(run.bold for run in lettered)
    fixed = all(run.fixed for run in lettered)
    box = (piece.x0, piece.y, piece.x1, piece.y + 0.75 * size)
    shown = back(box) if back else None
    x0, y0, x1, y1 = (round(number, 1) for number in box)
    tag = next((run.tag for run in piece.runs if run.tag), "")
    text = piece.text.strip()
    look = [text, size, bold, fixed, x0, y0, x1, y1]
    fonts = Counter[str]()
    for run in piece.runs:
        fonts[run.font] += sum(map(str.isalpha, run.text))
    return [*look, tag, piece.box, piece.label, piece.cells, shown, fonts.most_common(1)[0][0]]


def _middle_size(runs: Sequence[Run]) -> float:
    """Returns the size in the middle of all letters, in points."""
    total = sum(len(run.text) for run in runs)
    passed = 0
    for run in sorted(runs, key=lambda run: run.size):
        passed += len(run.text)
        if 2 * passed >= total:
            return round(run.size, 1)
    return 0.0
