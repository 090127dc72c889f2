"""Search in one course: cosine similarity from Chroma with BM25 added to it.

Each score is divided by its maximum, and BM25 counts three tenths. This sum found the right
passage more often than either score alone or than fusing the ranks.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from unicodedata import normalize

import bm25s

from common.outside_calls import outside_call
from courses.engines import index_embedder, vector_store
from courses.indexing import collection_name, index_course, indexed_text
from courses.models import Course, Passage, Topic
from courses.queries import source_passages
from engine.language.words import tokens
from engine.lessons.schemas import SourcePassage
from engine.llm.errors import AIError
from engine.llm.prompting import estimate_tokens
from engine.reading.document import DocumentPart
from engine.search.vectorstore import Hit, NoIndexError

BM25_WEIGHT = 0.3
CANDIDATES = 50
# A passage without any of the words is shown only if it is this near. With the model
# that comes with ProfAI, the similarity is 0.25 to 0.8 for what a text says in other words, and up
# to 0.2 for what it does not speak of.
NEAR = 0.25
# A passage from elsewhere in the course joins a topic only if it fits nearly as well as the best
# one, and only in the room that the planned ones leave.
FITS = 0.6
MOST_OTHERS = 4
NEAR_DUPLICATE = 0.8
# The document's own exercises and their answers are no sources of a lesson.
KEPT_APART = (DocumentPart.EXERCISES, DocumentPart.ANSWERS)
# The library sets itself to DEBUG, and would write lines for every search.
logging.getLogger("bm25s").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Found:
    passage: Passage
    score: float


def search_course(
    course: Course, query: str, limit: int = 10, *, taught: bool = False
) -> list[Found]:
    """Returns the passages that fit `query` best; those that fit nothing of it are left out.

    With `taught`, only passages that some topic was written from; all, if no topic names any.

    Raises AIError where the index does not answer, or OutsideBusyError.
    """
    query = normalize("NFC", query)  # as documents are read
    try:
        hits = _nearest(course, query)
    except NoIndexError:
        # A course of old data has texts of topics, and no documents that could be indexed.
        if Passage.objects.filter(document__course=course).exists():
            raise
        return []
    similarity = {int(hit.id): hit.similarity for hit in hits}
    candidates = Passage.objects.filter(pk__in=similarity, document__course=course)
    candidates = candidates.exclude(matter__in=KEPT_APART)
    planned = Topic.sources.through.objects.filter(topic__module__course=course)
    if taught and planned.exists():
        candidates = candidates.filter(pk__in=planned.values("passage"))
    ordered = candidates.select_related("document").order_by("document__position", "position")
    passages = list(ordered)
    if not passages:
        return []
    words = _bm25(passages, query)
    best = max(*similarity.values(), 1e-6)
    most = max(*words, 1e-6)
    found = [
        Found(passage, similarity[passage.pk] / best + BM25_WEIGHT * score / most)
        for passage, score in zip(passages, words, strict=True)
        if score > 0 or similarity[passage.pk] >= NEAR
    ]
    return sorted(found, key=lambda item: -item.score)[:limit]


def _nearest(course: Course, query: str) -> list[Hit]:
    with outside_call() as seconds:
        embedder = index_embedder(seconds)
        return vector_store().query(
            collection_name(course.pk),
            model=embedder.name,
            vector=embedder.embed([query])[0],
            limit=CANDIDATES,
            seconds=seconds,
        )


def _bm25(passages: list[Passage], query: str) -> list[float]:
    index = bm25s.BM25()
    texts = [indexed_text(passage.heading_path, passage.text) for passage in passages]
    index.index(bm25s.tokenize(texts, show_progress=False), show_progress=False)
    tokens = bm25s.tokenize(query, show_progress=False, return_ids=False)[0]
    known = [token for token in tokens if token in index.vocab_dict]
    return [float(score) for score in index.get_scores(known)] if known else [0.0] * len(texts)


def topic_passages(course: Course, topic: Topic, *, budget: int) -> tuple[SourcePassage, ...]:
    """Returns what a topic is written from: its planned passages, the best for its title first, up
    to `budget` tokens; then others of the course that fit it too. In reading order, without
    near-duplicates, at least one. Raises AIError where the index does not answer."""
    planned = source_passages(topic.sources.all())
    found = _search_or_index(course, f"{topic.module.title}: {topic.title}")
    scores = {item.passage.pk: item.score for item in found}
    best = max(scores.values(), default=0.0)
    others = [pk for pk, score in scores.items() if score >= FITS * best]
    others = [pk for pk in others if pk not in {p.id for p in planned}][:MOST_OTHERS]
    extra = source_passages(Passage.objects.filter(pk__in=others))
    ranked = [
        *sorted(planned, key=lambda p: -scores.get(p.id, 0.0)),
        *sorted(extra, key=lambda p: -scores[p.id]),
    ]
    passages = _distinct(ranked)
    chosen: list[SourcePassage] = []
    for passage in passages:
        budget -= estimate_tokens(passage.text)
        if chosen and budget < 0:
            break
        chosen.append(passage)
    return tuple(sorted(chosen, key=lambda p: (p.document, p.position)))


def _search_or_index(course: Course, query: str) -> list[Found]:
    """Searches the course; builds the index again if it is lost or another embedding
    model made it.
    """
    try:
        return search_course(course, query, CANDIDATES)
    except AIError as error:
        if not error.permanent:
            raise
    index_course(course)
    return search_course(course, query, CANDIDATES)


def _distinct(passages: Iterable[SourcePassage]) -> Iterator[SourcePassage]:
    kept: list[frozenset[str]] = []
    for passage in passages:
        words = frozenset(word.casefold() for word in tokens(passage.text))
        if not any(len(words & one) >= NEAR_DUPLICATE * len(words | one) for one in kept):
            kept.append(words)
            yield passage
