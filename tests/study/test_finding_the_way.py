"""What pupils look for: the end of a course, their certificate, the menu, their account."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import Course, CourseStatus, Topic
from courses.study import add_note, set_read
from quizzes.certificates import issue_certificate
from quizzes.models import Attempt
from quizzes.services import start_attempt, submit_attempt
from tests.browser import NewPage
from tests.factories import make_course, make_learner, make_question
from tests.study.pages import logged_in, make_study_world

pytestmark = pytest.mark.django_db
RIGHT = {1: 1, 2: 2, 3: 3}
NARROW: dict[str, Any] = {"viewport": {"width": 320, "height": 640}}
IS_TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def learner() -> User:
    learner = make_learner()
    learner.first_name, learner.last_name = "Asha", "Rao"
    learner.save()
    return learner


@pytest.fixture
def reader(learner: User) -> Client:
    client = Client()
    client.force_login(learner)
    return client


def finished(learner: User) -> Course:
    course = make_course(status=CourseStatus.PUBLISHED, modules=1, topics=1)
    for topic in Topic.objects.filter(module__course=course):
        set_read(learner, topic, is_read=True)
    for quiz in course.quizzes.all():
        submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses=RIGHT)
    return course


def test_a_finished_course_says_so_and_leads_to_the_certificate(
    learner: User, reader: Client
) -> None:
    course = finished(learner)
    link = f'href="{reverse("certificate-get", args=[course.slug])}"'
    html = reader.get(course.get_absolute_url()).text
    assert "You have finished this course" in html
    assert all(link in page for page in (html, reader.get("/").text, reader.get("/history/").text))
    other = Client()
    other.force_login(make_learner("other"))
    for page in (course.get_absolute_url(), "/", "/history/"):
        assert link not in other.get(page).text


def test_the_last_lesson_says_that_it_was_the_last(learner: User, reader: Client) -> None:
    course = make_course(status=CourseStatus.PUBLISHED, modules=2, topics=1)
    first, last = Topic.objects.filter(module__course=course).order_by("module__position")
    done = reader.post(reverse("lesson-read", args=[first.pk]), follow=True).text
    assert "You have read this module to its end." in done
    done = reader.post(reverse("lesson-read", args=[last.pk]), follow=True).text
    assert "You have read the last lesson of this course." in done


def test_a_script_is_told_the_page_that_follows(learner: User, reader: Client) -> None:
    course = make_course(status=CourseStatus.PUBLISHED, modules=1, topics=2)
    first, second = Topic.objects.filter(module__course=course).order_by("position")
    add = reverse("note-add", args=[first.pk])
    accept = {"Accept": "application/json"}
    for _ in range(2):
        # Sent twice, because the first answer was lost.
        answer = reader.post(add, {"text": "Once", "place": "", "note": "1"}, headers=accept).json()
    note = first.notes.get()
    assert answer == {"address": f"{reverse('topic-detail', args=[first.pk])}#note-{note.pk}"}
    read = reader.post(reverse("lesson-read", args=[first.pk]), headers=accept).json()
    assert read == {"address": reverse("topic-detail", args=[second.pk])}


def test_the_same_words_can_stand_at_two_places(learner: User) -> None:
    course = make_course(status=CourseStatus.PUBLISHED, modules=1, topics=1)
    topic = Topic.objects.get(module__course=course)
    notes = {add_note(learner=learner, topic=topic, text="Why?", quote=q).pk for q in "aab"}
    assert len(notes) == 2


def test_tokens_are_offered_to_those_who_need_them(learner: User, reader: Client) -> None:
    tokens = f'href="{reverse("token-list")}"'
    assert tokens not in reader.get("/account/").text
    # By its address the page is there for everybody, as the API's guide says.
    assert reader.get(reverse("token-list")).status_code == 200
    learner.user_permissions.add(Permission.objects.get(codename="add_personaltoken"))
    assert tokens in reader.get("/account/").text


def test_every_language_is_listed_in_its_own_words(reader: Client) -> None:
    for code in ("en", "hi"):
        html = reader.get("/", headers={"Accept-Language": code}).text
        assert f'<html lang="{code}"' in html
        assert ">English</option>" in html
        assert ">\u0939\u093f\u0928\u094d\u0926\u0940</option>" in html


def test_deleting_the_account_says_what_is_lost(reader: Client) -> None:
    account = reader.get("/account/").text
    # Not beside the download, and not looking like it.
    data, delete = account.index(reverse("own-data")), account.index(reverse("account-delete"))
    assert "</section>" in account[data:delete]
    assert f'<a class="button danger" href="{reverse("account-delete")}"' in account
    page = reader.get(reverse("account-delete")).text
    for word in ("results", "notes", "certificates", "tokens"):
        assert word in page
    assert 'class="button danger" type="submit"' in page


def test_the_box_about_unread_questions_is_a_line_after_the_first_time(
    learner: User, reader: Client
) -> None:
    course = make_course(status=CourseStatus.PUBLISHED, modules=1, asks_drafts=True)
    address = course.get_absolute_url()
    assert '<p class="message unread" id="unread">' in reader.get(address).text
    quiz = course.quizzes.get(module=None)
    line = reader.get(quiz.get_absolute_url()).text
    assert 'class="message unread"' not in line
    assert f'href="{address}#unread"' in line
    start_attempt(quiz=quiz, learner=learner)
    begun = reader.get(address).text
    assert '<details class="unread small">' in begun
    assert '<p id="unread">' in begun


def open_page(new_page: NewPage, live_server: LiveServer, **options: Any) -> Page:
    page = new_page(base_url=live_server.url, **options)
    return logged_in(page, live_server.url, User.objects.get(username="learner"))


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_the_menu_of_a_narrow_page_opens_by_its_button(
    new_page: NewPage, live_server: LiveServer, *, scripts: bool
) -> None:
    make_study_world()
    page = open_page(new_page, live_server, java_script_enabled=scripts, **NARROW)
    page.goto("/")
    link = page.get_by_role("link", name="My results")
    expect(link).to_be_hidden()
    # One row.
    box = page.locator(".site-header").bounding_box()
    assert box is not None
    assert box["height"] < 80
    page.locator(".menu-button summary").press("Enter")
    link.click()
    expect(page.get_by_role("heading", name="My results")).to_be_visible()
    page.set_viewport_size({"width": 1200, "height": 800})
    expect(page.locator(".menu-button")).to_be_hidden()
    expect(link).to_be_visible()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_certificate_is_printed_and_leads_back(
    new_page: NewPage, live_server: LiveServer, transactional_db: None
) -> None:
    learner = make_learner()
    User.objects.filter(pk=learner.pk).update(first_name="Asha", last_name="Rao")
    learner.refresh_from_db()
    course = finished(learner)
    certificate = issue_certificate(course=course, learner=learner)
    page = open_page(new_page, live_server)
    page.add_init_script("window.print = () => document.body.setAttribute('data-printed', '')")
    page.goto(certificate.get_absolute_url())
    page.get_by_role("button", name="Print the certificate").click()
    expect(page.locator("body[data-printed]")).to_have_count(1)
    page.get_by_role("link", name="Back to the course").click()
    expect(page.get_by_text("You have finished this course")).to_be_visible()
    # To others it says who has passed, and offers nothing.
    html = Client().get(certificate.get_absolute_url()).text
    assert "data-print" not in html
    assert course.get_absolute_url() not in html


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [pytest.param("normal", marks=pytest.mark.slow), "larger"])
def test_wide_questions_and_tables_fit_a_narrow_page(
    new_page: NewPage, live_server: LiveServer, size: str
) -> None:
    course = make_study_world()
    quiz = course.quizzes.get(module=None)
    items = ["Water evaporates from the sea", "Clouds form over the land", "Rain falls"]
    body = {"format": "ordering", "items": items, "order": [0, 1, 2]}
    make_question(quiz, 8, format="ordering", body=body, status="approved", stem="In which order?")
    body = {"format": "matching", "left": items[:2], "right": items, "pairs": [0, 1]}
    make_question(quiz, 9, format="matching", body=body, status="approved", stem="What belongs?")
    learner = User.objects.get(username="learner")
    attempt: Attempt = start_attempt(quiz=quiz, learner=learner)
    page = open_page(new_page, live_server, **NARROW)
    page.context.add_cookies([{"name": "profai_size", "value": size, "url": live_server.url}])
    page.goto(f"/attempts/{attempt.pk}/questions/")
    assert not page.evaluate(IS_TOO_WIDE)
    for part in page.locator(".part").all():
        words, field = part.locator("label").bounding_box(), part.locator("select").bounding_box()
        assert words is not None
        assert field is not None
        # Room for words, not a letter a line; and fields that can be read.
        assert words["width"] > 100
        assert field["width"] > 80
        assert words["x"] + words["width"] <= NARROW["viewport"]["width"]
    submit_attempt(attempt=attempt)
    for path in (attempt.get_absolute_url(), "/history/"):
        page.goto(path)
        assert not page.evaluate(IS_TOO_WIDE)
        tables = page.locator(".cards-if-narrow")
        assert tables.count() > 0
        for table in tables.all():
            expect(table.get_by_role("columnheader").first).to_be_attached()
            box = table.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= NARROW["viewport"]["width"]
    # Others scroll, and say so.
    topic = Topic.objects.order_by("pk")[0]
    row = "| evaporation " * 9 + "|\n"
    Topic.objects.filter(pk=topic.pk).update(content=f"{row}{'|---' * 9}|\n{row}")
    page.goto(reverse("topic-detail", args=[topic.pk]))
    assert not page.evaluate(IS_TOO_WIDE)
    expect(page.get_by_text("Scroll sideways to see the whole table.")).to_be_visible()
