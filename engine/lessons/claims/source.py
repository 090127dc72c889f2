"""The passages that a lesson rests on, and one of its sentences beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from engine.language.opposites import negations
from engine.language.words import normalise, word_set, zipf
from engine.lessons.claims.reading import Clause, Sentence, alike, stem
from engine.lessons.schemas import Verdict

_RAREST = 8.0
_MARK, _DENSITY = 0.05, 0.3
_NEAREST = 4
_MAX_SHOWN = 120
_LIMITING = word_set("if unless except only wrong false falsch wenn außer nur अगर यदि")


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason to doubt a sentence (0 to 1), or with no doubt to hold it for derived.

    `reason` is a sentence for staff, `rule` the name of the check.
    """

    rule: str
    verdict: Verdict
    doubt: float
    reason: str


def contradiction(rule: str, doubt: float, reason: str) -> Finding:
    return Finding(rule, Verdict.CONTRADICTED, doubt, reason)


def missing(rule: str, doubt: float, reason: str) -> Finding:
    return Finding(rule, Verdict.NOT_IN_SOURCE, doubt, reason)


class Source:
    """The sentences of passages in reading order. Shares are of words' weights: rare ones more."""

    def __init__(self, sentences: Sequence[Sentence], language: str) -> None:
        self.sentences = tuple(sentences)
        self.language = language
        keys = frozenset(key for sentence in sentences for key in sentence.keys)
        self._words = keys | {word for sentence in sentences for word in sentence.lowered}
        self._stems = frozenset(map(stem, keys))
        self._texts = [normalise(sentence.text) for sentence in sentences]

    @cached_property
    def clauses(self) -> list[tuple[Sentence, Clause]]:
        return [(sentence, clause) for sentence in self.sentences for clause in sentence.clauses]

    def quotes(self, claim: Sentence) -> bool:
        """Whether a sentence of the source has these very words.

        So has a part of one, unless its rest denies or limits it: "The bees leave the hive" is
        not stated by "They say that the bees leave the hive, but not in winter".
        """
        words = normalise(claim.text)
        turning = negations(self.language) | _LIMITING
        for text in self._texts:
            before, found, after = f" {text} ".partition(f" {words} ")
            if words and found and not turning & {*before.split(), *after.split()}:
                return True
        return False

    def has(self, key: str) -> bool:
        return key in self._words or stem(key) in self._stems

    def share(self, keys: Iterable[str], others: Iterable[str]) -> float:
        """Returns the share of some words that are among others too; 0 for no words."""
        stems = stems_of(frozenset(others))
        whole = shared = 0.0
        for key in keys:
            weight = _weight(key, self.language)
            whole += weight
            if stem(key) in stems:
                shared += weight
        return shared / whole if whole else 0.0

    def nearest(self, claim: Sentence) -> tuple[Sentence, ...]:
        """Returns the sentences that share most with a claim; numbers and dates count too."""
        marks = _marks(claim)
        scored = []
        for number, sentence in enumerate(self.sentences):
            score = self.share(claim.keys, sentence.keys) + _MARK * len(marks & _marks(sentence))
            density = self.share(sentence.keys, claim.keys)
            scored.append((score + _DENSITY * density, -number, sentence))
        scored.sort(key=lambda one: one[:2], reverse=True)
        return tuple(sentence for _, _, sentence in scored[:_NEAREST])


@lru_cache(maxsize=4096)
def stems_of(keys: frozenset[str]) -> frozenset[str]:
    return frozenset(map(stem, keys))


@lru_cache(maxsize=50_000)
def _weight(key: str, language: str) -> float:
    return _RAREST - min(zipf(key, language), _RAREST - 1)


def _marks(sentence: Sentence) -> frozenset[object]:
    return frozenset(
        [one.amount for one in sentence.quantities]
        + [(one.month, one.day or one.year) for one in sentence.dates]
    )


@dataclass(frozen=True)
class Comparison:
    """A sentence of a lesson beside its source. `nearest` has at least one sentence.

    `other_rows` are the rows of a table that the sentence does not speak of, where it speaks of
    one; `told` the values that the lesson itself introduced in an example before.
    """

    claim: Sentence
    source: Source
    nearest: tuple[Sentence, ...]
    other_rows: tuple[Sentence, ...] = ()
    told: frozenset[float] = frozenset()

    def share_of_claim(self, sentence: Sentence) -> float:
        return self.source.share(self.claim.keys, sentence.keys)


def has_alike(key: str, keys: Iterable[str]) -> bool:
    return any(alike(key, other) for other in keys)


def any_alike(keys: Iterable[str], others: Iterable[str]) -> bool:
    known = list(others)
    return any(has_alike(key, known) for key in keys)


def shown(text: str) -> str:
    """Returns a sentence between quotation marks, cut if it is long."""
    if len(text) > _MAX_SHOWN:
        text = f"{text[: _MAX_SHOWN - 1].rsplit(' ', 1)[0]}\u2026"
    return f"\u201c{text}\u201d"
