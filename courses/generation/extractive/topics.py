"""The topics of a module: its sections, the tiny joined and the huge cut."""

from __future__ import annotations

from collections.abc import Sequence

from courses.generation.extractive.segments import segments
from courses.generation.extractive.tree import Section, word_count
from courses.generation.extractive.units import Part, Unit, merge_small
from courses.generation.phrases import phrases
from courses.generation.schemas import SourcePassage
from courses.generation.titles import clean_title

MAX_WORDS = 1_500
MAX_TOPICS = 8
MIN_WORDS = 140
WISHED_WORDS = 600


def topic_units(section: Section, language: str) -> list[Unit]:
    """Cut a chapter into topics of at most MAX_WORDS words."""
    units = _units(section, language, is_module=True)
    units = merge_small(
        units, least_words=MIN_WORDS, most_units=len(units), may_join=_fit_and_belong
    )
    return merge_small(units, least_words=MIN_WORDS, most_units=MAX_TOPICS, may_join=_fit)


def _fit(first: Unit, second: Unit) -> bool:
    return first.words + second.words <= MAX_WORDS


def _fit_and_belong(first: Unit, second: Unit) -> bool:
    return first.parts[-1].parent == second.parts[0].parent and _fit(first, second)


def _units(section: Section, language: str, *, is_module: bool, parent: str = "") -> list[Unit]:
    title = clean_title(section.heading)
    whole = section.passages
    small_leaf = word_count(whole) <= MAX_WORDS and not (is_module and section.children)
    if small_leaf:
        return [Unit((Part(title, tuple(whole), parent),))]
    if not section.children:
        return _cut(title, whole, parent)
    section = section.led_in(MIN_WORDS)
    opening = phrases(language).introduction if is_module else title
    units = _opening(opening or title, section.own, title) if section.own else []
    for child in section.children:
        units += _units(child, language, is_module=False, parent=title)
    return units


def _opening(title: str, own: Sequence[SourcePassage], parent: str) -> list[Unit]:
    if word_count(own) <= MAX_WORDS:
        return [Unit((Part(title, tuple(own), parent),))]
    return _cut(title, own, parent)


def _cut(title: str, passages: Sequence[SourcePassage], parent: str) -> list[Unit]:
    """Cut text that no subheading parts; the pieces' titles need their key terms."""
    groups = segments(passages, wished=WISHED_WORDS, longest=MAX_WORDS)
    return [Unit((Part(title, tuple(group), parent),)) for group in groups]
