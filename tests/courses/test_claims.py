"""The verdicts on what a topic says: stored when it is written, reset when a person edits it."""

from __future__ import annotations

from importlib import import_module
from typing import cast

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.db import connection
from rest_framework.test import APIClient

from courses.editing import edit_topic
from courses.models import Claim, Topic
from courses.queries import doubted_claims, review_tree
from courses.steps import checked
from engine.lessons.schemas import (
    ClaimDraft,
    ClaimPlace,
    CourseEngine,
    TopicDraft,
    TopicRequest,
    Verdict,
)
from engine.llm.errors import ProviderError
from jobs.errors import StepFailedError
from tests.factories import make_course, make_teacher

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher() -> User:
    return make_teacher()


@pytest.fixture
def topic(teacher: User) -> Topic:
    make_course(owner=teacher, modules=1, topics=1)
    return Topic.objects.get()


def verdicts(topic: Topic) -> list[tuple[str, str, str]]:
    rows = topic.claims.order_by("position")
    return [(claim.text, claim.verdict, claim.checked_by) for claim in rows]


def test_an_edit_resets_what_it_changes_and_keeps_the_rest(topic: Topic) -> None:
    (kept,) = topic.claims.all()
    edit_topic(topic=topic, title="T", content=f"{topic.content}\n\nIt carries much water. [^1]")
    assert verdicts(topic)[:2] == [
        (kept.text, "stated", "rules"),
        ("It carries much water.", "not_checked", "person"),
    ]
    assert topic.claims.get(position=2).citations == [1]
    assert topic.claims.filter(place="term").exists()


def test_a_lesson_may_say_the_same_twice(topic: Topic) -> None:
    (kept,) = topic.claims.all()
    twice = f"{topic.content}\n\n{topic.content}"
    edit_topic(topic=topic, title="T", content=twice)
    edit_topic(topic=topic, title="T", content=f"{twice}\n\nIt carries much water. [^1]")
    found = [one for one in verdicts(topic) if one[0] == kept.text]
    assert found == [(kept.text, "stated", "rules")] * 2


def test_a_new_title_changes_no_verdict(topic: Topic) -> None:
    before = verdicts(topic)
    edit_topic(topic=topic, title="Another", content=topic.content)
    assert verdicts(topic) == before


def test_doubted_claims_are_counted_by_topic(topic: Topic) -> None:
    for position, verdict in enumerate(Verdict, start=2):
        Claim.objects.create(
            topic=topic, position=position, place="sentence", text=verdict, verdict=verdict
        )
    assert [claim.verdict for claim in doubted_claims(topic)] == ["not_in_source", "contradicted"]
    (module,) = review_tree(topic.module.course)
    (shown,) = module.topics.all()
    assert vars(shown)["doubted"] == 2
    assert vars(shown)["citation_count"] == 1


def test_sentences_of_the_first_release_become_claims_that_nobody_checked(topic: Topic) -> None:
    Topic.objects.update(
        statements=[
            {"text": "Springs are cold.", "citations": [1], "support": 0.93},
            {"text": "The moon is far.", "citations": [], "support": 0.1},
        ]
    )
    Claim.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(import_module("courses.migrations.0011_claims").FILL)
    found = Claim.objects.order_by("position").values_list("text", "citations", "verdict")
    assert list(found) == [
        ("Springs are cold.", [1], "not_checked"),
        ("The moon is far.", [], "not_checked"),
    ]


class Away:
    """An engine whose critic cannot be asked."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def check_claims(self, *_: object) -> TopicDraft:
        raise self.error


@pytest.mark.parametrize(
    "error", [ProviderError("It is down.", permanent=True), StepFailedError("The budget is used.")]
)
def test_a_critic_that_is_away_costs_no_lesson(error: Exception) -> None:
    claim = ClaimDraft(ClaimPlace.SENTENCE, "Ice sinks.", (), Verdict.CONTRADICTED)
    written = TopicDraft("Ice sinks.", (), claims=(claim,))
    request = TopicRequest("C", "M", "Ice", "en", ())
    engine = cast("CourseEngine", Away(error))
    draft = async_to_sync(checked)(engine, written, request)
    assert draft.claims == (claim,)
    assert draft.flags == (
        "Its claims were checked by rules only: the model that checks was away.",
        "1 of 1 claims are doubted: compare them.",
    )


def test_the_api_still_answers_the_old_support(topic: Topic, teacher: User) -> None:
    client = APIClient()
    client.force_authenticate(teacher)
    course = topic.module.course
    answer = client.get(f"/api/courses/{course.slug}/topics/{topic.pk}/").json()
    assert [citation["support"] for citation in answer["citations"]] == [1.0]
