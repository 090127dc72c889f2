"""Cuts sections into passages of some 80 to 250 words, never across a heading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from engine.language.sentences import split_sentences
from engine.language.words import has_spaces, word_count
from engine.reading.blocks import ORDERED, Block, BlockKind
from engine.reading.document import DocumentPart, PassageDraft, PassageKind
from engine.reading.spots import Spot, letter_count, pack, take
from engine.reading.structure import Section
from engine.reading.text import join_lines, mend_breaks

MAX_PASSAGE_WORDS = 220
MIN_TITLED, MAX_TITLE_WORDS = 4, 8
_LABEL = re.compile(r":\s*$|^[^\W\d_]+ \d+\s?:")
MIN_APART = 60  # words of text and its code: what follows stands for itself
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
    marks: tuple[str, ...] = ()
    spots: tuple[Spot, ...] = ()

    @property
    def words(self) -> int:
        return word_count(self.text)


def make_passages(
    sections: Sequence[Section],
    labels: Sequence[str],
    hyphenated: frozenset[str],
    language: str,
) -> list[PassageDraft]:
    drafts: list[PassageDraft] = []
    sheet = _is_sheet_of_code(sections)
    for section in sections:
        if section.matter is DocumentPart.BODY and consists_of_exercises(_rows(section)):
            section.matter = DocumentPart.EXERCISES
        notes = _footnotes(section, hyphenated)
        pieces = [
            piece
            for block in section.blocks
            if block.kind not in (BlockKind.FOOTNOTE, BlockKind.LABEL)
            for piece in _pieces(block, hyphenated, language)
        ]
        for group in _groups(_with_titles(pieces, sheet=sheet)):
            drafts.append(_draft(len(drafts) + 1, section, group, labels, notes))
        # Footnotes are no part of what is taught; they stay with their section.
        apart = Section(section.heading_path, DocumentPart.BIBLIOGRAPHY)
        for group in _groups([piece for piece in notes.values() if piece.text]):
            drafts.append(_draft(len(drafts) + 1, apart, group, labels, {}))
    return drafts


def _footnotes(section: Section, hyphenated: frozenset[str]) -> dict[tuple[int, str], _Piece]:
    """Returns the section's footnotes by page and mark."""
    return {
        (block.page_from, block.marks[0]): _Piece(
            PassageKind.PROSE,
            join_lines(block.lines, hyphenated),
            block.page_from,
            block.page_to,
            spots=tuple(block.spots),
        )
        for block in section.blocks
        if block.kind == BlockKind.FOOTNOTE
    }


def _rows(section: Section) -> list[str]:
    return [
        row
        for block in section.blocks
        for row in (*block.lines, *(" ".join(item) for item in block.items))
    ]


def _pieces(block: Block, hyphenated: frozenset[str], language: str) -> Iterator[_Piece]:
    kind = _KINDS.get(block.kind, PassageKind.PROSE)
    texts: list[str]
    if block.kind == BlockKind.LIST:
        texts = [item for lines in block.items if (item := join_lines(lines, hyphenated))]
        if not _are_sentences(texts):
            kind = PassageKind.LIST
            texts = ["\n".join(item if ORDERED.match(item) else f"- {item}" for item in texts)]
    elif kind == PassageKind.PROSE:
        texts = [join_lines(block.lines, hyphenated)]
    else:
        texts = [mend_breaks("\n".join(block.lines), hyphenated)]
    left = list(block.spots)
    for text in texts:
        for part in _parts(text, kind, language):
            count = letter_count(part)
            # Each part of a table repeats its head, and is shown with the whole of it.
            table = kind == PassageKind.TABLE
            spots = [replace(one, letters=count) for one in left] if table else take(left, count)
            if part.strip():
                marks = tuple(block.marks)
                where = (block.page_from, block.page_to, marks, tuple(spots))
                yield _Piece(kind, part.rstrip(), *where)


def _are_sentences(items: Sequence[str]) -> bool:
    """Whether most items of a list are sentences: numbered paragraphs, clauses, full bullets."""
    least = 5
    whole = [
        item
        for item in items
        if item.rstrip("\u201d\")'\u00bb").endswith((".", "!", "?", "\u0964"))
        and len(item.split()) >= least
        and not ORDERED.sub("", item)[:1].islower()
    ]
    return len(whole) >= 0.6 * len(items)


