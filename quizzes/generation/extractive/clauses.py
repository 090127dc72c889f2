"""Subject and predicate of a parsed English sentence, as a fact."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from quizzes.generation.extractive.facts import Fact, Shape, Term
from quizzes.generation.extractive.nouns import Phrase, uncapitalised
from quizzes.generation.extractive.vocabulary import (
    JUDGEMENTS,
    NAMING_VERBS,
    STATE_VERBS,
    VAGUE,
)

_PRESENT = ("VBZ", "VBP", "MD")
_SUBJECTS = ("nsubj", "nsubjpass")
_LINKS = ("of", "for", "in", "from")
_MAX_SUBJECT_TOKENS = 8
_MIN_DESCRIPTION_WORDS = 4
_SECOND_CLAUSE = re.compile(r" (?:is|are) an? ")


def fact_of(doc: Any, phrases: Sequence[Phrase]) -> Fact | None:
    """What a sentence in the present tense says of the term that opens it; None otherwise."""
    root = next(token for token in doc if token.dep_ == "ROOT")
    if root.lemma_.lower() in NAMING_VERBS and root.tag_ == "VBN":
        return _naming(doc, root, phrases)
    opening = _opening(root, phrases)
    if opening is None:
        return None
    term, chunk = opening
    verb = doc[min(chunk.end, len(doc) - 1)]
    if verb.tag_ not in _PRESENT or root.i not in (verb.i, verb.head.i) or _judges(root):
        return None
    plural = term.plural if verb.tag_ == "MD" else verb.tag_ == "VBP"
    if plural != term.plural and term.shape in (Shape.WORD, Shape.CODE):
        return None
    if any(token.lower_ in VAGUE for token in chunk) or _has_second_subject(root):
        return None
    genus, definition = _definition(root)
    return Fact(
        subject=uncapitalised(chunk),
        term=replace(term, plural=plural),
        predicate=_without_stop(doc[chunk.end :]),
        plural=plural,
        acts=verb.i == root.i and root.pos_ == "VERB" and root.lemma_ not in STATE_VERBS,
        genus=genus,
        definition=definition,
    )


def _without_stop(span: Any) -> str:
    return str(span.text).rstrip(" .")


def _judges(root: Any) -> bool:
    return any(c.dep_ == "acomp" and c.lemma_.lower() in JUDGEMENTS for c in root.rights)


def _has_second_subject(root: Any) -> bool:
    """In "X does this and Y does that" the second half says nothing of X."""
    return any(
        child.dep_ == "conj" and any(c.dep_ in _SUBJECTS for c in child.children)
        for child in root.children
    )


def _opening(root: Any, phrases: Sequence[Phrase]) -> tuple[Term, Any] | None:
    """The term that opens the sentence as its subject, with all the subject's words."""
    subject = next((child for child in root.lefts if child.dep_ in _SUBJECTS), None)
    if subject is None or not phrases or phrases[0].chunk.start != 0:
        return None
    first = phrases[0]
    if subject.i >= first.chunk.end:
        return None
    if first.chunk.end > subject.right_edge.i:
        return first.term, first.chunk
    return _with_link(first.term, subject, phrases[1:])


def _with_link(term: Term, subject: Any, rest: Sequence[Phrase]) -> tuple[Term, Any] | None:
    """Make one term of "the maintainer of a package", a noun with one phrase after it."""
    doc, end = subject.doc, subject.right_edge.i + 1
    linked = doc[subject.i + 1].lower_ in _LINKS
    if not linked or end > _MAX_SUBJECT_TOKENS or not any(p.chunk.end == end for p in rest):
        return None
    text = f"{term.text} {doc[subject.i + 1 : end].text}"
    return replace(term, text=text, key=text.lower(), words=len(text.split())), doc[0:end]


def _naming(doc: Any, root: Any, phrases: Sequence[Phrase]) -> Fact | None:
    """What X is in "Y that ... is called X"."""
    verb = next((child for child in root.lefts if child.dep_ == "auxpass"), None)
    last = phrases[-1] if phrases else None
    if verb is None or last is None or last.span.start < root.i or last.span.end < len(doc) - 1:
        return None
    between = str(doc[root.i + 1 : last.chunk.start].text)
    described = doc[: verb.i]
    if between not in ("", "as") or verb.tag_ not in _PRESENT or doc[0].pos_ == "ADV":
        return None
    if len(described) < _MIN_DESCRIPTION_WORDS:
        return None
    definition = uncapitalised(described)
    plural = verb.tag_ == "VBP"
    return Fact(
        subject=str(last.chunk.text),
        term=replace(last.term, plural=plural),
        predicate=f"{verb.text} {definition}",
        plural=plural,
        acts=False,
        genus="name",
        definition=definition,
    )


def _definition(root: Any) -> tuple[str, str]:
    """Y and "a Y that ..." from "X is a Y that ..."; a bare "X is a Y" says too little."""
    nothing = ("", "")
    if root.lemma_ != "be" or root.tag_ not in ("VBZ", "VBP"):
        return nothing
    kind = next((child for child in root.rights if child.dep_ == "attr"), None)
    if kind is None or kind.pos_ != "NOUN" or kind.lemma_.lower() in VAGUE:
        return nothing
    has_article = any(child.pos_ == "DET" for child in kind.children) or kind.tag_ == "NNS"
    is_narrowed = any(child.dep_ in ("relcl", "acl", "prep") for child in kind.children)
    text = _without_stop(root.doc[root.i + 1 :])
    follows = root.i + 1 == kind.left_edge.i
    if not (has_article and is_narrowed and follows) or _SECOND_CLAUSE.search(text):
        return nothing
    return kind.lemma_.lower(), text
