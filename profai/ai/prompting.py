"""How a generation engine speaks to a language model, whoever provides it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from profai.ai.providers import Task

if TYPE_CHECKING:
    from pydantic import BaseModel

T = TypeVar("T", bound="BaseModel")


@dataclass(frozen=True, slots=True)
class Prompt:
    system: str
    user: str


# Takes a parsed answer and says in words for the model what is wrong with it.
Check = Callable[[T], Sequence[str]]


class Asks(Protocol):
    """A language model that answers in the form of a schema."""

    def model_name(self, task: Task) -> str: ...

    async def ask(
        self, task: Task, prompt: Prompt, schema: type[T], check: Check[T] | None = None
    ) -> T:
        """Raises AIError; AnswerError where no usable answer came, however often asked."""
        ...
