"""From a document with exercises and a key to quizzes, lessons and what staff are offered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from docx import Document as WordDocument
from pytest_django.fixtures import Settings

from courses.models import Course, Topic
from courses.services import request_course
from engine.questions.printed import NEEDS_KEY
from engine.questions.schemas import QuestionKind
from exchange.course_files.course import export_course
from exchange.course_files.schema import problem_of
from exchange.old_json.coherence import incoherence_of
from exchange.old_json.rebuilt import make_course as rebuilt
from jobs.models import JobStatus
from quizzes.editing import ChoiceEdit, approve_question, edit_question
from quizzes.models import Question, QuestionStatus
from quizzes.queries import printed_key
from tests.factories import make_editor
from tests.office import saved
from tests.pdfs import RIVERS, make_pdf
from tests.queue import work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: object, chroma: int) -> None:
    settings.MEDIA_ROOT = tmp_path


SPRINGS = (
    ("1. Where does groundwater come to the surface?", ("in a delta", "at a spring", "in a lake")),
    ("2. What refills an aquifer?", ("rain", "sediment", "a dam")),
    ("3. Which water body is shown in the figure above?", ("a lake", "a delta", "a spring")),
)
DELTAS = (
    ("1. What does a river drop at its mouth?", ("ice", "air", "sediment")),
    ("2. What holds sediment back?", ("a dam", "a spring", "a meander")),
)
# Of the second chapter the document prints the first answer only.
SECTIONS: list[tuple[str, list[str]]] = [
    ("Chapter 1: Springs", [RIVERS[0][1]]),
    ("Review Questions", ["springs"]),
    ("Chapter 2: Deltas", [RIVERS[1][1]]),
    ("Review Questions", ["deltas"]),
    ("Answer Key", []),
    ("Chapter 1", ["1. b", "2. a. It soaks into the soil for years.", "3. c"]),
    ("Chapter 2", ["1. c"]),
]
LEVELS = [1, 2, 1, 2, 1, 2, 2]


def lines(paragraphs: list[str]) -> list[str]:
    """Returns paragraphs, with the exercises in the place of their name."""
    found = []
    for one in paragraphs:
        for stem, choices in {"springs": SPRINGS, "deltas": DELTAS}.get(one, ()):
            found += [stem, *(f"{letter}. {c}" for letter, c in zip("abc", choices, strict=True))]
        if one not in ("springs", "deltas"):
            found.append(one)
    return found


def pdf() -> bytes:
    return make_pdf(
        [(title, "<br/>".join(lines(own))) for title, own in SECTIONS],
        levels=LEVELS,
    )


def docx() -> bytes:
    document = WordDocument()
    for (title, own), level in zip(SECTIONS, LEVELS, strict=True):
        document.add_heading(title, level)
        for line in lines(own):
            document.add_paragraph(line)
    return saved(document)


def html() -> bytes:
    """A page whose exercises are lists in a list, with letters that only a browser shows."""
    body = ""
    for (title, own), level in zip(SECTIONS, LEVELS, strict=True):
        body += f"<h{level + 1}>{title}</h{level + 1}>"
        for one in own:
            asked = {"springs": SPRINGS, "deltas": DELTAS}.get(one)
            body += _list(asked) if asked else f"<p>{one}</p>"
    return (
        '<!DOCTYPE html><html lang="en"><head><title>Rivers</title></head><body><main><article>'
        f"<h1>Rivers</h1>{body}</article></main></body></html>"
    ).encode()


def _list(asked: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    items = ""
    for stem, choices in asked:
        inner = "".join(f"<li>{choice}</li>" for choice in choices)
        items += f'<li>{stem[3:]}<ol type="a">{inner}</ol></li>'
    return f"<ol>{items}</ol>"


def course_of(kind: str, data: bytes) -> Course:
    files = [SimpleUploadedFile(f"rivers.{kind}", data)]
    job = work(request_course(files=files, requested_by=make_editor()).job)
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    return Course.objects.get()


def own(**values: Any) -> dict[str, str | None]:
    """The document's own questions about its two chapters, with their right choices."""
    rows = Question.objects.filter(kind=QuestionKind.PRINTED, **values)
    rows = rows.filter(topic__title="Springs and deltas", quiz__module__isnull=False)
    return {
        row.stem: next((one.text for one in row.choices.all() if one.is_correct), None)
        for row in rows
    }


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "make"), [("pdf", pdf), ("docx", docx), ("html", html)])
def test_own_questions_are_asked_in_the_quiz_of_their_chapter(kind: str, make: Any) -> None:
    course_of(kind, make())
    assert own(status=QuestionStatus.DRAFT) == {
        "Where does groundwater come to the surface?": "at a spring",
        "What refills an aquifer?": "rain",
        "What does a river drop at its mouth?": "sediment",
    }
    assert own(status=QuestionStatus.REJECTED) == {"What holds sediment back?": None}
    rain = Question.objects.get(stem="What refills an aquifer?")
    assert rain.explanation.startswith(
        "It soaks into the soil for years. The book\u2019s own answer"
    )
    assert rain.passage is not None
    assert rain.quote in rain.passage.text
    key = printed_key(rain)
    assert key is not None
    assert key[0].heading_path[-1] == "Chapter 1"
    # What quizzes ask is no practice; what they cannot ask is.
    lessons = " ".join(Topic.objects.values_list("content", flat=True))
    assert "refills an aquifer?" not in lessons
    assert "shown in the figure above" in lessons
    assert "holds sediment back?" in lessons


