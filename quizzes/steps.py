"""The quiz steps of a course job, and the plan that puts them after the outline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import repeat

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet

from courses.generation.engines import EXTRACTIVE
from courses.generation.schemas import KeyTermDraft
from courses.metering import metering
from courses.models import Course, Module, Passage, Topic
from courses.queries import in_reading_order, source_passages, with_sources
from courses.steps import (
    Fallback,
    ai_errors_fail_the_step,
    course_of,
    items_at_once,
    set_course_result,
)
from jobs.errors import StepFailedError, StepStoppedError
from jobs.models import Job
from jobs.parallel import for_each
from jobs.patience import patient
from jobs.pipelines import StepSpec
from jobs.runner import StepRun
from quizzes.generation.engines import quiz_engine
from quizzes.generation.schemas import (
    AskedQuestion,
    Difficulty,
    QuestionDraft,
    QuizDraft,
    QuizRequest,
    QuizTopic,
)
from quizzes.models import ASKED, Choice, Question, QuestionStatus, Quiz, QuizStatus
from quizzes.rewriting import KEPT, quiz_size


def plan_writing(job: Job) -> list[StepSpec]:
    """What follows the outline: topics and quizzes by groups of modules, then the final quiz.

    A module's quiz needs only its own module. A quiz step with no modules is the course's.
    """
    course = course_of(job)
    writing: list[StepSpec] = []
    asking: list[StepSpec] = []
    for modules in _groups(course):
        keys = ",".join(str(module.position) for module in modules)
        writing.append(_step("write", keys, "Write topics of", modules))
        asking.append(_step("quiz", keys, "Write the quiz of", modules, needs=(f"write:{keys}",)))
    # Topics first: there are always enough of them to fill the slots, while a quiz that asks for
    # its last questions once more has a call or two.
    steps = [*writing, *asking]
    quizzes = tuple(step.key for step in asking)
    final = StepSpec(
        key="quiz:course",
        stage="quiz",
        name="Write the final quiz",
        needs=quizzes,
        parameters={"modules": []},
    )
    finish = StepSpec(key="finish", stage="finish", name="Finish", needs=(final.key,))
    return [*steps, final, finish]


def _step(
    stage: str, keys: str, verb: str, modules: Sequence[Module], needs: tuple[str, ...] = ()
) -> StepSpec:
    titles = ", ".join(module.title for module in modules)
    return StepSpec(
        key=f"{stage}:{keys}",
        stage=stage,
        name=f"{verb} {titles}"[:255],
        needs=needs,
        parameters={"modules": [module.pk for module in modules]},
        units_total=sum(module.topics.count() for module in modules) if stage == "write" else 0,
    )


def _groups(course: Course) -> Iterator[list[Module]]:
    """The modules of each writing step, by the number of topics that `_sizes` wants.

    The extractive engine computes instead of waiting: its modules go to workers one by one.
    """
    modules = course.modules.order_by("position").annotate(count=Count("topics"))
    counts = dict(modules.values_list("pk", "count"))
    sizes = _sizes(sum(counts.values()))
    if course.engine == EXTRACTIVE:
        sizes = repeat(1)
    group: list[Module] = []
    wanted = next(sizes)
    for module in course.modules.order_by("position"):
        group.append(module)
        if sum(counts[one.pk] for one in group) >= wanted:
            yield group
            group, wanted = [], next(sizes)
    if group:
        yield group


def _sizes(topics: int) -> Iterator[float]:
    """Topics a step, so that no slot for calls stands idle.

    The steps that run side by side should want twice the slots there are. Where a course has
    less than that, it is spread evenly over the workers, which then compute side by side. Where
    it has more, the first steps shrink from one to the next: steps of one size, which share the
    slots fairly, would all end together and leave the slots empty until others have begun.
    """
    side_by_side = min(settings.Q_WORKERS, settings.JOB_QUEUED_STEPS)
    enough = 2 * settings.LLM_CONCURRENCY / side_by_side
    if topics <= enough * side_by_side:
        yield from repeat(topics / side_by_side)
    yield from (enough * count for count in range(side_by_side, 0, -1))
    yield from repeat(enough)


def write_quizzes(run: StepRun) -> None:
    """Write the quiz of each of the step's modules, or the final quiz where it names none."""
    course = course_of(run.job)
    modules: list[Module | None] = list(
        Module.objects.filter(pk__in=run.parameters["modules"]).order_by("position")
    )
    wanted = modules or [None]
    missing = [module for module in wanted if not _exists(course, module)]
    fallback = Fallback(run, course.engine)

    async def write_one(module: Module | None) -> str:
        name, draft = await _write_with(fallback, course, module)
        await sync_to_async(_store)(course, module, draft, name)
        return f"Wrote \u201c{quiz_title(course, module)}\u201d"

    with ai_errors_fail_the_step(), metering(run):
        for_each(run, missing, write_one, done=len(wanted) - len(missing), at_once=items_at_once())


