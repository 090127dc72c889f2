"""What a browser sends for a quiz: one field a question, the index of the choice in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quizzes.models import Answer, Attempt
from quizzes.services import AttemptError


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the form shows it: what was frozen, without the answer."""

    position: int
    field: str
    stem: str
    choices: list[str]
    chosen: int | None


def field_name(position: int) -> str:
    return f"question-{position}"


def read_choices(attempt: Attempt, data: Mapping[str, str]) -> dict[int, int | None]:
    """The choices by question position. Raises AttemptError for what is not a number."""
    positions = attempt.answers.values_list("position", flat=True)
    return {position: _read(data.get(field_name(position), "")) for position in positions}


def _read(value: str) -> int | None:
    if not value:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= 3):  # noqa: PLR2004 - 0 to 999
        raise AttemptError("An answer could not be read. Choose from the answers that are shown.")
    return int(value)


def asked_form(attempt: Attempt, data: Mapping[str, str]) -> list[Asked]:
    """The questions in order, with the choices that `data` holds."""
    return [_asked(answer, data) for answer in attempt.answers.all()]


def _asked(answer: Answer, data: Mapping[str, str]) -> Asked:
    field = field_name(answer.position)
    choices = answer.asked["choices"]
    sent = data.get(field, "")
    numbers = [str(index) for index in range(len(choices))]
    chosen = numbers.index(sent) if sent in numbers else None
    return Asked(answer.position, field, answer.asked["stem"], choices, chosen)
