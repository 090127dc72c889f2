"""How learners fared in a course: each of them in each quiz, and each question.

Attempts of people who may change courses are trials and do not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import (
    Avg,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    TextField,
)
from django.db.models.expressions import Func
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from courses.models import Course
from engine.questions.formats import QuestionFormat
from quizzes.models import NOT_REJECTED, READ_BY_PERSON, Answer, Attempt, Question, Quiz
from quizzes.queries import is_asked, with_item_quality

FEW = 5  # answers; fewer say little
ENOUGH = 10  # answers for a word on who got it right
EASY, HARD, FLAT = 0.95, 0.25, 0.1


def people_who_teach() -> QuerySet[Any]:
    people: Any = get_user_model()._default_manager
    staff: QuerySet[Any] = people.with_perm("courses.change_course").order_by().values("pk")
    return staff


def counted_attempts(course: Course) -> QuerySet[Attempt]:
    """Returns the submitted attempts of learners."""
    attempts = Attempt.objects.filter(quiz__course=course, submitted_at__isnull=False)
    return attempts.filter(learner__is_staff=False).exclude(learner__in=people_who_teach())


@dataclass(slots=True)
class Cell:
    """One learner's results in one quiz."""

    best: int
    attempts: int
    passed: bool
    time_taken: timedelta


@dataclass(slots=True)
class Row:
    learner: int
    name: str
    cells: list[Cell | None] = field(default_factory=list)

    @property
    def passed(self) -> int:
        return sum(cell is not None and cell.passed for cell in self.cells)


def quizzes_of(course: Course) -> list[Quiz]:
    """Returns the quizzes that learners can take or have taken, the final one last."""
    by_place = F("module__position").asc(nulls_last=True)
    asks = Exists(Question.objects.filter(is_asked(), quiz=OuterRef("pk")))
    taken = Exists(counted_attempts(course).filter(quiz=OuterRef("pk")))
    quizzes = course.quizzes.filter(asks | taken).select_related("module")
    return list(quizzes.order_by(by_place))


def learners_of(course: Course) -> QuerySet[Any]:
    """Returns who submitted something in the course, by name."""
    people: Any = get_user_model()._default_manager
    found: QuerySet[Any] = people.filter(pk__in=counted_attempts(course).values("learner"))
    return found.order_by("last_name", "first_name", "username")


def grid(course: Course, quizzes: Sequence[Quiz], learners: Iterable[Any]) -> list[Row]:
    """Returns a row for each learner with a cell for each quiz, in one query."""
    people = list(learners)
    found = counted_attempts(course).filter(learner__in=people).order_by()
    counted = found.values("learner", "quiz").annotate(
        best=Max("percentage"),
        number=Count("pk"),
        passes=Count("pk", filter=Q(passed=True)),
        spent=Sum(F("submitted_at") - F("started_at")),
    )
    cells = {
        (one["learner"], one["quiz"]): Cell(
            one["best"], one["number"], one["passes"] > 0, one["spent"] / one["number"]
        )
        for one in counted
    }
    return [
        Row(
            learner=person.pk,
            name=person.get_full_name() or person.get_username(),
            cells=[cells.get((person.pk, quiz.pk)) for quiz in quizzes],
        )
        for person in people
    ]


def averages(course: Course) -> dict[str, Any]:
    """Returns five numbers about the whole course."""
    spent = F("submitted_at") - F("started_at")
    return counted_attempts(course).aggregate(
        attempts=Count("pk"),
        learners=Count("learner", distinct=True),
        percentage=Avg("percentage"),
        time_taken=Avg(spent),
        first=Min("started_at"),
    )


# --- questions


@dataclass(frozen=True, slots=True)
class Taken:
    """How often a choice was taken."""

    text: str
    is_right: bool
    times: int


@dataclass(slots=True)
class ItemResult:
    """A question's results; `words` say in what order of weight it looks broken, and why."""

    question: Question
    answered: int
    facility: float | None
    discrimination: float | None
    taken: list[Taken]
    words: list[str]
    weight: int

    @property
    def facility_percent(self) -> str:
        return "\u2013" if self.facility is None else f"{self.facility:.0%}"


def item_results(course: Course) -> list[ItemResult]:
    """Returns all questions that were answered or are asked, those that look most broken first."""
    asked = Q(status__in=READ_BY_PERSON) | Q(answers__isnull=False)
    questions = Question.objects.filter(asked, quiz__course=course).distinct()
    with_numbers = with_item_quality(questions).select_related("quiz").prefetch_related("choices")
    taken = _taken(course)
    results = [
        _result(one, taken.get(one.pk, {})) for one in with_numbers.order_by("quiz", "position")
    ]
    return sorted(results, key=_worst_first)


