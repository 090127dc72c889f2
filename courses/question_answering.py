"""Questions about a course, answered by a model from its passages, or by their own sentences."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unicodedata import normalize

import numpy as np
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from common.outside_calls import outside_call
from courses.engines import EXTRACTIVE, index_embedder, language_model
from courses.learner_queries import with_topics
from courses.models import AnsweredQuestion, Course, Passage
from courses.queries import in_reading_order
from courses.quotes import quotable_sentences
from courses.retrieval import search_course
from engine.language.words import stop_words, tokens
from engine.lessons.claims.reading import stem
from engine.lessons.llm.answering import WrittenAnswer, answer, draft_of
from engine.llm.errors import AIError
from engine.llm.streaming import Draft, current_draft, streamed
from engine.llm.usage import Usage, metered

logger = logging.getLogger(__name__)

PASSAGES = 6
SENTENCES = 3
# Meaning and words together say how near a sentence is; below NEAR it is better to say nothing.
MEANING, WORDS = 0.6, 0.4
NEAR = 0.35
# Who asks why is answered by a sentence that gives a reason, among others as near.
REASON = 0.1
_WHY = re.compile(
    r"\s*(?:why|warum|weshalb|wieso|pourquoi|por qu\u00e9|perch\u00e9|waarom)\b", re.I
)
_BECAUSE = re.compile(
    r"\b(?:because|since|due to|therefore|weil|denn|parce qu|car|porque|perch\u00e9|omdat)\b",
    re.I,
)
DAY = timedelta(days=1)
# A draft is shown again when it has grown by so many characters.
STEP = 40
_NEAREST = gettext_lazy("These sentences of the documents come nearest to your question.")
AWAY = gettext_lazy("No answer could be written just now.")
BROKEN_OFF = gettext_lazy("The answer broke off before its end and is not shown.")
USED_UP = gettext_lazy("You have had {most} written answers today, which is the limit.")


class DailyLimitError(Exception):
    """A person has used up the written answers of the day."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence that may answer, where it stands, and how near it is to the question (0 to 1)."""

    text: str
    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Answered:
    """`text` is Markdown in which `[^n]` refers to the nth of `passages`; "" where no model wrote,
    or where the material does not say, which is `is_silent`. `notice` tells the learner why
    sentences are shown instead of an answer. A draft is still being written and is not checked.
    """

    text: str
    passages: tuple[Passage, ...]
    quotes: tuple[Quote, ...]
    is_silent: bool = False
    notice: str | Promise = ""
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """What there is to answer a question from: passages, and their sentences that come nearest."""

    course: Course
    question: str
    passages: tuple[Passage, ...]
    quotes: tuple[Quote, ...]

    @property
    def can_be_written(self) -> bool:
        has_model = settings.COURSE_ENGINE != EXTRACTIVE and settings.LLM_ASK_DAILY > 0
        return bool(self.passages) and has_model

    def quoted(self, notice: str | Promise = "") -> Answered:
        """Returns the sentences, and why there is nothing else; without a reason and sentences
        the material does not say.
        """
        is_silent = not (notice or self.quotes)
        if notice and self.quotes:
            notice = format_lazy("{} {}", notice, _NEAREST)
        return Answered("", (), self.quotes, is_silent=is_silent, notice=notice)

    def answered(self, written: WrittenAnswer, *, is_draft: bool = False) -> Answered:
        by_key = {passage.pk: passage for passage in self.passages}
        used = tuple(by_key[passage.id] for passage in written.passages)
        is_silent = not (written.text or is_draft)
        return Answered(written.text, used, (), is_silent=is_silent, is_draft=is_draft)


def find_material(course: Course, question: str) -> Material:
    """Returns what the course teaches on a question, each passage with its lessons.

    Raises AIError where the index does not answer, or OutsideBusyError.
    """
    question = normalize("NFC", question)  # as documents are read
    with outside_call():
        found = [hit.passage for hit in search_course(course, question, PASSAGES, taught=True)]
        with_topics(course, found)
        return Material(course, question, tuple(found), _quotes(course, question, found))


def answer_question(course: Course, question: str, *, person: Any) -> Answered:
    """Answers from what is taught in the course: written by a model if there is one.

    Raises AIError where the index does not answer, or OutsideBusyError.
    """
    with outside_call():
        material = find_material(course, question)
        if not material.can_be_written:
            return material.quoted()
        return async_to_sync(_checked)(material, person)


