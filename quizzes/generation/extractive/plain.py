"""Reading any language written with spaces: blanks for nouns that follow an article.

With no parser, the article does its work: a word may take another's place where both were
read after the same article and end in the same letter, so that gender, number and case agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from courses.language.sentences import split_sentences
from courses.language.words import base_language, content_lemmas, stop_words, zipf
from quizzes.generation import phrases
from quizzes.generation.extractive.facts import Gap, Reading, Shape, Statement, Term
from quizzes.generation.extractive.surface import looks_whole

# More frequent words are too general to ask for.
_EVERYDAY = 4.6
_MIN_LETTERS = 5
_MAX_UNKNOWN_ARTICLE = 3
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_ARTICLES = {
    "de": "der die das den dem des ein eine einen einem einer eines",
    "es": "el la los las un una unos unas del al",
    "fr": "le la les un une des du au aux",
    "it": "il lo la i gli le un uno una del della dei delle al alla",
    "pt": "o a os as um uma do da dos das ao",
    "nl": "de het een",
    "ca": "el la els les un una del dels al",
    "sv": "en ett den det",
    "da": "en et den det",
    "ro": "un o al ale",
}


def read_plain(text: str, language: str) -> Reading:
    sentences = split_sentences(text, language)
    statements: list[Statement] = []
    terms: list[Term] = []
    for sentence in sentences:
        clean = " ".join(sentence.split())
        if not looks_whole(clean, language):
            continue
        found = tuple(_gaps(clean, base_language(language)))
        terms += [gap.term for gap in found]
        if found and not _leans(clean, base_language(language)):
            statements.append(Statement(quote=sentence, clean=clean, fact=None, gaps=found))
    lemmas = tuple(frozenset(content_lemmas(sentence, language)) for sentence in sentences)
    return Reading(lemmas, tuple(statements), tuple(terms))


def _leans(sentence: str, language: str) -> bool:
    pattern = phrases.DANGLING.get(language)
    return bool(pattern and pattern.search(sentence))


def _gaps(sentence: str, language: str) -> Iterator[Gap]:
    for before, word in pairwise(_WORD.finditer(sentence)):
        adjacent = sentence[before.end() : word.start()] == " "
        if adjacent and _is_article(before.group(), language) and _is_term(word.group(), language):
            term = _term(word.group(), before.group().lower())
            yield Gap(term, word.start(), word.end())


def _is_article(word: str, language: str) -> bool:
    known = _ARTICLES.get(language)
    if known is not None:
        return word.lower() in known.split()
    return word.lower() in stop_words(language) and len(word) <= _MAX_UNKNOWN_ARTICLE


def _is_term(word: str, language: str) -> bool:
    if len(word) < _MIN_LETTERS or word.lower() in stop_words(language):
        return False
    if language == "de" and not word[0].isupper():
        return False  # an adjective: only nouns have capitals
    return zipf(word, language) < _EVERYDAY


def _term(word: str, article: str) -> Term:
    return Term(
        text=word,
        key=word.casefold(),
        head=word.casefold(),
        shape=Shape.NAME if word[0].isupper() else Shape.WORD,
        plural=False,
        article=article,
        words=1,
        sort=word[-1],
    )