def rewrite_quiz(run: StepRun) -> None:
    """Make one quiz again. Questions that a person edited or approved stay as they are."""
    course = course_of(run.job)
    module = _module_of(run, course)
    fallback = Fallback(run, run.parameters["engine"])

    async def write_one(module: Module | None) -> str:
        name, draft = await _write_with(fallback, course, module)
        await sync_to_async(_replace_questions)(run, course, module, draft, name)
        return f"Wrote \u201c{quiz_title(course, module)}\u201d"

    with ai_errors_fail_the_step(), metering(run):
        for_each(run, [module], write_one)
    set_course_result(run, course)


def _module_of(run: StepRun, course: Course) -> Module | None:
    if run.parameters["module"] is None:
        return None
    module = course.modules.filter(pk=run.parameters["module"]).first()
    if module is None:
        raise StepStoppedError("The module was deleted.")
    return module


async def _write_with(
    fallback: Fallback, course: Course, module: Module | None
) -> tuple[str, QuizDraft]:
    async def write(name: str) -> QuizDraft:
        engine = quiz_engine(name)
        request = await sync_to_async(_request)(course, module, context=engine.uses_context)
        return await engine.write_quiz(request)

    name, draft = await fallback.first_that_can(write)
    notes = (*draft.notes, *fallback.notes("This quiz", name))
    return name, replace(draft, notes=notes)


def _exists(course: Course, module: Module | None) -> bool:
    return Quiz.objects.filter(course=course, module=module).exists()


def _request(course: Course, module: Module | None, *, context: bool) -> QuizRequest:
    topics = Topic.objects.filter(module__course=course).order_by("module__position", "position")
    own = topics.filter(module=module) if module else topics
    others = Passage.objects.filter(topics__in=topics.exclude(pk__in=own)).distinct()
    kept = Question.objects.filter(quiz__course=course, quiz__module=module, status__in=KEPT)
    asked = _asked(_others(course, module) | kept)
    return QuizRequest(
        title=quiz_title(course, module),
        language=course.language,
        source_language=course.source_language,
        size=max(quiz_size(module) - kept.count(), 0),
        topics=tuple(_quiz_topic(topic) for topic in with_sources(own)),
        context=source_passages(others) if context else (),
        asked=asked,
        mix=tuple((Difficulty(level), share) for level, share in settings.QUIZ_MIX.items()),
    )


def _others(course: Course, module: Module | None) -> QuerySet[Question]:
    """The final quiz asks nothing that a module's quiz asks, nor the other way round."""
    return Question.objects.filter(
        quiz__course=course, quiz__module__isnull=module is not None, status__in=ASKED
    )


def _asked(questions: QuerySet[Question]) -> tuple[AskedQuestion, ...]:
    """What learners are asked already."""
    stems = questions.order_by("quiz", "position").values_list("stem", "passage")
    return tuple(AskedQuestion(stem, passage) for stem, passage in stems)


def quiz_title(course: Course, module: Module | None) -> str:
    return f"Quiz: {module.title}" if module else f"Final quiz: {course.title}"


