"""Questions for learners to ask themselves, whose answers are sentences of the lesson."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.language.words import normalise
from engine.lessons.extractive.cues import defined_term, gives_reason, needs_sentence_before
from engine.lessons.extractive.reading import Piece, Sentence
from engine.lessons.phrases import phrases, quoted
from engine.lessons.schemas import KeyTermDraft

# Shorter lessons are read in a minute, and asking would only say them again.
MIN_SENTENCES = 6


@dataclass(frozen=True, slots=True)
class Check:
    question: str
    answer: tuple[Sentence, ...]

    @property
    def orders(self) -> frozenset[int]:
        return frozenset(sentence.order for sentence in self.answer)


def checks_of(
    pieces: Sequence[Piece], terms: Sequence[KeyTermDraft], language: str
) -> Iterator[Check]:
    """Yields questions on what is shown, those that ask for a reason first.

    None in a language whose words for them are not known, nor for a very short lesson.
    """
    words = phrases(language)
    if not words.why:
        return
    sentences = [piece for piece in pieces if isinstance(piece, Sentence)]
    if len(sentences) < MIN_SENTENCES:
        return
    for first, second in pairwise(sentences):
        together = second.order == first.order + 1 and first.passage is second.passage
        stands_alone = together and not needs_sentence_before(first.text, language)
        if stands_alone and gives_reason(second.text, language):
            yield Check(words.why.format(quoted(first.text, language)), (second,))
    by_text = {normalise(sentence.text): sentence for sentence in sentences}
    asked: set[str] = set()
    defined = [(term.term, by_text.get(normalise(term.definition))) for term in terms]
    defined += [(defined_term(sentence.text, language), sentence) for sentence in sentences]
    for name, defining in defined:
        if name and defining is not None and normalise(name) not in asked:
            asked.add(normalise(name))
            yield Check(words.meaning.format(quoted(name, language)), (defining,))
