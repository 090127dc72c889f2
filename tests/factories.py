"""Rows for tests: people in their roles, and a small written course with its quizzes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone

from courses.models import (
    Citation,
    Course,
    CourseStatus,
    KeyTerm,
    Module,
    Passage,
    SourceDocument,
    Topic,
    TopicStatus,
)
from profai.roles import EDITORS, TEACHERS
from quizzes.models import Choice, Question, Quiz, QuizStatus

PASSWORD = "correct horse battery staple"  # noqa: S105 - for test accounts only


def make_learner(name: str = "learner") -> User:
    return User.objects.create_user(name, password=PASSWORD)


def make_teacher(name: str = "teacher") -> User:
    return _staff(name, TEACHERS)


def make_editor(name: str = "editor") -> User:
    return _staff(name, EDITORS)


def make_superuser(name: str = "chief") -> User:
    return User.objects.create_superuser(name, password=PASSWORD)


def _staff(name: str, group: str) -> User:
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


def give(user: User, codename: str) -> User:
    """Add a permission; the user is read anew, because permissions are cached on it."""
    user.user_permissions.add(Permission.objects.get(codename=codename))
    return User.objects.get(pk=user.pk)


def make_course(
    title: str = "Rivers",
    *,
    owner: User | None = None,
    status: CourseStatus = CourseStatus.DRAFT,
    modules: int = 2,
    topics: int = 2,
    questions: int = 3,
) -> Course:
    """A written course: topics with a citation and a key term, a quiz a module and a final one."""
    course = Course.objects.create(
        title=title,
        owner=owner,
        status=status,
        engine="extractive",
        model="extractive-1",
        published_at=timezone.now() if status == CourseStatus.PUBLISHED else None,
    )
    document = make_document(course)
    for week in range(1, modules + 1):
        module = Module.objects.create(
            course=course,
            position=week,
            title=f"Module {week}",
            summary=f"What module {week} is about.",
            objectives=[f"Explain part {week}."],
        )
        for position in range(1, topics + 1):
            _make_topic(module, position, document)
        make_quiz(course, module, questions=questions)
    make_quiz(course, None, questions=questions)
    return course


def make_document(course: Course, **values: Any) -> SourceDocument:
    position = course.documents.count() + 1
    defaults = {
        "file": f"documents/{course.pk}-{position}.pdf",
        "original_name": f"rivers-{position}.pdf",
        "sha256": f"{position:064x}",
        "bytes": 1000,
        "pages": 9,
        "language": "en",
    }
    return SourceDocument.objects.create(course=course, position=position, **(defaults | values))


def make_passage(document: SourceDocument, text: str, **values: Any) -> Passage:
    position = document.passages.count() + 1
    defaults = {
        "page_from": position,
        "page_to": position,
        "label_from": str(position),
        "label_to": str(position),
        "heading_path": ["Rivers", "Springs"],
    }
    return Passage.objects.create(
        document=document, position=position, text=text, **(defaults | values)
    )


def _make_topic(module: Module, position: int, document: SourceDocument) -> Topic:
    name = f"{module.position}.{position}"
    quote = f"A spring is where groundwater {name} comes to the surface."
    passage = make_passage(document, f"{quote} It feeds a stream.")
    topic = Topic.objects.create(
        module=module,
        position=position,
        title=f"Topic {name}",
        content=f"{quote} [^1]\n\n- It is **cold**.",
        status=TopicStatus.WRITTEN,
        engine="extractive",
    )
    topic.sources.add(passage)
    Citation.objects.create(topic=topic, position=1, passage=passage, quote=quote, support=1.0)
    KeyTerm.objects.create(topic=topic, term=f"spring {name}", definition=quote, passage=passage)
    return topic


def make_quiz(course: Course, module: Module | None, *, questions: int = 3) -> Quiz:
    """The right choice of the question at position n is the one at index n % 4."""
    title = f"Quiz: {module.title}" if module else f"Final quiz: {course.title}"
    quiz = Quiz.objects.create(course=course, module=module, title=title, status=QuizStatus.READY)
    topic = Topic.objects.filter(module__course=course).order_by("pk").first()
    passage = Passage.objects.filter(document__course=course).order_by("pk").first()
    for position in range(1, questions + 1):
        make_question(quiz, position, topic=topic, passage=passage)
    return quiz


def make_question(quiz: Quiz, position: int, **values: Any) -> Question:
    defaults = {
        "kind": "definition",
        "stem": f"What is a spring, number {position}?",
        "explanation": "The source says so.",
        "quote": "A spring is where groundwater comes to the surface.",
        "support": 1.0,
    }
    question = Question.objects.create(quiz=quiz, position=position, **(defaults | values))
    Choice.objects.bulk_create(
        Choice(
            question=question,
            position=index,
            text=f"Choice {position}.{index}",
            is_correct=index == position % 4,
        )
        for index in range(4)
    )
    return question
