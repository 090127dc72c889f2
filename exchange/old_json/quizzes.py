"""Makes quizzes from the quizzes and answer keys of old files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Prefetch

from common.transactions import lock
from courses.models import Module, Topic
from engine.questions.schemas import QuestionKind
from exchange.models import ImportedKind, ImportedRow
from exchange.old_json.linking import Linker, Slot, TitleIndex, Unplaced, UnplacedQuizzes
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
    AnswerKeyRecord,
    QuestionRecord,
    QuizRecord,
    quiz_key,
    read_answer_key,
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
        self._unplaced = UnplacedQuizzes(context)
        # What became of the answer key of each quiz, by the quiz's id.
        self._answer_key_outcomes: dict[str, Outcome] = {}

    def run(self) -> None:
        quizzes = quiz_records(self._context, self._found)
        write_batches(self._context, Kind.QUIZ, quizzes, BATCH, self._write)
        # Answer keys were imported with their quizzes; here each key is counted in the report.
        for _entry, file_place, value in records(self._found, Kind.ANSWER_KEY, self._context):
            record = read_answer_key(value, file_place, self._report)
            if record is None or self._context.is_repeated(Kind.ANSWER_KEY, record):
                continue
            outcome = self._answer_key_outcomes.get(record.key)
            if outcome is None:
                reason = (
                    f"Its quiz {record.key} is not here; an answer key without its quiz has no "
                    "questions."
                )
                self._report.refuse(Kind.ANSWER_KEY, file_place, reason)
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
        moved = row.parts.get("held") and self._move_to_slot(row, record, linker)
        if row.content_hash == record.content_hash:
            outcome = Outcome.UPDATED if moved else Outcome.UNCHANGED
            self._report.count(Kind.QUIZ, outcome)
            self._count(record, Outcome.UNCHANGED, Outcome.UNCHANGED)
            return
        self._answer_key_outcomes[record.key] = Outcome.UPDATED
        _Update(self._report, row, record).run()

    def _count(self, record: QuizRecord, questions: Outcome, answer_key: Outcome) -> None:
        self._report.count(Kind.QUESTION, questions, len(record.questions))
        self._answer_key_outcomes[record.key] = answer_key

    def _move_to_slot(self, row: ImportedRow, record: QuizRecord, linker: Linker) -> bool:
        """Moves a quiz from the course of unplaced quizzes to its slot; returns False if there is
        still none.
        """
        slot = linker.slot_of(record)
        if isinstance(slot, Unplaced):
            self._report_unplaced(record, slot)
            return False
        quiz = lock(Quiz.objects.filter(pk=row.row)).get()
        old_module, quiz.module_id, quiz.course_id = quiz.module, slot.module, slot.course
        quiz.save(update_fields=["module", "course"])
        if old_module is not None:
            Module.objects.filter(pk=old_module.pk).delete()
        del row.parts["held"]
        row.save()
        return True

    def _report_unplaced(self, record: QuizRecord, found: Unplaced) -> None:
        reason = f"{found.reason} The quiz is kept in a course for such quizzes, for staff only."
        self._report.line(Level.NOTE, "link", record.place, reason)

    def _slot(self, record: QuizRecord, linker: Linker) -> tuple[Slot, bool]:
        """Returns the slot of a quiz, and whether it is in the course of unplaced quizzes."""
        slot = linker.slot_of(record)
        if isinstance(slot, Slot):
            return slot, False
        self._report_unplaced(record, slot)
        return self._unplaced.new_slot(record.title, slot.reason), True

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
        rows = []
        for record, quiz, (_, is_unplaced) in zip(new, quizzes, slots, strict=True):
            parts = _parts(record, quiz, made, is_unplaced=is_unplaced)
            rows.append(self._context.row(ImportedKind.QUIZ, record, quiz.pk, parts))
        ImportedRow.objects.bulk_create(rows, ROWS)
        for record in new:
            self._report.count(Kind.QUIZ, Outcome.CREATED)
            self._count(record, Outcome.CREATED, Outcome.CREATED)


def quiz_records(context: Context, found: Survey) -> Iterator[QuizRecord]:
    """Returns quizzes with their answer keys, which may be in other files of the data set."""
    read = (
        read_quiz(value, _answer_key_for(found, value, context), file_place, context.report)
        for _entry, file_place, value in records(found, Kind.QUIZ, context)
    )
    return first_ones(context, Kind.QUIZ, read)


def _answer_key_for(
    found: Survey, quiz: dict[str, Any], context: Context
) -> AnswerKeyRecord | None:
    quiz_id = quiz_key(quiz)
    entry = found.answer_keys.get(quiz_id)
    if entry is None:
        return None
    # This report is thrown away: what is wrong with an answer key is reported when it is counted.
    unreported = Context(Report(), context.source)
    for _entry, file_place, value in records_of(found, entry, Kind.ANSWER_KEY, unreported):
        answer_key = read_answer_key(value, file_place, unreported.report)
        if answer_key is not None and answer_key.key == quiz_id:
            return answer_key
    return None


def topics_of(courses: set[int]) -> dict[tuple[int, str], int]:
    """Returns topics by course and title; the first if a course has two with the same title."""
    # From the last module to the first: a later entry of the dict replaces an earlier one.
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
    record: QuizRecord, quiz: Quiz, made: Iterator[Question], *, is_unplaced: bool
) -> dict[str, Any]:
    """Returns `ImportedRow.parts` of a new quiz."""
    questions = [
        [one.key, next(made).pk, wanted_question(one), one.asked()] for one in record.questions
    ]
    parts: dict[str, Any] = {"quiz": [quiz.pk, digest(record.title)], "questions": questions}
    return parts | {"held": True} if is_unplaced else parts


# The next two functions hash the columns that come from the file and that people may edit: one from
# the record, one from our row.


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
        # What the last import wrote of each question, by the id that the question has in the file.
        parts = {one[0]: one[1:] for one in self.row.parts["questions"]}
        updated = [self._question(one, parts.get(one.key)) for one in self.record.questions]
        in_file = {one.key for one in self.record.questions}
        report_missing(self.report, Kind.QUIZ, self.record.place, parts, in_file)
        kept = [[key, *part] for key, part in parts.items() if key not in in_file]
        self.row.parts["questions"] = [one for one in updated if one] + kept
        has_questions = self._quiz.questions.filter(status__in=NOT_REJECTED).exists()
        self._quiz.status = quiz_status([has_questions])
        self._quiz.save(update_fields=["title", "status"])
        self.row.content_hash = self.record.content_hash
        self.row.file = self.record.place.file
        self.row.save()

    def _question(self, record: QuestionRecord, part: list[Any] | None) -> list[Any] | None:
        """Updates or creates the question, unless it was edited or deleted here. Returns its new
        entry in `ImportedRow.parts`.
        """
        question = self._rows.get(part[0]) if part else None
        wanted = wanted_question(record)
        decision = decide(part, wanted, question_hash(question) if question else None)
        file_place = self.record.place.at(record.key)
        report_decision(self.report, Kind.QUESTION, file_place, decision)
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
            # Deleted and made again: if they were updated one by one, two choices could be correct
            # for a moment, which the database refuses.
            question.choices.all().delete()
            Choice.objects.bulk_create(_choices(question, record))
            return [record.key, question.pk, wanted, record.asked()]
        return [record.key, part[0], part[1], record.asked()] if part else None
