"""Questions for judges who know nothing of how they were made, and what their judgements say.

A sheet has one JSON object a line. A judge sets each of FIELDS to true or false and, if there is
one, writes the main `fault`.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from courses.models import Course
from engine.questions.formats import Body
from quizzes.models import NOT_REJECTED, Question

FIELDS = {
    "one_key": "exactly the marked answer can be defended, and no other",
    "plausible": "two wrong choices or more would attract somebody who knows the subject only "
    "partly (yes for a number, a short answer and an order)",
    "wellformed": "the question is clear, grammatical and complete without the book, and its "
    "choices are of one kind",
    "worthwhile": "it tests what a learner of the subject should know or be able to do",
    "guessable": "somebody who never read the text finds the answer from wording, lengths or "
    "grammar",
    "explains": "the explanation says why the answer is right and the tempting one is wrong, in "
    "the course's language",
    "usable": "it could stand in a graded test as it is: yes to the first four, no to guessable",
}
NEEDED = ("one_key", "plausible", "wellformed", "worthwhile")
MOST_FAULTS = 10


class SheetError(ValueError):
    """A sheet that cannot be read; the message names the line and says what to do."""


def blind_sheet(course: Course, *, count: int, seed: int) -> list[dict[str, Any]]:
    """Returns up to `count` of the course's questions that are not rejected, in an order drawn by
    `seed`.

    The same seed draws the same questions as long as they are the same.
    """
    questions = list(
        Question.objects.filter(quiz__course=course, status__in=NOT_REJECTED)
        .select_related("passage")
        .prefetch_related("choices")
        .order_by("pk")
    )
    drawn = random.Random(seed).sample(questions, min(count, len(questions)))  # noqa: S311 - no secret
    return [_item(number, question) for number, question in enumerate(drawn, start=1)]


def _item(number: int, question: Question) -> dict[str, Any]:
    """Returns the question as a learner sees it with the right answer, and without who made it."""
    body: Body = question.typed_body
    return {
        "item": number,
        "passage": question.passage.text if question.passage else "",
        "stem": question.stem,
        **body.shown(),
        "key": body.key_lines,
        "explanation": question.explanation,
        **dict.fromkeys(FIELDS),
        "fault": "",
    }


Judgements = Mapping[Any, Mapping[str, Any]]


def read_sheet(lines: Iterable[str]) -> Judgements:
    """Returns the judgements by item. Raises SheetError for lines that cannot be a judgement."""
    found: dict[Any, Mapping[str, Any]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise SheetError(f"Line {number} is no JSON object; write one item a line.") from error
        item = row.get("item") if isinstance(row, dict) else None
        if not isinstance(item, int | str):
            raise SheetError(
                f"Line {number} has no \u201citem\u201d; keep the numbers of the sheet."
            )
        if item in found:
            raise SheetError(f"Line {number}: item {item} is there twice; judge it once.")
        wrong = [field for field in FIELDS if not isinstance(row.get(field), bool)]
        if wrong:
            raise SheetError(f"Line {number}: set \u201c{wrong[0]}\u201d to true or false.")
        found[item] = row
    if not found:
        raise SheetError("There is no judgement in it.")
    return found


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of `total` have a yes in each field; how many are called usable though another
    field says otherwise, or the other way round; and the faults by how often they are named."""

    total: int
    yes: Mapping[str, int]
    contradictory: int
    faults: Sequence[tuple[str, int]]


def counted(judgements: Judgements) -> Counts:
    rows = list(judgements.values())
    faults = Counter(fault for row in rows if (fault := str(row.get("fault") or "").strip()))
    return Counts(
        total=len(rows),
        yes={field: sum(row[field] for row in rows) for field in FIELDS},
        contradictory=sum(
            row["usable"] != (all(row[field] for field in NEEDED) and not row["guessable"])
            for row in rows
        ),
        faults=faults.most_common(MOST_FAULTS),
    )


def agreement(first: Judgements, second: Judgements) -> dict[str, tuple[int, int]]:
    """Returns for each field how many items both judges answer alike, and for how many both say
    yes.

    Raises SheetError unless both judged the same items.
    """
    if first.keys() != second.keys():
        other = sorted(map(str, first.keys() ^ second.keys()))
        raise SheetError(f"Only one of the two judged item {other[0]}; both need the same items.")
    return {
        field: (
            sum(first[item][field] == second[item][field] for item in first),
            sum(first[item][field] and second[item][field] for item in first),
        )
        for field in FIELDS
    }
