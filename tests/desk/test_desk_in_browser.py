"""The review desk in a browser: by keys alone, and nothing that was typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Session
from courses.editing import edit_topic
from courses.models import Claim, Course, Topic
from quizzes.models import Question
from tests.browser import NewPage, log_in
from tests.factories import make_course, make_editor, make_teacher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MAX_PRESSES = 70


def desk(course: Course) -> str:
    return reverse("admin:courses_course_desk", args=[course.pk])


def opened(new_page: NewPage, live_server: LiveServer, course: Course, **options: Any) -> Page:
    page = new_page(base_url=live_server.url, **options)
    page.goto(desk(course))
    log_in(page, "teacher")
    expect(page.locator("#desk[data-ready]")).to_be_visible()
    return page


@pytest.mark.slow
def test_sixty_questions_in_seventy_key_presses(new_page: NewPage, live_server: LiveServer) -> None:
    course = make_course(owner=make_teacher(), modules=3, topics=1, questions=15)
    assert Question.objects.filter(status="draft").count() == 60
    page = opened(new_page, live_server, course)
    presses = 0
    while (left := Question.objects.filter(status="draft").count()) and presses < MAX_PRESSES:
        done = page.locator("#desk-count").inner_text()
        page.keyboard.press("a")
        presses += 1
        expect(page.locator("#desk-count")).not_to_have_text(done)
    assert (left, presses <= MAX_PRESSES) == (0, True)
    # The lesson that was open, and then the questions alone: nobody means to approve lessons by it.
    assert presses == 61
    expect(page.locator("#desk-count")).to_have_text("61 of 63 reviewed")
    expect(page.get_by_text("No question is left to be read.")).to_be_visible()


def test_a_course_by_keys_alone(new_page: NewPage, live_server: LiveServer) -> None:
    course = make_course(owner=make_teacher(), modules=2, topics=1, questions=2)
    topic = Topic.objects.filter(module__course=course).earliest("pk")
    Claim.objects.filter(topic=topic).update(verdict="not_in_source")
    page = opened(new_page, live_server, course)
    title = page.locator("#desk-title")
    expect(title).to_contain_text("Sentence to check")
    # Correct the sentence: the form opens with it selected.
    page.keyboard.press("e")
    expect(page.get_by_label("Text:", exact=True)).to_be_focused()
    page.keyboard.type("A spring is where groundwater rises.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#desk-said")).to_contain_text("Saved.")
    topic.refresh_from_db()
    assert topic.content.startswith("A spring is where groundwater rises. [^1]")
    expect(page.locator(".pa-stem")).to_contain_text("number 1?")
    page.keyboard.press("n")
    expect(page.locator(".pa-stem")).to_contain_text("number 2?")
    page.keyboard.press("k")
    expect(page.locator(".pa-stem")).to_contain_text("number 1?")
    page.keyboard.press("r")
    page.keyboard.press("3")
    expect(page.locator("#desk-said")).to_contain_text("not used any more")
    question = Question.objects.get(status="rejected")
    assert question.check_results[-1]["message"] == "It is unclear what is asked."
    page.keyboard.press("u")
    expect(page.locator("#desk-said")).to_contain_text("Undone")
    question.refresh_from_db()
    assert question.status == "draft"
    page.keyboard.press("j")
    expect(page.locator(".pa-stem")).to_contain_text("number 2?")
    page.keyboard.press("k")
    expect(page.locator(".pa-stem")).to_contain_text("number 1?")
    page.keyboard.press("e")
    page.locator("#id_stem").fill("What feeds a stream?")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#desk-said")).to_contain_text("Saved.")
    page.keyboard.press("l")
    expect(title).to_have_text("Topic 2.1")
    page.keyboard.press("w")
    expect(page.get_by_role("button", name="Write the lesson again")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#desk-said")).to_contain_text("being written again")
    # Two looks later it still stands there.
    for _ in range(2):
        with page.expect_response(lambda answer: answer.request.resource_type == "fetch"):
            pass
    expect(page.locator("#desk-said")).to_contain_text("being written again")
    # Looking whether the text is there leaves no trace in the browser's history.
    page.keyboard.press("j")
    expect(title).to_have_text("Question")
    page.go_back()
    expect(title).to_have_text("Topic 2.1")


@pytest.mark.slow
def test_nothing_typed_is_lost(new_page: NewPage, live_server: LiveServer) -> None:
    course = make_course(owner=make_teacher(), modules=1, topics=1, questions=1)
    topic = Topic.objects.get(module__course=course)
    page = opened(new_page, live_server, course)
    page.keyboard.press("e")
    text = page.get_by_label("Text:", exact=True)
    with page.expect_response(lambda answer: "/keep/" in answer.url):
        text.fill("Half a sentence that nob")
    expect(page.locator("#desk-kept")).to_have_text("Kept, not saved yet.")
    # The browser dies: another one has it from the server.
    page.context.close()
    page = opened(new_page, live_server, course)
    page.get_by_role("link", name="Go on with it").click()
    expect(text_of(page)).to_have_value("Half a sentence that nob")
    # A crash between two keystrokes, before anything was sent: this browser has it.
    page.route("**/keep/", lambda route: route.abort())
    text_of(page).press("Control+End")
    text_of(page).press_sequentially("ody")
    page.reload()
    expect(text_of(page)).to_have_value("Half a sentence that nobody")
    # The session ends, and somebody else saves meanwhile.
    text_of(page).fill("A sentence that nobody lost.")
    edit_topic(topic=topic, title=topic.title, content="Theirs.", by=make_editor())
    Session.objects.all().delete()
    page.keyboard.press("Control+Enter")
    log_in(page, "teacher")
    expect(text_of(page)).to_have_value("A sentence that nobody lost.")
    with page.expect_response(lambda answer: "/edit/" in answer.url) as refused:
        page.keyboard.press("Control+Enter")
    assert refused.value.status == 409
    expect(page.locator("#desk[aria-busy]")).to_have_count(0)
    expect(page.get_by_text("Somebody changed this after you opened it")).to_be_visible()
    expect(text_of(page)).to_have_value("A sentence that nobody lost.")
    text_of(page).fill("Theirs. A sentence that nobody lost.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#desk-said")).to_contain_text("Saved.")
    topic.refresh_from_db()
    assert topic.content == "Theirs. A sentence that nobody lost."


@pytest.mark.slow
def test_kept_text_belongs_to_its_own_lesson(new_page: NewPage, live_server: LiveServer) -> None:
    course = make_course(owner=make_teacher(), modules=1, topics=2, questions=0)
    first, second = Topic.objects.filter(module__course=course).order_by("position")
    page = opened(new_page, live_server, course)
    page.keyboard.press("e")
    expect(text_of(page)).to_have_value(first.content)
    text_of(page).fill("Typed over the first.")
    page.keyboard.press("Escape")
    expect(text_of(page)).to_have_count(0)
    page.keyboard.press("j")
    expect(page.locator("#desk-title")).to_have_text(second.title)
    page.keyboard.press("e")
    expect(text_of(page)).to_have_value(second.content)


def test_a_refusal_of_another_kind_is_said_and_the_form_stays(
    new_page: NewPage, live_server: LiveServer
) -> None:
    course = make_course(owner=make_teacher(), modules=1, topics=1, questions=0)
    page = opened(new_page, live_server, course)
    page.keyboard.press("e")
    text_of(page).fill("Better words.")
    refusal = (
        "<main><div class='error-page'><h1>Others are changing the same data</h1></div></main>"
    )
    page.route("**/edit/", lambda route: route.fulfill(status=503, body=refusal))
    page.keyboard.press("Control+Enter")
    expect(page.locator("#desk-said")).to_contain_text(
        "Not done. Others are changing the same data"
    )
    expect(text_of(page)).to_have_value("Better words.")
    page.unroute("**/edit/")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#desk-said")).to_contain_text("Saved.")


def text_of(page: Page) -> Any:
    return page.get_by_label("Text:", exact=True)


def test_a_server_that_is_away_is_said(new_page: NewPage, live_server: LiveServer) -> None:
    course = make_course(owner=make_teacher(), modules=1, topics=1, questions=1)
    page = opened(new_page, live_server, course)
    page.route("**/approve/", lambda route: route.abort())
    page.keyboard.press("a")
    expect(page.locator("#desk-said")).to_contain_text("cannot be reached")
    page.unroute("**/approve/")
    page.keyboard.press("a")
    expect(page.locator("#desk-said")).to_contain_text("is approved")


def test_a_phone_shows_one_below_the_other(new_page: NewPage, live_server: LiveServer) -> None:
    course = make_course(owner=make_teacher(), modules=1, topics=1, questions=1)
    page = opened(new_page, live_server, course, viewport={"width": 380, "height": 800})
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 380
    expect(page.locator("#desk-title")).to_be_in_viewport()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#desk-said")).to_contain_text("is approved")
    # Whoever is led on sees the next text, not its place in the tree below.
    expect(page.get_by_role("button", name="Approve")).to_be_in_viewport()