def test_staff_see_the_origin_and_mark_what_has_no_key(client: Client) -> None:
    course_of("docx", docx())
    editor = make_editor("reviewer")
    client.force_login(editor)
    waiting = Question.objects.get(stem="What holds sediment back?")
    assert [issue["code"] for issue in waiting.check_results] == [NEEDS_KEY]
    page = client.get(reverse("admin:quizzes_quiz_change", args=[waiting.quiz_id]))
    html_ = page.content.decode()
    assert "From the document, without an answer (1)" in html_
    assert html_.count("from the document\u2019s own questions") == 4
    # It cannot be approved before somebody marks the right choice.
    with pytest.raises(Exception, match="Mark exactly one choice"):
        approve_question(waiting)
    edit_question(
        question=waiting, stem=waiting.stem, explanation="A dam does.", difficulty="easy",
        bloom="remember", by=editor,
        choices=[ChoiceEdit(one.text, one.text == "a dam") for one in waiting.choices.all()],
    )  # fmt: skip
    waiting.refresh_from_db()
    assert (waiting.status, waiting.check_results) == (QuestionStatus.EDITED, [])


def test_the_desk_shows_the_exercise_and_its_key(client: Client) -> None:
    course = course_of("docx", docx())
    client.force_login(make_editor("reviewer"))
    rain = Question.objects.get(stem="What refills an aquifer?")
    address = reverse("admin:courses_course_desk", args=[course.pk])
    page = client.get(address, {"item": f"question-{rain.pk}"}).content.decode()
    assert "from the document\u2019s own questions" in page
    assert "section \u201cReview Questions\u201d" in page
    page = client.get(address, {"item": f"question-{rain.pk}", "source": "1"}).content.decode()
    assert "section \u201cChapter 1\u201d" in page
    assert "<mark>2. a. It soaks into the soil for years.</mark>" in page


def test_a_question_without_an_answer_goes_through_all_doors(client: Client) -> None:
    """Its own page, the desk, the API, the course's file, and a copy of the course."""
    course = course_of("docx", docx())
    editor = make_editor("reviewer")
    client.force_login(editor)
    waiting = Question.objects.get(stem="What holds sediment back?")
    desk = reverse("admin:courses_course_desk", args=[course.pk])
    for address in (
        reverse("admin:quizzes_question_change", args=[waiting.pk]),
        f"{desk}?item=question-{waiting.pk}",
        f"{desk}?item=question-{waiting.pk}&edit=1",
        reverse("admin:quizzes_question_changelist"),
        reverse("admin:quizzes_quiz_order", args=[waiting.quiz_id]),
        reverse("admin:courses_course_change", args=[course.pk]),
        reverse("api-question-detail", args=[waiting.pk]),
        reverse("api-quiz-detail", args=[waiting.quiz_id]),
    ):
        assert client.get(address).status_code == 200, address
    form = {
        "item": f"question-{waiting.pk}", "version": "0", "undo": "",
    }  # fmt: skip
    refused = client.post(f"{desk}approve/", form)
    assert refused.status_code < 500
    waiting.refresh_from_db()
    assert waiting.status == QuestionStatus.REJECTED
    written = json.loads(json.dumps(export_course(course)))
    assert (problem_of(written), incoherence_of(written)) == (None, None)
    copy = rebuilt(written, editor)
    copied = Question.objects.get(stem=waiting.stem, quiz__course=copy)
    assert (copied.status, copied.kind) == (QuestionStatus.REJECTED, QuestionKind.PRINTED)
    assert not copied.choices.filter(is_correct=True).exists()
