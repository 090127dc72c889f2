"""Questions, topics and modules are moved by dragging, and by keys alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, Position, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import Course, Topic
from quizzes.models import Quiz
from tests.browser import NewPage, chromium, log_in, new_page
from tests.factories import make_course, make_teacher

__all__ = ["chromium", "new_page"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def course(db: None) -> Course:
    return make_course(owner=make_teacher(), modules=2, topics=2, questions=3)


def opened(new_page: NewPage, live_server: LiveServer, name: str, pk: int) -> Page:
    page = new_page(base_url=live_server.url, viewport={"width": 1280, "height": 1600})
    page.goto(reverse(f"admin:{name}", args=[pk]))
    log_in(page, "teacher")
    expect(page.locator("#pa-order[data-ready]")).to_be_visible()
    return page


def drag(page: Page, row: Locator, to: Locator, *, after: bool) -> None:
    """To the upper or lower edge of another row."""
    box: Any = to.bounding_box()
    place: Position = {"x": 20, "y": box["height"] - 3 if after else 3}
    handle = row.locator("[data-handle]").first
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        handle.drag_to(to, source_position={"x": 5, "y": 8}, target_position=place)
    expect(page.locator("#pa-order[aria-busy]")).to_have_count(0)
    expect(page.locator("#pa-order-said")).to_have_text("The new order is saved.")


def stems(quiz: Quiz) -> list[str]:
    found = quiz.questions.order_by("position").values_list("stem", flat=True)
    return [stem[-2] for stem in found]


def titles(course: Course) -> list[str]:
    topics = Topic.objects.filter(module__course=course)
    found = topics.order_by("module__position", "position")
    return [f"{one.module.title[-1]}: {one.title[-3:]}" for one in found.select_related("module")]


@pytest.mark.slow
def test_questions_are_dragged(new_page: NewPage, live_server: LiveServer, course: Course) -> None:
    quiz = course.quizzes.get(module=None)
    page = opened(new_page, live_server, "quizzes_quiz_order", quiz.pk)
    rows = page.locator("[data-row]")
    drag(page, rows.nth(0), rows.nth(2), after=True)
    expect(rows.locator(".pa-stem").last).to_contain_text("number 1?")
    assert stems(quiz) == ["2", "3", "1"]
    assert page.get_by_label("Place of: What is a spring, number 1?").input_value() == "3"


def test_questions_are_moved_by_keys(
    new_page: NewPage, live_server: LiveServer, course: Course
) -> None:
    quiz = course.quizzes.get(module=None)
    page = opened(new_page, live_server, "quizzes_quiz_order", quiz.pk)
    down = page.get_by_role("button", name="Down: What is a spring, number 1?")
    down.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pa-stem").first).to_contain_text("number 2?")
    expect(down).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".pa-stem").last).to_contain_text("number 1?")
    # There is no further down: the way back has the focus.
    expect(page.get_by_role("button", name="Up: What is a spring, number 1?")).to_be_focused()
    assert stems(quiz) == ["2", "3", "1"]


@pytest.mark.slow
def test_topics_and_modules_are_dragged(
    new_page: NewPage, live_server: LiveServer, course: Course
) -> None:
    page = opened(new_page, live_server, "courses_course_outline", course.pk)
    topics, modules = page.locator("[data-row^='topic']"), page.locator("[data-row^='module']")
    # What is typed elsewhere on the page stays.
    page.get_by_text("Add a topic").first.click()
    page.get_by_label("Title", exact=True).first.fill("Half a ti")
    drag(page, topics.nth(0), topics.nth(2), after=True)
    assert titles(course) == ["1: 1.2", "2: 2.1", "2: 1.1", "2: 2.2"]
    expect(page.get_by_label("Title", exact=True).first).to_have_value("Half a ti")
    drag(page, modules.nth(1), modules.nth(0), after=False)
    assert titles(course) == ["2: 2.1", "2: 1.1", "2: 2.2", "1: 1.2"]
    expect(page.get_by_text("1.3 Topic 2.2")).to_be_visible()


def test_topics_and_modules_are_moved_by_keys(
    new_page: NewPage, live_server: LiveServer, course: Course
) -> None:
    page = opened(new_page, live_server, "courses_course_outline", course.pk)
    down = page.get_by_role("button", name="Topic down: Topic 1.1")
    down.focus()
    for place in ("1.2", "2.1", "2.2"):
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"{place} Topic 1.1")).to_be_visible()
        expect(down).to_be_focused()
    page.get_by_role("button", name="Module up: Module 2").press("Enter")
    expect(page.locator("[data-row^='module'] h2").first).to_have_text("1. Module 2")
    assert titles(course) == ["2: 2.1", "2: 1.1", "2: 2.2", "1: 1.2"]


def test_what_cannot_be_saved_is_said(
    new_page: NewPage, live_server: LiveServer, course: Course
) -> None:
    page = opened(new_page, live_server, "courses_course_outline", course.pk)
    Topic.objects.get(title="Topic 2.2").delete()
    topics = page.locator("[data-row^='topic']")
    topics.nth(0).locator("[data-handle]").drag_to(
        topics.nth(1), target_position={"x": 20, "y": 60}
    )
    said = page.locator("#pa-order-said")
    expect(said).to_contain_text("Somebody changed the outline meanwhile")
    expect(topics).to_have_count(3)
    page.route("**/outline/", lambda route: route.abort())
    page.get_by_role("button", name="Topic down: Topic 1.1").press("Enter")
    expect(said).to_contain_text("Not saved")
    assert titles(course) == ["1: 1.1", "1: 1.2", "2: 2.1"]
