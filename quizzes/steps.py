"""The quiz steps of a course job, and the plan that puts them after the outline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import repeat
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef

from common.transactions import lock
from courses.engines import EXTRACTIVE, language_model
from courses.llm_usage import metering
from courses.models import Course, CourseStatus, Module, Passage, Topic
from courses.queries import (
    in_reading_order,
    printed_exercises,
    source_passages,
    with_sources,
)
from courses.retrieval import KEPT_APART
from courses.revisions import propose
from courses.steps import (
    Fallback,
    ai_errors_fail_the_step,
    check_passages,
    course_of,
    items_at_once,
    set_course_result,
)
from engine.lessons.answer_keys import PrintedQuestion
from engine.lessons.document_parts import in_glossary
from engine.lessons.schemas import KeyTermDraft, SourcePassage
from engine.questions.formats import SingleChoice
from engine.questions.llm.wordings import WordingVerdict, calls_of, read_wordings
from engine.questions.printed import printed_with, write_with_printed
from engine.questions.question_text import choice_key
from engine.questions.schemas import (
    AskedQuestion,
    Difficulty,
    QuestionDraft,
    QuizDraft,
    QuizRequest,
    QuizTopic,
)
from jobs.db_retry import retry_on_db_outage
from jobs.errors import StepFailedError, StepStoppedError
from jobs.models import Job
from jobs.parallel import for_each
from jobs.pipelines import StepSpec
from jobs.runner import StepRun
from quizzes.engines import quiz_engine
from quizzes.models import (
    NOT_REJECTED,
    Answer,
    Attempt,
    Choice,
    Question,
    QuestionStatus,
    Quiz,
    QuizStatus,
    stored_body,
)
from quizzes.regeneration import KEPT, quiz_size
from quizzes.revisions import drafted_question
from quizzes.rules import rules_of_new_quiz
from quizzes.wordings import keep_readings, unread_answers, wording_of


def load_for_quizzes() -> None:
    """Loads the rules by which most quizzes are made."""
    quiz_engine(EXTRACTIVE)


def plan_writing(job: Job) -> list[StepSpec]:
    """Returns what follows the outline: topics and quizzes by groups of modules, then the final
    quiz; nothing where the outline waits for a person.

    A module's quiz needs only its own module. A quiz step with no modules is the course's.
    """
    course = course_of(job)
    if course.status == CourseStatus.OUTLINED:
        # A person reads the outline first; the writing is a job of its own.
        return []
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
    stage: str, keys: str, verb: str, modules: Sequence[Any], needs: tuple[str, ...] = ()
) -> StepSpec:
    titles = ", ".join(module.title for module in modules)
    return StepSpec(
        key=f"{stage}:{keys}",
        stage=stage,
        name=f"{verb} {titles}"[:255],
        needs=needs,
        parameters={"modules": [module.pk for module in modules]},
        units_total=sum(module.topic_count for module in modules) if stage == "write" else 0,
    )


def _groups(course: Course) -> Iterator[list[Any]]:
    """Yields the modules of each writing step, by the number of topics that `_sizes` wants.

    Each has its `topic_count`: one query, for it is the whole job that waits meanwhile.
    The extractive engine computes instead of waiting: its modules go to workers one by one.
    """
    modules: list[Any] = list(
        course.modules.order_by("position").annotate(topic_count=Count("topics"))
    )
    sizes = _sizes(sum(module.topic_count for module in modules))
    if course.engine == EXTRACTIVE:
        sizes = repeat(1)
    group: list[Any] = []
    wanted = next(sizes)
    for module in modules:
        group.append(module)
        if sum(one.topic_count for one in group) >= wanted:
            yield group
            group, wanted = [], next(sizes)
    if group:
        yield group


def _sizes(topics: int) -> Iterator[float]:
    """Yields how many topics each step has, so that no slot for calls stands idle.

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
    """Writes the quiz of each of the step's modules, or the final quiz where it names none."""
    course = course_of(run.job)
    modules: list[Module | None] = list(
        Module.objects.filter(pk__in=run.parameters["modules"]).order_by("position")
    )
    wanted = modules or [None]
    missing = [module for module in wanted if not _exists(course, module)]
    fallback = Fallback(run, course.engine)

    async def write_one(module: Module | None) -> str:
        name, draft = await _write_with(fallback, course, module)
        await sync_to_async(_store)(run, course, module, draft, name)
        return f"Wrote \u201c{quiz_title(course, module)}\u201d"

    with ai_errors_fail_the_step(), metering(run):
        for_each(
            run,
            missing,
            write_one,
            done=len(wanted) - len(missing),
            at_once=items_at_once(course.engine),
        )


