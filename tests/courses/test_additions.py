"""Documents that come later: read apart, shown, and taken over by part; nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import F, TextField, Value
from django.db.models.functions import Cast, Concat
from pytest_django.fixtures import Settings

from courses.additions import accepted_topics, added_topics, request_addition, suggest_places
from courses.editing import approve_topic, edit_topic
from courses.models import (
    AddedTopic,
    Course,
    CourseStatus,
    Revision,
    RevisionKind,
    SourceDocument,
    Topic,
    TopicStatus,
)
from courses.publishing import publish_changes
from courses.retrieval import search_course
from courses.revisions import propose_change, restore, versions
from courses.services import CourseStateError, delete_course, publish_course, request_course
from engine.reading.document import DocumentRejectedError
from jobs.models import Job, JobStatus
from profai.environment import BASE_DIR
from quizzes.additions import accept_topics, decline_topics, place_topics
from quizzes.models import Question, QuestionStatus
from quizzes.queries import visible_quizzes
from tests.clusters import running_cluster, wait_until
from tests.factories import make_course, make_editor, make_learner
from tests.pdfs import make_pdf, upload
from tests.queue import work

pytestmark = pytest.mark.django_db

ICE = (
    "A glacier is a mass of ice that moves slowly down a valley under its own weight. "
    "A moraine is a heap of stones and earth that a glacier leaves behind. "
    "Glaciers store most of the fresh water of the world as ice. "
    "The tongue of a glacier melts in summer and feeds the river in the valley below. "
    "A crevasse is a deep crack in the ice that opens where a glacier bends."
)
LATER = make_pdf([("Glaciers", ICE)])
SAMPLE = (BASE_DIR / "samples" / "water-on-earth.pdf").read_bytes()


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def editor() -> User:
    return make_editor()


@pytest.fixture
def course(editor: User) -> Course:
    return make_course(owner=editor)


@pytest.fixture
def addition(course: Course, editor: User) -> Course:
    """As a job leaves it: two modules with lessons and questions of their own."""
    made = make_course("Ice", owner=editor, modules=2)
    made.adds_to = course
    made.save()
    name = default_storage.save("documents/ice.pdf", ContentFile(LATER))
    made.documents.update(original_name="ice.pdf", file=name, sha256="e" * 64)
    made.modules.update(title=Concat(Value("Ice "), F("title")))
    Topic.objects.filter(module__course=made).update(title=Concat(Value("Ice "), F("title")))
    number = Cast(F("quiz"), TextField())
    Question.objects.filter(quiz__course=made).update(stem=Concat(number, F("stem")))
    suggest_places(made)
    AddedTopic.objects.update(joins=None)
    return made


def topics_of(course: Course) -> list[Topic]:
    topics = Topic.objects.filter(module__course=course).select_related("module")
    return list(topics.order_by("module__position", "position"))


def keys_of(course: Course) -> list[int]:
    return [topic.pk for topic in topics_of(course)]


def state_of(course: Course) -> dict[str, Any]:
    topics = Topic.objects.filter(module__course=course).order_by("pk")
    return {
        "topics": list(topics.values("module", "position", "title", "content", "status")),
        "documents": list(course.documents.order_by("pk").values("original_name", "position")),
        "questions": list(
            Question.objects.filter(quiz__course=course).order_by("pk").values("pk", "status")
        ),
        "course": Course.objects.values("title", "notes", "status").get(pk=course.pk),
    }


def test_what_would_change_is_shown_before_anything_does(
    course: Course, editor: User, chroma: int
) -> None:
    before = state_of(course)
    made = request_addition(
        course,
        files=[upload(SAMPLE, "water.pdf")],
        pages=["3-5"],
        requested_by=make_editor("other"),
    )
    job = work(made.job)
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    assert state_of(course) == before
    addition = Course.objects.get(adds_to=course)
    assert (addition.title, addition.status) == ("Water, added to Rivers", CourseStatus.DRAFT)
    assert addition.owner == course.owner
    lessons = list(added_topics(addition))
    assert lessons
    assert all(topic.added.accepted_at is None for topic in lessons)
    asked = Question.objects.filter(topic__in=lessons).exclude(status="rejected")
    assert asked.exists()
    with pytest.raises(CourseStateError, match="an addition"):
        publish_course(addition)
    assert not visible_quizzes(make_learner()).filter(course=addition).exists()
    # Taken over whole, it is found by search as what was there before.
    stems = {one.stem for one in asked}
    place_topics(addition, {topic.pk: None for topic in lessons})
    accept_topics(addition, [topic.pk for topic in lessons], by=editor)
    assert stems == set(
        Question.objects.filter(quiz__course=course, topic__in=lessons).values_list(
            "stem", flat=True
        )
    )
    job = work(Job.objects.get(kind="added"))
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    found = search_course(course, lessons[0].title)
    assert "water.pdf" in {one.passage.document.original_name for one in found}


def test_lessons_of_their_own_come_with_documents_and_questions(
    course: Course, addition: Course, editor: User
) -> None:
    lessons = topics_of(addition)
    question = Question.objects.filter(topic__in=lessons).order_by("pk")[0]
    Question.objects.filter(pk=question.pk).update(status=QuestionStatus.APPROVED)
    Question.objects.filter(pk=question.pk + 1).update(status=QuestionStatus.REJECTED)
    asked = Question.objects.filter(topic__in=lessons).exclude(status="rejected").count()
    edit_topic(topic=lessons[0], title="Frost", content=lessons[0].content, by=editor)
    before = topics_of(course)
    assert accept_topics(addition, [topic.pk for topic in lessons], by=editor) == len(lessons)
    assert topics_of(course) == [*before, *lessons]
    taken = topics_of(course)[len(before)]
    assert (taken.title, taken.status) == ("Frost", TopicStatus.EDITED)
    assert (taken.module.title, taken.module.position) == ("Ice Module 1", 3)
    names = [one.original_name for one in course.documents.order_by("position")]
    assert names == ["rivers-1.pdf", "ice.pdf"]
    assert Question.objects.filter(topic__in=lessons, quiz__course=course).count() == asked
    question.refresh_from_db()
    assert (question.status, question.quiz.module) == (QuestionStatus.APPROVED, taken.module)
    kept = Revision.objects.filter(kind=RevisionKind.TOPIC, row=taken.pk)
    assert {one.course_id for one in kept} == {course.pk}
    outline = Revision.objects.filter(course=course, kind=RevisionKind.OUTLINE).first()
    assert outline is not None
    assert (outline.action, outline.author) == ("added lessons from documents", editor)


def test_parts_of_a_module_come_one_after_another(
    course: Course, addition: Course, editor: User
) -> None:
    first, second, *others = keys_of(addition)
    accept_topics(addition, [first], by=editor)
    assert keys_of(addition) == [second, *others]
    assert topics_of(addition)[0].position == 1
    accept_topics(addition, [second], by=editor)
    assert keys_of(course)[-2:] == [first, second]
    assert course.modules.filter(title="Ice Module 1").count() == 1
    assert keys_of(addition) == others


@pytest.mark.parametrize("takes_one", [True, False])
def test_an_addition_with_nothing_left_is_deleted(
    course: Course,
    addition: Course,
    editor: User,
    takes_one: bool,  # noqa: FBT001 - pytest's parameter
    django_capture_on_commit_callbacks: Any,
) -> None:
    first, *others = keys_of(addition)
    file = SourceDocument.objects.get(course=addition).file.name or ""
    with django_capture_on_commit_callbacks(execute=True):
        decline_topics(addition, others, by=editor)
    assert Course.objects.filter(pk=addition.pk).exists()
    with django_capture_on_commit_callbacks(execute=True):
        (accept_topics if takes_one else decline_topics)(addition, [first], by=editor)
    assert not Course.objects.filter(pk=addition.pk).exists()
    assert default_storage.exists(file) is takes_one
    assert course.documents.count() == 1 + takes_one


def test_a_lesson_that_is_joined_keeps_what_a_person_wrote(
    course: Course, addition: Course, editor: User
) -> None:
    target = topics_of(course)[0]
    edit_topic(topic=target, title=target.title, content=f"{target.content}\n\nMine.", by=editor)
    target = approve_topic(target, by=editor)
    lesson = topics_of(addition)[0]
    asked = Question.objects.filter(topic=lesson).count()
    before = Question.objects.filter(topic=target).count()
    place_topics(addition, {lesson.pk: target.pk})
    accept_topics(addition, [lesson.pk], by=editor)
    grown = Topic.objects.get(pk=target.pk)
    assert grown.content.startswith(target.content)
    assert f"## {lesson.title}" in grown.content
    assert grown.status == TopicStatus.EDITED
    names = {one.passage.document.original_name for one in grown.citations.all()}
    assert names == {"rivers-1.pdf", "ice.pdf"}
    assert grown.questions.count() == before + asked
    assert not Topic.objects.filter(pk=lesson.pk).exists()
    newest, last = versions(grown)[:2]
    assert newest.action == "added a lesson from a document"
    restore(last, by=editor)
    assert Topic.objects.get(pk=target.pk).content == target.content


def test_several_lessons_join_the_same_one(course: Course, addition: Course, editor: User) -> None:
    target, lessons = topics_of(course)[1], topics_of(addition)[:2]
    place_topics(addition, {lesson.pk: target.pk for lesson in lessons})
    accept_topics(addition, [lesson.pk for lesson in lessons], by=editor)
    grown = Topic.objects.get(pk=target.pk).content
    assert grown.index(lessons[0].title) < grown.index(lessons[1].title)


def test_a_lesson_about_the_same_is_suggested_to_join(course: Course, addition: Course) -> None:
    target, lesson = topics_of(course)[0], topics_of(addition)[0]
    AddedTopic.objects.all().delete()
    Topic.objects.filter(pk=target.pk).update(title="Moraines of glaciers")
    Topic.objects.filter(pk=lesson.pk).update(title="The glacier and its moraines")
    by_terms = topics_of(addition)[1]
    for term in ("moraine", "crevasse"):
        for topic in (by_terms, topics_of(course)[1]):
            topic.key_terms.create(term=term, definition=ICE, passage=topic.citations.get().passage)
    suggest_places(addition)
    places = dict(AddedTopic.objects.values_list("topic", "joins"))
    assert places[lesson.pk] == target.pk
    assert places[by_terms.pk] == topics_of(course)[1].pk
    place_topics(addition, {lesson.pk: None})
    suggest_places(addition)
    assert AddedTopic.objects.get(topic=lesson).joins is None


def test_a_proposal_that_waits_is_decided_on_first(
    course: Course, addition: Course, editor: User
) -> None:
    target, lesson = topics_of(course)[0], topics_of(addition)[0]
    propose_change(
        target,
        lambda: edit_topic(topic=target, title="Other", content="Other words.", by=editor),
        by=editor,
    )
    place_topics(addition, {lesson.pk: target.pk})
    with pytest.raises(CourseStateError, match="nobody has decided"):
        accept_topics(addition, [lesson.pk], by=editor)
    assert Topic.objects.filter(pk=lesson.pk, module__course=addition).exists()


def test_learners_see_it_once_the_changes_are_published(
    course: Course, addition: Course, editor: User
) -> None:
    course = publish_course(course)
    lesson, *others = topics_of(addition)
    before = state_of(course)
    accept_topics(addition, [lesson.pk], by=editor)
    assert state_of(course) == before
    assert [one.accepted_by for one in accepted_topics(course)] == [editor]
    assert publish_changes(course, by=editor) == 1
    assert lesson in topics_of(course)
    assert topics_of(addition) == others
    # The course asks drafts, but nobody has read these questions: they are not asked yet.
    fresh = Question.objects.filter(topic=lesson, quiz__course=course)
    assert {one.status for one in fresh} == {QuestionStatus.PROPOSED}
    with pytest.raises(CourseStateError, match="no changes"):
        publish_changes(course, by=editor)


def test_a_kept_change_and_an_accepted_lesson_are_published_together(
    course: Course, addition: Course, editor: User
) -> None:
    course = publish_course(course)
    target, lesson = topics_of(course)[0], topics_of(addition)[0]
    place_topics(addition, {lesson.pk: target.pk})
    accept_topics(addition, [lesson.pk], by=editor)
    propose_change(
        target,
        lambda: edit_topic(topic=target, title=target.title, content="Better words.", by=editor),
        by=editor,
    )
    assert publish_changes(course, by=editor) == 2
    grown = Topic.objects.get(pk=target.pk).content
    assert grown.startswith("Better words.")
    assert lesson.title in grown


def test_the_same_document_is_named(course: Course, editor: User) -> None:
    def of_file(name: str) -> None:
        request_addition(course, files=[upload(LATER, name)], requested_by=editor)

    def of_page() -> None:
        request_addition(course, addresses=["https://example.org/ice"], requested_by=editor)

    of_file("ice.pdf")
    of_page()
    with pytest.raises(DocumentRejectedError, match="is in an open addition already as"):
        of_file("copy.pdf")
    with pytest.raises(DocumentRejectedError, match="is in an open addition already"):
        of_page()
    SourceDocument.objects.filter(course__adds_to=course).update(
        course=course, position=F("course") + 10
    )
    with pytest.raises(DocumentRejectedError, match=r"copy\.pdf.* in this course already as"):
        of_file("copy.pdf")
    assert course.additions.count() == 2


def test_a_document_that_says_the_same_is_named(course: Course, addition: Course) -> None:
    assert [note for note in addition.notes if "ice.pdf" in note and "rivers-1.pdf" in note]
    document = addition.documents.get()
    for passage in document.passages.all():
        passage.text = ICE
        passage.save()
    Course.objects.filter(pk=addition.pk).update(notes=[])
    addition.refresh_from_db()
    suggest_places(addition)
    assert addition.notes == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (CourseStatus.GENERATING, "once the lessons are written"),
        (CourseStatus.ARCHIVED, "not in the archive"),
    ],
)
def test_nothing_is_added_to_a_course_that_is_made_or_put_away(
    course: Course, editor: User, status: CourseStatus, words: str
) -> None:
    Course.objects.filter(pk=course.pk).update(status=status)
    with pytest.raises(CourseStateError, match=words):
        request_addition(course, files=[upload(LATER)], requested_by=editor)
    assert not course.additions.exists()
    assert not default_storage.exists("documents") or not list(default_storage.listdir("."))[1]


def test_what_somebody_has_decided_on_is_not_decided_twice(
    course: Course, addition: Course, editor: User
) -> None:
    first, *others = keys_of(addition)
    accept_topics(addition, [first], by=editor)
    for decide in (accept_topics, decline_topics):
        with pytest.raises(CourseStateError, match="decided on some"):
            decide(addition, [first, *others], by=editor)
        with pytest.raises(CourseStateError, match="at least one"):
            decide(addition, [], by=editor)
        with pytest.raises(CourseStateError, match="no addition"):
            decide(course, others, by=editor)
    with pytest.raises(CourseStateError, match="not in the course any more"):
        place_topics(addition, {others[0]: others[0]})
    Topic.objects.filter(pk=others[0]).update(status=TopicStatus.PENDING)
    with pytest.raises(CourseStateError, match="not written yet"):
        accept_topics(addition, others, by=editor)
    with pytest.raises(CourseStateError, match="addition itself"):
        request_addition(addition, files=[upload(LATER)], requested_by=editor)


def test_a_deleted_course_takes_its_additions_with_it(course: Course, addition: Course) -> None:
    delete_course(course)
    assert not Course.objects.filter(pk=addition.pk).exists()


@pytest.mark.slow
@pytest.mark.cluster
@pytest.mark.django_db(transaction=True)
def test_a_cluster_reads_one_document_and_refuses_another(
    editor: User, chroma: int, settings: Settings, tmp_path: Path
) -> None:
    """A document that cannot be read leaves the course as it was."""
    settings.MEDIA_ROOT = tmp_path / "var" / "media"
    environment = {"PROFAI_VAR_DIR": str(tmp_path / "var"), "CHROMA_PORT": str(chroma)}

    def ended(job: Job) -> bool:
        job.refresh_from_db()
        return job.completed_at is not None

    with running_cluster(tmp_path / "log", workers=1, environment=environment):
        made = request_course(files=[upload()], title="Rivers", requested_by=editor)
        wait_until(lambda: ended(made.job))
        course = Course.objects.get()
        before = state_of(course)
        torn = request_addition(
            course, files=[upload(b"%PDF-1.4 nothing", "torn.pdf")], requested_by=editor
        )
        wait_until(lambda: ended(torn.job))
        assert torn.job.status == JobStatus.FAILED
        assert "torn.pdf" in torn.job.error
        wait_until(lambda: not course.additions.exists())
        assert state_of(course) == before
        later = request_addition(course, files=[upload(LATER)], requested_by=editor)
        wait_until(lambda: ended(later.job))
        assert later.job.status == JobStatus.COMPLETED
        assert state_of(course) == before
        accept_topics(later.course, keys_of(later.course), by=editor)
        wait_until(lambda: ended(Job.objects.get(kind="added")))
    assert not Course.objects.exclude(pk=course.pk).exists()
    assert course.documents.filter(index_model="").count() == 0
    assert "moraine" in search_course(course, "stones a glacier leaves")[0].passage.text
