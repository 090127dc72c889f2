"""Groups lines into blocks: paragraphs, lists, code, captions, notes and tables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise, zip_longest
from statistics import median

from engine.reading.pages import Line, Page
from engine.reading.spots import Spot, line_spot, table_spot
from engine.reading.text import BREAK

_BULLET = re.compile(
    r"^(?:[\u2022\u2023\u25a0-\u25ef\u2043\u2219\u00b7\u2713\u2714\u2717\u2794\u27a2\u27a4]"
    r"|[-*\u2212\u2013\u2192\u21d2\u2756\u2610o](?=\s))\s*"
)
# No language of programs has these: a command behind one is an item.
_DRAWN_BULLET = re.compile("[\u2022\u25a0\u25a1\u25aa\u25cb\u25cf\u25e6]\\s*\\S")
ORDERED = re.compile(r"^(?:\(?\d{1,3}[.)]|\(?[a-z][.)])\s+(?=\S)")
_NUMBER = re.compile(r"^(\d{1,3})[.)](\s*)(?=[^\W\d_])")
_STEP = re.compile(r"[^\W\d_]{3,12} \d{1,2}\s?[:.)]\s")  # "Step 2: ..."
_CELL_FORMULA = re.compile(r"=[A-Z]{2,}\(")  # of a table calculation
_DASHED = re.compile("\u2014\\s")  # an item of a list, or what somebody says
_SIGNS = frozenset("*\u00b7\u2713\u2714\u2717\u25a0\u25a1")  # may be all that a cell says
_CLAUSE = re.compile(r"^\d{1,2}(?:\.\d{1,3})+\.?\s+(?=\S)")
_CAPTION = re.compile(
    r"^(?:figure|fig\.|table|abbildung|tabelle|figura|tableau)\s+[\dA-Z]+(?:[.:\-]\d+)*[.:]?\s",
    re.IGNORECASE,
)
_SENTENCE_END = (".", "!", "?", ":", ".)", ".\u201d", '."')
CLOSER, MIN_CLOSE = 1.5, 3  # how much closer lines within paragraphs are, and how many are enough
TABLE_SLACK = 2.0  # points that a line of a table may lie beside it
GAP = 1.3  # of the usual distance between lines: more starts a paragraph
FAR_BELOW = 2.2
INDENT = 6.0
COLUMN = 60.0  # points: what begins less to the right is indented
HANGING = 2.5  # of the size: how far the text of an item stands from its bullet
SHORT = 0.82
SMALL = 0.92
SAME_SIZE = 0.4
FEW_TEXTS = 4
FULL_LINE = 30  # letters: columns of running text have longer lines
FAR_OFF, FEW_FILLED = 1.9, 5  # times the size; one line in so many is long
MIN_ENTRIES, MAX_ENTRY = 4, 40


class BlockKind(StrEnum):
    PARAGRAPH = "paragraph"
    LIST = "list"
    CODE = "code"
    CAPTION = "caption"
    NOTE = "note"
    FOOTNOTE = "footnote"
    BOX = "box"
    LABEL = "label"
    TABLE = "table"


@dataclass(slots=True)
class Block:
    """Lines that belong together: `items` of a list, `lines` of everything else.

    `marks` are those of the footnotes that its text points to, of a footnote its own; `spots` are
    the places of its lines.
    """

    kind: BlockKind
    page_from: int
    page_to: int
    lines: list[str] = field(default_factory=list)
    items: list[list[str]] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layout:
    """Measures of a whole page in points; `leading` is the usual distance from line to line,
    `columns` are where code begins in each column."""

    body: float
    right: float
    leading: float
    left_of_code: float
    columns: tuple[float, ...] = ()


def page_layout(page: Page, body: float) -> Layout:
    lines = page.lines
    # Code stands closer than the text around it.
    texts = [line for line in lines if not line.fixed]
    if len(texts) < FEW_TEXTS:
        texts = lines
    steps = [a.y0 - _baseline(b) for a, b in pairwise(texts) if abs(a.size - b.size) < SAME_SIZE]
    usual = [step for step in steps if 0.8 * body < step < 2.5 * body]
    # Short lines far from each other are paragraphs of one line each, as on slides.
    filled = sum(len(line.text) >= FULL_LINE for line in lines)
    middle = median(usual) if usual else 0.0
    alone = middle > FAR_OFF * body and FEW_FILLED * filled < len(lines)
    # On a page of a glossary most steps lead to the next paragraph: fewer, but many, are closer.
    close = [step for step in usual if step * CLOSER < middle]
    if alone or not usual:
        leading = 1.2 * body
    elif len(close) >= max(MIN_CLOSE, len(usual) / 8):
        leading = median(close)
    else:
        leading = middle
    return Layout(
        body=body,
        right=max((line.x1 for line in page.lines if not line.fixed), default=page.width),
        leading=leading,
        left_of_code=min((line.x0 for line in page.lines if line.fixed), default=0.0),
        columns=tuple(_columns_of_code(lines)),
    )


def _columns_of_code(lines: Sequence[Line]) -> Iterator[float]:
    """Yields the left edge of code in each column: where the text goes up again, one begins."""
    column: list[Line] = []
    for line in [*lines, None]:
        if line is None or (column and line.y0 > column[-1].y1 + COLUMN):
            yield min((one.x0 for one in column if one.fixed), default=0.0)
            column = []
        if line is not None:
            column.append(line)


def page_blocks(page: Page, lines: Sequence[Line], layout: Layout) -> list[Block]:
    """Returns the blocks of these lines of a page in reading order, notes last."""
    builder = _Builder(page, layout, _entries(lines))
    for line, after in zip_longest(lines, lines[1:]):
        builder.add(line, after)
    last = (BlockKind.NOTE, BlockKind.FOOTNOTE)
    notes = [block for block in builder.blocks if block.kind in last]
    return [block for block in builder.blocks if block.kind not in last] + notes


def _entries(lines: Sequence[Line]) -> set[int]:
    """Returns the ids of short lines below each other that all begin with a capital letter or a
    number, and end without a mark: names and key words, each of which stands for itself."""
    found = set[int]()
    for line, group in _stacks(lines):
        if len(group) >= MIN_ENTRIES and not line.fixed:
            found.update(map(id, group))
    return found


def _stacks(lines: Sequence[Line]) -> Iterator[tuple[Line, list[Line]]]:
    """Yields the longest rows of such lines, with their first one."""
    group: list[Line] = []
    for line in lines:
        text = line.text
        entry = (text[:1].isupper() or text[:1].isdecimal()) and len(text) <= MAX_ENTRY
        entry = entry and not text.endswith((*_SENTENCE_END, ",", ";", "-", BREAK))
        last = group[-1] if group else None
        below = last and abs(line.x0 - last.x0) < INDENT and line.y1 < last.y1
        if group and not (entry and below and last and abs(line.size - last.size) < SAME_SIZE):
            yield group[0], group
            group = []
        if entry:
            group.append(line)
    if group:
        yield group[0], group


class _Builder:
    def __init__(self, page: Page, layout: Layout, entries: Collection[int]) -> None:
        self.blocks: list[Block] = []
        self._entries = entries
        self._page, self._layout = page, layout
        self._before: Line | None = None
        self._number = 0  # of the last item
        self._marks = {mark for line in page.lines for mark in line.marks}

    def add(self, line: Line, after: Line | None) -> None:
        table = next((one for one in self._page.tables if line.is_in(one, TABLE_SLACK)), None)
        if table is not None:
            # Its lines may be parted by a heading, or by text that the page draws between them.
            if not table.placed:
                table.placed = True
                block = self._start(BlockKind.TABLE)
                block.lines = table.markdown.split("\n")
                block.spots.append(table_spot(self._page, table))
            self._before = None
            return
        if _BULLET.sub("", line.text) == "" and line.text not in _SIGNS:
            return  # a bullet that nothing follows
        self._part_from_number(line)
        kind = self._kind(line)
        if not self.blocks or self._starts_new(line, after, kind):
            self._start(kind)
        block = self.blocks[-1]
        if block.kind == BlockKind.LIST:
            self._add_to_list(block, line)
        else:
            indent = self._indent_of_code(line) if kind == BlockKind.CODE else 0
            block.lines.append(" " * indent + line.text)
            block.spots.append(line_spot(self._page, line, line.text))
        block.marks += line.marks
        if kind == BlockKind.FOOTNOTE and not block.marks:
            block.marks.append(line.text.split()[0])
        self._before = line

    def _part_from_number(self, line: Line) -> None:
        """Puts a space after the number of an item that stands close to its text, if it is the one
        after the last, or stands left of the text before."""
        number = _NUMBER.match(line.text)
        if number is None:
            return
        hangs = self._before is not None and self._before.x0 > line.x0 + TABLE_SLACK
        if not number.group(2) and (int(number.group(1)) == self._number + 1 or hangs):
            line.text = f"{number.group()} {line.text[number.end() :]}"
        if ORDERED.match(line.text):
            self._number = int(number.group(1))

    def _indent_of_code(self, line: Line) -> int:
        """Returns how many letters a line is moved in from where the code of its column begins."""
        left = self._layout.left_of_code
        columns = [x for x in self._layout.columns if left + COLUMN < x < line.x0 + 1]
        shift = line.x0 - max(columns, default=left)
        return min(max(0, round(shift / (0.55 * line.size or 1))), 40)

    def _start(self, kind: BlockKind) -> Block:
        self.blocks.append(Block(kind, self._page.number, self._page.number))
        return self.blocks[-1]

    def _kind(self, line: Line) -> BlockKind:
        small = line.size < SMALL * self._layout.body
        # Small print is a note below on a page, but not on slides, nor in lists with dashes.
        upright = self._page.height > self._page.width
        low = upright and line.y1 < self._page.height / 3 and not _DASHED.match(line.text)
        kinds = (
            (BlockKind.LABEL, line.label),
            (BlockKind.LIST, line.fixed and _DRAWN_BULLET.match(line.text)),
            (BlockKind.CODE, line.fixed),
            (BlockKind.BOX, line.box),
            (BlockKind.CAPTION, _CAPTION.match(line.text)),
            (BlockKind.LIST, _DRAWN_BULLET.match(line.text)),
            (BlockKind.FOOTNOTE, small and self._is_footnote(line)),
            (BlockKind.NOTE, small and low),
            (BlockKind.LIST, _BULLET.match(line.text) or ORDERED.match(line.text)),
        )
        return next((kind for kind, holds in kinds if holds), BlockKind.PARAGRAPH)

    def _is_footnote(self, line: Line) -> bool:
        """Whether a small line begins with a mark that the page has, or goes on after one."""
        last = self.blocks[-1].kind if self.blocks else None
        if line.text.split()[0] in self._marks:
            return True
        before = self._before if last == BlockKind.FOOTNOTE else None
        return before is not None and 0 < before.y0 - line.y1 < line.size

    def _starts_new(self, line: Line, after: Line | None, kind: BlockKind) -> bool:
        last, before = self.blocks[-1].kind, self._before
        if before is None or last == BlockKind.TABLE:
            return True
        if kind == BlockKind.CODE and last in (BlockKind.PARAGRAPH, BlockKind.LIST):
            return not self._is_within_text(line, before, after)
        if last == BlockKind.LIST:
            is_left = self._gap(line, before) and line.x0 <= before.x0 + 1
            is_far = self._distance(line, before) > FAR_BELOW * self._layout.leading
            ended = is_left or is_far or self._starts_column(line, before)
            return kind not in (BlockKind.LIST, BlockKind.PARAGRAPH) or (
                kind == BlockKind.PARAGRAPH and ended
            )
        if (last, kind) == (BlockKind.CAPTION, BlockKind.PARAGRAPH):
            return self._gap(line, before) or abs(line.size - before.size) > SAME_SIZE
        if kind != last:
            return True
        starts = {
            BlockKind.PARAGRAPH: self._new_paragraph(line, before),
            BlockKind.BOX: line.box != before.box or abs(line.size - before.size) > SAME_SIZE,
            BlockKind.FOOTNOTE: line.text.split()[0] in self._marks,
            BlockKind.CAPTION: True,
        }
        return starts.get(kind, False)

    def _is_within_text(self, line: Line, before: Line, after: Line | None) -> bool:
        """Whether a line in typewriter goes on with a sentence, as a command's name does that is
        broken to a line of its own. Several such lines are code."""
        alone = after is None or not (after.fixed and self._is_next(after, line))
        hanging = HANGING * line.size if self.blocks[-1].kind == BlockKind.LIST else INDENT
        return (
            alone
            and not before.fixed
            and self._is_next(line, before)
            and before.x1 > SHORT * self._layout.right
            and -INDENT < line.x0 - before.x0 < hanging
            and not before.text.endswith((":", "."))
        )

    def _is_next(self, line: Line, before: Line) -> bool:
        """Whether a line is as large as the one before and stands below it without a gap."""
        same = abs(line.size - before.size) < 2 * SAME_SIZE
        return same and not self._gap(line, before) and _baseline(line) < before.y0

    def _gap(self, line: Line, before: Line) -> bool:
        return self._distance(line, before) > GAP * self._layout.leading

    def _distance(self, line: Line, before: Line) -> float:
        """Returns how far a line stands below another one, without what a picture in it takes."""
        pictures = self._page.pictures_in(line)
        higher = max((min(y1, before.y0) - line.y1 for _, _, _, y1 in pictures), default=0.0)
        return before.y0 - _baseline(line) - max(higher, 0.0)

    def _starts_column(self, line: Line, before: Line) -> bool:
        """Whether a line begins the text of another column, which the line before did not reach."""
        above = _baseline(line) > before.y1
        return above and len(before.text) < FULL_LINE and not line.text[:1].islower()

    def _new_paragraph(self, line: Line, before: Line) -> bool:
        if id(line) in self._entries and id(before) in self._entries:
            return True
        if _baseline(line) > before.y1:  # the next column
            ended = before.text.endswith(_SENTENCE_END) and not line.text[:1].islower()
            return ended or self._starts_column(line, before)
        goes_on = line.text[:1].islower()
        if abs(line.y1 - before.y1) < line.size / 2 or (goes_on and self._breaks_off(line, before)):
            return False
        if self._gap(line, before) or any(_CELL_FORMULA.match(x.text) for x in (line, before)):
            return True
        ended = before.text.endswith(_SENTENCE_END)
        short = before.x1 < SHORT * self._layout.right
        titled = before.bold != line.bold and not goes_on
        if short and (titled or _DASHED.match(line.text)):
            return True
        item = any(begins.match(line.text) for begins in (_CLAUSE, _STEP, _DASHED))
        return ended and (item or line.x0 > before.x0 + INDENT or short)

    def _breaks_off(self, line: Line, before: Line) -> bool:
        """Whether a drawing stands between a line and the full one before, which ends within a
        sentence."""
        full = before.x1 > SHORT * self._layout.right
        return (
            full
            and abs(line.size - before.size) < SAME_SIZE
            and not before.text.endswith(_SENTENCE_END)
            and any(
                line.y1 - TABLE_SLACK < drawn.y0 and drawn.y1 < before.y0 + TABLE_SLACK
                for drawn in self._page.drawings
            )
        )

    def _add_to_list(self, block: Block, line: Line) -> None:
        if _BULLET.match(line.text) or ORDERED.match(line.text):
            block.items.append([_BULLET.sub("", line.text, count=1) or line.text])
        elif block.items:
            block.items[-1].append(line.text)
        else:
            block.items.append([line.text])
        block.spots.append(line_spot(self._page, line, block.items[-1][-1]))


def _baseline(line: Line) -> float:
    """Returns the baseline of the line's first row."""
    return line.y1 - 0.75 * line.size