def rewrite_quiz(run: StepRun) -> None:
    """Makes one quiz again. Questions that a person wrote, edited or approved, and those that
    learners are asked, are kept.
    """
    course = course_of(run.job)
    module = None
    if run.parameters["module"] is not None:
        module = course.modules.filter(pk=run.parameters["module"]).first()
        if module is None:
            raise StepStoppedError("The module was deleted.")
    fallback = Fallback(run, run.parameters["engine"])

    async def write_one(module: Module | None) -> str:
        name, draft = await _write_with(fallback, course, module)
        await sync_to_async(_replace_questions)(run, course, module, draft, name)
        return f"Wrote \u201c{quiz_title(course, module)}\u201d"

    with ai_errors_fail_the_step(), metering(run):
        for_each(run, [module], write_one)
    set_course_result(run)


# What the engine without a model may choose from: it makes the same questions each time.
ALTERNATIVES = 8


def rewrite_question(run: StepRun) -> None:
    """Makes another question about the same topic, which stands beside the first as a proposal."""
    course = course_of(run.job)
    found = Question.objects.filter(pk=run.parameters["question"], quiz__course=course)
    question = found.select_related("quiz__module", "topic").first()
    if question is None or question.topic is None:
        raise StepStoppedError("The question or its topic was deleted.")
    fallback = Fallback(run, run.parameters["engine"])
    quiz = question.quiz

    async def write_one(asked: Question) -> str:
        async def write(name: str) -> tuple[QuizDraft, str]:
            engine = quiz_engine(name)
            request = await sync_to_async(_request)(
                course, quiz.module, context=engine.uses_context
            )
            own = tuple(one for one in request.topics if one.id == asked.topic_id)
            is_extractive = name == EXTRACTIVE
            request = replace(
                request,
                # A single topic rarely holds a second question for the engine without a model.
                topics=request.topics if is_extractive else own or request.topics,
                size=ALTERNATIVES if is_extractive else 1,
                asked=(*request.asked, AskedQuestion(asked.stem, asked.passage_id, asked.quote)),
                instruction=run.parameters["instruction"],
            )
            return await engine.write_quiz(request), engine.model

        done = await fallback.first_that_can(write)
        await sync_to_async(_propose_question)(run, asked, done.made[0], done.engine, done.made[1])
        return "Made another question"

    with ai_errors_fail_the_step(), metering(run):
        for_each(run, [question], write_one)
    set_course_result(run)


@retry_on_db_outage
@transaction.atomic
def _propose_question(
    run: StepRun, question: Question, draft: QuizDraft, engine: str, model: str
) -> None:
    run.lock_rows()
    stems = question.quiz.questions.values_list("stem", flat=True)
    known = {choice_key(stem) for stem in stems}
    new = [one for one in draft.questions if choice_key(one.stem) not in known]
    if not new:
        raise StepFailedError(
            "No other question passes the checks; the question is left as it was. "
            "Write one by hand, or give another instruction.",
            final=True,
        )
    propose(
        question,
        drafted_question(min(new, key=lambda one: one.topic_id != question.topic_id)),
        reason=run.parameters["instruction"],
        engine=engine,
        model=model,
    )


