"""Reads quizzes and answer keys of old files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.questions.question_text import as_written, choice_key
from exchange.old_json.report import Kind, Place, Report
from exchange.old_json.values import Reader, as_id, bounded_key, digest, type_name

MODULE, FINAL = "module", "course"
MIN_OPTIONS = 2
USUAL_OPTIONS = 4
_LETTER = re.compile(r"\s*\(?([A-Za-z])\s*(?:[).:]|$)")
_BARE_LETTER = re.compile(r"\s*[A-Za-z]\s*$")
_WEEK_IN_ID = re.compile(r"module_(\d{1,4})_")
_QUESTION_ID = re.compile(r"(.+)_q\d+$")


@dataclass(frozen=True, slots=True)
class QuestionRecord:
    """`correct` is an index into `options`; None if the files do not say which option is right.

    `issues` are the reasons why the question cannot be asked as it is.
    """

    key: str
    stem: str
    options: tuple[str, ...]
    correct: int | None
    explanation: str
    topic: str
    issues: tuple[str, ...] = ()

    def asked(self) -> dict[str, Any]:
        """Returns the question in the form that attempts store."""
        return {
            "stem": self.stem,
            "choices": list(self.options),
            "correct": self.correct,
            "explanation": self.explanation,
            "feedback": [],
            "quote": "",
            "source": "",
        }


@dataclass(frozen=True, slots=True)
class QuizRecord:
    """`course` is the id of its course; "" if the file does not name one."""

    key: str
    title: str
    description: str
    course: str
    week: int | None
    is_final: bool
    questions: tuple[QuestionRecord, ...]
    place: Place
    content_hash: str


@dataclass(frozen=True, slots=True)
class AnswerKeyRecord:
    """An answer key. `key` is the id of its quiz; `letters` are the right options by question."""

    key: str
    letters: Mapping[str, str]
    place: Place
    content_hash: str


def _loosely(text: str) -> str:
    return " ".join(choice_key(text).split()).casefold()


def letter_index(text: str, options: Sequence[str]) -> int | None:
    """Returns the index of the option that `text` names: by its letter ("B", "b", "B) text") or by
    the option's own words. None if it names none.
    """
    if not _BARE_LETTER.match(text):
        for alike in (choice_key, _loosely):
            wanted = alike(text)
            same = [index for index, one in enumerate(options) if alike(one) == wanted]
            if wanted and len(same) == 1:
                return same[0]
    match = _LETTER.match(text)
    index = ord(match[1].upper()) - ord("A") if match else len(options)
    return index if index < len(options) else None


def quiz_key(record: dict[str, Any]) -> str:
    """Returns the quiz's id, or the prefix that the ids of its questions share."""
    if found := as_id(record.get("quiz_id")):
        return bounded_key(found)
    questions = record.get("questions")
    for one in questions if isinstance(questions, list) else []:
        match = _QUESTION_ID.match(as_id(one.get("question_id"))) if isinstance(one, dict) else None
        if match:
            return bounded_key(match[1])
    return ""


# --- quizzes


def read_quiz(
    record: dict[str, Any], answer_key: AnswerKeyRecord | None, place: Place, report: Report
) -> QuizRecord | None:
    """Returns the quiz. If it has no id, returns None and reports it.

    If `answer_key` and the quiz name different right options, `answer_key` counts.
    """
    reader = Reader(report, Kind.QUIZ, place)
    number = quiz_key(record)
    if not number:
        reader.refuse("The quiz has no \u201cquiz_id\u201d, and its questions do not show it.")
        return None
    if not as_id(record.get("quiz_id")):
        reader.note(f"\u201cquiz_id\u201d is missing; {number} was taken from its questions.")
    questions = _questions(reader, record, number, answer_key)
    week, is_final = _purpose(reader, record, number)
    return QuizRecord(
        key=number,
        title=reader.title(record, "title") or ("Final quiz" if is_final else f"Quiz {number}"),
        description=reader.text(record, "description").strip(),
        course=as_id(record.get("course_id")),
        week=week,
        is_final=is_final,
        questions=tuple(questions),
        place=place,
        content_hash=digest(record, answer_key.content_hash if answer_key else ""),
    )


def _purpose(reader: Reader, record: dict[str, Any], number: str) -> tuple[int | None, bool]:
    """Returns the week of a module's quiz, and whether it is the course's final quiz."""
    week = reader.week(record, "module_week")
    kind = record.get("quiz_type")
    if kind not in (MODULE, FINAL):
        by_id = number.startswith("course_")
        kind = FINAL if by_id or (week is None and not _WEEK_IN_ID.match(number)) else MODULE
        reader.note(
            f"\u201cquiz_type\u201d is missing or unknown; it was taken as \u201c{kind}\u201d."
        )
    if kind == FINAL:
        return None, True
    if week is None and (match := _WEEK_IN_ID.match(number)):
        week = int(match[1]) or None
    return week, False


