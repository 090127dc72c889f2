"""What a learner is told after a quiz: where to read again, what to practise, what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from courses.lesson_html import QUOTE_LENGTH
from courses.models import Citation, Topic
from quizzes.models import Answer, Attempt, Quiz
from quizzes.progress import best_results
from quizzes.queries import visible_quizzes


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An answer, and the place in the lesson that it is about; "" where there is none."""

    answer: Answer
    topic: Topic | None
    lesson: str


@dataclass(frozen=True, slots=True)
class WeakTopic:
    topic: Topic
    lesson: str
    missed: int
    asked: int


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next in the course; `kind` says for which words the page has."""

    kind: str
    address: str
    title: str


def review_answers(answers: Sequence[Answer]) -> list[Reviewed]:
    """Returns the answers with the places to read again, in one query. The answers need
    `question__topic`.
    """
    questions = [answer.question for answer in answers if answer.question is not None]
    cited = Citation.objects.filter(
        topic__in={one.topic_id for one in questions if one.topic_id},
        passage__in={one.passage_id for one in questions if one.passage_id},
    ).order_by("-position")
    places = {(one.topic_id, one.passage_id): one.position for one in cited}
    return [_reviewed(answer, places) for answer in answers]


def _reviewed(answer: Answer, places: dict[tuple[int, int], int]) -> Reviewed:
    question = answer.question
    topic = question.topic if question else None
    if question is None or topic is None:
        return Reviewed(answer, None, "")
    place = places.get((topic.pk, question.passage_id or 0))
    address = reverse("topic-detail", args=[topic.pk])
    # The words that were frozen with the attempt: they are what the answer rests on.
    sought = {"quote": str(answer.asked.get("quote") or "")[:QUOTE_LENGTH], "source": place or ""}
    query = urlencode({name: value for name, value in sought.items() if value})
    return Reviewed(answer, topic, f"{address}?{query}#found" if query else address)


def weak_topics(reviewed: Iterable[Reviewed], *, answers_shown: bool) -> list[WeakTopic]:
    """Returns topics with missed questions, the weakest first.

    Each leads to the place in its lesson, or, where right answers are not shown yet, to the lesson:
    the words at that place are the answer.
    """
    by_topic: dict[int, list[Reviewed]] = {}
    for one in reviewed:
        if one.topic is not None:
            by_topic.setdefault(one.topic.pk, []).append(one)
    weak = []
    for found in by_topic.values():
        missed = [one for one in found if not one.answer.is_correct]
        topic = found[0].topic
        if missed and topic is not None:
            lesson = missed[0].lesson if answers_shown else reverse("topic-detail", args=[topic.pk])
            weak.append(WeakTopic(topic, lesson, len(missed), len(found)))
    return sorted(weak, key=lambda one: (-one.missed / one.asked, -one.missed, one.topic.pk))


def next_step(user: Any, attempt: Attempt) -> NextStep | None:
    """After a quiz that was passed: the next module, the next quiz, or the certificate.

    None where the course is not to be read any more, or the quiz was not passed.
    """
    if not attempt.passed:
        return None
    course = attempt.quiz.course
    quizzes = list(visible_quizzes(user).filter(course=course))
    results = best_results(user, quizzes)
    left = [quiz for quiz in quizzes if quiz.pk not in results or not results[quiz.pk].passed]
    if not left:
        return NextStep("certificate", reverse("certificate-get", args=[course.slug]), "")
    if attempt.quiz.module is None:
        module = None
    else:
        later = course.modules.filter(position__gt=attempt.quiz.module.position)
        module = later.order_by("position").first()
    if module is not None:
        topic = module.topics.order_by("position").first()
        if topic is not None:
            return NextStep("topic", reverse("topic-detail", args=[topic.pk]), topic.title)
    order = sorted(left, key=_place)
    return NextStep("quiz", order[0].get_absolute_url(), order[0].title)


def _place(quiz: Quiz) -> tuple[bool, int]:
    return quiz.module is None, quiz.module.position if quiz.module else 0
