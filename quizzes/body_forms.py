"""The forms with which staff edit questions, one form for each format.

Teachers see fields, not JSON: a row for each choice or pair, a line for each accepted answer or
item in the right order, and blanks as [right*|wrong] in a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string

from engine.questions.formats import (
    MAX_ENTRIES,
    Body,
    FillIn,
    Matching,
    MultipleAnswers,
    Numeric,
    Ordering,
    QuestionFormat,
    ShortAnswer,
    TrueFalse,
    read_body,
)
from engine.questions.question_text import as_written
from quizzes.editing import ChoiceEdit, check_choices
from quizzes.forms import QuestionForm, WrittenField

# A table shows at least MIN_ROWS rows, and at least EMPTY_ROWS of them are empty.
MIN_ROWS, EMPTY_ROWS = 4, 2
# Finds the blanks of a sentence, such as [more*|less]: the choices, the right one with an asterisk.
BLANK = re.compile(r"\[([^\[\]]*)\]")
Row = tuple[str, ...]  # the texts of a row of a table, in the order of the columns


class RowsInput(forms.Widget):
    """A table of text fields. The column `ticked` has tick boxes instead; "" means no such column.

    Empty rows are not saved. With `one_tick`, the tick boxes are radio buttons, so that a person
    can choose only one.
    """

    use_fieldset = True

    def __init__(
        self, columns: Mapping[str, str], ticked: str = "", *, one_tick: bool = False
    ) -> None:
        super().__init__()
        self._columns, self._ticked, self._one_tick = columns, ticked, one_tick

    def render(self, name: str, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        rows: list[Row] = [tuple(map(str, row)) for row in value or ()]
        empty = min(max(MIN_ROWS - len(rows), EMPTY_ROWS), MAX_ENTRIES - len(rows))
        rows += [("",) * len(self._columns)] * empty
        cells = [
            [
                {
                    "name": f"{name}-{number}-{column}",
                    "label": f"{label}, row {number + 1}",
                    "value": text,
                    "is_tick": column == self._ticked,
                    "number": number,
                }
                for (column, label), text in zip(self._columns.items(), row, strict=True)
            ]
            for number, row in enumerate(rows)
        ]
        radio = f"{name}-{self._ticked}" if self._one_tick else ""
        context = {"headings": self._columns.values(), "rows": cells, "radio": radio}
        return render_to_string("admin/quizzes/question/rows.html", context)

    def value_from_datadict(self, data: Any, _files: Any, name: str) -> list[Row]:
        rows = [
            tuple(self._cell(data, name, number, column) for column in self._columns)
            for number in range(MAX_ENTRIES)
        ]
        return [row for row in rows if any(text.strip() for text in row)]

    def _cell(self, data: Any, name: str, number: int, column: str) -> str:
        if column == self._ticked and self._one_tick:
            return "1" if data.get(f"{name}-{column}", "") == str(number) else ""
        text: str = data.get(f"{name}-{number}-{column}", "")
        return text

    def value_omitted_from_data(self, data: Any, _files: Any, name: str) -> bool:
        """Whether the request has no fields of this table: not even the first column of row 0."""
        return f"{name}-0-{next(iter(self._columns))}" not in data


class RowsField(forms.Field):
    """A form field whose value is a list of rows. A tick box is "1" or "" in its row."""

    def __init__(
        self,
        columns: Mapping[str, str],
        ticked: str = "",
        *,
        one_tick: bool = False,
        **kwargs: Any,
    ) -> None:
        self._columns, self._ticked = columns, ticked
        super().__init__(widget=RowsInput(columns, ticked, one_tick=one_tick), **kwargs)

    def lines(self, rows: Iterable[Row]) -> str:
        """Returns the rows as text, a line for each. If the rows have tick boxes, a line begins
        with "right" or "wrong".
        """
        tick_column = list(self._columns).index(self._ticked) if self._ticked else -1
        found = []
        for row in rows:
            tick = f"{'right' if row[tick_column] else 'wrong'}: " if self._ticked else ""
            cells = [text for number, text in enumerate(row) if number != tick_column and text]
            found.append(tick + (" \u2192 " if not tick else " ").join(cells))
        return "\n".join(found)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether a person changed a text. Other line ends are no change: browsers make them."""
        shown, sent = (
            [tuple(map(as_written, row)) for row in rows or ()] for rows in (initial, data)
        )
        return shown != sent


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def shuffled(texts: Sequence[str], old_order: Sequence[str] = ()) -> list[str]:
    """Returns the texts in an order that does not give their right order away. The same texts
    always get the same order.

    If the question had the same texts before the change, they keep their `old_order`.
    """
    if sorted(texts) == sorted(old_order):
        return list(old_order)
    mixed = sorted(texts, key=lambda text: sha256(text.encode()).digest())
    return mixed if mixed != list(texts) else [*mixed[1:], mixed[0]]


