"""Units: runs of passages with a title, from which modules and topics are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from courses.generation.extractive.tree import word_count
from courses.generation.schemas import SourcePassage
from courses.generation.titles import joint_title

# A part that is smaller than this share of a merged unit does not show in its title.
_TITLE_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a unit; `title` is "" for text under no heading of its own."""

    title: str
    passages: tuple[SourcePassage, ...]
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    parts: tuple[Part, ...]

    @property
    def passages(self) -> tuple[SourcePassage, ...]:
        return tuple(passage for part in self.parts for passage in part.passages)

    @property
    def words(self) -> int:
        return word_count(self.passages)

    def title(self, language: str) -> str:
        """The parts' titles together, "" if none has one."""
        titled = [part for part in self.parts if part.title]
        whole = sum(word_count(part.passages) for part in titled)
        large = [p for p in titled if word_count(p.passages) >= whole * _TITLE_SHARE]
        titles = [part.title for part in large or titled]
        return joint_title(titles, language) if titles else ""

    @property
    def parent(self) -> str:
        """The title of the section that all parts belong to, "" if they belong to several."""
        parents = {part.parent for part in self.parts}
        return parents.pop() if len(parents) == 1 else ""

    def __add__(self, other: Unit) -> Unit:
        return Unit(self.parts + other.parts)


def merge_small(
    units: Sequence[Unit],
    *,
    least_words: int,
    most_units: int,
    may_join: Callable[[Unit, Unit], bool],
) -> list[Unit]:
    """Join the smallest neighbours until none is too small and there are few enough.

    `may_join` says which neighbours may become one; where it forbids all, too many stay.
    """
    merged = list(units)
    while len(merged) > 1:
        pairs = [
            (first.words + second.words, at)
            for at, (first, second) in enumerate(pairwise(merged))
            if may_join(first, second)
            and (len(merged) > most_units or min(first.words, second.words) < least_words)
        ]
        if not pairs:
            break
        _, at = min(pairs)
        merged[at : at + 2] = [merged[at] + merged[at + 1]]
    return merged