def _worst_first(one: ItemResult) -> tuple[int, float, int]:
    return -one.weight, 1 if one.discrimination is None else one.discrimination, -one.answered


def _result(question: Any, times: dict[str, int]) -> ItemResult:
    choices = sorted(question.choices.all(), key=lambda choice: choice.position)
    taken = [Taken(one.text, one.is_correct, times.get(one.text, 0)) for one in choices]
    found = list(_doubts(question, taken))
    if question.status not in NOT_REJECTED:
        found = [(0, "It is not asked any more."), *((0, words) for _, words in found)]
    return ItemResult(
        question=question,
        answered=question.answered,
        facility=question.facility,
        discrimination=question.discrimination,
        taken=taken,
        words=[words for _, words in found],
        weight=max((weight for weight, _ in found), default=0),
    )


def _doubts(question: Any, taken: Sequence[Taken]) -> Iterator[tuple[int, str]]:
    """Returns why a question looks broken, with a weight: 3 means that a teacher should look at it
    at once.
    """
    answered, facility = question.answered, question.facility
    few = " There are few answers yet." if answered < FEW else ""
    right = sum(one.times for one in taken if one.is_right)
    liked = max((one for one in taken if not one.is_right), key=lambda one: one.times, default=None)
    if answered > 1 and liked and liked.times > right:
        chosen = f"\u201c{liked.text}\u201d ({liked.times})"
        words = f"More chose {chosen} than the right answer ({right}): compare it with the source."
        yield (1 if few else 3), f"{words}{few}"
    if answered < FEW or facility is None:
        return
    power = question.discrimination
    if answered >= ENOUGH and power is not None and power < 0:
        yield 3, "Those who did well in the rest got it wrong more often than the others."
    elif answered >= ENOUGH and power is not None and power < FLAT:
        yield 1, "Those who did well in the rest got it right no more often than the others."
    if facility <= HARD:
        yield 2, f"Only {facility:.0%} of the points were reached: is it taught, is it clear?"
    elif facility >= EASY:
        yield 1, "Nearly all got it right: it tells little."
    if answered >= ENOUGH and (
        idle := [one.text for one in taken if not one.is_right and not one.times]
    ):
        names = ", ".join(f"\u201c{text}\u201d" for text in idle)
        yield 1, f"Nobody chose {names}."


def _taken(course: Course) -> dict[int, dict[str, int]]:
    """Returns how often each choice of each single choice was taken, by its text, whatever its
    place."""
    text = Func(
        F("asked"),
        Cast("chosen", IntegerField()),
        template="(%(expressions)s)",
        arg_joiner=" -> 'choices' ->> ",
        output_field=TextField(),
    )
    answers = Answer.objects.filter(
        attempt__in=counted_attempts(course),
        chosen__isnull=False,
        question__format=QuestionFormat.SINGLE,
    )
    same_words = answers.alias(stem=KT("asked__stem")).filter(stem=F("question__stem"))
    counted = same_words.order_by().annotate(text=text).values("question", "text")
    found: dict[int, dict[str, int]] = {}
    for one in counted.annotate(times=Count("pk")):
        found.setdefault(one["question"], {})[one["text"]] = one["times"]
    return found


# --- as tables for other programs


def grid_table(course: Course) -> Iterator[list[Any]]:
    quizzes = quizzes_of(course)
    heading: list[Any] = ["Account", "Name"]
    for quiz in quizzes:
        heading += [f"{quiz}: best, per cent", f"{quiz}: attempts", f"{quiz}: minutes"]
    yield heading
    people = list(learners_of(course))
    for person, row in zip(people, grid(course, quizzes, people), strict=True):
        values: list[Any] = [person.get_username(), person.get_full_name()]
        for cell in row.cells:
            minutes = round(cell.time_taken.total_seconds() / 60, 1) if cell else ""
            values += [cell.best, cell.attempts, minutes] if cell else ["", "", ""]
        yield values


def item_table(course: Course) -> Iterator[list[Any]]:
    yield ["Quiz", "Question", "Answers", "Facility", "Discrimination", "Looks broken"]
    for one in item_results(course):
        yield [
            str(one.question.quiz),
            one.question.stem,
            one.answered,
            "" if one.facility is None else round(one.facility, 3),
            "" if one.discrimination is None else round(one.discrimination, 3),
            " ".join(one.words),
        ]
