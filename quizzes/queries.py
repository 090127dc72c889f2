"""The reads that quiz pages and the API share."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.postgres.aggregates import Corr, JSONBAgg
from django.db.models import (
    Avg,
    Case,
    Count,
    Exists,
    F,
    FloatField,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Extract, NullIf

from courses.models import Course, Passage
from courses.queries import editable_courses, printed_exercises, visible_courses
from engine.questions.formats import QuestionFormat
from engine.questions.schemas import QuestionKind
from quizzes.models import (
    READ_BY_PERSON,
    Answer,
    Attempt,
    Choice,
    CountedAttempt,
    Question,
    QuestionStatus,
    Quiz,
    QuizStatus,
)

User = Any


def is_asked(question: str = "", course: str = "quiz__course__") -> Q:
    """Returns the condition for what learners are asked: the questions that a person answers for,
    and in a course that is used before anybody has read its questions the drafts too.

    The prefixes lead to the question and to its course.
    """
    return Q(**{f"{question}status__in": READ_BY_PERSON}) | Q(
        **{f"{question}status": QuestionStatus.DRAFT, f"{course}asks_drafts": True}
    )


OF_QUIZ = is_asked("questions__", "course__")


def visible_quizzes(user: User) -> QuerySet[Quiz]:
    """Returns finished quizzes of courses that a person may read. Those that ask nothing yet, as
    nobody has approved a question, are only for those who may change the course."""
    asked = Question.objects.filter(is_asked(), quiz=OuterRef("pk"))
    return Quiz.objects.filter(
        Exists(asked) | Q(course__in=editable_courses(user)),
        course__in=visible_courses(user),
        status=QuizStatus.READY,
    ).select_related("course", "module")


def quizzes_of(course: Course, user: User) -> QuerySet[Quiz]:
    """Returns the `visible_quizzes` of a course that the person may read, with `question_count`, by
    module.

    The course is not asked for again, which makes it a much smaller query.
    """
    statuses = [*READ_BY_PERSON, *([QuestionStatus.DRAFT] if course.asks_drafts else [])]
    count = Count("questions", filter=Q(questions__status__in=statuses))
    found = course.quizzes.filter(status=QuizStatus.READY).annotate(question_count=count)
    if not editable_courses(user).filter(pk=course.pk).exists():
        found = found.filter(question_count__gt=0)
    by_module = F("module__position").asc(nulls_last=True)
    return found.order_by(by_module)


def with_question_count(quizzes: QuerySet[Quiz]) -> QuerySet[Quiz]:
    """Adds `question_count`: what a learner is asked."""
    return quizzes.annotate(question_count=Count("questions", filter=OF_QUIZ))


def asked_questions(quiz: Quiz) -> QuerySet[Question]:
    """Returns the questions a learner is asked, with choices and sources, in order."""
    return (
        quiz.questions.filter(is_asked())
        .select_related("passage__document", "topic")
        .prefetch_related(Prefetch("choices", Choice.objects.order_by("position")))
        .order_by("position")
    )


def own_attempts(user: User) -> QuerySet[Attempt]:
    return Attempt.objects.filter(learner=user).select_related("quiz__course", "quiz__module")


def visible_attempts(user: User) -> QuerySet[Attempt]:
    """Returns a person's own attempts, and those at courses which they may change."""
    return Attempt.objects.filter(
        Q(learner=user) | Q(quiz__course__in=editable_courses(user))
    ).select_related("quiz__course", "quiz__module")


def by_rule(attempts: QuerySet[Attempt]) -> QuerySet[Attempt]:
    """Returns these attempts by quiz and learner; of those that were submitted, the first is the
    result.

    The quiz's rule says which. Where the best counts, one that passed at the pass mark it had
    comes before any that did not.
    """
    best = Q(quiz__counts=CountedAttempt.BEST)
    at = Extract("submitted_at", "epoch")
    number = FloatField()
    return attempts.order_by(
        "quiz_id",
        "learner_id",
        Case(When(best, passed=True, then=0), default=1),
        Case(When(best, then=-F("percentage")), default=0, output_field=IntegerField()),
        Case(When(quiz__counts=CountedAttempt.LAST, then=-at), default=at, output_field=number),
        "pk",
    )


