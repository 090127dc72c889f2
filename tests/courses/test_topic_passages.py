"""What a topic is written from: the planned passages, others that fit, within a budget."""

from __future__ import annotations

import pytest
from pytest_django.fixtures import Settings

from courses.engines import vector_store
from courses.indexing import collection_name, index_course
from courses.models import Course, Module, Passage, Topic
from courses.retrieval import topic_passages
from engine.llm.errors import AIError
from tests.factories import make_document, make_passage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chroma")]

DELTA = "A delta forms where a river drops its sand at the sea."
AGAIN = "A delta forms where the river drops its sand at the sea."
MOUTH = "Where the river meets the sea, the delta splits it into arms of sand."
CATS = "Cats sleep most of the day and hunt at dusk."
MUSIC = "A string quartet has two violins, a viola and a cello."


@pytest.fixture
def topic() -> Topic:
    course = Course.objects.create(title="Rivers", engine="llm")
    document = make_document(course)
    for text in (MUSIC, DELTA, CATS, AGAIN, MOUTH):
        make_passage(document, text, heading_path=[])
    module = Module.objects.create(course=course, position=1, title="Rivers")
    topic = Topic.objects.create(module=module, position=1, title="How a delta forms at the sea")
    topic.sources.set(Passage.objects.filter(text__in=[DELTA, CATS]))
    index_course(course)
    return topic


def texts(topic: Topic, budget: int = 1000) -> list[str]:
    found = topic_passages(topic.module.course, topic, budget=budget)
    return [passage.text for passage in found]


def test_planned_ones_come_with_what_fits_as_well_in_reading_order(topic: Topic) -> None:
    assert texts(topic) == [DELTA, CATS, MOUTH]


def test_near_duplicates_are_taken_once(topic: Topic) -> None:
    topic.sources.set(Passage.objects.filter(text__in=[DELTA, AGAIN]))
    found = texts(topic)
    assert len({DELTA, AGAIN} & set(found)) == 1


def test_the_budget_takes_what_fits_best_first(topic: Topic) -> None:
    assert texts(topic, budget=20) == [DELTA]


def test_the_first_is_taken_even_over_the_budget(topic: Topic) -> None:
    assert texts(topic, budget=1) == [DELTA]


def test_nothing_comes_from_another_course(topic: Topic) -> None:
    other = Course.objects.create(title="Seas", engine="llm")
    make_passage(make_document(other), "A delta forms at the sea. How?", heading_path=[])
    index_course(other)
    assert texts(topic) == [DELTA, CATS, MOUTH]


def test_a_lost_index_is_built_again(topic: Topic) -> None:
    vector_store().delete_collection(collection_name(topic.module.course_id))
    assert texts(topic) == [DELTA, CATS, MOUTH]


def test_a_store_that_is_away_is_said_and_not_worked_around(
    topic: Topic, settings: Settings
) -> None:
    settings.CHROMA_PORT = 9
    with pytest.raises(AIError) as caught:
        texts(topic)
    assert not caught.value.permanent
