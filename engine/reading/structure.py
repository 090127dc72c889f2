"""Divides pages into sections by their headings, and names the part of the book of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.language.part_titles import part_named
from engine.reading.blocks import Block, BlockKind, page_blocks, page_layout
from engine.reading.document import DocumentPart
from engine.reading.pages import Page
from engine.reading.titles import Heading, body_size, clean_title, is_contents


@dataclass(slots=True)
class Section:
    """The text between one heading and the next."""

    heading_path: tuple[str, ...]
    matter: DocumentPart
    blocks: list[Block] = field(default_factory=list)


def build_sections(pages: Sequence[Page], headings: Sequence[Heading]) -> list[Section]:
    """Returns the sections in reading order.

    Text before the first heading is front matter in a long document, else body.
    """
    body = body_size(pages)
    book = len(pages) > SHORT_DOCUMENT and bool(headings)
    sections = [Section((), DocumentPart.FRONT if book else DocumentPart.BODY)]
    path: list[tuple[int, str]] = []
    layouts = {page.number: page_layout(page, body) for page in pages}
    printed_contents = {page.number for page in pages if is_contents(page, len(pages))}
    for page, heading, start, end in _stretches(pages, headings):
        if heading is not None:
            path = [(level, title) for level, title in path if level < heading.level]
            path.append((heading.level, heading.title))
            sections.append(Section(tuple(title for _, title in path), part_of_path(path)))
        blocks = page_blocks(page, page.lines[start:end], layouts[page.number])
        if page.number in printed_contents and sections[-1].matter != DocumentPart.INDEX:
            contents = Section(sections[-1].heading_path, DocumentPart.CONTENTS)
            contents.blocks = blocks
            sections.insert(len(sections) - 1, contents)
            continue
        sections[-1].blocks += blocks
    for section in sections:
        section.blocks = _joined(section.blocks)
    return [section for section in sections if section.blocks]


SHORT_DOCUMENT = 8


def _stretches(
    pages: Sequence[Page], headings: Sequence[Heading]
) -> Iterator[tuple[Page, Heading | None, int, int]]:
    """Yields runs of lines with the heading above them, None where a section continues."""
    on_page: dict[int, list[Heading]] = defaultdict(list)
    for heading in headings:
        on_page[heading.page].append(heading)
    for page in pages:
        here = on_page[page.number]
        first = next((heading.at for heading in here if heading.at >= 0), len(page.lines))
        above = [heading for heading in here if heading.at < 0]
        for heading in above[:-1]:
            yield page, heading, 0, 0
        yield page, above[-1] if above else None, 0, first
        placed = [heading for heading in here if heading.at >= 0]
        ends = [heading.at for heading in placed[1:]] + [len(page.lines)]
        for heading, end in zip(placed, ends[: len(placed)], strict=True):
            yield page, heading, heading.at + heading.lines, end


def part_of_path(path: Sequence[tuple[int, str]]) -> DocumentPart:
    """Returns the part that the innermost heading with such a name opens."""
    named = (part_named(clean_title(title)) for _, title in reversed(path))
    return next((DocumentPart(part) for part in named if part), DocumentPart.BODY)


def _joined(blocks: Sequence[Block]) -> list[Block]:
    """Joins paragraphs, lists and code that go on after a page's end, or after a box.

    Notes and boxes come after the paragraph that they interrupt.
    """
    joined: list[Block] = []
    notes: list[Block] = []
    for block in blocks:
        if block.kind in (BlockKind.NOTE, BlockKind.FOOTNOTE, BlockKind.BOX, BlockKind.LABEL):
            notes.append(block)
            continue
        if joined and _goes_on(joined[-1], block, interrupted=bool(notes)):
            joined[-1].lines += block.lines
            joined[-1].items += block.items
            joined[-1].marks += block.marks
            joined[-1].spots += block.spots
            joined[-1].page_to = block.page_to
        else:
            joined += notes
            notes = []
            joined.append(block)
    return joined + notes


def _goes_on(before: Block, block: Block, *, interrupted: bool) -> bool:
    if before.kind != block.kind:
        return False
    if before.page_to == block.page_from:
        return interrupted and _unfinished(before, block)
    if block.kind in (BlockKind.CODE, BlockKind.LIST):
        return True
    return _unfinished(before, block)


def _unfinished(before: Block, block: Block) -> bool:
    """Whether a paragraph ends within a sentence, which the next one goes on with."""
    if block.kind != BlockKind.PARAGRAPH:
        return False
    ended = before.lines[-1].rstrip("\u201d\")'").endswith((".", "!", "?", ":"))
    return not (ended and not block.lines[0][:1].islower())