def counted_attempts(attempts: QuerySet[Attempt]) -> QuerySet[Attempt]:
    """Returns of these, for each learner and quiz, the attempt that is the result."""
    ordered = by_rule(attempts.filter(submitted_at__isnull=False, is_practice=False))
    return Attempt.objects.filter(pk__in=ordered.distinct("quiz_id", "learner_id").values("pk"))


def with_answers(attempts: QuerySet[Attempt]) -> QuerySet[Attempt]:
    return attempts.prefetch_related(Prefetch("answers", Answer.objects.order_by("position")))


def with_item_statistics(questions: QuerySet[Question]) -> QuerySet[Question]:
    """Adds `answered`, `answered_right` and `percent_right` (None while nobody answered).

    Submitted attempts of learners count, practice apart, at the question as it is now: who was
    asked other words, other choices or another key answered another question. One left open counts
    as wrong. The percentage is rounded down, so that 100 is said only where nobody was wrong.
    """
    counted = _counted_answers()
    right = counted.filter(is_correct=True)
    return questions.annotate(answered=_count(counted), answered_right=_count(right)).annotate(
        percent_right=F("answered_right") * Value(100) / NullIf("answered", Value(0))
    )


def with_item_quality(questions: QuerySet[Question]) -> QuerySet[Question]:
    """Adds to the same `facility`, the mean share of its point from 0 to 1, and `discrimination`,
    the correlation with the share of the other questions' points from -1 to 1; both None where
    nothing can be said."""
    own = Coalesce(F("score"), Cast("is_correct", IntegerField()), output_field=FloatField())
    points = Coalesce(F("attempt__points"), F("attempt__correct"), output_field=FloatField())
    scored = (
        _counted_answers()
        .alias(own=own)
        .alias(others=(points - F("own")) / NullIf(F("attempt__total") - Value(1), Value(0)))
    )
    mean = scored.values(value=Avg(F("own")))
    power = scored.values(value=Corr(F("own"), F("others")))
    return with_item_statistics(questions).annotate(
        facility=Subquery(mean, output_field=FloatField()),
        discrimination=Subquery(power, output_field=FloatField()),
    )


def _counted_answers() -> QuerySet[Answer, Any]:
    """Returns the answers of learners to the question of the query around it, as it is now."""
    people: Any = get_user_model()._default_manager
    staff = people.with_perm("courses.change_course").order_by().values("pk")
    choices = Choice.objects.filter(question=OuterRef(OuterRef("pk"))).order_by()
    texts = choices.values("question").values(texts=JSONBAgg("text", order_by="position"))
    key = choices.filter(is_correct=True).values("position")
    same_choices = Q(frozen_key=Subquery(key), asked__choices=Subquery(texts))
    single = Q(frozen_format=QuestionFormat.SINGLE) & same_choices
    return (
        Answer.objects.alias(
            frozen_stem=KT("asked__stem"),
            frozen_format=Coalesce(
                KT("asked__format"), Value(QuestionFormat.SINGLE.value), output_field=TextField()
            ),
            frozen_key=Cast(KT("asked__correct"), IntegerField()),
        )
        .filter(
            single | Q(asked__body=OuterRef("body")),
            question=OuterRef("pk"),
            is_correct__isnull=False,
            attempt__is_practice=False,
            attempt__learner__is_staff=False,
            frozen_stem=OuterRef("stem"),
        )
        .exclude(attempt__learner__in=staff)
        .order_by()
        .values("question")
    )


def _count(answers: QuerySet[Answer, Any]) -> Coalesce:
    counted = Subquery(answers.values(n=Count("pk")), output_field=IntegerField())
    return Coalesce(counted, Value(0))


def review_questions(quiz: Quiz) -> QuerySet[Question]:
    """Returns all of a quiz's questions with choices, sources and statistics: two queries."""
    questions = quiz.questions.select_related("passage__document", "topic").order_by("position")
    choices = Prefetch("choices", Choice.objects.order_by("position"))
    return with_item_statistics(questions).prefetch_related(choices)


def printed_key(question: Question) -> tuple[Passage, str] | None:
    """Returns where the document prints the answer of one of its own questions, and its words
    there.

    None for other questions. Reads all exercises of the course: for one question at a time.
    """
    if question.kind != QuestionKind.PRINTED or question.passage_id is None:
        return None
    for one in printed_exercises(question.quiz.course):
        is_it = one.passage.id == question.passage_id and one.quote == question.quote
        if is_it and one.key:
            passage = Passage.objects.select_related("document").get(pk=one.key.passage_id)
            return passage, one.key.quote
    return None
