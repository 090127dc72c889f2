"""Lessons of an addition come into their course, with their documents and questions.

Here and not in `courses.additions`, because questions go along with their lesson.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from common.transactions import atomic, lock
from courses.additions import accepted_topics
from courses.models import (
    AddedTopic,
    Course,
    CourseStatus,
    Module,
    Revision,
    RevisionKind,
    SourceDocument,
    Topic,
    TopicStatus,
)
from courses.regeneration import lock_idle
from courses.revisions import proposal_for
from courses.services import ADDED_PIPELINE, CourseStateError, delete_course
from engine.questions.question_text import choice_key
from jobs.pipelines import StepSpec
from jobs.services import create_job
from quizzes.models import Question, QuestionStatus, Quiz, QuizStatus
from quizzes.outline import changed_outline, join_topics, renumber
from quizzes.revisions import update_quiz


@atomic
def place_topics(addition: Course, places: Mapping[int, int | None]) -> None:
    """Changes where lessons of an addition are meant to go: each to the end of the lesson of the
    course that is named by its key, or for None into the course as a lesson of its own.
    """
    locked, _ = _locked(addition)
    known = set(Topic.objects.filter(module__course=locked.adds_to_id).values_list("pk", flat=True))
    for added in AddedTopic.objects.filter(topic__in=_chosen(locked, places)):
        wanted = places[added.topic_id]
        if wanted is not None and wanted not in known:
            raise CourseStateError(
                "The lesson that this one was to join is not in the course any more. Choose again."
            )
        AddedTopic.objects.filter(pk=added.pk).update(joins=wanted)


@atomic
def accept_topics(addition: Course, topics: Iterable[int], *, by: Any) -> int:
    """Takes lessons of an addition over into its course; returns how many.

    In a published course they wait until its changes are published. Texts that a person wrote or
    approved stay as they are: a lesson that is joined keeps its text, and the other comes after it.
    """
    locked, course = _locked(addition)
    chosen = list(_chosen(locked, topics))
    if any(topic.status == TopicStatus.PENDING for topic in chosen):
        raise CourseStateError("Some of these lessons are not written yet; retry the job first.")
    if course.status == CourseStatus.PUBLISHED:
        AddedTopic.objects.filter(topic__in=chosen).update(
            accepted_at=timezone.now(), accepted_by=by
        )
    else:
        _take_over(course, {locked.pk: locked}, chosen, by=by)
    return len(chosen)


@atomic
def decline_topics(addition: Course, topics: Iterable[int], *, by: Any) -> int:
    """Leaves lessons of an addition out of its course; returns how many. Their texts stay among the
    versions until the whole addition is decided on.
    """
    locked, _ = _locked(addition)
    chosen = list(_chosen(locked, topics))
    with changed_outline(locked, "left out lessons", by):
        Topic.objects.filter(pk__in=[topic.pk for topic in chosen]).delete()
        _close_up(locked)
    return len(chosen)


def publish_accepted(course: Course, *, by: Any, **_signal: Any) -> int:
    """Takes over what was accepted for a published course: learners see it from now on."""
    accepted = [added.topic for added in accepted_topics(course)]
    if accepted:
        additions = {one.pk: one for one in lock(Course.objects.filter(adds_to=course))}
        _take_over(course, additions, accepted, by=by)
    return len(accepted)


def _locked(addition: Course) -> tuple[Course, Course]:
    """Locks an addition and its course. Raises CourseStateError while a job works on them."""
    if addition.adds_to is None:
        raise CourseStateError("This course is no addition to another one.")
    course = lock_idle(addition.adds_to)
    return lock_idle(addition), course


def _chosen(addition: Course, topics: Iterable[int]) -> Sequence[Topic]:
    wanted = set(topics)
    own = Topic.objects.filter(module__course=addition, added__isnull=False, pk__in=wanted)
    found = list(own.select_related("module", "added").order_by("module__position", "position"))
    if len(found) < len(wanted):
        raise CourseStateError(
            "Somebody has decided on some of these lessons already, so nothing was done. Look at "
            "what is left."
        )
    if not found:
        raise CourseStateError("Choose at least one lesson.")
    return found


def _take_over(
    course: Course, additions: Mapping[int, Course], topics: Sequence[Topic], *, by: Any
) -> None:
    own = [topic.pk for topic in topics]
    _move_documents(course, own)
    rows = {one.pk: one for one in lock(Topic.objects.filter(pk__in=own))}
    with changed_outline(course, "added lessons from documents", by):
        made: dict[int, Module] = {}
        moved: dict[int, Topic] = {}
        for topic in topics:
            row, added = rows[topic.pk], topic.added
            if added.joins_id is None:
                moved[topic.pk] = _as_lesson(course, row, topic.module, made)
            else:
                moved[topic.pk] = _locked_target(added)
        _move_questions(course, moved)
        Revision.objects.filter(kind=RevisionKind.TOPIC, row__in=own).update(course=course)
        for topic in topics:
            if topic.added.joins_id is not None:
                # As it is by now: another lesson may have joined it before.
                target = Topic.objects.select_related("module__course").get(pk=topic.added.joins_id)
                join_topics(target, rows[topic.pk], by=by, action="added a lesson from a document")
        AddedTopic.objects.filter(topic__in=own).delete()
    for addition in additions.values():
        _close_up(addition)


def _locked_target(added: AddedTopic) -> Topic:
    target = lock(Topic.objects.filter(pk=added.joins_id or 0)).get()
    if proposal_for(target) is not None:
        raise CourseStateError(
            f"\u201c{target}\u201d has a proposal that nobody has decided on. Accept or decline it "
            "first, then add to this lesson."
        )
    return target


def _as_lesson(course: Course, topic: Topic, drafted: Module, made: dict[int, Module]) -> Topic:
    """Moves a lesson to the end of the course's module of the same title, or to a new one."""
    module = made.get(drafted.pk) or course.modules.filter(title__iexact=drafted.title).first()
    if module is None:
        last = course.modules.aggregate(last=Max("position"))["last"] or 0
        module = Module.objects.create(
            course=course,
            position=last + 1,
            title=drafted.title,
            summary=drafted.summary,
            objectives=drafted.objectives,
            levels=drafted.levels,
        )
    made[drafted.pk] = module
    last = module.topics.aggregate(last=Max("position"))["last"] or 0
    Topic.objects.filter(pk=topic.pk).update(module=module, position=last + 1)
    topic.module = module
    return topic


