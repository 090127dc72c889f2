"""Topics and quizzes written again: what people did is kept, and nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db.models import Value
from django.db.models.functions import Concat
from pytest_django.fixtures import Settings

from courses import steps
from courses.editing import edit_topic
from courses.models import Course, Module, Topic, TopicStatus
from courses.regeneration import request_rewrite
from courses.revisions import VersionError, accept, decline, proposal_for, restore, versions
from courses.services import CourseStateError, publish_course, request_course
from jobs.models import Job, JobStatus
from jobs.pipelines import subject_of
from profai.environment import BASE_DIR
from quizzes.editing import approve_question, reject_question
from quizzes.models import NOT_REJECTED, AnswersShown, Question, Quiz
from quizzes.regeneration import request_question, request_quiz
from quizzes.services import start_attempt, submit_attempt
from tests.factories import make_learner, make_teacher
from tests.pdfs import upload
from tests.queue import work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_once")]

# A text that gives several questions a module.
SAMPLE = BASE_DIR / "samples" / "water-on-earth.pdf"


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
def quiz(settings: Settings, tmp_path: Path, chroma: int) -> Quiz:
    settings.MEDIA_ROOT = tmp_path
    job = work(request_course(files=[upload(SAMPLE.read_bytes())]).job)
    assert job.status == JobStatus.COMPLETED
    return Quiz.objects.exclude(module=None).latest("pk")


@pytest.mark.slow
def test_a_new_quiz_shows_answers_once_it_is_passed_except_to_old_clients(quiz: Quiz) -> None:
    course, module = quiz.course, quiz.module
    assert quiz.answers_shown == AnswersShown.AFTER_PASS
    # What is there keeps its rules, whoever has it made again.
    work(request_quiz(course=course, module=module, answers_at_once=True))
    quiz.refresh_from_db()
    assert quiz.answers_shown == AnswersShown.AFTER_PASS
    quiz.delete()
    work(request_quiz(course=course, module=module, answers_at_once=True))
    made = Quiz.objects.get(module=module)
    assert (made.answers_shown, made.draw) == (AnswersShown.AT_ONCE, None)


def test_a_topic_is_written_again_with_its_sources(course: Course, topic: Topic) -> None:
    words = topic.content
    Topic.objects.filter(pk=topic.pk).update(content="Before.")
    topic.refresh_from_db()
    job = work(request_rewrite(course=course, topics=[topic]))
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    assert job.result == {
        "course_id": course.pk,
        "course_title": course.title,
        "course_slug": course.slug,
        "modules": 1,
    }
    assert subject_of(job) == course
    again = Topic.objects.get(pk=topic.pk)
    assert (again.content, again.status) == (words, TopicStatus.WRITTEN)
    positions = list(again.citations.values_list("position", flat=True))
    assert positions == list(range(1, len(positions) + 1)) != []
    newest, first = versions(again)
    assert (newest.action, newest.author, newest.engine) == ("written again", None, "extractive")
    assert first.content["content"] == "Before."


def test_new_words_stand_beside_those_of_a_person(course: Course, topic: Topic) -> None:
    words = topic.content
    teacher = make_teacher()
    edited = edit_topic(topic=topic, title=topic.title, content="Mine.", by=teacher)
    assert work(request_rewrite(course=course, topics=[edited])).status == JobStatus.COMPLETED
    kept = Topic.objects.get(pk=topic.pk)
    assert (kept.content, kept.status) == ("Mine.", TopicStatus.EDITED)
    proposal = proposal_for(kept)
    assert proposal is not None
    assert proposal.content["content"] == words
    accept(proposal, by=teacher)
    kept.refresh_from_db()
    assert (kept.content, kept.status) == (words, TopicStatus.APPROVED)
    assert kept.citations.count() == len(proposal.content["citations"]) > 0
    assert [one.content["content"] for one in versions(kept)] == [words, "Mine.", words]


def test_what_learners_read_is_not_replaced(course: Course, topic: Topic) -> None:
    publish_course(course)
    Topic.objects.filter(pk=topic.pk).update(content="What learners read.")
    topic.refresh_from_db()
    work(request_rewrite(course=course, topics=[topic]))
    kept = Topic.objects.get(pk=topic.pk)
    assert kept.content == "What learners read."
    first = proposal_for(kept)
    assert first is not None
    # A second try takes the place of the first, and that one can be declined.
    work(request_rewrite(course=course, topics=[kept]))
    second = proposal_for(kept)
    assert second is not None
    assert second != first
    decline(second)
    assert proposal_for(kept) is None
    assert Topic.objects.get(pk=topic.pk).content == "What learners read."
    with pytest.raises(VersionError, match="already"):
        accept(second, by=None)


def test_an_instruction_needs_a_model(course: Course, topic: Topic) -> None:
    with pytest.raises(CourseStateError, match="Without a language model"):
        request_rewrite(course=course, topics=[topic], instruction="shorter")
    with pytest.raises(CourseStateError, match="at most 500"):
        request_rewrite(course=course, topics=[topic], instruction="x" * 501)


def test_another_question_stands_beside_the_first(quiz: Quiz) -> None:
    question = quiz.questions.filter(status__in=NOT_REJECTED)[0]
    approve_question(question)
    stem = question.stem
    # The engine without a model makes the same questions: leave it some to choose from.
    quiz.questions.exclude(pk=question.pk).delete()
    job = work(request_question(question=question))
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    question.refresh_from_db()
    assert (question.stem, question.status) == (stem, "approved")
    proposal = proposal_for(question)
    assert proposal is not None
    assert proposal.content["stem"] != stem
    accept(proposal, by=make_teacher())
    question.refresh_from_db()
    assert (question.stem, question.status) == (proposal.content["stem"], "approved")
    restored = restore(versions(question)[1], by=None)
    assert (restored.stem, restored.status) == (stem, "approved")


@pytest.mark.slow
def test_a_question_that_cannot_be_made_otherwise_stays(quiz: Quiz) -> None:
    question = quiz.questions.filter(status__in=NOT_REJECTED)[0]
    for topic in Topic.objects.filter(module__course=quiz.course):
        topic.sources.clear()
    job = work(request_question(question=question))
    assert job.status == JobStatus.FAILED
    assert "No other question" in job.error
    assert proposal_for(question) is None
    Question.objects.filter(pk=question.pk).update(topic=None)
    question.refresh_from_db()
    with pytest.raises(CourseStateError, match="no written topic"):
        request_question(question=question)


@pytest.mark.slow
def test_a_question_that_is_deleted_meanwhile_ends_its_job(quiz: Quiz) -> None:
    question = quiz.questions.filter(status__in=NOT_REJECTED)[0]
    job = request_question(question=question)
    question.delete()
    assert work(job).status == JobStatus.CANCELLED


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


@pytest.mark.slow
def test_one_job_at_a_time_works_on_a_course(quiz: Quiz) -> None:
    course = quiz.course
    topic = Topic.objects.filter(module=quiz.module).earliest("pk")
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
    Course.objects.update(asks_drafts=True)
    Quiz.objects.update(draw=None, draw_by="")
    first, second = quiz.questions.filter(status__in=NOT_REJECTED)[:2]
    approve_question(second)
    stems = set(quiz.questions.filter(status__in=NOT_REJECTED).values_list("stem", flat=True))
    learner = make_learner()
    attempt = start_attempt(quiz=quiz, learner=learner)
    job = work(request_quiz(course=quiz.course, module=quiz.module))
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    assert Question.objects.get(pk=second.pk).position == 1
    assert not Question.objects.filter(pk=first.pk).exists()
    asked = list(quiz.questions.filter(status__in=NOT_REJECTED))
    assert len({question.stem for question in asked}) == len(asked) >= len(stems) - 1
    # Who had begun is asked what was asked then.
    assert submit_attempt(attempt=attempt, responses={}).total == len(stems)


@pytest.mark.slow
def test_a_quiz_that_learners_take_keeps_what_it_asks(quiz: Quiz) -> None:
    Quiz.objects.update(draw=None, draw_by="")
    publish_course(quiz.course)
    Course.objects.update(asks_drafts=True)
    asked = quiz.questions.filter(status__in=NOT_REJECTED)
    asked.update(stem=Concat("stem", Value(" (as before)")))
    before = set(asked.values_list("pk", flat=True))
    for _ in range(2):
        job = work(request_quiz(course=quiz.course, module=quiz.module))
        assert (job.status, job.error) == (JobStatus.COMPLETED, "")
        assert set(asked.values_list("pk", flat=True)) == before
        proposed = list(quiz.questions.filter(status="proposed"))
        assert len({one.stem for one in proposed}) == len(proposed) > 0
    attempt = start_attempt(quiz=quiz, learner=make_learner())
    assert {answer.question_id for answer in attempt.answers.all()} == before
    approve_question(proposed[0])
    second = start_attempt(quiz=quiz, learner=make_learner("second"))
    assert {answer.question_id for answer in second.answers.all()} == {*before, proposed[0].pk}


def test_the_same_questions_are_not_proposed_again(quiz: Quiz) -> None:
    publish_course(quiz.course)
    Course.objects.update(asks_drafts=True)
    before = set(quiz.questions.values_list("pk", flat=True))
    job = work(request_quiz(course=quiz.course, module=quiz.module))
    assert job.status == JobStatus.FAILED
    assert "No new question could be made" in job.error
    assert set(quiz.questions.values_list("pk", flat=True)) == before


@pytest.mark.slow
def test_a_quiz_that_is_not_there_is_made(quiz: Quiz) -> None:
    course, module = quiz.course, quiz.module
    quiz.delete()
    work(request_quiz(course=course, module=module))
    made = Quiz.objects.get(course=course, module=module)
    assert made.status == "ready"
    assert made.questions.filter(status__in=NOT_REJECTED).exists()


@pytest.mark.slow
def test_a_quiz_that_cannot_be_made_again_is_left_as_it_was(quiz: Quiz, settings: Settings) -> None:
    before = set(quiz.questions.values_list("pk", flat=True))
    Topic.objects.update(content="Nothing.")
    for topic in Topic.objects.filter(module=quiz.module):
        topic.sources.clear()
    job = work(request_quiz(course=quiz.course, module=quiz.module))
    assert job.status == JobStatus.FAILED
    assert "left as it was" in job.error
    assert set(quiz.questions.values_list("pk", flat=True)) == before


@pytest.mark.slow
def test_a_quiz_of_approved_questions_has_nothing_to_replace(
    quiz: Quiz, settings: Settings
) -> None:
    settings.MODULE_QUIZ_SIZE = 1
    question = quiz.questions.filter(status__in=NOT_REJECTED)[0]
    approve_question(question)
    with pytest.raises(CourseStateError, match="reject those"):
        request_quiz(course=quiz.course, module=quiz.module)
    reject_question(question, reason="Too easy.")
    assert request_quiz(course=quiz.course, module=quiz.module)


@pytest.mark.slow
def test_a_module_that_was_deleted_ends_the_job(quiz: Quiz) -> None:
    job = request_quiz(course=quiz.course, module=quiz.module)
    Module.objects.filter(course=quiz.course).delete()
    assert work(job).status == JobStatus.CANCELLED
