"""Scores how well passages support a statement, from 0 to 1, without a language model.

Half of the score is words: the share of the statement's content words that the source has too;
rare words count more. The other half is meaning: the similarity of the statement's embedding to
that of the nearest sentence of the source. A number that the source does not have halves the
score. Neither half notices an added or missing negation.

A translated statement shares few words with its source. Its score is the share of its numbers,
and of its Latin names in another script, that the source has; 1 if it has none of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.language.sentences import split_sentences
from engine.language.words import base_language, content_lemmas, tokens, zipf
from engine.search.embeddings import embedder

WORDS, MEANING = 0.5, 0.5
UNRELATED = 0.2
RAREST = 8.0
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LATIN_NAME = re.compile(r"\b[A-Z][A-Za-z]{2,}\b")


class Source:
    """The passages of one or several citations, analysed once for many statements."""

    def __init__(self, texts: Sequence[str], language: str) -> None:
        self.language = language
        joined = "\n\n".join(texts)
        self.sentences = [s for text in texts for s in split_sentences(text, language)]
        self._lemmas = frozenset(content_lemmas(joined, language))
        self._words = frozenset(word.casefold() for word in tokens(joined))
        self._numbers = frozenset(map(_plain, _NUMBER.findall(joined)))
        self._vectors = embedder().embed(self.sentences)

    def support(self, statement: str, language: str) -> float:
        """Returns the score of a statement in `language`."""
        if not self.sentences:
            return 0.0
        if base_language(language) != base_language(self.language):
            return self._support_of_translation(statement)
        nearest = float((self._vectors @ embedder().embed([statement])[0]).max())
        nearness = min(max((nearest - UNRELATED) / (1 - UNRELATED), 0.0), 1.0)
        score = WORDS * self._shared_words(statement) + MEANING * nearness
        return round(score * (1.0 if all(self._numbers_found(statement)) else 0.5), 3)

    def best_sentence(self, statement: str) -> str:
        """Returns the sentence of the source that is most similar to a statement."""
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

    def _numbers_found(self, statement: str) -> list[bool]:
        """Whether each number of the statement is in the source."""
        return [_plain(number) in self._numbers for number in _NUMBER.findall(statement)]

    def _support_of_translation(self, statement: str) -> float:
        found = self._numbers_found(statement)
        letters = [char for char in statement if char.isalpha()]
        # Where Latin letters are the exception, a Latin name was taken from the source.
        if sum(char.isascii() for char in letters) * 2 < len(letters):
            found += [name.casefold() in self._words for name in _LATIN_NAME.findall(statement)]
        return round(sum(found) / len(found), 3) if found else 1.0


def _plain(number: str) -> str:
    """Makes "1,000", "1.000" and "1000" the same number, and "2.5" and "2,5"."""
    return number.replace(",", "").replace(".", "")