async def stream_answer(material: Material, *, person: Any) -> AsyncGenerator[Answered]:
    """Yields drafts while a model writes, and then the answer as `answer_question` gives it.

    Who stops reading cancels the call; what it has cost until then is counted.
    """
    if not material.can_be_written:
        yield material.quoted()
        return
    loop, texts = asyncio.get_running_loop(), asyncio.Queue[str | None]()
    draft = Draft(lambda text: loop.call_soon_threadsafe(texts.put_nowait, text))
    given = in_reading_order(material.passages)

    async def write() -> Answered:
        try:
            with streamed(draft):
                return await _checked(material, person)
        finally:
            texts.put_nowait(None)

    work = asyncio.create_task(write())
    shown = WrittenAnswer("")
    try:
        while (text := await _latest(texts)) is not None:
            written = draft_of(text, given)
            has_grown = not 0 <= len(written.text) - len(shown.text) < STEP
            if has_grown or written.passages != shown.passages:
                shown = written
                yield material.answered(written, is_draft=True)
        yield await work
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


async def _latest(texts: asyncio.Queue[str | None]) -> str | None:
    """Waits for a text and returns the last of those that have come."""
    text = await texts.get()
    while text is not None and not texts.empty():
        text = texts.get_nowait()
    return text


async def _checked(material: Material, person: Any) -> Answered:
    """Returns the answer of a model; where it gives none, sentences and the reason."""
    course, draft = material.course, current_draft()
    try:
        with metered(_AskMeter(course, person)):
            async with asyncio.timeout(settings.LLM_ASK_SECONDS):
                written = await answer(
                    language_model(),
                    material.question,
                    in_reading_order(material.passages),
                    language=course.language,
                    source_language=course.source_language,
                )
    except (AIError, TimeoutError) as error:
        logger.warning("A question to course %s is answered by quotes: %s", course.pk, error)
        return material.quoted(BROKEN_OFF if draft and draft.text else AWAY)
    except DailyLimitError:
        return material.quoted(format_lazy(USED_UP, most=settings.LLM_ASK_DAILY))
    return material.answered(written)


class _AskMeter:
    """Counts a learner's answers and what they cost: in the course, and by person for a day."""

    def __init__(self, course: Course, person: Any) -> None:
        self._course, self._person = course, person

    async def allow(self) -> None:
        mine = AnsweredQuestion.objects.filter(
            person=self._person, created_at__gt=timezone.now() - DAY
        )
        if await mine.acount() >= settings.LLM_ASK_DAILY:
            raise DailyLimitError

    async def spend(self, usage: Usage) -> None:
        await sync_to_async(self._spend)(usage)

    @transaction.atomic
    def _spend(self, usage: Usage) -> None:
        used: dict[str, Any] = {
            "tokens_in": usage.tokens_in,
            "tokens_out": usage.tokens_out,
            "cost": usage.cost,
        }
        more = {name: F(name) + value for name, value in used.items()}
        if Course.objects.filter(pk=self._course.pk).update(calls=F("calls") + 1, **more):
            AnsweredQuestion.objects.create(
                course=self._course, person=self._person, calls=1, **used
            )


def _quotes(course: Course, question: str, passages: Sequence[Passage]) -> tuple[Quote, ...]:
    """Returns the sentences that are nearest to the question, the best first; none if none is near
    enough.
    """
    language = course.source_language or "en"
    sentences = [(s, p) for p in passages for s in quotable_sentences(p.text, language)]
    if not sentences:
        return ()
    with outside_call() as seconds:
        vectors = index_embedder(seconds).embed([question, *(text for text, _ in sentences)])
    meaning = np.clip(vectors[1:] @ vectors[0], 0, 1)
    wanted = _stems(question, language)
    shared = [len(wanted & _stems(text, language)) for text, _ in sentences]
    words = np.array(shared) / max(len(wanted), 1)
    # Of a question in another language than the documents' the words say nothing.
    scores = np.maximum(MEANING * meaning + WORDS * words, meaning)
    ranked = MEANING * meaning + WORDS * words
    if _WHY.match(question):
        ranked += np.array([REASON * bool(_BECAUSE.search(text)) for text, _ in sentences])
    best = np.argsort(-ranked, kind="stable")[:SENTENCES]
    return tuple(
        Quote(sentences[i][0], sentences[i][1], round(float(scores[i]), 3))
        for i in best
        if scores[i] >= NEAR
    )


def _stems(text: str, language: str) -> frozenset[str]:
    words = (word.casefold() for word in tokens(text))
    return frozenset(stem(word) for word in words if word not in stop_words(language))
