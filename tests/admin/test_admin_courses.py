"""Reviewing a course: the tree, editing, approving, publishing, deleting."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from courses.models import Claim, Course, CourseStatus, Module, Topic, TopicStatus
from courses.queries import visible_courses
from courses.revisions import propose
from courses.services import publish_course
from jobs.models import Job, JobStatus
from quizzes.models import Attempt, Question
from quizzes.services import start_attempt, submit_attempt
from tests.admin.rows import make_job
from tests.factories import make_course, make_learner, make_teacher, review_all


@pytest.fixture
def course(teacher: User) -> Course:
    return make_course(owner=teacher)


@pytest.fixture
def topic(course: Course) -> Topic:
    return Topic.objects.filter(module__course=course).earliest("pk")


def address(row: Course | Module | Topic, name: str = "change") -> str:
    return reverse(f"admin:courses_{row._meta.model_name}_{name}", args=[row.pk])


def act(client: Client, model: str, action: str, *rows: Course | Topic, **more: str) -> str:
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    response = client.post(reverse(f"admin:courses_{model}_changelist"), data, follow=True)
    return " ".join(str(message) for message in response.context["messages"])


def test_the_page_holds_the_whole_course(as_teacher: Client, course: Course) -> None:
    course.notes = ["The book has no bookmarks."]
    course.save()
    course.documents.update(warnings=["Page 3 is a picture."])
    topic = Topic.objects.get(title="Topic 1.1")
    Claim.objects.create(
        topic=topic, position=2, place="sentence", text="It is hot.", verdict="contradicted"
    )
    text = as_teacher.get(address(course)).text
    for words in (
        "from the documents\u2019 own sentences",
        "The book has no bookmarks.",
        "Page 3 is a picture.",
        "Module 2",
        "Topic 2.2",
        "A spring is where groundwater 2.2 comes to the surface.",
        "rivers-1.pdf, page 4",
        "1 to check",
        "What is a spring, number 3?",
        "Final quiz: Rivers",
        "View as learner",
    ):
        assert words in text, words


def test_a_course_that_is_being_made_leads_to_its_job(as_teacher: Client, teacher: User) -> None:
    course = make_course(owner=teacher, status=CourseStatus.GENERATING, modules=0)
    course.job = make_job(teacher)
    course.save()
    text = as_teacher.get(address(course)).text
    assert reverse("admin:jobs_job_change", args=[course.job.pk]) in text
    assert address(course, "publish") not in text


def test_publish_and_unpublish(as_teacher: Client, course: Course) -> None:
    review_all(course)
    published = as_teacher.post(address(course, "publish"), follow=True)
    course.refresh_from_db()
    assert course.status == CourseStatus.PUBLISHED
    assert "is published" in published.text
    as_teacher.post(address(course, "unpublish"))
    course.refresh_from_db()
    assert course.status == CourseStatus.DRAFT
    refused = as_teacher.post(address(course, "unpublish"), follow=True)
    assert "Only a published course" in refused.text


def test_publishing_many_says_which_could_not_be(
    as_teacher: Client, course: Course, teacher: User
) -> None:
    review_all(course)
    empty = review_all(make_course("Empty", owner=teacher, modules=0))
    unread = make_course("Unread", owner=teacher)
    words = act(as_teacher, "course", "publish", course, empty, unread)
    assert "\u201cRivers\u201d is published." in words
    assert "\u201cEmpty\u201d: This course has no topics" in words
    assert "\u201cUnread\u201d is not published. In the way: The course has no description" in words
    assert "Lessons that nobody has approved: 4." in words
    desk, ready = address(unread, "desk"), address(unread, "ready")
    for link in (f'href="{desk}">Review it<', f'href="{ready}">publish it all the same<'):
        assert link in words
    Course.objects.filter(pk=unread.pk).update(status=CourseStatus.GENERATING)
    assert "still being made" in act(as_teacher, "course", "publish", unread)
    # One that learners see already is not called unpublished, whatever was added since.
    Course.objects.filter(pk=course.pk).update(description="")
    assert "is published." in act(as_teacher, "course", "publish", course)
    assert "is unpublished" in act(as_teacher, "course", "unpublish", course)


def test_what_stands_in_the_way_is_said_before_publishing(
    as_teacher: Client, course: Course
) -> None:
    Claim.objects.filter(topic__module__course=course).update(verdict="contradicted")
    Question.objects.filter(quiz=course.quizzes.latest("pk")).update(status="rejected")
    Course.objects.update(asks_drafts=False)
    propose(Topic.objects.earliest("pk"), {"content": "Shorter."})
    page = as_teacher.post(address(course, "publish"), follow=True)
    course.refresh_from_db()
    assert course.status == CourseStatus.DRAFT
    for words in (
        "no description",
        "Lessons that nobody has approved: 4.",
        "Doubtful sentences: 4.",
        "Proposals that nobody has decided on: 1.",
        "Questions that nobody has read: 6.",
        "asks nothing",
        "Publish all the same, as teacher",
    ):
        assert words in page.text, words
    assert "in review" in as_teacher.post(address(course, "send"), follow=True).text
    assert "Only a draft" in as_teacher.post(address(course, "send"), follow=True).text
    as_teacher.post(address(course, "publish"), {"anyway": "1"})
    course.refresh_from_db()
    assert course.status == CourseStatus.PUBLISHED
    noted = LogEntry.objects.latest("pk")
    assert noted.user.get_username() == "teacher"
    assert noted.get_change_message().startswith("Published all the same")
    assert "Doubtful sentences: 4." in noted.get_change_message()


def test_nothing_stands_in_the_way_of_a_course_that_was_read(
    as_teacher: Client, course: Course
) -> None:
    review_all(course)
    page = as_teacher.get(address(course, "ready"))
    assert "Nothing stands in the way" in page.text
    other = make_course(owner=make_teacher("other"))
    assert as_teacher.get(address(other, "ready")).status_code == 404


def test_an_archived_course_keeps_its_attempts(as_teacher: Client, course: Course) -> None:
    publish_course(review_all(course))
    learner = make_learner()
    quiz = course.quizzes.earliest("pk")
    submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses={})
    assert "is archived" in as_teacher.post(address(course, "archive"), follow=True).text
    course.refresh_from_db()
    assert course.status == CourseStatus.ARCHIVED
    assert not visible_courses(learner).exists()
    assert Attempt.objects.filter(quiz=quiz).exists()
    assert "in the archive already" in as_teacher.post(address(course, "archive"), follow=True).text
    assert "a draft again" in as_teacher.post(address(course, "unarchive"), follow=True).text
    assert "not in the archive" in as_teacher.post(address(course, "unarchive"), follow=True).text
    assert "is archived" in act(as_teacher, "course", "archive", course)


def test_who_deletes_attempts_types_the_title(as_teacher: Client, course: Course) -> None:
    quiz = course.quizzes.earliest("pk")
    submit_attempt(attempt=start_attempt(quiz=quiz, learner=make_learner()), responses={})
    page = as_teacher.get(address(course, "delete"))
    assert "1 learners\u2019 attempts" in page.text.replace("&#x27;", "\u2019")
    assert "Archive the course instead" in page.text
    refused = as_teacher.post(address(course, "delete"), {"post": "yes", "confirm_title": "River"})
    assert "not the course&#x27;s title" in refused.text or "not the course's title" in refused.text
    assert "on its own page" in act(as_teacher, "course", "delete_selected", course, post="yes")
    assert Course.objects.filter(pk=course.pk).exists()
    as_teacher.post(address(course, "delete"), {"post": "yes", "confirm_title": " Rivers "})
    assert not Course.objects.filter(pk=course.pk).exists()


def test_publishing_needs_its_permission_and_a_post(
    as_teacher: Client, course: Course, teacher: User
) -> None:
    assert as_teacher.get(address(course, "publish")).status_code == 405
    teacher.groups.clear()
    teacher.user_permissions.add(Permission.objects.get(codename="change_course"))
    for name in ("publish", "unpublish", "send", "archive", "unarchive", "publish_changes"):
        assert as_teacher.post(address(course, name)).status_code == 403
    assert address(course, "publish") not in as_teacher.get(address(course)).text
    act(as_teacher, "course", "publish", course)
    course.refresh_from_db()
    assert course.status == CourseStatus.DRAFT


@pytest.mark.parametrize("name", ["publish", "unpublish"])
def test_courses_of_other_people_are_not_found(as_teacher: Client, name: str) -> None:
    other = make_course(owner=make_teacher("other"), status=CourseStatus.PUBLISHED)
    assert as_teacher.post(address(other, name)).status_code == 404
    other.refresh_from_db()
    assert other.status == CourseStatus.PUBLISHED


def test_title_and_description_can_be_changed(as_teacher: Client, course: Course) -> None:
    as_teacher.post(address(course), {"title": "Water", "description": "All of it."})
    slug = course.slug
    course.refresh_from_db()
    assert (course.title, course.description, course.slug) == ("Water", "All of it.", slug)
    refused = as_teacher.post(address(course), {"title": "", "description": ""})
    assert "This field is required." in refused.text


def test_a_module_can_be_changed(as_teacher: Client, course: Course) -> None:
    module = course.modules.earliest("pk")
    assert "Explain part 1." in as_teacher.get(address(module)).text
    data = {"title": "Springs", "summary": "Where water rises.", "objectives": "One\n\n Two \n"}
    as_teacher.post(address(module), data)
    module.refresh_from_db()
    assert (module.title, module.summary) == ("Springs", "Where water rises.")
    assert module.objectives == ["One", "Two"]
    as_teacher.post(address(module), data | {"objectives": ""})
    module.refresh_from_db()
    assert module.objectives == []


def test_a_topic_is_read_beside_its_sources(as_teacher: Client, topic: Topic) -> None:
    text = as_teacher.get(address(topic)).text
    assert "A spring is where groundwater 1.1 comes to the surface." in text
    assert "rivers-1.pdf, page 1" in text
    assert "spring 1.1" in text


def test_a_changed_topic_is_marked_as_edited(as_teacher: Client, topic: Topic) -> None:
    unchanged = {"title": topic.title, "content": topic.content}
    as_teacher.post(address(topic), unchanged)
    topic.refresh_from_db()
    assert topic.status == TopicStatus.WRITTEN
    as_teacher.post(address(topic), {"title": "Springs", "content": "New words. [^1]"})
    topic.refresh_from_db()
    assert (topic.title, topic.content) == ("Springs", "New words. [^1]")
    assert topic.status == TopicStatus.EDITED


def test_a_topic_refers_only_to_citations_it_has(as_teacher: Client, topic: Topic) -> None:
    response = as_teacher.post(address(topic), {"title": "Springs", "content": "So. [^1] [^7]"})
    assert "This topic has no citation for [^7]. Use one of [^1]" in response.text
    topic.citations.all().delete()
    response = as_teacher.post(address(topic), {"title": "Springs", "content": "So. [^1]"})
    assert "It has none; take the marker out." in response.text
    topic.refresh_from_db()
    assert topic.title == "Topic 1.1"


def test_a_topic_keeps_some_content(as_teacher: Client, topic: Topic) -> None:
    response = as_teacher.post(address(topic), {"title": "Springs", "content": " "})
    assert "This field is required." in response.text


def test_save_and_approve(as_teacher: Client, topic: Topic) -> None:
    data = {"title": topic.title, "content": "Better. [^1]", "_approve": "1"}
    response = as_teacher.post(address(topic), data, follow=True)
    assert "is approved" in response.text
    topic.refresh_from_db()
    assert (topic.status, topic.content) == (TopicStatus.APPROVED, "Better. [^1]")


def test_topics_that_are_not_written_are_neither_edited_nor_approved(
    as_teacher: Client, topic: Topic
) -> None:
    Topic.objects.filter(pk=topic.pk).update(status=TopicStatus.PENDING, content="")
    for button in ("_save", "_continue", "_approve", "_rewrite"):
        data = {"title": "My title", "content": "My words.", button: "1"}
        response = as_teacher.post(address(topic), data)
        # The page comes again with the reason and with what was typed, and says nothing else.
        assert response.status_code == 200
        assert "is not written yet" in response.text
        assert 'value="My title"' in response.text
        assert "My words." in response.text
        assert "successfully" not in response.text
        assert not list(response.context["messages"])
    assert not LogEntry.objects.exists()
    other = Topic.objects.exclude(pk=topic.pk).earliest("pk")
    words = act(as_teacher, "topic", "approve", topic, other)
    assert "is not written yet" in words
    assert "Topics approved: 1." in words
    topic.refresh_from_db()
    assert (topic.status, topic.content) == (TopicStatus.PENDING, "")


def test_deleting_a_course_says_what_goes_with_it(as_teacher: Client, course: Course) -> None:
    text = as_teacher.get(address(course, "delete")).text
    assert "Modules: 2" in text.replace("modules: 2", "Modules: 2")
    assert "attempts" in text


def test_a_deleted_course_takes_its_files_and_stops_its_job(
    as_teacher: Client,
    teacher: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    tmp_path: Path,
) -> None:
    one, two = make_course("One", owner=teacher), make_course("Two", owner=teacher)
    for course in (one, two):
        course.job = make_job(teacher, steps=0)
        course.save()
        name = default_storage.save(f"documents/{course.pk}.pdf", ContentFile(b"%PDF"))
        course.documents.update(file=name)
    with django_capture_on_commit_callbacks(execute=True):
        as_teacher.post(address(one, "delete"), {"post": "yes"})
    assert list(Course.objects.all()) == [two]
    with django_capture_on_commit_callbacks(execute=True):
        act(as_teacher, "course", "delete_selected", two, post="yes")
    assert not Course.objects.exists()
    assert not any(path.is_file() for path in tmp_path.rglob("*"))
    assert all(job.cancel_requested for job in Job.objects.all())


def test_a_course_whose_job_has_ended_can_be_deleted(as_teacher: Client, course: Course) -> None:
    course.job = make_job(course.owner, status=JobStatus.COMPLETED)
    course.save()
    as_teacher.post(address(course, "delete"), {"post": "yes"})
    assert not Course.objects.exists()


def test_courses_of_other_people_are_not_deleted(as_teacher: Client) -> None:
    other = make_course(owner=make_teacher("other"))
    as_teacher.post(address(other, "delete"), {"post": "yes"})
    act(as_teacher, "course", "delete_selected", other, post="yes")
    assert Course.objects.filter(pk=other.pk).exists()
