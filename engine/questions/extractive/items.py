"""A question before it is chosen, and what its parts give away to each other.

Words count as related if they have the same lemma or begin alike: whoever has not read the text
sees that "erosive" and "erosion" belong together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Required, TypedDict

from engine.language.words import is_known, lemma, normalise, tokens, zipf
from engine.questions.extractive.material import Place
from engine.questions.formats import Body, QuestionFormat
from engine.questions.question_text import choice_key
from engine.questions.schemas import BloomLevel, Difficulty, QuestionKind
from engine.search.embeddings import embedder

# So many equal letters at their beginnings make two words related, as does a whole shorter word.
STEM_LETTERS, WHOLE_LETTERS = 5, 4
FAR_NEARER = 0.12  # in meaning
LENGTH_RATIO = 1.7
LENGTH_MARGIN = 12


@dataclass(frozen=True, slots=True)
class Item:
    """`answers` are the words of the right answer, `context` those that ask for it.

    `sentences` name what it is made of (one sentence, table row or list makes one question).
    `choices` of a single choice have the right one first; in `ordered` they stay as they are and
    `correct` says which it is. More `worth` is chosen first. `twin` is the same fact unchanged.
    """

    kind: QuestionKind
    stem: str
    explanation: str
    place: Place
    quote: str
    answers: tuple[str, ...]
    context: str
    sentences: frozenset[str]
    worth: float
    difficulty: Difficulty = Difficulty.MEDIUM
    bloom: BloomLevel = BloomLevel.UNDERSTAND
    choices: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()
    correct: int = 0
    ordered: bool = False
    body: Body | None = None
    twin: Item | None = field(default=None, compare=False)

    @property
    def format(self) -> QuestionFormat:
        return self.body.format if self.body else QuestionFormat.SINGLE

    @property
    def shown(self) -> tuple[str, ...]:
        """All that a learner reads of it, explanation included, in pieces."""
        parts: list[str] = [self.stem, self.explanation, *self.choices]
        for name in ("choices", "items", "left", "right"):
            parts += getattr(self.body, name, ())
        return tuple(parts)


class Parts(TypedDict, total=False):
    """What forms add to an item whose kind, place and sentences are known."""

    stem: Required[str]
    explanation: Required[str]
    answers: Required[tuple[str, ...]]
    context: Required[str]
    worth: Required[float]
    difficulty: Difficulty
    bloom: BloomLevel
    choices: tuple[str, ...]
    feedback: tuple[str, ...]
    correct: int
    ordered: bool
    body: Body


def draw(*parts: str) -> int:
    """Returns a number that looks random and is the same for the same words."""
    text = "\n".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(sha256(text).digest()[:8], "big")


def shuffled(texts: Iterable[str], salt: str) -> list[str]:
    return sorted(texts, key=lambda text: draw(salt, text))


def related(first: str, second: str) -> bool:
    """Whether two words have a stem in common, or one is a part of the other.

    "Acid" reminds of "acidic", "synthesis" of "photosynthesis".
    """
    if first == second:
        return True
    short, long = sorted((first, second), key=len)
    if len(short) >= STEM_LETTERS:
        return short[:STEM_LETTERS] == long[:STEM_LETTERS] or short in long
    return len(short) >= WHOLE_LETTERS and long.startswith(short)


def told_by_meaning(clue: str, right: str, wrong: Sequence[str]) -> bool:
    """Whether the right choice is by far the nearest in meaning to what asks for it.

    Readers then find it by what its words mean every day: "teeth" and "break down solid food".
    """
    asked, *vectors = embedder().embed([clue, right, *wrong])
    near, *others = (float(asked @ one) for one in vectors)
    return near - max(others, default=0.0) > FAR_NEARER


def shared_words(text: str, other: str, language: str) -> list[str]:
    """Returns the content words of `text` that `other` has too, or a word that begins alike.

    A technical name is taken apart: "read.table" holds "read", and "dir" is short for "directory".
    """
    theirs = set(_words(other, language))
    words = list(dict.fromkeys(_words(text, language)))
    if _is_made_up(text, language):
        return _held(text, theirs)
    if _is_made_up(other, language):
        return _held(other, set(words))
    return [word for word in words if any(related(word, one) for one in theirs)]


EVERYDAY, FAMILIAR = 3.9, 3.4  # of the scale of word frequencies


def is_everyday(
    term: str, others: Sequence[str], language: str, *, least: float = EVERYDAY
) -> bool:
    """Whether what sets a term apart from the others is a word that everybody uses.

    Its everyday sense tells its description: "source" is where something begins. In a language
    without word frequencies, every word counts as rare.
    """
    shared = [set(normalise(other).split()) for other in others]
    own = [word for word in normalise(term).split() if not all(word in one for one in shared)]
    return bool(own) and min(zipf(word, language) for word in own) >= least


# The words of grammar are more common; lists of stop words hold "shell" and "open" too.
_GRAMMAR = 5.9


def _words(text: str, language: str) -> list[str]:
    return [
        lemma(word, language)
        for word in dict.fromkeys(
            (
                *tokens(re.sub(r"(?<=\w)[._/:-]+(?=\w)|(?<=[a-z])(?=[A-Z])", " ", text)),
                *tokens(text),
            )
        )
        if zipf(word.casefold(), language) < _GRAMMAR or word[0].isdigit()
    ]


def _is_made_up(text: str, language: str) -> bool:
    """Whether the text is one name that stands in no dictionary: "mkdir", "read.table"."""
    return len(text.split()) == 1 and (
        not text.isalpha() or not is_known(text, language) or not text[1:].islower()
    )


def _held(name: str, words: Iterable[str]) -> list[str]:
    """Returns the words whose beginning, or the numbers that, stand in a made-up name."""
    letters = re.sub(r"[\W_]", "", name.casefold())
    return sorted(
        word for word in words
        if (word[:3] if word[0].isalpha() else word) in letters and len(word) > 1
    )  # fmt: skip


def gives_away(clue: str, right: str, wrong: Sequence[str], language: str) -> bool:
    """Whether `clue` shares words with the right choice and more of them than with most wrong ones.

    Two wrong choices that share as many words hide the right one.
    """
    own = len(shared_words(right, clue, language))
    if not own:
        return False
    as_many = sum(len(shared_words(choice, clue, language)) >= own for choice in wrong)
    return as_many < min(2, len(wrong))


def alike(texts: Sequence[str]) -> bool:
    """Whether two of the texts are the same, or one only adds words to another."""
    keys = [choice_key(text) for text in texts]
    if len(set(keys)) < len(keys) or len({normalise(text) for text in texts}) < len(texts):
        return True
    words = [set(normalise(text).split()) for text in texts]
    return any(
        one and other and one < other for one in words for other in words if one is not other
    )


_PHRASE_WORDS = 4


def stands_out(right: str, wrong: Sequence[str]) -> bool:
    """Whether the right choice can be told by its length or by its form alone."""
    shortest, longest = min(map(len, wrong)), max(map(len, wrong))
    if len(right) > longest * LENGTH_RATIO and len(right) - longest > LENGTH_MARGIN:
        return True
    if len(right) * LENGTH_RATIO < shortest and shortest - len(right) > LENGTH_MARGIN:
        return True
    forms = (
        lambda text: any(char.isdigit() for char in text),
        lambda text: text[:1].isupper(),
        lambda text: "(" in text,
        lambda text: "," in text and len(text.split()) >= _PHRASE_WORDS,
    )
    return any(has(right) not in {has(choice) for choice in wrong} for has in forms)
