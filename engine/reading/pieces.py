"""Makes pieces of lines of runs: letters on one baseline, with their exponents and indices.

It runs in the children that read pages, so nothing but the standard library is imported.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from engine.reading.runs import LEVEL, LOWERED, RAISED, Piece, Run, grouped

# All of these are shares of the size of the letters.
DIGIT = 0.6
WIDE = 2.2  # such a gap may part columns
SPACE = 0.15
KERNED, OVERLAP = 0.1, 0.4
SAME, SAME_SCANNED = 0.12, 0.45  # baselines this close are one
SHIFTED = 0.3
HIGHEST = 0.62  # exponents stand lower
SMALL = (0.4, 0.85)
MAX_SCRIPT, MAX_MARK = 12, 4  # letters
BESIDE = 0.3  # of the size, between a letter and its exponent
# As large as the letters beside it, only signs and digits are exponents, and only far off the line.
_LARGE_SCRIPT = re.compile(r"[+\-\u2212\u2013]?\d{1,3}[+\-\u2212\u2013]?|[+\-\u2212]")
FAR_OFF = 0.2
LOW, LOW_GAP = 0.04, 0.15
# Of a word that is set letter by letter: how many letters, the gap between them in sizes, how much
# wider that between words is, and how many of the signs are letters.
FEW_SPREAD, SPREAD, BETWEEN_WORDS, MOST = 5, 0.4, 1.6, 0.7
# No printed line has more; what follows may take time that grows with its square.
MAX_LINE = 1000


def scripts_in_place(runs: Sequence[Run]) -> Sequence[Run]:
    """Returns the runs with exponents and indices after the letters that they stand at.

    Some programs draw them after the whole line, because they were moved off it.
    """
    late = [
        at
        for at, run in enumerate(runs)
        if len(run.text) <= MAX_SCRIPT and (at == 0 or not _is_beside(runs[at - 1], run))
    ]
    if not late:
        return runs
    ends: dict[int, list[int]] = {}
    for at, run in enumerate(runs):
        ends.setdefault(round(run.x1 / 2), []).append(at)
    moved: dict[int, list[int]] = {}
    for at in late:
        run = runs[at]
        reach = range(round((run.x0 - 4) / 2), round((run.x0 + 4) / 2) + 1)
        near = [n for place in reach for n in ends.get(place, ()) if n != at]
        hosts = [n for n in near if _is_script_of(runs[n], run)]
        if hosts:
            host = min(hosts, key=lambda n: abs(runs[n].y - run.y))
            if host not in moved.get(at, ()):
                moved.setdefault(host, []).append(at)
    gone = {at for after in moved.values() for at in after}
    # What is moved after something that is moved itself stays where it is.
    moved = {host: after for host, after in moved.items() if host not in gone}
    gone = {at for after in moved.values() for at in after}
    placed: list[Run] = []
    for at, run in enumerate(runs):
        if at not in gone:
            # Where it was drawn, a space or a new line came before it.
            scripts = (runs[n] for n in moved.get(at, ()))
            placed += [run, *(replace(one, breaks=False, space=False) for one in scripts)]
    return placed


def _is_beside(before: Run, run: Run) -> bool:
    size = max(before.size, run.size)
    return abs(run.x0 - before.x1) <= WIDE * size and abs(run.y - before.y) < HIGHEST * size


def _is_script_of(host: Run, run: Run) -> bool:
    """Whether a run stands right behind another one, raised or lowered."""
    size, shift = max(host.size, run.size), abs(run.y - host.y)
    if abs(run.x0 - host.x1) > BESIDE * size or not SAME * size < shift < HIGHEST * size:
        return False
    is_small = SMALL[0] * host.size < run.size < SMALL[1] * host.size
    return is_small or _is_large_script(host.size, run, shift)


def _is_large_script(size: float, run: Run, shift: float) -> bool:
    return (
        abs(run.size - size) < SAME * size
        and shift > FAR_OFF * size
        and bool(_LARGE_SCRIPT.fullmatch(run.text.strip()))
    )


def without_listing_numbers(runs: Sequence[Run]) -> Sequence[Run]:
    """Returns the runs without the numbers of the lines of listings: small or in another font than
    the code right of them, one more from line to line."""
    numbers = sorted((run for run in runs if run.text.strip().isdecimal()), key=lambda run: run.x1)
    gone = set[int]()
    for column in grouped(numbers, lambda column, run: run.x1 - column[-1].x1 < DIGIT * run.size):
        for listing in grouped(
            sorted(column, key=lambda run: -run.y),
            lambda before, run: int(run.text) == int(before[-1].text) + 1,
        ):
            beside = sum(_is_beside_code(number, runs) for number in listing)
            if len(listing) > 1 and 2 * beside >= len(listing):
                gone.update(map(id, listing))
    kept = []
    for before, run in zip([None, *runs], runs, strict=False):
        if id(run) in gone:
            continue
        after_number = before is not None and id(before) in gone
        kept.append(replace(run, breaks=True, space=False) if after_number else run)
    return kept if gone else runs


def _is_beside_code(number: Run, runs: Sequence[Run]) -> bool:
    """Whether a number is the first of its line, and code the next."""
    line = [
        run
        for run in runs
        if run is not number and abs(run.y - number.y) < SHIFTED * max(run.size, number.size)
    ]
    code = min(line, key=lambda run: run.x0, default=None)
    return (
        code is not None
        and code.fixed
        and code.x0 > number.x1
        and (number.size < SMALL[1] * code.size or number.font != code.font)
    )


def close_up_spread(runs: Sequence[Run]) -> None:
    """Takes the spaces out of words that are set letter by letter with gaps, and puts them between
    such words where the gap is wide, in place."""
    rows: list[list[Run]] = []
    before: Run | None = None
    for run in runs:
        if len(run.text.strip()) != 1:
            before = None
            continue
        alike = before and (before.y, before.size, before.font) == (run.y, run.size, run.font)
        if before and alike and -KERNED < (run.x0 - before.x1) / run.size < WIDE:
            rows[-1].append(run)
        else:
            rows.append([run])
        before = run
    for row in rows:
        if len(row) >= FEW_SPREAD:
            _close_up(row)


def _close_up(row: Sequence[Run]) -> None:
    gaps = [after.x0 - run.x1 for run, after in pairwise(row)]
    usual = median(gaps)
    letters = sum(run.text.strip().isalpha() for run in row)
    if usual <= SPACE * row[0].size:
        # PDFium misses spaces of narrow fonts.
        for (run, after), gap in zip(pairwise(row), gaps, strict=True):
            words = run.text.strip().isalpha() and after.text.strip().isalpha()
            after.space |= words and gap > max(SPACE * run.size, BETWEEN_WORDS * usual)
        return
    if not SPACE * row[0].size < usual < SPREAD * row[0].size or letters < MOST * len(row):
        return
    for run, gap in zip(row[1:], gaps, strict=True):
        run.space = gap > BETWEEN_WORDS * usual


def make_pieces(runs: Sequence[Run], same: float = SAME, gap: float = WIDE) -> list[Piece]:
    """Returns the pieces of lines; `same` and `gap` are shares of the size: how much baselines of
    one line differ, and the widest gap within a piece."""
    pieces: list[Piece] = []
    row = 0
    exact = same == SAME
    for run in runs:
        last = pieces[-1] if pieces else None
        off = exact and last is not None and run.y != last.y and len(run.text) <= MAX_SCRIPT
        if last and off and (_adds_large_script(last, run) or _adds_low_script(last, run)):
            continue
        if last and (_adds_level(last, run, same, gap) or (exact and _adds_script(last, run))):
            continue
        row += run.breaks or last is None or not _is_level(last, run, same)
        pieces.append(Piece([run], run.text, run.x0, run.y, run.x1, run.size, row))
    return pieces


def _is_level(piece: Piece, run: Run, same: float) -> bool:
    shift = abs(run.y - piece.y) / max(run.size, piece.size, 0.1)
    # The lowered letter in the name of TeX is as large as the others, and breaks no line.
    return shift <= same or (shift < SHIFTED and not run.breaks and run.size == piece.size)


def _adds_level(piece: Piece, run: Run, same: float, wide: float) -> bool:
    """Adds a run to a piece on the same baseline, if no wide gap is between them."""
    gap, size = run.x0 - piece.x1, max(piece.size, run.size)
    close = -OVERLAP * size <= gap <= wide * size and len(piece.text) < MAX_LINE
    if not (close and _is_level(piece, run, same)):
        return False
    _add(piece, run, run.text)
    piece.raised = False
    return True


def _adds_large_script(piece: Piece, run: Run) -> bool:
    """Adds an exponent or index that is as large as the letters beside it."""
    shift = run.y - piece.y
    beside = abs(run.x0 - piece.x1) <= BESIDE * piece.size and not run.space
    lettered = piece.text[-1:].isalnum() or piece.text[-1:] in (")", "]", LEVEL)
    if not (beside and lettered and abs(shift) < HIGHEST * piece.size):
        return False
    if not _is_large_script(piece.size, run, abs(shift)):
        return False
    _add(piece, run, _script(run.text, shift))
    piece.raised = True
    return True


def _adds_low_script(piece: Piece, run: Run) -> bool:
    """Adds an index that is hardly lower than its line, as word processors set them."""
    shift = piece.y - run.y
    beside = abs(run.x0 - piece.x1) <= LOW_GAP * piece.size and not (run.space or run.breaks)
    small = run.size < SMALL[1] * piece.size and len(run.text.strip()) <= MAX_MARK
    if not (small and beside and LOW * piece.size < shift <= SAME * piece.size):
        return False
    _add(piece, run, _script(run.text, -shift))
    piece.raised = True
    return True


def _adds_script(piece: Piece, run: Run) -> bool:
    """Adds smaller letters that are raised or lowered, or letters after such ones."""
    gap, shift = run.x0 - piece.x1, run.y - piece.y
    size = max(piece.size, run.size)
    if abs(shift) >= HIGHEST * size:
        return False
    least, most = SMALL
    if least * piece.size < run.size < most * piece.size:
        # An exponent above an index stands no further to the right.
        after = -1.2 if piece.raised else -0.3
        if len(run.text) > MAX_SCRIPT or not after * size <= gap <= 0.5 * size:
            return False
        _add(piece, run, _script(run.text, shift))
        piece.raised = True
        return True
    first = shift < 0 and piece.size < most * run.size and len(piece.runs) == 1
    if not first or len(piece.text) > MAX_MARK or not -0.3 * size <= gap <= 0.6 * size:
        return False
    piece.text = _script(piece.text, 1.0)
    piece.y, piece.size = run.y, run.size
    _add(piece, run, run.text)
    return True


def _script(text: str, shift: float) -> str:
    return f"{RAISED if shift > 0 else LOWERED}{text.strip()}{LEVEL}" + text[len(text.rstrip()) :]


def _add(piece: Piece, run: Run, text: str) -> None:
    gap = run.x0 - piece.x1
    apart = run.space or (run.breaks and gap > SPACE * min(piece.size, run.size))
    if apart and not piece.text[-1:].isspace() and not text[:1].isspace():
        piece.text += " "
    piece.text += text
    piece.x1 = max(piece.x1, run.x1)
    piece.runs.append(run)
