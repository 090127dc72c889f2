"""Sections to passages: some 80 to 250 words each, never across a heading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from courses.ingestion.blocks import Block, BlockKind
from courses.ingestion.document import Matter, PassageDraft, PassageKind
from courses.ingestion.structure import Section
from courses.ingestion.text import join_lines, mend_breaks
from courses.language.sentences import split_sentences

MOST_WORDS = 220
_KINDS = {
    BlockKind.CODE: PassageKind.CODE,
    BlockKind.TABLE: PassageKind.TABLE,
}


@dataclass(frozen=True, slots=True)
class _Piece:
    """A paragraph, list, table or program as text."""

    kind: PassageKind
    text: str
    page_from: int
    page_to: int

    @property
    def words(self) -> int:
        return len(self.text.split())


def make_passages(
    sections: Sequence[Section],
    labels: Sequence[str],
    hyphenated: frozenset[str],
    language: str,
) -> list[PassageDraft]:
    drafts: list[PassageDraft] = []
    for section in sections:
        pieces = [
            piece for block in section.blocks for piece in _pieces(block, hyphenated, language)
        ]
        for group in _groups(pieces):
            drafts.append(_draft(len(drafts) + 1, section, group, labels))
    return drafts


def _pieces(block: Block, hyphenated: frozenset[str], language: str) -> Iterator[_Piece]:
    kind = _KINDS.get(block.kind, PassageKind.PROSE)
    if block.kind == BlockKind.LIST:
        items = [join_lines(item, hyphenated) for item in block.items]
        text = "\n".join(f"- {item}" for item in items if item)
        kind = PassageKind.LIST
    elif kind == PassageKind.PROSE:
        text = join_lines(block.lines, hyphenated)
    else:
        text = mend_breaks("\n".join(block.lines), hyphenated)
    for part in _parts(text, kind, language):
        if part.strip():
            yield _Piece(kind, part.rstrip(), block.page_from, block.page_to)


def _parts(text: str, kind: PassageKind, language: str) -> Iterator[str]:
    """Long text in parts of at most MOST_WORDS: by sentences, or by lines where lines count."""
    if len(text.split()) <= MOST_WORDS:
        yield text
        return
    prose = kind == PassageKind.PROSE
    units = split_sentences(text, language) if prose else text.split("\n")
    part: list[str] = []
    words = 0
    for unit in (short for whole in units for short in _short(whole)):
        count = len(unit.split())
        if part and words + count > MOST_WORDS:
            yield (" " if prose else "\n").join(part)
            part, words = [], 0
        part.append(unit)
        words += count
    yield (" " if prose else "\n").join(part)


def _short(unit: str) -> Iterator[str]:
    """A "sentence" without an end in sight is cut at MOST_WORDS."""
    words = unit.split()
    if len(words) <= MOST_WORDS:
        yield unit
        return
    for start in range(0, len(words), MOST_WORDS):
        yield " ".join(words[start : start + MOST_WORDS])


def _groups(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """Prose and lists together as long as they fit; the programs between them after them.

    A text that explains a program line by line stays in one piece that way.
    """
    prose: list[_Piece] = []
    code: list[_Piece] = []
    for piece in pieces:
        group = code if piece.kind == PassageKind.CODE else prose
        if piece.kind == PassageKind.TABLE or _words(group) + piece.words > MOST_WORDS:
            yield from (full for full in (prose, code) if full)
            prose, code = [], []
            group = code if piece.kind == PassageKind.CODE else prose
        if piece.kind == PassageKind.TABLE:
            yield [piece]
        else:
            group.append(piece)
    yield from (rest for rest in (prose, code) if rest)


def _words(group: Sequence[_Piece]) -> int:
    return sum(piece.words for piece in group)


def _draft(
    position: int, section: Section, group: Sequence[_Piece], labels: Sequence[str]
) -> PassageDraft:
    first = min(piece.page_from for piece in group)
    last = max(piece.page_to for piece in group)
    return PassageDraft(
        position=position,
        page_from=first,
        page_to=last,
        label_from=labels[first - 1],
        label_to=labels[last - 1],
        heading_path=section.heading_path,
        text="\n\n".join(piece.text for piece in group),
        kind=_kind(group),
        matter=_matter(section, group),
    )


def _kind(group: Sequence[_Piece]) -> PassageKind:
    lists = sum(piece.words for piece in group if piece.kind == PassageKind.LIST)
    if group[0].kind in (PassageKind.CODE, PassageKind.TABLE):
        return group[0].kind
    mostly = 0.7
    return PassageKind.LIST if lists > mostly * sum(p.words for p in group) else PassageKind.PROSE


def _matter(section: Section, group: Sequence[_Piece]) -> Matter:
    text = " ".join(piece.text for piece in group).lower()
    legal = ("permission is granted", "all rights reserved", "warranty", "copyright (c)", "\u00a9")
    if section.matter in (Matter.BODY, Matter.FRONT) and sum(word in text for word in legal) > 1:
        return Matter.LICENCE
    return section.matter
