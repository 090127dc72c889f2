"""Divides pages into sections by their headings, and names the part of the book of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.language.part_titles import innermost_part
from engine.reading.blocks import Block, BlockKind, Layout, page_blocks, page_layout
from engine.reading.document import DocumentPart
from engine.reading.pages import Line, Page
from engine.reading.titles import Heading, body_size, clean_title, is_contents, title_key


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
    titled: dict[int, tuple[Page, list[Block]]] = {}
    printed_contents = {page.number for page in pages if is_contents(page, len(pages))}
    for page, heading, first, end in _stretches(pages, headings):
        start = first
        if heading is not None:
            path = [(level, title) for level, title in path if level < heading.level]
            path.append((heading.level, heading.title))
            sections.append(Section(tuple(title for _, title in path), part_of_path(path)))
            if heading.at >= 0:
                lines = page.lines[heading.at : heading.at + heading.lines]
                titled[id(sections[-1])] = page, _title_blocks(page, lines, layouts[page.number])
        elif path and first == 0 and page.width > page.height and page.lines[:1]:
            # A slide that goes on under the title of the one before.
            start = int(title_key(page.lines[0].text) == title_key(path[-1][1]))
        blocks = page_blocks(page, page.lines[start:end], layouts[page.number])
        if page.number in printed_contents and sections[-1].matter != DocumentPart.INDEX:
            contents = Section(sections[-1].heading_path, DocumentPart.CONTENTS)
            contents.blocks = blocks
            sections.insert(len(sections) - 1, contents)
            continue
        sections[-1].blocks += blocks
    _keep_titles_without_text(sections, titled)
    for section in sections:
        section.blocks = _joined(section.blocks)
    return [section for section in sections if section.blocks]


def _title_blocks(page: Page, lines: Sequence[Line], layout: Layout) -> list[Block]:
    """Returns the blocks of a title, which places no table: it may be left out of the text."""
    placed = [table.placed for table in page.tables]
    blocks = page_blocks(page, lines, layout)
    for table, before in zip(page.tables, placed, strict=True):
        table.placed = before
    return blocks


SHORT_DOCUMENT = 8
FULL = 0.8  # of the width of the text: a shorter line is the last one of its paragraph


def _keep_titles_without_text(
    sections: Sequence[Section], titled: Mapping[int, tuple[Page, list[Block]]]
) -> None:
    """Makes text of titles that have none below them, which would be lost with their section.

    Such a line is a step or a label that looks like a title, and belongs to what stands above it on
    its page. A slide may hold nothing but its title and a drawing.
    """
    above: Section | None = None
    page_above = 0
    for section, following in zip(sections, [*sections[1:], None], strict=True):
        page, blocks = titled.get(id(section), (None, []))
        if page is None:
            continue
        below = following is not None and following.heading_path[:-1] == section.heading_path
        has_text = any(block.kind is not BlockKind.LABEL for block in section.blocks)
        if has_text or below or section.matter not in _TAUGHT_OR_ASKED:
            above, page_above = section, page.number
        elif above is not None and page_above == page.number:
            above.blocks += blocks
        else:
            if page.width >= page.height:
                section.blocks = [*blocks, *section.blocks]
            above, page_above = section, page.number


_TAUGHT_OR_ASKED = (DocumentPart.BODY, DocumentPart.EXERCISES)


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
    part, _ = innermost_part([clean_title(title) for _, title in path])
    return DocumentPart(part) if part else DocumentPart.BODY


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
            if joined[-1].kind == BlockKind.LIST != block.kind:
                joined[-1].items[-1] += block.lines
            else:
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
        # The last item of a list goes on at the top of the next page.
        in_item = (before.kind, block.kind) == (BlockKind.LIST, BlockKind.PARAGRAPH)
        return in_item and before.page_to < block.page_from and _unfinished(before, block)
    if before.page_to == block.page_from:
        return interrupted and _unfinished(before, block)
    if block.kind in (BlockKind.CODE, BlockKind.LIST):
        return True
    return _unfinished(before, block)


def _unfinished(before: Block, block: Block) -> bool:
    """Whether a paragraph ends within a sentence, which the next one goes on with."""
    if block.kind != BlockKind.PARAGRAPH:
        return False
    if block.lines[0][:1].islower():
        return True
    last = (before.lines or before.items[-1])[-1]
    ended = last.rstrip("\u201d\")'").endswith((".", "!", "?", ":"))
    # A title or an entry of a list ends without a mark, and before the line is full.
    right = max(spot.x1 for spot in (*before.spots, *block.spots))
    full = before.spots[-1].x1 - before.spots[-1].x0 > FULL * (right - before.spots[-1].x0)
    return not ended and full
