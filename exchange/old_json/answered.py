"""Reads submissions of old files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from exchange.old_json.report import Kind, Place, Report
from exchange.old_json.values import Reader, as_id, bounded_key, digest, type_name

ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class SubmissionRecord:
    quiz: str
    user: str
    answers: Mapping[str, Any]
    submitted_at: datetime
    said: Mapping[str, Any]
    key: str
    place: Place
    content_hash: str


def submission_key(record: dict[str, Any]) -> str:
    """Returns the key: quiz, learner and time, as a learner may submit a quiz more than once."""
    inner = _inner(record)
    quiz, user = as_id(inner.get("quiz_id")), as_id(inner.get("user_id")) or ANONYMOUS
    return bounded_key(quiz, user, as_id(record.get("submitted_at")))


def _inner(record: dict[str, Any]) -> dict[str, Any]:
    """Returns the submitted part, with ids that only the result has."""
    inner = record.get("submission", record)
    result = record.get("result")
    said = result if isinstance(result, dict) else {}
    if not isinstance(inner, dict):
        return {}
    missing = {
        name: said.get(name) for name in ("quiz_id", "user_id") if not as_id(inner.get(name))
    }
    return inner | missing


def read_submission(
    record: dict[str, Any], place: Place, report: Report, modified: datetime
) -> SubmissionRecord | None:
    """Returns the submission; None, with a line in the report, if it has no quiz or no learner.
    `modified` is the file's time."""
    reader = Reader(report, Kind.SUBMISSION, place)
    inner = _inner(record)
    quiz = as_id(inner.get("quiz_id"))
    answers = inner.get("answers")
    if not quiz:
        reader.refuse("The submission does not name its quiz (\u201cquiz_id\u201d).")
        return None
    if not isinstance(answers, dict):
        reader.refuse(f"\u201canswers\u201d is {type_name(answers)}, not an object.")
        return None
    user = as_id(inner.get("user_id"))
    if not user:
        reader.note(f"\u201cuser_id\u201d is missing; the learner is \u201c{ANONYMOUS}\u201d.")
    result = record.get("result")
    return SubmissionRecord(
        quiz=bounded_key(quiz),
        user=user or ANONYMOUS,
        answers=answers,
        submitted_at=_time(reader, record.get("submitted_at"), modified),
        said=result if isinstance(result, dict) else {},
        key=submission_key(record),
        place=place,
        content_hash=digest(record),
    )


def _time(reader: Reader, value: Any, modified: datetime) -> datetime:
    """Returns the time; without an offset it is taken as UTC."""
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        reader.note(
            "\u201csubmitted_at\u201d is missing or is not a time; that of the file was used."
        )
        return modified
