"""Search over all courses of a learner."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.test import Client

from courses.indexing import index_course
from courses.lesson_html import words_pattern
from courses.models import Course, CourseStatus, Topic, searched_words
from courses.search import MAX_LESSONS, search_everything, snippet, words_of
from courses.study import add_note
from tests.factories import make_course, make_learner
from tests.pages.queries import count_queries
from tests.study.pages import topics_of

pytestmark = pytest.mark.django_db


def write(course: Course, text: str, number: int = 0, title: str = "") -> Topic:
    topic = topics_of(course)[number]
    topic.content, topic.title = text, title or topic.title
    topic.save()
    return topic


def titles(user: User, query: str) -> list[str]:
    return [hit.topic.title for hit in search_everything(user, query).lessons]


def test_all_courses_are_searched_and_words_are_marked(client: Client, course: Course) -> None:
    other = make_course("Cells", status=CourseStatus.PUBLISHED)
    write(course, "The **glacier** moves <slowly>.", title="Ice")
    write(other, "Nothing like glaciers here.", title="Membranes")
    html = client.get("/search/?q=glacier").text
    assert "The <mark>glacier</mark> moves &lt;slowly&gt;." in html
    assert "<mark>glaciers</mark>" in html
    assert "Rivers" in html
    assert "Cells" in html


def test_a_result_leads_to_the_place(client: Client, course: Course) -> None:
    topic = write(course, "First.\n\nThen a glacier.")
    assert f'href="/topics/{topic.pk}/?q=glacier#found"' in client.get("/search/?q=glacier").text
    lesson = client.get(f"/topics/{topic.pk}/?q=glacier").text
    assert '<mark id="found" tabindex="-1">glacier</mark>' in lesson
    assert "1 place with what you looked for" in lesson
    assert "is not in the text of this lesson" in client.get(f"/topics/{topic.pk}/?q=ice").text


@pytest.mark.parametrize("address", ["/search/?q=zzzz", "/courses/rivers/search/?q=zzzz"])
def test_nothing_is_found_for_nonsense(
    client: Client, course: Course, chroma: int, address: str
) -> None:
    index_course(course)
    html = client.get(address).text
    assert "Nothing found for “<bdi>zzzz</bdi>”" in html
    assert 'class="results"' not in html


def test_a_search_in_a_course_still_finds_passages(
    client: Client, course: Course, chroma: int
) -> None:
    index_course(course)
    html = client.get("/courses/rivers/search/?q=groundwater").text
    assert "In the documents" in html
    assert "<mark>groundwater</mark>" in html


def test_titles_weigh_more_and_forms_of_words_are_one(learner: User, course: Course) -> None:
    write(course, "It is about rain, rain and rain.", 0, "Weather")
    write(course, "Of clouds.", 1, "Raining")
    assert titles(learner, "rains")[0] == "Raining"
    assert set(titles(learner, "rains")) == {"Weather", "Raining"}


def test_all_words_are_wanted_then_some(learner: User, course: Course) -> None:
    write(course, "The delta of a stream.", 0, "Both")
    write(course, "Only a delta.", 1, "One")
    assert titles(learner, "delta stream") == ["Both"]
    found = search_everything(learner, "delta volcano")
    assert found.is_partial
    assert {hit.topic.title for hit in found.lessons} == {"Both", "One"}


def test_other_scripts_are_found(learner: User, course: Course) -> None:
    write(course, "नदियाँ पहाड़ों से निकलती हैं।", 0, "हिन्दी")
    write(course, "河川の水は海へ流れる。", 1, "日本語")
    assert titles(learner, "नदियाँ") == ["हिन्दी"]
    assert titles(learner, "पहाड़") == ["हिन्दी"]
    assert titles(learner, "水") == ["日本語"]
    assert titles(learner, "水 delta") == ["日本語"]


def test_terms_and_own_notes_are_found(client: Client, learner: User, course: Course) -> None:
    topic = topics_of(course)[0]
    add_note(learner=learner, topic=topic, text="Ask about tsunamis")
    add_note(learner=make_learner("ann"), topic=topic, text="tsunamis of ann")
    html = client.get("/search/?q=tsunami").text
    assert "Ask about <mark>tsunamis</mark>" in html
    assert "of ann" not in html
    assert "/courses/rivers/glossary/#term-" in client.get("/search/?q=spring").text


def test_drafts_are_not_searched(learner: User, course: Course) -> None:
    write(make_course("Draft"), "A secret volcano.")
    assert not search_everything(learner, "volcano").count


@pytest.mark.parametrize(
    "query", ["'", "\\", "a & b | !c", "':*", "<->", "%", "_", "()", "the", "\0x", "x" * 900, "€"]
)
def test_whatever_is_typed_is_answered(client: Client, course: Course, query: str) -> None:
    assert client.get("/search/", {"q": query}).status_code == 200


def test_a_long_list_says_that_there_is_more(client: Client) -> None:
    big = make_course("Big", status=CourseStatus.PUBLISHED, modules=3, topics=8)
    result = search_everything(make_learner("ann"), "groundwater")
    assert len(result.lessons) == MAX_LESSONS
    assert result.has_more
    assert "There are more." in client.get("/search/?q=groundwater").text
    assert big.pk


def test_a_search_by_words_reads_the_index() -> None:
    make_course()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    query = SearchQuery("'rain':*", config="simple", search_type="raw")
    plan = (
        Topic.objects.alias(searched=searched_words()).filter(searched=query).order_by().explain()
    )
    assert "topic_searched" in plan


def test_a_snippet_is_cut_at_words_around_the_first_match() -> None:
    text = f"{'before ' * 60}the needle {'after ' * 60}"
    shown = snippet(text, words_pattern(["needle"]))
    assert shown.startswith("… ")
    assert shown.endswith("after …")
    assert "<mark>needle</mark>" in shown


def test_words_of_a_query() -> None:
    assert words_of("What is a river?") == ["river"]
    assert words_of("the") == ["the"]


def test_queries_of_a_search_do_not_grow(client: Client, course: Course) -> None:
    few = count_queries(client, "/search/?q=groundwater")
    make_course("Big", status=CourseStatus.PUBLISHED, modules=4, topics=4)
    assert count_queries(client, "/search/?q=groundwater") == few
