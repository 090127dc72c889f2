"""The blueprint of a quiz: which objective is asked about, at which level and in which format.

A model plans it from the material, so that no more is asked than the material carries. Where no
plan can be had, one is made by rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import cycle

from engine.lessons.llm.clean import plain_line
from engine.lessons.llm.fence import fenced
from engine.lessons.llm.prompts import instructed
from engine.llm.prompting import Prompt
from engine.questions.formats import QuestionFormat
from engine.questions.llm.material import Material
from engine.questions.llm.schemas import PlannedQuestion, QuizPlan
from engine.questions.orders import may_order
from engine.questions.schemas import BloomLevel, Difficulty, QuizRequest

MAX_STEMS = 60
MAX_LISTED = 500  # values of enums in one form; strict modes take some more
_BLOOM = {
    Difficulty.EASY: BloomLevel.REMEMBER,
    Difficulty.MEDIUM: BloomLevel.UNDERSTAND,
    Difficulty.HARD: BloomLevel.APPLY,
}

_TASK = """\
Plan a quiz that shows whether learners have reached the objectives. For each question say which \
objective it tests, at which level of Bloom's taxonomy, in which format, from which passages, and \
what exactly it tests.

- Plan no more questions than the material carries: each needs a point of its own that is worth \
knowing or being able to do. Fewer are better than weak ones.
- Spread the questions over the objectives and the passages. At least half of them ask for more \
than recall: why, what follows, which case, how much, how two things differ.
- Calculation, comparison and application to a new case are wanted where rules, tables or numbers \
in the passages allow them.
- Plan nothing about accidents of wording, names that an example alone uses, or how the document \
is built.
- Name for each question two or three misconceptions that learners really have about its point.
- No question may give away the answer of another: no two on one fact, and none whose case, \
choices or explanation would say what another asks.
- Formats, where they suit the point: {formats}."""

_FORMATS = {
    QuestionFormat.SINGLE: "single (one right choice of four: for most points)",
    QuestionFormat.MULTIPLE: "multiple (several right choices: lists with a contrasting list)",
    QuestionFormat.TRUE_FALSE: (
        "true_false (a claim that a misconception makes tempting, and that is surely true or false)"
    ),
    QuestionFormat.NUMERIC: "numeric (a calculation with numbers that are given)",
    QuestionFormat.SHORT: "short (a taught term or name that can be typed in one way)",
    QuestionFormat.MATCHING: "matching (terms with definitions, causes with effects)",
    QuestionFormat.ORDERING: (
        "ordering (only what the passages number or date, or say to be in this order)"
    ),
    QuestionFormat.FILL_IN: "fill_in (two or more contrasts in one sentence)",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One planned question. `passages` are numbered from 1, as in its material; `is_true` is what a
    statement to judge shall be."""

    objective: str
    bloom: BloomLevel
    difficulty: Difficulty
    format: QuestionFormat
    passages: tuple[int, ...]
    point: str = ""
    misconceptions: tuple[str, ...] = ()
    is_true: bool | None = None


def wanted(material: Material) -> str:
    batch = material.batch
    mix = ", ".join(f"{level} {batch.wanted[level]}" for level in Difficulty if batch.wanted[level])
    return f"Questions wanted: {batch.count} ({mix})"


def plan_prompt(system: str, request: QuizRequest, material: Material) -> Prompt:
    formats = "; ".join(_FORMATS[one] for one in request.formats)
    parts = [material.text, *already_asked(request, material)]
    parts += [_TASK.format(formats=formats), wanted(material), *wishes(request)]
    return Prompt(system, "\n\n".join(parts))


def wishes(request: QuizRequest) -> Iterator[str]:
    """Yields the part of a prompt on what a teacher wants otherwise."""
    if request.instruction:
        yield instructed(request.instruction)