def _quiz_topic(topic: Topic) -> QuizTopic:
    """A topic that a model wrote is asked about by what it cites: no more of its sources was
    taught. Topics of the extractive engine quote from all of theirs."""
    passages = list(topic.sources.all())
    if topic.engine != EXTRACTIVE:
        passages = [citation.passage for citation in topic.citations.all()] or passages
    return QuizTopic(
        id=topic.pk,
        title=topic.title,
        passages=in_reading_order(passages),
        key_terms=tuple(
            KeyTermDraft(term.term, term.definition, term.passage_id)
            for term in topic.key_terms.all()
        ),
    )


@patient
@transaction.atomic
def _store(course: Course, module: Module | None, draft: QuizDraft, engine: str) -> None:
    """Save a whole quiz at once; one that stands already is left alone."""
    Course.objects.select_for_update().get(pk=course.pk)
    if _exists(course, module):
        return
    quiz = Quiz.objects.create(
        course=course,
        module=module,
        title=quiz_title(course, module)[:255],
        engine=engine,
        status=QuizStatus.READY if draft.questions else QuizStatus.EMPTY,
        notes=list(draft.notes),
    )
    _store_questions(quiz, draft)


@patient
@transaction.atomic
def _replace_questions(
    run: StepRun, course: Course, module: Module | None, draft: QuizDraft, engine: str
) -> None:
    """Put the draft in the place of all questions that no person has looked after."""
    run.hold()
    Course.objects.select_for_update().get(pk=course.pk)
    quiz, _ = Quiz.objects.get_or_create(
        course=course, module=module, defaults={"title": quiz_title(course, module)[:255]}
    )
    kept = quiz.questions.filter(status__in=KEPT)
    if not draft.questions and quiz.questions.filter(status__in=ASKED).exclude(pk__in=kept):
        raise StepFailedError(
            "No question could be made that passes the checks; the quiz is left as it was.",
            final=True,
        )
    quiz.questions.exclude(pk__in=kept).delete()
    for position, question in enumerate(kept.order_by("position"), start=1):
        Question.objects.filter(pk=question.pk).update(position=position)
    asked = bool(draft.questions) or kept.exists()
    quiz.status = QuizStatus.READY if asked else QuizStatus.EMPTY
    quiz.engine, quiz.notes = engine, list(draft.notes)
    quiz.save(update_fields=["status", "engine", "notes"])
    _store_questions(quiz, draft, first=kept.count() + 1)


def _store_questions(quiz: Quiz, draft: QuizDraft, *, first: int = 1) -> None:
    """The questions that passed, then those kept out with their reasons."""
    kept = [(question, QuestionStatus.DRAFT, ()) for question in draft.questions]
    out = [(one.question, QuestionStatus.REJECTED, one.issues) for one in draft.rejected]
    drafts = [*kept, *out]
    questions = Question.objects.bulk_create(
        Question(
            quiz=quiz,
            position=position,
            kind=one.kind,
            stem=one.stem,
            explanation=one.explanation,
            difficulty=one.difficulty,
            bloom=one.bloom,
            topic_id=one.topic_id,
            passage_id=one.passage_id,
            quote=one.quote,
            support=one.support,
            status=status,
            check_results=[{"code": issue.code, "message": issue.message} for issue in issues],
        )
        for position, (one, status, issues) in enumerate(drafts, start=first)
    )
    Choice.objects.bulk_create(
        choice
        for question, (one, _, _) in zip(questions, drafts, strict=True)
        for choice in _choices(question, one)
    )


def _choices(question: Question, draft: QuestionDraft) -> Iterator[Choice]:
    # A rejected question may have the same choice twice, which the table does not hold.
    feedback = dict(zip(draft.choices[::-1], draft.feedback[::-1], strict=False))
    for number, text in enumerate(dict.fromkeys(draft.choices)):
        yield Choice(
            question=question,
            position=number,
            text=text,
            feedback=feedback.get(text, ""),
            is_correct=number == draft.correct,
        )
