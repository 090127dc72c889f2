"""Which terms and facts are worth a question."""

from __future__ import annotations

import re

from courses.language.words import content_lemmas, zipf
from quizzes.generation.extractive.facts import Fact, Shape, Term
from quizzes.generation.extractive.material import Material

# A single word that is more frequent than this fits too many sentences to be asked for.
EVERYDAY_WORD = 4.3
# So often must a word or phrase be read before it counts as a term of this text.
WORD_COUNT = 3
PHRASE_COUNT = 2
GENERAL_PHRASE_COUNT = 4
_NAMED_COUNT = 2
_LETTER_COUNT = 5
_MIN_WORDS, _MAX_WORDS = 5, 28
_SHORT_WORDS = 7
_MIN_CONTENT, _MIN_CONTENT_SHORT = 2, 3
_MIN_LETTERS = 4
_NO_FACT = re.compile(r"(?:would|(?:has|have|is|are) to)\b|(?:is|are) (?:it|what|that|how|why)\b")


def is_answer(material: Material, term: Term) -> bool:
    """Whether a term can be asked for: a name, words this text uses again and again, or a
    rare word that it defines."""
    record = material.record(term)
    if term.shape is Shape.CODE:
        return len(term.text) > 1
    if term.words > 1 or term.shape is not Shape.WORD:
        return record.defined or record.count >= phrase_count(term)
    rare = zipf(term.text, material.language) < EVERYDAY_WORD
    known = record.defined or record.count >= WORD_COUNT
    return known and len(term.text) >= _MIN_LETTERS and rare


def phrase_count(term: Term) -> int:
    return GENERAL_PHRASE_COUNT if term.general else PHRASE_COUNT


def may_be_subject(material: Material, term: Term) -> bool:
    """Whether a stem can name the term; less is needed than for an answer."""
    record = material.record(term)
    if len(term.text) == 1:
        return record.count >= _LETTER_COUNT
    if term.words > 1 or term.shape is not Shape.WORD or record.defined:
        return True
    return record.count >= (WORD_COUNT if term.article == "a" else _NAMED_COUNT)


def tells_enough(material: Material, fact: Fact) -> bool:
    """Whether the predicate, read alone, says something definite."""
    words = len(fact.predicate.split())
    content = len(set(content_lemmas(fact.predicate, material.language)))
    if _NO_FACT.match(fact.predicate) or not _MIN_WORDS <= words <= _MAX_WORDS:
        return False
    return content >= (_MIN_CONTENT_SHORT if words < _SHORT_WORDS else _MIN_CONTENT)
