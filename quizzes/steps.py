"""The quiz steps of a course job, and the plan that puts them after the outline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import repeat

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models import Count

from courses.generation.engines import EXTRACTIVE
from courses.generation.schemas import KeyTermDraft
from courses.metering import metering
from courses.models import Course, Module, Passage, Topic
from courses.queries import in_reading_order, source_passages, with_sources
from courses.steps import Fallback, ai_errors_fail_the_step, course_of, items_at_once
from jobs.models import Job
from jobs.parallel import for_each
from jobs.patience import patient
from jobs.pipelines import StepSpec
from jobs.runner import StepRun
from quizzes.generation.engines import quiz_engine
from quizzes.generation.schemas import (
    AskedQuestion,
    Difficulty,
    ItemIssue,
    QuestionDraft,
    QuizDraft,
    QuizRequest,
    QuizTopic,
)
from quizzes.models import ASKED, Choice, Question, QuestionStatus, Quiz, QuizStatus


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
        async def write_with(name: str) -> QuizDraft:
            engine = quiz_engine(name)
            request = await sync_to_async(_request)(course, module, context=engine.uses_context)
            return await engine.write_quiz(request)

        name, draft = await fallback.first_that_can(write_with)
        notes = (*draft.notes, *fallback.notes("This quiz", name))
        await sync_to_async(_store)(course, module, replace(draft, notes=notes), name)
        return f"Wrote \u201c{quiz_title(course, module)}\u201d"

    with ai_errors_fail_the_step(), metering(run):
        for_each(run, missing, write_one, done=len(wanted) - len(missing), at_once=items_at_once())


def _exists(course: Course, module: Module | None) -> bool:
    return Quiz.objects.filter(course=course, module=module).exists()


def _request(course: Course, module: Module | None, *, context: bool) -> QuizRequest:
    topics = Topic.objects.filter(module__course=course).order_by("module__position", "position")
    own = topics.filter(module=module) if module else topics
    others = Passage.objects.filter(topics__in=topics.exclude(pk__in=own)).distinct()
    # The final quiz asks nothing that a module's quiz has asked.
    asked = () if module else _asked(course)
    return QuizRequest(
        title=quiz_title(course, module),
        language=course.language,
        source_language=course.source_language,
        size=settings.MODULE_QUIZ_SIZE if module else settings.COURSE_QUIZ_SIZE,
        topics=tuple(_quiz_topic(topic) for topic in with_sources(own)),
        context=source_passages(others) if context else (),
        asked=asked,
        mix=tuple((Difficulty(level), share) for level, share in settings.QUIZ_MIX.items()),
    )


def _asked(course: Course) -> tuple[AskedQuestion, ...]:
    """What learners are asked already."""
    questions = Question.objects.filter(quiz__course=course, status__in=ASKED)
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
    kept = [(question, QuestionStatus.DRAFT, ()) for question in draft.questions]
    out = [(one.question, QuestionStatus.REJECTED, one.issues) for one in draft.rejected]
    _store_questions(quiz, [*kept, *out])


def _store_questions(
    quiz: Quiz, drafts: Sequence[tuple[QuestionDraft, QuestionStatus, Sequence[ItemIssue]]]
) -> None:
    questions = Question.objects.bulk_create(
        Question(
            quiz=quiz,
            position=position,
            kind=draft.kind,
            stem=draft.stem,
            explanation=draft.explanation,
            difficulty=draft.difficulty,
            bloom=draft.bloom,
            topic_id=draft.topic_id,
            passage_id=draft.passage_id,
            quote=draft.quote,
            support=draft.support,
            status=status,
            check_results=[{"code": issue.code, "message": issue.message} for issue in issues],
        )
        for position, (draft, status, issues) in enumerate(drafts, start=1)
    )
    Choice.objects.bulk_create(
        choice
        for question, (draft, _, _) in zip(questions, drafts, strict=True)
        for choice in _choices(question, draft)
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
