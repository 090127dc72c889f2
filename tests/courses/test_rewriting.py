"""Topics and quizzes written again: what people did is kept, and nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from courses import steps
from courses.editing import edit_topic
from courses.models import Course, Module, Topic, TopicStatus
from courses.rewriting import request_rewrite
from courses.services import CourseStateError, request_course
from jobs.models import Job, JobStatus
from jobs.pipelines import subject_of
from quizzes.editing import approve_question, reject_question
from quizzes.models import ASKED, Question, Quiz
from quizzes.rewriting import request_quiz
from quizzes.services import start_attempt, submit_attempt
from tests.factories import make_learner
from tests.pdfs import upload
from tests.queue import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(settings: Settings, tmp_path: Path, chroma: int) -> Course:
    settings.MEDIA_ROOT = tmp_path
    job = work(request_course(files=[upload()]).job)
    assert job.status == JobStatus.COMPLETED
    return Course.objects.get()


@pytest.fixture
def topic(course: Course) -> Topic:
    return Topic.objects.filter(module__course=course).earliest("pk")


@pytest.fixture
def quiz(course: Course) -> Quiz:
    return Quiz.objects.filter(course=course).exclude(module=None).earliest("pk")


def test_a_topic_is_written_again_with_its_sources(course: Course, topic: Topic) -> None:
    words = topic.content
    edited = edit_topic(topic=topic, title=topic.title, content="Mine.")
    job = work(request_rewrite(course=course, topics=[edited]))
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    assert job.result == {"course_id": course.pk, "course_title": course.title, "modules": 1}
    assert subject_of(job) == course
    again = Topic.objects.get(pk=topic.pk)
    assert (again.content, again.status) == (words, TopicStatus.WRITTEN)
    positions = list(again.citations.values_list("position", flat=True))
    assert positions == list(range(1, len(positions) + 1)) != []


def test_what_is_edited_meanwhile_is_left_as_it_is(course: Course, topic: Topic) -> None:
    job = request_rewrite(course=course, topics=[topic])
    edit_topic(topic=topic, title=topic.title, content="Mine.")
    assert work(job).status == JobStatus.COMPLETED
    assert Topic.objects.get(pk=topic.pk).content == "Mine."


def test_an_edit_in_the_last_moment_is_not_lost(
    course: Course, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: Callable[..., None] = steps._replace_topic

    def slow(*arguments: object) -> None:
        edit_topic(topic=topic, title=topic.title, content="Mine.")
        store(*arguments)

    job = request_rewrite(course=course, topics=[topic])
    monkeypatch.setattr(steps, "_replace_topic", slow)
    work(job)
    assert Topic.objects.get(pk=topic.pk).content == "Mine."


def test_one_job_at_a_time_works_on_a_course(course: Course, topic: Topic, quiz: Quiz) -> None:
    request_rewrite(course=course, topics=[topic])
    with pytest.raises(CourseStateError, match="Another job"):
        request_rewrite(course=course, topics=[topic])
    with pytest.raises(CourseStateError, match="Another job"):
        request_quiz(course=course, module=quiz.module)
    assert Job.objects.exclude(kind="course").count() == 1


def test_what_was_never_written_cannot_be_written_again(course: Course, topic: Topic) -> None:
    Topic.objects.update(status=TopicStatus.PENDING, content="")
    topic.refresh_from_db()
    with pytest.raises(CourseStateError, match="never written"):
        request_rewrite(course=course, topics=[topic])
    with pytest.raises(CourseStateError, match="no topic"):
        request_rewrite(course=course, topics=[])
    with pytest.raises(CourseStateError, match="no written topic"):
        request_quiz(course=course, module=None)


def test_a_quiz_keeps_what_people_looked_after_and_replaces_the_rest(quiz: Quiz) -> None:
    first, second = quiz.questions.filter(status__in=ASKED)[:2]
    approve_question(second)
    stems = set(quiz.questions.filter(status__in=ASKED).values_list("stem", flat=True))
    learner = make_learner()
    attempt = start_attempt(quiz=quiz, learner=learner)
    job = work(request_quiz(course=quiz.course, module=quiz.module))
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    assert Question.objects.get(pk=second.pk).position == 1
    assert not Question.objects.filter(pk=first.pk).exists()
    asked = list(quiz.questions.filter(status__in=ASKED))
    assert len({question.stem for question in asked}) == len(asked) >= len(stems) - 1
    # Who had begun is asked what was asked then.
    assert submit_attempt(attempt=attempt, chosen={}).total == len(stems)


def test_a_quiz_that_is_not_there_is_made(quiz: Quiz) -> None:
    course, module = quiz.course, quiz.module
    quiz.delete()
    work(request_quiz(course=course, module=module))
    made = Quiz.objects.get(course=course, module=module)
    assert made.status == "ready"
    assert made.questions.filter(status__in=ASKED).exists()


def test_a_quiz_that_cannot_be_made_again_is_left_as_it_was(quiz: Quiz, settings: Settings) -> None:
    before = set(quiz.questions.values_list("pk", flat=True))
    Topic.objects.update(content="Nothing.")
    Topic.objects.get(module=quiz.module).sources.clear()
    job = work(request_quiz(course=quiz.course, module=quiz.module))
    assert job.status == JobStatus.FAILED
    assert "left as it was" in job.error
    assert set(quiz.questions.values_list("pk", flat=True)) == before


def test_a_quiz_of_approved_questions_has_nothing_to_replace(
    quiz: Quiz, settings: Settings
) -> None:
    settings.MODULE_QUIZ_SIZE = 1
    question = quiz.questions.filter(status__in=ASKED)[0]
    approve_question(question)
    with pytest.raises(CourseStateError, match="reject those"):
        request_quiz(course=quiz.course, module=quiz.module)
    reject_question(question, reason="Too easy.")
    assert request_quiz(course=quiz.course, module=quiz.module)


def test_a_module_that_was_deleted_ends_the_job(quiz: Quiz) -> None:
    job = request_quiz(course=quiz.course, module=quiz.module)
    Module.objects.filter(course=quiz.course).delete()
    assert work(job).status == JobStatus.CANCELLED
