"""The result type of the term finders of all languages."""

from __future__ import annotations

from dataclasses import dataclass

MAX_WORDS = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """One use of a phrase: as it is written, and its words without hyphens or spaces."""

    text: str
    words: tuple[str, ...]