def already_asked(request: QuizRequest, material: Material) -> Iterator[str]:
    """Yields the part of a prompt on questions of other quizzes about the same passages."""
    own = {passage.id for passage in material.batch.passages}
    stems = [f"- {one.stem}" for one in request.asked if one.passage_id in own]
    if stems:
        yield f"Already asked:\n{fenced('questions', chr(10).join(stems[-MAX_STEMS:]))}"


def can_list_passages(material: Material) -> bool:
    """Whether the form of a plan may list the passages, so many times as questions are wanted."""
    count = material.batch.count
    return count * (len(material.batch.passages) + len(material.goals)) <= MAX_LISTED


def cells_of(plan: QuizPlan, request: QuizRequest, material: Material) -> list[Cell]:
    """Returns the usable cells of a model's plan, no more than are wanted.

    An order is asked only where the passages fix one.
    """
    cells = [_cell(one, request, material) for one in plan.questions[: material.batch.count]]
    cells = [_with_open_order_left(cell, request, material) for cell in cells if cell.passages]
    return [cell for cell in cells if cell.format in request.formats]


def _with_open_order_left(cell: Cell, request: QuizRequest, material: Material) -> Cell:
    if cell.format is not QuestionFormat.ORDERING:
        return cell
    texts = (material.batch.passages[number - 1].text for number in cell.passages)
    language = request.source_language or request.language
    fixed = any(may_order(text, language) for text in texts)
    return cell if fixed else replace(cell, format=QuestionFormat.SINGLE)


def with_truths(cells: Sequence[Cell]) -> list[Cell]:
    """Returns the cells; of their statements to judge half shall be true, in no plain order."""
    at = [n for n, cell in enumerate(cells) if cell.format is QuestionFormat.TRUE_FALSE]
    drawn = sorted(at, key=lambda n: sha256(cells[n].point.encode("utf-8", "replace")).digest())
    true = set(drawn[: len(drawn) // 2])
    return [
        replace(cell, is_true=n in true) if n in set(at) else cell for n, cell in enumerate(cells)
    ]


def _cell(planned: PlannedQuestion, request: QuizRequest, material: Material) -> Cell:
    known = range(1, len(material.batch.passages) + 1)
    goals = material.goals
    at = planned.objective if 1 <= planned.objective <= len(goals) else 1
    format_ = QuestionFormat(planned.format)
    return Cell(
        objective=goals[at - 1] if goals else "",
        bloom=planned.bloom,
        difficulty=planned.difficulty,
        format=format_ if format_ in request.formats else request.formats[0],
        passages=tuple(dict.fromkeys(number for number in planned.passages if number in known)),
        point=plain_line(planned.point),
        misconceptions=tuple(plain_line(one) for one in planned.misconceptions[:4]),
    )


def plan_by_rule(request: QuizRequest, material: Material) -> list[Cell]:
    """Returns a plan without a model: objectives and passages in turn, with the wanted mix."""
    left = Counter(material.batch.wanted)
    levels = [level for level in Difficulty for _ in range(left[level])]
    goals = cycle(material.goals or ("",))
    count = len(material.batch.passages)
    return [
        Cell(
            objective=next(goals),
            bloom=_BLOOM[level],
            difficulty=level,
            format=request.formats[0],
            passages=(count * at // len(levels) + 1,),
        )
        for at, level in enumerate(levels)
    ]


def described(cells: Sequence[Cell]) -> str:
    """Returns the plan's lines of these questions, q1 and so on, for a prompt."""
    lines = []
    for number, cell in enumerate(cells, start=1):
        form = str(cell.format)
        if cell.is_true is not None:
            form += f", with a statement that is {'true' if cell.is_true else 'false'}"
        line = (
            f"q{number}: {form}, {cell.difficulty}, {cell.bloom}; passages "
            f"{', '.join(map(str, cell.passages))}; objective: {cell.objective}"
        )
        if cell.point:
            line += f"; tests: {cell.point}"
        if cell.misconceptions:
            line += f"; misconceptions: {'; '.join(cell.misconceptions)}"
        lines.append(line)
    return fenced("plan", "\n".join(lines))