async def _write_with(
    fallback: Fallback, course: Course, module: Module | None
) -> tuple[str, QuizDraft]:
    async def write(name: str) -> QuizDraft:
        engine = quiz_engine(name)
        request = await sync_to_async(_request)(course, module, context=engine.uses_context)
        return await write_with_printed(engine, request)

    done = await fallback.first_that_can(write)
    notes = (*done.made.notes, *done.notes("This quiz"))
    return done.engine, replace(done.made, notes=notes)


def _exists(course: Course, module: Module | None) -> bool:
    return Quiz.objects.filter(course=course, module=module).exists()


def _request(course: Course, module: Module | None, *, context: bool) -> QuizRequest:
    topics = Topic.objects.filter(module__course=course).order_by("module__position", "position")
    own = topics.filter(module=module) if module else topics
    others = Passage.objects.filter(topics__in=topics.exclude(pk__in=own)).distinct()
    kept = Question.objects.filter(quiz__course=course, quiz__module=module, status__in=KEPT)
    # The final quiz asks nothing that a module's quiz asks, nor the other way round.
    elsewhere = Question.objects.filter(
        quiz__course=course, quiz__module__isnull=module is not None, status__in=NOT_REJECTED
    )
    # What learners are asked already.
    questions = (elsewhere | kept).order_by("quiz", "position")
    asked = tuple(
        AskedQuestion(stem, passage, quote)
        for stem, passage, quote in questions.values_list("stem", "passage", "quote")
    )
    modules = [module] if module else course.modules.order_by("position")
    printed = printed_exercises(course)
    quiz_topics = tuple(_quiz_topic(topic, printed) for topic in with_sources(own))
    around: list[SourcePassage] = []
    # The reason for a printed answer may stand anywhere in its chapter.
    if context or any(topic.printed for topic in quiz_topics):
        # No topic teaches glossaries, but their terms are asked.
        untaught = Passage.objects.filter(document__course=course, topics__isnull=True)
        glossaries = (one for one in source_passages(untaught) if in_glossary(one))
        around = [*source_passages(others), *glossaries]
    return QuizRequest(
        title=quiz_title(course, module),
        language=course.language,
        source_language=course.source_language,
        size=max(quiz_size(module) - kept.count(), 0),
        topics=quiz_topics,
        context=tuple(around),
        asked=asked,
        mix=tuple((Difficulty(level), share) for level, share in settings.QUIZ_MIX.items()),
        objectives=tuple(goal for one in modules for goal in one.objectives),
        is_final=module is None,
    )


def quiz_title(course: Course, module: Module | None) -> str:
    return f"Quiz: {module.title}" if module else f"Final quiz: {course.title}"


def _quiz_topic(topic: Topic, printed: Sequence[PrintedQuestion]) -> QuizTopic:
    """Returns a topic as quizzes ask about it: one that a model wrote by what it cites, because no
    more of its sources was taught. Topics of the extractive engine quote from all of theirs."""
    passages = list(topic.sources.all())
    if topic.engine != EXTRACTIVE:
        cited = [citation.passage for citation in topic.citations.all()]
        # A lesson cites the source's exercises too, as practice: they are not asked again.
        passages = [one for one in cited if one.matter not in KEPT_APART] or passages
    return QuizTopic(
        id=topic.pk,
        title=topic.title,
        passages=in_reading_order(passages),
        key_terms=tuple(
            KeyTermDraft(term.term, term.definition, term.passage_id)
            for term in topic.key_terms.all()
        ),
        lesson=topic.content,
        printed=printed_with(printed, {one.pk for one in topic.supplements.all()}),
    )


@retry_on_db_outage
@transaction.atomic
def _store(
    run: StepRun, course: Course, module: Module | None, draft: QuizDraft, engine: str
) -> None:
    """Saves a whole quiz at once. A quiz that is there already is not changed."""
    _lock_rows(run, module)
    if _exists(course, module):
        return
    if module is None:
        draft = _shared_out(course, draft)
    quiz = Quiz.objects.create(
        course=course,
        module=module,
        title=quiz_title(course, module)[:255],
        engine=engine,
        status=QuizStatus.READY if draft.questions else QuizStatus.EMPTY,
        notes=list(draft.notes),
        **_new_rules(run, module, draft),
    )
    _store_questions(quiz, draft)


