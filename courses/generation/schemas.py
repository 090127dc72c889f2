"""What a course engine is given and what it gives back; no ORM, no provider.

Passages are known by id only. An engine may use an id as a key and never for its value or
its order, so that the same file gives the same course in every database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from courses.ingestion.document import Matter, PassageKind


@dataclass(frozen=True, slots=True)
class SourcePassage:
    """A stored passage. `document` and `position` give the reading order."""

    id: int
    document: int
    position: int
    page_from: int
    page_to: int
    label_from: str
    label_to: str
    heading_path: tuple[str, ...]
    text: str
    kind: PassageKind = PassageKind.PROSE
    matter: Matter = Matter.BODY


@dataclass(frozen=True, slots=True)
class TopicPlan:
    title: str
    passage_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ModulePlan:
    title: str
    summary: str
    objectives: tuple[str, ...]
    topics: tuple[TopicPlan, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """A curriculum. `notes` tell staff what was left out or guessed."""

    modules: tuple[ModulePlan, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CitationDraft:
    """The words of a passage that a statement rests on; `support` runs from 0 to 1."""

    passage_id: int
    quote: str
    support: float


@dataclass(frozen=True, slots=True)
class KeyTermDraft:
    term: str
    definition: str
    passage_id: int


@dataclass(frozen=True, slots=True)
class TopicDraft:
    """A written topic: Markdown in which `[^n]` refers to the nth citation, from 1."""

    content: str
    citations: tuple[CitationDraft, ...]
    key_terms: tuple[KeyTermDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class OutlineRequest:
    title: str
    language: str
    passages: tuple[SourcePassage, ...]


@dataclass(frozen=True, slots=True)
class TopicRequest:
    course_title: str
    module_title: str
    title: str
    language: str
    passages: tuple[SourcePassage, ...]


class CourseEngine(Protocol):
    """Writes courses. Calls may run side by side in one event loop."""

    @property
    def name(self) -> str: ...

    @property
    def model(self) -> str: ...

    async def outline(self, request: OutlineRequest) -> Outline: ...

    async def write_topic(self, request: TopicRequest) -> TopicDraft: ...
