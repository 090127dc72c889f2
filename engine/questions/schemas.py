"""What a quiz engine is given and what it gives back; no ORM, no provider."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from engine.lessons.answer_keys import PrintedQuestion
from engine.lessons.schemas import BloomLevel, KeyTermDraft, SourcePassage
from engine.questions.formats import Body, QuestionFormat

# Questions have the levels that objectives have.
__all__ = ["BloomLevel"]


class Difficulty(StrEnum):
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class QuestionKind(StrEnum):
    """What a question was made of. Its form of answer is its `format`."""

    DEFINITION = "definition"
    CLOZE = "cloze"
    TABLE = "table"
    PROCEDURE = "procedure"
    LIST = "list"
    CHANGED_FACT = "changed_fact"
    NUMBER = "number"
    RULE = "rule"
    CONTRAST = "contrast"
    CODE = "code"
    # The document's own, with its own key.
    PRINTED = "printed"
    # Of the first release, whose questions are still there.
    TRUE_STATEMENT = "true_statement"
    OPEN_FORM = "open_form"
    # By a language model, in whatever form fits.
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question, and the words that prove its answer right.

    Without a `body` it is a single choice: `choices`, of which `correct` is right. `feedback`,
    where an engine writes it, says for each choice why it is wrong, "" for the right one. In any
    other format these three are empty, 0 and empty, and `body` holds all.
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
    body: Body | None = None
    objective: str = ""
    derived: str = ""
    notes: tuple[ItemIssue, ...] = ()

    @property
    def format(self) -> QuestionFormat:
        return self.body.format if self.body else QuestionFormat.SINGLE


@dataclass(frozen=True, slots=True)
class ItemIssue:
    """What a check found: a stable `code` and a sentence for staff.

    A note is a guess, shown beside the question. Anything else keeps the question from learners.
    """

    code: str
    message: str
    is_note: bool = False


def refusals(issues: Iterable[ItemIssue]) -> tuple[ItemIssue, ...]:
    """Returns the issues for which a question must not be asked."""
    return tuple(issue for issue in issues if not issue.is_note)


@dataclass(frozen=True, slots=True)
class RejectedQuestion:
    question: QuestionDraft
    issues: tuple[ItemIssue, ...]


@dataclass(frozen=True, slots=True)
class QuizTopic:
    """A topic that may be asked about. `id` is a key, as for passages. `lesson` is its Markdown,
    `printed` are the exercises that the document gives with it."""

    id: int
    title: str
    passages: tuple[SourcePassage, ...]
    key_terms: tuple[KeyTermDraft, ...] = ()
    lesson: str = ""
    printed: tuple[PrintedQuestion, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question of another quiz of the course, with the passage and the words it rests on."""

    stem: str
    passage_id: int | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class QuizRequest:
    """`context` are passages of the rest of the course, for distractors and for the reasons of
    printed answers. `mix` holds the wanted shares of difficulties; `source_language` is that of
    the passages. Questions in `asked` must not be asked again. `objectives` are what learners
    should be able to do; `formats` are those that may be used, and `instruction` is what a
    teacher wants otherwise when a question is made again. `beside` counts the questions that
    the quiz has besides those that are asked for. For the final quiz (`is_final`), what is left
    of the document's own questions comes back as not used."""

    title: str
    language: str
    size: int
    topics: tuple[QuizTopic, ...]
    context: tuple[SourcePassage, ...] = ()
    asked: tuple[AskedQuestion, ...] = ()
    source_language: str = ""
    mix: tuple[tuple[Difficulty, float], ...] = ()
    objectives: tuple[str, ...] = ()
    formats: tuple[QuestionFormat, ...] = tuple(QuestionFormat)
    instruction: str = ""
    beside: int = 0
    is_final: bool = False

    @property
    def avoid_stems(self) -> tuple[str, ...]:
        return tuple(question.stem for question in self.asked)


@dataclass(frozen=True, slots=True)
class QuizDraft:
    """`questions` may be fewer than wanted; `notes` tell staff why."""

    questions: tuple[QuestionDraft, ...]
    rejected: tuple[RejectedQuestion, ...] = ()
    notes: tuple[str, ...] = ()


class QuizEngine(Protocol):
    """Writes quizzes. Calls may run side by side in one event loop.

    `uses_context` says whether it needs passages of the rest of the course.
    """

    @property
    def name(self) -> str: ...

    @property
    def model(self) -> str: ...

    @property
    def uses_context(self) -> bool: ...

    async def write_quiz(self, request: QuizRequest) -> QuizDraft: ...
