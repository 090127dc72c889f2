"""Modules and topics added, moved, merged, split and deleted; every outline can be put back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from courses.models import Citation, Course, CourseOutline, Module, Topic
from courses.regeneration import request_rewrite
from courses.revisions import restore, versions
from courses.services import CourseStateError
from quizzes.models import Question, Quiz
from quizzes.outline import delete_topic, merge_modules, move_topic, split_topic
from quizzes.services import start_attempt
from tests.factories import make_course, make_learner, make_teacher

pytestmark = pytest.mark.django_db
Press = Callable[..., str]


@pytest.fixture
def teacher() -> User:
    return make_teacher()


@pytest.fixture
def course(teacher: User) -> Course:
    return make_course(owner=teacher, modules=2, topics=2, questions=1)


@pytest.fixture
def press(teacher: User, course: Course) -> Press:
    client = Client()
    client.force_login(teacher)
    address = reverse("admin:courses_course_outline", args=[course.pk])

    def do(action: str, row: object = None, **data: object) -> str:
        number = getattr(row, "pk", row or "")
        answer = client.post(address, {"do": f"{action}:{number}", **data}, follow=True)
        # What is deferred to the end of a transaction holds now.
        connection.check_constraints()
        return answer.text

    return do


def outline(course: Course) -> list[tuple[str, list[str]]]:
    modules = course.modules.order_by("position")
    assert [one.position for one in modules] == list(range(1, len(modules) + 1))
    found = []
    for module in modules:
        topics = list(module.topics.order_by("position"))
        assert [one.position for one in topics] == list(range(1, len(topics) + 1))
        found.append((module.title, [topic.title for topic in topics]))
    return found


def topic(course: Course, title: str) -> Topic:
    return Topic.objects.get(module__course=course, title=title)


def test_up_and_down(press: Press, course: Course) -> None:
    first, second = course.modules.order_by("position")
    press("module-down", first)
    assert outline(course)[0][0] == "Module 2"
    press("module-up", first)
    press("module-up", first)
    assert outline(course)[0][0] == "Module 1"
    press("topic-up", topic(course, "Topic 1.2"))
    assert outline(course)[0][1] == ["Topic 1.2", "Topic 1.1"]
    # Over the border, and not over the edge.
    press("topic-down", topic(course, "Topic 1.1"))
    assert outline(course)[1][1] == ["Topic 1.1", "Topic 2.1", "Topic 2.2"]
    press("topic-up", topic(course, "Topic 1.1"))
    assert outline(course)[0][1] == ["Topic 1.2", "Topic 1.1"]
    press("topic-up", topic(course, "Topic 1.2"))
    assert outline(course)[0][1] == ["Topic 1.2", "Topic 1.1"]
    moved = topic(course, "Topic 1.2")
    assert "Choose a module" in press("move", moved)
    press("move", moved, **{f"to-{moved.pk}": second.pk})
    assert outline(course)[1][1] == ["Topic 2.1", "Topic 2.2", "Topic 1.2"]


def test_all_in_another_order_at_once(press: Press, course: Course) -> None:
    first, second = course.modules.order_by("position")
    one, two = (topic(course, f"Topic 1.{n}") for n in (1, 2))
    three, four = (topic(course, f"Topic 2.{n}") for n in (1, 2))
    order = [f"module-{second.pk}", f"topic-{one.pk}", f"topic-{four.pk}", f"topic-{three.pk}"]
    order += [f"module-{first.pk}", f"topic-{two.pk}"]
    assert "The new order is saved." in press("arrange", order=order)
    moved = [("Module 2", ["Topic 1.1", "Topic 2.2", "Topic 2.1"]), ("Module 1", ["Topic 1.2"])]
    assert outline(course) == moved
    # One that lost a topic meanwhile, or names what is not there, moves nothing.
    for wrong in (order[:-1], [*order, "topic-99999999"], order[1:], [], ["topic-x"]):
        assert "changed the outline meanwhile" in press("arrange", order=wrong)
    assert outline(course) == moved


def test_added(press: Press, course: Course) -> None:
    assert "Give it a title" in press("add-module")
    press("add-module", **{"module-title": "Lakes"})
    lakes = course.modules.get(title="Lakes")
    words = {f"title-{lakes.pk}": "What a lake is", f"content-{lakes.pk}": "A lake stands still."}
    press("add-topic", lakes, **words)
    assert outline(course)[2] == ("Lakes", ["What a lake is"])
    made = topic(course, "What a lake is")
    assert (made.status, made.claims.get().text) == ("edited", "A lake stands still.")
    assert "needs a text" in press("add-topic", lakes, **{f"title-{lakes.pk}": "Empty"})
    dangling = {f"title-{lakes.pk}": "T", f"content-{lakes.pk}": "As told. [^1]"}
    assert "no citation" in press("add-topic", lakes, **dangling)
    assert Topic.objects.filter(module=lakes).count() == 1


def test_modules_are_split_and_merged(press: Press, course: Course) -> None:
    first = course.modules.earliest("position")
    assert "choose a later one" in press("split-module", topic(course, "Topic 1.1"))
    press("split-module", topic(course, "Topic 1.2"))
    assert outline(course)[:2] == [("Module 1", ["Topic 1.1"]), ("Topic 1.2", ["Topic 1.2"])]
    # Without a quiz of its own, and then with one.
    press("merge-modules", first)
    press("merge-modules", first)
    assert outline(course) == [("Module 1", ["Topic 1.1", "Topic 1.2", "Topic 2.1", "Topic 2.2"])]
    assert Question.objects.filter(quiz__module=first).count() == 2
    assert "no module after this one" in press("merge-modules", first)


def test_a_quiz_goes_with_its_module(course: Course) -> None:
    first, second = course.modules.order_by("position")
    Quiz.objects.get(module=first).delete()
    first = Module.objects.get(pk=first.pk)
    quiz = Quiz.objects.get(module=second)
    merge_modules(first)
    quiz.refresh_from_db()
    assert quiz.module == first


def test_attempts_are_not_deleted_with_a_module(press: Press, course: Course) -> None:
    first, second = course.modules.order_by("position")
    start_attempt(quiz=Quiz.objects.get(module=second), learner=make_learner())
    assert "have taken the quiz" in press("delete-module", second)
    assert "have taken the quiz" in press("merge-modules", first)
    assert course.modules.count() == 2
    press("delete-module", first)
    assert outline(course) == [("Module 2", ["Topic 2.1", "Topic 2.2"])]


def test_lessons_are_cut_and_put_together(press: Press, course: Course) -> None:
    whole = topic(course, "Topic 1.1")
    passage = whole.citations.get().passage
    Citation.objects.create(topic=whole, position=2, passage=passage, quote="It feeds a stream.")
    text = "A spring is here. [^1]\n\n## Streams\n\nIt feeds a stream. [^2] It is long. [^2]"
    Topic.objects.filter(pk=whole.pk).update(content=text)
    assert "Made the topic" in press("cut", whole, block="1")
    assert outline(course)[0][1] == ["Topic 1.1", "Streams", "Topic 1.2"]
    whole.refresh_from_db()
    streams = topic(course, "Streams")
    assert whole.content == "A spring is here. [^1]"
    assert streams.content == "It feeds a stream. [^1] It is long. [^1]"
    assert streams.citations.get().quote == "It feeds a stream."
    with pytest.raises(CourseStateError, match="cannot be cut"):
        split_topic(whole, block=5)
    Question.objects.update(topic=streams)
    press("merge-topics", whole)
    whole.refresh_from_db()
    assert whole.content == (
        "A spring is here. [^1]\n\n## Streams\n\nIt feeds a stream. [^3] It is long. [^3]"
    )
    assert whole.citations.get(position=3).quote == "It feeds a stream."
    assert set(Question.objects.values_list("topic", flat=True)) == {whole.pk}
    assert "no topic after" in press("merge-topics", topic(course, "Topic 1.2"))


def test_what_was_deleted_comes_back(press: Press, course: Course, teacher: User) -> None:
    before = outline(course)
    gone = topic(course, "Topic 1.1")
    content, quote = gone.content, gone.citations.get().quote
    press("delete-topic", gone)
    press("delete-module", course.modules.get(title="Module 2"))
    press("add-module", **{"module-title": "Lakes"})
    assert outline(course) == [("Module 1", ["Topic 1.2"]), ("Lakes", [])]
    first = versions(CourseOutline.objects.get(pk=course.pk)).last()
    assert first is not None
    restore(first, by=teacher)
    connection.check_constraints()
    assert outline(course) == [*before, ("Lakes", [])]
    back = topic(course, "Topic 1.1")
    assert (back.pk, back.content, back.citations.get().quote) == (gone.pk, content, quote)


def test_not_while_a_job_works_and_not_across_courses(
    press: Press, course: Course, teacher: User
) -> None:
    other = make_course("Other", owner=teacher, modules=1, topics=1)
    with pytest.raises(CourseStateError, match="stays in its course"):
        move_topic(topic(course, "Topic 1.1"), module=other.modules.get())
    foreign = other.modules.get()
    assert "deleted meanwhile" in press("delete-module", foreign)
    assert "deleted meanwhile" in press("delete-topic", topic(other, "Topic 1.1"))
    assert "no such action" in press("explode", foreign)
    request_rewrite(course=course, topics=[topic(course, "Topic 1.1")])
    with pytest.raises(CourseStateError, match="Another job"):
        delete_topic(topic(course, "Topic 1.2"))


def test_the_page_is_for_who_may_change_the_course(press: Press, course: Course) -> None:
    client = Client()
    client.force_login(make_teacher("stranger"))
    address = reverse("admin:courses_course_outline", args=[course.pk])
    assert client.get(address).status_code == 404
    client.force_login(User.objects.get(username="teacher"))
    cut = topic(course, "Topic 1.1")
    assert "Cut here" in client.get(f"{address}?cut={cut.pk}").text
    assert "Cut here" not in client.get(f"{address}?cut=x").text
