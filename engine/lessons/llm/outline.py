"""Checks a model's outline and converts it; its topics name sections that exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from engine.language.words import normalise
from engine.lessons.llm.clean import plain_line
from engine.lessons.llm.digest import Digest
from engine.lessons.llm.schemas import CourseOutline, ModuleOutline
from engine.lessons.schemas import ModulePlan, Outline, TopicPlan, Wishes

MAX_MODULES = 40
MAX_TOPICS_A_MODULE = 25
MAX_TITLES_SHOWN = 6
# So many places with the same words show that a model fills in a form without a thought.
MAX_SAME = 3


def complaints(answer: CourseOutline, sections: int) -> list[str]:
    topics = [topic for module in answer.modules for topic in module.topics]
    if not topics:
        return ["Give each module at least one topic."]
    found = []
    if len(answer.modules) > MAX_MODULES:
        found.append(f"Plan at most {MAX_MODULES} modules.")
    if any(len(module.topics) > MAX_TOPICS_A_MODULE for module in answer.modules):
        found.append(f"Give a module at most {MAX_TOPICS_A_MODULE} topics.")
    if _says_one_thing(answer):
        found.append("Say of each module and objective what is taught there, in words of its own.")
    lost = [topic.title for topic in topics if not _known(topic.sections, sections)]
    if lost:
        names = "; ".join(lost[:MAX_TITLES_SHOWN])
        found.append(f"Name for these topics sections from 1 to {sections}: {names}.")
    return found


def _says_one_thing(answer: CourseOutline) -> bool:
    """Whether the same words stand in several places that are about different things, as a model
    writes that is too small for the task.
    """
    texts = [answer.description, answer.audience]
    for module in answer.modules:
        texts += [module.summary, *(objective.text for objective in module.objectives)]
    said = Counter(normalise(text) for text in texts if text.strip())
    return any(count >= MAX_SAME for count in said.values())


def _known(numbers: Sequence[int], sections: int) -> list[int]:
    return sorted({number for number in numbers if 1 <= number <= sections})


def outline(answer: CourseOutline, digest: Digest, notes: Sequence[str], wishes: Wishes) -> Outline:
    """Returns the plan; what staff said of the learners stands in their own words."""
    modules = tuple(_module(module, digest) for module in answer.modules if module.topics)
    return Outline(
        modules,
        (*notes, *_left_out(modules, digest)),
        title=plain_line(answer.title),
        description=plain_line(answer.description),
        audience=wishes.audience or plain_line(answer.audience),
        prerequisites=wishes.prerequisites or plain_line(answer.prerequisites),
    )


def _module(module: ModuleOutline, digest: Digest) -> ModulePlan:
    return ModulePlan(
        title=plain_line(module.title),
        summary=plain_line(module.summary),
        objectives=tuple(plain_line(objective.text) for objective in module.objectives),
        levels=tuple(objective.bloom for objective in module.objectives),
        topics=tuple(
            TopicPlan(
                plain_line(topic.title),
                tuple(
                    passage.id
                    for number in _known(topic.sections, len(digest.sections))
                    for passage in digest.sections[number - 1].passages
                ),
            )
            for topic in module.topics
        ),
    )


def _left_out(modules: Sequence[ModulePlan], digest: Digest) -> Iterator[str]:
    used = {id for module in modules for topic in module.topics for id in topic.passage_ids}  # noqa: A001
    unused = [s for s in digest.sections if used.isdisjoint(p.id for p in s.passages)]
    if unused:
        headings = dict.fromkeys(s.heading_path[-1] for s in unused if s.heading_path)
        names = "; ".join(list(headings)[:MAX_TITLES_SHOWN])
        yield (
            f"{len(unused)} of {len(digest.sections)} sections are in no topic"
            + (f", among them: {names}." if names else ".")
        )