def _shared_out(course: Course, draft: QuizDraft) -> QuizDraft:
    """Gives quizzes of modules that have no question half of those about their module, and returns
    what is left for the final quiz: learners should not be asked about a module only at the end.
    """
    module_of = dict(Topic.objects.filter(module__course=course).values_list("pk", "module"))
    asking = Question.objects.filter(quiz=OuterRef("pk"), status__in=NOT_REJECTED)
    quizzes = Quiz.objects.filter(~Exists(asking), course=course, module__isnull=False)
    given: list[QuestionDraft] = []
    for quiz in lock(quizzes):
        own = [one for one in draft.questions if module_of.get(one.topic_id) == quiz.module_id]
        share = own[: (len(own) + 1) // 2]
        if not share:
            continue
        last = quiz.questions.aggregate(last=Max("position"))["last"] or 0
        _store_questions(quiz, QuizDraft(tuple(share)), first=last + 1)
        quiz.status = QuizStatus.READY
        quiz.notes = [f"Its {len(share)} questions were made together with the final quiz."]
        quiz.save(update_fields=["status", "notes"])
        given += share
    left = tuple(one for one in draft.questions if not any(one is other for other in given))
    return replace(draft, questions=left)


def _new_rules(run: StepRun, module: Module | None, draft: QuizDraft) -> dict[str, Any]:
    """Returns the rules of a new quiz; none where an old client asked for it, which has to be told
    right answers with each result."""
    if run.job.parameters.get("answers_at_once"):
        return {}
    return rules_of_new_quiz(len(draft.questions), is_final=module is None)


@retry_on_db_outage
@transaction.atomic
def _replace_questions(
    run: StepRun, course: Course, module: Module | None, draft: QuizDraft, engine: str
) -> None:
    """Puts the draft in the place of all questions that no person answers for.

    In a published course that asks drafts, those stay: the new questions stand beside them as
    proposals, in the place of earlier ones, until somebody approves them.
    """
    _lock_rows(run, module)
    made, _ = Quiz.objects.get_or_create(
        course=course,
        module=module,
        defaults={"title": quiz_title(course, module)[:255], **_new_rules(run, module, draft)},
    )
    quiz = lock(Quiz.objects.filter(pk=made.pk)).get()
    # Who submits writes to answers, from which the questions that go are taken away.
    list(lock(Attempt.objects.filter(quiz=quiz, submitted_at=None)))
    used = Course.objects.filter(pk=course.pk, status=CourseStatus.PUBLISHED, asks_drafts=True)
    is_asked = used.exists() and quiz.questions.filter(status__in=NOT_REJECTED).exists()
    kept = quiz.questions.filter(status__in=NOT_REJECTED if is_asked else KEPT)
    if is_asked:
        # Not in words that are asked already.
        stems = {choice_key(stem) for stem in kept.values_list("stem", flat=True)}
        new = tuple(one for one in draft.questions if choice_key(one.stem) not in stems)
        draft = replace(draft, questions=new)
    replaced = quiz.questions.filter(status__in=NOT_REJECTED).exclude(pk__in=kept)
    if not draft.questions and (is_asked or replaced.exists()):
        raise StepFailedError(
            "No new question could be made that passes the checks; the quiz is left as it was.",
            final=True,
        )
    quiz.questions.exclude(pk__in=kept).delete()
    for position, question in enumerate(kept.order_by("position"), start=1):
        Question.objects.filter(pk=question.pk).update(position=position)
    asked = bool(draft.questions) or kept.exists()
    quiz.status = QuizStatus.READY if asked else QuizStatus.EMPTY
    quiz.engine, quiz.notes = engine, list(draft.notes)
    quiz.save(update_fields=["status", "engine", "notes"])
    status = QuestionStatus.PROPOSED if is_asked else QuestionStatus.DRAFT
    _store_questions(quiz, draft, first=kept.count() + 1, status=status)


def _lock_rows(run: StepRun, module: Module | None) -> None:
    run.lock_rows()
    if module and not Module.objects.filter(pk=module.pk).exists():
        raise StepStoppedError("The module was deleted.")


def _store_questions(
    quiz: Quiz,
    draft: QuizDraft,
    *,
    first: int = 1,
    status: QuestionStatus = QuestionStatus.DRAFT,
) -> None:
    """Stores the questions that passed with their notes, then those kept out with their reasons."""
    kept = [(one, status, one.notes) for one in draft.questions]
    out = [
        (one.question, QuestionStatus.REJECTED, (*one.issues, *one.question.notes))
        for one in draft.rejected
    ]
    drafts = [*kept, *out]
    check_passages({one.passage_id for one, _, _ in drafts if one.passage_id}, quiz.title)
    questions = Question.objects.bulk_create(
        Question(
            quiz=quiz,
            position=position,
            kind=one.kind,
            format=one.format,
            body=stored_body(one.body),
            stem=one.stem,
            explanation=one.explanation,
            difficulty=one.difficulty,
            bloom=one.bloom,
            topic_id=one.topic_id,
            passage_id=one.passage_id,
            quote=one.quote,
            support=one.support,
            status=given,
            check_results=[
                {"code": issue.code, "message": issue.message}
                | ({"severity": "note"} if issue.is_note else {})
                for issue in issues
            ],
        )
        for position, (one, given, issues) in enumerate(drafts, start=first)
    )
    Choice.objects.bulk_create(
        choice
        for question, (one, _, _) in zip(questions, drafts, strict=True)
        for choice in _choices(question, one)
    )


def _choices(question: Question, draft: QuestionDraft) -> Iterator[Choice]:
    """Returns the choices of a single choice; other formats have none."""
    single = draft.body if isinstance(draft.body, SingleChoice) else draft
    # A rejected question may have the same choice twice, which the table does not hold.
    keys = [choice_key(text) for text in single.choices]
    places = [place for place, key in enumerate(keys) if key not in keys[:place]]
    right = keys[single.correct] if 0 <= single.correct < len(keys) else None
    for number, place in enumerate(places):
        yield Choice(
            question=question,
            position=number,
            text=single.choices[place],
            feedback=single.feedback[place] if place < len(single.feedback) else "",
            is_correct=keys[place] == right,
        )


def read_short_answers(run: StepRun) -> None:
    """Has a model read the wrong short answers of an attempt; what it accepts is right then.

    What was read before in the same words is not asked again.
    """
    course = course_of(run.job)
    _keep_readings(run, [])
    answers = unread_answers(run.job)
    wordings = [wording_of(answer) for answer in answers]
    unreadable = 0

    async def read(places: range) -> str:
        nonlocal unreadable
        verdicts = await read_wordings(
            language_model(),
            [wordings[place] for place in places],
            language=course.language,
            source_language=course.source_language,
        )
        pairs = zip((answers[place] for place in places), verdicts, strict=True)
        readable = [(answer, verdict) for answer, verdict in pairs if verdict is not None]
        unreadable += len(places) - len(readable)
        await sync_to_async(_keep_readings)(run, readable)
        return f"Read {len(readable)} of {len(answers)} answers"

    with ai_errors_fail_the_step(), metering(run):
        for_each(run, list(calls_of(wordings, budget=settings.LLM_TOPIC_TOKENS)), read)
    if unreadable:
        raise StepFailedError(
            f"The model's verdict on {unreadable} of {len(answers)} answers could not be read; "
            "they stay wrong. Retry the job, or look at them on the attempt's page."
        )


@retry_on_db_outage
@transaction.atomic
def _keep_readings(run: StepRun, read: Sequence[tuple[Answer, WordingVerdict]]) -> None:
    run.lock_rows()
    if not keep_readings(run.job, read):
        raise StepStoppedError("The attempt was deleted.")
