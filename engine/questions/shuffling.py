"""Other orders of what a question shows: its choices, right entries, items or options.

An order lists, by place as shown, the numbers of the entries as they are kept; for blanks it is a
list of such lists. None: nothing is moved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from engine.questions.formats import (
    Body,
    FillIn,
    Matching,
    MultipleAnswers,
    Ordering,
    SingleChoice,
)

Order = list[int] | list[list[int]]
# Choices that speak of the places of others, such as "all of the above" or "A and C".
_NAMES_PLACES = re.compile(
    r"\b(above|below|all of these|none of these|both of these|[A-J] (and|or|&) [A-J])\b",
    re.IGNORECASE,
)


def draw_order(body: Body, random: Random) -> Order | None:
    """Returns another order for a body; None where its entries must keep theirs or it has none."""
    match body:
        case SingleChoice() | MultipleAnswers():
            fixed = any(_NAMES_PLACES.search(choice) for choice in body.choices)
            return None if fixed else _drawn(len(body.choices), random)
        case Matching():
            return _drawn(len(body.right), random)
        case Ordering():
            order = _drawn(len(body.items), random)
            if order == list(body.order):
                # Shown in the right order it would ask nothing.
                order.reverse()
            return order
        case FillIn():
            return [_drawn(len(options), random) for options in body.options]
        case _:
            return None


def shuffled(body: Body, order: Any) -> Body:
    """Returns the body as it is shown, with its right answer by the places that are shown."""
    if order is None:
        return body
    match body:
        case SingleChoice() | MultipleAnswers():
            changed: dict[str, Any] = {"choices": _moved(body.choices, order)}
            if len(body.feedback) == len(body.choices):
                changed["feedback"] = _moved(body.feedback, order)
            if isinstance(body, SingleChoice):
                changed["correct"] = order.index(body.correct)
            else:
                changed["correct"] = tuple(sorted(order.index(one) for one in body.correct))
        case Matching():
            pairs = tuple(order.index(one) for one in body.pairs)
            changed = {"right": _moved(body.right, order), "pairs": pairs}
        case Ordering():
            places = tuple(order.index(one) for one in body.order)
            changed = {"items": _moved(body.items, order), "order": places}
        case FillIn():
            blanks = list(zip(body.options, body.correct, order, strict=True))
            changed = {
                "options": tuple(_moved(options, moved) for options, _, moved in blanks),
                "correct": tuple(moved.index(right) for _, right, moved in blanks),
            }
        case _:
            return body
    return body.model_copy(update=changed)


def as_kept(response: Any, order: Any) -> Any:
    """Returns a response to what was shown, by the numbers of the entries as they are kept."""
    return _renumbered(response, order, lambda moved, number: moved[number])


def as_shown(response: Any, order: Any) -> Any:
    """Returns a response that is kept, by the places that are shown."""
    return _renumbered(response, order, lambda moved, number: moved.index(number))


def _drawn(count: int, random: Random) -> list[int]:
    return random.sample(range(count), count)


def _moved(entries: Sequence[str], order: Sequence[int]) -> tuple[str, ...]:
    return tuple(entries[number] for number in order)


def _renumbered(response: Any, order: Any, number_of: Callable[[list[int], int], int]) -> Any:
    if order is None or response is None:
        return response
    if isinstance(response, int):
        return number_of(order, response)
    orders = order if order and isinstance(order[0], list) else [order] * len(response)
    return [
        None if one is None else number_of(moved, one)
        for one, moved in zip(response, orders, strict=True)
    ]
