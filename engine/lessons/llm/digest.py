"""A document in few words: numbered sections with their headings and how they begin.

An outline is made from it, so it has to fit a prompt whatever the size of the book. Where it
does not, the beginnings are shortened first, then neighbouring sections are joined.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from engine.lessons.schemas import SourcePassage
from engine.llm.prompting import estimate_tokens
from engine.reading.document import PassageKind

# Words of a section's beginning that are shown, and words to which neighbours are joined.
_BEGINNINGS = (90, 60, 45, 30, 18, 10)
# Fewer words than this, without a sentence, are scraps: headers and footers, labels, single cells.
_SCRAP_WORDS = 12
_FIRST_JOINED_WORDS, _MAX_SECTION_WORDS = 300, 900
_MAX_HEADINGS = 4
_MIN_TO_SHOW_MIDDLE, _MIN_WORDS_SHOWN = 3, 30
_SENTENCE_END = re.compile(r"[.!?\u3002\u0964\u06d4\u061f](?=\s|$|[\"'\u201d\u2019)])")


@dataclass(frozen=True, slots=True)
class DigestSection:
    passages: tuple[SourcePassage, ...]

    @property
    def words(self) -> int:
        return sum(len(passage.text.split()) for passage in self.passages)

    @property
    def heading_path(self) -> tuple[str, ...]:
        """The headings that all of its passages share."""
        paths = [passage.heading_path for passage in self.passages]
        common = []
        for names in zip(*paths, strict=False):
            if len(set(names)) > 1:
                break
            common.append(names[0])
        return tuple(common)


@dataclass(frozen=True, slots=True)
class Digest:
    """`text` has one line for each section; section n is `sections[n - 1]`."""

    text: str
    sections: tuple[DigestSection, ...]


def digest(passages: Sequence[SourcePassage], *, budget: int) -> Digest:
    """Returns a digest of at most `budget` tokens, unless that is too few for some ten lines."""
    sections = _sections(passages)
    size = _FIRST_JOINED_WORDS
    while True:
        for beginning in _BEGINNINGS:
            text = "\n".join(
                _line(number, section, beginning)
                for number, section in enumerate(sections, start=1)
            )
            if estimate_tokens(text) <= budget:
                return Digest(text, tuple(sections))
        joined = _joined(sections, size)
        size *= 2
        if len(joined) == len(sections) == 1 or size > 10**8:
            return Digest(text, tuple(sections))
        sections = joined


def _sections(passages: Sequence[SourcePassage]) -> list[DigestSection]:
    """Returns the passages grouped by heading, long groups cut, without scraps."""
    sections: list[DigestSection] = []
    worth = [
        passage
        for passage in passages
        if len(passage.text.split()) >= _SCRAP_WORDS or _SENTENCE_END.search(passage.text)
    ] or list(passages)
    for _, group in groupby(worth, key=lambda p: (p.document, p.heading_path)):
        part: list[SourcePassage] = []
        for passage in group:
            if part and DigestSection((*part, passage)).words > _MAX_SECTION_WORDS:
                sections.append(DigestSection(tuple(part)))
                part = []
            part.append(passage)
        sections.append(DigestSection(tuple(part)))
    return sections


def _joined(sections: Sequence[DigestSection], size: int) -> list[DigestSection]:
    """Joins neighbouring sections of one document as long as they have at most `size` words."""
    joined: list[DigestSection] = []
    for section in sections:
        last = joined[-1] if joined else None
        same_document = last and last.passages[-1].document == section.passages[0].document
        if last and same_document and last.words + section.words <= size:
            joined[-1] = DigestSection((*last.passages, *section.passages))
        else:
            joined.append(section)
    return joined


def _line(number: int, section: DigestSection, beginning: int) -> str:
    first, last = section.passages[0], section.passages[-1]
    pages = f"{first.unit}s {first.label_from}-{last.label_to}"
    path = " > ".join(section.heading_path[-_MAX_HEADINGS:]) or "(no heading)"
    words = _shown(section, beginning)
    return f"[{number}] {pages} | {section.words} words | {path} | {words}"


def _shown(section: DigestSection, words: int) -> str:
    """Returns how a section begins and, where there is room, how its middle does.

    Sentences tell more of it than a table or a fragment at its beginning.
    """
    prose = [p for p in section.passages if p.kind in (PassageKind.PROSE, PassageKind.LIST)]
    whole = [p for p in prose if _SENTENCE_END.search(p.text)] or prose or [*section.passages]
    middle = whole[len(whole) // 2]
    if len(whole) < _MIN_TO_SHOW_MIDDLE or words < _MIN_WORDS_SHOWN:
        return " ".join(whole[0].text.split()[:words])
    first, second = words * 2 // 3, words // 3
    begins, goes_on = whole[0].text.split()[:first], middle.text.split()[:second]
    return f"{' '.join(begins)} \u2026 {' '.join(goes_on)}"
