"""From a model's answer to a curriculum whose topics rest on sections that exist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from courses.generation.llm.clean import plain_line
from courses.generation.llm.digest import Digest
from courses.generation.llm.schemas import CourseOutline, ModuleOutline
from courses.generation.schemas import ModulePlan, Outline, TopicPlan

MOST_MODULES = 40
MOST_TOPICS = 25
SHOWN = 6


def complaints(answer: CourseOutline, sections: int) -> list[str]:
    topics = [topic for module in answer.modules for topic in module.topics]
    if not topics:
        return ["There is no topic."]
    found = []
    if len(answer.modules) > MOST_MODULES:
        found.append(f"There are more than {MOST_MODULES} modules.")
    if any(len(module.topics) > MOST_TOPICS for module in answer.modules):
        found.append(f"A module has more than {MOST_TOPICS} topics.")
    lost = [topic.title for topic in topics if not _known(topic.sections, sections)]
    if lost:
        found.append(
            f"These topics name no section from 1 to {sections}: {'; '.join(lost[:SHOWN])}."
        )
    return found


def _known(numbers: Sequence[int], sections: int) -> list[int]:
    return sorted({number for number in numbers if 1 <= number <= sections})


def outline(answer: CourseOutline, digest: Digest, notes: Sequence[str]) -> Outline:
    modules = tuple(_module(module, digest) for module in answer.modules if module.topics)
    return Outline(modules, (*notes, *_left_out(modules, digest)))


def _module(module: ModuleOutline, digest: Digest) -> ModulePlan:
    return ModulePlan(
        title=plain_line(module.title),
        summary=plain_line(module.summary),
        objectives=tuple(plain_line(objective) for objective in module.objectives),
        topics=tuple(
            TopicPlan(plain_line(topic.title), _passage_ids(topic.sections, digest))
            for topic in module.topics
        ),
    )


def _passage_ids(numbers: Sequence[int], digest: Digest) -> tuple[int, ...]:
    sections = [digest.sections[n - 1] for n in _known(numbers, len(digest.sections))]
    return tuple(passage.id for section in sections for passage in section.passages)


def _left_out(modules: Sequence[ModulePlan], digest: Digest) -> Iterator[str]:
    used = {id for module in modules for topic in module.topics for id in topic.passage_ids}  # noqa: A001
    unused = [s for s in digest.sections if used.isdisjoint(p.id for p in s.passages)]
    if unused:
        headings = dict.fromkeys(s.heading_path[-1] for s in unused if s.heading_path)
        names = "; ".join(list(headings)[:SHOWN])
        yield (
            f"{len(unused)} of {len(digest.sections)} sections are in no topic"
            + (f", among them: {names}." if names else ".")
        )
