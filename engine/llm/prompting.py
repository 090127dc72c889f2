"""How an engine asks a language model, and how many tokens a text takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from engine.llm.providers import Task

if TYPE_CHECKING:
    from pydantic import BaseModel


T = TypeVar("T", bound="BaseModel")


@dataclass(frozen=True, slots=True)
class Prompt:
    """`is_form_fixed`: all calls of the kind have the same form. Where the form is told, it then
    stands with the system's words, before what changes, so that providers can cache both."""

    system: str
    user: str
    is_form_fixed: bool = False


# Takes a parsed answer and says in words for the model what is wrong with it.
Check = Callable[[T], Sequence[str]]


class Repeats:
    """How many answers of a piece of work may still be asked for once more, over all its calls."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self) -> bool:
        self._left -= 1
        return self._left >= 0


class Asks(Protocol):
    """A language model that answers by a schema."""

    def model_name(self, task: Task) -> str: ...

    def keeps_schema(self, task: Task) -> bool:
        """Whether the provider makes each answer fit its schema, enums included."""
        ...

    def weaker_mode(self, task: Task) -> str:
        """Returns a sentence for staff if answers come in a weaker mode than the first; or ""."""
        ...

    async def ask(
        self,
        task: Task,
        prompt: Prompt,
        schema: type[T],
        check: Check[T] | None = None,
        repeats: Repeats | None = None,
    ) -> T:
        """Returns the answer. Raises AIError; AnswerError if no answer was usable.

        `repeats` bounds how often answers are asked for again, together with other calls.
        """
        ...


CHARACTERS_A_TOKEN = 4
# Indic and other scripts beyond Latin take about a token for every character and a half.
OTHER_CHARACTERS_A_TOKEN = 1.5
LAST_LATIN = 0x24F


def estimate_tokens(text: str) -> int:
    """Estimates the tokens of a text; in English prose at most a quarter off, usually above."""
    other = sum(ord(char) > LAST_LATIN for char in text)
    return round((len(text) - other) / CHARACTERS_A_TOKEN + other / OTHER_CHARACTERS_A_TOKEN) + 1
