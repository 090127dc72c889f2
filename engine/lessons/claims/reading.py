"""Sentences of a source and of a lesson, taken apart for comparison.

English is parsed by spaCy. Of other languages the words and their dictionary forms are known,
which is enough for numbers, names, negations and quantifiers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import repeat

from engine.language.quantities import Date, Quantity, dates, quantities, spelt_units
from engine.language.sentences import split_sentences
from engine.language.spacy_english import english, in_parts
from engine.language.words import base_language, is_content, is_known, lemma, word_set

SUBJECTS = ("nsubj", "nsubjpass")
_CLAUSAL = frozenset({"ROOT", "advcl", "relcl", "ccomp", "parataxis", "acl", "pcomp", "xcomp"})
_FUNCTION_WORDS = word_set("AUX PRON DET ADP CCONJ SCONJ PART PUNCT SYM NUM")
_CONTENT_WORDS = frozenset({"NOUN", "PROPN", "ADJ", "VERB"})
_MAX_LETTERS = 4_000
_MAX_STEPS = 200


@dataclass(frozen=True, slots=True)
class Word:
    """`key` is the dictionary form, adverbs without -ly; `head` the position it depends on.

    Tags and links are spaCy's, and empty in other languages than English.
    """

    position: int
    text: str
    key: str
    pos: str
    tag: str
    dep: str
    head: int
    content: bool

    @property
    def low(self) -> str:
        return self.text.casefold()


@dataclass(frozen=True, slots=True)
class Clause:
    """A verb with the words that hang on it and on no other verb; not parsed: all words."""

    verb: Word | None
    words: tuple[Word, ...]
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its name, and its other cells with their headings."""

    name: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Sentence:
    """Two are the same only if they are one object: they are keys of caches."""

    text: str
    language: str
    words: tuple[Word, ...]
    quantities: tuple[Quantity, ...]
    dates: tuple[Date, ...]
    units: tuple[tuple[str, str, float], ...]
    row: Row | None = None

    @cached_property
    def keys(self) -> frozenset[str]:
        return frozenset(word.key for word in self.words if word.content)

    @cached_property
    def lowered(self) -> frozenset[str]:
        return frozenset(word.low for word in self.words)

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        return tuple(_clauses(self.words))

    def children(self, position: int, links: Collection[str] = ()) -> list[Word]:
        """Returns the words that depend on a word, by some links only if these are named."""
        return [
            word
            for word in self.words
            if word.head == position != word.position and (not links or word.dep in links)
        ]

    def below(self, *positions: int, without: Collection[str] = ()) -> frozenset[int]:
        """Returns these positions and all that depends on them, but not by links in `without`."""
        inside = set(positions)
        waiting = list(positions)
        while waiting:
            for word in self.children(waiting.pop()):
                if word.position not in inside and word.dep not in without:
                    inside.add(word.position)
                    waiting.append(word.position)
        return frozenset(inside)

    def keys_at(self, positions: Collection[int]) -> frozenset[str]:
        """Returns the keys of the content words at these positions."""
        return frozenset(self.words[n].key for n in positions if self.words[n].content)


def read_sentences(
    texts: Sequence[str], language: str, rows: Sequence[Row | None] = ()
) -> list[Sentence]:
    """Returns each text taken apart as one sentence; some 5 ms a sentence in English."""
    is_english = base_language(language) == "en"
    parsed = _parsed(texts) if is_english else (_unparsed(text, language) for text in texts)
    return [
        Sentence(
            text=text,
            language=language,
            words=words,
            quantities=tuple(quantities(text, language)),
            dates=tuple(dates(text, language)),
            units=tuple(spelt_units(text)),
            row=row,
        )
        for text, words, row in zip(texts, parsed, rows or repeat(None), strict=False)
    ]


def read_passages(texts: Sequence[str], language: str) -> list[Sentence]:
    """Returns the sentences of a source; a table gives one for each row, with its headings."""
    found = [one for text in texts for one in _pieces(text, language)]
    return read_sentences([text for text, _ in found], language, [row for _, row in found])


def table_rows(markdown: str) -> list[str]:
    """Returns each row of the tables of a text as a line that names its headings."""
    return [text for text, row in _pieces(markdown, "") if row is not None]


_TABLE_ROW = re.compile(r"^\s*\|.*\|\s*$")
_TABLE_RULE = re.compile(r"^\s*\|(?:\s*:?-+:?\s*\|)+\s*$")
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_ITEM = re.compile(r"^\s*(?:[-*+\u2022]|\(?\d{1,2}[.)])\s+")
_DANDA = re.compile(r"(?<=[\u0964\u0965])\s*")
_UNIT_OF_HEADING = re.compile(r"[(\[]\s*(?:in\s+)?([^\s)\],]+)")
_BARE_NUMBER = re.compile(r"[-+\u2212]?\d[\d .,]*")