def _parts(text: str, kind: PassageKind, language: str) -> Iterator[str]:
    """Yields a long text in parts of at most MAX_PASSAGE_WORDS.

    Prose is cut between sentences, other text between lines.
    """
    if word_count(text) <= MAX_PASSAGE_WORDS:
        yield text
        return
    prose = kind == PassageKind.PROSE
    between = "\n" if not prose else " " if has_spaces(language) else ""
    units = split_sentences(text, language) if prose else text.split("\n")
    # Each part of a long table keeps its header: two lines of Markdown.
    head = units[:2] if kind == PassageKind.TABLE else []
    part: list[str] = []
    words = 0
    for unit in (short for whole in units for short in _short(whole)):
        count = word_count(unit)
        if part and words + count > MAX_PASSAGE_WORDS:
            yield between.join(part)
            part, words = list(head), 0
        part.append(unit)
        words += count
    yield between.join(part)


def _short(unit: str) -> Iterator[str]:
    """Yields a too long sentence or line in parts of MAX_PASSAGE_WORDS."""
    if word_count(unit) <= MAX_PASSAGE_WORDS:
        yield unit
        return
    words = unit.split()
    if len(words) <= MAX_PASSAGE_WORDS:
        for start in range(0, len(unit), MAX_PASSAGE_WORDS):
            yield unit[start : start + MAX_PASSAGE_WORDS]
        return
    for start in range(0, len(words), MAX_PASSAGE_WORDS):
        yield " ".join(words[start : start + MAX_PASSAGE_WORDS])


def _is_sheet_of_code(sections: Sequence[Section]) -> bool:
    """Whether a document is a sheet of commands: most code has a short line right above it that
    says what it does."""
    code = [
        (before, block)
        for section in sections
        for before, block in pairwise([None, *section.blocks])
        if block is not None and block.kind == BlockKind.CODE
    ]
    titled = [
        before
        for before, _ in code
        if before is not None
        and before.kind == BlockKind.PARAGRAPH
        and _is_title(" ".join(before.lines))
    ]
    return len(titled) >= MIN_TITLED and 2 * len(titled) > len(code)


def _with_titles(pieces: Sequence[_Piece], *, sheet: bool) -> list[_Piece]:
    """Returns the pieces with short lines right above code put at its head: those that end in a
    colon, on a sheet of commands all."""
    joined: list[_Piece] = []
    for piece in pieces:
        title = joined[-1] if joined else None
        kinds = (title.kind if title else None, piece.kind)
        if (
            title
            and kinds == (PassageKind.PROSE, PassageKind.CODE)
            and title.page_to == piece.page_from
            and (_is_title(title.text) if sheet else _is_label(title.text))
        ):
            joined[-1] = replace(
                piece,
                text=f"{title.text}\n{piece.text}",
                page_from=title.page_from,
                spots=(*title.spots, *piece.spots),
            )
        else:
            joined.append(piece)
    return joined


def _is_title(text: str) -> bool:
    short = word_count(text) <= MAX_TITLE_WORDS and "\n" not in text
    return short and not text.rstrip().endswith((".", "!", "?", ",", ":"))


def _is_label(text: str) -> bool:
    """Whether a short line names the code below it: "Example 2:"."""
    return bool(_LABEL.search(text)) and word_count(text) <= MAX_TITLE_WORDS and "\n" not in text


