"""What a question about a table asks, in words that read like those of a teacher.

In English the header of the first column becomes part of the question ("Which of these glands has
...?"). Without a noun that can be counted there, the title of the table says what it is about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.language.words import base_language, content_lemmas, lemma, word_set, zipf
from engine.questions.extractive.wording import Wording

_LINK = re.compile(r" (?:of|in|for|that|which|with|to|from|on|at|by) ")
_UNIT = re.compile(r" \([^()]*\)")
_MEASURED = re.compile(r"\([^()]*\)|%|\bper\b")
# A column called so says nothing of what its rows are.
_NO_NOUN = word_set(
    """
name type category kind example class term area entity group item word title label number no
subject person people thing variable concept description
"""
)
_SORT = re.compile(
    r"(?:\w+ )?(?:kind|type|class|category|group|grade|level|stage|sort|phase)(?: of|$)"
)
_LENGTHS = word_set("time duration period length distance lifespan life wavelength radius delay")
_SIZES = word_set("size area volume mass population amount diameter footprint capacity")
# What a number in a cell can be; it is high or low, and "the lowest science" is none.
_MEASURES = word_set(
    """
rate share percentage percent proportion fraction price cost value density temperature point speed
velocity height depth weight pressure number count score income concentration frequency energy
power force voltage current resistance hardness yield age level ratio quota salinity content
altitude elevation intensity index degree salary wage tax interest return profit revenue average
mean demand supply consumption production capacity efficiency risk dose acidity humidity rainfall
strength wavelength viscosity conductivity mortality
"""
)
# They say of a title only that it is one.
_OF_TITLES = word_set(
    "common main basic important various different overview summary list kind type"
)
_OF_ANYTHING = 4.3
_IN_USE = 1.5  # of the scale of word frequencies
_VOWELS = "aeiou"


@dataclass(frozen=True, slots=True)
class Stems:
    """`first` and `column` are headers as they stand inside a sentence, `subject` is the title."""

    subject: str
    first: str
    column: str
    language: str
    words: Wording

    def extreme(self, *, highest: bool) -> str:
        """Returns what asks for the row of the highest or lowest value, "" for no such value."""
        if not self._english:
            pattern = self.words.most if highest else self.words.least
            return pattern.format(subject=self.subject, column=self.column)
        head = head_of(self.column)
        if head in _LENGTHS:
            pair = ("longest", "shortest")
        elif head in _SIZES:
            pair = ("largest", "smallest")
        elif is_plural_noun(head) and head not in _MEASURES:
            pair = ("most", "fewest")
        elif head in _MEASURES or _MEASURED.search(self.column):
            pair = ("highest", "lowest")
        else:
            return ""
        return self._which(f"has the {pair[not highest]} {self.column}?")

    def row_with(self, cell: str, *, several: bool = False) -> str:
        if not self._english:
            return self.words.row_with.format(subject=self.subject, column=self.column, cell=cell)
        verb, cell = "have" if several else "has", cell.strip('"\u201c\u201d')
        return self._which(f"{verb} the {self.column} \u201c{cell}\u201d?")

    def described(self, cell: str) -> str:
        """Returns what asks for a row by its description."""
        cell = cell.strip('"\u201c\u201d')
        if self._english and self._things:
            return self._which(f"fits this description: \u201c{cell}\u201d?")
        return self.words.name_for.format(definition=cell)

    def members(self) -> str:
        """Returns what asks for the members of a list that a plural heads."""
        return self._after_title(f"Which of these are {self.column}?")

    def cell_of(self, row: str) -> str:
        if not self._english:
            return self.words.cell.format(subject=self.subject, column=self.column, row=row)
        verb = "are" if is_plural(self.column) else "is"
        asked = f"what {verb} the {self.column} of"
        if self._things and not _LINK.search(self.first):
            return self._after_title(f"W{asked[1:]} the {self.first} \u201c{row}\u201d?")
        return f"{self.subject}: {asked} \u201c{row}\u201d?"

    def match_rows(self) -> str:
        if self._english and self._things:
            return self._after_title(f"Match each {self.first} with its {self.column}.")
        return self.words.match_rows.format(
            subject=self.subject, column=self.column, first=self.first
        )

    def in_range(self, value: str) -> str:
        first = _UNIT.sub("", self.first)
        if not self._english:
            return self.words.in_range.format(
                subject=self.subject, column=self.column, first=first, value=value
            )
        sort = _SORT.match(self.column)
        asked = f"what {self.column} is it" if sort else f"what is the {self.column}"
        stem = f"f the {first} is {value}, {asked}?"
        told = set(content_lemmas(self.subject, "en")) & set(content_lemmas(stem, "en"))
        return f"I{stem}" if told else f"{self.subject}: i{stem}"

    @property
    def _english(self) -> bool:
        return base_language(self.language) == "en"

    @property
    def _things(self) -> str:
        return plural_of(self.first)

    def _which(self, asked: str) -> str:
        things = self._things
        if not things:
            return f"{self.subject}: which of these {asked}"
        return self._after_title(f"Which of these {things} {asked}")

    def _after_title(self, question: str) -> str:
        """Returns the question behind the title, without it if its noun is of one subject only.

        "Which of these glands" is clear; "which of these sources" may be of anything. A title
        whose words the question has says the same twice.
        """
        title, asked = (set(content_lemmas(one.lower(), "en")) for one in (self.subject, question))
        if zipf(head_of(self.first), "en") < _OF_ANYTHING or title - _OF_TITLES <= asked:
            return question
        return f"{self.subject}: {question[:1].lower()}{question[1:]}"


def head_of(phrase: str) -> str:
    """Returns the noun that a header is about: "share" of "share of all water"."""
    words = re.findall(r"[a-z]+", _LINK.split(f"{_UNIT.sub('', phrase)} ")[0].lower())
    return words[-1] if words else ""


def is_plural(header: str) -> bool:
    return is_plural_noun(head_of(header))


def is_plural_noun(noun: str) -> bool:
    return noun.endswith("s") and lemma(noun, "en") != noun


def plural_of(header: str) -> str:
    """Returns the things that a header names, "" if it names none that can be counted."""
    plain = re.sub(r"^(?:the|an?) ", "", _UNIT.sub("", header).strip(), flags=re.IGNORECASE)
    link = _LINK.search(plain)
    start, rest = (plain[: link.start()], plain[link.start() :]) if link else (plain, "")
    head = head_of(plain)
    named = not link or head not in ("kind", "type", "class", "category", "group")
    if not head or not start.lower().endswith(head) or (head in _NO_NOUN and named):
        return ""
    several = head if is_plural(head) else _plural(head)
    if zipf(several, "en") < _IN_USE or re.search(r"\bor\b|/", plain):
        return ""
    return f"{start[: len(start) - len(head)]}{several}{rest}"


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in _VOWELS:
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"
