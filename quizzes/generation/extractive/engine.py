"""The quiz engine that asks from the text itself: no model, no network, the same every time."""

from __future__ import annotations

import asyncio

from quizzes.generation.extractive.forms import candidates
from quizzes.generation.extractive.material import Material, usable_passages
from quizzes.generation.extractive.readings import readings
from quizzes.generation.extractive.selection import select
from quizzes.generation.item_checks import balance_positions
from quizzes.generation.notes import shortfall
from quizzes.generation.schemas import QuizDraft, QuizRequest

MAX_REJECTED = 20


class ExtractiveQuizEngine:
    name = "extractive"
    model = ""
    uses_context = True

    async def write_quiz(self, request: QuizRequest) -> QuizDraft:
        """Computing takes seconds, so it runs in a thread and leaves the event loop free."""
        return await asyncio.to_thread(write_quiz, request)


def write_quiz(request: QuizRequest) -> QuizDraft:
    passages = [passage for passage, _ in usable_passages(request)]
    read = readings([passage.text for passage in passages], request.language)
    material = Material(request, read)
    texts = {passage.id: passage.text for passage in passages}
    chosen, rejected = select(list(candidates(material)), request, texts)
    return QuizDraft(
        questions=balance_positions(chosen),
        rejected=tuple(rejected[:MAX_REJECTED]),
        notes=shortfall(len(chosen), request.size),
    )
