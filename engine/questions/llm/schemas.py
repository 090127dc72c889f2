"""The JSON forms that a model fills in. Names and descriptions are part of the prompt.

A form has no limits of length or number, because strict modes of some providers refuse them; limits
are checked when an answer is read. Each question of a request has its own property, `q1` and so
on, so that none can be left out or written twice if the provider enforces the form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    create_model,
)

from engine.questions.formats import QuestionFormat
from engine.questions.schemas import BloomLevel, Difficulty


class Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")


A = TypeVar("A", bound=Answer)


# --- the plan


class PlannedQuestion(Answer):
    objective: int = Field(description="the number that stands before the objective")
    bloom: BloomLevel
    difficulty: Difficulty
    format: QuestionFormat
    passages: list[int] = Field(description="ids of the passages it needs")
    point: str = Field(description="what exactly it tests, in one line")
    misconceptions: list[str] = Field(description="what learners wrongly believe about it")


class QuizPlan(Answer):
    questions: list[PlannedQuestion]


# --- questions


class WrongChoice(Answer):
    text: str
    misconception: str = Field(description="the wrong belief behind it, in a few words")
    feedback: str = Field(description="one sentence to a learner who chose it")


class WrittenQuestion(Answer):
    stem: str
    explanation: str = Field(description="why the answer is right and the tempting one is not")
    evidence: list[int] = Field(description="numbers of the sentences that prove it")
    derivation: str = Field(
        description="how the answer follows from the sentences; '' if they state it"
    )


class WrittenSingle(WrittenQuestion):
    answer: str
    wrong: list[WrongChoice] = Field(description="three")


class WrittenMultiple(WrittenQuestion):
    right: list[str] = Field(description="two or three")
    wrong: list[WrongChoice] = Field(description="two or three")


class WrittenTrueFalse(WrittenQuestion):
    is_true: bool
    feedback: str = Field(description="one sentence to a learner who judged it wrongly")


class WrittenNumeric(WrittenQuestion):
    answer: float
    tolerance: float = Field(description="greatest distance that still counts as right")
    unit: str = Field(description="shown beside the field; '' for none")


class WrittenShort(WrittenQuestion):
    accepted: list[str] = Field(description="all wordings that count as right")
    rubric: str = Field(description="what else counts")


class WrittenPair(Answer):
    left: str
    right: str


class WrittenMatching(WrittenQuestion):
    pairs: list[WrittenPair] = Field(description="three to six")
    more_right: list[str] = Field(description="entries for the right side that fit nothing")


class WrittenOrdering(WrittenQuestion):
    steps: list[str] = Field(description="three to seven, in the right order")


class WrittenBlank(Answer):
    answer: str
    wrong: list[str] = Field(description="two or three")


class WrittenFillIn(WrittenQuestion):
    text: str = Field(description="the text with its blanks as {1}, {2}")
    blanks: list[WrittenBlank]


WRITTEN: Mapping[QuestionFormat, type[WrittenQuestion]] = {
    QuestionFormat.SINGLE: WrittenSingle,
    QuestionFormat.MULTIPLE: WrittenMultiple,
    QuestionFormat.TRUE_FALSE: WrittenTrueFalse,
    QuestionFormat.NUMERIC: WrittenNumeric,
    QuestionFormat.SHORT: WrittenShort,
    QuestionFormat.MATCHING: WrittenMatching,
    QuestionFormat.ORDERING: WrittenOrdering,
    QuestionFormat.FILL_IN: WrittenFillIn,
}


# --- the critic, in the order of its calls: a guess without the material, a solution with it, and
# a judgement of the question with its right answer. A question that was corrected is solved and
# judged in one call (`Solved`), which does not show its right answer.


class Guess(Answer):
    answers: list[str]
    clue: Literal[
        "none",
        "length",
        "grammar",
        "cue_words",
        "repeated_words",
        "question_implies",
        "absurd_choices",
        "other_question",
        "obvious",
    ] = Field(description="what in the wording alone gave the answer away")
    remark: str = Field(
        default="", description="which words, or which question, gave it away; '' if none did"
    )


class Solution(Answer):
    answers: list[str] = Field(description="what can be defended, an entry for each letter or pair")
    answerable: bool = Field(description="whether the material settles it")
    remark: str = Field(description="one sentence on what is wrong; '' if nothing is")


class Solved(Solution):
    """What a reader without the key can say about a corrected question."""

    tempting: int = Field(
        description="number of wrong choices that attract a learner who knows the subject partly"
    )
    clear: bool
    worthwhile: bool


class Judgement(Answer):
    tempting: int = Field(
        description="number of wrong choices that attract a learner who knows the subject partly"
    )
    clear: bool
    worthwhile: bool
    explanation_right: bool
    feedback_right: bool
    told_by: list[str] = Field(
        default_factory=list,
        description="names of other questions that give its key away, such as q3; empty if none",
    )
    remark: str = Field(description="one sentence on what is wrong; '' if nothing is")


# --- forms of one call


def _kept_apart(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Returns None for a part that does not fit, so that the others can be used."""
    try:
        return handler(value)
    except ValidationError:
        return None


def _demand_all(schema: dict[str, Any]) -> None:
    schema["required"] = list(schema["properties"])
    for part in schema["properties"].values():
        part.pop("default", None)


class _Form(Answer):
    model_config = ConfigDict(json_schema_extra=_demand_all)


def form(name: str, parts: Sequence[type[Answer]]) -> type[Answer]:
    """Returns a form with the properties q1, q2 and so on.

    A part that is missing or does not fit is None in the answer; the schema demands all of them.
    """
    fields: dict[str, Any] = {
        f"q{number}": (Annotated[part, WrapValidator(_kept_apart)], Field(default=None))
        for number, part in enumerate(parts, start=1)
    }
    made: type[Answer] = create_model(name, __base__=_Form, **fields)
    return made


def answers_in(answer: Answer, count: int) -> list[Any]:
    """Returns the parts of an answer in such a form, None for each that could not be read."""
    return [getattr(answer, f"q{number}") for number in range(1, count + 1)]


def complaint(answer: Answer) -> Sequence[str]:
    """Returns what is wrong with an answer of which nothing at all could be read."""
    if any(value is not None for _, value in answer):
        return ()
    return ("none of q1, q2 and so on is there in the form that was asked for",)


def with_evidence(part: type[WrittenQuestion], numbers: Sequence[int]) -> type[WrittenQuestion]:
    """Returns the form with the sentences it may name, for providers that keep to forms."""
    return _narrowed(part, evidence=list[Literal[tuple(numbers)]])  # type: ignore[misc] # made for one call


def plan_form(
    formats: Sequence[QuestionFormat], goals: int, passages: int, *, exact: bool
) -> type[QuizPlan]:
    """Returns the form of a plan; with `exact`, of these numbers and formats only."""
    if not exact:
        return QuizPlan
    question = _narrowed(
        PlannedQuestion,
        objective=Literal[tuple(range(1, goals + 1))],
        passages=list[Literal[tuple(range(1, passages + 1))]],  # type: ignore[misc] # made for one call
        format=Literal[tuple(one.value for one in formats)],
    )
    return _narrowed(QuizPlan, questions=list[question])  # type: ignore[valid-type] # made for one call


def _narrowed(form: type[A], **types: Any) -> type[A]:
    """Returns the form with other types of some fields, under its own name."""
    fields: dict[str, Any] = {
        name: (type_, Field(description=form.model_fields[name].description))
        for name, type_ in types.items()
    }
    made: type[A] = create_model(form.__name__, __base__=form, **fields)
    return made
