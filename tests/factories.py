"""Rows for tests: people in their roles, and a small written course with its quizzes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone

from courses.additions import suggest_places
from courses.models import (
    Citation,
    Claim,
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
from quizzes.models import Choice, Question, QuestionStatus, Quiz, QuizStatus

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
    asks_drafts: bool = True,
) -> Course:
    """A written course: topics with a citation and a key term, a quiz a module and a final one.

    Its questions are drafts, which learners are asked unless `asks_drafts` is False.
    """
    course = Course.objects.create(
        title=title,
        owner=owner,
        status=status,
        engine="extractive",
        model="extractive-1",
        published_at=timezone.now() if status == CourseStatus.PUBLISHED else None,
        asks_drafts=asks_drafts,
    )
    document = make_document(course)
    made = Module.objects.bulk_create(
        Module(
            course=course,
            position=week,
            title=f"Module {week}",
            summary=f"What module {week} is about.",
            objectives=[f"Explain part {week}."],
        )
        for week in range(1, modules + 1)
    )
    _make_topics(document, [(module, at) for module in made for at in range(1, topics + 1)])
    _make_quizzes(course, [*made, None], questions)
    return course


def make_addition(course: Course, *, topics: int = 1) -> Course:
    """What was made of a document that came later: two modules, whose lessons wait for a person."""
    made = make_course(f"Ice, added to {course.title}", owner=course.owner, topics=topics)
    Course.objects.filter(pk=made.pk).update(adds_to=course)
    made.refresh_from_db()
    made.documents.update(sha256="e" * 64)
    for number, topic in enumerate(Topic.objects.filter(module__course=made).order_by("pk")):
        topic.title = f"Glacier {chr(ord('a') + number)}"
        topic.save()
        topic.key_terms.all().delete()
    suggest_places(made)
    return made


def review_all(course: Course) -> Course:
    """Have a person approve all of it, so that nothing stands in the way of publishing."""
    Topic.objects.filter(module__course=course).update(status=TopicStatus.APPROVED)
    Question.objects.filter(quiz__course=course).update(status=QuestionStatus.APPROVED)
    course.description = "All about it."
    course.save()
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
    passage = _passage(document, document.passages.count() + 1, text, **values)
    passage.save()
    return passage


def _passage(document: SourceDocument, position: int, text: str, **values: Any) -> Passage:
    defaults = {
        "page_from": position,
        "page_to": position,
        "label_from": str(position),
        "label_to": str(position),
        "heading_path": ["Rivers", "Springs"],
    }
    return Passage(document=document, position=position, text=text, **(defaults | values))


def _make_topics(document: SourceDocument, places: list[tuple[Module, int]]) -> None:
    """A topic in each place, with a passage, a citation, a claim and a key term. Row by row they
    would be half of what many tests take."""
    names = [f"{module.position}.{position}" for module, position in places]
    quotes = [f"A spring is where groundwater {name} comes to the surface." for name in names]
    passages = Passage.objects.bulk_create(
        _passage(document, number, f"{quote} It feeds a stream.")
        for number, quote in enumerate(quotes, 1)
    )
    topics = Topic.objects.bulk_create(
        Topic(
            module=module,
            position=position,
            title=f"Topic {name}",
            content=f"{quote} [^1]\n\n- It is **cold**.",
            status=TopicStatus.WRITTEN,
            engine="extractive",
        )
        for (module, position), name, quote in zip(places, names, quotes, strict=True)
    )
    pairs = list(zip(topics, passages, quotes, strict=True))
    source = Topic.sources.through
    source.objects.bulk_create(source(topic=topic, passage=passage) for topic, passage, _ in pairs)
    Citation.objects.bulk_create(
        Citation(topic=topic, position=1, passage=passage, quote=quote)
        for topic, passage, quote in pairs
    )
    Claim.objects.bulk_create(
        Claim(
            topic=topic, position=1, place="sentence", text=quote, citations=[1], verdict="stated"
        )
        for topic, _, quote in pairs
    )
    KeyTerm.objects.bulk_create(
        KeyTerm(topic=topic, term=f"spring {name}", definition=quote, passage=passage)
        for (topic, passage, quote), name in zip(pairs, names, strict=True)
    )


def make_quiz(course: Course, module: Module | None, *, questions: int = 3) -> Quiz:
    """The right choice of the question at position n is the one at index n % 4; not shuffled."""
    return _make_quizzes(course, [module], questions)[0]


def _make_quizzes(course: Course, modules: list[Module | None], questions: int) -> list[Quiz]:
    quizzes = Quiz.objects.bulk_create(
        Quiz(
            course=course,
            module=module,
            title=f"Quiz: {module.title}" if module else f"Final quiz: {course.title}",
            status=QuizStatus.READY,
            shuffle=False,
        )
        for module in modules
    )
    topic = Topic.objects.filter(module__course=course).order_by("pk").first()
    passage = Passage.objects.filter(document__course=course).order_by("pk").first()
    made = Question.objects.bulk_create(
        _question(quiz, position, topic=topic, passage=passage)
        for quiz in quizzes
        for position in range(1, questions + 1)
    )
    Choice.objects.bulk_create(choice for question in made for choice in _choices(question))
    return quizzes


def make_question(quiz: Quiz, position: int, **values: Any) -> Question:
    question = _question(quiz, position, **values)
    question.save()
    Choice.objects.bulk_create(_choices(question))
    return question


def _question(quiz: Quiz, position: int, **values: Any) -> Question:
    defaults = {
        "kind": "definition",
        "stem": f"What is a spring, number {position}?",
        "explanation": "The source says so.",
        "quote": "A spring is where groundwater comes to the surface.",
        "support": 1.0,
    }
    return Question(quiz=quiz, position=position, **(defaults | values))


def _choices(question: Question) -> list[Choice]:
    return [
        Choice(
            question=question,
            position=index,
            text=f"Choice {question.position}.{index}",
            is_correct=index == question.position % 4,
        )
        for index in range(4)
    ]
