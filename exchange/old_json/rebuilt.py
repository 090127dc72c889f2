"""Creates the rows of a course from what `exchange.course_files.course` wrote."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile

from courses.figures import FOLDER
from courses.models import (
    Citation,
    Claim,
    Course,
    CourseStatus,
    DocumentStatus,
    Figure,
    KeyTerm,
    Module,
    Passage,
    SourceDocument,
    Topic,
)
from courses.uploads import save_file
from engine.reading.document import PlaceUnit
from exchange.course_files.fields import (
    CHOICE,
    CLAIM,
    COURSE,
    DOCUMENT,
    FIGURE,
    FORMATTED,
    MODULE,
    MORE_OF_COURSE,
    MORE_OF_MODULE,
    PASSAGE,
    QUESTION,
    QUIZ,
    RULES_OF_QUIZ,
    TOPIC,
    given,
    made,
)
from quizzes.models import NOT_REJECTED, Choice, Question, Quiz, QuizStatus

ROWS = 500  # rows of one INSERT

Data = Mapping[str, Any]


def make_course(data: Data, owner: Any) -> Course:
    """Creates a draft from a valid export. Its documents have no files, only their text."""
    wishes = given(data["course"], MORE_OF_COURSE)
    course = made(Course, COURSE, data["course"], owner=owner, status=CourseStatus.DRAFT, **wishes)
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
            SourceDocument,
            DOCUMENT,
            part,
            course=course,
            status=DocumentStatus.EXTRACTED,
            address=part.get("address", ""),
        )
        document.save()
        rows += [
            made(Passage, PASSAGE, one, document=document, unit=one.get("unit", PlaceUnit.PAGE))
            for one in part["passages"]
        ]
    passages = Passage.objects.bulk_create(rows, ROWS)
    for part in documents:
        _figures(course.documents.get(position=part["position"]), part.get("figures", []))
    return passages


def _figures(document: SourceDocument, parts: Sequence[Data]) -> None:
    passages = dict(document.passages.values_list("position", "pk"))
    for part in parts:
        figure = made(Figure, FIGURE, part, document=document)
        if part["picture"]:
            figure.file = f"{FOLDER}/{uuid4()}.webp"
            # If the import is rolled back, the daily clean-up takes it away.
            save_file(figure.file.name or "", ContentFile(b64decode(part["picture"])))
        figure.save()
        figure.passages.set([passages[position] for position in part["passages"]])


class _Rebuilt:
    """A course while it is made. Quizzes wait for all topics, which they may refer to."""

    def __init__(self, course: Course, passages: Sequence[Passage]) -> None:
        self._course, self._passages = course, passages
        self._topics: dict[tuple[int, int], Topic] = {}
        self.quizzes: list[tuple[Module, Data]] = []

    def module(self, data: Data) -> None:
        more = given(data, MORE_OF_MODULE)
        module = made(Module, MODULE, data, course=self._course, **more)
        module.save()
        for one in data["topics"]:
            self._topics[module.position, one["position"]] = self._topic(module, one)
        if data["quiz"] is not None:
            self.quizzes.append((module, data["quiz"]))

    def _topic(self, module: Module, data: Data) -> Topic:
        topic = made(Topic, TOPIC, data, module=module)
        topic.save()
        topic.sources.add(*(self._passages[number] for number in data["sources"]))
        topic.supplements.add(*(self._passages[number] for number in data.get("supplements", ())))
        Claim.objects.bulk_create(
            made(Claim, CLAIM, one, topic=topic, position=position)
            for position, one in enumerate(data.get("claims", ()), start=1)
        )
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
        asked = any(one["status"] in NOT_REJECTED for one in data["questions"])
        status = QuizStatus.READY if asked else QuizStatus.EMPTY
        rules = given(data, RULES_OF_QUIZ)
        quiz = made(Quiz, QUIZ, data, course=self._course, module=module, status=status, **rules)
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
        other = {name: data[name] for name in FORMATTED if name in data}
        return made(Question, QUESTION, data, quiz=quiz, topic=topic, passage=passage, **other)
