"""Writes submissions of old files as attempts, with scores computed again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from common.transactions import lock
from exchange.models import ImportedKind, ImportedRow
from exchange.old_json.answered import SubmissionRecord, read_submission
from exchange.old_json.learners import Learners, learners_of
from exchange.old_json.provenance import (
    Context,
    Decision,
    decide,
    first_ones,
    report_decision,
    write_batches,
)
from exchange.old_json.quiz_records import letter_index
from exchange.old_json.quizzes import DELETED
from exchange.old_json.report import Kind, Outcome
from exchange.old_json.survey import Survey, records
from exchange.old_json.values import digest, type_name
from quizzes.grading import Grade, grade_choices
from quizzes.models import Answer, Attempt, Question, Quiz

BATCH = 200
ROWS = 1000  # rows of one INSERT
PART = "attempt"


@dataclass(frozen=True, slots=True)
class AskedQuiz:
    """A quiz as its file has it: question keys with their rows, and what was asked."""

    pk: int
    pass_mark: int
    questions: Sequence[tuple[str, int | None, dict[str, Any]]]


class Quizzes:
    """The imported quizzes that a batch of submissions is about."""

    def __init__(self, context: Context, batch: Iterable[SubmissionRecord]) -> None:
        rows = context.imported(ImportedKind.QUIZ, {record.quiz for record in batch})
        self._known = rows.keys()
        quizzes = Quiz.objects.in_bulk([int(row.row) for row in rows.values()])
        questions = Question.objects.filter(quiz__in=quizzes)
        there = set(questions.values_list("pk", flat=True))
        self._asked = {
            key: _asked(quizzes[int(row.row)], row, there)
            for key, row in rows.items()
            if int(row.row) in quizzes
        }

    def get(self, record: SubmissionRecord) -> AskedQuiz | str:
        """Returns the quiz, or why there is none."""
        if record.quiz in self._asked:
            return self._asked[record.quiz]
        return DELETED if record.quiz in self._known else f"Its quiz {record.quiz} is not here."


def _asked(quiz: Quiz, row: ImportedRow, there: set[int]) -> AskedQuiz:
    """Leaves out questions without a known right answer, which cannot be scored."""
    questions = [
        (key, pk if pk in there else None, asked)
        for key, pk, _hash, asked in row.parts["questions"]
        if asked["correct"] is not None
    ]
    return AskedQuiz(quiz.pk, quiz.pass_mark, questions)


class SubmissionImport:
    def __init__(self, context: Context, found: Survey) -> None:
        self._context, self._found = context, found
        self._report = context.report
        self._learners: set[str] = set()

    def run(self) -> None:
        fresh = submission_records(self._context, self._found)
        write_batches(self._context, Kind.SUBMISSION, fresh, BATCH, self._write)

    def _write(self, batch: Sequence[SubmissionRecord]) -> None:
        rows = self._context.imported(ImportedKind.SUBMISSION, [one.key for one in batch])
        attempts = Attempt.objects.filter(pk__in=[row.row for row in rows.values()])
        there = {str(pk) for pk in attempts.values_list("pk", flat=True)}
        learners = learners_of(self._context, batch)
        open_records = []
        for record in batch:
            row = rows.get(record.key)
            if row is not None and row.row not in there:
                self._report.skip(Kind.SUBMISSION, record.place, DELETED)
            elif row is not None and row.content_hash == record.content_hash:
                self._report.count(Kind.SUBMISSION, Outcome.UNCHANGED)
                self._report.count(Kind.ANSWER, Outcome.UNCHANGED, len(record.answers))
            else:
                open_records.append(record)
        self._take(open_records, rows, learners)
        new = learners.accounts.keys() - self._learners
        created = len(new & learners.created)
        self._report.count(Kind.LEARNER, Outcome.CREATED, created)
        self._report.count(Kind.LEARNER, Outcome.UNCHANGED, len(new) - created)
        self._learners |= new

    def _take(
        self,
        batch: Sequence[SubmissionRecord],
        rows: dict[str, ImportedRow],
        learners: Learners,
    ) -> None:
        """Creates what is new, and updates what has changed in its file."""
        quizzes = Quizzes(self._context, batch)
        made: list[tuple[SubmissionRecord, Attempt, list[Answer]]] = []
        for record in batch:
            quiz, learner = quizzes.get(record), learners.accounts[record.user]
            if isinstance(quiz, str):
                refuse = self._report.skip if quiz == DELETED else self._report.refuse
                refuse(Kind.SUBMISSION, record.place, quiz)
            elif not quiz.questions:
                reason = "No question of its quiz has a known right answer; it cannot be scored."
                self._report.refuse(Kind.SUBMISSION, record.place, reason)
            elif learner is None:
                reason = f"The account of {record.user[:50]} was deleted here."
                self._report.skip(Kind.SUBMISSION, record.place, reason)
            elif record.key in rows:
                self._update(rows[record.key], record, quiz)
            else:
                made.append((record, *self._attempt(record, quiz, learner)))
        self._create(made)

    def _attempt(
        self, record: SubmissionRecord, quiz: AskedQuiz, learner: int
    ) -> tuple[Attempt, list[Answer]]:
        chosen = choices(self._context, record, quiz, Outcome.CREATED)
        result = score(quiz, chosen, quiz.pass_mark)
        self._compare(record, result)
        attempt = Attempt(
            quiz_id=quiz.pk,
            learner_id=learner,
            pass_mark=quiz.pass_mark,
            total=result.total,
            submitted_at=record.submitted_at,
        )
        set_score(attempt, result)
        return attempt, answers_of(attempt, quiz, chosen)

    def _create(self, made: Sequence[tuple[SubmissionRecord, Attempt, list[Answer]]]) -> None:
        Attempt.objects.bulk_create([attempt for _, attempt, _ in made], ROWS)
        # Django fills in the present time; old files know only when it was handed in.
        pks = [attempt.pk for _, attempt, _ in made]
        Attempt.objects.filter(pk__in=pks).update(started_at=F("submitted_at"))
        Answer.objects.bulk_create([one for _, _, answers in made for one in answers], ROWS)
        ImportedRow.objects.bulk_create(
            [
                self._context.row(
                    ImportedKind.SUBMISSION,
                    record,
                    attempt.pk,
                    {PART: [str(attempt.pk), attempt_hash(attempt, answers)]},
                )
                for record, attempt, answers in made
            ],
            ROWS,
        )
        self._report.count(Kind.SUBMISSION, Outcome.CREATED, len(made))

    def _update(self, row: ImportedRow, record: SubmissionRecord, quiz: AskedQuiz) -> None:
        attempt = lock(Attempt.objects.filter(pk=row.row)).get()
        actual = attempt_hash(attempt, attempt.answers.order_by("position"))
        chosen = choices(self._context, record, quiz, Outcome.UPDATED)
        result = score(quiz, chosen, attempt.pass_mark)
        set_score(attempt, result)
        attempt.submitted_at, attempt.total = record.submitted_at, result.total
        answers = answers_of(attempt, quiz, chosen)
        wanted = attempt_hash(attempt, answers)
        decision = decide(row.parts[PART], wanted, actual)
        report_decision(self._report, Kind.SUBMISSION, record.place, decision)
        if decision is Decision.UPDATE:
            self._compare(record, result)
            attempt.save()
            attempt.answers.all().delete()
            Answer.objects.bulk_create(answers)
            row.parts[PART][1] = wanted
        row.content_hash, row.file = record.content_hash, record.place.file
        row.save()

    def _compare(self, record: SubmissionRecord, result: Grade) -> None:
        """Reports where the file's result differs from the score of its answers."""
        said = {name: record.said.get(name) for name in ("score", "total_questions", "passed")}
        ours = {"score": result.correct, "total_questions": result.total, "passed": result.passed}
        wrong = [name for name in said if said[name] is not None and said[name] != ours[name]]
        if wrong:
            told = ", ".join(f"{name} {str(said[name])[:20]}" for name in wrong)
            found = ", ".join(f"{name} {ours[name]}" for name in wrong)
            self._report.note(
                Kind.SUBMISSION, record.place, f"The file says {told}; its answers give {found}."
            )


