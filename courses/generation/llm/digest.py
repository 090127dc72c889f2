"""A document in few words: numbered sections with their headings and how they begin.

An outline is made from it, so it has to fit a prompt whatever the size of the book. Where it
does not, the beginnings are shortened first, then neighbouring sections are joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from courses.generation.schemas import SourcePassage
from profai.ai.tokens import estimate_tokens

# Words of a section's beginning that are shown, and words to which neighbours are joined.
_BEGINNINGS = (45, 30, 18, 10)
_SMALLEST, _LARGEST = 300, 900
_HEADINGS = 4


@dataclass(frozen=True, slots=True)
class DigestSection:
    passages: tuple[SourcePassage, ...]

    @property
    def words(self) -> int:
        return sum(len(passage.text.split()) for passage in self.passages)

    @property
    def heading_path(self) -> tuple[str, ...]:
        """The headings that all of its passages stand under."""
        paths = [passage.heading_path for passage in self.passages]
        common = []
        for names in zip(*paths, strict=False):
            if len(set(names)) > 1:
                break
            common.append(names[0])
        return tuple(common)


@dataclass(frozen=True, slots=True)
class Digest:
    """`text` has a line a section; section n is `sections[n - 1]`."""

    text: str
    sections: tuple[DigestSection, ...]


def digest(passages: Sequence[SourcePassage], *, budget: int) -> Digest:
    """`budget` is in tokens. A budget too small for ten lines or so is exceeded."""
    sections = _sections(passages)
    size = _SMALLEST
    while True:
        for beginning in _BEGINNINGS:
            text = _text(sections, beginning)
            if estimate_tokens(text) <= budget:
                return Digest(text, tuple(sections))
        joined = _joined(sections, size)
        size *= 2
        if len(joined) == len(sections) == 1 or size > 10**8:
            return Digest(text, tuple(sections))
        sections = joined


def _sections(passages: Sequence[SourcePassage]) -> list[DigestSection]:
    """Stretches under one heading, the long ones cut."""
    sections = []
    for _, group in groupby(passages, key=lambda p: (p.document, p.heading_path)):
        part: list[SourcePassage] = []
        for passage in group:
            if part and DigestSection((*part, passage)).words > _LARGEST:
                sections.append(DigestSection(tuple(part)))
                part = []
            part.append(passage)
        sections.append(DigestSection(tuple(part)))
    return sections


def _joined(sections: Sequence[DigestSection], size: int) -> list[DigestSection]:
    """Neighbours of one document joined up to `size` words, or two by two where they are long."""
    joined: list[DigestSection] = []
    for section in sections:
        last = joined[-1] if joined else None
        if last and _may_join(last, section) and last.words + section.words <= size:
            joined[-1] = DigestSection((*last.passages, *section.passages))
        else:
            joined.append(section)
    return joined


def _may_join(first: DigestSection, second: DigestSection) -> bool:
    return first.passages[-1].document == second.passages[0].document


def _text(sections: Sequence[DigestSection], beginning: int) -> str:
    return "\n".join(
        _line(number, section, beginning) for number, section in enumerate(sections, start=1)
    )


def _line(number: int, section: DigestSection, beginning: int) -> str:
    first, last = section.passages[0], section.passages[-1]
    pages = f"pages {first.label_from}-{last.label_to}"
    path = " > ".join(section.heading_path[-_HEADINGS:]) or "(no heading)"
    words = " ".join(first.text.split()[:beginning])
    return f"[{number}] {pages} | {section.words} words | {path} | {words}"
