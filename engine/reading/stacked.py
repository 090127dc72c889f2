"""Writes fractions, roots and matrices in one line: `s/t`, `√(a + b)`, `(a, b; c, d)`.

It runs in the child that reads the pages, so nothing but the standard library is imported.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from engine.reading.pieces import HIGHEST, SAME, make_pieces
from engine.reading.runs import LEVEL, LOWERED, RAISED, Run, grouped

# A rule is a horizontal line drawn on the page: its left end, height and right end.
Rule = tuple[float, float, float]
ROOT = "\u221a"
# The fonts of TeX in which large roots stand (cmex) have root signs in the places of these letters.
_LARGE_ROOTS = frozenset("pqrst")
_SCRIPTS = re.compile(f"[{RAISED}{LOWERED}][^{LEVEL}]*{LEVEL}")
_MATHS = re.compile("[\u0391-\u03c9\U0001d400-\U0001d7ff]+")
MAX_RULES, MAX_LETTERS = 60, 60
SLACK = 2.0  # points
# All lengths below are multiples of the size of the letters.
OVER, UNDER = (0.08, 1.1), (0.35, 1.35)  # baselines above and below the bar of a fraction
AXIS, AXIS_SLACK = 0.25, 0.35  # the bar lies at the height where a minus sign stands
NEIGHBOUR = 2.0  # what stands in the line of a fraction or matrix is nearer than this
ROOT_HEIGHT, ROOT_GAP = 1.9, 0.35
ROWS = 2  # a matrix has at least so many
TALL = 1.6  # brackets larger than this, times the size of what is in them, may hold more rows
WIDEST = 30.0  # the space between the brackets of a matrix
# Rows of a matrix stand no further than this from the line of its brackets, their exponents and
# indices no further than the second.
ROW_HEIGHT, SCRIPT_HEIGHT = 0.95, 1.25
ROW_STEP, CELL_GAP = 0.6, 0.5  # the least distance between rows, and between cells of a row
SCRIPT_SIZE = 0.85  # exponents and indices are smaller than this
UNDERSCORE = (0.2, 0.7)  # the least and the greatest width
BAR_WIDTH = 1.3  # a bar is no wider than this, times the wider part of its fraction


def is_root(run: Run) -> bool:
    bare = run.text.strip()
    return bare == ROOT or (bare in _LARGE_ROOTS and run.font.lower().startswith("cmex"))


def rules_of_roots(runs: Sequence[Run], rules: Sequence[Rule]) -> list[Rule]:
    """Returns the drawn lines that begin where a root sign ends: they lie over what is under it."""
    signs = [run for run in runs if is_root(run)]
    return [rule for rule in whole_rules(rules) if any(_is_of(sign, rule) for sign in signs)]


def _is_of(sign: Run, rule: Rule) -> bool:
    left, height, _ = rule
    close = abs(left - sign.x1) <= ROOT_GAP * sign.size
    return close and -0.3 * sign.size <= height - sign.y <= ROOT_HEIGHT * sign.size


def join_stacked(runs: Sequence[Run], rules: Sequence[Rule]) -> tuple[Sequence[Run], list[Rule]]:
    """Returns (1) the runs, with each root or fraction replaced by one run, (2) the lines of roots
    and fractions that we were not sure about and left unchanged."""
    joined = list(runs)
    uncertain: list[Rule] = []
    # The shortest line comes first: a fraction inside a fraction is joined before the outer one.
    for rule in sorted(whole_rules(rules), key=lambda rule: rule[2] - rule[0])[:MAX_RULES]:
        sign = next((run for run in joined if is_root(run) and _is_of(run, rule)), None)
        certain = _join_root(joined, sign, rule) if sign else _join_fraction(joined, rule)
        if not certain:
            uncertain.append(rule)
    return joined, uncertain


def join_underscores(runs: Sequence[Run], rules: Sequence[Rule]) -> None:
    """Writes an underscore for each short line drawn on the baseline between two words. Changes the
    runs themselves. TeX draws the underscores in names of a program as lines."""
    for before, after in pairwise(runs) if rules else ():
        size = after.size
        if after.breaks or abs(before.y - after.y) > SAME * size or after.x0 - before.x1 > size:
            continue
        if any(
            left >= before.x1 - SLACK / 2
            and right <= after.x0 + SLACK / 2
            and UNDERSCORE[0] * size < right - left < UNDERSCORE[1] * size
            and abs(height - after.y) < SAME * size
            for left, height, right in rules
        ):
            after.text = f"_{after.text.lstrip()}"
            after.space = False
            after.x0 = before.x1


def join_matrices(runs: Sequence[Run], rules: Sequence[Rule]) -> tuple[Sequence[Run], list[Rule]]:
    """Replaces each matrix in brackets by one run, `(a, b; c, d)`: one of two rows, or of two rows
    or more between tall brackets. Returns the runs, and the places of matrices left unchanged."""
    openers = [run for run in runs if run.text.rstrip()[-1:] in ("(", "[")]
    if not openers:
        return runs, []
    joined = list(runs)
    uncertain: list[Rule] = []
    for opener in openers[:MAX_RULES]:
        closer = _closer(joined, opener)
        inside = _between(joined, opener, closer) if closer else []
        rows = _rows(inside)
        tall = opener.size > TALL * max((run.size for run in inside), default=opener.size)
        # Between brackets as high as a letter, two rows stand above and below the line, none on it.
        on_it = any(abs(run.y - opener.y) <= SAME * opener.size for run in inside)
        is_matrix = len(rows) >= ROWS if tall else len(rows) == ROWS and not on_it
        if closer is None or not is_matrix or _has_rule(rules, inside):
            continue
        cells = [[_in_one_line(cell) for cell in _cells(row)] for row in rows]
        if len({len(row) for row in cells}) > 1 or not all(all(row) for row in cells):
            uncertain.append((opener.x1, opener.y, closer.x0))
            continue
        matrix = replace(
            opener,
            text="; ".join(", ".join(row) for row in cells),
            x0=opener.x1,
            x1=closer.x0,
            breaks=False,
            space=False,
            at=-1,
        )
        closer.breaks = closer.space = False
        if tall:
            _set_level(joined, (opener, matrix, closer), inside)
        _put(joined, joined.index(opener) + 1, matrix, [*inside, closer])
        joined.insert(joined.index(matrix) + 1, closer)
    return joined, uncertain


def _set_level(runs: Sequence[Run], parts: Sequence[Run], inside: Sequence[Run]) -> None:
    """Gives a matrix between tall brackets the height and size of the line that it stands in."""
    left, size = parts[0].x0, max(run.size for run in inside)
    low, top = min(run.y for run in inside), max(run.y for run in inside)
    beside = [run for run in runs if 0 <= left - run.x1 < NEIGHBOUR * size and low <= run.y <= top]
    y = max(beside, key=lambda run: run.x1).y if beside else (low + top) / 2
    for part in parts:
        part.y, part.size = y, size
    parts[0].breaks = parts[0].breaks and not beside


def _closer(runs: Sequence[Run], opener: Run) -> Run | None:
    bracket = ")" if opener.text.rstrip()[-1] == "(" else "]"
    found = [
        run
        for run in runs
        if run.text.lstrip()[:1] == bracket
        and abs(run.y - opener.y) < SAME * opener.size
        and 0 < run.x0 - opener.x1 < WIDEST * opener.size
    ]
    return min(found, key=lambda run: run.x0, default=None)


def _between(runs: Sequence[Run], opener: Run, closer: Run) -> list[Run]:
    """Returns the runs between two brackets, those of rows above and below their line as well."""
    slack, size = 0.2 * opener.size, opener.size
    return [
        run
        for run in runs
        if run is not opener
        and run is not closer
        and opener.x1 - slack <= run.x0
        and run.x1 <= closer.x0 + slack
        and abs(run.y - opener.y)
        < size * (SCRIPT_HEIGHT if run.size < SCRIPT_SIZE * size else ROW_HEIGHT)
    ]


def _rows(runs: Sequence[Run]) -> list[list[Run]]:
    """Returns the runs of each row, from the top row down. Exponents and indices belong to the row
    that they stand at, as they are nearer to it than the next row is."""
    step = ROW_STEP * max((run.size for run in runs), default=0.0)
    return grouped(sorted(runs, key=lambda run: -run.y), lambda row, run: row[-1].y - run.y < step)


def _cells(row: Sequence[Run]) -> list[list[Run]]:
    return grouped(
        sorted(row, key=lambda run: run.x0),
        lambda cell, run: run.x0 - max(one.x1 for one in cell) < CELL_GAP * run.size,
    )


def _has_rule(rules: Sequence[Rule], inside: Sequence[Run]) -> bool:
    """Whether a line is drawn between the rows, so that they are the parts of a fraction."""
    left, right = min(run.x0 for run in inside), max(run.x1 for run in inside)
    low, top = min(run.y for run in inside), max(run.y for run in inside)
    return any(rule[0] < right and left < rule[2] and low - 1 < rule[1] < top + 1 for rule in rules)


def whole_rules(rules: Sequence[Rule]) -> list[Rule]:
    """Returns the drawn lines; lines that touch end to end are joined into one."""
    joined: list[Rule] = []
    for left, height, right in sorted(rules, key=lambda rule: (round(rule[1]), rule[0])):
        last = joined[-1] if joined else None
        if last and abs(last[1] - height) < 1 and last[0] <= left <= last[2] + 1:
            joined[-1] = (last[0], last[1], max(last[2], right))
        else:
            joined.append((left, height, right))
    return joined


def _join_root(runs: list[Run], sign: Run, rule: Rule) -> bool:
    """Replaces a root by one run. Returns False if it could not be written in one line."""
    left, height, right = rule
    below = [
        run
        for run in runs
        if run is not sign
        and left - SLACK <= run.x0
        and run.x1 <= right + SLACK
        and height - ROOT_HEIGHT * run.size <= run.y < height
    ]
    text = _in_one_line(below)
    if not text:
        return False
    main = max(below, key=lambda run: run.size)
    root = replace(
        main,
        text=ROOT + (text if _is_simple(text) else f"({text})"),
        x0=sign.x0,
        x1=max(right, main.x1),
        breaks=sign.breaks,
        space=sign.space,
    )
    _put(runs, runs.index(sign), root, [sign, *below])
    return True


def _join_fraction(runs: list[Run], rule: Rule) -> bool:
    """Replaces a fraction by one run. Returns False only for a fraction that could not be written
    in one line; True also if the bar belongs to no fraction."""
    left, height, right = rule
    within = [run for run in runs if left - SLACK <= run.x0 and run.x1 <= right + SLACK]
    over = [run for run in within if _is_between(run.y - height, OVER, run.size)]
    under = [run for run in within if _is_between(height - run.y, UNDER, run.size)]
    if not (over and under):
        return True
    over, under = (
        _with_scripts(part, within, rule, sign) for part, sign in ((over, 1), (under, -1))
    )
    wide = max(max(r.x1 for r in part) - min(r.x0 for r in part) for part in (over, under))
    parts = {id(run) for run in (*over, *under)}
    beside = [run for run in runs if id(run) not in parts and _is_beside(run, rule, over[0])]
    if not beside or right - left > BAR_WIDTH * wide + 6:
        return True
    numerator, denominator = _in_one_line(over), _in_one_line(under)
    if not (numerator and denominator):
        return False
    neighbour = min(beside, key=lambda run: min(abs(left - run.x1), abs(run.x0 - right)))
    before = neighbour.x1 <= left + SLACK
    fraction = replace(
        neighbour,
        text=f"{_grouped(numerator)}/{_grouped(denominator)}",
        x0=left,
        x1=right,
        breaks=not before and neighbour.breaks,
        space=left - neighbour.x1 > 0.15 * neighbour.size if before else neighbour.space,
    )
    at = runs.index(neighbour)
    if not before:
        neighbour.breaks = False
        neighbour.space = neighbour.x0 - right > 0.15 * neighbour.size
    _put(runs, at + before, fraction, [*over, *under])
    return True


def _with_scripts(part: Sequence[Run], within: Sequence[Run], rule: Rule, side: int) -> list[Run]:
    """Returns the numerator or denominator with its exponents and indices, from left to right."""
    main = max(part, key=lambda run: run.size)
    scripts = [
        run
        for run in within
        if run.size < SCRIPT_SIZE * main.size
        and abs(run.y - main.y) < HIGHEST * main.size
        and side * (run.y + 0.5 * run.size - rule[1]) > 0
        and not any(run is other for other in part)
    ]
    return sorted([*part, *scripts], key=lambda run: run.x0) if scripts else list(part)


def _is_between(distance: float, shares: tuple[float, float], size: float) -> bool:
    return shares[0] * size <= distance <= shares[1] * size


def _is_beside(run: Run, rule: Rule, over: Run) -> bool:
    """Whether a run stands beside a fraction, on the fraction's line. The neighbours of an
    underlined word stand on the word's own baseline, so it is no fraction."""
    left, height, right = rule
    axis = abs(run.y + AXIS * run.size - height) < AXIS_SLACK * run.size
    reach = NEIGHBOUR * run.size
    near = -1.0 <= left - run.x1 < reach or -1.0 <= run.x0 - right < reach
    return axis and near and abs(over.y - run.y) > SAME * run.size


def _in_one_line(runs: Sequence[Run]) -> str:
    """Returns the text of the runs; "" if they are not one short text on one baseline, with all its
    brackets closed."""
    if not runs:
        return ""
    pieces = make_pieces([replace(run) for run in runs], SAME)
    text = pieces[0].text.strip()
    whole = len(pieces) == 1 and len(text) <= MAX_LETTERS and text.count("(") == text.count(")")
    return text if whole else ""


def _is_simple(text: str) -> bool:
    bare = _SCRIPTS.sub("", text.strip())
    product = _MATHS.fullmatch(bare)  # letters that each stand for a quantity
    return len(bare) == 1 or (bare.isalpha() and not product) or bare.replace(".", "").isdecimal()


def _grouped(text: str) -> str:
    return text if _is_simple(text) else f"({text})"


def _put(runs: list[Run], at: int, whole: Run, parts: Sequence[Run]) -> None:
    """Replaces the parts of a whole by one run, at a given place in the list."""
    gone = {id(part) for part in parts}
    runs.insert(at, whole)
    runs[:] = [run for run in runs if id(run) not in gone]
