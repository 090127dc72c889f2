"""Figures in lessons: which, where, for whom, and what staff may change about them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from courses.figures import stored_pictures, topic_figures
from courses.markdown import ShownFigure, render_markdown
from courses.models import Citation, Course, CourseStatus, Figure, Topic
from courses.services import delete_course, request_course
from engine.reading.document import DocumentRejectedError, FigureDraft
from exchange.course_files.course import export_course
from exchange.course_files.schema import problem_of
from exchange.old_json.coherence import incoherence_of
from exchange.old_json.rebuilt import make_course as rebuild
from profai.environment import BASE_DIR
from tests.factories import make_course, make_learner, make_teacher
from tests.pdfs import upload
from tests.queue import work

pytestmark = pytest.mark.django_db


def webp(colour: str = "navy") -> bytes:
    content = BytesIO()
    Image.new("RGB", (160, 80), colour).save(content, "WEBP")
    return content.getvalue()


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def teacher() -> User:
    return make_teacher()


@pytest.fixture
def topic(teacher: User) -> Topic:
    course = make_course(owner=teacher, status=CourseStatus.PUBLISHED, modules=1)
    return Topic.objects.select_related("module__course").get(module__course=course, position=1)


@pytest.fixture
def figure(topic: Topic) -> Figure:
    citation = topic.citations.select_related("passage__document").get()
    figure = Figure.objects.create(
        document=citation.passage.document,
        position=1,
        page=1,
        box=[1000, 1000, 5000, 4000],
        number="1",
        caption="Figure 1: A spring.",
        words="chalk, clay",
        file=default_storage.save("figures/one.webp", ContentFile(webp())),
        width=160,
        height=80,
    )
    figure.passages.add(citation.passage)
    return figure


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def lesson(user: User, topic: Topic) -> str:
    return client_of(user).get(reverse("topic-detail", args=[topic.pk])).content.decode()


@pytest.mark.slow
def test_a_pdf_with_a_figure_becomes_a_lesson_with_it(teacher: User, chroma: int) -> None:
    content = (BASE_DIR / "samples" / "water-on-earth.pdf").read_bytes()
    job = request_course(files=[upload(content)], requested_by=teacher).job
    work(job)
    figure = Figure.objects.get(document__course__job=job)
    assert (figure.number, figure.page) == ("1", 5)
    with default_storage.open(figure.file.name or "") as file:
        assert file.read(4) == b"RIFF"
    topics = Topic.objects.filter(citations__passage__figures=figure).distinct()
    assert topics
    for topic in topics:
        shown = lesson(teacher, topic)
        address = reverse("figure-picture", args=[figure.pk])
        assert shown.count(f'src="{address}"') == 1
        # It opens alone, by a plain link.
        assert shown.count(f'<a href="{address}"') == 1
        # The caption stands below the picture and not in the text, too.
        text = shown.split('class="sources"')[0]
        assert text.count("Arrows show the flows between the stores. <a ") == 1
        assert text.count("Arrows show the flows") == 1


def test_learners_see_it_where_its_passage_is_cited(topic: Topic, figure: Figure) -> None:
    learner = make_learner()
    address = reverse("figure-picture", args=[figure.pk])
    shown = lesson(learner, topic)
    assert f'src="{address}"' in shown
    assert 'alt="Figure 1. Words in it: chalk, clay"' in shown
    response = client_of(learner).get(address)
    assert (response.content, response["Content-Type"]) == (webp(), "image/webp")
    other = Topic.objects.exclude(pk=topic.pk).first()
    assert other is not None
    assert address not in lesson(learner, other)


def test_what_is_not_used_is_for_staff_only(topic: Topic, figure: Figure, teacher: User) -> None:
    learner, address = make_learner(), reverse("figure-picture", args=[figure.pk])
    Figure.objects.update(used=False)
    assert address not in lesson(learner, topic)
    assert client_of(learner).get(address).status_code == 404
    assert client_of(teacher).get(address).status_code == 200
    Figure.objects.update(used=True)
    Course.objects.update(status=CourseStatus.DRAFT)
    assert client_of(learner).get(address).status_code == 404
    assert client_of(make_teacher("other")).get(address).status_code == 404


def test_a_lost_picture_is_not_found(figure: Figure, teacher: User) -> None:
    default_storage.delete(figure.file.name or "")
    address = reverse("figure-picture", args=[figure.pk])
    assert client_of(teacher).get(address).status_code == 404


def test_staff_switch_it_off_beside_the_topic(topic: Topic, figure: Figure, teacher: User) -> None:
    client = client_of(teacher)
    place = reverse("admin:courses_topic_change", args=[topic.pk])
    assert 'name="used_figures"' in client.get(place).content.decode()
    form = {"title": topic.title, "content": topic.content, "figures": figure.pk}
    assert client.post(place, form).status_code == 302
    figure.refresh_from_db()
    assert not figure.used
    # A page that did not list it changes nothing.
    assert client.post(place, form | {"figures": ""}).status_code == 302
    client.post(place, form | {"used_figures": figure.pk})
    figure.refresh_from_db()
    assert figure.used


def test_staff_write_the_alternative_text(figure: Figure, teacher: User) -> None:
    client = client_of(teacher)
    place = reverse("admin:courses_figure_change", args=[figure.pk])
    page = client.get(place).content.decode()
    assert reverse("figure-picture", args=[figure.pk]) in page
    form = {"used": "on", "caption": "A spring", "alternative_text": " Water\nruns out. "}
    assert client.post(place, form).status_code == 302
    figure.refresh_from_db()
    assert (figure.caption, figure.alternative_text) == ("A spring", "Water runs out.")
    assert figure.described == "Water runs out."
    other = client_of(make_teacher("other"))
    assert other.get(place).status_code == 302


def test_the_api_gives_and_changes_figures(topic: Topic, figure: Figure, teacher: User) -> None:
    slug = topic.module.course.slug
    base = f"/api/courses/{slug}/figures/"
    learner, staff = client_of(make_learner()), client_of(teacher)
    listed = learner.get(base).json()["results"]
    assert [(one["id"], one["number"]) for one in listed] == [(figure.pk, "1")]
    picture = learner.get(listed[0]["picture"])
    assert b"".join(picture.streaming_content) == webp()  # type: ignore[attr-defined] # a file
    for close in picture._resource_closers:  # type: ignore[attr-defined] # closes the file
        close()
    one = f"{base}{figure.pk}/"
    json: Any = {"content_type": "application/json", "headers": {"if-match": "*"}}
    assert learner.patch(one, {"used": False}, **json).status_code == 403
    assert staff.patch(one, {"used": False}, **json).json()["used"] is False
    assert learner.get(base).json()["results"] == []
    detail = f"/api/courses/{slug}/topics/{topic.pk}/"
    assert learner.get(detail).json()["figures"] == []
    staff.patch(one, {"used": True}, **json)
    assert [f["id"] for f in learner.get(detail).json()["figures"]] == [figure.pk]
    Figure.objects.update(file="")
    assert staff.get(one).json()["picture"] is None
    assert staff.get(f"{one}picture/").status_code == 404


def test_course_files_take_figures_along(topic: Topic, figure: Figure, teacher: User) -> None:
    data = export_course(topic.module.course)
    assert problem_of(data) is None
    assert incoherence_of(data) is None
    copy = rebuild(data, teacher)
    assert export_course(copy) == data
    again = Figure.objects.get(document__course=copy)
    with again.file.open() as file:
        assert file.read() == webp()
    assert [one.pk for one in topic_figures(copy.modules.get().topics.get(position=1))] == [
        again.pk
    ]
    part = data["documents"][0]["figures"][0]
    part["picture"] = "AAAA"
    assert incoherence_of(data) == (
        "documents[0], figures[0]",
        "Its picture is no WebP file in Base64.",
    )
    part["picture"] = "\u00e9"
    assert incoherence_of(data) is not None
    part |= {"picture": "", "passages": [99]}
    assert incoherence_of(data) == (
        "documents[0], figures[0]",
        "It names a passage that is not there.",
    )


def test_pictures_go_with_their_course(
    topic: Topic,
    figure: Figure,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        delete_course(topic.module.course)
    assert not default_storage.exists(figure.file.name or "")


def test_the_clean_up_takes_pictures_without_a_figure(
    figure: Figure, settings: Settings, chroma: int
) -> None:
    left = default_storage.save("figures/left.webp", ContentFile(webp()))
    settings.CLEANUP_UPLOADS *= -1
    call_command("cleanup", "--apply")
    assert default_storage.exists(figure.file.name or "")
    assert not default_storage.exists(left)


def test_pictures_are_taken_away_again_if_the_step_fails() -> None:
    def fail() -> None:
        raise DocumentRejectedError("storage_full", "No room.")

    drafts = [FigureDraft(1, 1, (0, 0, 1, 1), picture=webp()), FigureDraft(2, 1, (0, 0, 1, 1))]
    with stored_pictures(drafts) as names:
        assert [bool(name) for name in names] == [True, False]
        assert default_storage.exists(names[0])
    with pytest.raises(DocumentRejectedError), stored_pictures(drafts):
        fail()
    assert len(default_storage.listdir("figures")[1]) == 1


def shown(address: str = "/figures/1/picture/", caption: str = "", *citations: int) -> ShownFigure:
    return ShownFigure(address, "A spring", caption, 100, 50, frozenset(citations))


def test_a_figure_stands_after_the_block_that_cites_it() -> None:
    html = render_markdown("First. [^1]\n\nSecond. [^2]\n\nThird.", {1, 2}, [shown("/f", "", 2)])
    assert html.index("Second.") < html.index("<img") < html.index("Third.")


def test_a_figure_takes_the_place_of_its_caption() -> None:
    text = "First. [^1]\n\nFigure 1: A spring. [^2]\n\nThird. [^1]"
    html = render_markdown(text, {1, 2}, [shown("/f", "Figure 1: A spring.", 1)])
    assert html.count("Figure 1") == 1
    assert html.index("First.") < html.index("<img") < html.index("Third.")


def test_a_caption_within_a_paragraph_is_not_said_twice() -> None:
    text = "Water moves. Figure 1: A spring. It is cold. [^1]\n\nThird. [^1]"
    html = render_markdown(text, {1}, [shown("/f", "Figure 1: A spring.", 1)])
    assert "Water moves. It is cold." in html
    assert html.count("<img") == 1
    assert html.index("cold.") < html.index("<img") < html.index("Third.")


def test_a_figure_that_nothing_cites_any_more_comes_last() -> None:
    html = render_markdown("First.\n\n- one\n- two", {1}, [shown("/f", "", 1)])
    assert html.index("two") < html.index("<img")


def test_texts_cannot_bring_pictures_of_their_own() -> None:
    text = '![x](https://example.org/x.png) <img src="/f"> [^1]'
    html = render_markdown(text, {1}, [shown("/f", '"><script>', 1)])
    assert html.count("<img") == 1
    assert "<script" not in html
    assert "example.org" not in html


def test_citations_are_counted_once_for_a_figure_of_two_passages(
    topic: Topic, figure: Figure
) -> None:
    citation = topic.citations.select_related("passage").get()
    Citation.objects.create(topic=topic, position=2, passage=citation.passage, quote="It feeds.")
    found = topic_figures(topic)
    assert [(one.pk, one.cited) for one in found] == [(figure.pk, [1, 2])]  # type: ignore[attr-defined] # for pages
