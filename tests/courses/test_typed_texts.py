"""Titles and texts as people type and paste them: what belongs to a word stays, and nothing else
that cannot be seen does."""

from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from common.files import attachment
from courses.models import Course, Module, SourceDocument, Topic, TopicStatus
from courses.services import request_course
from engine.language.typed import one_line
from quizzes.models import Quiz
from tests.api.world import client
from tests.factories import make_course, make_superuser
from tests.pdfs import RIVERS, make_pdf

WANT = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"  # "I want", in Persian
SCIENTIST = "\U0001f469\U0001f3fd\u200d\U0001f52c"
COMPOSED = "\u00dcbungen zur \u00c4sthetik"
APART = normalize("NFD", COMPOSED)


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (WANT, WANT),
        (f"{SCIENTIST} Science \u2764\ufe0f", f"{SCIENTIST} Science \u2764\ufe0f"),
        ("Splat \U0001fadf", "Splat \U0001fadf"),  # newer than the Unicode of Python 3.11
        ("Zell\u00adbiologie", "Zellbiologie"),
        (APART, COMPOSED),
        ("  A\u00a0title\r\nin\tlines \x07 ", "A title in lines"),
        ("safe\u202efdp.exe", "safefdp.exe"),
        ("\u05e9\u05dc\u05d5\u05dd\u200f!", "\u05e9\u05dc\u05d5\u05dd!"),
        ("\ufffe\ufeffx\ud800", "x"),
        *((text, "") for text in ("", "\u200b", "\u00ad\u2060", "\u200d", "\u2800 \u3164", "\x00")),
    ],
)
def test_a_title_is_one_line_of_what_can_be_seen(typed: str, line: str) -> None:
    assert one_line(typed) == line


@given(st.text())
def test_a_line_stays_as_it_is(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)


@pytest.fixture
def media(settings: Settings, tmp_path: Path, db: None) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.usefixtures("media")
@pytest.mark.parametrize(("name", "title"), [(f"{WANT}.pdf", WANT), (f"{APART}.pdf", COMPOSED)])
def test_a_course_is_called_as_its_file_looks(name: str, title: str) -> None:
    file = SimpleUploadedFile("x.pdf", make_pdf(RIVERS))
    file._name = name  # type: ignore[attr-defined] # as a browser sends it
    request_course(files=[file])
    assert Course.objects.get().title == title
    assert SourceDocument.objects.get().original_name == f"{title}.pdf"


def test_a_download_keeps_the_joiners_of_its_name() -> None:
    assert "%E2%80%8C" in attachment(f"{WANT}.pdf")
    assert "%E2%80%AE" not in attachment("safe\u202efdp.exe")


@pytest.mark.django_db
@pytest.mark.parametrize("sought", [COMPOSED[:7], APART[:8], "\u00e4sthetik"])
def test_a_title_is_found_however_its_letters_are_sent(sought: str) -> None:
    course = make_course(one_line(APART), modules=1)
    chief = make_superuser()
    found = client(chief).get("/api/courses/", {"q": sought}).json()["results"]
    assert [row["slug"] for row in found] == [course.slug]
    browser = Client()
    browser.force_login(chief)
    page = browser.get(reverse("admin:courses_course_changelist"), {"q": sought})
    assert page.context["cl"].result_count == 1


def address(kind: str, course: Course) -> str:
    rows = {
        "course": f"/api/courses/{course.slug}/",
        "module": f"/api/courses/{course.slug}/modules/{Module.objects.earliest('pk').pk}/",
        "topic": f"/api/courses/{course.slug}/topics/{Topic.objects.earliest('pk').pk}/",
        "quiz": f"/api/quizzes/{Quiz.objects.earliest('pk').pk}/",
    }
    return rows[kind]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["course", "module", "topic", "quiz"])
@pytest.mark.parametrize("title", ["\u200b", "\u00ad", "\u2800", "\u200d"])
def test_a_title_that_cannot_be_seen_is_none(kind: str, title: str) -> None:
    api, course = client(make_superuser()), make_course(modules=1)
    page = address(kind, course)
    before = api.get(page)
    answer = api.patch(page, {"title": title}, format="json", headers={"If-Match": before["ETag"]})
    assert answer.status_code == 400
    assert "title" in answer.json()["fields"]
    assert api.get(page).json()["title"] == before.json()["title"]
    name = f"{'quizzes' if kind == 'quiz' else 'courses'}_{kind}"
    model = {"course": Course, "module": Module, "topic": Topic, "quiz": Quiz}[kind]
    row = model._default_manager.earliest("pk")
    browser = Client()
    browser.force_login(make_superuser("other"))
    sent = {"title": title, "content": getattr(row, "content", ""), "pass_mark": "60"}
    form = browser.post(reverse(f"admin:{name}_change", args=[row.pk]), sent)
    assert form.status_code == 200
    assert form.context["errors"]


@pytest.mark.django_db
@pytest.mark.parametrize("content", ["One. [^1]\n\nTwo.\n\n- three", "One. [^1]\r\nTwo.\n"])
def test_a_page_that_is_saved_as_it_is_edits_nothing(content: str) -> None:
    """Browsers send the ends of lines as CR and LF."""
    course = make_course(modules=1, topics=1)
    lines = content.replace("\r\n", "\n")
    Course.objects.update(description="One.\n\nTwo.")
    Module.objects.update(summary="One.\n\nTwo.")
    Topic.objects.update(content=content, flags=["Look here."], statements=[{"text": "One."}])
    topic, module = Topic.objects.get(), Module.objects.get()
    browser = Client()
    browser.force_login(make_superuser())
    pages = {
        "topic": (topic.pk, {"title": topic.title, "content": lines}),
        "module": (module.pk, {"title": module.title, "summary": module.summary}),
        "course": (course.pk, {"title": course.title, "description": "One.\n\nTwo."}),
    }
    for kind, (pk, texts) in pages.items():
        sent = {name: text.replace("\n", "\r\n") for name, text in texts.items()}
        page = reverse(f"admin:courses_{kind}_change", args=[pk])
        assert browser.post(page, sent).status_code == 302
    topic.refresh_from_db()
    assert (topic.status, topic.content) == (TopicStatus.WRITTEN, content)
    assert (topic.flags, topic.statements) == (["Look here."], [{"text": "One."}])
    assert Module.objects.get().summary == Course.objects.get().description == "One.\n\nTwo."
