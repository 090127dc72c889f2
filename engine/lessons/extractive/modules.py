"""Cuts documents into modules and topics: small sections are joined, large ones cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from engine.lessons.extractive.sections import (
    Part,
    Section,
    Unit,
    merge_small,
    section_tree,
    without_wrappers,
    word_count,
)
from engine.lessons.extractive.segments import segments
from engine.lessons.phrases import phrases
from engine.lessons.schemas import SourcePassage
from engine.lessons.titles import clean_title, shortened

MAX_TOPIC_WORDS = 1_500
MAX_TOPICS = 8
MIN_TOPIC_WORDS = 140
WISHED_TOPIC_WORDS = 600


def topic_units(section: Section, language: str) -> list[Unit]:
    """Cuts a chapter into topics of at most MAX_TOPIC_WORDS words."""
    units = _units(section, language, is_module=True)
    units = merge_small(
        units, min_words=MIN_TOPIC_WORDS, max_units=len(units), may_join=_fit_and_belong
    )
    return merge_small(units, min_words=MIN_TOPIC_WORDS, max_units=MAX_TOPICS, may_join=_fit)


def _fit(first: Unit, second: Unit) -> bool:
    return first.words + second.words <= MAX_TOPIC_WORDS


def _fit_and_belong(first: Unit, second: Unit) -> bool:
    return first.parts[-1].parent == second.parts[0].parent and _fit(first, second)


def _units(section: Section, language: str, *, is_module: bool, parent: str = "") -> list[Unit]:
    title = clean_title(section.heading)
    whole = section.passages
    is_small = word_count(whole) <= MAX_TOPIC_WORDS
    if not section.children or (is_small and not is_module):
        return _cut(title, whole, parent)
    section = section.led_in(MIN_TOPIC_WORDS)
    opening = phrases(language).introduction if is_module else title
    units = _cut(opening or title, section.own, title) if section.own else []
    for child in section.children:
        units += _units(child, language, is_module=False, parent=title)
    return units


def _cut(title: str, passages: Sequence[SourcePassage], parent: str) -> list[Unit]:
    """Cuts long text that has no subheadings; the titles of the pieces need their key terms."""
    if word_count(passages) <= MAX_TOPIC_WORDS:
        return [Unit((Part(title, tuple(passages), parent),))]
    groups = segments(passages, wished=WISHED_TOPIC_WORDS, longest=MAX_TOPIC_WORDS)
    return [Unit((Part(title, tuple(group), parent),)) for group in groups]


# A book may have so many modules, however short its chapters are...
_MAX_MODULES = 15
# ... and so many if it is thick.
_MAX_MODULES_OF_THICK_BOOK = 30
_WORDS_PER_MODULE = 5_000
# A module that is shorter joins its neighbour; a document that is shorter is one module.
_MIN_MODULE_WORDS = 600
_MAX_WORDS_IN_ONE_MODULE = 2_000
# A chapter that is longer gives several modules.
_MAX_CHAPTER_WORDS = (10_000, 15_000)
_TOPICS_A_MODULE_WITHOUT_HEADINGS = 5


@dataclass(frozen=True, slots=True)
class ModuleUnits:
    """A module without its summary; `title` is "" if no heading gives one."""

    title: str
    topics: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class _Chapter:
    section: Section
    parent: str

    def part(self) -> Part:
        return Part(clean_title(self.section.heading), tuple(self.section.passages), self.parent)


def module_units(
    passages: Sequence[SourcePassage], language: str, *, wanted: int = 0
) -> list[ModuleUnits]:
    """Cuts the passages of all documents, given in reading order, into modules.

    `wanted` is the greatest number of modules, 0 for as many as the material gives; each document
    has at least one.
    """
    total = max(1, word_count(passages))
    allowed = min(_MAX_MODULES_OF_THICK_BOOK, max(_MAX_MODULES, total // _WORDS_PER_MODULE))
    allowed = wanted or allowed
    modules: list[ModuleUnits] = []
    for _, group in groupby(passages, key=lambda passage: passage.document):
        own = list(group)
        small = word_count(own) <= _MAX_WORDS_IN_ONE_MODULE
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
        parts = tuple(Part(clean_title(s.heading), tuple(s.passages)) for s in root.children)
        title = clean_title(root.heading) or Unit(parts).title(language)
        return [ModuleUnits(title, tuple(topic_units(root, language)))]
    return _chapter_modules(root, language, share)


def _headless(root: Section, share: int) -> list[ModuleUnits]:
    """Cuts text without subheadings where its subject changes; some topics make a module."""
    groups = segments(root.own, wished=WISHED_TOPIC_WORDS, longest=MAX_TOPIC_WORDS)
    heading = clean_title(root.heading)
    topics = [Unit((Part("", tuple(group)),)) for group in groups]
    modules = max(1, min(share, round(len(topics) / _TOPICS_A_MODULE_WITHOUT_HEADINGS)))
    edges = [round(len(topics) * n / modules) for n in range(modules + 1)]
    return [
        ModuleUnits(heading if modules == 1 else "", tuple(topics[edges[n] : edges[n + 1]]))
        for n in range(modules)
    ]


def _chapter_modules(root: Section, language: str, share: int) -> list[ModuleUnits]:
    least, most = _MAX_CHAPTER_WORDS
    words = word_count(root.passages)
    limit = min(most, max(least, 2 * words // share))
    chapters = _opened(root, limit, language, parent="")
    units = [Unit((chapter.part(),)) for chapter in chapters]
    mean = words // len(units)

    def siblings(first: Unit, second: Unit) -> bool:
        return first.parent == second.parent and first.words + second.words <= limit

    smallest = max(_MIN_MODULE_WORDS, mean // 5)
    units = merge_small(units, min_words=smallest, max_units=share, may_join=siblings)
    units = merge_small(
        units, min_words=_MIN_MODULE_WORDS, max_units=len(units), may_join=_of_one_chapter
    )
    units = merge_small(
        units, min_words=_MIN_MODULE_WORDS, max_units=share, may_join=lambda _a, _b: True
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
        title = unit.title(language)
        if unit.parent and title:
            title = shortened(f"{unit.parent}: {title}")
        modules.append(ModuleUnits(title, tuple(topic_units(whole, language))))
    return modules


def _opened(section: Section, limit: int, language: str, *, parent: str) -> list[_Chapter]:
    """Returns the chapters of a book; of a chapter too long for one module, its sections."""
    section = section.led_in(MIN_TOPIC_WORDS)
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
