"""Where a text says that the printed answer of a question is right.

Words count as the same if they begin alike: a text that speaks of regulation says what regulates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from engine.language.sentences import split_sentences
from engine.language.words import lemma, normalise, tokens, zipf
from engine.lessons.schemas import SourcePassage
from engine.questions.extractive.items import is_everyday
from engine.reading.document import DocumentPart, PassageKind

# Of the words of a question, so many and such a share stand beside its answer.
SAID_SHARE, SAID_WORDS = 0.5, 2
_TWO_SHARE = 0.75  # where two sentences say it together
_SAID_LENGTH, _SAID_PIECES = 60, 2  # words, and sentences
# Of a question for the one that is no such thing: the others stand together, beside some of it.
_LISTED_SHARE, _LISTED_WORDS, _LISTED_LENGTH, _LISTED_PIECES = 0.3, 2, 80, 6
_CHOICE_SHARE = 0.6  # of the words of a listed choice, which the text may say otherwise
_ROOT = 5  # letters
_TERM_WORDS = 4
_NAMED = r"\b{}(?:s|es)?\b"
_ARTICLE = re.compile(r"^(?:an?|the) ")
_DEFINED = (
    r"^(?:an? |the |in )?{name}(?:s|es)?(?: \w+){{0,3}}? (?:is|are|refers?|means?|describes?"
    r"|consists?|occurs?|involves?|includes?|has|have|emerges?|makes?|causes?) (?!not\b)"
    r"|\b(?:called|termed|known as|referred to as) (?:an? |the )?{name}(?:s|es)?\b"
)
_GRAMMAR = 5.95  # of the scale of word frequencies
_ASKED_KIND = re.compile(r"^\W*which (?!of\b|one\b)[a-z]+ ", re.IGNORECASE)
# A second sentence that takes up the first.
_GOES_ON = re.compile(r"(?:this|that|these|those|it|they|he|she|such)\b", re.IGNORECASE)
NEGATED = re.compile(
    r"\b(?:not|except(?! for)|never|false|incorrect|least|nicht|kein\w*|ne|pas|no)\b", re.I
)
# Questions for what is not among the others.
_ODD_ONE = re.compile(
    r"\b(?:except|au\u00dfer|sauf|excepto|salvo|eccetto)\W*$|(?-i:\b(?:EXCEPT|NOT)\b)"
    r"|^\W*which (?:one )?of (?:the following|these)(?: \w+)? (?:is|are|was|were|does|do) not\b",
    re.I,
)
_EMPTIED = re.compile(r"\s*\(\W*\)")  # a reference in brackets that is lost


@dataclass(frozen=True, slots=True)
class Said:
    """Words of a passage, one sentence or a few that follow each other: the last begins at `last`.

    `words` and `above`, those of its headings, are cut to how they begin.
    """

    text: str
    passage_id: int
    words: frozenset[str]
    length: int
    above: frozenset[str]
    sentences: int = 1
    last: int = 0

    def joined(self, other: Said) -> Said:
        return replace(
            self,
            last=len(self.text) + 1,
            text=f"{self.text} {other.text}",
            words=self.words | other.words,
            length=self.length + other.length,
            sentences=self.sentences + 1,
        )


def in_chapters_of(
    passages: Iterable[SourcePassage], others: Iterable[SourcePassage]
) -> Iterator[SourcePassage]:
    """Yields the others that stand in a chapter of the passages.

    Exercises at the end of a chapter go with its last lesson, and ask about all of it.
    """
    chapters = {(one.document, one.heading_path[:1]) for one in passages}
    return (one for one in others if (one.document, one.heading_path[:1]) in chapters)


class Chapter:
    """What the passages of a chapter teach, sentence by sentence."""

    def __init__(self, passages: Iterable[SourcePassage], language: str) -> None:
        self._taught = {
            one.id: one
            for one in passages
            if one.matter is DocumentPart.BODY and one.kind is PassageKind.PROSE
        }
        self._language = language

    @cached_property
    def _passages(self) -> list[list[Said]]:
        """The sentences and list items of each passage."""
        return [
            [
                Said(
                    text,
                    passage.id,
                    self._roots(text),
                    len(text.split()),
                    self._roots(" ".join(passage.heading_path[-2:])),
                )
                for block in re.split(r"\n(?=[ \t]*[-\u2022*] )|\n[ \t]*\n", passage.text)
                for piece in split_sentences(block, self._language)
                if (text := _EMPTIED.sub("", " ".join(piece.split())))
            ]
            for passage in self._taught.values()
        ]

    def _roots(self, text: str) -> frozenset[str]:
        return frozenset(lemma(word, self._language)[:_ROOT] for word in tokens(text))

    def _asked(self, text: str) -> frozenset[str]:
        """Returns how the words begin, all but those of grammar: "take in" says something."""
        words = [one for one in tokens(text) if zipf(one.casefold(), self._language) < _GRAMMAR]
        return self._roots(" ".join(words or tokens(text)))

    def contains(self, word: str) -> bool:
        """Whether the text uses the word; True of a text that nothing is known of."""
        return not self._text or bool(
            re.search(rf"(?<!\w){re.escape(word)}", self._text, re.IGNORECASE)
        )

    def count(self, name: str) -> int:
        return len(re.findall(rf"(?<!\w){re.escape(name)}(?!\w)", self._text))

    @cached_property
    def _text(self) -> str:
        return "\n".join(one.text for passage in self._passages for one in passage)

    def says(
        self,
        stem: str,
        right: str,
        wrong: Sequence[str],
        *,
        share: float = SAID_SHARE,
        count: int = SAID_WORDS,
    ) -> Said | None:
        """Returns the sentence that says the answer beside a share of the question's words.

        None if there is none, or if it names a wrong answer too. Of a question for the one that is
        no such thing, it is what names all the others.
        """
        if _ODD_ONE.search(stem):
            return self._lists(stem, right, wrong)
        answer = self._asked(right)
        # The answer stands in the place of "gas" in "Which gas do plants take in?"
        asked = self._asked(_ASKED_KIND.sub("", stem)) - answer
        least = min(count, len(asked))
        if not answer or least < SAID_WORDS or NEGATED.search(stem):
            return None
        said = [
            one
            for one in self._pieces(_SAID_PIECES, _SAID_LENGTH)
            if answer <= one.words
            and len(asked & one.words) >= least
            and len(asked & (one.words | one.above))
            >= (share if one.sentences == 1 else _TWO_SHARE) * len(asked)
            and (one.sentences == 1 or _GOES_ON.match(one.text[one.last :]))
        ]
        # One sentence is a better reason than two.
        best = max(said, key=lambda one: (-one.sentences, len(asked & one.words), -one.length),
                   default=None)  # fmt: skip
        if best is None:
            return None
        others = [self._asked(one) for one in wrong]
        return None if any(words and words <= best.words for words in others) else best

    def defines(self, term: str, others: Sequence[str]) -> Said | None:
        """Returns the sentence that says what a term means.

        None unless the text uses the others too, all but one: whoever has to choose among terms of
        one chapter has to know what they mean.
        """
        names = [_ARTICLE.sub("", normalise(one)) for one in (term, *others)]
        if is_everyday(term, others, self._language):
            return None
        if not all(one and len(one.split()) <= _TERM_WORDS for one in names):
            return None
        used = [bool(re.search(_NAMED.format(re.escape(one)), self._plain)) for one in names]
        if not used[0] or used.count(False) > 1:
            return None
        name = re.escape(names[0])
        wanted = re.compile(_DEFINED.format(name=name))
        found = (
            one
            for passage in self._passages
            for one in passage
            if one.length <= _SAID_LENGTH and wanted.search(normalise(one.text))
        )
        return next(found, None)

    @cached_property
    def _plain(self) -> str:
        return normalise(self._text)

    def _lists(self, stem: str, right: str, wrong: Sequence[str]) -> Said | None:
        """Returns the piece of text that names all of the wrong choices, and not the right one."""
        asked, key = self._asked(stem), self._asked(right)
        others = [self._asked(one) for one in wrong]
        if not key or not all(others):
            return None

        def fit(one: Said) -> tuple[int, int]:
            return sum(len(words & one.words) for words in others), -one.length

        found = [
            one
            for one in self._pieces(_LISTED_PIECES, _LISTED_LENGTH)
            if all(len(words & one.words) >= _CHOICE_SHARE * len(words) for words in others)
            and len(asked & (one.words | one.above))
            >= max(_LISTED_WORDS, _LISTED_SHARE * len(asked))
            and len(key & one.words) < _CHOICE_SHARE * len(key)
        ]
        return max(found, key=fit, default=None)

    def _pieces(self, count: int, length: int) -> Iterator[Said]:
        """Yields what follows each other in a passage, up to so many sentences and words."""
        for passage in self._passages:
            for start in range(len(passage)):
                piece = passage[start]
                for one in passage[start + 1 : start + count]:
                    if piece.length <= length:
                        yield piece
                    piece = piece.joined(one)
                if piece.length <= length:
                    yield piece
