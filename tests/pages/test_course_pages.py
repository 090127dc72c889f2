"""What learners see of courses, and what they must not see."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from courses.engines import vector_store
from courses.indexing import index_course
from courses.models import Course, CourseStatus, Topic
from tests.conftest import free_port
from tests.factories import make_course, make_editor, make_teacher
from tests.pages.queries import count_queries


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def first_topic(course: Course) -> Topic:
    return Topic.objects.filter(module__course=course).order_by("pk")[0]


def topic_address(topic: Topic) -> str:
    return reverse("topic-detail", args=[topic.pk])


@pytest.mark.parametrize("address", ["/", "/history/", "/courses/rivers/", "/quizzes/1/"])
def test_strangers_are_asked_to_log_in(db: None, address: str) -> None:
    response = Client().get(address)
    assert response.headers["Location"] == f"/login/?next={address}"


def test_a_wrong_password_is_said_and_log_out_works(db: None, client: Client) -> None:
    answer = Client().post("/login/", {"username": "learner", "password": "wrong"})
    assert "Please enter a correct username and password" in answer.content.decode()
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/").status_code == 302


def test_the_list_shows_published_courses_with_their_engine(client: Client, course: Course) -> None:
    make_course("Secret draft")
    html = page(client, "/")
    assert "Rivers" in html
    assert "2 modules · 4 topics" in html
    assert "Taken word for word from the course's documents" in html
    assert "extractive" not in html
    assert "Secret draft" not in html


def test_an_empty_list_says_what_comes(client: Client) -> None:
    assert "No courses yet" in page(client, "/")


def test_drafts_are_not_there_for_learners(client: Client) -> None:
    course = make_course("Draft")
    quiz = course.quizzes.all()[0]
    for address in (
        course.get_absolute_url(),
        topic_address(first_topic(course)),
        reverse("course-search", args=[course.slug]),
        quiz.get_absolute_url(),
    ):
        assert "This page is not here" in page(client, address, 404)


def test_staff_see_drafts_marked(client: Client) -> None:
    course = make_course("Draft", owner=make_teacher())
    for user in (course.owner, make_editor()):
        assert user is not None
        client.force_login(user)
        assert 'class="badge draft">Draft' in page(client, course.get_absolute_url())
        assert 'class="badge draft">Draft' in page(client, "/")


def test_the_course_page_shows_modules_topics_and_quizzes(client: Client, course: Course) -> None:
    html = page(client, course.get_absolute_url())
    for text in ("What module 1 is about.", "Explain part 2.", "Topic 2.1", "Quiz: Module 1"):
        assert text in html
    assert "Final quiz: Rivers" in html
    assert "0 of 3 quizzes passed" in html


def test_the_topic_page_cites_page_and_passage(client: Client, course: Course) -> None:
    html = page(client, topic_address(first_topic(course)))
    assert 'href="#citation-1"' in html
    assert 'id="citation-1"' in html
    assert "rivers-1.pdf, page 1" in html
    assert "A spring is where groundwater 1.1 comes to the surface." in html
    assert "<dt>spring 1.1</dt>" in html
    assert "<strong>cold</strong>" in html


def test_topics_lead_on_across_modules(client: Client, course: Course) -> None:
    topics = list(Topic.objects.filter(module__course=course).order_by("pk"))
    html = page(client, topic_address(topics[1]))
    assert f'rel="prev" href="{topic_address(topics[0])}"' in html
    assert f'rel="next" href="{topic_address(topics[2])}"' in html
    assert 'rel="prev"' not in page(client, topic_address(topics[0]))
    assert 'rel="next"' not in page(client, topic_address(topics[-1]))


def test_titles_are_escaped_and_carry_the_language(client: Client, course: Course) -> None:
    Course.objects.filter(pk=course.pk).update(title="<script>x</script>", language="de")
    topic = first_topic(course)
    Topic.objects.filter(pk=topic.pk).update(title="<b>bold</b>")
    for address in ("/", course.get_absolute_url(), topic_address(topic)):
        html = page(client, address)
        assert "<script>" not in html
        assert "<b>" not in html
        assert 'lang="de"' in html


def test_pages_hold_no_inline_style_or_script(client: Client, course: Course) -> None:
    topic = first_topic(course)
    for address in ("/", course.get_absolute_url(), topic_address(topic), "/history/"):
        html = page(client, address)
        assert "style=" not in html
        assert html.count("<script") == html.count("<script src=")


def test_search_without_an_index_says_so(
    client: Client, course: Course, settings: Settings
) -> None:
    settings.CHROMA_PORT = free_port()
    answer = client.get(reverse("course-search", args=[course.slug]) + "?q=spring")
    assert answer.status_code == 503
    assert "Search in the documents is not available right now" in answer.text


def test_search_finds_the_passage_and_its_topic(
    client: Client, course: Course, chroma: int
) -> None:
    index_course(course)
    try:
        html = page(client, reverse("course-search", args=[course.slug]) + "?q=groundwater")
    finally:
        vector_store().delete_collection(f"course-{course.pk}")
    assert "rivers-1.pdf, page 1" in html
    assert topic_address(first_topic(course)) in html


def test_queries_do_not_grow_with_the_rows(client: Client, course: Course) -> None:
    big = make_course("Big", status=CourseStatus.PUBLISHED, modules=4, topics=4)
    for address in (Course.get_absolute_url, lambda c: topic_address(first_topic(c))):
        assert count_queries(client, address(course)) == count_queries(client, address(big))
    few = count_queries(client, "/")
    for number in range(2):
        make_course(f"More {number}", status=CourseStatus.PUBLISHED)
    assert count_queries(client, "/") == few


def test_the_500_page_needs_no_database(
    django_assert_num_queries: DjangoAssertNumQueries, learner: User
) -> None:
    with django_assert_num_queries(0):
        assert "Something went wrong" in render_to_string("500.html")
