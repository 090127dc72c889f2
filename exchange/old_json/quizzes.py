"""Writes quizzes of old files, with their answer keys, as quizzes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Prefetch

from common.transactions import lock
from courses.models import Module, Topic
from engine.questions.schemas import QuestionKind
from exchange.models import ImportedKind, ImportedRow
from exchange.old_json.linking import Holding, Linker, Slot, TitleIndex, Unplaced
from exchange.old_json.provenance import (
    ENGINE,
    Context,
    Decision,
    decide,
    existing,
    first_ones,
    report_decision,
    report_missing,
    write_batches,
)
from exchange.old_json.quiz_records import (
    KeyRecord,
    QuestionRecord,
    QuizRecord,
    quiz_key,
    read_key,
    read_quiz,
)
from exchange.old_json.report import Kind, Level, Outcome, Report
from exchange.old_json.survey import Survey, records, records_of
from exchange.old_json.values import digest
from quizzes.models import NOT_REJECTED, Choice, Question, QuestionStatus, Quiz, QuizStatus

BATCH = 50
ROWS = 500  # rows of one INSERT
ISSUE = "imported"
DELETED = "It was deleted here; it stays deleted."


class QuizImport:
    def __init__(self, context: Context, found: Survey) -> None:
        self._context, self._found = context, found
        self._report = context.report
        self._titles = TitleIndex(context)
        self._holding = Holding(context)
        self._key_outcomes: dict[str, Outcome] = {}

    def run(self) -> None:
        quizzes = quiz_records(self._context, self._found)
        write_batches(self._context, Kind.QUIZ, quizzes, BATCH, self._write)
        # Answer keys went in with their quizzes; here each of them gets its line of account.
        for _entry, place, value in records(self._found, Kind.ANSWER_KEY, self._context):
            record = read_key(value, place, self._report)
            if record is None or self._context.is_repeated(Kind.ANSWER_KEY, record):
                continue
            outcome = self._key_outcomes.get(record.key)
            if outcome is None:
                reason = f"Its quiz {record.key} is not here; a key alone has no questions."
                self._report.refuse(Kind.ANSWER_KEY, place, reason)
            else:
                self._report.count(Kind.ANSWER_KEY, outcome)

    def _write(self, batch: Sequence[QuizRecord]) -> None:
        rows = self._context.imported(ImportedKind.QUIZ, [record.key for record in batch])
        there = existing(Quiz, rows.values())
        linker = Linker(self._context, self._titles, batch)
        self._create([record for record in batch if record.key not in rows], linker)
        for record in batch:
            row = rows.get(record.key)
            if row is not None:
                self._again(row, record, linker, gone=row.row not in there)

    def _again(self, row: ImportedRow, record: QuizRecord, linker: Linker, *, gone: bool) -> None:
        """Updates a quiz that an earlier run imported."""
        if gone:
            self._report.skip(Kind.QUIZ, record.place, DELETED)
            self._count(record, Outcome.SKIPPED, Outcome.SKIPPED)
            return
        moved = row.parts.get("held") and self._moved(row, record, linker)
        if row.content_hash == record.content_hash:
            outcome = Outcome.UPDATED if moved else Outcome.UNCHANGED
            self._report.count(Kind.QUIZ, outcome)
            self._count(record, Outcome.UNCHANGED, Outcome.UNCHANGED)
            return
        self._key_outcomes[record.key] = Outcome.UPDATED
        _Update(self._report, row, record).run()

    def _count(self, record: QuizRecord, questions: Outcome, key: Outcome) -> None:
        self._report.count(Kind.QUESTION, questions, len(record.questions))
        self._key_outcomes[record.key] = key

    def _moved(self, row: ImportedRow, record: QuizRecord, linker: Linker) -> bool:
        """Moves a quiz that had no place to the place it has now, if there is one."""
        slot = linker.place(record)
        if isinstance(slot, Unplaced):
            self._say_unplaced(record, slot)
            return False
        quiz = lock(Quiz.objects.filter(pk=row.row)).get()
        held, quiz.module_id, quiz.course_id = quiz.module, slot.module, slot.course
        quiz.save(update_fields=["module", "course"])
        if held is not None:
            Module.objects.filter(pk=held.pk).delete()
        del row.parts["held"]
        row.save()
        return True

    def _say_unplaced(self, record: QuizRecord, found: Unplaced) -> None:
        reason = f"{found.reason} The quiz is kept in a course of its own kind, for staff only."
        self._report.line(Level.NOTE, "link", record.place, reason)

    def _slot(self, record: QuizRecord, linker: Linker) -> tuple[Slot, bool]:
        slot = linker.place(record)
        if isinstance(slot, Slot):
            return slot, False
        self._say_unplaced(record, slot)
        return self._holding.take(record.title, slot.reason), True

    def _create(self, new: Sequence[QuizRecord], linker: Linker) -> None:
        if not new:
            return
        slots = [self._slot(record, linker) for record in new]
        quizzes = Quiz.objects.bulk_create(
            [_quiz(record, slot) for record, (slot, _) in zip(new, slots, strict=True)], ROWS
        )
        topics = topics_of({slot.course for slot, _ in slots})
        pairs = [
            (one, _question(quiz, position, one, topics))
            for record, quiz in zip(new, quizzes, strict=True)
            for position, one in enumerate(record.questions, start=1)
        ]
        Question.objects.bulk_create([question for _, question in pairs], ROWS)
        Choice.objects.bulk_create(
            [choice for one, question in pairs for choice in _choices(question, one)], ROWS
        )
        made = iter(question for _, question in pairs)
        ImportedRow.objects.bulk_create(
            [
                self._context.row(
                    ImportedKind.QUIZ, record, quiz.pk, _parts(record, quiz, made, held=held)
                )
                for record, quiz, (_, held) in zip(new, quizzes, slots, strict=True)
            ],
            ROWS,
        )
        for record in new:
            self._report.count(Kind.QUIZ, Outcome.CREATED)
            self._count(record, Outcome.CREATED, Outcome.CREATED)


def quiz_records(context: Context, found: Survey) -> Iterator[QuizRecord]:
    """Quizzes with their answer keys, wherever in the data set those are."""
    read = (
        read_quiz(value, _key_for(found, value, context), place, context.report)
        for _entry, place, value in records(found, Kind.QUIZ, context)
    )
    return first_ones(context, Kind.QUIZ, read)


def _key_for(found: Survey, quiz: dict[str, Any], context: Context) -> KeyRecord | None:
    number = quiz_key(quiz)
    entry = found.keys.get(number)
    if entry is None:
        return None
    # What is wrong with the key is said once, when keys are counted.
    quiet = Context(Report(), context.source)
    for _entry, place, value in records_of(found, entry, Kind.ANSWER_KEY, quiet):
        key = read_key(value, place, quiet.report)
        if key is not None and key.key == number:
            return key
    return None


def topics_of(courses: set[int]) -> dict[tuple[int, str], int]:
    """Returns topics by course and title; of two with one title the first."""
    found = Topic.objects.filter(module__course__in=courses).order_by("-module__position")
    values = found.values_list("module__course_id", "title", "pk")
    return {(course, title.casefold()): pk for course, title, pk in values}


def _quiz(record: QuizRecord, slot: Slot) -> Quiz:
    return Quiz(
        course_id=slot.course,
        module_id=slot.module,
        title=record.title,
        status=quiz_status(not one.issues for one in record.questions),
        engine=ENGINE,
        notes=[record.description] if record.description else [],
    )


def quiz_status(can_be_asked: Iterable[bool]) -> QuizStatus:
    return QuizStatus.READY if any(can_be_asked) else QuizStatus.EMPTY


def _question(
    quiz: Quiz, position: int, record: QuestionRecord, topics: dict[tuple[int, str], int]
) -> Question:
    return Question(
        quiz=quiz,
        position=position,
        kind=QuestionKind.WRITTEN,
        stem=record.stem,
        explanation=record.explanation,
        topic_id=topics.get((quiz.course_id, " ".join(record.topic.split()).casefold())),
        check_results=_check_results(record),
        status=_status(record),
    )


def _check_results(record: QuestionRecord) -> list[dict[str, str]]:
    return [{"code": ISSUE, "message": issue} for issue in record.issues]


def _status(record: QuestionRecord) -> QuestionStatus:
    return QuestionStatus.REJECTED if record.issues else QuestionStatus.DRAFT


def _choices(question: Question, record: QuestionRecord) -> list[Choice]:
    return [
        Choice(question=question, position=index, text=text, is_correct=index == record.correct)
        for index, text in enumerate(record.options)
    ]


def _parts(
    record: QuizRecord, quiz: Quiz, made: Iterator[Question], *, held: bool
) -> dict[str, Any]:
    questions = [
        [one.key, next(made).pk, wanted_question(one), one.asked()] for one in record.questions
    ]
    parts: dict[str, Any] = {"quiz": [quiz.pk, digest(record.title)], "questions": questions}
    return parts | {"held": True} if held else parts


# The columns that come from the file and that people may edit.


def wanted_question(record: QuestionRecord) -> str:
    choices = [[text, index == record.correct] for index, text in enumerate(record.options)]
    return digest(record.stem, record.explanation, choices, _status(record))


def question_hash(question: Question) -> str:
    choices = [[choice.text, choice.is_correct] for choice in question.choices.all()]
    return digest(question.stem, question.explanation, choices, question.status)


@dataclass
class _Update:
    """Updates one quiz whose record or answer key has changed."""

    report: Report
    row: ImportedRow
    record: QuizRecord

    def run(self) -> None:
        self._quiz = lock(Quiz.objects.filter(pk=self.row.row)).get()
        wanted = digest(self.record.title)
        part = self.row.parts["quiz"]
        decision = decide(part, wanted, digest(self._quiz.title))
        report_decision(self.report, Kind.QUIZ, self.record.place, decision)
        if decision is Decision.UPDATE:
            self._quiz.title, part[1] = self.record.title, wanted
        choices = Prefetch("choices", Choice.objects.order_by("position"))
        self._rows = {one.pk: one for one in self._quiz.questions.prefetch_related(choices)}
        self._last = self._quiz.questions.aggregate(last=Max("position"))["last"] or 0
        self._topics = topics_of({self._quiz.course_id})
        parts = {one[0]: one[1:] for one in self.row.parts["questions"]}
        asked = [self._question(one, parts.get(one.key)) for one in self.record.questions]
        keys = {one.key for one in self.record.questions}
        report_missing(self.report, Kind.QUIZ, self.record.place, parts, keys)
        kept = [[key, *part] for key, part in parts.items() if key not in keys]
        self.row.parts["questions"] = [one for one in asked if one] + kept
        has_questions = self._quiz.questions.filter(status__in=NOT_REJECTED).exists()
        self._quiz.status = quiz_status([has_questions])
        self._quiz.save(update_fields=["title", "status"])
        self.row.content_hash = self.record.content_hash
        self.row.file = self.record.place.file
        self.row.save()

    def _question(self, record: QuestionRecord, part: list[Any] | None) -> list[Any] | None:
        """Returns the question's entry in `ImportedRow.parts`."""
        question = self._rows.get(part[0]) if part else None
        wanted = wanted_question(record)
        decision = decide(part, wanted, question_hash(question) if question else None)
        place = self.record.place.at(record.key)
        report_decision(self.report, Kind.QUESTION, place, decision)
        if decision is Decision.CREATE:
            self._last += 1
            question = _question(self._quiz, self._last, record, self._topics)
            question.save()
            Choice.objects.bulk_create(_choices(question, record))
            return [record.key, question.pk, wanted, record.asked()]
        if decision is Decision.UPDATE and question is not None:
            question.stem, question.explanation = record.stem, record.explanation
            question.status, question.check_results = _status(record), _check_results(record)
            question.save()
            # Replaced, not updated: the database allows no moment with two correct choices.
            question.choices.all().delete()
            Choice.objects.bulk_create(_choices(question, record))
            return [record.key, question.pk, wanted, record.asked()]
        return [record.key, part[0], part[1], record.asked()] if part else None
