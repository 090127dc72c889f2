"""The engine itself: prompt, ask, check, and turn the answer into what the course needs."""

from __future__ import annotations

import asyncio

from courses.generation.llm import outline, topics
from courses.generation.llm.digest import digest
from courses.generation.llm.prompts import outline_prompt, topic_prompt
from courses.generation.llm.schemas import CourseOutline, WrittenTopic
from courses.generation.matter import taught
from courses.generation.schemas import Outline, OutlineRequest, TopicDraft, TopicRequest
from profai.ai.prompting import Asks
from profai.ai.providers import Task


class LLMCourseEngine:
    """Lets `model` write; budgets are in tokens of document text a call."""

    name = "llm"
    translates = True

    def __init__(self, model: Asks, *, outline_tokens: int, topic_tokens: int) -> None:
        self._model = model
        self._outline_tokens = outline_tokens
        self.topic_tokens = topic_tokens

    @property
    def model(self) -> str:
        return self._model.model_name(Task.TOPIC)

    async def outline(self, request: OutlineRequest) -> Outline:
        passages, notes = taught(request.passages)
        if not passages:
            return Outline((), tuple(notes))
        source = await asyncio.to_thread(digest, passages, budget=self._outline_tokens)
        answer = await self._model.ask(
            Task.OUTLINE,
            outline_prompt(request, source),
            CourseOutline,
            lambda answer: outline.complaints(answer, len(source.sections)),
        )
        return outline.outline(answer, source, notes)

    async def write_topic(self, request: TopicRequest) -> TopicDraft:
        answer = await self._model.ask(
            Task.TOPIC,
            topic_prompt(request),
            WrittenTopic,
            lambda answer: topics.complaints(answer, len(request.passages)),
        )
        return await asyncio.to_thread(topics.topic_draft, answer, request)
