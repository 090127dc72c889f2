"""Questions about a course, answered by a model from its passages, or by their own sentences."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
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

from common.outside_calls import outside_call
from courses.engines import EXTRACTIVE, index_embedder, language_model
from courses.models import AnsweredQuestion, Course, Passage
from courses.queries import in_reading_order
from courses.retrieval import search_course
from engine.language.sentences import split_sentences
from engine.language.words import stop_words, tokens
from engine.lessons.claims.reading import stem
from engine.lessons.llm.answering import WrittenAnswer, answer
from engine.llm.errors import AIError
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
AWAY = (
    "No answer could be written just now. These sentences of the documents come nearest to your "
    "question."
)


class DailyLimitError(Exception):
    """A person has used up the written answers of the day."""

    def __init__(self) -> None:
        super().__init__(
            f"You have had {settings.LLM_ASK_DAILY} written answers today, which is the limit. "
            "These sentences of the documents come nearest to your question."
        )


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
    sentences are shown instead of an answer.
    """

    text: str
    passages: tuple[Passage, ...]
    quotes: tuple[Quote, ...]
    is_silent: bool = False
    notice: str = ""


def answer_question(course: Course, question: str, *, person: Any) -> Answered:
    """Answers from what is taught in the course: written by a model if there is one.

    Raises AIError where the index does not answer, or OutsideBusyError.
    """
    question = normalize("NFC", question)  # as documents are read
    with outside_call():
        found = [hit.passage for hit in search_course(course, question, PASSAGES, taught=True)]
        quotes = _quotes(course, question, found)
        if not found or settings.COURSE_ENGINE == EXTRACTIVE or not settings.LLM_ASK_DAILY:
            return Answered("", (), quotes, is_silent=not quotes)
        try:
            written = _written(course, question, found, person)
        except (AIError, TimeoutError) as error:
            logger.warning("A question to course %s is answered by quotes: %s", course.pk, error)
            return Answered("", (), quotes, is_silent=not quotes, notice=AWAY if quotes else "")
        except DailyLimitError as error:
            return Answered("", (), quotes, is_silent=not quotes, notice=str(error))
    by_key = {passage.pk: passage for passage in found}
    used = tuple(by_key[passage.id] for passage in written.passages)
    return Answered(written.text, used, (), is_silent=not written.text)


def _written(
    course: Course, question: str, passages: Sequence[Passage], person: Any
) -> WrittenAnswer:
    given = in_reading_order(passages)

    async def written() -> WrittenAnswer:
        async with asyncio.timeout(settings.LLM_ASK_SECONDS):
            return await answer(
                language_model(),
                question,
                given,
                language=course.language,
                source_language=course.source_language,
            )

    with metered(_AskMeter(course, person)):
        return async_to_sync(written)()


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
    sentences = [(s, p) for p in passages for s in split_sentences(p.text, language)]
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
