"""Whether an English sentence, parsed, can be understood with nothing before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from quizzes.generation import phrases
from quizzes.generation.extractive.vocabulary import (
    FIRST_PERSON,
    HEDGES,
    LEANING,
    META_VERBS,
    PRONOUNS,
    SELF,
)

_MAX_COMMAS = 3
_SIGNPOST = re.compile(
    r"\b(?:more|further|additional) (?:information|details?)\b|\b(?:can|may|to) be found\b"
    r"|\b(?:is|are) available (?:in|at|from|on)\b|\bfor more\b|\bon next page\b",
    re.IGNORECASE,
)


def stands_alone(doc: Any, before: Sequence[str]) -> bool:
    """`before` are the sentences that precede it in its passage, the nearest last."""
    roots = [token for token in doc if token.dep_ == "ROOT"]
    if len(roots) != 1 or not _is_main_clause(roots[0]):
        return False
    if doc.text.count(",") > _MAX_COMMAS or phrases.DANGLING["en"].search(doc.text):
        return False
    if _SIGNPOST.search(doc.text):
        return False
    if any(_leans(token) for token in doc) or _opens_with_conjunction(doc):
        return False
    return not _pronoun_without_noun(doc) and not _points_back(doc, before)


def _is_main_clause(root: Any) -> bool:
    subject = [c for c in root.lefts if c.dep_ in ("nsubj", "nsubjpass", "csubj", "expl")]
    if not subject or root.pos_ not in ("VERB", "AUX"):
        return False
    finite = [root, *(c for c in root.lefts if c.dep_ in ("aux", "auxpass"))]
    if not any(t.tag_ in ("VBZ", "VBP", "VBD", "MD") for t in finite):
        return False
    return root.lemma_.lower() not in META_VERBS


def _leans(token: Any) -> bool:
    word = token.lower_
    if word in FIRST_PERSON or word in LEANING or word in HEDGES:
        return True
    if token.lemma_.lower() in SELF and token.pos_ in ("NOUN", "PROPN"):
        return True
    if word == "other" and token.i > 0 and token.nbor(-1).lower_ == "the":
        return True
    if word == "same" and " as " not in token.doc[token.i :].text and not _after_of(token):
        return True
    if word in ("this", "these", "those"):
        return True
    return bool(word == "that" and token.tag_ == "DT")


def _after_of(token: Any) -> bool:
    """ "Of the same length" compares things of its own sentence."""
    return bool(token.i > 1 and token.nbor(-2).lower_ in ("of", "with", "by"))


def _opens_with_conjunction(doc: Any) -> bool:
    return doc[0].pos_ in ("CCONJ", "PRON", "ADV", "INTJ", "NUM") or doc[0].tag_ == "EX"


def _pronoun_without_noun(doc: Any) -> bool:
    seen_noun = False
    for token in doc:
        if token.lower_ in PRONOUNS and not seen_noun and token.dep_ != "expl":
            return True
        if token.pos_ in ("NOUN", "PROPN"):
            seen_noun = True
    return False


def _points_back(doc: Any, before: Sequence[str]) -> bool:
    """Whether "the N", with nothing that says which N, takes up an N of the sentences before.

    At the head of the sentence a bare "the N" says too little even where no N precedes.
    """
    earlier = {stem(word) for text in before for word in re.findall(r"\w+", text)}
    for token in doc:
        if token.lower_ != "the" or token.head.pos_ != "NOUN":
            continue
        noun = token.head
        described = any(
            child.i != token.i
            and child.dep_
            in ("compound", "amod", "prep", "relcl", "acl", "poss", "nmod", "appos", "nummod")
            for child in noun.children
        )
        if not described and (stem(noun.lower_) in earlier or token.i == 0):
            return True
    return False


def stem(word: str) -> str:
    return re.sub(r"(?:es|s)$", "", word.lower())