def _groups(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """Yields prose and lists together as long as they fit, then the code between them.

    So a text that explains a program line by line stays in one piece.
    """
    prose: list[_Piece] = []
    code: list[_Piece] = []
    for piece in pieces:
        group = code if piece.kind == PassageKind.CODE else prose
        words = sum(other.words for other in group) + piece.words
        # Text begins anew after code that enough text has led to.
        is_enough = sum(one.words for one in (*prose, *code)) >= MIN_APART
        starts_anew = code and group is prose and is_enough
        if starts_anew or piece.kind == PassageKind.TABLE or words > MAX_PASSAGE_WORDS:
            yield from (full for full in (prose, code) if full)
            prose, code = [], []
            group = code if piece.kind == PassageKind.CODE else prose
        if piece.kind == PassageKind.TABLE:
            yield [piece]
        else:
            group.append(piece)
    yield from (rest for rest in (prose, code) if rest)


def _draft(
    position: int,
    section: Section,
    group: Sequence[_Piece],
    labels: Sequence[str],
    notes: Mapping[tuple[int, str], _Piece],
) -> PassageDraft:
    first = min(piece.page_from for piece in group)
    last = max(piece.page_to for piece in group)
    pages = range(first, last + 1)
    marks = dict.fromkeys(mark for piece in group for mark in piece.marks)
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
        notes=tuple(
            notes[page, mark].text for mark in marks for page in pages if (page, mark) in notes
        ),
        places=tuple(pack(spot for piece in group for spot in piece.spots)),
    )


def _kind(group: Sequence[_Piece]) -> PassageKind:
    lists = sum(piece.words for piece in group if piece.kind == PassageKind.LIST)
    if group[0].kind in (PassageKind.CODE, PassageKind.TABLE):
        return group[0].kind
    mostly = 0.7
    return PassageKind.LIST if lists > mostly * sum(p.words for p in group) else PassageKind.PROSE


def _matter(section: Section, group: Sequence[_Piece]) -> DocumentPart:
    """Returns the licence for a passage of which at least half is legal text: a slide's line
    "Copyright, all rights reserved" does not make a licence of the slide."""
    if section.matter not in (DocumentPart.BODY, DocumentPart.FRONT):
        return section.matter
    legal = [piece for piece in group if any(word in piece.text.lower() for word in _LEGAL)]
    said = sum(word in " ".join(piece.text for piece in legal).lower() for word in _LEGAL)
    words = sum(piece.words for piece in group)
    if said > 1 and 2 * sum(piece.words for piece in legal) >= words:
        return DocumentPart.LICENCE
    return section.matter


_LEGAL = ("permission is granted", "all rights reserved", "warranty", "copyright (c)", "\u00a9")
MIN_MARKS = 3
MOSTLY = 0.5
# A blank inside a line with words, a box to tick, or a question in a list.
_BLANK = re.compile(r"_{3,}|\u2026{2,}|(?<!\.)\.{6,}(?!\.)")
_BOX = re.compile(r"\(\s*\)|\[\s*\]|[\u2610\u25a1\u25fb]|(?<!_)_{2,}\s*$")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_QUESTION = re.compile(r"[?\uff1f\u061f]\s*$")
_CHOICE = re.compile(r"\(?[a-fA-F][.)]\s+\S")
_FIRST_CHOICE = re.compile(r"\(?[aA][.)]\s+\S")
_ASKS_TO_CHOOSE = re.compile(rf"{_QUESTION.pattern}|_{{2,}}|\bfollowing\b", re.IGNORECASE)
MIN_ASKING = 0.3


def consists_of_exercises(rows: Sequence[str]) -> bool:
    """Whether most rows (lines, or items of lists) ask for something to be written or ticked.

    Lines of dots or dashes alone, to write notes on, do not count.
    """
    worded = [row for row in rows if _WORDS.search(row)]
    marks = sum(bool(_BLANK.search(row) or _BOX.search(row)) for row in worded)
    questions = sum(bool(_QUESTION.search(row)) for row in worded)
    if marks >= MIN_MARKS and marks + questions >= MOSTLY * len(worded):
        return True
    return _offers_choices(worded)


def _offers_choices(rows: Sequence[str]) -> bool:
    """Whether most rows are lettered choices of questions. Clauses of a rule have letters, too, but
    what stands before them asks nothing.
    """
    choices = sum(bool(_CHOICE.match(row)) for row in rows)
    stems = [before for before, row in pairwise(rows) if _FIRST_CHOICE.match(row)]
    asking = sum(bool(_ASKS_TO_CHOOSE.search(stem)) for stem in stems)
    enough = len(stems) >= MIN_MARKS and asking >= MIN_ASKING * len(stems)
    return enough and choices >= MOSTLY * len(rows)
