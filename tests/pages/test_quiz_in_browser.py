"""A quiz that loses nothing: without a network, on two devices, in a closed tab, sent twice."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import CourseStatus
from quizzes.models import Attempt, Quiz
from quizzes.services import save_answers, start_attempt, submit_attempt
from tests.browser import NewPage
from tests.factories import PASSWORD, make_course, make_learner
from tests.quizzes.formats import make_all_formats

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def learner(transactional_db: None) -> User:
    return make_learner()


@pytest.fixture
def quiz(transactional_db: None) -> Quiz:
    quiz: Quiz = make_course(status=CourseStatus.PUBLISHED).quizzes.get(module=None)
    return quiz


@pytest.fixture
def attempt(quiz: Quiz, learner: User) -> Attempt:
    return start_attempt(quiz=quiz, learner=learner)


def open_at(page: Page, address: str) -> Page:
    page.goto(f"/login/?next={address}")
    page.get_by_label("Username").fill("learner")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    return page


def questions(attempt: Attempt) -> str:
    return f"/attempts/{attempt.pk}/questions/"


def test_without_a_network_nothing_is_lost(
    new_page: NewPage, live_server: LiveServer, attempt: Attempt
) -> None:
    page = open_at(new_page(base_url=live_server.url, viewport=PHONE), questions(attempt))
    page.get_by_label("Choice 1.1").check()
    expect(page.get_by_text("Saved. 2 without an answer.")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_label("Choice 2.2").check()
    page.get_by_label("Choice 3.3").check()
    expect(page.get_by_text("2 answers wait in this browser")).to_be_visible()
    # Pressed all the same: the page stays, and says why.
    page.get_by_role("button", name="Review and submit").click()
    expect(page.get_by_text("There is no connection.")).to_be_visible()
    expect(page.get_by_label("Choice 3.3")).to_be_checked()
    page.context.set_offline(False)
    expect(page.get_by_text("Saved. All questions are answered.")).to_be_visible()
    assert [one.given for one in attempt.answers.order_by("position")] == [1, 2, 3]


def test_what_is_chosen_before_the_script_is_there_is_saved(
    new_page: NewPage, live_server: LiveServer, attempt: Attempt
) -> None:
    page = new_page(base_url=live_server.url)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/quiz*.js", hold)
    with page.expect_request("**/quiz*.js"):
        open_at(page, questions(attempt))
    page.get_by_label("Choice 1.2").check()
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    expect(page.get_by_text("Saved. 2 without an answer.")).to_be_visible()
    assert [one.given for one in attempt.answers.order_by("position")] == [2, None, None]


def test_what_waits_outlives_the_tab(
    new_page: NewPage, live_server: LiveServer, attempt: Attempt
) -> None:
    page = open_at(new_page(base_url=live_server.url), questions(attempt))
    expect(page.get_by_label("Choice 2.2")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_label("Choice 2.2").check()
    expect(page.get_by_text("1 answer waits in this browser")).to_be_visible()
    context = page.context
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(questions(attempt))
    expect(again.get_by_label("Choice 2.2")).to_be_checked()
    expect(again.get_by_text("Saved. 2 without an answer.")).to_be_visible()
    assert attempt.answers.get(position=2).given == 2


def test_another_device_goes_on_and_the_later_answer_stands(
    new_page: NewPage, live_server: LiveServer, attempt: Attempt
) -> None:
    laptop = open_at(new_page(base_url=live_server.url), questions(attempt))
    laptop.get_by_label("Choice 1.0").check()
    expect(laptop.get_by_text("Saved. 2 without")).to_be_visible()
    phone = open_at(new_page(base_url=live_server.url, viewport=PHONE), questions(attempt))
    expect(phone.get_by_label("Choice 1.0")).to_be_checked()
    phone.get_by_label("Choice 1.1").check()
    phone.get_by_label("Choice 2.2").check()
    expect(phone.get_by_text("Saved. 1 without")).to_be_visible()
    # The laptop did not see it; its answer is the later one, and it is told.
    laptop.get_by_label("Choice 1.3").check()
    expect(laptop.get_by_text("Question 1 was answered on another device before")).to_be_visible()
    assert attempt.answers.get(position=1).given == 3
    # The laptop's page does not have the phone's second answer, and does not take it away.
    laptop.get_by_role("button", name="Review and submit").click()
    expect(laptop.get_by_role("heading", name="1 of 3 questions is not answered")).to_be_visible()
    assert attempt.answers.get(position=2).given == 2


@pytest.mark.slow
def test_an_older_answer_that_waited_does_not_replace_a_later_one(
    new_page: NewPage, live_server: LiveServer, attempt: Attempt
) -> None:
    page = open_at(new_page(base_url=live_server.url), questions(attempt))
    expect(page.get_by_label("Choice 1.0")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_label("Choice 1.0").check()
    expect(page.get_by_text("1 answer waits")).to_be_visible()
    # Ages are sent in whole seconds.
    page.wait_for_function("at => Date.now() - at > 1100", arg=page.evaluate("Date.now()"))
    save_answers(attempt=attempt, responses={1: 1})
    page.context.set_offline(False)
    expect(page.get_by_text("Question 1 was answered later on another device")).to_be_visible()
    expect(page.get_by_label("Choice 1.1")).to_be_checked()
    assert attempt.answers.get(position=1).given == 1


@pytest.mark.slow
def test_two_clicks_and_two_tabs_give_one_result(
    new_page: NewPage, live_server: LiveServer, attempt: Attempt
) -> None:
    save_answers(attempt=attempt, responses={1: 1, 2: 2, 3: 3})
    first = open_at(new_page(base_url=live_server.url), f"/attempts/{attempt.pk}/review/")
    expect(first.get_by_role("heading", name="All 3 questions are answered")).to_be_visible()
    second = first.context.new_page()
    second.goto(f"/attempts/{attempt.pk}/review/")
    first.get_by_role("button", name="Submit the answers").dblclick()
    expect(first.locator(".score-number")).to_have_text("100%")
    second.get_by_role("button", name="Submit the answers").click()
    expect(second.locator(".score-number")).to_have_text("100%")
    expect(second.get_by_text("its first score does not change")).to_be_visible()
    assert Attempt.objects.filter(submitted_at__isnull=False).count() == 1


def test_an_attempt_submitted_elsewhere_is_told(
    new_page: NewPage, live_server: LiveServer, attempt: Attempt
) -> None:
    page = open_at(new_page(base_url=live_server.url), questions(attempt))
    expect(page.get_by_label("Choice 1.1")).to_be_visible()
    submit_attempt(attempt=attempt, responses={1: 1})
    page.get_by_label("Choice 2.2").check()
    expect(page.get_by_text("This attempt was submitted already")).to_be_visible()
    page.get_by_role("link", name="See the result").click()
    expect(page.locator(".score-number")).to_have_text("33%")


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_one_question_at_a_time(
    new_page: NewPage,
    live_server: LiveServer,
    quiz: Quiz,
    learner: User,
    scripts: bool,  # noqa: FBT001 - a parameter
) -> None:
    Quiz.objects.update(layout="one")
    page = new_page(base_url=live_server.url, java_script_enabled=scripts, viewport=PHONE)
    open_at(page, quiz.get_absolute_url())
    page.get_by_role("button", name="Start the quiz").click()
    for label in ("Choice 1.1", "Choice 2.2"):
        page.get_by_label(label).check()
        page.get_by_role("button", name=re.compile("Save and next")).click()
    expect(page.get_by_text("Question 3 of 3")).to_be_visible()
    page.get_by_role("button", name="Question 1, answered").click()
    expect(page.get_by_label("Choice 1.1")).to_be_checked()
    page.get_by_role("button", name="Review and submit").click()
    page.get_by_role("link", name="question 3", exact=True).click()
    page.get_by_label("Choice 3.3").check()
    page.get_by_role("button", name="Show all questions").click()
    expect(page.locator("input:checked")).to_have_count(3)
    page.get_by_role("button", name="Review and submit").click()
    page.get_by_role("button", name="Submit the answers").click()
    expect(page.locator(".score-number")).to_have_text("100%")
    assert page.locator("html").evaluate("html => html.scrollWidth") <= PHONE["width"]
    assert learner.username == "learner"


def test_items_move_by_buttons(new_page: NewPage, live_server: LiveServer, learner: User) -> None:
    course = make_course(status=CourseStatus.PUBLISHED, modules=1, questions=0)
    quiz = course.quizzes.get(module=None)
    make_all_formats(quiz)
    attempt = start_attempt(quiz=quiz, learner=learner)
    page = open_at(new_page(base_url=live_server.url, viewport=PHONE), questions(attempt))
    up = page.get_by_role("button", name="Move up: fill")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved. 6 without an answer.")).to_be_visible()
    expect(page.get_by_label("fill", exact=True)).to_have_value("0")
    # It is the first now; the keyboard stays with it.
    expect(page.get_by_role("button", name="Move down: fill")).to_be_focused()
    assert attempt.answers.get(asked__format="ordering").given == [1, 0, 2]
    page.get_by_label("Your answer, a number").fill("a lot")
    expect(page.get_by_text("Type a number, such as 12 or 0.5.")).to_be_visible()
    # Leaving the page would lose it.
    page.get_by_role("button", name="Review and submit").click()
    expect(page.get_by_text("Not saved: question")).to_be_visible()
    expect(page.get_by_label("Your answer, a number")).to_be_focused()
    expect(page.get_by_label("Your answer, a number")).to_have_value("a lot")
    page.get_by_label("Your answer, a number").fill("0,5")
    expect(page.get_by_text("Type a number, such as 12 or 0.5.")).to_have_count(0)
    expect(page.get_by_text("Saved. 5 without an answer.")).to_be_visible()


def test_the_time_is_up(
    new_page: NewPage, live_server: LiveServer, quiz: Quiz, learner: User
) -> None:
    Quiz.objects.update(time_limit=10)
    attempt = start_attempt(quiz=quiz, learner=learner)
    page = new_page(base_url=live_server.url)
    open_at(page, "/history/")
    expect(page.get_by_role("heading", name="My results")).to_be_visible()
    now = timezone.now()
    ends = now + timedelta(seconds=20)
    Attempt.objects.update(ends_at=ends, closes_at=ends + timedelta(minutes=1))
    page.clock.install()
    page.goto(questions(attempt))
    expect(page.locator(".timer")).to_contain_text("Time left:")
    page.get_by_label("Choice 1.1").check()
    expect(page.locator("#save-state")).to_contain_text("Saved")
    page.clock.run_for(21_000)
    expect(page.locator(".score-number")).to_have_text("33%")


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_what_went_wrong_is_read_again_and_practised(
    new_page: NewPage,
    live_server: LiveServer,
    attempt: Attempt,
    scripts: bool,  # noqa: FBT001 - a parameter
) -> None:
    submit_attempt(attempt=attempt, responses={1: 1, 2: 0})
    page = new_page(base_url=live_server.url, java_script_enabled=scripts, viewport=PHONE)
    open_at(page, attempt.get_absolute_url())
    expect(page.get_by_text("2 of 3 questions missed")).to_be_visible()
    page.get_by_role("link", name="Read it in the lesson about question 2").click()
    # The words of the source in the lesson's text, not in its list of sources.
    expect(page.locator(".lesson mark#found")).to_have_text("A spring is where groundwater")
    expect(page.locator("#found")).to_be_in_viewport()
    page.goto(attempt.get_absolute_url())
    page.get_by_role("button", name="Practise these").click()
    page.get_by_label("Choice 2.0").check()
    assert "The source says so." not in page.content()
    page.get_by_role("button", name="Check the answer").click()
    expect(page.get_by_text("The source says so.")).to_be_visible()
    expect(page.get_by_text("✗ Your answer")).to_be_visible()
    expect(page.get_by_role("link", name="Read it in the lesson")).to_be_visible()
    page.get_by_role("button", name="Next question").click()
    page.get_by_role("button", name="Check the answer").click()
    expect(page.get_by_text("Answer the question, then check it.").first).to_be_visible()
    page.get_by_role("button", name="Finish").click()
    # The page of the question has a button of the same name.
    expect(page.get_by_role("heading", name="2 of 3 questions are not answered")).to_be_visible()
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("Practice: it does not count")).to_be_visible()
