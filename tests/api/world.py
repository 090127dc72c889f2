"""One course of one teacher with everything in it, and the people who ask for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import PersonalToken
from accounts.services import make_token
from courses.models import (
    Course,
    CourseStatus,
    Figure,
    KeyTerm,
    Note,
    Passage,
    SourceDocument,
    Topic,
)
from courses.revisions import content_of, open_proposals, propose
from jobs.models import Job
from quizzes.models import Attempt, Card, Certificate, Question, Quiz
from quizzes.services import start_attempt
from tests.admin.rows import make_job
from tests.factories import make_course, make_editor, make_learner, make_teacher
from tests.pdfs import make_pdf
from webhooks.models import Delivery, Endpoint
from webhooks.signing import new_secret, seal

PEOPLE: dict[str, Callable[[], User] | None] = {
    "anonymous": None,
    "learner": make_learner,
    "other teacher": lambda: make_teacher("other"),
    "owner": lambda: User.objects.get(username="teacher"),
    "editor": make_editor,
}


@dataclass(frozen=True)
class World:
    course: Course
    job: Job
    attempt: Attempt

    @property
    def names(self) -> dict[str, object]:
        """What stands for the parts of an address in braces."""
        return {
            "slug": self.course.slug,
            "course": self.course.pk,
            # There is none of this course: tests of additions make theirs.
            "addition": 0,
            "document": _first(SourceDocument.objects),
            "module": _first(self.course.modules),
            "topic": _first(Topic.objects),
            "passage": _first(Passage.objects),
            "figure": _figure(self.course),
            "position": 1,
            "page": 1,
            "term": _first(KeyTerm.objects),
            "quiz": _first(Quiz.objects),
            "question": _first(Question.objects),
            "attempt": self.attempt.pk,
            "certificate": Certificate.objects.get().code,
            "job": self.job.pk,
            "token": _first(PersonalToken.objects),
            "webhook": _first(Endpoint.objects),
            "delivery": _first(Delivery.objects),
            "note": _first(Note.objects),
            "revision": _proposal(self.course),
            "card": _first(Card.objects),
        }


def _proposal(course: Course) -> int:
    """Returns a proposal for a topic of the course, made when it is first named."""
    open_one = open_proposals(course).first()
    topic = Topic.objects.filter(module__course=course).earliest("pk")
    return (open_one or propose(topic, content_of(topic))).pk


def _figure(course: Course) -> int:
    """Returns a figure of the course without a file, made when it is first named."""
    document = course.documents.get()
    figure, is_new = Figure.objects.get_or_create(
        document=document, position=1, defaults={"page": 1, "box": [0, 0, 1, 1]}
    )
    if is_new:
        figure.passages.set(document.passages.all())
    return figure.pk


def _first(rows: Any) -> object:
    number: object = rows.order_by("pk").values_list("pk", flat=True).first()
    return number


def make_world(status: CourseStatus = CourseStatus.DRAFT) -> World:
    teacher = make_teacher()
    course = make_course(owner=teacher, status=status)
    document = course.documents.get()
    document.file.save("rivers.pdf", ContentFile(make_pdf()))
    job = make_job(teacher, parameters={"course": course.pk}, kind="course")
    quiz = course.quizzes.order_by("pk")[0]
    make_token(user=make_learner("holder"), name="A token", scopes=["courses:read"], days=30)
    taker = make_learner("taker")
    taken = start_attempt(quiz=quiz, learner=taker)
    Certificate.objects.create(
        learner=taker, course=course, name="Tom Taker", course_title="Rivers"
    )
    make_webhook(teacher)
    topic = course.modules.earliest("pk").topics.earliest("pk")
    make_figure(topic)
    Note.objects.create(learner=taken.learner, topic=topic, text="My own words")
    Card.objects.create(
        learner=taken.learner, topic=topic, term=topic.key_terms.get().term, due=timezone.now()
    )
    return World(course, job, taken)


def make_figure(topic: Topic) -> Figure:
    """A picture that the topic's lesson shows."""
    passage = topic.citations.select_related("passage__document").get().passage
    figure = Figure(
        document=passage.document,
        position=1,
        page=1,
        box=[1000, 1000, 5000, 4000],
        number="1",
        caption="Figure 1: A spring.",
        width=160,
        height=80,
    )
    figure.file.save("one.webp", ContentFile(b"RIFF\x1a\0\0\0WEBPVP8 "))
    figure.passages.add(passage)
    return figure


def make_webhook(owner: User, **values: Any) -> Endpoint:
    """With a message that has arrived."""
    defaults = {
        "url": "https://1.1.1.1/hook",
        "events": ["attempt.submitted"],
        "sealed_secret": seal(new_secret()),
    }
    webhook = Endpoint.objects.create(owner=owner, **(defaults | values))
    make_delivery(webhook)
    return webhook


def make_delivery(webhook: Endpoint) -> Delivery:
    now = timezone.now()
    return Delivery.objects.create(
        endpoint=webhook,
        event="attempt.submitted",
        payload={"id": "1", "event": "attempt.submitted", "created_at": "", "data": {}},
        status="delivered",
        attempts=1,
        created_at=now,
        ended_at=now,
        response_status=200,
    )


def client(user: User | None = None) -> APIClient:
    api = APIClient()
    if user:
        api.force_login(user)
    return api


def person(name: str) -> APIClient:
    make = PEOPLE[name]
    return client(make() if make else None)
