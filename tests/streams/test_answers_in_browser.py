"""An answer to a learner's question appears in the page while a model writes it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from courses.models import Course
from tests.browser import NewPage, chromium, log_in, new_page
from tests.llm_server import LLMServer
from tests.streams.conftest import HELD, QUESTION
from tests.streams.server import WebServer
from tests.waiting import LONG

# No other test is here: the browser stays to the end of its module, and brings an event loop to
# this thread, in which no course can be made.
__all__ = ["chromium", "new_page"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]


def test_an_answer_appears_in_the_page_while_it_is_written(
    asked: WebServer, course: Course, llm_process: LLMServer, request: pytest.FixtureRequest
) -> None:
    # After the course, for the same reason.
    make_page: NewPage = request.getfixturevalue("new_page")
    page = make_page(base_url=asked.address, viewport={"width": 360, "height": 640})
    page.goto(f"/login/?next=/courses/{course.slug}/ask/")
    log_in(page, "learner")
    llm_process.configure(hold_after=HELD)
    page.get_by_label("Ask this course").fill(QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    # The server loads what it searches with at its first question.
    draft = page.get_by_text("Being written; it is checked at the end.")
    expect(draft).to_be_in_viewport(timeout=LONG * 1000)
    expect(page.get_by_text("The answer is being written.")).to_be_visible()
    llm_process.configure(hold_after=0)
    expect(page.get_by_text("Written by a language model")).to_be_visible(timeout=LONG * 1000)
    # Seen at once, also on a phone, and told to who hears the page.
    expect(page.get_by_role("heading", name=QUESTION)).to_be_in_viewport()
    expect(page.get_by_text("The answer is complete.")).to_be_visible()
    page.get_by_role("link", name="Source 1", exact=True).first.click()
    expect(page.get_by_role("link", name="Read it in the lesson").first).to_be_visible()
    llm_process.configure(faults=[{"name": "stream_cut", "share": 1.0}])
    page.get_by_label("Ask this course").fill(f"{QUESTION} Why?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("The answer broke off")).to_be_visible(timeout=LONG * 1000)
