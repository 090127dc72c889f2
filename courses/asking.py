"""Questions about a course, answered in its documents' own words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from courses.language.sentences import split_sentences
from courses.models import Course, Passage
from courses.retrieval import search_course
from profai.ai.indexing import index_embedder

PASSAGES = 5
SENTENCES = 3
# Below this a sentence has little to do with the question; it is better to say nothing.
NEAR = 0.35


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence that may answer, where it stands, and how near it is to the question (0 to 1)."""

    text: str
    passage: Passage
    score: float


def ask_course(course: Course, question: str) -> list[Quote]:
    """The sentences of the course that come nearest, the best first; none where nothing does.

    Raises AIError where the index does not answer.
    """
    sentences = [
        (sentence, found.passage)
        for found in search_course(course, question, limit=PASSAGES)
        for sentence in split_sentences(found.passage.text, course.source_language or "en")
    ]
    if not sentences:
        return []
    vectors = index_embedder().embed([question, *(sentence for sentence, _ in sentences)])
    scores = np.clip(vectors[1:] @ vectors[0], 0, 1)
    best = np.argsort(-scores, kind="stable")[:SENTENCES]
    return [
        Quote(sentences[i][0], sentences[i][1], round(float(scores[i]), 3))
        for i in best
        if scores[i] >= NEAR
    ]
