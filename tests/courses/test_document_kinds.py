"""From a Word file, slides, a book and a page of the web to a course, on the real parts."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from courses.models import Citation, Course, DocumentStatus, Passage, SourceDocument, Topic
from courses.services import publish_course, request_course
from exchange.course_files.course import export_course
from jobs.models import Job, JobStatus
from quizzes.models import Question
from tests.api.world import client
from tests.factories import make_course, make_learner, make_teacher
from tests.office import rivers_docx, rivers_pptx, sample
from tests.queue import work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: object, chroma: int) -> None:
    settings.MEDIA_ROOT = tmp_path


def made_of(name: str, data: bytes, **values: object) -> Job:
    files = [SimpleUploadedFile(name, data)]
    return work(request_course(files=files, **values).job)  # type: ignore[arg-type] # passed on as they are


CHAPTERS = [
    *("Water and the planet", "The water cycle", "Rivers and their valleys"),
    *("Groundwater and ice", "Water and people"),
]
KINDS = [
    ("docx", "Word", None, "section \u201cHow much water there is\u201d"),
    ("pptx", "PowerPoint", 29, "slide 2"),
    pytest.param(
        *("epub", "EPUB book", None, "section \u201cHow much water there is\u201d"),
        marks=pytest.mark.slow,
    ),
    pytest.param(
        *("html", "web page", None, "section \u201cHow much water there is\u201d"),
        marks=pytest.mark.slow,
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name", "pages", "place"), KINDS)
def test_headings_become_modules_and_topics_with_their_lists_and_tables(
    kind: str, name: str, pages: int | None, place: str
) -> None:
    job = made_of(f"water-on-earth.{kind}", sample(kind), requested_by=make_teacher())
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    course, document = Course.objects.get(), SourceDocument.objects.get()
    assert (document.status, document.format_name) == (DocumentStatus.INDEXED, name)
    assert (document.pages, document.format.value) == (pages, kind)
    assert (course.title, course.source_language) == ("Water on earth", "en")
    assert list(course.modules.values_list("title", flat=True)) == CHAPTERS
    topics = {topic.title: topic for topic in Topic.objects.all()}
    assert {"Stores and flows", "The drainage basin", "Snow and glaciers"} <= set(topics)
    water = topics["How much water there is"]
    assert "| Glaciers and ice sheets | 1.7 % | 20 to 100,000 years |" in water.content
    assert place in {citation.passage.pages_label for citation in water.citations.all()}
    steps = topics["Discharge and the hydrograph"].content
    assert "Choose a straight part of the stream." in steps
    assert not any("Boots for sale" in topic.content for topic in topics.values())
    questions = Question.objects.exclude(status="rejected")
    assert questions.count() > 15
    assert all(question.quote in question.passage.text for question in questions)  # type: ignore[union-attr] # each has one


def test_learners_programs_and_staff_see_where_a_statement_stands() -> None:
    teacher = make_teacher()
    made_of("rivers.pptx", rivers_pptx(), requested_by=teacher)
    course = Course.objects.get()
    publish_course(course)
    citation = Citation.objects.filter(passage__page_from=3)[0]
    learner = Client()
    learner.force_login(make_learner())
    assert (
        "rivers.pptx, slide 3"
        in learner.get(reverse("topic-detail", args=[citation.topic_id])).text
    )
    api = client(teacher)
    topic = api.get(f"/api/courses/{course.slug}/topics/{citation.topic_id}/").json()
    assert "slide 3" in {one["pages"] for one in topic["citations"]}
    passages = api.get(f"/api/courses/{course.slug}/passages/?on_page=3").json()["results"]
    assert {(one["unit"], one["pages"]) for one in passages} == {("slide", "slide 3")}
    document = api.get(f"/api/courses/{course.slug}/documents/").json()["results"][0]
    assert (document["format"], document["pages"], document["address"]) == ("pptx", 6, "")
    file: Any = api.get(f"/api/courses/{course.slug}/documents/{document['id']}/file/")
    assert file["Content-Type"].endswith("presentationml.presentation")
    assert 'filename="rivers.pptx"' in file["Content-Disposition"]
    assert b"".join(file.streaming_content).startswith(b"PK")
    staff = Client()
    staff.force_login(teacher)
    assert "PowerPoint" in staff.get(reverse("admin:courses_course_change", args=[course.pk])).text
    passage = reverse("admin:courses_passage_change", args=[citation.passage_id])
    assert "slide 3" in staff.get(passage).text


def test_a_course_keeps_its_places_in_a_course_file() -> None:
    made_of("rivers.docx", rivers_docx(), requested_by=make_teacher())
    SourceDocument.objects.update(address="https://example.org/rivers")
    data = export_course(Course.objects.get())
    document = data["documents"][0]
    assert document["address"] == "https://example.org/rivers"
    assert {passage["unit"] for passage in document["passages"]} == {"paragraph"}
    old = export_course(make_course("Old"))
    assert not any("unit" in p for d in old["documents"] for p in d["passages"])
    assert "address" not in old["documents"][0]


def test_passages_of_before_stand_on_pages_and_other_units_are_refused() -> None:
    course = make_course()
    passage = Passage.objects.filter(document__course=course)[0]
    assert passage.unit == "page"
    assert passage.pages_label.startswith("page")
    with pytest.raises(IntegrityError), transaction.atomic():
        Passage.objects.filter(pk=passage.pk).update(unit="mile")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.docx", rivers_docx()[:9000], "a.docx: The file is damaged or was cut off"),
        ("a.txt", b"1 2 3", "a.txt: The document holds no text"),
    ],
)
def test_a_file_that_cannot_be_read_fails_its_job_with_words(
    name: str, data: bytes, words: str
) -> None:
    job = made_of(name, data)
    assert job.status == JobStatus.FAILED
    assert words in job.error


@pytest.mark.slow
def test_the_language_is_that_of_most_text(settings: Settings) -> None:
    german = (
        "Der Fluss fließt über die Wiese und nimmt dabei viel Sand und auch Steine mit sich. "
        "Die Quelle ist der Ort, an dem das Wasser aus dem Boden kommt und zu einem Bach wird. "
    )
    files = [
        SimpleUploadedFile("a.txt", ("Wasser\n\n" + german * 30).encode()),
        SimpleUploadedFile("b.docx", rivers_docx()),
    ]
    work(request_course(files=files).job)
    assert Course.objects.get().source_language == "de"
