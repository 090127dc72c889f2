"""A learner's way from log in to result, with JavaScript off."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from courses.models import CourseStatus
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
    page.get_by_role("link", name="Topic 1.1").click()
    page.get_by_role("link", name="Source 1", exact=True).click()
    expect(page.locator("#citation-1 blockquote")).to_be_in_viewport()
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Rivers").click()
    page.get_by_role("link", name="Quiz: Module 1").click()
    page.get_by_role("button", name="Start the quiz").click()
    for label in ("Choice 1.1", "Choice 2.2", "Choice 3.0"):
        page.get_by_label(label).check()
    page.get_by_role("button", name="Submit the answers").click()
    expect(page.locator(".score-number")).to_have_text("67%")
    expect(page.get_by_text("2 of 3 right; the pass mark is 60%.")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Result")).to_have_count(0)
    expect(page.locator(".score-number")).to_have_text("67%")
