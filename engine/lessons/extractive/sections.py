"""A document's sections as a tree, and the units that modules and topics are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from engine.language.words import word_count as words_in
from engine.lessons.schemas import SourcePassage
from engine.lessons.titles import joint_title

_NEARLY_ALL = 0.9


def word_count(passages: Sequence[SourcePassage]) -> int:
    return sum(words_in(passage.text) for passage in passages)


@dataclass(slots=True)
class Section:
    """A heading, the passages right under it, and its subsections."""

    heading: str
    own: list[SourcePassage] = field(default_factory=list)
    children: list[Section] = field(default_factory=list)

    def walk(self) -> Iterator[SourcePassage]:
        yield from self.own
        for child in self.children:
            yield from child.walk()

    def led_in(self, min_words: int) -> Section:
        """Returns the section with a short text before its subsections moved into the first one."""
        if not self.own or not self.children or word_count(self.own) >= min_words:
            return self
        first, *others = self.children
        opened = Section(first.heading, self.own + first.own, first.children)
        return Section(self.heading, [], [opened, *others])

    @property
    def passages(self) -> list[SourcePassage]:
        return list(self.walk())


def section_tree(passages: Sequence[SourcePassage]) -> Section:
    """Returns the sections of one document, whose passages come in reading order.

    A section that continues after another becomes two sections, so that the order of the tree is
    always that of the text.
    """
    root = Section("")
    stack = [root]
    for passage in passages:
        path = passage.heading_path
        shared = _shared(stack[1:], path)
        # `walk` gives a section's own text before its children. Text that comes after them needs a
        # section of its own, to stay in order.
        if shared == len(path) and shared and stack[shared].children:
            shared -= 1
        del stack[shared + 1 :]
        for heading in path[shared:]:
            section = Section(heading)
            stack[-1].children.append(section)
            stack.append(section)
        if stack[-1] is root and root.children:
            late = Section("")
            root.children.append(late)
            late.own.append(passage)
        else:
            stack[-1].own.append(passage)
    return _collapsed(root)


def _collapsed(section: Section) -> Section:
    """Merges each subsection without siblings into its parent.

    "Installation" that contains only "3. Installation" says the same thing twice.
    """
    while len(section.children) == 1 and section.heading:
        only = section.children[0]
        section = Section(section.heading, section.own + only.own, only.children)
    section.children = [_collapsed(child) for child in section.children]
    # Removes the letters of appendices: "A Sample session", "B Invoking R" in a row. A single such
    # letter may be an article or a name; followed by the next letter it is a number.
    letters = [child.heading[:1] if child.heading[1:2] == " " else "" for child in section.children]
    for child, before, own, after in zip(
        section.children, ["", *letters], letters, [*letters[1:], ""], strict=False
    ):
        if own and own.isupper() and (_next(own) == after or _next(before) == own):
            child.heading = child.heading[2:]
    return section


def _next(letter: str) -> str:
    return chr(ord(letter) + 1) if letter else "no letter"


def _shared(stack: Sequence[Section], path: Sequence[str]) -> int:
    count = 0
    for section, heading in zip(stack, path, strict=False):
        if section.heading != heading:
            break
        count += 1
    return count


def without_wrappers(root: Section) -> Section:
    """Returns the section below headings that hold nearly everything, such as a book's title."""
    while True:
        total = word_count(root.passages)
        large = [c for c in root.children if word_count(c.passages) > total * _NEARLY_ALL]
        if len(large) != 1 or not large[0].children[1:]:
            return root
        inner = large[0]
        before = root.own + [
            p for c in root.children[: root.children.index(inner)] for p in c.passages
        ]
        after = root.children[root.children.index(inner) + 1 :]
        root = Section(root.heading or inner.heading, before + inner.own, inner.children + after)


# A part that is smaller than this share of a merged unit does not show in its title.
_TITLE_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a unit; `title` is "" for text under no heading of its own.

    Its words are counted once, because merging needs them often.
    """

    title: str
    passages: tuple[SourcePassage, ...]
    parent: str = ""
    words: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", word_count(self.passages))


@dataclass(frozen=True, slots=True)
class Unit:
    parts: tuple[Part, ...]

    @property
    def passages(self) -> tuple[SourcePassage, ...]:
        return tuple(passage for part in self.parts for passage in part.passages)

    @property
    def words(self) -> int:
        return sum(part.words for part in self.parts)

    def title(self, language: str) -> str:
        """Returns the parts' titles joined, "" if no part has one."""
        titled = [part for part in self.parts if part.title]
        whole = sum(part.words for part in titled)
        large = [p for p in titled if p.words >= whole * _TITLE_SHARE]
        titles = [part.title for part in large or titled]
        return joint_title(titles, language) if titles else ""

    @property
    def parent(self) -> str:
        """Returns the title of the section that all parts belong to, "" if there are several."""
        parents = {part.parent for part in self.parts}
        return parents.pop() if len(parents) == 1 else ""

    def __add__(self, other: Unit) -> Unit:
        return Unit(self.parts + other.parts)


def merge_small(
    units: Sequence[Unit],
    *,
    min_words: int,
    max_units: int,
    may_join: Callable[[Unit, Unit], bool],
) -> list[Unit]:
    """Joins the smallest neighbours until none is too small and there are few enough.

    `may_join` says which neighbours may be joined; if it allows none, more than `max_units` stay.
    Pairs are kept by size, so that each of a book's thousands of sections is compared only with
    its neighbours of the moment.
    """
    merged: list[Unit | None] = list(units)
    words = [unit.words for unit in units]
    before = [at - 1 for at in range(len(units))]
    after = [at + 1 for at in range(len(units))]
    pairs = [(words[at] + words[at + 1], at, at + 1) for at in range(len(units) - 1)]
    heapify(pairs)
    left = len(units)
    while pairs:
        size, at, following = heappop(pairs)
        first, second = merged[at], merged[following]
        # A pair of which one has grown or gone was replaced by another.
        if first is None or second is None or size != words[at] + words[following]:
            continue
        is_wanted = left > max_units or min(words[at], words[following]) < min_words
        if not is_wanted or not may_join(first, second):
            continue
        merged[at], merged[following] = first + second, None
        words[at] = size
        left -= 1
        after[at] = after[following]
        if after[at] < len(merged):
            before[after[at]] = at
            heappush(pairs, (size + words[after[at]], at, after[at]))
        if before[at] >= 0:
            heappush(pairs, (words[before[at]] + size, before[at], at))
    return [unit for unit in merged if unit is not None]
