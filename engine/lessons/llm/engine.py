"""The course engine of a language model: asks, checks and converts the answers."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from engine.lessons.claims.lesson import lesson_says
from engine.lessons.document_parts import in_glossary, taught
from engine.lessons.llm import critic, outline, topics
from engine.lessons.llm.digest import digest
from engine.lessons.llm.prompts import course_size, outline_prompt, topic_prompt
from engine.lessons.llm.schemas import lesson_form, outline_form
from engine.lessons.schemas import Outline, OutlineRequest, TopicDraft, TopicRequest
from engine.lessons.supplements import with_supplements
from engine.llm.prompting import Asks
from engine.llm.providers import Task


class LLMCourseEngine:
    """Has `model` write; budgets are in tokens of document text for each call."""

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
        # A glossary goes with the lessons that use its terms, unless it is all there is.
        passages = [one for one in passages if not in_glossary(one)] or passages
        source = await asyncio.to_thread(digest, passages, budget=self._outline_tokens)
        modules, topics = course_size(request, source)
        # A wish is kept to; what the material suggests may be half as much or twice.
        allowed = (modules, modules) if request.wishes.modules else (1, 2 * modules)
        answer = await self._model.ask(
            Task.OUTLINE,
            outline_prompt(request, source),
            outline_form(len(source.sections), allowed, min(topics, outline.MAX_TOPICS_A_MODULE)),
            lambda answer: outline.complaints(answer, len(source.sections)),
        )
        plan = outline.outline(answer, source, notes, request.wishes)
        return replace(plan, modules=with_supplements(plan.modules, request.passages))

    async def write_topic(self, request: TopicRequest) -> TopicDraft:
        answer = await self._model.ask(
            Task.TOPIC,
            topic_prompt(request),
            lesson_form(len(request.passages), request.wishes.length),
            topics.complaints_of(request),
        )
        return await asyncio.to_thread(topics.topic_draft, answer, request)

    async def check_claims(self, draft: TopicDraft, request: TopicRequest) -> TopicDraft:
        """Returns the topic with the critic's verdicts. Raises AIError."""
        used = {citation.passage_id for citation in draft.citations}
        passages = [passage for passage in request.passages if passage.id in used]
        language = request.source_language or request.language
        terms = [(term.term, term.definition) for term in draft.key_terms]
        before = [one.before for one in lesson_says(draft.content, terms, request.language)]
        claims = await critic.judged(self._model, draft.claims, passages, language, before)
        return replace(draft, claims=tuple(claims))
