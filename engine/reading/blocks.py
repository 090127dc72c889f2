"""Groups lines into blocks: paragraphs, lists, code, captions, notes and tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from statistics import median

from engine.reading.pages import Line, Page
from engine.reading.spots import Spot, line_spot, table_spot

_BULLET = re.compile(
    r"^(?:[\u2022\u2023\u25a0-\u25ef\u2043\u2219\u00b7\u2713\u2714\u2717\u2794\u27a2\u27a4*]"
    r"|[-\u2212\u2013\u2192\u21d2\u2756\u2610o](?=\s))\s*"
)
ORDERED = re.compile(r"^(?:\(?\d{1,3}[.)]|\(?[a-z][.)])\s+(?=\S)")
_CLAUSE = re.compile(r"^\d{1,2}(?:\.\d{1,3})+\.?\s+(?=\S)")
_CAPTION = re.compile(
    r"^(?:figure|fig\.|table|abbildung|tabelle|figura|tableau)\s+[\dA-Z]+(?:[.:\-]\d+)*[.:]?\s",
    re.IGNORECASE,
)
_SENTENCE_END = (".", "!", "?", ":", ".)", ".\u201d", '."')
GAP = 1.3  # of the usual distance between lines: more starts a paragraph
INDENT = 6.0
SHORT = 0.82
SMALL = 0.92
SAME_SIZE = 0.4


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
    """Measures of a whole page in points."""

    body: float
    right: float
    leading: float
    left_of_code: float


def page_layout(page: Page, body: float) -> Layout:
    lines = page.lines
    steps = [a.y0 - _baseline(b) for a, b in pairwise(lines) if abs(a.size - b.size) < SAME_SIZE]
    usual = [step for step in steps if 0.8 * body < step < 2.5 * body]
    return Layout(
        body=body,
        right=max((line.x1 for line in page.lines if not line.fixed), default=page.width),
        # The usual distance between lines in points.
        leading=median(usual) if usual else 1.2 * body,
        left_of_code=min((line.x0 for line in page.lines if line.fixed), default=0.0),
    )


def page_blocks(page: Page, lines: Sequence[Line], layout: Layout) -> list[Block]:
    """Returns the blocks of these lines of a page in reading order, notes last."""
    builder = _Builder(page, layout)
    for line in lines:
        builder.add(line)
    last = (BlockKind.NOTE, BlockKind.FOOTNOTE)
    notes = [block for block in builder.blocks if block.kind in last]
    return [block for block in builder.blocks if block.kind not in last] + notes


class _Builder:
    def __init__(self, page: Page, layout: Layout) -> None:
        self.blocks: list[Block] = []
        self._page, self._layout = page, layout
        self._before: Line | None = None
        self._tables = list(page.tables)
        self._marks = {mark for line in page.lines for mark in line.marks}

    def add(self, line: Line) -> None:
        table = next((t for t in self._page.tables if _inside(line, t.x0, t.y0, t.x1, t.y1)), None)
        if table is not None:
            if table in self._tables:
                self._tables.remove(table)
                block = self._start(BlockKind.TABLE)
                block.lines = table.markdown.split("\n")
                block.spots.append(table_spot(self._page, table))
            self._before = None
            return
        kind = self._kind(line)
        if not self.blocks or self._starts_new(line, kind):
            self._start(kind)
        block = self.blocks[-1]
        if block.kind == BlockKind.LIST:
            self._add_to_list(block, line)
        else:
            indent = 0
            if kind == BlockKind.CODE:
                shift = line.x0 - self._layout.left_of_code
                indent = min(max(0, round(shift / (0.55 * line.size or 1))), 40)
            block.lines.append(" " * indent + line.text)
            block.spots.append(line_spot(self._page, line, line.text))
        block.marks += line.marks
        if kind == BlockKind.FOOTNOTE and not block.marks:
            block.marks.append(line.text.split()[0])
        self._before = line

    def _start(self, kind: BlockKind) -> Block:
        self.blocks.append(Block(kind, self._page.number, self._page.number))
        return self.blocks[-1]

    def _kind(self, line: Line) -> BlockKind:
        small = line.size < SMALL * self._layout.body
        kinds = (
            (BlockKind.LABEL, line.label),
            (BlockKind.BOX, line.box),
            (BlockKind.CODE, line.fixed),
            (BlockKind.CAPTION, _CAPTION.match(line.text)),
            (BlockKind.FOOTNOTE, small and self._is_footnote(line)),
            (BlockKind.NOTE, small and line.y1 < self._page.height / 3),
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

    def _starts_new(self, line: Line, kind: BlockKind) -> bool:
        last, before = self.blocks[-1].kind, self._before
        if before is None or last == BlockKind.TABLE:
            return True
        if last == BlockKind.LIST:
            is_left = self._gap(line, before) and line.x0 <= before.x0 + 1
            return kind not in (BlockKind.LIST, BlockKind.PARAGRAPH) or (
                kind == BlockKind.PARAGRAPH and is_left
            )
        if (last, kind) == (BlockKind.CAPTION, BlockKind.PARAGRAPH):
            return self._gap(line, before) or abs(line.size - before.size) > SAME_SIZE
        if kind != last:
            # A command's name in typewriter inside a sentence does not end its paragraph.
            return not (
                (last, kind) == (BlockKind.PARAGRAPH, BlockKind.CODE)
                and before.x1 > SHORT * self._layout.right
                and abs(line.x0 - before.x0) < INDENT
                and not before.text.endswith((":", "."))
            )
        starts = {
            BlockKind.PARAGRAPH: self._new_paragraph(line, before),
            BlockKind.BOX: line.box != before.box or abs(line.size - before.size) > SAME_SIZE,
            BlockKind.FOOTNOTE: line.text.split()[0] in self._marks,
            BlockKind.CAPTION: True,
        }
        return starts.get(kind, False)

    def _gap(self, line: Line, before: Line) -> bool:
        return before.y0 - _baseline(line) > GAP * self._layout.leading

    def _new_paragraph(self, line: Line, before: Line) -> bool:
        if _baseline(line) > before.y1:  # the next column
            return before.text.endswith(_SENTENCE_END) and not line.text[:1].islower()
        if abs(line.y1 - before.y1) < line.size / 2:
            return False
        if self._gap(line, before):
            return True
        ended = before.text.endswith(_SENTENCE_END)
        if ended and _CLAUSE.match(line.text):
            return True
        return ended and (line.x0 > before.x0 + INDENT or before.x1 < SHORT * self._layout.right)

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


def _inside(line: Line, x0: float, y0: float, x1: float, y1: float) -> bool:
    middle_x, middle_y = (line.x0 + line.x1) / 2, (line.y0 + line.y1) / 2
    return x0 - 2 <= middle_x <= x1 + 2 and y0 - 2 <= middle_y <= y1 + 2
