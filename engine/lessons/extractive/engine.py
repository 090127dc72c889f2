"""The extractive course engine: plans an outline from the documents' own headings and terms."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from engine.language.terms import TermFinder
from engine.language.words import normalise
from engine.lessons.document_parts import course_title, in_glossary, taught
from engine.lessons.extractive.modules import ModuleUnits, module_units
from engine.lessons.extractive.naming import (
    description,
    distinctive_terms,
    summary,
    title_from_terms,
)
from engine.lessons.extractive.objectives import objectives
from engine.lessons.extractive.sections import Unit
from engine.lessons.extractive.writing import write
from engine.lessons.schemas import (
    ModulePlan,
    Outline,
    OutlineRequest,
    TopicDraft,
    TopicPlan,
    TopicRequest,
)
from engine.lessons.supplements import with_supplements
from engine.lessons.titles import shortened

_TERMS_IN_TITLE = 2
_TERMS_APART = 3


def plan_course(request: OutlineRequest) -> Outline:
    passages, notes = taught(request.passages)
    if not passages:
        return Outline((), tuple(notes))
    # A glossary goes with the lessons that use its terms, unless it is all there is.
    passages = [one for one in passages if not in_glossary(one)] or passages
    modules = module_units(passages, request.language, wanted=request.wishes.modules)
    if not any(passage.heading_path for passage in passages):
        notes.append(
            "The text has no headings: it was cut where its subject changes, and the titles "
            "were made of its most frequent terms."
        )
    plans = with_supplements(_plans(modules, request), request.passages)
    wishes = request.wishes
    return Outline(
        plans,
        tuple(notes),
        title=course_title(request.passages, request.language),
        description=description(
            [plan.title for plan in (plans if plans[1:] else plans[0].topics)], request.language
        ),
        audience=wishes.audience,
        prerequisites=wishes.prerequisites,
    )


def _plans(modules: Sequence[ModuleUnits], request: OutlineRequest) -> tuple[ModulePlan, ...]:
    language = request.language
    finder = TermFinder(language)
    titles = [module.title for module in modules]
    if not _all_differ(titles):
        groups = [[p for topic in module.topics for p in topic.passages] for module in modules]
        terms = distinctive_terms(groups, finder, _TERMS_APART)
        titles = [
            title or title_from_terms(own[:_TERMS_IN_TITLE], group, language)
            for title, own, group in zip(titles, terms, groups, strict=True)
        ]
        titles = _told_apart(titles, terms, language)
    return tuple(
        _plan(title, module, language, finder)
        for title, module in zip(titles, modules, strict=True)
    )


def _plan(title: str, module: ModuleUnits, language: str, finder: TermFinder) -> ModulePlan:
    topic_titles = _topic_titles(module.topics, title, language, finder)
    topics = tuple(
        TopicPlan(name, tuple(passage.id for passage in unit.passages))
        for name, unit in zip(topic_titles, module.topics, strict=True)
    )
    taught_here = [
        (name, unit.passages) for name, unit in zip(topic_titles, module.topics, strict=True)
    ]
    aims = objectives(taught_here, language)
    return ModulePlan(
        title,
        summary(topic_titles, language),
        tuple(aim.text for aim in aims),
        topics,
        tuple(aim.level for aim in aims),
    )


def _topic_titles(
    topics: Sequence[Unit], module_title: str, language: str, finder: TermFinder
) -> list[str]:
    titles = [topic.title(language) for topic in topics]
    if len(topics) == 1:
        return [titles[0] or module_title]
    if _all_differ(titles):
        return titles
    terms = distinctive_terms([topic.passages for topic in topics], finder, _TERMS_IN_TITLE)
    titles = [
        title or title_from_terms(own, topic.passages, language)
        for title, own, topic in zip(titles, terms, topics, strict=True)
    ]
    return _told_apart(titles, terms, language)


def _all_differ(titles: Sequence[str]) -> bool:
    """Whether each has a title, no two the same: then no terms are looked for in the texts."""
    return all(titles) and len({normalise(title) for title in titles}) == len(titles)


def _told_apart(titles: Sequence[str], terms: Sequence[Sequence[str]], language: str) -> list[str]:
    """Adds key terms to titles that occur more than once, or a number if that is not enough."""
    names = [normalise(title) for title in titles]
    counts = Counter(names)
    seen: set[str] = set()
    apart = []
    for title, name, own in zip(titles, names, terms, strict=True):
        longer = title
        if counts[name] > 1 and own:
            longer = shortened(f"{title}: {title_from_terms(own[:2], (), language)}")
        number = 2
        while normalise(longer) in seen:
            longer = f"{shortened(title)} ({number})"
            number += 1
        seen.add(normalise(longer))
        apart.append(longer)
    return apart


class ExtractiveCourseEngine:
    """Follows the structure of the documents and quotes their sentences; computes in threads."""

    name = "extractive"
    model = "extractive-1"
    topic_tokens = None
    translates = False

    async def outline(self, request: OutlineRequest) -> Outline:
        return await asyncio.to_thread(plan_course, request)

    async def write_topic(self, request: TopicRequest) -> TopicDraft:
        return await asyncio.to_thread(write, request)

    async def check_claims(self, draft: TopicDraft, request: TopicRequest) -> TopicDraft:  # noqa: ARG002 - the protocol's
        """Returns the topic as it is: what is quoted is stated."""
        return draft
