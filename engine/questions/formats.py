"""The formats of questions: what is asked, what may be answered, and how an answer scores.

A body holds what a format needs besides the stem, its right answer included. It is stored with the
question and frozen with an attempt as JSON. A response is what a learner answers, as JSON too; each
body says which form it has. None is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from math import isclose
from typing import Annotated, Any, ClassVar, Literal, Self
from unicodedata import normalize

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from engine.language.quantities import quantities
from engine.questions.question_text import as_written, choice_key

# NUL and halves of characters, which JSON can spell and a database cannot hold.
_UNKEPT = re.compile("[\x00\ud800-\udfff]")


def _storable(text: str) -> str:
    if _UNKEPT.search(text):
        raise ValueError("A text contains a character that cannot be stored; type it again.")
    return text


def _entry(text: str) -> str:
    written = as_written(_storable(text))
    if not written:
        raise ValueError("An entry is empty.")
    return written


Text = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_entry)]
Note = Annotated[str, Field(max_length=2000), AfterValidator(_storable)]
MAX_ENTRIES = 20
Texts = Annotated[tuple[Text, ...], Field(min_length=2, max_length=MAX_ENTRIES)]
Index = Annotated[int, Field(ge=0, lt=MAX_ENTRIES)]
MAX_SHORT_ANSWER = 500
# Far more than anybody types, few enough to compute with.
MAX_NUMBER_LENGTH, MAX_EXPONENT = 60, 100


def _computable(number: Decimal) -> Decimal:
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise ValueError("The number is too large or too small.")
    return number


Number = Annotated[Decimal, Field(allow_inf_nan=False), AfterValidator(_computable)]

NOTHING = Fraction(0)
ALL = Fraction(1)


class QuestionFormat(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    NUMERIC = "numeric"
    SHORT = "short"
    MATCHING = "matching"
    ORDERING = "ordering"
    FILL_IN = "fill_in"


class ResponseError(ValueError):
    """A response that does not fit its question; the message is for the learner."""


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    # What learners see before they answer; the rest tells the right answer.
    open_fields: ClassVar[frozenset[str]] = frozenset()

    def shown(self) -> dict[str, Any]:
        """Returns what learners may see before they answer, as JSON."""
        return self.model_dump(mode="json", include={"format", *self.open_fields})

    def graded_by(self) -> dict[str, Any]:
        """Returns all that decides about scores, as JSON: equal where every response scores
        alike."""
        return self.model_dump(mode="json", exclude={"feedback", "rubric"})

    def read(self, response: Any) -> Any:
        """Returns a response as it is kept, None if nothing was answered.

        ResponseError if it does not fit.
        """
        if is_blank(response):
            return None
        self.score(response)
        return response

    @property
    def key(self) -> Any:
        """The right response."""
        raise NotImplementedError

    def score(self, response: Any) -> Fraction:
        """The share that a response gets, from 0 to 1. ResponseError if it does not fit."""
        raise NotImplementedError

    def lines(self, response: Any) -> list[str]:
        """Returns a response that fits, as people read it."""
        raise NotImplementedError

    def feedback_on(self, _response: Any) -> str:
        """Returns why a response is wrong, as far as somebody wrote it; "" if not, or if it is
        right."""
        return ""

    @property
    def key_lines(self) -> list[str]:
        """The right response, as people read it."""
        return self.lines(self.key)


class SingleChoice(_Body):
    """Response: the index of a choice. `feedback` says for each choice why it is wrong."""

    open_fields = frozenset({"choices"})

    format: Literal[QuestionFormat.SINGLE] = QuestionFormat.SINGLE
    choices: Texts
    correct: Index
    feedback: tuple[Note, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        _all_differ(self.choices)
        _within(self.choices, [self.correct])
        return self

    def score(self, response: Any) -> Fraction:
        return ALL if _one(response, len(self.choices)) == self.correct else NOTHING

    @property
    def key(self) -> int:
        return self.correct

    def lines(self, response: Any) -> list[str]:
        return [self.choices[response]]

    def feedback_on(self, response: Any) -> str:
        return self.feedback[response] if response < len(self.feedback) else ""


class MultipleAnswers(_Body):
    """Response: the indexes of the choices taken, in any order.

    Each right choice taken adds its share and each wrong one takes a share away, never below zero.
    """

    open_fields = frozenset({"choices"})

    format: Literal[QuestionFormat.MULTIPLE] = QuestionFormat.MULTIPLE
    choices: Texts
    correct: tuple[Index, ...] = Field(min_length=1)
    feedback: tuple[Note, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        _all_differ(self.choices)
        _within(self.choices, self.correct)
        if len(set(self.correct)) != len(self.correct):
            raise ValueError("A right answer is named twice.")
        return self

    def read(self, response: Any) -> Any:
        taken = super().read(response)
        return taken and sorted(set(taken))

    @property
    def key(self) -> list[int]:
        return sorted(self.correct)

    def lines(self, response: Any) -> list[str]:
        return [self.choices[index] for index in response]

    def feedback_on(self, response: Any) -> str:
        wrong = [index for index in response if index not in self.correct]
        said = [self.feedback[index] for index in wrong if index < len(self.feedback)]
        return "\n".join(text for text in said if text)

    def score(self, response: Any) -> Fraction:
        count = len(self.choices)
        if not isinstance(response, list | tuple) or len(response) > count:
            raise ResponseError("Choose from the answers that are shown.")
        taken = {_one(entry, count) for entry in response}
        right = set(self.correct)
        return max(Fraction(len(taken & right) - len(taken - right), len(right)), NOTHING)


class TrueFalse(_Body):
    """The stem is the statement. Response: true or false. `feedback` is shown to who is wrong."""

    format: Literal[QuestionFormat.TRUE_FALSE] = QuestionFormat.TRUE_FALSE
    correct: bool
    feedback: Note = ""

    @property
    def key(self) -> bool:
        return self.correct

    def lines(self, response: Any) -> list[str]:
        return ["True" if response else "False"]

    def feedback_on(self, response: Any) -> str:
        return "" if response is self.correct else self.feedback

    def score(self, response: Any) -> Fraction:
        if not isinstance(response, bool):
            raise ResponseError("Choose “True” or “False”.")
        return ALL if response is self.correct else NOTHING


# "1,234", "1.234": a thousand and more, or one with three decimals.
GROUPED = re.compile(r"[-+\u2212]?[1-9]\d{0,2}([,.])\d{3}(?:\1\d{3})*")


_WITH_UNIT = re.compile(
    r"\s*(?P<number>[-+\u2212]?\d(?:[\d.,' \u2019\u00a0]*\d)?)\s*(?P<unit>[^\d\s].*)"
)


class Numeric(_Body):
    """Response: a number as text. `tolerance` is the greatest distance from `answer` that counts
    as right; `unit` is shown beside the field and is not typed."""

    open_fields = frozenset({"unit"})

    format: Literal[QuestionFormat.NUMERIC] = QuestionFormat.NUMERIC
    answer: Number
    tolerance: Number = Field(default=Decimal(0), ge=0)
    unit: Annotated[str, AfterValidator(_storable)] = Field(default="", max_length=40)

    def score(self, response: Any) -> Fraction:
        """Whoever types "1,234" may mean either number; the one that is right counts."""
        readings = {read_number(response)}
        if GROUPED.fullmatch(str(response).strip()):
            readings.add(read_number(re.sub("[,.]", "", str(response))))
        distance = min(abs(Fraction(number) - Fraction(self.answer)) for number in readings)
        return ALL if distance <= Fraction(self.tolerance) else NOTHING

    def read(self, response: Any) -> Any:
        """Leaves out the unit, which some type although it stands beside the field."""
        found = _WITH_UNIT.fullmatch(str(response)[:MAX_NUMBER_LENGTH])
        if found and _is_unit(found["unit"], self.unit):
            response = found["number"]
        typed = super().read(response)
        return None if typed is None else str(typed).strip()

    @property
    def key(self) -> str:
        return f"{self.answer:f}"

    def lines(self, response: Any) -> list[str]:
        return [f"{response} {self.unit}".strip()]

    @property
    def key_lines(self) -> list[str]:
        lines = self.lines(self.key)
        return [f"{lines[0]} (\u00b1 {self.tolerance:f})"] if self.tolerance else lines


class ShortAnswer(_Body):
    """Response: some words. They are right if they equal one of `accepted`, without regard to
    capitals, accents in another encoding, spaces and a full stop at the end. `rubric` tells a
    model or a person what else counts."""

    format: Literal[QuestionFormat.SHORT] = QuestionFormat.SHORT
    accepted: Annotated[tuple[Text, ...], Field(min_length=1, max_length=MAX_ENTRIES)]
    rubric: Note = ""

    @property
    def key(self) -> str:
        return self.accepted[0]

    def lines(self, response: Any) -> list[str]:
        return [str(response)]

    @property
    def key_lines(self) -> list[str]:
        return list(self.accepted)

    def read(self, response: Any) -> Any:
        typed = super().read(response)
        return typed and typed.strip()

    def score(self, response: Any) -> Fraction:
        if not isinstance(response, str) or len(response) > MAX_SHORT_ANSWER:
            raise ResponseError(f"Write an answer of at most {MAX_SHORT_ANSWER} letters.")
        if _UNKEPT.search(response):
            raise ResponseError(
                "The answer contains characters that cannot be stored; type it again."
            )
        accepted = {short_answer_key(text) for text in self.accepted}
        return ALL if short_answer_key(response) in accepted else NOTHING


class Matching(_Body):
    """Response: for each of `left` the index in `right`, or null. `pairs` is the right one.

    `right` may have more entries than `left`, and one may belong to several.
    """

    open_fields = frozenset({"left", "right"})

    format: Literal[QuestionFormat.MATCHING] = QuestionFormat.MATCHING
    left: Texts
    right: Texts
    pairs: tuple[Index, ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        _all_differ(self.left)
        _all_differ(self.right)
        _within(self.right, self.pairs)
        if len(self.pairs) != len(self.left):
            raise ValueError("Every entry on the left needs one on the right.")
        return self

    def score(self, response: Any) -> Fraction:
        return _share_right(response, self.pairs, [len(self.right)] * len(self.left))

    @property
    def key(self) -> list[int]:
        return list(self.pairs)

    def lines(self, response: Any) -> list[str]:
        pairs = zip(self.left, response, strict=True)
        return [f"{left} \u2192 {_named(self.right, index)}" for left, index in pairs]


class Ordering(_Body):
    """Response: the indexes of `items` in the learner's order. `items` stand as they are shown;
    `order` lists their indexes from first to last. An item in its right place counts its share."""

    open_fields = frozenset({"items"})

    format: Literal[QuestionFormat.ORDERING] = QuestionFormat.ORDERING
    items: Texts
    order: tuple[Index, ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        _all_differ(self.items)
        if sorted(self.order) != list(range(len(self.items))):
            raise ValueError("The order must name every item once.")
        return self

    def score(self, response: Any) -> Fraction:
        given = _list(response, len(self.order))
        placed = [entry for entry in given if entry is not None]
        if len(set(placed)) != len(placed):
            raise ResponseError("Give every item a place of its own.")
        return _share_right(given, self.order, [len(self.items)] * len(self.items))

    @property
    def key(self) -> list[int]:
        return list(self.order)

    def lines(self, response: Any) -> list[str]:
        return [f"{n}. {_named(self.items, index)}" for n, index in enumerate(response, start=1)]


class FillIn(_Body):
    """Blanks with a list to choose from each. Response: for each blank the index of an option, or
    null. `text` holds each blank as `{1}`, `{2}` and so on, and the stem asks to fill them."""

    open_fields = frozenset({"text", "options"})

    format: Literal[QuestionFormat.FILL_IN] = QuestionFormat.FILL_IN
    text: Text
    options: Annotated[tuple[Texts, ...], Field(min_length=1, max_length=MAX_ENTRIES)]
    correct: tuple[Index, ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.correct) != len(self.options):
            raise ValueError("Every blank needs its right option.")
        for number, (options, right) in enumerate(
            zip(self.options, self.correct, strict=True), start=1
        ):
            _all_differ(options)
            _within(options, [right])
            if self.text.count(f"{{{number}}}") != 1:
                raise ValueError(f"The text must hold the blank {{{number}}} once.")
        return self

    def score(self, response: Any) -> Fraction:
        return _share_right(response, self.correct, [len(options) for options in self.options])

    @property
    def key(self) -> list[int]:
        return list(self.correct)

    def lines(self, response: Any) -> list[str]:
        blanks = enumerate(zip(self.options, response, strict=True), start=1)
        return [f"{n}: {_named(options, index)}" for n, (options, index) in blanks]

    @property
    def pieces(self) -> list[str | int]:
        """The text in order: words, and the number of each blank, from 1."""
        parts = re.split(r"\{([1-9]\d?)\}", self.text)
        known = range(1, len(self.options) + 1)
        pieces: list[str | int] = []
        for place, part in enumerate(parts):
            is_blank = place % 2 == 1
            if is_blank and int(part) in known:
                pieces.append(int(part))
            else:
                pieces.append(f"{{{part}}}" if is_blank else part)
        return pieces


BODIES = (
    SingleChoice,
    MultipleAnswers,
    TrueFalse,
    Numeric,
    ShortAnswer,
    Matching,
    Ordering,
    FillIn,
)
Body = Annotated[
    SingleChoice
    | MultipleAnswers
    | TrueFalse
    | Numeric
    | ShortAnswer
    | Matching
    | Ordering
    | FillIn,
    Field(discriminator="format"),
]
_BODY: TypeAdapter[Body] = TypeAdapter(Body)


def read_body(data: Any) -> Body:
    """Returns the body that `data`, as of JSON, describes. ValueError says what is wrong."""
    try:
        return _BODY.validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{place}: {first['msg']}" if place else first["msg"]) from error


def _is_unit(typed: str, unit: str) -> bool:
    """Whether two spellings mean the same unit, such as "km" and "kilometres"."""
    if typed.strip().casefold() == unit.strip().casefold():
        return True
    own, asked = (quantities(f"1 {one}", "en") for one in (typed, unit))
    if len(own) != 1 or len(asked) != 1 or not own[0].dimension:
        return False
    return own[0].dimension == asked[0].dimension and isclose(own[0].amount, asked[0].amount)


def read_number(response: Any) -> Decimal:
    """Returns the number that a learner typed, with a point or a comma before the decimals.

    Spaces and apostrophes between digits are left out. ResponseError if it is no number.
    """
    if len(str(response)) > MAX_NUMBER_LENGTH:
        raise ResponseError("Type a number, such as 12 or 0.5.")
    text = normalize("NFKC", str(response)).strip().replace("\u2212", "-")
    text = re.sub("[ '\u2019]", "", text)
    if "," in text and "." in text:
        # The last of both stands before the decimals.
        thousands = "," if text.rindex(".") > text.rindex(",") else "."
        text = text.replace(thousands, "")
    elif max(text.count(","), text.count(".")) > 1 and GROUPED.fullmatch(text):
        text = re.sub("[,.]", "", text)
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > MAX_EXPONENT:
        raise ResponseError("Type a number, such as 12 or 0.5.")
    return number


def is_blank(response: Any) -> bool:
    """Whether a response answers nothing: null, no words, or no entry that is filled."""
    if isinstance(response, str):
        return not choice_key(response)
    if isinstance(response, list | tuple):
        return all(entry is None for entry in response)
    return response is None


def short_answer_key(text: str) -> str:
    """Returns a key that is equal for answers that count as the same."""
    return " ".join(choice_key(text).casefold().rstrip(".").split())


def _named(texts: Sequence[str], index: int | None) -> str:
    return "\u2013" if index is None else texts[index]


def _all_differ(texts: Sequence[str]) -> None:
    if len({choice_key(text) for text in texts}) != len(texts):
        raise ValueError("Two entries are the same.")


def _within(texts: Sequence[str], indexes: Sequence[int]) -> None:
    if len(set(indexes)) > len(texts) or any(index >= len(texts) for index in indexes):
        raise ValueError("A right answer is not one of the entries.")


def _one(response: Any, count: int) -> int:
    if isinstance(response, bool) or not isinstance(response, int) or not 0 <= response < count:
        raise ResponseError("Choose from the answers that are shown.")
    return response


def _list(response: Any, length: int) -> list[Any]:
    if not isinstance(response, list | tuple) or len(response) != length:
        raise ResponseError("Answer with one entry for each place.")
    return list(response)


def _share_right(response: Any, right: Sequence[int], counts: Sequence[int]) -> Fraction:
    given = _list(response, len(right))
    hits = 0
    for entry, wanted, count in zip(given, right, counts, strict=True):
        hits += entry is not None and _one(entry, count) == wanted
    return Fraction(hits, len(right))
