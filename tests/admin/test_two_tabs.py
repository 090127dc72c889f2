"""Two tabs, or two people, at one form; and a session that ends while somebody types."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Session
from courses.models import Course, Topic
from quizzes.models import Question
from tests.browser import NewPage, chromium, new_page
from tests.factories import PASSWORD, make_course, make_teacher

__all__ = ["chromium", "new_page"]


def form_of(client: Client, address: str) -> dict[str, Any]:
    """What the page's form would send as it stands."""
    response = client.get(address)
    form = response.context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    for number, (text, tick, feedback) in enumerate(data.pop("choices", ())):
        data |= {f"choices-{number}-text": text, f"choices-{number}-feedback": feedback}
        if tick:
            data["choices-right"] = number
    found = re.search(r'name="_seen" value="([^"]+)"', response.text)
    assert found
    return data | {"_seen": found[1]}


def change(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


@pytest.fixture
def course(teacher: User) -> Course:
    return make_course(owner=teacher, modules=1)


def test_a_question_in_two_tabs(as_teacher: Client, course: Course) -> None:
    question = Question.objects.filter(quiz__course=course).earliest("pk")
    address = change(question)
    first, second = form_of(as_teacher, address), form_of(as_teacher, address)
    saved = first | {"stem": "What do rivers carry?", "choices-0-text": "Sand"}
    assert as_teacher.post(address, saved).status_code == 302
    mine = second | {"stem": "What feeds a stream?"}
    refused = as_teacher.post(address, mine)
    assert refused.status_code == 200
    for words in ("changed this after you opened it", "What do rivers carry?", "wrong: Sand"):
        assert words in refused.text
    assert refused.context["adminform"].form["stem"].value() == "What feeds a stream?"
    question.refresh_from_db()
    assert question.stem == "What do rivers carry?"
    # The way on: the form as it came back can be saved.
    again = mine | {"_seen": form_of(as_teacher, address)["_seen"]}
    assert f'name="_seen" value="{again["_seen"]}"' in refused.text
    assert as_teacher.post(address, again).status_code == 302
    question.refresh_from_db()
    assert question.stem == "What feeds a stream?"


@pytest.mark.parametrize("name", ["course", "module", "topic", "quiz"])
def test_other_forms_in_two_tabs(as_teacher: Client, course: Course, name: str) -> None:
    row: Any = {
        "course": course,
        "module": course.modules.get(),
        "topic": Topic.objects.filter(module__course=course).earliest("pk"),
        "quiz": course.quizzes.earliest("pk"),
    }[name]
    address = change(row)
    first, second = form_of(as_teacher, address), form_of(as_teacher, address)
    assert as_teacher.post(address, first | {"title": "Of the first"}).status_code == 302
    refused = as_teacher.post(address, second | {"title": "Of the second"})
    assert "changed this after you opened it" in refused.text
    assert "Of the first" in refused.text
    assert refused.context["adminform"].form["title"].value() == "Of the second"
    # A mark that nobody made changes nothing either.
    assert as_teacher.post(address, second | {"_seen": "x,y"}).status_code == 200
    row.refresh_from_db()
    assert row.title == "Of the first"


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_when_the_session_ends_or_the_page_is_left(
    new_page: NewPage, live_server: LiveServer
) -> None:
    course = make_course(owner=make_teacher(), modules=1)
    question = Question.objects.filter(quiz__course=course).earliest("pk")
    page = new_page(base_url=live_server.url)
    asked: list[str] = []

    def log_in() -> None:
        page.get_by_label("Username").fill("teacher")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto(change(question))
    log_in()
    expect(page.locator("form[data-drafts]")).to_be_visible()
    page.get_by_label("Question:", exact=True).fill("What feeds a stream?")
    page.get_by_label("Choice, row 5").fill("A fifth")
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_label("Question:", exact=True)).to_have_value("What feeds a stream?")
    assert asked == ["beforeunload"]
    # A preview stands in a tab of its own; this one stays as it is, and still asks.
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Preview").press("Enter")
    expect(opened.value.locator("form.quiz-form legend")).to_contain_text("What feeds a stream?")
    expect(opened.value.locator("form.quiz-form .choice")).to_have_count(5)
    opened.value.close()
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_label("Question:", exact=True)).to_have_value("What feeds a stream?")
    assert asked == ["beforeunload"] * 2
    Session.objects.all().delete()
    page.get_by_role("button", name="Save", exact=True).click()
    log_in()
    expect(page.get_by_text("What you had typed before is in the form again")).to_be_visible()
    expect(page.get_by_label("Question:", exact=True)).to_have_value("What feeds a stream?")
    expect(page.get_by_label("Choice, row 5")).to_have_value("A fifth")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    question.refresh_from_db()
    assert (question.stem, question.choices.count()) == ("What feeds a stream?", 5)
    page.goto(change(question))
    expect(page.get_by_label("Question:", exact=True)).to_have_value("What feeds a stream?")
    expect(page.get_by_text("What you had typed before")).to_have_count(0)
    assert asked == ["beforeunload"] * 2
