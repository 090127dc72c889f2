"""Has the configured model write a small piece of each kind, exactly as a course does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar

from engine.lessons.llm.engine import LLMCourseEngine
from engine.lessons.schemas import (
    OutlineRequest,
    SourcePassage,
    TopicRequest,
    unstored_passages,
)
from engine.llm.client import LanguageModel
from engine.llm.configuration import LLMConfig
from engine.llm.errors import AIError, AnswerError
from engine.llm.probe import Tally
from engine.llm.reports import Finding, Report
from engine.llm.usage import metered
from engine.questions.llm.engine import LLMQuizEngine
from engine.questions.schemas import QuizRequest, QuizTopic
from engine.reading.extract import extract_document

T = TypeVar("T")

TITLE = "Water on Earth"
OUTLINE, LESSON, QUESTIONS = "outline", "lesson", "questions"
WANTED, ENOUGH = 3, 2  # questions, and how many of them have to be good
PASSAGES = 4  # of the lesson
# What a book of 100 pages becomes, in pieces like those that are written here.
BOOK_LESSONS, BOOK_QUESTIONS = 45, 120
MINUTE, HOUR = 60, 60  # seconds; minutes


def try_out(config: LLMConfig, sample: Path) -> Report:
    """Returns what the model made of the sample's notes, and what it is good for.

    It is asked for an outline, a lesson and three questions. One that cannot do a piece is not
    asked for the next. Raises nothing for what a provider does.
    """
    return asyncio.run(_Trial(config, unstored_passages(extract_document(sample))).report())


class _Trial:
    def __init__(self, config: LLMConfig, passages: tuple[SourcePassage, ...]) -> None:
        self._config, self._passages = config, passages
        self._model = LanguageModel(config)
        self._findings: list[Finding] = []
        self._seconds: dict[str, float] = {}

    async def report(self) -> Report:
        failure = None
        try:
            await self._write()
        except AIError as error:
            failure = error  # it is among the findings, too
        finally:
            await self._model.close()
        works = {finding.what for finding in self._findings if finding.works}
        return Report(
            is_ready=LESSON in works,
            sentence=self._verdict(works, failure),
            findings=tuple(self._findings),
        )

    async def _write(self) -> None:
        config = self._config
        engine = LLMCourseEngine(
            self._model, outline_tokens=config.outline_tokens, topic_tokens=config.topic_tokens
        )
        outline = await self._timed(
            OUTLINE, engine.outline(OutlineRequest(TITLE, "en", self._passages))
        )
        count = sum(len(module.topics) for module in outline.modules)
        self._found(OUTLINE, f"{len(outline.modules)} modules with {count} topics")
        module = outline.modules[0]
        topic = module.topics[0]
        own = tuple(one for one in self._passages if one.id in topic.passage_ids)[:PASSAGES]
        lesson = await self._timed(
            LESSON, engine.write_topic(TopicRequest(TITLE, module.title, topic.title, "en", own))
        )
        words = len(lesson.content.split())
        self._found(LESSON, f"{words} words with {len(lesson.citations)} sources")
        request = QuizRequest(
            title=module.title,
            language="en",
            size=WANTED,
            topics=(QuizTopic(1, topic.title, own, lesson.key_terms, lesson.content),),
        )
        quiz = await self._timed(
            QUESTIONS,
            LLMQuizEngine(self._model, batch_tokens=config.topic_tokens).write_quiz(request),
        )
        good = len(quiz.questions)
        self._found(QUESTIONS, f"{good} of {WANTED} could be asked", works=good >= ENOUGH)

    async def _timed(self, what: str, work: Awaitable[T]) -> T:
        """Returns what was written. Notes the error and raises it again if nothing was."""
        started, tally = time.monotonic(), Tally()
        try:
            with metered(tally):
                return await work
        except AIError as error:
            self._findings.append(Finding(what, works=False, detail=str(error)))
            raise
        finally:
            self._seconds[what] = time.monotonic() - started
            self._tally = tally

    def _found(self, what: str, detail: str, *, works: bool = True) -> None:
        used = self._tally.used
        written = sum(usage.tokens_out for usage in used)
        read = sum(usage.tokens_in for usage in used)
        seconds = self._seconds[what]
        cost = f"{len(used)} calls, {read} tokens in and {written} out, {seconds:.0f} s"
        self._findings.append(
            Finding(what, works, f"{detail}; {cost}", tokens_a_second=written / max(seconds, 0.001))
        )

    def _verdict(self, works: set[str], failure: AIError | None) -> str:
        if failure and not isinstance(failure, AnswerError):
            return f"The trial was not finished: {failure}"
        names = ", ".join(dict.fromkeys(name for _, name in self._config.models))
        if LESSON not in works:
            missed = "a lesson" if OUTLINE in works else "an outline"
            return (
                f"{names} is too small for courses: it could not write {missed}. Choose a larger "
                "model (docs/language-models.md), or none: ProfAI then makes courses from the "
                "documents' own sentences."
            )
        minutes = self._book_minutes()
        span = f"{minutes / HOUR:.1f} h" if minutes > HOUR else f"{max(minutes, 1):.0f} min"
        book = f"A book of 100 pages takes some {span}."
        if QUESTIONS not in works:
            return (
                f"{names} writes outlines and lessons but is too small for questions: staff would "
                f"have to write them. {book}"
            )
        return (
            f"{names} writes outlines, lessons and questions. {book} Read some before you trust it."
        )

    def _book_minutes(self) -> float:
        seconds = self._seconds
        pieces = (
            seconds[LESSON] * BOOK_LESSONS + seconds.get(QUESTIONS, 0) * BOOK_QUESTIONS / WANTED
        )
        side_by_side = 1 if self._config.is_local else self._config.concurrency
        return (seconds[OUTLINE] + pieces / side_by_side) / MINUTE