def _move_documents(course: Course, topics: Sequence[int]) -> None:
    """Moves the documents that these lessons rest on to the course."""
    used = (
        Q(passages__topics__in=topics)
        | Q(passages__citations__topic__in=topics)
        | Q(passages__questions__topic__in=topics)
    )
    ours = SourceDocument.objects.filter(used, course__adds_to=course).values("pk")
    documents = list(lock(SourceDocument.objects.filter(pk__in=ours)))
    last = course.documents.aggregate(last=Max("position"))["last"] or 0
    for position, document in enumerate(documents, start=last + 1):
        document.course, document.position, document.index_model = course, position, ""
        document.save(update_fields=["course", "position", "index_model"])
    if documents:
        create_job(
            kind=ADDED_PIPELINE,
            title=f"Index what was added: {course.title}"[:255],
            parameters={"course": course.pk},
            steps=[
                StepSpec(
                    key=f"index:{document.pk}",
                    stage="index",
                    name=f"Index {document.original_name}",
                    parameters={"document": document.pk},
                )
                for document in documents
            ],
        )


def _move_questions(course: Course, moved: Mapping[int, Topic]) -> None:
    """The questions about these lessons go to the quiz of the module in which they now stand.

    Questions that the course asks already in the same words stay behind. Where learners are asked
    drafts, new ones are proposals first.
    """
    going = Question.objects.filter(topic__in=moved).exclude(status=QuestionStatus.REJECTED)
    by_module: dict[Module, list[Question]] = defaultdict(list)
    for question in going.order_by("quiz__module__position", "quiz", "position"):
        by_module[moved[question.topic_id or 0].module].append(question)
    known = {
        choice_key(stem)
        for stem in Question.objects.filter(quiz__course=course).values_list("stem", flat=True)
    }
    hidden = course.status == CourseStatus.PUBLISHED and course.asks_drafts
    for module, questions in by_module.items():
        quiz, _ = Quiz.objects.get_or_create(
            course=course,
            module=module,
            defaults={
                "title": f"Quiz: {module.title}"[:255],
                "status": QuizStatus.EMPTY,
                "engine": questions[0].quiz.engine,
            },
        )
        last = quiz.questions.aggregate(last=Max("position"))["last"] or 0
        new = [one for one in questions if choice_key(one.stem) not in known]
        for position, question in enumerate(new, start=last + 1):
            known.add(choice_key(question.stem))
            status = question.status
            if hidden and status == QuestionStatus.DRAFT:
                status = QuestionStatus.PROPOSED
            Question.objects.filter(pk=question.pk).update(
                quiz=quiz, position=position, status=status
            )
        keys = [one.pk for one in new]
        Revision.objects.filter(kind=RevisionKind.QUESTION, row__in=keys).update(course=course)
        update_quiz(quiz.pk)


def _close_up(addition: Course) -> None:
    """Numbers anew what is left of an addition. One with nothing left is deleted."""
    addition.modules.filter(topics=None).delete()
    modules = list(addition.modules.order_by("position"))
    renumber(modules)
    for module in modules:
        renumber(list(module.topics.order_by("position")))
    if not modules:
        transaction.on_commit(partial(delete_course, addition), robust=True)