def _pieces(text: str, language: str) -> Iterator[tuple[str, Row | None]]:
    prose: list[str] = []
    table: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        if _TABLE_RULE.match(line) or _FENCE.match(line):
            continue
        if _TABLE_ROW.match(line):
            yield from _prose(prose, language)
            prose = []
            table.append([cell.strip() for cell in line.strip().strip("|").split("|")])
            continue
        for row in table[1:]:
            cells = tuple(zip(table[0][1:], row[1:], strict=False))
            said = []
            for name, cell in cells:
                # A bare number gets the unit that its heading names: "Mass (in g)".
                unit = _UNIT_OF_HEADING.search(name)
                bare = unit and _BARE_NUMBER.fullmatch(cell)
                said.append(f"{name}: {cell} {unit[1]}" if unit and bare else f"{name}: {cell}")
            shown = "; ".join(said)
            yield f"{table[0][0]} {row[0]}: {shown}.", Row(row[0], cells)
        table = []
        prose.append(line)
    yield from _prose(prose, language)


def _prose(lines: Sequence[str], language: str) -> Iterator[tuple[str, None]]:
    for sentence in split_sentences("\n".join(lines), language):
        for part in _DANDA.split(sentence):
            plain = " ".join(_ITEM.sub("", part).split())
            if plain:
                yield plain, None


def _parsed(texts: Sequence[str]) -> Iterator[tuple[Word, ...]]:
    for part in in_parts(list(texts)):
        with english() as nlp:
            short = (text[:_MAX_LETTERS] for text in part)
            found = [
                [(t.text, t.pos_, t.tag_, t.dep_, t.head.i) for t in doc]
                for doc in nlp.pipe(short, disable=["lemmatizer"])
            ]
        for tokens in found:
            yield tuple(
                Word(n, text, key_of(text, "en"), pos, tag, dep, head, _is_content(text, pos))
                for n, (text, pos, tag, dep, head) in enumerate(tokens)
            )


def _is_content(text: str, pos: str) -> bool:
    if pos in _FUNCTION_WORDS:
        return False
    return text[:1].isalpha() if pos in _CONTENT_WORDS else is_content(text, "en")


# With the vowel signs of Indian scripts, which are no letters to `re`.
_ANY_WORD = re.compile(r"[^\s.,;:!?\u0964()\"'\u00bb\u00ab|\u201c\u201d\u201e\u2026]+")


def _unparsed(text: str, language: str) -> tuple[Word, ...]:
    return tuple(
        Word(n, word, key_of(word, language), "", "", "", n, is_content(word, language))
        for n, word in enumerate(_ANY_WORD.findall(text))
    )


def _clauses(words: Sequence[Word]) -> Iterator[Clause]:
    if words and not words[0].dep:
        yield Clause(None, tuple(words), frozenset(w.key for w in words if w.content))
        return
    heads = {
        word.position
        for word in words
        if word.dep in _CLAUSAL or (word.dep == "conj" and word.pos in ("VERB", "AUX"))
    }
    groups: dict[int, list[Word]] = {}
    for word in words:
        position, steps = word.position, 0
        while position not in heads and steps < _MAX_STEPS:
            position, steps = words[position].head, steps + 1
        groups.setdefault(position, []).append(word)
    for head in sorted(groups):
        group = tuple(groups[head])
        yield Clause(words[head], group, frozenset(w.key for w in group if w.content))


@lru_cache(maxsize=50_000)
def key_of(word: str, language: str) -> str:
    is_english = base_language(language) == "en"
    key = lemma(word.casefold() if is_english else word, language)
    if is_english and key.endswith("ly") and is_known(key[:-2], language):
        key = lemma(key[:-2], language)
    return key


_ENDINGS = (
    *("ization", "isation", "ation", "ition", "ssion", "ment", "ness", "ance", "ence", "ity"),
    *("ing", "ion", "al", "ly", "er", "or", "ed", "y", "s"),
)
_MIN_STEM, _MAX_STEM, _MAX_EXTRA = 4, 6, 6


def alike(one: str, other: str) -> bool:
    """Whether two keys are forms of one word: "soluble" and "solubility"."""
    if one == other:
        return True
    if min(len(one), len(other)) < _MIN_STEM or abs(len(one) - len(other)) > _MAX_EXTRA:
        return False
    return stem(one) == stem(other)


@lru_cache(maxsize=50_000)
def stem(key: str) -> str:
    """Returns the beginning that forms of one word share."""
    for ending in _ENDINGS:
        if key.endswith(ending) and len(key) - len(ending) >= _MIN_STEM:
            key = key[: -len(ending)]
            break
    return key[:_MAX_STEM] if len(key) > _MAX_STEM else key.rstrip("e")
