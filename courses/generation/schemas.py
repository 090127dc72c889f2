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
class StatementDraft:
    """A sentence of a topic, the citations it names, and how well their passages carry it."""

    text: str
    citations: tuple[int, ...]
    support: float


@dataclass(frozen=True, slots=True)
class TopicDraft:
    """A written topic: Markdown in which `[^n]` refers to the nth citation, from 1.

    `statements` are its sentences as far as their support was measured, `flags` words for
    reviewers, and `dropped_citations` counts those that named nothing that was handed in.
    """

    content: str
    citations: tuple[CitationDraft, ...]
    key_terms: tuple[KeyTermDraft, ...] = ()
    statements: tuple[StatementDraft, ...] = ()
    flags: tuple[str, ...] = ()
    dropped_citations: int = 0


@dataclass(frozen=True, slots=True)
class OutlineRequest:
    """`language` is the course's; where it is not that of the passages, the course is a
    translation."""

    title: str
    language: str
    passages: tuple[SourcePassage, ...]
    source_language: str = ""


@dataclass(frozen=True, slots=True)
class TopicRequest:
    course_title: str
    module_title: str
    title: str
    language: str
    passages: tuple[SourcePassage, ...]
    source_language: str = ""


class CourseEngine(Protocol):
    """Writes courses. Calls may run side by side in one event loop.

    `topic_tokens` is what a topic may be handed: an engine that names a number gets the
    passages that fit its topic best, one that names none gets all that were planned.
    `translates` says whether it can write in another language than the documents'.
    """

    @property
    def name(self) -> str: ...

    @property
    def model(self) -> str: ...

    @property
    def topic_tokens(self) -> int | None: ...

    @property
    def translates(self) -> bool: ...

    async def outline(self, request: OutlineRequest) -> Outline: ...

    async def write_topic(self, request: TopicRequest) -> TopicDraft: ...
