"""A document's sections as a tree, in reading order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from courses.generation.schemas import SourcePassage

_NEARLY_ALL = 0.9


def word_count(passages: Sequence[SourcePassage]) -> int:
    return sum(len(passage.text.split()) for passage in passages)


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

    def led_in(self, least_words: int) -> Section:
        """The section with a short text before its subsections given to the first of them."""
        if not self.own or not self.children or word_count(self.own) >= least_words:
            return self
        first, *others = self.children
        opened = Section(first.heading, self.own + first.own, first.children)
        return Section(self.heading, [], [opened, *others])

    @property
    def passages(self) -> list[SourcePassage]:
        return list(self.walk())


def section_tree(passages: Sequence[SourcePassage]) -> Section:
    """The sections of one document, whose passages come in reading order.

    A section that is left and entered again becomes two sections, so that the order of
    the tree is always that of the text.
    """
    root = Section("")
    stack = [root]
    for passage in passages:
        path = passage.heading_path
        shared = _shared(stack[1:], path)
        # Text of a parent after its children would be read before them: open it anew.
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
    """The section with every only subsection merged into the heading above it.

    "Installation" that holds nothing but "3. Installation" says the same thing twice.
    """
    while len(section.children) == 1 and section.heading:
        only = section.children[0]
        section = Section(section.heading, section.own + only.own, only.children)
    section.children = [_collapsed(child) for child in section.children]
    return _without_letters(section)


def _without_letters(section: Section) -> Section:
    """Take the letters off appendices: "A Sample session", "B Invoking R" in a row.

    Alone such a letter may be an article or a name; beside its successor it is a number.
    """
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
    """Descend while a single heading holds nearly everything: a book's own title, say."""
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
