"""A course with its quizzes as one JSON object; `course.schema.json` says what is in it.

It holds what the course is, not what became of it here: no ids, owner, status, files or
attempts. The same content gives the same object in each installation.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from django.db.models import Prefetch

from courses.models import (
    Citation,
    Claim,
    Course,
    CourseStatus,
    Figure,
    KeyTerm,
    Module,
    Passage,
    SourceDocument,
    Topic,
)
from courses.services import CourseStateError
from engine.questions.formats import QuestionFormat
from engine.reading.document import PlaceUnit
from exchange.course_files.fields import (
    CHOICE,
    CLAIM,
    COURSE,
    DOCUMENT,
    FIGURE,
    FORMAT,
    FORMATTED,
    MODULE,
    MORE_OF_COURSE,
    MORE_OF_MODULE,
    PASSAGE,
    QUESTION,
    QUIZ,
    RULES_OF_QUIZ,
    TOPIC,
    VERSION,
    changed,
    more,
    values,
)
from quizzes.models import Choice, Question

Numbers = dict[int, int]
Places = dict[int, list[int]]


def export_course(course: Course) -> dict[str, Any]:
    """Raises CourseStateError for a course whose lessons are not all written yet."""
    if course.status in (CourseStatus.GENERATING, CourseStatus.OUTLINED):
        raise CourseStateError("This course is still being made; export it when it is done.")
    passages = Prefetch("passages", Passage.objects.order_by("position"))
    figures = Prefetch("figures", Figure.objects.order_by("position").prefetch_related("passages"))
    documents = list(course.documents.order_by("position").prefetch_related(passages, figures))
    modules = list(_modules(course))
    # Passages are named by their number in the file, topics by module and position.
    found = (passage.pk for document in documents for passage in document.passages.all())
    numbers = {pk: number for number, pk in enumerate(found)}
    topics = {
        topic.pk: [module.position, topic.position]
        for module in modules
        for topic in module.topics.all()
    }
    choices = Prefetch("choices", Choice.objects.order_by("position"))
    questions = Question.objects.order_by("position").prefetch_related(choices)
    quizzes = {
        quiz.module_id: values(quiz, QUIZ)
        | changed(quiz, RULES_OF_QUIZ)
        | {"questions": [_question(one, numbers, topics) for one in quiz.questions.all()]}
        for quiz in course.quizzes.prefetch_related(Prefetch("questions", questions))
    }
    return {
        "format": FORMAT,
        "version": VERSION,
        "course": values(course, COURSE) | more(course, MORE_OF_COURSE),
        "documents": [_document(document) for document in documents],
        "modules": [
            values(module, MODULE)
            | more(module, MORE_OF_MODULE)
            | {
                "topics": [_topic(topic, numbers) for topic in module.topics.all()],
                "quiz": quizzes.get(module.pk),
            }
            for module in modules
        ],
        "final_quiz": quizzes.get(None),
    }


def _modules(course: Course) -> Iterable[Module]:
    topics = Topic.objects.order_by("position").prefetch_related(
        "sources",
        "supplements",
        Prefetch("claims", Claim.objects.order_by("position")),
        Prefetch("citations", Citation.objects.order_by("position")),
        Prefetch("key_terms", KeyTerm.objects.order_by("term")),
    )
    return course.modules.order_by("position").prefetch_related(Prefetch("topics", topics))


def _document(document: SourceDocument) -> dict[str, Any]:
    """Returns a document's values. Without figures there is no list of them, as in files of earlier
    releases."""
    # Places are counted in pages where it does not say so, as in files of earlier releases.
    passages = [
        values(one, PASSAGE) | ({} if one.unit == PlaceUnit.PAGE else {"unit": one.unit})
        for one in document.passages.all()
    ]
    address = {"address": document.address} if document.address else {}
    figures = [_figure(figure) for figure in document.figures.all()]
    listed = {"figures": figures} if figures else {}
    return values(document, DOCUMENT) | address | {"passages": passages} | listed


def _figure(figure: Figure) -> dict[str, Any]:
    picture = ""
    if figure.file:
        with suppress(FileNotFoundError), figure.file.open("rb") as file:
            picture = b64encode(file.read()).decode()
    return values(figure, FIGURE) | {
        "passages": sorted(passage.position for passage in figure.passages.all()),
        "picture": picture,
    }


def _topic(topic: Topic, numbers: Numbers) -> dict[str, Any]:
    claims = [values(claim, CLAIM) for claim in topic.claims.all()]
    supplements = sorted(numbers[passage.pk] for passage in topic.supplements.all())
    more_of_it = {"claims": claims, "supplements": supplements}
    own = values(topic, TOPIC) | {name: part for name, part in more_of_it.items() if part}
    return own | {
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


def _question(question: Question, numbers: Numbers, topics: Places) -> dict[str, Any]:
    """Leaves out references to topics and passages of another course.

    A single choice has neither format nor body, as in files from before there were formats.
    """
    is_single = question.format == QuestionFormat.SINGLE
    return (
        values(question, QUESTION)
        | ({} if is_single else values(question, FORMATTED))
        | {
            "topic": topics.get(question.topic_id or 0),
            "passage": numbers.get(question.passage_id or 0),
            "choices": [values(choice, CHOICE) for choice in question.choices.all()],
        }
    )
