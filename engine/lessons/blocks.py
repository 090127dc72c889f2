"""A lesson as typed blocks, and as the Markdown in which they are kept, edited and exported.

A block that is more than explanation stands between `::: KIND` and `:::`; a question or a
misconception is followed by `::: answer` and what is right:

    ::: check
    What is an estuary?
    ::: answer
    The wide mouth of a river, in which fresh and salt water mix. [^2]
    :::

Text without such lines, as all lessons of earlier releases, is one block of explanation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class BlockKind(StrEnum):
    """`DERIVED` is a worked example that was worked out from the source instead of taken from it;
    `BEYOND` is what the source does not say."""

    TEXT = "text"
    OBJECTIVES = "objectives"
    INTRODUCTION = "introduction"
    WHY = "why"
    EXAMPLE = "example"
    DERIVED = "derived"
    MISCONCEPTION = "misconception"
    CHECK = "check"
    SUMMARY = "summary"
    PRACTICE = "practice"
    BEYOND = "beyond"


@dataclass(frozen=True, slots=True)
class LessonBlock:
    """Markdown of one kind. `answer` is what a check hides, or what is right of a misconception."""

    kind: BlockKind
    text: str
    answer: str = ""


# These say nothing that the source has to bear out.
CLAIMS_NOTHING = (BlockKind.OBJECTIVES, BlockKind.PRACTICE, BlockKind.BEYOND)
ANSWERED = (BlockKind.CHECK, BlockKind.MISCONCEPTION)

_KINDS = "|".join(kind for kind in BlockKind if kind is not BlockKind.TEXT)
_LINE = re.compile(rf"^ {{0,3}}:::[ \t]*({_KINDS}|answer)?[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")
_COLONS = re.compile(r"^( {0,3}):::", re.MULTILINE)


def lesson_blocks(content: str) -> tuple[LessonBlock, ...]:
    """Returns the blocks of a lesson in their order. Blocks without any text are left out."""
    return tuple(one for one in _blocks(content.splitlines()) if one.text or one.answer)


def _blocks(lines: Iterable[str]) -> Iterator[LessonBlock]:
    kind, fence = BlockKind.TEXT, ""
    parts: list[list[str]] = [[]]
    for line in lines:
        found = None if fence else _LINE.match(line)
        name = found[1] if found else ""
        if found and name == "answer" and kind in ANSWERED and len(parts) == 1:
            parts.append([])
            continue
        if found and name != "answer":
            yield _block(kind, parts)
            kind, parts = BlockKind(name or "text"), [[]]
            continue
        opening = _FENCE.match(line)
        if opening and (not fence or line.strip() == fence):
            fence = "" if fence else opening[1]
        parts[-1].append(line)
    yield _block(kind, parts)


def _block(kind: BlockKind, parts: list[list[str]]) -> LessonBlock:
    text, answer = ("\n".join(part).strip("\n") for part in (*parts, [])[:2])
    return LessonBlock(kind, text, answer)


def markdown_of(blocks: Iterable[LessonBlock]) -> str:
    """Returns the Markdown that `lesson_blocks` reads as these blocks."""
    return "\n\n".join(_written(block) for block in blocks if block.text or block.answer)


def objectives_of(content: str) -> list[str]:
    """Returns what learners can do after a lesson, as far as it says so: the items of its list."""
    blocks = (one for one in lesson_blocks(content) if one.kind is BlockKind.OBJECTIVES)
    lines = (line.strip() for block in blocks for line in block.text.splitlines())
    return [line.removeprefix("- ").strip() for line in lines if line]


def objectives_block(objectives: Iterable[str]) -> LessonBlock:
    """Returns the block that says what learners can do after a lesson, which stands first."""
    return LessonBlock(BlockKind.OBJECTIVES, "\n".join(f"- {one}" for one in objectives))


def claimed(block: LessonBlock) -> str:
    """Returns what a block says of the source: of questions and misconceptions the answer alone."""
    if block.kind in CLAIMS_NOTHING:
        return ""
    return block.answer if block.kind in ANSWERED and block.answer else block.text


def pieces(content: str) -> list[str]:
    """Returns the paragraphs, lists and headings of a lesson, and its typed blocks whole: the
    Markdown as it can be cut between."""
    found: list[str] = []
    for block in lesson_blocks(content):
        if block.kind is BlockKind.TEXT:
            found += (part for part in _EMPTY_LINE.split(block.text) if part.strip())
        else:
            found.append(_written(block))
    return found


def _written(block: LessonBlock) -> str:
    text, answer = without_block_lines(block.text), without_block_lines(block.answer)
    if block.kind is BlockKind.TEXT:
        return text
    more = f"\n::: answer\n{answer}" if answer else ""
    return f"::: {block.kind}\n{text}{more}\n:::"


def without_block_lines(text: str) -> str:
    """Returns Markdown whose lines open and end no block."""
    return _COLONS.sub(r"\1\\:::", text)
