"""A course with its quizzes as one JSON object; `course.schema.json` says what is in it.

It holds what the course is, not what became of it here: no ids, owner, status, files or
attempts. The same content gives the same object, wherever it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Prefetch

from courses.models import (
    Citation,
    Course,
    CourseStatus,
    KeyTerm,
    Module,
    Passage,
    SourceDocument,
    Topic,
)
from courses.services import CourseStateError
from quizzes.exports.fields import (
    CHOICE,
    COURSE,
    DOCUMENT,
    FORMAT,
    MODULE,
    PASSAGE,
    QUESTION,
    QUIZ,
    TOPIC,
    VERSION,
    values,
)
from quizzes.models import Choice, Question, Quiz

Numbers = dict[int, int]
Places = dict[int, list[int]]


def export_course(course: Course) -> dict[str, Any]:
    """Raises CourseStateError for a course that is still being made."""
    if course.status == CourseStatus.GENERATING:
        raise CourseStateError("This course is still being made; export it when it is done.")
    passages = Prefetch("passages", Passage.objects.order_by("position"))
    documents = list(course.documents.order_by("position").prefetch_related(passages))
    modules = list(_modules(course))
    # Passages are named by their number in the file, topics by week and position.
    numbers = _numbered(documents)
    topics = {
        topic.pk: [module.position, topic.position]
        for module in modules
        for topic in module.topics.all()
    }
    quizzes = {quiz.module_id: _quiz(quiz, numbers, topics) for quiz in _quizzes(course)}
    return {
        "format": FORMAT,
        "version": VERSION,
        "course": values(course, COURSE),
        "documents": [_document(document) for document in documents],
        "modules": [_module(module, numbers, quizzes.get(module.pk)) for module in modules],
        "final_quiz": quizzes.get(None),
    }


def _modules(course: Course) -> Iterable[Module]:
    topics = Topic.objects.order_by("position").prefetch_related(
        "sources",
        Prefetch("citations", Citation.objects.order_by("position")),
        Prefetch("key_terms", KeyTerm.objects.order_by("term")),
    )
    return course.modules.order_by("position").prefetch_related(Prefetch("topics", topics))


def _quizzes(course: Course) -> Iterable[Quiz]:
    choices = Prefetch("choices", Choice.objects.order_by("position"))
    questions = Question.objects.order_by("position").prefetch_related(choices)
    return course.quizzes.prefetch_related(Prefetch("questions", questions))


def _numbered(documents: Iterable[SourceDocument]) -> Numbers:
    found = (passage.pk for document in documents for passage in document.passages.all())
    return {pk: number for number, pk in enumerate(found)}


def _document(document: SourceDocument) -> dict[str, Any]:
    passages = [values(passage, PASSAGE) for passage in document.passages.all()]
    return values(document, DOCUMENT) | {"passages": passages}


def _module(module: Module, numbers: Numbers, quiz: dict[str, Any] | None) -> dict[str, Any]:
    topics = [_topic(topic, numbers) for topic in module.topics.all()]
    return values(module, MODULE) | {"topics": topics, "quiz": quiz}


def _topic(topic: Topic, numbers: Numbers) -> dict[str, Any]:
    return values(topic, TOPIC) | {
        "sources": sorted(numbers[passage.pk] for passage in topic.sources.all()),
        "citations": list(_citations(topic, numbers)),
        "key_terms": [
            {
                "term": term.term,
                "definition": term.definition,
                "passage": numbers[term.passage_id],
            }
            for term in sorted(topic.key_terms.all(), key=lambda term: term.term)
        ],
    }


def _citations(topic: Topic, numbers: Numbers) -> Iterator[dict[str, Any]]:
    for citation in topic.citations.all():
        yield {
            "position": citation.position,
            "passage": numbers[citation.passage_id],
            "quote": citation.quote,
            "support": citation.support,
        }


def _quiz(quiz: Quiz, numbers: Numbers, topics: Places) -> dict[str, Any]:
    questions = [_question(question, numbers, topics) for question in quiz.questions.all()]
    return values(quiz, QUIZ) | {"questions": questions}


def _question(question: Question, numbers: Numbers, topics: Places) -> dict[str, Any]:
    """A topic or a passage of another course, which nothing here makes, is left out."""
    return values(question, QUESTION) | {
        "topic": topics.get(question.topic_id or 0),
        "passage": numbers.get(question.passage_id or 0),
        "choices": [values(choice, CHOICE) for choice in question.choices.all()],
    }