class BodyForm(QuestionForm):
    """A form of a format whose answer is a Body; puts the Body into `cleaned_data["body"]`."""

    format: ClassVar[QuestionFormat]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.old_body: Body | None = self.instance.typed_body if self.instance.body else None
        if self.old_body is not None:
            self.initial.update(self.fields_of(self.old_body))

    def fields_of(self, body: Any) -> dict[str, Any]:
        """Returns the values of this form's fields for a body."""
        raise NotImplementedError

    def body_of(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the body that the fields describe, as JSON. Raises ValidationError with a message
        for teachers.
        """
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                data["body"] = read_body({"format": self.format, **self.body_of(data)})
            except ValueError as error:
                raise ValidationError(str(error)) from error
        return data


class SingleChoiceForm(QuestionForm):
    """The form of a single choice: a row for each choice, and a radio button for the right one."""

    choices = RowsField(
        {"text": "Choice", "right": "Right", "feedback": "Why it is wrong"},
        ticked="right",
        one_tick=True,
        help_text="Mark the right one.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["choices"] = [
                (choice.text, "1" if choice.is_correct else "", choice.feedback)
                for choice in self.instance.choices.order_by("position")
            ]

    def clean_choices(self) -> list[ChoiceEdit]:
        rows = self.cleaned_data["choices"]
        edits = [ChoiceEdit(text, bool(tick), why) for text, tick, why in rows]
        check_choices(edits)
        return edits


class MultipleForm(BodyForm):
    format = QuestionFormat.MULTIPLE
    choices = RowsField(
        {"text": "Choice", "right": "Right", "feedback": "Why it is wrong"},
        ticked="right",
        help_text="Tick every choice that is right.",
    )

    def fields_of(self, body: MultipleAnswers) -> dict[str, Any]:
        feedback = [*body.feedback, *[""] * len(body.choices)]
        rows = [
            (text, "1" if index in body.correct else "", feedback[index])
            for index, text in enumerate(body.choices)
        ]
        return {"choices": rows}

    def body_of(self, data: Mapping[str, Any]) -> dict[str, Any]:
        rows = data["choices"]
        right = [index for index, (_, tick, _) in enumerate(rows) if tick]
        if len(rows) < 2 or not right:  # noqa: PLR2004 - two at least
            raise ValidationError("Give at least two choices, and tick those that are right.")
        return {
            "choices": [text for text, _, _ in rows],
            "correct": right,
            "feedback": ["" if tick else why.strip() for _, tick, why in rows],
        }


class TrueFalseForm(BodyForm):
    format = QuestionFormat.TRUE_FALSE
    correct = forms.ChoiceField(
        label="The statement is",
        choices=[("true", "True"), ("false", "False")],
        widget=forms.RadioSelect,
    )
    feedback = WrittenField(
        required=False, label="Why", help_text="Learners who were wrong read this."
    )

    def fields_of(self, body: TrueFalse) -> dict[str, Any]:
        return {"correct": "true" if body.correct else "false", "feedback": body.feedback}

    def body_of(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"correct": data["correct"] == "true", "feedback": data["feedback"]}


class NumericForm(BodyForm):
    format = QuestionFormat.NUMERIC
    answer = forms.DecimalField(label="Right number")
    tolerance = forms.DecimalField(
        required=False,
        min_value=0,
        help_text="How far off an answer may be. Leave it empty if only the exact number is right.",
    )
    unit = forms.CharField(
        required=False, max_length=40, help_text="Shown beside the field; learners do not type it."
    )

    def fields_of(self, body: Numeric) -> dict[str, Any]:
        return {"answer": body.answer, "tolerance": body.tolerance, "unit": body.unit}

    def body_of(self, data: Mapping[str, Any]) -> dict[str, Any]:
        tolerance = data["tolerance"] or 0
        return {"answer": data["answer"], "tolerance": tolerance, "unit": data["unit"]}


class ShortForm(BodyForm):
    format = QuestionFormat.SHORT
    accepted = WrittenField(
        label="Accepted answers",
        help_text="One a line, the best first. Capitals and a final full stop make no difference.",
    )
    rubric = WrittenField(
        required=False, help_text="What else the person who grades the answers may count as right."
    )

    def fields_of(self, body: ShortAnswer) -> dict[str, Any]:
        return {"accepted": "\n".join(body.accepted), "rubric": body.rubric}

    def body_of(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"accepted": _lines(data["accepted"]), "rubric": data["rubric"]}


class MatchingForm(BodyForm):
    format = QuestionFormat.MATCHING
    pairs = RowsField(
        {"left": "Entry", "right": "What belongs to it"},
        help_text="Learners see the right side in another order.",
    )
    extra = WrittenField(
        required=False,
        label="Entries that belong to none",
        help_text="One a line; they make guessing harder.",
    )

    def fields_of(self, body: Matching) -> dict[str, Any]:
        pairs = zip(body.left, body.pairs, strict=True)
        more = [text for n, text in enumerate(body.right) if n not in body.pairs]
        return {
            "pairs": [(left, body.right[index]) for left, index in pairs],
            "extra": "\n".join(more),
        }

    def body_of(self, data: Mapping[str, Any]) -> dict[str, Any]:
        pairs = [(left.strip(), right.strip()) for left, right in data["pairs"]]
        if len(pairs) < 2 or not all(map(all, pairs)):  # noqa: PLR2004 - two at least
            raise ValidationError("Give at least two pairs, and fill both sides of each.")
        wanted = dict.fromkeys([*(right for _, right in pairs), *_lines(data["extra"])])
        old_order = self.old_body.right if isinstance(self.old_body, Matching) else ()
        right = shuffled(list(wanted), old_order)
        return {
            "left": [left for left, _ in pairs],
            "right": right,
            "pairs": [right.index(one) for _, one in pairs],
        }


class OrderingForm(BodyForm):
    format = QuestionFormat.ORDERING
    items = WrittenField(
        rows=6,
        help_text="One a line, from first to last. Learners see them in another order.",
    )

    def fields_of(self, body: Ordering) -> dict[str, Any]:
        return {"items": "\n".join(body.items[index] for index in body.order)}

    def body_of(self, data: Mapping[str, Any]) -> dict[str, Any]:
        lines = _lines(data["items"])
        if len(lines) < 2:  # noqa: PLR2004 - two at least
            raise ValidationError("Give at least two items, one a line.")
        old_order = self.old_body.items if isinstance(self.old_body, Ordering) else ()
        items = shuffled(lines, old_order)
        return {"items": items, "order": [items.index(line) for line in lines]}


class FillInForm(BodyForm):
    format = QuestionFormat.FILL_IN
    text = WrittenField(
        label="Sentence with blanks",
        help_text="Write each blank as [right*|wrong|wrong], with an asterisk after the right one: "
        "Warm water dissolves [more*|less] salt.",
    )

    def fields_of(self, body: FillIn) -> dict[str, Any]:
        blanks = [
            "|".join(f"{text}*" if n == right else text for n, text in enumerate(options))
            for options, right in zip(body.options, body.correct, strict=True)
        ]
        pieces = [f"[{blanks[one - 1]}]" if isinstance(one, int) else one for one in body.pieces]
        return {"text": "".join(pieces)}

    def body_of(self, data: Mapping[str, Any]) -> dict[str, Any]:
        blanks = [[one.strip() for one in part.split("|")] for part in BLANK.findall(data["text"])]
        if not blanks:
            raise ValidationError("Write at least one blank, such as [more*|less].")
        right = [[n for n, one in enumerate(part) if one.endswith("*")] for part in blanks]
        if any(len(one) != 1 for one in right):
            raise ValidationError("Mark one choice of each blank with an asterisk: [more*|less].")
        numbers = iter(range(1, len(blanks) + 1))
        return {
            "text": BLANK.sub(lambda _match: f"{{{next(numbers)}}}", data["text"]),
            "options": [[one.removesuffix("*").strip() for one in part] for part in blanks],
            "correct": [one[0] for one in right],
        }


FORMS: dict[str, type[QuestionForm]] = {
    QuestionFormat.SINGLE.value: SingleChoiceForm,
    **{
        form.format.value: form
        for form in (
            MultipleForm,
            TrueFalseForm,
            NumericForm,
            ShortForm,
            MatchingForm,
            OrderingForm,
            FillInForm,
        )
    },
}


def edited_values(form: QuestionForm) -> dict[str, Any]:
    """Returns the arguments for `edit_question`. The form must be valid."""
    data = form.cleaned_data
    is_single = isinstance(form, SingleChoiceForm)
    return {
        **{name: data[name] for name in ("stem", "explanation", "difficulty", "bloom")},
        "choices": data["choices"] if is_single else (),
        "body": None if is_single else data["body"],
        "regrade": data.get("regrade") or None,
    }
