"""Whether one question of a quiz tells the right answer of another.

A learner reads all questions before they answer one, and explanations of those that they checked.
What holds the whole answer beside nearly all that asks for it is certain to tell it; what holds
half of that, or tells it only to those who know another answer, is a doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.language.words import content_lemmas, word_set
from engine.questions.formats import (
    FillIn,
    Matching,
    MultipleAnswers,
    Numeric,
    Ordering,
    ShortAnswer,
    SingleChoice,
    TrueFalse,
)
from engine.questions.schemas import QuestionDraft

# Of the content words that ask for an answer, so many stand beside it where it is told.
CERTAIN_SHARE, CERTAIN_WORDS = 0.75, 3
DOUBTFUL_SHARE, DOUBTFUL_WORDS = 0.5, 2
_LONG_KEY = 5  # content words: of such an answer some may be missing
_LONG_KEY_SHARE = 0.8
# Of a statement to be judged: how many words it needs to be told, and which share of them tells it.
_STATEMENT_WORDS, _STATED = 4, 0.9
_PIECES = re.compile(r"(?<=[.!?;\u0964])\s+|\n+")
# Words of questions that say nothing of what is asked.
_FRAME = word_set(
    """
    following statement answer question choose select name correct true false best describe term
    fit description example option match order apply richtig falsch aussage begriff frage antwort
    vrai faux suivant cierto falso siguiente
    """
)


@dataclass(frozen=True, slots=True)
class Leak:
    """`part` is what tells the answer: "wording", "choices" or "explanation"."""

    part: str
    is_certain: bool


def leak(asked: QuestionDraft, telling: QuestionDraft, language: str) -> Leak | None:
    """Returns how `telling` tells the right answer of `asked`; None if nothing in it does."""
    found = None
    keys = _keys(asked, language)
    gaps = f"{asked.stem} {asked.body.text}" if isinstance(asked.body, FillIn) else ""
    context = _lemmas(gaps or asked.stem, language) - _FRAME
    for part, text in _parts(telling):
        words = _lemmas(text, language)
        if isinstance(asked.body, TrueFalse):
            certain, doubtful = _states(context, words, is_true=asked.body.correct)
        else:
            beside = [_beside(key, context, words) for key in keys]
            certain = any(s >= CERTAIN_SHARE and n >= CERTAIN_WORDS for s, n in beside)
            doubtful = any(s >= DOUBTFUL_SHARE and n >= DOUBTFUL_WORDS for s, n in beside)
        # Which choice is right is not shown while the quiz is taken.
        if certain and part != "choices":
            return Leak(part, is_certain=True)
        if certain or doubtful:
            found = found or Leak(part, is_certain=False)
    return found


def _states(
    statement: frozenset[str], words: frozenset[str], *, is_true: bool
) -> tuple[bool, bool]:
    """Returns whether a text surely says a true statement, and whether it may settle one."""
    if len(statement) < _STATEMENT_WORDS:
        return False, False
    share = len(statement & words) / len(statement)
    return is_true and share >= _STATED, share >= CERTAIN_SHARE


def _beside(
    key: frozenset[str], context: frozenset[str], words: frozenset[str]
) -> tuple[float, int]:
    """Returns which share of what asks stands in a text that holds the key; 0 without the key."""
    held = len(key & words)
    least = _LONG_KEY_SHARE * len(key) if len(key) >= _LONG_KEY else len(key)
    asks = context - key
    if held < least or not asks:
        return 0.0, 0
    shared = len(asks & words)
    return shared / len(asks), shared


def _keys(question: QuestionDraft, language: str) -> list[frozenset[str]]:
    """Returns the words of the right answer, all of which a text must hold to tell it.

    No single text tells an order or a matching.
    """
    body = question.body
    texts: Sequence[str] = ()
    match body:
        case None:
            texts = question.choices[question.correct : question.correct + 1]
        case SingleChoice():
            texts = (body.choices[body.correct],)
        case MultipleAnswers():
            texts = (" ".join(body.choices[index] for index in body.correct),)
        case ShortAnswer():
            texts = body.accepted
        case Numeric():
            texts = (f"{body.answer.normalize():f} {body.unit}",)
        case FillIn():
            pairs = zip(body.options, body.correct, strict=True)
            texts = (" ".join(options[index] for options, index in pairs),)
    return list(filter(None, (_lemmas(text, language) for text in texts)))


def _parts(question: QuestionDraft) -> Iterator[tuple[str, str]]:
    """Yields what is read of a question, piece by piece; of its choices only what is true.

    A statement that is to be judged may be false, so its stem tells nothing.
    """
    body = question.body
    if not isinstance(body, TrueFalse):
        yield from (("wording", piece) for piece in _PIECES.split(question.stem))
    yield from (("explanation", piece) for piece in _PIECES.split(question.explanation))
    match body:
        case None:
            right = question.choices[question.correct : question.correct + 1]
            yield from (("choices", f"{question.stem} {text}") for text in right)
        case SingleChoice():
            yield "choices", f"{question.stem} {body.choices[body.correct]}"
        case Matching():
            for left, right_at in zip(body.left, body.pairs, strict=True):
                yield "choices", f"{question.stem} {left} {body.right[right_at]}"
        case Ordering():
            yield from (("wording", item) for item in body.items)


@lru_cache(maxsize=4096)
def _lemmas(text: str, language: str) -> frozenset[str]:
    return frozenset(content_lemmas(text, language))
