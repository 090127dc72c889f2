"""The rows of a course that was exported: what `quizzes.exports.course` wrote, backwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from courses.models import (
    Citation,
    Course,
    CourseStatus,
    DocumentStatus,
    KeyTerm,
    Module,
    Passage,
    SourceDocument,
    Topic,
)
from quizzes.exports.fields import (
    CHOICE,
    COURSE,
    DOCUMENT,
    MODULE,
    PASSAGE,
    QUESTION,
    QUIZ,
    TOPIC,
    made,
)
from quizzes.models import ASKED, Choice, Question, Quiz, QuizStatus

ROWS = 500  # of one INSERT

Data = Mapping[str, Any]


def make_course(data: Data, owner: Any) -> Course:
    """A draft of what a valid export holds. Its documents have no files, only their text."""
    course = made(Course, COURSE, data["course"], owner=owner, status=CourseStatus.DRAFT)
    course.save()
    rebuilt = _Rebuilt(course, _passages(course, data["documents"]))
    for part in data["modules"]:
        rebuilt.module(part)
    rebuilt.quiz(None, data["final_quiz"])
    for module, part in rebuilt.quizzes:
        rebuilt.quiz(module, part)
    return course


def _passages(course: Course, documents: Sequence[Data]) -> list[Passage]:
    rows = []
    for part in documents:
        document = made(
            SourceDocument, DOCUMENT, part, course=course, status=DocumentStatus.EXTRACTED
        )
        document.save()
        rows += [made(Passage, PASSAGE, one, document=document) for one in part["passages"]]
    return Passage.objects.bulk_create(rows, ROWS)


class _Rebuilt:
    """A course while it is made. Quizzes wait for all topics, which they may refer to."""

    def __init__(self, course: Course, passages: Sequence[Passage]) -> None:
        self._course, self._passages = course, passages
        self._topics: dict[tuple[int, int], Topic] = {}
        self.quizzes: list[tuple[Module, Data]] = []

    def module(self, data: Data) -> None:
        module = made(Module, MODULE, data, course=self._course)
        module.save()
        for one in data["topics"]:
            self._topics[module.position, one["position"]] = self._topic(module, one)
        if data["quiz"] is not None:
            self.quizzes.append((module, data["quiz"]))

    def _topic(self, module: Module, data: Data) -> Topic:
        topic = made(Topic, TOPIC, data, module=module)
        topic.save()
        topic.sources.add(*(self._passages[number] for number in data["sources"]))
        Citation.objects.bulk_create(
            Citation(**one | {"topic": topic, "passage": self._passages[one["passage"]]})
            for one in data["citations"]
        )
        KeyTerm.objects.bulk_create(
            KeyTerm(**one | {"topic": topic, "passage": self._passages[one["passage"]]})
            for one in data["key_terms"]
        )
        return topic

    def quiz(self, module: Module | None, data: Data | None) -> None:
        if data is None:
            return
        asked = any(one["status"] in ASKED for one in data["questions"])
        status = QuizStatus.READY if asked else QuizStatus.EMPTY
        quiz = made(Quiz, QUIZ, data, course=self._course, module=module, status=status)
        quiz.save()
        questions = Question.objects.bulk_create(
            [self._question(quiz, one) for one in data["questions"]], ROWS
        )
        Choice.objects.bulk_create(
            [
                made(Choice, CHOICE, choice, question=question)
                for question, one in zip(questions, data["questions"], strict=True)
                for choice in one["choices"]
            ],
            ROWS,
        )

    def _question(self, quiz: Quiz, data: Data) -> Question:
        passage = None if data["passage"] is None else self._passages[data["passage"]]
        topic = None if data["topic"] is None else self._topics[tuple(data["topic"])]
        return made(Question, QUESTION, data, quiz=quiz, topic=topic, passage=passage)
