"""Pages of documents as pictures: who sees which, with what marked, and what is kept of them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from common import outside_calls
from courses.cleanup import waste
from courses.models import Citation, Course, CourseStatus, Passage
from courses.page_pictures import (
    PictureError,
    marked_pages,
    page_picture,
    picture_folder,
    quote_boxes,
)
from courses.services import delete_course, request_course
from tests import hostile_pdfs
from tests.factories import make_course, make_document, make_editor, make_learner, make_teacher
from tests.pdfs import make_pdf, upload
from tests.queue import work
from tests.reading.courses import CASES

pytestmark = pytest.mark.django_db
TWO_PAGES = CASES / "s22-table-unruled.pdf"


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def teacher() -> User:
    return make_teacher()


@pytest.fixture
def course(teacher: User, chroma: int) -> Course:
    job = request_course(files=[upload()], requested_by=teacher, publish=True).job
    work(job)
    return Course.objects.get(job=job)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(course: Course, page: int = 1, width: int = 480) -> str:
    place = [course.documents.get().pk, page]
    return f"{reverse('page-picture', args=place)}?width={width}"


def test_a_page_is_drawn_once_at_a_known_width(course: Course) -> None:
    response = client_of(make_learner()).get(address(course, width=700))
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert "sandbox" in response["Content-Security-Policy"]
    picture = Image.open(BytesIO(response.content))
    assert (picture.format, picture.width) == ("WEBP", 960)
    assert picture.height > picture.width
    kept = f"{picture_folder(course.documents.get())}/1-960.webp"
    assert default_storage.exists(kept)
    default_storage.delete(kept)
    default_storage.save(kept, ContentFile(b"from the store"))
    assert client_of(make_editor()).get(address(course, width=700)).content == b"from the store"


def test_a_browser_that_has_the_picture_is_sent_nothing(course: Course) -> None:
    client = client_of(make_learner())
    tag = client.get(address(course))["ETag"]
    assert client.get(address(course), headers={"if-none-match": tag}).status_code == 304


def test_learners_see_cited_pages_only(course: Course) -> None:
    learner = client_of(make_learner())
    assert learner.get(address(course)).status_code == 200
    assert Client().get(address(course)).status_code == 302
    document = course.documents.get()
    document.pages = 2
    document.save()
    assert learner.get(address(course, page=2)).status_code == 404
    Citation.objects.all().delete()
    Passage.objects.update(page_from=5, page_to=5)
    assert learner.get(address(course)).status_code == 404


def test_learners_see_none_where_the_course_keeps_them_back(course: Course, teacher: User) -> None:
    learner, topic = client_of(make_learner()), course.modules.first().topics.first()  # type: ignore[union-attr] # it was written
    source = reverse("topic-source", args=[topic.pk, 1])  # type: ignore[union-attr] # as above
    lesson = reverse("topic-detail", args=[topic.pk])  # type: ignore[union-attr] # as above
    assert source in learner.get(lesson).content.decode()
    Course.objects.update(shows_pages=False)
    assert source not in learner.get(lesson).content.decode()
    assert [learner.get(place).status_code for place in (source, address(course))] == [404, 404]
    owner = client_of(teacher)
    assert [owner.get(place).status_code for place in (source, address(course))] == [200, 200]
    Course.objects.update(shows_pages=True, status=CourseStatus.DRAFT)
    assert [learner.get(place).status_code for place in (source, address(course))] == [404, 404]


def test_other_teachers_see_no_pages_of_a_draft(course: Course) -> None:
    Course.objects.update(status=CourseStatus.DRAFT)
    other = client_of(make_teacher("other"))
    assert other.get(address(course)).status_code == 404
    place = [course.documents.get().pk, 1]
    assert other.get(reverse("admin:courses_sourcedocument_page", args=place)).status_code == 404


def test_a_lesson_leads_to_the_page_with_the_words_marked(course: Course) -> None:
    citation = Citation.objects.filter(topic__module__course=course).first()
    assert citation is not None
    place = reverse("topic-source", args=[citation.topic_id, citation.position])
    page = client_of(make_learner()).get(place).content.decode()
    boxes = quote_boxes(citation.passage, citation.quote)
    assert page.count('class="page-mark"') == len(boxes) > 0
    assert "with the quoted words marked" in page
    missing = reverse("topic-source", args=[citation.topic_id, 99])
    assert client_of(make_editor()).get(missing).status_code == 404


def test_staff_look_through_the_pages(course: Course, teacher: User) -> None:
    document, client = course.documents.get(), client_of(teacher)
    place = reverse("admin:courses_sourcedocument_page", args=[document.pk, 1])
    citation = Citation.objects.filter(passage__document=document).first()
    assert citation is not None
    assert 'class="page-mark"' not in client.get(place).content.decode()
    for query in (f"citation={citation.pk}", f"passage={citation.passage_id}"):
        assert 'class="page-mark"' in client.get(f"{place}?{query}").content.decode()
    for query in ("citation=0", "passage=x", f"passage={'9' * 30}"):
        assert client.get(f"{place}?{query}").status_code == 200
    beyond = reverse("admin:courses_sourcedocument_page", args=[document.pk, 2])
    assert client.get(beyond).status_code == 404
    shown = client.get(reverse("admin:courses_sourcedocument_change", args=[document.pk]))
    assert place in shown.content.decode()
    passage = client.get(reverse("admin:courses_passage_change", args=[citation.passage_id]))
    assert f"{place}?passage={citation.passage_id}" in passage.content.decode()


def test_what_has_no_file_has_no_pages(teacher: User) -> None:
    imported = make_course(owner=teacher, status=CourseStatus.PUBLISHED)
    document = imported.documents.get()
    with pytest.raises(PictureError, match="no longer stored here"):
        page_picture(document, 1)
    imported.documents.update(file="")
    document.refresh_from_db()
    with pytest.raises(PictureError, match="it was imported"):
        page_picture(document, 1)
    passage = document.passages.first()
    assert passage is not None
    assert marked_pages(passage) == []
    owner = client_of(teacher)
    assert owner.get(address(imported)).status_code == 404
    topic = imported.modules.first().topics.first()  # type: ignore[union-attr] # the factory's
    source = owner.get(reverse("topic-source", args=[topic.pk, 1])).content.decode()  # type: ignore[union-attr] # as above
    assert "is not stored here" in source
    for model, row in (("sourcedocument", document), ("passage", passage)):
        place = reverse(f"admin:courses_{model}_change", args=[row.pk])
        assert "The file is not stored here." in owner.get(place).content.decode()


def test_passages_of_older_releases_show_their_page_unmarked(course: Course) -> None:
    Passage.objects.update(places=[])
    passage = course.documents.get().passages.select_related("document").first()
    assert passage is not None
    assert [(page.page, page.boxes) for page in marked_pages(passage, "spring")] == [(1, ())]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7 nothing", "damaged"),
        (hostile_pdfs.user_password(), "password"),
    ],
)
def test_files_that_cannot_be_drawn_say_why(content: bytes, words: str) -> None:
    document = make_document(make_course(), pages=1)
    default_storage.save(document.file.name or "", ContentFile(content))
    document.pages = None
    with pytest.raises(PictureError, match=words):
        page_picture(document, 1)


def test_a_page_beyond_the_last_is_refused() -> None:
    document = make_document(make_course(), pages=3)
    default_storage.save(document.file.name or "", ContentFile(make_pdf()))
    with pytest.raises(PictureError, match="no such page"):
        page_picture(document, 4)
    with pytest.raises(PictureError, match="cannot be drawn"):
        page_picture(document, 3)


def test_a_truncated_file_is_repaired_before_it_is_drawn() -> None:
    document = make_document(make_course(), pages=1)
    default_storage.save(document.file.name or "", ContentFile(hostile_pdfs.truncated_half()))
    with page_picture(document, 1) as file:
        assert Image.open(BytesIO(file.read())).format == "WEBP"


def test_too_many_readers_at_once_are_told_to_try_again(course: Course) -> None:
    outside_calls.share_threads(2)
    try:
        assert outside_calls._places is not None
        outside_calls._places.acquire()
        response = client_of(make_learner()).get(address(course))
    finally:
        outside_calls.share_threads(0)
    assert (response.status_code, b"Try again" in response.content) == (503, True)


def test_pictures_go_with_the_course(
    course: Course, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    folder = picture_folder(course.documents.get())
    page_picture(course.documents.get(), 1).close()
    assert default_storage.listdir(folder)[1] == ["1-960.webp"]
    with django_capture_on_commit_callbacks(execute=True):
        delete_course(course)
    assert not default_storage.exists(folder)


def test_old_pictures_are_waste(course: Course, settings: Settings) -> None:
    page_picture(course.documents.get(), 1).close()

    def found() -> list[str]:
        return next(one.names for one in waste() if one.what == "old pictures of pages")

    assert found() == []
    settings.CLEANUP_PAGES *= 0
    names = found()
    assert [Path(name).name for name in names] == ["1-960.webp"]
    next(one for one in waste() if one.what == "old pictures of pages").remove()
    assert not default_storage.exists(names[0])