def _questions(
    reader: Reader, record: dict[str, Any], number: str, answer_key: AnswerKeyRecord | None
) -> list[QuestionRecord]:
    values = reader.members(record, "questions", Kind.QUESTION)
    count = len(values)
    total = record.get("total_questions")
    if total is not None and total != count:
        reader.note(f"\u201ctotal_questions\u201d is {str(total)[:20]}, but there are {count}.")
    questions: dict[str, QuestionRecord] = {}
    for index, value in enumerate(values):
        inner = reader.at(f"questions[{index}]", Kind.QUESTION)
        question = _question(inner, value, f"{number}_q{index + 1}", answer_key)
        if question is None:
            continue
        if question.key in questions:
            inner.refuse(f"The id {question.key} is there twice; the first question was taken.")
        else:
            questions[question.key] = question
    if answer_key:
        known = questions.keys()
        for unknown in sorted(answer_key.letters.keys() - known):
            reader.report.note(
                Kind.ANSWER_KEY,
                answer_key.place,
                f"It has a letter for {unknown}, which the quiz lacks.",
            )
    return list(questions.values())


def _question(
    reader: Reader, record: Any, default_key: str, answer_key: AnswerKeyRecord | None
) -> QuestionRecord | None:
    if not isinstance(record, dict):
        reader.refuse(f"A question was expected here, not {type_name(record)}.")
        return None
    stem = as_written(reader.text(record, "question_text"))
    if not stem:
        reader.refuse("The question has no \u201cquestion_text\u201d.")
        return None
    number = as_id(record.get("question_id"))
    if not number:
        reader.note(f"\u201cquestion_id\u201d is missing; it became {default_key}.")
    options = _options(reader, record)
    question = QuestionRecord(
        key=number or default_key,
        stem=stem,
        options=tuple(options),
        correct=None,
        explanation=as_written(reader.text(record, "explanation")),
        topic=reader.text(record, "topic"),
    )
    correct = _correct(reader, record, question, answer_key)
    question = replace(question, correct=correct, issues=tuple(_issues(options, correct)))
    for issue in question.issues:
        reader.note(f"{issue} Learners are not asked it until someone has put it right.")
    return question


def _options(reader: Reader, record: dict[str, Any]) -> list[str]:
    """Returns the options as they are, but with a number added to one that is there twice, because
    two choices must not be alike.
    """
    options: list[str] = []
    for index, value in enumerate(reader.members(record, "options", Kind.QUESTION)):
        text = as_written(reader.text({"option": value}, "option"))
        option, number = text, 2
        while choice_key(option) in map(choice_key, options):
            option, number = f"{text} ({number})", number + 1
        if option != text:
            reader.note(f"Option {index + 1} is there twice; it became \u201c{option}\u201d.")
        options.append(option)
    if MIN_OPTIONS <= len(options) != USUAL_OPTIONS:
        reader.note(f"The question has {len(options)} options.")
    return options


def _correct(
    reader: Reader,
    record: dict[str, Any],
    question: QuestionRecord,
    answer_key: AnswerKeyRecord | None,
) -> int | None:
    """Returns the right option of the answer key if it names one, else that of the quiz file."""
    own = letter_index(reader.text(record, "correct_answer"), question.options)
    if answer_key is None or question.key not in answer_key.letters:
        return own
    letter = answer_key.letters[question.key]
    index = letter_index(letter, question.options)
    if index is None:
        reader.note(f"The answer key says \u201c{letter[:20]}\u201d, which is none of its options.")
        return own
    if own is not None and own != index:
        words = f"The quiz file says {'ABCDEFGHIJ'[own : own + 1]}, the answer key {letter[:20]}"
        reader.note(f"{words}; the key counts.")
    return index


def _issues(options: list[str], correct: int | None) -> list[str]:
    issues = []
    if len(options) < MIN_OPTIONS:
        issues.append("It has fewer than two options.")
    if "" in options:
        issues.append("One of its options is empty.")
    if correct is None:
        issues.append("No right answer is known.")
    return issues


# --- answer keys


def read_answer_key(record: dict[str, Any], place: Place, report: Report) -> AnswerKeyRecord | None:
    reader = Reader(report, Kind.ANSWER_KEY, place)
    number = as_id(record.get("quiz_id"))
    answers = record.get("answers")
    if not number:
        reader.refuse("The answer key has no \u201cquiz_id\u201d.")
        return None
    if not isinstance(answers, dict):
        reader.refuse(f"\u201canswers\u201d is {type_name(answers)}, not an object.")
        return None
    letters = {key: value for key, value in answers.items() if isinstance(value, str)}
    for wrong in sorted(answers.keys() - letters):
        reader.note(f"The letter of {wrong} is {type_name(answers[wrong])}; it was left out.")
    return AnswerKeyRecord(bounded_key(number), letters, place, digest(letters))
