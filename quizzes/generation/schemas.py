"""What a quiz engine is given and what it gives back; no ORM, no provider."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from courses.generation.schemas import KeyTermDraft, SourcePassage


class Difficulty(StrEnum):
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class BloomLevel(StrEnum):
    """The levels of the revised Bloom taxonomy."""

    REMEMBER = "remember"
    UNDERSTAND = "understand"
    APPLY = "apply"
    ANALYSE = "analyse"
    EVALUATE = "evaluate"
    CREATE = "create"


class QuestionKind(StrEnum):
    DEFINITION = "definition"
    CLOZE = "cloze"
    TRUE_STATEMENT = "true_statement"
    OPEN_FORM = "open_form"
    # By a language model, in whatever form fits.
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A multiple-choice item with one right choice, and the words that prove it right.

    `feedback`, where an engine writes it, says for each choice why it is wrong, "" for the
    right one.
    """

    kind: QuestionKind
    stem: str
    choices: tuple[str, ...]
    correct: int
    explanation: str
    difficulty: Difficulty
    bloom: BloomLevel
    topic_id: int
    passage_id: int
    quote: str
    support: float
    feedback: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemIssue:
    """One failed check: a stable `code` and a sentence for staff."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class RejectedQuestion:
    question: QuestionDraft
    issues: tuple[ItemIssue, ...]


@dataclass(frozen=True, slots=True)
class QuizTopic:
    """A topic that may be asked about. `id` is a key, as for passages."""

    id: int
    title: str
    passages: tuple[SourcePassage, ...]
    key_terms: tuple[KeyTermDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question that another quiz of the course asks, and the passage it rests on."""

    stem: str
    passage_id: int | None = None


@dataclass(frozen=True, slots=True)
class QuizRequest:
    """`context` are passages of the rest of the course, for distractors only. `mix` holds the
    wished shares of difficulties; `source_language` is that of the passages. What is in `asked`
    is not to be asked again."""

    title: str
    language: str
    size: int
    topics: tuple[QuizTopic, ...]
    context: tuple[SourcePassage, ...] = ()
    asked: tuple[AskedQuestion, ...] = ()
    source_language: str = ""
    mix: tuple[tuple[Difficulty, float], ...] = ()

    @property
    def avoid_stems(self) -> tuple[str, ...]:
        return tuple(question.stem for question in self.asked)


@dataclass(frozen=True, slots=True)
class QuizDraft:
    """`questions` may be fewer than asked for; `notes` say why in words for staff."""

    questions: tuple[QuestionDraft, ...]
    rejected: tuple[RejectedQuestion, ...] = ()
    notes: tuple[str, ...] = ()


class QuizEngine(Protocol):
    """Writes quizzes. Calls may run side by side in one event loop.

    `uses_context` says whether it looks at the rest of the course.
    """

    @property
    def name(self) -> str: ...

    @property
    def model(self) -> str: ...

    @property
    def uses_context(self) -> bool: ...

    async def write_quiz(self, request: QuizRequest) -> QuizDraft: ...
