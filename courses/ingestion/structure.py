"""Pages to sections: what stands under which heading, and what part of the book it is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from courses.ingestion.blocks import Block, BlockKind, page_blocks, page_layout
from courses.ingestion.document import Matter
from courses.ingestion.headings import Heading, body_size, clean_title, is_contents
from courses.ingestion.pages import Page

_MATTERS = {
    Matter.CONTENTS: r"(table of )?contents|list of (figures|tables)|inhalt(sverzeichnis)?|"
    r"table des mati[e\u00e8]res|[i\u00ed]ndice|sommario|sommaire",
    Matter.INDEX: r"([\w\s]{0,30}\b)?index|stichwortverzeichnis|sachregister",
    Matter.BIBLIOGRAPHY: r"references?|bibliography|works cited|literature( cited)?|"
    r"literatur(verzeichnis)?|bibliograf[i\u00ed]a|bibliographie|further reading",
    Matter.LICENCE: r".*\b(licen[cs]es?|copyright|copying|copyleft|legal notices?)\b.*",
    Matter.FRONT: r"preface|foreword|acknowledge?ments?|dedication|colophon|about the authors?|"
    r"about this (book|manual|document|guide)|vorwort|pr[e\u00e9]face|prefacio|pr[o\u00f3]logo|"
    r"title page|imprint|impressum",
}
_PATTERNS = [
    (matter, re.compile(f"^(?:{words})$", re.IGNORECASE)) for matter, words in _MATTERS.items()
]


@dataclass(slots=True)
class Section:
    """The text between one heading and the next."""

    heading_path: tuple[str, ...]
    matter: Matter
    blocks: list[Block] = field(default_factory=list)


def build_sections(pages: Sequence[Page], headings: Sequence[Heading]) -> list[Section]:
    """Sections in reading order. What stands before the first heading is front matter if a
    book follows it, and the whole text if there is no heading at all."""
    body = body_size(pages)
    book = len(pages) > SHORT_DOCUMENT and bool(headings)
    sections = [Section((), Matter.FRONT if book else Matter.BODY)]
    path: list[tuple[int, str]] = []
    layouts = {page.number: page_layout(page, body) for page in pages}
    printed_contents = {page.number for page in pages if is_contents(page, len(pages))}
    for page, heading, start, end in _stretches(pages, headings):
        if heading is not None:
            path = [(level, title) for level, title in path if level < heading.level]
            path.append((heading.level, heading.title))
            sections.append(Section(tuple(title for _, title in path), _matter(path)))
        blocks = page_blocks(page, page.lines[start:end], layouts[page.number])
        if page.number in printed_contents and sections[-1].matter != Matter.INDEX:
            contents = Section(sections[-1].heading_path, Matter.CONTENTS)
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
    """Runs of lines: those that continue a section, and those that a heading starts."""
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


def _matter(path: Sequence[tuple[int, str]]) -> Matter:
    for _, title in path:
        bare = clean_title(title)
        for matter, pattern in _PATTERNS:
            if pattern.match(bare):
                return matter
    return Matter.BODY


def _joined(blocks: Sequence[Block]) -> list[Block]:
    """A paragraph or code that goes on after a page break becomes one block again.

    Notes at a page's foot stand after the paragraph that they interrupt.
    """
    joined: list[Block] = []
    notes: list[Block] = []
    for block in blocks:
        if block.kind == BlockKind.NOTE:
            notes.append(block)
            continue
        if joined and _goes_on(joined[-1], block):
            joined[-1].lines += block.lines
            joined[-1].items += block.items
            joined[-1].page_to = block.page_to
        else:
            joined += notes
            notes = []
            joined.append(block)
    return joined + notes


def _goes_on(before: Block, block: Block) -> bool:
    if before.kind != block.kind or before.page_to == block.page_from:
        return False
    if block.kind in (BlockKind.CODE, BlockKind.LIST):
        return True
    ended = before.lines[-1].rstrip("\u201d\")'").endswith((".", "!", "?", ":"))
    return block.kind == BlockKind.PARAGRAPH and not (ended and not block.lines[0][:1].islower())
