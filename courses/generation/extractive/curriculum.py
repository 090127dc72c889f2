"""The outline of a course: what is taught, in which modules and topics, under which titles."""

from __future__ import annotations

from collections.abc import Sequence

from courses.generation.extractive.modules import ModuleUnits, module_units
from courses.generation.extractive.naming import distinctive_terms, title_from_terms
from courses.generation.extractive.objectives import objectives, summary
from courses.generation.extractive.units import Unit
from courses.generation.matter import taught
from courses.generation.schemas import ModulePlan, Outline, OutlineRequest, TopicPlan
from courses.generation.titles import shortened
from courses.language.words import normalise

_TERMS_IN_TITLE = 2
_TERMS_TO_DEFINE = 3


def plan_course(request: OutlineRequest) -> Outline:
    passages, notes = taught(request.passages)
    if not passages:
        return Outline((), tuple(notes))
    modules = module_units(passages, request.language)
    if not any(passage.heading_path for passage in passages):
        notes.append(
            "The text has no headings: it was cut where its subject changes, and the titles "
            "were made of its most frequent terms."
        )
    return Outline(_plans(modules, request), tuple(notes))


def _plans(modules: Sequence[ModuleUnits], request: OutlineRequest) -> tuple[ModulePlan, ...]:
    language = request.language
    groups = [[p for topic in module.topics for p in topic.passages] for module in modules]
    terms = distinctive_terms(groups, language, _TERMS_TO_DEFINE)
    titles = [
        module.title or title_from_terms(own[:_TERMS_IN_TITLE], group, language)
        for module, own, group in zip(modules, terms, groups, strict=True)
    ]
    titles = _told_apart(titles, terms, language)
    return tuple(
        _plan(title, module, own, language)
        for title, module, own in zip(titles, modules, terms, strict=True)
    )


def _plan(title: str, module: ModuleUnits, terms: list[str], language: str) -> ModulePlan:
    topic_titles = _topic_titles(module.topics, title, language)
    topics = tuple(
        TopicPlan(name, tuple(passage.id for passage in unit.passages))
        for name, unit in zip(topic_titles, module.topics, strict=True)
    )
    return ModulePlan(
        title,
        summary(topic_titles, language),
        objectives(topic_titles, terms, language),
        topics,
    )


def _topic_titles(topics: Sequence[Unit], module_title: str, language: str) -> list[str]:
    titles = [topic.title(language) for topic in topics]
    if len(topics) == 1:
        return [titles[0] or module_title]
    names = [normalise(title) for title in titles]
    if all(titles) and len(set(names)) == len(names):
        return titles
    terms = distinctive_terms([topic.passages for topic in topics], language, _TERMS_IN_TITLE)
    titles = [
        title or title_from_terms(own, topic.passages, language)
        for title, own, topic in zip(titles, terms, topics, strict=True)
    ]
    return _told_apart(titles, terms, language)


def _told_apart(titles: Sequence[str], terms: Sequence[Sequence[str]], language: str) -> list[str]:
    """Add the key terms to titles that come more than once, a number where that fails."""
    names = [normalise(title) for title in titles]
    seen: set[str] = set()
    apart = []
    for title, name, own in zip(titles, names, terms, strict=True):
        longer = title
        if names.count(name) > 1 and own:
            longer = shortened(f"{title}: {title_from_terms(own[:2], (), language)}")
        number = 2
        while normalise(longer) in seen:
            longer = f"{shortened(title)} ({number})"
            number += 1
        seen.add(normalise(longer))
        apart.append(longer)
    return apart
