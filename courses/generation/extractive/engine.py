"""The engine itself: the outline and the topics are computed in threads, not awaited."""

from __future__ import annotations

import asyncio

from courses.generation.extractive.curriculum import plan_course
from courses.generation.extractive.writing import write
from courses.generation.schemas import Outline, OutlineRequest, TopicDraft, TopicRequest


class ExtractiveCourseEngine:
    """Follows the documents' own structure and lets them speak in their own sentences."""

    name = "extractive"
    model = "extractive-1"
    topic_tokens = None
    translates = False

    async def outline(self, request: OutlineRequest) -> Outline:
        return await asyncio.to_thread(plan_course, request)

    async def write_topic(self, request: TopicRequest) -> TopicDraft:
        return await asyncio.to_thread(write, request)
