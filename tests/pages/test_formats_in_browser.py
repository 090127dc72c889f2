"""Questions of every format in a browser: by keyboard alone, without scripts, on a phone."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import CourseStatus
from quizzes.models import Attempt, Quiz
from quizzes.services import start_attempt
from tests.browser import NewPage
from tests.factories import PASSWORD, make_course, make_learner
from tests.quizzes.formats import make_all_formats

PHONE = {"width": 390, "height": 844}


def attempt_of(learner: User) -> Attempt:
    course = make_course(status=CourseStatus.PUBLISHED, modules=1, questions=0)
    quiz: Quiz = course.quizzes.get(module=None)
    make_all_formats(quiz)
    return start_attempt(quiz=quiz, learner=learner)


def open_questions(page: Page, attempt: Attempt) -> None:
    page.goto(f"/login/?next=/attempts/{attempt.pk}/questions/")
    page.get_by_label("Username").fill("learner")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Review and submit")).to_be_visible()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until a field of this name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(":focus").get_attribute("name") == name:
            return
    pytest.fail(f"Tab leads to no field {name}.")


def choose(page: Page, name: str, number: int) -> None:
    """The option of a list that is so many entries below the empty one."""
    tab_to(page, name)
    for _ in range(number):
        page.keyboard.press("ArrowDown")


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_every_format_is_answered_by_keyboard(
    new_page: NewPage,
    live_server: LiveServer,
    scripts: bool,  # noqa: FBT001 - a parameter
) -> None:
    attempt = attempt_of(make_learner())
    page = new_page(java_script_enabled=scripts, base_url=live_server.url, viewport=PHONE)
    open_questions(page, attempt)
    tab_to(page, "question-1")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    tab_to(page, "question-2")
    page.keyboard.press("ArrowDown")
    tab_to(page, "question-3")
    page.keyboard.type("0,505")
    tab_to(page, "question-4")
    page.keyboard.type("ABA")
    # dog barks, cat miaows
    choose(page, "question-5-1", 2)
    choose(page, "question-5-2", 1)
    # boil is second, fill is first, pour is third
    choose(page, "question-6-1", 2)
    choose(page, "question-6-2", 1)
    choose(page, "question-6-3", 3)
    choose(page, "question-7-1", 1)
    choose(page, "question-7-2", 2)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Review and submit")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All 7 questions are answered")).to_be_visible()
    tab_to(page, "hand_in")
    page.keyboard.press("Enter")
    expect(page.locator(".score-number")).to_have_text("100%")
    assert page.locator("html").evaluate("html => html.scrollWidth") <= PHONE["width"]


@pytest.mark.browser
@pytest.mark.slow
def test_what_cannot_be_read_stays_and_is_named(new_page: NewPage, live_server: LiveServer) -> None:
    attempt = attempt_of(make_learner())
    page = new_page(java_script_enabled=False, base_url=live_server.url)
    open_questions(page, attempt)
    number = page.get_by_label("Your answer, a number")
    number.fill("a lot")
    page.get_by_label("Your answer, a word or a few").fill("auxin")
    page.get_by_label("boil", exact=True).select_option("2")
    page.get_by_label("pour", exact=True).select_option("2")
    page.get_by_role("button", name="Review and submit").click()
    problems = page.get_by_role("alert").get_by_role("listitem")
    expect(problems).to_have_text(
        [
            "Question 3: Type a number, such as 12 or 0.5.",
            "Question 6: Two items have place 2. Give every item a place of its own.",
        ]
    )
    expect(number).to_have_value("a lot")
    expect(number).to_have_accessible_description("Type a number, such as 12 or 0.5.")
    expect(page.get_by_label("Your answer, a word or a few")).to_have_value("auxin")
    expect(page.get_by_label("pour", exact=True)).to_have_value("1")
    number.fill("0.5")
    page.get_by_label("pour", exact=True).select_option("3")
    page.get_by_role("button", name="Review and submit").click()
    expect(page.get_by_role("heading", name="4 of 7 questions are not answered")).to_be_visible()
    page.get_by_role("link", name="Back to the questions").click()
    expect(page.get_by_label("pour", exact=True)).to_have_value("2")
    page.get_by_role("button", name="Review and submit").click()
    page.get_by_role("button", name="Submit all the same").click()
    expect(page.get_by_text("1.67 of 7 points, 1 wholly right")).to_be_visible()


@pytest.mark.browser
@pytest.mark.slow
def test_what_was_typed_outlives_the_page(new_page: NewPage, live_server: LiveServer) -> None:
    attempt = attempt_of(make_learner())
    page = new_page(base_url=live_server.url)
    open_questions(page, attempt)
    page.get_by_label("Your answer, a number").fill("0.5")
    page.get_by_label("boil", exact=True).select_option("2")
    page.get_by_label("3", exact=True).check()
    page.goto("/history/")
    page.goto(f"/attempts/{attempt.pk}/questions/")
    expect(page.get_by_label("Your answer, a number")).to_have_value("0.5")
    expect(page.get_by_label("boil", exact=True)).to_have_value("1")
    expect(page.get_by_label("3", exact=True)).to_be_checked()
