"""What must hold over all tables whenever no job is open, whatever was killed before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.core.files.storage import default_storage
from django.db.models import Count, F, Q
from django_q.models import OrmQ

from courses.engines import vector_store
from courses.indexing import collection_name
from courses.models import Course, CourseStatus, Module, SourceDocument, Topic, TopicStatus
from courses.uploads import FOLDER
from engine.questions.formats import QuestionFormat
from jobs.dispatch import task_name
from jobs.models import OPEN_JOB, OPEN_STEP, Job, JobStatus, Step, StepStatus
from quizzes.models import Question, QuestionStatus, Quiz


def broken(*, files: bool = True, index: bool = True) -> list[str]:
    """In words, everything that is not as it must be. An empty list is the aim."""
    found = [*_jobs(), *_steps(), *_queue(), *_documents(), *_courses(), *_questions()]
    if files:
        found += _files()
    if index:
        found += _indexes()
    return found


def _say(what: str, rows: Iterable[object]) -> Iterator[str]:
    for row in rows:
        yield f"{what}: {row!r}"


def _jobs() -> Iterator[str]:
    jobs = Job.objects.all()
    completed = jobs.filter(status=JobStatus.COMPLETED)
    yield from _say("a job is still open", jobs.filter(status__in=OPEN_JOB))
    yield from _say("a completed job is not at 100%", completed.exclude(progress=100))
    yield from _say(
        "a completed job has other steps",
        completed.filter(~Q(steps__status=StepStatus.COMPLETED)).distinct(),
    )
    yield from _say("a completed job never started", completed.filter(started_at=None))
    yield from _say("a failed job says nothing", jobs.filter(status=JobStatus.FAILED, error=""))
    yield from _say("a job ended before it began", jobs.filter(completed_at__lt=F("started_at")))
    yield from _say(
        "a job without a failed step failed",
        jobs.filter(status=JobStatus.FAILED).exclude(steps__status=StepStatus.FAILED),
    )
    yield from _say(
        "a job broke", jobs.filter(error__contains="an error inside ProfAI").values("error")
    )


def _steps() -> Iterator[str]:
    closed = Step.objects.exclude(job__status__in=OPEN_JOB)
    yield from _say(
        "a step of an ended job is under way",
        closed.filter(status__in=OPEN_STEP).exclude(
            # What a failed step keeps from starting waits for a retry.
            status=StepStatus.WAITING,
            job__status=JobStatus.FAILED,
        ),
    )
    done = Step.objects.filter(status=StepStatus.COMPLETED)
    yield from _say("a completed step was never claimed", done.filter(attempts=0))
    yield from _say("a completed step has units open", done.exclude(units_done=F("units_total")))
    yield from _say(
        "a step was handed back more often than claimed",
        Step.objects.filter(attempts__lt=F("retries") + F("hand_backs")),
    )


def _queue() -> Iterator[str]:
    """A message that is left over may only be one of a step that is not queued any more."""
    queued = Step.objects.filter(status=StepStatus.QUEUED).values_list("pk", flat=True)
    names = {task_name(pk) for pk in queued}
    yield from _say("a message waits", [m for m in OrmQ.objects.all() if m.name() in names])


def _documents() -> Iterator[str]:
    made = _made()
    for document in SourceDocument.objects.filter(course__in=made):
        positions = list(document.passages.order_by("position").values_list("position", flat=True))
        if not positions or positions != list(range(positions[0], positions[0] + len(positions))):
            yield f"passages of {document!r} are {positions[:20]}"
        if document.status != "indexed":
            yield f"{document!r} is {document.status}"


def _made() -> list[Course]:
    """Courses whose job has completed."""
    return list(Course.objects.filter(job__status=JobStatus.COMPLETED))


def _courses() -> Iterator[str]:
    for course in _made():
        if course.status == CourseStatus.GENERATING:
            yield f"{course!r} is still being made"
        yield from _numbered(f"modules of {course!r}", course.modules.all())
        for module in Module.objects.filter(course=course):
            yield from _numbered(f"topics of {module!r}", module.topics.all())
            yield from _once(f"quiz of {module!r}", Quiz.objects.filter(module=module).count())
        finals = Quiz.objects.filter(course=course, module=None).count()
        yield from _once(f"final quiz of {course!r}", finals)
        topics = Topic.objects.filter(module__course=course)
        yield from _say("a topic is not written", topics.filter(status=TopicStatus.PENDING))
        yield from _say("a topic is empty", topics.filter(content=""))
        for topic in topics:
            yield from _numbered(f"citations of {topic!r}", topic.citations.all())
    yield from _say(
        "a course is being made by nobody",
        Course.objects.filter(status=CourseStatus.GENERATING, job=None),
    )


def _numbered(what: str, rows: object) -> Iterator[str]:
    positions = sorted(rows.values_list("position", flat=True))  # type: ignore[attr-defined] # a QuerySet of several models
    if positions != list(range(1, len(positions) + 1)):
        yield f"{what} have the positions {positions}"


def _once(what: str, count: int) -> Iterator[str]:
    if count != 1:
        yield f"{what}: there are {count}"


def _questions() -> Iterator[str]:
    for quiz in Quiz.objects.filter(course__in=_made()):
        yield from _numbered(f"questions of {quiz!r}", quiz.questions.all())
        asked = quiz.questions.exclude(status=QuestionStatus.REJECTED)
        stems = asked.values("stem").annotate(n=Count("pk")).filter(n__gt=1)
        yield from _say(f"asked twice in {quiz!r}", stems)
    # Other formats keep their right answers in their bodies, which are checked when written.
    right = Count("choices", filter=Q(choices__is_correct=True))
    yield from _say(
        "a question has not one right choice",
        Question.objects.filter(format=QuestionFormat.SINGLE)
        .exclude(status=QuestionStatus.REJECTED)
        .annotate(right=right)
        .exclude(right=1),
    )


def _files() -> Iterator[str]:
    known = set(SourceDocument.objects.values_list("file", flat=True))
    try:
        there = {f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1]}
    except FileNotFoundError:
        there = set()
    yield from _say("a document has no file", sorted(known - there))
    yield from _say("a file has no document", sorted(there - known))


def _indexes() -> Iterator[str]:
    sizes = vector_store().collection_sizes()
    for course in _made():
        passages = sum(document.passages.count() for document in course.documents.all())
        stored = sizes.get(collection_name(course.pk), 0)
        if stored != passages:
            yield f"{course!r} has {passages} passages and {stored} vectors"
