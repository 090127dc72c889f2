"""A learner's way from log in to result, with JavaScript off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import CourseStatus
from quizzes.services import start_attempt
from tests.browser import NewPage
from tests.factories import PASSWORD, make_course, make_learner


@pytest.mark.browser
def test_from_log_in_to_result_without_javascript(
    new_page: NewPage, live_server: LiveServer
) -> None:
    make_learner()
    make_course(status=CourseStatus.PUBLISHED)
    page = new_page(java_script_enabled=False, base_url=live_server.url)
    page.goto("/")
    page.get_by_label("Username").fill("learner")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Rivers").click()
    page.get_by_role("link", name="Topic 1.1", exact=True).click()
    page.get_by_role("link", name="Source 1", exact=True).click()
    expect(page.locator("#citation-1")).to_be_in_viewport()
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Rivers").click()
    page.get_by_role("link", name="Quiz: Module 1").click()
    page.get_by_role("button", name="Start the quiz").click()
    for label in ("Choice 1.1", "Choice 2.2", "Choice 3.0"):
        page.get_by_label(label).check()
    page.get_by_role("button", name="Review and submit").click()
    page.get_by_role("button", name="Submit the answers").click()
    expect(page.locator(".score-number")).to_have_text("67%")
    expect(page.get_by_text("2 of 3 right; the pass mark is 60%.")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Result")).to_have_count(0)
    expect(page.locator(".score-number")).to_have_text("67%")


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
def test_enter_in_an_answer_hands_nothing_in(
    new_page: NewPage,
    live_server: LiveServer,
    scripts: bool,  # noqa: FBT001 - a parameter
) -> None:
    learner = make_learner()
    course = make_course(status=CourseStatus.PUBLISHED)
    attempt = start_attempt(quiz=course.quizzes.get(module=None), learner=learner)
    page = new_page(java_script_enabled=scripts, base_url=live_server.url)
    page.goto(f"/login/?next=/attempts/{attempt.pk}/questions/")
    page.get_by_label("Username").fill("learner")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Choice 1.1").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_label("Choice 2.2").check()
    page.get_by_role("button", name="Review and submit").click()
    expect(page.get_by_role("heading", name="1 of 3 questions is not answered")).to_be_visible()
    page.get_by_role("link", name="Back to the questions").click()
    expect(page.get_by_label("Choice 1.1")).to_be_checked()
    expect(page.get_by_label("Choice 2.2")).to_be_checked()
    page.get_by_label("Choice 3.0").check()
    page.get_by_role("button", name="Review and submit").click()
    page.get_by_role("button", name="Submit the answers").click()
    expect(page.locator(".score-number")).to_have_text("67%")


@pytest.mark.browser
def test_a_login_in_another_tab_costs_no_answer(new_page: NewPage, live_server: LiveServer) -> None:
    """It makes the form of the first tab one of before; the page's script gets a new one."""
    learner = make_learner()
    course = make_course(status=CourseStatus.PUBLISHED)
    attempt = start_attempt(quiz=course.quizzes.get(module=None), learner=learner)
    first = new_page(base_url=live_server.url)
    log_in(first, f"/attempts/{attempt.pk}/questions/")
    first.get_by_label("Choice 1.1").check()
    first.get_by_label("Choice 2.2").check()
    second = first.context.new_page()
    second.goto("/")
    second.get_by_role("button", name="Log out").click()
    log_in(second, "/")
    first.get_by_label("Choice 3.0").check()
    expect(first.get_by_text("Saved. All questions are answered.")).to_be_visible()
    first.get_by_role("button", name="Review and submit").click()
    first.get_by_role("button", name="Submit the answers").click()
    expect(first.locator(".score-number")).to_have_text("67%")


def log_in(page: Page, leads_to: str) -> None:
    page.goto(f"/login/?next={leads_to}")
    page.get_by_label("Username").fill("learner")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
