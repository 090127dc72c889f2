"""Lines to blocks: paragraphs, lists, code, captions, notes and tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from statistics import median

from courses.ingestion.pages import Line, Page

_BULLET = re.compile(r"^(?:[\u2022\u25aa\u25cf\u25e6\u2013\u2043\u2219*\u00b7]|[-\u2212](?=\s))\s*")
_ORDERED = re.compile(r"^(?:\(?\d{1,2}[.)]|\(?[a-z][.)])\s+(?=\S)")
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
    TABLE = "table"


@dataclass(slots=True)
class Block:
    """Lines that belong together; `lines` of a list are its items, of code its rows."""

    kind: BlockKind
    page_from: int
    page_to: int
    lines: list[str] = field(default_factory=list)
    items: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layout:
    """Measures of a whole page in points, taken once however many stretches it has."""

    body: float
    right: float
    leading: float
    left_of_code: float


def page_layout(page: Page, body: float) -> Layout:
    return Layout(
        body=body,
        right=max((line.x1 for line in page.lines if not line.fixed), default=page.width),
        leading=_leading(page.lines, body),
        left_of_code=min((line.x0 for line in page.lines if line.fixed), default=0.0),
    )


def page_blocks(page: Page, lines: Sequence[Line], layout: Layout) -> list[Block]:
    """The blocks of a stretch of a page, in reading order; notes come last."""
    builder = _Builder(page, layout)
    for line in lines:
        builder.add(line)
    notes = [block for block in builder.blocks if block.kind == BlockKind.NOTE]
    return [block for block in builder.blocks if block.kind != BlockKind.NOTE] + notes


class _Builder:
    def __init__(self, page: Page, layout: Layout) -> None:
        self.blocks: list[Block] = []
        self._page, self._layout = page, layout
        self._before: Line | None = None
        self._tables = list(page.tables)

    def add(self, line: Line) -> None:
        table = next((t for t in self._page.tables if _inside(line, t.x0, t.y0, t.x1, t.y1)), None)
        if table is not None:
            if table in self._tables:
                self._tables.remove(table)
                self._start(BlockKind.TABLE).lines = table.markdown.split("\n")
            self._before = None
            return
        kind = self._kind(line)
        if not self.blocks or self._starts_new(line, kind):
            self._start(kind)
        block = self.blocks[-1]
        if block.kind == BlockKind.LIST:
            self._add_to_list(block, line)
        else:
            block.lines.append(self._indented(line) if kind == BlockKind.CODE else line.text)
        self._before = line

    def _start(self, kind: BlockKind) -> Block:
        self.blocks.append(Block(kind, self._page.number, self._page.number))
        return self.blocks[-1]

    def _indented(self, line: Line) -> str:
        columns = max(0, round((line.x0 - self._layout.left_of_code) / (0.55 * line.size or 1)))
        return " " * min(columns, 40) + line.text

    def _kind(self, line: Line) -> BlockKind:
        if line.fixed:
            return BlockKind.CODE
        if _CAPTION.match(line.text):
            return BlockKind.CAPTION
        if line.size < SMALL * self._layout.body and line.y1 < self._page.height / 3:
            return BlockKind.NOTE
        if _BULLET.match(line.text) or _ORDERED.match(line.text):
            return BlockKind.LIST
        return BlockKind.PARAGRAPH

    def _starts_new(self, line: Line, kind: BlockKind) -> bool:
        last, before = self.blocks[-1].kind, self._before
        if before is None or last == BlockKind.TABLE:
            return True
        if last == BlockKind.LIST:
            return kind not in (BlockKind.LIST, BlockKind.PARAGRAPH) or (
                kind == BlockKind.PARAGRAPH and self._leaves_list(line, before)
            )
        if last == BlockKind.CAPTION and kind == BlockKind.PARAGRAPH:
            return self._gap(line, before) or abs(line.size - before.size) > SAME_SIZE
        if kind != last:
            # A command's name in typewriter inside a sentence does not end its paragraph.
            return not (
                last == BlockKind.PARAGRAPH
                and kind == BlockKind.CODE
                and self._inline(line, before)
            )
        if kind == BlockKind.PARAGRAPH:
            return self._new_paragraph(line, before)
        return kind == BlockKind.CAPTION

    def _inline(self, line: Line, before: Line) -> bool:
        full = before.x1 > SHORT * self._layout.right
        return full and abs(line.x0 - before.x0) < INDENT and not before.text.endswith((":", "."))

    def _gap(self, line: Line, before: Line) -> bool:
        return before.y0 - _baseline(line) > GAP * self._layout.leading

    def _leaves_list(self, line: Line, before: Line) -> bool:
        return self._gap(line, before) and line.x0 <= before.x0 + 1

    def _new_paragraph(self, line: Line, before: Line) -> bool:
        if _baseline(line) > before.y1:  # the next column
            return before.text.endswith(_SENTENCE_END) and not line.text[:1].islower()
        if abs(line.y1 - before.y1) < line.size / 2:
            return False
        if self._gap(line, before):
            return True
        ended = before.text.endswith(_SENTENCE_END)
        return ended and (line.x0 > before.x0 + INDENT or before.x1 < SHORT * self._layout.right)

    def _add_to_list(self, block: Block, line: Line) -> None:
        for pattern in (_BULLET, _ORDERED):
            if pattern.match(line.text):
                block.items.append([pattern.sub("", line.text, count=1) or line.text])
                return
        if block.items:
            block.items[-1].append(line.text)
        else:
            block.items.append([line.text])


def _baseline(line: Line) -> float:
    """Of the first row, where a line spans several."""
    return line.y1 - 0.75 * line.size


def _leading(lines: Sequence[Line], body: float) -> float:
    """The usual distance from line to line, in points."""
    steps = [a.y0 - _baseline(b) for a, b in pairwise(lines) if abs(a.size - b.size) < SAME_SIZE]
    usual = [step for step in steps if 0.8 * body < step < 2.5 * body]
    return median(usual) if usual else 1.2 * body


def _inside(line: Line, x0: float, y0: float, x1: float, y1: float) -> bool:
    middle_x, middle_y = (line.x0 + line.x1) / 2, (line.y0 + line.y1) / 2
    return x0 - 2 <= middle_x <= x1 + 2 and y0 - 2 <= middle_y <= y1 + 2
