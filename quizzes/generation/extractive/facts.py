"""What is read from a sentence: the fact it states and the words that can be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """The look of a term; the choices of one question share it."""

    CODE = "code"
    ACRONYM = "acronym"
    NAME = "name"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Term:
    """A noun phrase without its article.

    `key` is its lemmas, the same for singular and plural. `article` is what stood before it
    where it was read, "" for nothing. `head` is the lemma of its last noun. `sort` says what
    a name names, where the text says so: "function" in "the function seq()". `general`: it
    opens with an adjective of everyday use.
    """

    text: str
    key: str
    head: str
    shape: Shape
    plural: bool
    article: str
    words: int
    sort: str = ""
    general: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """A term in a sentence that may be asked for; `start` and `end` count in `clean`."""

    term: Term
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence cut into what it speaks of and what it says of that.

    `subject` keeps its article and has no capital of the sentence's start; `predicate` starts
    with the verb and has no full stop. `acts`: the verb says what the subject does. `genus`
    is the lemma of Y in "X is a Y that ..." and empty in other sentences; `definition` is
    then "a Y that ...".
    """

    subject: str
    term: Term
    predicate: str
    plural: bool
    acts: bool
    genus: str = ""
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that stands alone. `quote` is verbatim, `clean` as a question has it."""

    quote: str
    clean: str
    fact: Fact | None
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """All of a passage: every sentence's lemmas for evidence, and what may be asked about."""

    lemmas: tuple[frozenset[str], ...]
    statements: tuple[Statement, ...]
    terms: tuple[Term, ...]
