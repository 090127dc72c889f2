"""The noun phrases of a parsed English sentence, as terms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from courses.language.words import zipf
from quizzes.generation.extractive.facts import Gap, Shape, Term
from quizzes.generation.extractive.shapes import shape_of
from quizzes.generation.extractive.vocabulary import NOT_ASKED_FOR, VAGUE

_NOUNS = ("NOUN", "PROPN", "X", "SYM")
_CARRYING = (*_NOUNS, "NUM", "ADJ", "VERB", "ADV")
_COMPARED_OR_FINITE = ("JJR", "JJS", "VB", "VBZ")
_MAX_WORDS = 4
_EVERYDAY = 4.5
# A rarer word that opens a sentence keeps its capital: it may well be a name.
_RARE = 3.2
# Words with these endings are hardly ever names, however rare they are.
_COMMON_ENDINGS = (
    "tion", "sion", "ity", "ment", "ness", "ance", "ence", "ism", "ysis", "osis", "logy", "flow",
)  # fmt: skip
_GAP_ROLES = ("nsubj", "nsubjpass", "dobj", "attr", "pobj")
_INTRODUCED = re.compile(r"\b(?:like|as|e\.g\.|including|to)$|[(\u201c\"']$")
_CONTINUED = (")", "\u201d", '"', "'s", "\u2019s", "and/or", "or")


@dataclass(frozen=True, slots=True)
class Phrase:
    """`span` is the term in its sentence, `chunk` the same with article and "function"."""

    term: Term
    span: Any
    chunk: Any


def noun_phrases(doc: Any) -> Iterator[Phrase]:
    done = 0
    for chunk in doc.noun_chunks:
        if chunk.start < done:
            continue
        phrase = _named(chunk) or _plain(chunk)
        if phrase:
            done = phrase.chunk.end
            yield phrase


def _named(chunk: Any) -> Phrase | None:
    """A name with the noun that says what it names: "the function seq()", "the seq() function"."""
    doc = chunk.doc
    words = [token for token in chunk if token.pos_ != "DET"]
    following = doc[chunk.end] if chunk.end < len(doc) else None
    match words:
        case [noun] if following is not None and _is_code(following):
            name, whole = following, doc[chunk.start : chunk.end + 1]
        case [noun, name] if _is_code(name):
            whole = chunk
        case [name, noun] if _is_code(name) and noun.i == chunk.root.i:
            whole = chunk
        case _:
            return None
    if noun.tag_ != "NN" or _is_code(noun):
        return None
    sort = noun.lemma_.lower()
    term = Term(
        name.text, name.lower_, sort, Shape.CODE, plural=False, article="the", words=1, sort=sort
    )
    return Phrase(term, doc[name.i : name.i + 1], whole)


def _is_code(token: Any) -> bool:
    return shape_of(token.text) is Shape.CODE


def _plain(chunk: Any) -> Phrase | None:
    start = chunk.start
    while start < chunk.end and not _carries(chunk.doc[start]):
        start += 1
    span = chunk.doc[start : chunk.root.i + 1]
    if not len(span) or not _is_term(span):
        return None
    article = chunk[0].lower_ if chunk[0].pos_ == "DET" else ""
    return Phrase(_term(span, "a" if article == "an" else article), span, chunk)


def _carries(token: Any) -> bool:
    return token.pos_ in _CARRYING and token.pos_ != "NUM" and token.lower_ not in VAGUE


def _is_term(span: Any) -> bool:
    root = span.root
    if root.pos_ not in _NOUNS or not any(char.isalpha() for char in root.text):
        return False
    if len(span) > _MAX_WORDS or root.lemma_.lower() in VAGUE:
        return False
    return all(
        token.pos_ in (*_NOUNS, "ADJ", "VERB") and token.tag_ not in _COMPARED_OR_FINITE
        for token in span
    )


def _term(span: Any, article: str) -> Term:
    text = uncapitalised(span)
    return Term(
        text=text,
        key=" ".join(token.lemma_.lower() for token in span),
        head=span.root.lemma_.lower(),
        shape=shape_of(text),
        plural=span.root.tag_ in ("NNS", "NNPS"),
        article=article,
        words=len(span),
        general=span[0].pos_ in ("ADJ", "VERB") and zipf(span[0].lower_, "en") > _EVERYDAY,
    )


def uncapitalised(span: Any) -> str:
    """The words as they stand inside a sentence; a name keeps its capital."""
    first = span[0]
    common = first.pos_ in ("NOUN", "ADJ", "VERB", "ADV") and zipf(first.lower_, "en") > _RARE
    common = common or first.lower_.endswith(_COMMON_ENDINGS)
    if first.i == 0 and first.text[1:].islower() and (common or first.pos_ == "DET"):
        return str(span.text[0].lower() + span.text[1:])
    if first.i == 0 and first.text == "A":
        return f"a{span.text[1:]}"
    return str(span.text)


def gaps(phrases: list[Phrase]) -> Iterator[Gap]:
    for phrase in phrases:
        if _can_be_asked_for(phrase):
            yield Gap(phrase.term, phrase.span.start_char, phrase.span.end_char)


def _can_be_asked_for(phrase: Phrase) -> bool:
    """Not one of several things named together, not an example, not in brackets."""
    root, chunk = phrase.span.root, phrase.chunk
    doc = chunk.doc
    if chunk.root.dep_ not in _GAP_ROLES or root.dep_ == "conj":
        return False
    if any(child.dep_ in ("conj", "cc", "appos") for child in chunk.root.children if child != root):
        return False
    if chunk[0].lower_ in NOT_ASKED_FOR:
        return False
    if _INTRODUCED.search(doc[max(0, chunk.start - 2) : chunk.start].text.lower()):
        return False
    return doc[chunk.end : chunk.end + 1].text not in _CONTINUED
