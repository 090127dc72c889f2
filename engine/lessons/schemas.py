"""What a course engine is given and what it gives back; no ORM, no provider.

Passages are known by id only. An engine may use an id as a key and never for its value or
its order, so that the same file gives the same course in every database.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from engine.reading.document import DocumentPart, ExtractedDocument, PassageKind, PlaceUnit


class Verdict(StrEnum):
    """What a check found about a claim."""

    STATED = "stated"
    DERIVED = "derived"
    NOT_IN_SOURCE = "not_in_source"
    CONTRADICTED = "contradicted"
    NOT_CHECKED = "not_checked"


# What staff should compare with the source.
DOUBTFUL = (Verdict.NOT_IN_SOURCE, Verdict.CONTRADICTED)


class ClaimPlace(StrEnum):
    """Where in a lesson something is claimed."""

    SENTENCE = "sentence"
    CELL = "cell"
    TERM = "term"
    SUMMARY = "summary"


class CheckedBy(StrEnum):
    """Who gave a verdict: the rules, a model that did not write, or a person."""

    RULES = "rules"
    CRITIC = "critic"
    PERSON = "person"


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
    matter: DocumentPart = DocumentPart.BODY
    unit: PlaceUnit = PlaceUnit.PAGE


def unstored_passages(document: ExtractedDocument) -> tuple[SourcePassage, ...]:
    """Returns the passages of a document that is in no database; their ids are their positions."""
    return tuple(
        SourcePassage(
            id=one.position,
            document=1,
            position=one.position,
            page_from=one.page_from,
            page_to=one.page_to,
            label_from=one.label_from,
            label_to=one.label_to,
            heading_path=one.heading_path,
            text=one.text,
            kind=one.kind,
            matter=one.matter,
        )
        for one in document.passages
    )


class BloomLevel(StrEnum):
    """The levels of the revised Bloom taxonomy."""

    REMEMBER = "remember"
    UNDERSTAND = "understand"
    APPLY = "apply"
    ANALYSE = "analyse"
    EVALUATE = "evaluate"
    CREATE = "create"


class CourseLevel(StrEnum):
    """How much learners know before they begin."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class LessonLength(StrEnum):
    """How long each lesson is."""

    SHORT = "short"
    STANDARD = "standard"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What staff asked for before a course is made; empty where they left it to the engine.

    `focus` is what matters most to them, in their own words.
    """

    audience: str = ""
    prerequisites: str = ""
    level: CourseLevel | None = None
    length: LessonLength | None = None
    modules: int = 0
    focus: str = ""


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """`passage_ids` are what it is taught from; `supplement_ids` the exercises and the glossary
    that go with it, which are neither taught nor asked about."""

    title: str
    passage_ids: tuple[int, ...]
    supplement_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ModulePlan:
    """`levels` are the Bloom levels of the objectives, one for each."""

    title: str
    summary: str
    objectives: tuple[str, ...]
    topics: tuple[TopicPlan, ...]
    levels: tuple[BloomLevel, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """A curriculum. `notes` tell staff what was left out or guessed; `title`, `description`,
    `audience` and `prerequisites` are empty where the material does not give them."""

    modules: tuple[ModulePlan, ...]
    notes: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    audience: str = ""
    prerequisites: str = ""


@dataclass(frozen=True, slots=True)
class CitationDraft:
    """The words of a passage that a statement rests on."""

    passage_id: int
    quote: str


@dataclass(frozen=True, slots=True)
class KeyTermDraft:
    term: str
    definition: str
    passage_id: int


@dataclass(frozen=True, slots=True)
class ClaimDraft:
    """What a topic claims at one place: a sentence, the cells of a table's row, a key term.

    `citations` are the numbers it names, `evidence` is the sentence of the source nearest to it,
    `doubt` runs from 0 to 1, and `reason` tells staff why there is doubt, or how it follows.
    """

    place: ClaimPlace
    text: str
    citations: tuple[int, ...]
    verdict: Verdict
    evidence: str = ""
    reason: str = ""
    doubt: float = 0.0
    checked_by: CheckedBy = CheckedBy.RULES


@dataclass(frozen=True, slots=True)
class TopicDraft:
    """A written topic: Markdown in which `[^n]` refers to the nth citation, from 1.

    `claims` are what it says, each with a verdict, `flags` are remarks for reviewers, and
    `dropped_citations` counts citations of passages that the engine was not given.
    """

    content: str
    citations: tuple[CitationDraft, ...]
    key_terms: tuple[KeyTermDraft, ...] = ()
    claims: tuple[ClaimDraft, ...] = ()
    flags: tuple[str, ...] = ()
    dropped_citations: int = 0


@dataclass(frozen=True, slots=True)
class OutlineRequest:
    """`language` is the course's. If `source_language`, that of the passages, differs from it, the
    course is a translation."""

    title: str
    language: str
    passages: tuple[SourcePassage, ...]
    source_language: str = ""
    wishes: Wishes = Wishes()


@dataclass(frozen=True, slots=True)
class TopicRequest:
    """`before` are the titles of the lessons that learners have read, in order; `supplements` the
    exercises and the glossary that go with the topic; `instruction` is what a member of staff
    wants otherwise when a topic is written again. `kept_for_quiz` are places of exercises that
    quizzes ask (a passage's id, from, to): the lesson does not print them."""

    course_title: str
    module_title: str
    title: str
    language: str
    passages: tuple[SourcePassage, ...]
    source_language: str = ""
    instruction: str = ""
    supplements: tuple[SourcePassage, ...] = ()
    before: tuple[str, ...] = ()
    wishes: Wishes = Wishes()
    kept_for_quiz: tuple[tuple[int, int, int], ...] = ()


class CourseEngine(Protocol):
    """Writes courses. Calls may run side by side in one event loop.

    `topic_tokens` limits the passages for one topic: an engine with a number gets the passages
    that fit the topic best, an engine with None gets all that were planned.
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

    async def check_claims(self, draft: TopicDraft, request: TopicRequest) -> TopicDraft:
        """Returns a written topic with verdicts on claims that rules could not decide."""
        ...


# Below this the support score of a question's answer deserves a look.
WEAK_SUPPORT = 0.5
