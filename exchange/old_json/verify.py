"""Compares files and database row by row, after an import."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Prefetch

from courses.models import Course, Module, Topic
from exchange.models import ImportedKind
from exchange.old_json.answered import SubmissionRecord
from exchange.old_json.course_records import CourseRecord
from exchange.old_json.courses import (
    SELF,
    course_hash,
    module_hash,
    topic_hash,
    wanted_topic,
)
from exchange.old_json.provenance import Context, batches
from exchange.old_json.quiz_records import QuizRecord
from exchange.old_json.quizzes import question_hash, quiz_records, wanted_question
from exchange.old_json.report import Kind, Level, Outcome, Place
from exchange.old_json.submissions import (
    PART,
    Quizzes,
    answers_of,
    attempt_hash,
    choices,
    score,
    set_score,
    submission_records,
)
from exchange.old_json.survey import Survey, course_records
from exchange.old_json.values import bounded_key, digest
from quizzes.models import Answer, Attempt, Choice, Question, Quiz

T = TypeVar("T")

BATCH = 100


MISSING = "It is not here."


@dataclass(frozen=True, slots=True)
class Pair:
    """A row and what the file says of it: `part` holds the hash that the import left behind,
    `wanted` is that of the file now, `actual` that of the row now."""

    kind: Kind
    place: Place
    part: Sequence[Any] | None
    wanted: str
    actual: str | None

    def difference(self) -> str:
        """Returns how the row differs from the file; "" if it does not."""
        if self.wanted == self.actual:
            return ""
        if self.part is None:
            return MISSING
        if self.actual is None:
            return "It was deleted here."
        if self.actual == self.part[1]:
            return "The file has changed since it was imported."
        return "It was edited here."


def verify(context: Context, found: Survey) -> None:
    _each(context, course_records(context, found), _courses)
    _each(context, quiz_records(context, found), _quizzes)
    _each(context, submission_records(context, found), _submissions)


def _each(
    context: Context,
    records: Iterable[T],
    pairs: Callable[[Context, Sequence[T]], Iterator[Pair]],
) -> None:
    for batch in batches(records, BATCH):
        for pair in pairs(context, batch):
            difference = pair.difference()
            if difference:
                context.report.differ(pair.kind, pair.place, difference)
            else:
                context.report.count(pair.kind, Outcome.UNCHANGED)
        context.advance(len(batch))


def _courses(context: Context, batch: Sequence[CourseRecord]) -> Iterator[Pair]:
    rows = context.imported(ImportedKind.COURSE, [one.key for one in batch])
    pks = [int(row.row) for row in rows.values()]
    courses = Course.objects.in_bulk(pks)
    modules = _by_pk(Module.objects.filter(course__in=pks))
    topics = _by_pk(Topic.objects.filter(module__course__in=pks))
    for record in batch:
        parts = rows[record.key].parts if record.key in rows else {}
        part, course = _row(courses, parts, SELF)
        actual = course_hash(course.title) if course else None
        yield Pair(Kind.COURSE, record.place, part, course_hash(record.title), actual)
        for one in record.modules:
            part, module = _row(modules, parts, one.key)
            place = record.place.at(f"week {one.position}")
            actual = module_hash(module.title) if module else None
            yield Pair(Kind.MODULE, place, part, module_hash(one.title), actual)
            for inner in one.topics:
                part, topic = _row(topics, parts, inner.key)
                inside = place.at(f"topic {inner.position}")
                actual = topic_hash(topic) if topic else None
                yield Pair(Kind.TOPIC, inside, part, wanted_topic(inner), actual)


def _row(rows: Mapping[int, Any], parts: Mapping[str, Any], key: str) -> tuple[Any, Any]:
    """Returns a part of a record as it was remembered, and its row; None for what is not there."""
    part = parts.get(key)
    return part, rows.get(part[0]) if part else None


def _by_pk(rows: Iterable[Any]) -> dict[int, Any]:
    return {row.pk: row for row in rows}


def _quizzes(context: Context, batch: Sequence[QuizRecord]) -> Iterator[Pair]:
    rows = context.imported(ImportedKind.QUIZ, [one.key for one in batch])
    pks = [int(row.row) for row in rows.values()]
    quizzes = Quiz.objects.in_bulk(pks)
    choices = Prefetch("choices", Choice.objects.order_by("position"))
    questions = _by_pk(Question.objects.filter(quiz__in=pks).prefetch_related(choices))
    for record in batch:
        parts = rows[record.key].parts if record.key in rows else {"questions": []}
        part, quiz = _row(quizzes, parts, "quiz")
        actual = digest(quiz.title) if quiz else None
        yield Pair(Kind.QUIZ, record.place, part, digest(record.title), actual)
        inner = {one[0]: one[1:] for one in parts["questions"]}
        for one in record.questions:
            part, question = _row(questions, inner, one.key)
            actual = question_hash(question) if question else None
            place = record.place.at(one.key)
            yield Pair(Kind.QUESTION, place, part, wanted_question(one), actual)


def _submissions(context: Context, batch: Sequence[SubmissionRecord]) -> Iterator[Pair]:
    rows = context.imported(ImportedKind.SUBMISSION, [one.key for one in batch])
    answers = Prefetch("answers", Answer.objects.order_by("position"))
    found = Attempt.objects.filter(pk__in=[row.row for row in rows.values()])
    attempts = {str(attempt.pk): attempt for attempt in found.prefetch_related(answers)}
    quizzes = Quizzes(context, batch)
    people = {bounded_key(record.user) for record in batch}
    learners = {
        key: int(row.row) for key, row in context.imported(ImportedKind.LEARNER, people).items()
    }
    for record in batch:
        row, quiz = rows.get(record.key), quizzes.get(record)
        if row is None or isinstance(quiz, str):
            yield Pair(Kind.SUBMISSION, record.place, None, record.content_hash, None)
            continue
        attempt = attempts.get(row.row)
        # The hash of what the file's answers give, under the attempt's own pass mark.
        chosen = choices(context, record, quiz, Outcome.UNCHANGED)
        result = score(quiz, chosen, attempt.pass_mark if attempt else quiz.pass_mark)
        ours = Attempt(quiz_id=quiz.pk, total=result.total)
        set_score(ours, result)
        wanted = attempt_hash(ours, answers_of(ours, quiz, chosen))
        actual = attempt_hash(attempt, attempt.answers.all()) if attempt else None
        yield Pair(Kind.SUBMISSION, record.place, row.parts[PART], wanted, actual)
        if attempt is not None and attempt.learner_id != learners.get(bounded_key(record.user)):
            reason = f"It is not an attempt of {record.user[:50]}."
            context.report.line(Level.DIFFERENT, Kind.SUBMISSION, record.place, reason)
