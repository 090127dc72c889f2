"""What is read of the case files and what a course makes of it, each read once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.lessons.extractive import ExtractiveCourseEngine
from engine.lessons.schemas import (
    KeyTermDraft,
    Outline,
    OutlineRequest,
    SourcePassage,
    TopicDraft,
    TopicRequest,
)
from engine.reading.document import DocumentPart, ExtractedDocument, PassageKind
from engine.reading.extract import extract_document

CASES = Path(__file__).parent / "cases"


@cache
def read(name: str) -> ExtractedDocument:
    return extract_document(CASES / f"{name}.pdf")


def headings(name: str) -> list[str]:
    """Returns the last heading of each passage, each once, in reading order."""
    return list(dict.fromkeys(p.heading_path[-1] for p in read(name).passages if p.heading_path))


def text(name: str, part: DocumentPart | None = None) -> str:
    """Returns the text of one part, or of the whole document."""
    passages = read(name).passages
    return "\n\n".join(p.text for p in passages if part is None or p.matter is part)


def tables(name: str) -> list[str]:
    return [p.text for p in read(name).passages if p.kind is PassageKind.TABLE]


@dataclass(frozen=True, slots=True)
class Course:
    outline: Outline
    topics: tuple[TopicDraft, ...]
    passages: tuple[SourcePassage, ...]

    @property
    def content(self) -> str:
        return "\n\n".join(topic.content for topic in self.topics)

    @property
    def titles(self) -> list[str]:
        return [topic.title for module in self.outline.modules for topic in module.topics]

    @property
    def key_terms(self) -> list[KeyTermDraft]:
        return [term for topic in self.topics for term in topic.key_terms]

    @property
    def cited(self) -> str:
        return "\n".join(c.quote for topic in self.topics for c in topic.citations)


@cache
def course(name: str) -> Course:
    return course_of(read(name))


def course_of(extracted: ExtractedDocument) -> Course:
    """Returns the course that the extractive engine makes of a document."""
    passages = tuple(
        SourcePassage(
            id=draft.position,
            document=1,
            position=draft.position,
            page_from=draft.page_from,
            page_to=draft.page_to,
            label_from=draft.label_from,
            label_to=draft.label_to,
            heading_path=draft.heading_path,
            text=draft.text,
            kind=draft.kind,
            matter=draft.matter,
        )
        for draft in extracted.passages
    )
    by_id = {passage.id: passage for passage in passages}
    engine = ExtractiveCourseEngine()

    async def make() -> Course:
        plan = await engine.outline(OutlineRequest("A course", extracted.language, passages))
        topics = [
            await engine.write_topic(
                TopicRequest(
                    "A course",
                    module.title,
                    topic.title,
                    extracted.language,
                    tuple(by_id[key] for key in topic.passage_ids),
                    supplements=tuple(by_id[key] for key in topic.supplement_ids),
                )
            )
            for module in plan.modules
            for topic in module.topics
        ]
        return Course(plan, tuple(topics), passages)

    return asyncio.run(make())