def submission_records(context: Context, found: Survey) -> Iterator[SubmissionRecord]:
    read = (
        read_submission(value, place, context.report, entry.modified)
        for entry, place, value in records(found, Kind.SUBMISSION, context)
    )
    return first_ones(context, Kind.SUBMISSION, read)


def choices(
    context: Context, record: SubmissionRecord, quiz: AskedQuiz, outcome: Outcome
) -> dict[int, int]:
    """Returns the index of what was chosen by position; answers that mean nothing are refused."""
    positions = {key: n for n, (key, _, _) in enumerate(quiz.questions, start=1)}
    chosen: dict[int, int] = {}
    for key, letter in record.answers.items():
        place = record.place.at(f"answers[{key[:50]}]")
        position = positions.get(key)
        if position is None:
            reason = "Its quiz has no such question, or none with a known right answer."
            context.report.refuse(Kind.ANSWER, place, reason)
            continue
        options = quiz.questions[position - 1][2]["choices"]
        index = letter_index(letter, options) if isinstance(letter, str) else None
        if index is None:
            said = f"\u201c{letter[:20]}\u201d" if isinstance(letter, str) else type_name(letter)
            reason = f"{said} is none of the question's options; it counts as not answered."
            context.report.refuse(Kind.ANSWER, place, reason)
            continue
        context.report.count(Kind.ANSWER, outcome)
        chosen[position] = index
    return chosen


def score(quiz: AskedQuiz, chosen: dict[int, int], pass_mark: int) -> Grade:
    key = {n: asked["correct"] for n, (_, _, asked) in enumerate(quiz.questions, start=1)}
    return grade_choices(chosen, key, pass_mark)


def set_score(attempt: Attempt, result: Grade) -> None:
    attempt.correct, attempt.points = result.correct, float(result.points)
    attempt.percentage, attempt.passed = result.percentage, result.passed


def answers_of(attempt: Attempt, quiz: AskedQuiz, chosen: dict[int, int]) -> list[Answer]:
    return [
        Answer(
            attempt=attempt,
            position=position,
            question_id=question,
            asked=asked,
            chosen=chosen.get(position),
            is_correct=chosen.get(position) == asked["correct"],
        )
        for position, (_, question, asked) in enumerate(quiz.questions, start=1)
    ]


def attempt_hash(attempt: Attempt, answers: Iterable[Answer]) -> str:
    """Returns what an import wrote. Whose attempt it is plays no part, as learners are merged; nor
    does its time, which is part of the submission's key."""
    marks = [[one.position, one.asked, one.chosen, one.is_correct] for one in answers]
    return digest([attempt.correct, attempt.total, attempt.percentage, attempt.passed], marks)
