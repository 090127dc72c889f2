"""How well a passage carries a statement, from 0 to 1, with no model to ask.

Half of it is words: the share of the statement's content words, the rare ones counting more,
that the source has too. The other half is meaning: how near the statement's embedding is to
the nearest sentence of the source. A number that the source does not have halves the score.
A negation that was slipped in or left out is not seen by either.

A translated statement shares few words with its source. There the score says only whether
its numbers and the names in another script are in the source; 1 where it has none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from courses.language.sentences import split_sentences
from courses.language.words import base_language, content_lemmas, tokens, zipf
from profai.ai.embeddings import embedder

WORDS, MEANING = 0.5, 0.5
UNRELATED = 0.2
RAREST = 8.0
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LATIN_NAME = re.compile(r"\b[A-Z][A-Za-z]{2,}\b")


class Source:
    """What was handed in under one or several citations, read once and asked often."""

    def __init__(self, texts: Sequence[str], language: str) -> None:
        self.language = language
        joined = "\n\n".join(texts)
        self.sentences = [s for text in texts for s in split_sentences(text, language)]
        self._lemmas = frozenset(content_lemmas(joined, language))
        self._words = frozenset(word.casefold() for word in tokens(joined))
        self._numbers = frozenset(map(_plain, _NUMBER.findall(joined)))
        self._vectors = embedder().embed(self.sentences)

    def support(self, statement: str, language: str) -> float:
        """`language` is the statement's."""
        if not self.sentences:
            return 0.0
        if base_language(language) != base_language(self.language):
            return self._support_of_translation(statement)
        score = WORDS * self._shared_words(statement) + MEANING * self._nearness(statement)
        return round(score * (1.0 if self._has_numbers(statement) else 0.5), 3)

    def best_sentence(self, statement: str) -> str:
        """The sentence of the source that is nearest to a statement."""
        if not self.sentences:
            return ""
        return self.sentences[int((self._vectors @ embedder().embed([statement])[0]).argmax())]

    def _shared_words(self, statement: str) -> float:
        weights = {
            word: RAREST - min(zipf(word, self.language), RAREST - 1)
            for word in content_lemmas(statement, self.language)
        }
        if not weights:
            return 1.0
        known = (word in self._lemmas or word in self._words for word in weights)
        shared = sum(w for w, is_known in zip(weights.values(), known, strict=True) if is_known)
        return float(shared / sum(weights.values()))

    def _nearness(self, statement: str) -> float:
        nearest = float((self._vectors @ embedder().embed([statement])[0]).max())
        return min(max((nearest - UNRELATED) / (1 - UNRELATED), 0.0), 1.0)

    def _has_numbers(self, statement: str) -> bool:
        return all(_plain(number) in self._numbers for number in _NUMBER.findall(statement))

    def _support_of_translation(self, statement: str) -> float:
        found = [_plain(number) in self._numbers for number in _NUMBER.findall(statement)]
        if _is_other_script(statement):
            found += [name.casefold() in self._words for name in _LATIN_NAME.findall(statement)]
        return round(sum(found) / len(found), 3) if found else 1.0


def _is_other_script(statement: str) -> bool:
    """Whether Latin letters are the exception, so that a Latin name was taken from the source."""
    letters = [char for char in statement if char.isalpha()]
    return sum(char.isascii() for char in letters) * 2 < len(letters)


def _plain(number: str) -> str:
    """ "1,000", "1.000" and "1000" are one number to us; so are "2.5" and "2,5"."""
    return number.replace(",", "").replace(".", "")
