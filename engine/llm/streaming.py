"""Hands on what a model writes while it still writes it.

Only the transport sees an answer come. It reads the whole stream, so that everything behind it
(refusals, retries, schemas, costs) is the same as for an answer that comes at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# The counts come with the last piece only if they are asked for.
STREAMED = {"stream": True, "stream_options": {"include_usage": True}}


class Draft:
    """The answer to the call under way, as far as it has come.

    `heard` is called in the thread of the calls, with the whole text so far; the next try of a
    call begins again with its first words.
    """

    def __init__(self, heard: Callable[[str], object]) -> None:
        self._heard = heard
        self.text = ""
        # The provider has begun to answer: the call is paid for even if nobody waits for its end.
        self.has_begun = False

    def begin(self) -> None:
        self.text, self.has_begun = "", True

    def add(self, more: str) -> None:
        self.text += more
        self._heard(self.text)


_draft: ContextVar[Draft | None] = ContextVar("draft", default=None)


@contextmanager
def streamed(draft: Draft) -> Iterator[None]:
    """Streams the calls made in this context and its tasks into `draft`."""
    token = _draft.set(draft)
    try:
        yield
    finally:
        _draft.reset(token)


def current_draft() -> Draft | None:
    return _draft.get()
