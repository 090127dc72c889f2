"""The modules of a course: the chapters of its documents, evened out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from courses.generation.extractive.segments import segments
from courses.generation.extractive.topics import MAX_WORDS, MIN_WORDS, WISHED_WORDS, topic_units
from courses.generation.extractive.tree import (
    Section,
    section_tree,
    without_wrappers,
    word_count,
)
from courses.generation.extractive.units import Part, Unit, merge_small
from courses.generation.phrases import phrases
from courses.generation.schemas import SourcePassage
from courses.generation.titles import clean_title, shortened

# A book may have so many modules, however short its chapters are...
_MODULES = 15
# ... and so many if it is thick.
_MOST_MODULES = 30
_WORDS_PER_MODULE = 5_000
# A module that is shorter joins its neighbour; a document that is shorter is one module.
_LEAST_WORDS = 600
_ONE_MODULE_WORDS = 2_000
# A chapter that is longer gives several modules.
_LONG_CHAPTER_WORDS = (10_000, 15_000)
_TOPICS_OF_HEADLESS = 5


@dataclass(frozen=True, slots=True)
class ModuleUnits:
    """A module before it has its summary; `title` is "" where no heading gives one."""

    title: str
    topics: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class _Chapter:
    section: Section
    parent: str

    def part(self) -> Part:
        return Part(clean_title(self.section.heading), tuple(self.section.passages), self.parent)


def module_units(passages: Sequence[SourcePassage], language: str) -> list[ModuleUnits]:
    """Cut the passages of all documents, which come in reading order, into modules."""
    total = max(1, word_count(passages))
    allowed = min(_MOST_MODULES, max(_MODULES, total // _WORDS_PER_MODULE))
    modules: list[ModuleUnits] = []
    for _, group in groupby(passages, key=lambda passage: passage.document):
        own = list(group)
        small = word_count(own) <= _ONE_MODULE_WORDS
        share = 1 if small else max(1, round(allowed * word_count(own) / total))
        modules += _document_modules(own, language, share)
    return modules


def _document_modules(
    passages: list[SourcePassage], language: str, share: int
) -> list[ModuleUnits]:
    root = without_wrappers(section_tree(passages))
    if not root.children:
        return _headless(root, share)
    if share == 1:
        return [ModuleUnits(_whole_title(root, language), tuple(topic_units(root, language)))]
    return _chapter_modules(root, language, share)


def _whole_title(root: Section, language: str) -> str:
    titles = tuple(Part(clean_title(s.heading), tuple(s.passages)) for s in root.children)
    return clean_title(root.heading) or Unit(titles).title(language)


def _headless(root: Section, share: int) -> list[ModuleUnits]:
    """Text without subheadings: topics where the subject changes, some of them a module."""
    groups = segments(root.own, wished=WISHED_WORDS, longest=MAX_WORDS)
    heading = clean_title(root.heading)
    topics = [Unit((Part("", tuple(group)),)) for group in groups]
    modules = max(1, min(share, round(len(topics) / _TOPICS_OF_HEADLESS)))
    edges = [round(len(topics) * n / modules) for n in range(modules + 1)]
    return [
        ModuleUnits(heading if modules == 1 else "", tuple(topics[edges[n] : edges[n + 1]]))
        for n in range(modules)
    ]


def _chapter_modules(root: Section, language: str, share: int) -> list[ModuleUnits]:
    least, most = _LONG_CHAPTER_WORDS
    words = word_count(root.passages)
    limit = min(most, max(least, 2 * words // share))
    chapters = _opened(root, limit, language, parent="")
    units = [Unit((chapter.part(),)) for chapter in chapters]
    mean = words // len(units)

    def siblings(first: Unit, second: Unit) -> bool:
        return first.parent == second.parent and first.words + second.words <= limit

    smallest = max(_LEAST_WORDS, mean // 5)
    units = merge_small(units, least_words=smallest, most_units=share, may_join=siblings)
    units = merge_small(
        units, least_words=_LEAST_WORDS, most_units=len(units), may_join=_of_one_chapter
    )
    units = merge_small(
        units, least_words=_LEAST_WORDS, most_units=share, may_join=lambda _a, _b: True
    )
    return list(_with_topics(units, chapters, language))


def _of_one_chapter(first: Unit, second: Unit) -> bool:
    return first.parent == second.parent != ""


def _with_topics(
    units: Sequence[Unit], chapters: Sequence[_Chapter], language: str
) -> list[ModuleUnits]:
    modules = []
    at = 0
    for unit in units:
        sections = [chapter.section for chapter in chapters[at : at + len(unit.parts)]]
        at += len(unit.parts)
        whole = sections[0] if len(sections) == 1 else Section("", [], sections)
        modules.append(ModuleUnits(_title(unit, language), tuple(topic_units(whole, language))))
    return modules


def _title(unit: Unit, language: str) -> str:
    title = unit.title(language)
    return shortened(f"{unit.parent}: {title}") if unit.parent and title else title


def _opened(section: Section, limit: int, language: str, *, parent: str) -> list[_Chapter]:
    """The chapters of a book, or the sections of a chapter that is too long for one module."""
    section = section.led_in(MIN_WORDS)
    chapters = []
    if section.own:
        title = phrases(language).introduction
        chapters.append(_Chapter(Section(title, section.own), parent))
    for child in section.children:
        if word_count(child.passages) > limit and len(child.children) > 1:
            chapters += _opened(child, limit, language, parent=clean_title(child.heading))
        else:
            chapters.append(_Chapter(child, parent))
    return chapters
