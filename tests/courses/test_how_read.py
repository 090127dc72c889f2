"""Which pages of a document are used, and what staff are told of its reading."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from courses.how_read import how_read, share_in_lessons
from courses.models import Citation, Course, SourceDocument
from courses.services import request_course
from jobs.models import JobStatus
from tests.factories import make_course, make_document, make_passage, make_teacher
from tests.office import rivers_docx, rivers_pptx
from tests.pdfs import RIVERS, make_pdf, upload
from tests.queue import work
from tests.reading.courses import CASES

pytestmark = pytest.mark.django_db
TWO_PAGES = (CASES / "s22-table-unruled.pdf").read_bytes()


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: object) -> None:
    settings.MEDIA_ROOT = tmp_path


def ranges(**values: object) -> list[str]:
    files = [upload(TWO_PAGES, "a.pdf"), upload(make_pdf(RIVERS[:2]), "b.pdf")]
    made = request_course(files=files, **values)  # type: ignore[arg-type] # passed on as they are
    return [one.page_range for one in made.course.documents.order_by("position")]


def test_each_file_has_its_range() -> None:
    assert ranges(pages=["", "pages 1"]) == ["", "1"]
    assert ranges(pages=["2"]) == ["2", ""]
    assert ranges() == ["", ""]


@pytest.mark.parametrize(
    ("pages", "words"), [(["x"], "Write the pages as 3-40"), (["1", "1", "1"], "more ranges")]
)
def test_wrong_ranges_are_refused_before_anything_is_kept(pages: list[str], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ranges(pages=pages)
    assert not Course.objects.exists()


def test_a_request_that_is_sent_again_names_the_same_pages() -> None:
    teacher = make_teacher()
    files = [upload(TWO_PAGES)]
    first = request_course(files=files, requested_by=teacher, key="k", pages=["2"])
    again = request_course(files=files, requested_by=teacher, key="k", pages=[" 2 "])
    assert first.course == again.course


def test_only_the_range_becomes_a_course(chroma: int) -> None:
    job = work(request_course(files=[upload(TWO_PAGES)], pages=["2"]).job)
    document = SourceDocument.objects.get()
    assert set(document.passages.values_list("page_from", flat=True)) == {2}
    said = " ".join(how_read(document))
    assert "1 of 2 pages hold text that is taught (limited to pages 2)" in said
    assert "Language: English. Lessons and questions are made without a language model." in said
    course = Course.objects.get(job=job)
    share = share_in_lessons(course)
    assert share is not None
    assert 0 < share <= 1


def test_a_range_without_text_fails_with_the_reason(chroma: int) -> None:
    job = work(request_course(files=[upload(TWO_PAGES)], pages=["9"]).job)
    assert job.status == JobStatus.FAILED
    assert "none of pages 9 is among them" in job.error


def test_the_form_takes_a_range_for_each_file() -> None:
    client = Client()
    client.force_login(make_teacher())
    place = reverse("admin:courses_course_add")
    files = [upload(TWO_PAGES, "a.pdf"), upload(make_pdf(), "b.pdf")]
    wrong = client.post(place, {"documents": files, "pages": "x"}).content.decode()
    assert "Write the pages as 3-40, 52" in wrong
    files = [upload(TWO_PAGES, "a.pdf"), upload(make_pdf(), "b.pdf")]
    assert client.post(place, {"documents": files, "pages": "\r\n1"}).status_code == 302
    found = SourceDocument.objects.order_by("position").values_list("page_range", flat=True)
    assert list(found) == ["", "1"]


def test_the_api_takes_a_range_for_each_file() -> None:
    client = Client()
    client.force_login(make_teacher())
    sent = client.post("/api/courses/", {"files": [upload(TWO_PAGES)], "pages": ["2"]})
    assert sent.status_code == 202
    assert SourceDocument.objects.get().page_range == "2"
    wrong = client.post("/api/courses/", {"files": [upload(TWO_PAGES)], "pages": ["2-1"]})
    assert (wrong.status_code, b"3-40, 52" in wrong.content) == (400, True)


def test_what_was_left_out_is_said(settings: Settings) -> None:
    teacher = make_teacher()
    course = make_course(owner=teacher)
    reading = {
        "pages": 40,
        "read": 40,
        "used": 30,
        "parts": {"body": 0.8, "exercises": 0.15, "index": 0.05},
        "trust": {"good": 20, "suspicious": 5, "none": 15},
        "by_ocr": 3,
        "left_out": list(range(1, 16)),
        "headings": "looks",
        "figures": 2,
        "formulas": 1,
    }
    document = make_document(course, language="hi", reading=reading)
    said, listed = how_read(document), ", ".join(map(str, range(1, 13)))
    assert said == [
        "30 of 40 pages hold text that is taught: 80% of the text that was read.",
        "Not taught: exercises 15%, index 5%.",
        "Text of pages: 20 good, 5 doubtful, 15 none; 3 read by OCR.",
        f"Left out because they could not be read: pages {listed} and 3 more.",
        "Headings were guessed from sizes, weights and numbers of lines: check the outline.",
        "Figures: 2. Formulas on their own lines: 1.",
        "Language: Hindi. Lessons are made in it without a language model; questions need one.",
    ]
    client = Client()
    client.force_login(teacher)
    page = client.get(reverse("admin:courses_course_change", args=[course.pk])).content.decode()
    assert "Not taught: exercises 15%, index 5%." in page
    assert "% of the text that can be taught." in page
    place = reverse("admin:courses_sourcedocument_change", args=[document.pk])
    assert "Figures: 2." in client.get(place).content.decode()
    settings.COURSE_ENGINE = "llm"
    assert "written by the language model" in how_read(document)[-1]
    document.reading = {}
    document.save()
    assert how_read(document) == []
    assert "read by an older release" in client.get(place).content.decode()


def test_the_share_in_lessons_counts_each_passage_once() -> None:
    course = make_course(modules=1, topics=2)
    document = course.documents.get()
    assert share_in_lessons(course) == 1.0
    long = "x" * sum(len(one.text) for one in document.passages.all())
    make_passage(document, long)
    topic = course.modules.get().topics.first()
    assert topic is not None
    passage = topic.citations.get().passage
    Citation.objects.create(topic=topic, position=2, passage=passage, quote="It")
    assert share_in_lessons(course) == 0.5
    document.passages.update(matter="index")
    assert share_in_lessons(course) is None


def test_ranges_of_files_without_pages_are_refused() -> None:
    files = [upload(TWO_PAGES, "a.pdf"), SimpleUploadedFile("rivers.docx", rivers_docx())]
    with pytest.raises(ValidationError, match=r"rivers\.docx is no PDF and is used whole"):
        request_course(files=files, pages=["", "2"])
    assert not Course.objects.exists()
    made = request_course(files=files, pages=["2", ""])
    assert [one.page_range for one in made.course.documents.order_by("position")] == ["2", ""]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rivers.docx", ["% of the text that was read is taught.", "Text of sections: "]),
        ("rivers.pptx", [" slides hold text that is taught: ", "Text of slides: "]),
    ],
)
def test_what_has_no_pages_is_told_without_them(chroma: int, name: str, words: list[str]) -> None:
    data = rivers_docx() if name.endswith("docx") else rivers_pptx()
    work(request_course(files=[SimpleUploadedFile(name, data)]).job)
    said = " ".join(how_read(SourceDocument.objects.get()))
    assert all(part in said for part in words)
    assert "page" not in said
    assert "Headings are those that the file itself names." in said
