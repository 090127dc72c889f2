"""An outline that waits for a person: shown, changed, estimated, and then written."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from courses.editing import edit_module, edit_topic, request_check
from courses.models import Course, CourseStatus, Module, Topic, TopicStatus
from courses.outlines import OutlinedModule, OutlinedTopic, edit_outline, request_writing
from courses.services import CourseStateError, publish_course, request_course
from engine.lessons.schemas import Wishes
from exchange.course_files.course import export_course
from exchange.course_files.schema import problem_of
from exchange.old_json.rebuilt import make_course as rebuilt
from jobs.models import JobStatus
from tests.factories import make_course, make_editor
from tests.pdfs import upload
from tests.queue import work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def parts(settings: Settings, tmp_path: Path, chroma: int) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def editor() -> User:
    return make_editor()


@pytest.fixture
def course(editor: User) -> Course:
    wishes = Wishes(audience="Nurses", prerequisites="Nothing")
    made = request_course(
        files=[upload()], requested_by=editor, wishes=wishes, reviews_outline=True
    )
    job = work(made.job)
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    return Course.objects.get()


def outlined(course: Course) -> list[OutlinedModule]:
    return [
        OutlinedModule(
            module.pk,
            module.title,
            module.summary,
            module.objectives,
            [OutlinedTopic(topic.pk, topic.title) for topic in module.topics.all()],
        )
        for module in course.modules.order_by("position")
    ]


def test_the_writing_waits_for_a_person(course: Course) -> None:
    assert course.status == CourseStatus.OUTLINED
    assert (course.audience, course.prerequisites) == ("Nurses", "Nothing")
    assert course.description
    assert {topic.status for topic in Topic.objects.all()} == {TopicStatus.PENDING}
    with pytest.raises(CourseStateError, match="have the lessons written first"):
        publish_course(course)
    job = work(request_writing(course=course))
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    course.refresh_from_db()
    assert course.status == CourseStatus.DRAFT
    assert {topic.status for topic in Topic.objects.all()} == {TopicStatus.WRITTEN}
    assert course.quizzes.exists()
    with pytest.raises(CourseStateError, match="No outline"):
        request_writing(course=course)
    with pytest.raises(CourseStateError, match="before the lessons are written"):
        edit_outline(course, outlined(course))


def test_an_outline_is_turned_round(course: Course) -> None:
    (first, *others) = outlined(course)
    topics = [topic for module in (first, *others) for topic in module.topics]
    sources = list(Topic.objects.get(pk=topics[-1].id).sources.values_list("pk", flat=True))
    moved = [OutlinedTopic(topics[-1].id, " New  title "), *topics[1:-1]]
    edit_outline(course, [OutlinedModule(None, "All", "In one", ["Explain it."], moved)])
    (module,) = Module.objects.all()
    assert (module.title, module.position, module.objectives) == ("All", 1, ["Explain it."])
    assert [topic.pk for topic in module.topics.order_by("position")] == [t.id for t in moved]
    topic = module.topics.get(position=1)
    assert topic.title == "New title"
    assert list(topic.sources.values_list("pk", flat=True)) == sources


def test_an_outline_that_cannot_be_is_refused_whole(course: Course) -> None:
    (first, *_) = outlined(course)
    for wrong in (
        [],
        [OutlinedModule(first.id, "A", "", [], [])],
        [OutlinedModule(first.id, " ", "", [], first.topics)],
        [OutlinedModule(first.id, "A", "", [], [*first.topics, *first.topics])],
        [OutlinedModule(first.id, "A", "", [], [OutlinedTopic(10**9, "B")])],
        [OutlinedModule(10**9, "A", "", [], first.topics)],
    ):
        with pytest.raises(ValidationError):
            edit_outline(course, wrong)
    assert outlined(course)[0] == first


def test_the_api_shows_changes_and_writes_an_outline(course: Course, editor: User) -> None:
    client = APIClient()
    client.force_authenticate(editor)
    address = f"/api/courses/{course.slug}/outline/"
    shown = client.get(address).json()
    assert shown["estimate"]["lessons"] == Topic.objects.count()
    shown["modules"][0]["title"] = "Renamed"
    changed = client.put(address, {"modules": shown["modules"]}, format="json")
    assert changed.json()["modules"][0]["title"] == "Renamed"
    written = client.post(f"/api/courses/{course.slug}/write/")
    assert written.status_code == 202
    assert client.post(f"/api/courses/{course.slug}/write/").status_code == 409


def test_the_admin_shows_changes_and_writes_an_outline(
    course: Course, editor: User, client: Client
) -> None:
    client.force_login(editor)
    address = reverse("admin:courses_course_plan", args=[course.pk])
    page = client.get(address)
    assert "Save and write the lessons" in page.text
    assert "pages hold text that is taught" in page.text
    assert "Headings were guessed" in page.text
    assert "Language: English. Lessons and questions are made without" in page.text
    assert "use 100% of the text that can be taught" in page.text
    form = page.context["form"]
    data = {name: form[name].value() for name in form.fields}
    data = {name: "\n".join(v) if isinstance(v, list) else v for name, v in data.items()}
    topic = Topic.objects.order_by("pk")[0]
    data[f"topic-{topic.pk}-title"] = "Renamed"
    lost = data | {f"topic-{topic.pk}-module": 77}
    assert "There is no module 77" in client.post(address, lost).text
    response = client.post(address, data)
    course.refresh_from_db()
    assert course.job is not None
    assert response["Location"] == reverse("admin:jobs_job_change", args=[course.job.pk])
    assert Topic.objects.get(pk=topic.pk).title == "Renamed"
    assert "being written" in client.get(address).text


def test_objectives_keep_their_levels_where_their_words_stay() -> None:
    module = make_course(modules=1).modules.get()
    module.objectives, module.levels = ["Explain it.", "Compare it."], ["understand", "analyse"]
    module.save()
    edit_module(module=module, title="M", summary="", objectives=["Compare it.", "Draw it."])
    module.refresh_from_db()
    assert module.levelled_objectives == [("Compare it.", "analyse"), ("Draw it.", "")]


def test_an_edited_lesson_is_checked_by_a_worker() -> None:
    make_course(modules=1, topics=1)
    topic = Topic.objects.get()
    content = f"{topic.content}\n\nA spring feeds 700 streams of groundwater. [^1]"
    edit_topic(topic=topic, title="T", content=content)
    job = request_check(topic.pk)
    assert job is not None
    assert request_check(topic.pk) is None
    assert work(job).status == JobStatus.COMPLETED
    claim = topic.claims.get(text__contains="700")
    # The number stands nowhere else: a reason for some doubt.
    assert (claim.checked_by, claim.doubt > 0) == ("rules", True)
    assert claim.evidence
    assert request_check(10**9) is None


def test_claims_and_levels_go_with_a_course_to_another_place(editor: User) -> None:
    course = make_course(owner=editor, modules=1)
    Module.objects.update(objectives=["Explain it."], levels=["understand"])
    Course.objects.update(audience="Nurses", level="advanced")
    course.refresh_from_db()
    data = export_course(course)
    assert problem_of(data) is None
    assert data["modules"][0]["topics"][0]["claims"]
    again = rebuilt(data, editor)
    assert export_course(again) == data
    assert again.audience == "Nurses"
    # Files of earlier releases have none of this.
    data["course"].pop("audience")
    data["modules"][0].pop("levels")
    data["modules"][0]["topics"][0].pop("claims")
    assert problem_of(data) is None
    assert rebuilt(data, editor).audience == ""
