"""The home of a learner: where to go on, and the next step in each course."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from courses.models import Course, CourseStatus, Reading, Topic
from courses.services import unpublish_course
from courses.study import note_opened, set_read
from quizzes.home import Step, course_lines, courses_of_home, due_quizzes, go_on
from quizzes.models import Quiz
from quizzes.services import start_attempt, submit_attempt
from tests.factories import make_course
from tests.pages.queries import count_queries
from tests.study.pages import topics_of

pytestmark = pytest.mark.django_db


def state(learner: User, course: Course) -> tuple[int, int, Step | None]:
    line = next(
        one for one in course_lines(learner, list(courses_of_home(learner))) if one.course == course
    )
    return line.state.read, line.state.passed, line.state.next


def passed(learner: User, quiz: Quiz) -> None:
    answers = {position: position % 4 for position in range(1, 4)}
    assert submit_attempt(
        attempt=start_attempt(quiz=quiz, learner=learner), responses=answers
    ).passed


def test_the_next_step_is_lessons_then_the_quiz_module_by_module(
    learner: User, course: Course
) -> None:
    topics = topics_of(course)
    quizzes = {quiz.module_id: quiz for quiz in course.quizzes.all()}
    for number, topic in enumerate(topics):
        read, _, step = state(learner, course)
        assert (read, step and step.kind, step and step.title) == (number, "read", topic.title)
        set_read(learner, topic, is_read=True)
        if number % 2:
            step = state(learner, course)[2]
            assert (step and step.kind) == "quiz"
            assert step
            assert step.url == quizzes[topic.module_id].get_absolute_url()
            passed(learner, quizzes[topic.module_id])
    step = state(learner, course)[2]
    assert step
    assert step.title == "Final quiz: Rivers"
    passed(learner, quizzes[None])
    assert state(learner, course) == (4, 3, None)


def test_a_quiz_that_is_open_comes_first(learner: User, course: Course) -> None:
    attempt = start_attempt(quiz=course.quizzes.get(module=None), learner=learner)
    step = state(learner, course)[2]
    assert step == Step("resume", "Final quiz: Rivers", f"/attempts/{attempt.pk}/questions/")
    assert go_on(learner)
    assert go_on(learner).step == step  # type: ignore[union-attr]


def test_one_goes_on_with_what_was_open_last(client: Client, learner: User, course: Course) -> None:
    first, second, *_ = topics_of(course)
    assert go_on(learner) is None
    for topic in (first, second, first):
        Reading.objects.update(opened_at=timezone.now() - timedelta(hours=1))
        client.get(f"/topics/{topic.pk}/")
    found = go_on(learner)
    assert found
    assert found.step.title == first.title
    assert f'href="/topics/{first.pk}/">Continue' in client.get("/").text


def test_a_course_that_was_taken_back_is_not_gone_on_with(learner: User, course: Course) -> None:
    note_opened(learner, topics_of(course)[0])
    assert go_on(learner)
    unpublish_course(course)
    assert go_on(learner) is None


def test_lessons_that_are_not_written_are_no_step(learner: User, course: Course) -> None:
    first, second, *_ = topics_of(course)
    Topic.objects.filter(pk=first.pk).update(status="pending", content="")
    step = state(learner, course)[2]
    assert step
    assert step.title == second.title


def test_courses_that_were_begun_come_first(client: Client, learner: User, course: Course) -> None:
    make_course("Newer", status=CourseStatus.PUBLISHED)
    set_read(learner, topics_of(course)[0], is_read=True)
    html = client.get("/").text
    assert html.index(">Rivers</a>") < html.index(">Newer</a>")
    assert "1 of 4 lessons read" in html
    assert "Practice for today" in html


def test_queries_of_home_and_course_do_not_grow(
    client: Client, learner: User, course: Course
) -> None:
    def begin(one: Course) -> None:
        set_read(learner, topics_of(one)[0], is_read=True)
        start_attempt(quiz=one.quizzes.all()[0], learner=learner)

    begin(course)
    client.get("/")
    few = count_queries(client, "/")
    of_course = count_queries(client, course.get_absolute_url())
    for number in range(3):
        big = make_course(
            f"More {number}", status=CourseStatus.PUBLISHED, modules=4, topics=3, questions=5
        )
        begin(big)
    client.get("/")
    assert count_queries(client, "/") == few
    assert count_queries(client, big.get_absolute_url()) == of_course


def test_what_is_due_stands_on_the_first_page_until_it_is_passed(
    learner: User, course: Course, client: Client
) -> None:
    now = timezone.now()
    one, two, final = course.quizzes.order_by("pk")
    for quiz, days in ((one, 2), (two, -1), (final, -40)):
        Quiz.objects.filter(pk=quiz.pk).update(due_at=now + timedelta(days=days))
    # Late first, then by date; what is late for long is dropped.
    assert [(due.quiz, due.is_late) for due in due_quizzes(learner)] == [(two, True), (one, False)]
    html = client.get("/").content.decode()
    assert html.index(two.title) < html.index("Late") < html.index(one.title)
    assert "it stays open afterwards" in client.get(one.get_absolute_url()).content.decode()
    assert "· due " in client.get(course.get_absolute_url()).content.decode()
    passed(learner, two)
    assert [due.quiz for due in due_quizzes(learner)] == [one]
    unpublish_course(course)
    assert due_quizzes(learner) == []


def test_what_is_due_costs_as_much_for_many_quizzes(client: Client) -> None:
    due = timezone.now() + timedelta(days=1)

    def queries(courses: int) -> int:
        for number in range(courses):
            make_course(f"C {courses} {number}", status=CourseStatus.PUBLISHED, modules=2)
        Quiz.objects.update(due_at=due)
        return count_queries(client, "/")

    assert queries(1) == queries(4)
