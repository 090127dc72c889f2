"""Documents added to a course, by the pages alone."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from courses.models import Course, CourseStatus, Topic
from jobs.models import JobStatus
from tests.admin.rows import queries_of
from tests.factories import make_addition, make_course, make_teacher
from tests.pdfs import upload
from tests.queue import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(teacher: User) -> Course:
    return make_course(owner=teacher)


@pytest.fixture
def addition(course: Course) -> Course:
    return make_addition(course)


def page(name: str, course: Course) -> str:
    return reverse(f"admin:courses_course_{name}", args=[course.pk])


def topics_of(course: Course) -> list[Topic]:
    return list(Topic.objects.filter(module__course=course).order_by("module", "position"))


def test_documents_are_added_and_decided_on(
    as_teacher: Client, course: Course, chroma: int
) -> None:
    before = topics_of(course)
    assert page("add_documents", course) in as_teacher.get(page("change", course)).text
    form = as_teacher.get(page("add_documents", course)).text
    assert "Nothing changes in the course before you accept it" in form
    sent = as_teacher.post(page("add_documents", course), {"documents": [upload()]}, follow=True)
    assert "The course stays as it is" in sent.text
    addition = course.additions.get()
    assert addition.job is not None
    assert "is being read" in as_teacher.get(page("change", course)).text
    assert work(addition.job).status == JobStatus.COMPLETED
    shown = as_teacher.get(page("added", addition)).text
    lessons = topics_of(addition)
    assert all(topic.title in shown for topic in lessons)
    assert "new lesson" in shown
    # The same file again is refused by name, and what was sent stands in the form.
    again = as_teacher.post(page("add_documents", course), {"documents": [upload()]})
    assert "in an open addition already" in again.text
    chosen = {f"place-{topic.pk}": "" for topic in lessons}
    done = as_teacher.post(
        page("added", addition),
        {"do": "accept", "chosen": [topic.pk for topic in lessons], **chosen},
        follow=True,
    )
    assert f"Accepted {len(lessons)} lesson" in done.text
    assert topics_of(course) == [*before, *lessons]
    assert (
        "added lessons from documents"
        in as_teacher.get(
            reverse("admin:courses_course_versions", args=[course.pk, "outline", course.pk])
        ).text
    )


def test_a_part_joins_a_lesson_and_another_is_left_out(
    as_teacher: Client, course: Course, addition: Course
) -> None:
    first, second = topics_of(addition)
    target = topics_of(course)[0]
    shown = as_teacher.get(page("added", addition)).text
    assert "2 new lessons, with" not in shown  # modules of these titles are there already
    assert f"At the end of {target}" in shown
    values = {"do": "accept", "chosen": [first.pk], f"place-{first.pk}": target.pk}
    as_teacher.post(page("added", addition), values)
    target.refresh_from_db()
    assert f"## {first.title}" in target.content
    done = as_teacher.post(
        page("added", addition), {"do": "decline", "chosen": [second.pk]}, follow=True
    )
    assert "Left out 1 lesson." in done.text
    assert len(topics_of(course)) == 4
    refused = as_teacher.post(page("added", addition), {"do": "accept", "chosen": [second.pk]})
    assert refused.status_code == 302
    none = as_teacher.post(page("added", addition), {"do": "accept"}, follow=True)
    assert "Choose at least one lesson." in none.text


def test_in_a_published_course_it_waits_for_the_publishing(
    as_teacher: Client, course: Course, addition: Course
) -> None:
    Course.objects.filter(pk=course.pk).update(
        status=CourseStatus.PUBLISHED, published_at=course.created_at
    )
    chosen = [topic.pk for topic in topics_of(addition)]
    assert "learners do not see it before" in as_teacher.get(page("added", addition)).text
    done = as_teacher.post(page("added", addition), {"do": "accept", "chosen": chosen}, follow=True)
    assert "Changes that learners do not see yet" in done.text
    assert "Glacier a" in done.text
    assert "Publish 2 changes" in as_teacher.get(page("change", course)).text
    assert "2 lessons accepted already" in as_teacher.get(page("added", addition)).text
    as_teacher.post(page("publish_changes", course))
    assert len(topics_of(course)) == 6


def test_an_addition_is_not_published_by_itself(as_teacher: Client, addition: Course) -> None:
    shown = as_teacher.get(page("change", addition)).text
    assert page("ready", addition) not in shown
    assert page("added", addition) in shown
    refused = as_teacher.post(page("publish", addition), {"anyway": "1"}, follow=True)
    assert "accept its lessons" in refused.text


def test_nothing_is_added_where_nothing_can_be(
    as_teacher: Client, course: Course, addition: Course
) -> None:
    Course.objects.filter(pk=course.pk).update(status=CourseStatus.ARCHIVED)
    for one in (course, addition):
        refused = as_teacher.get(page("add_documents", one), follow=True)
        assert "cannot be added to this course now" in refused.text
    assert as_teacher.get(page("added", course)).status_code == 404


def test_others_see_nothing_of_it(addition: Course, course: Course) -> None:
    other = Client()
    other.force_login(make_teacher("other"))
    for address in (page("added", addition), page("add_documents", course)):
        assert other.get(address).status_code == 404
        assert other.post(address, {"do": "accept"}).status_code == 404


def test_the_page_asks_as_often_for_many_lessons_as_for_few(
    as_teacher: Client, course: Course, teacher: User
) -> None:
    few = make_addition(course)
    many = make_addition(make_course("Seas", owner=teacher, topics=9), topics=9)
    assert queries_of(as_teacher, page("added", few)) == queries_of(as_teacher, page("added", many))
