"""Multiple answers: which of these belong to one side, where the text names two."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from engine.language.words import base_language, normalise
from engine.questions.extractive import english
from engine.questions.extractive.items import Item, alike, draw, gives_away, shuffled
from engine.questions.extractive.material import Material, Place, TextList, about, reason_for
from engine.questions.formats import MultipleAnswers
from engine.questions.schemas import BloomLevel, Difficulty, QuestionKind
from engine.search.embeddings import embedder

KEYS, DISTRACTORS = 3, 3
_MAX_WORDS = 7
_AKIN = 0.3  # nearness in meaning of two lists' names
_LABEL = re.compile(
    r"^(?:the following are |(?:the|some|common|typical|main) )?"
    r"(?P<label>[A-Za-z][a-z-]*(?: [a-z-]+){0,3}s)"
    r"(?: of [a-z -]{3,30})?(?: (?:are|include))?:$",
    re.IGNORECASE,
)
_TITLE = re.compile(r"(?P<label>[A-Za-z][a-z-]*(?: [a-z-]+){0,2}s)")
_BAD_LABEL = re.compile(
    r"\b(?:follow\w*|steps?|notes?|examples?|these|this|options|things|reasons?|ways|includes|is"
    r"|topics|sections|parameters|arguments|files|resources|links)\b",
    re.IGNORECASE,
)


def list_items(material: Material) -> Iterator[Item]:
    if base_language(material.language) == "en":
        yield from _of_sentences(material)
        yield from _of_lists(material)


def _of_sentences(material: Material) -> Iterator[Item]:
    wanted = [s for s in material.sentences if re.search(r"\b(?:while|whereas)\b", s.text)]
    found = english.analyse([(s.text, s.before) for s in wanted])
    for sentence, analysis in zip(wanted, found, strict=True):
        sides = analysis.sides
        if not analysis.general or sides is None:
            continue
        halves = [(sides.members, sides.predicate, sides.others),
                  (sides.others, sides.other_predicate, sides.members)]  # fmt: skip
        right, predicate, wrong = halves[draw(sentence.text) % 2]
        if re.search(r"\b(?:it|them|they)\b", predicate):
            right, predicate, wrong = halves[1 - draw(sentence.text) % 2]
        if re.search(r"\b(?:it|them|they)\b", predicate):
            continue
        if len(right) < 2 or len(wrong) < 2 or not predicate[:1].isalpha():  # noqa: PLR2004
            continue
        yield from _multiple(
            sentence.place, f"Which of these {predicate}?", right, wrong, quote=sentence.text,
            explanation=f"{sentence.text} {reason_for(material, sentence)}".strip(),
            sentences=frozenset({sentence.text}),
            language=material.language, alone=True,
        )  # fmt: skip


def _of_lists(material: Material) -> Iterator[Item]:
    """Two lists that stand one after the other, each with a name of its own."""
    for one, two in pairwise(material.lists):
        path, other = one.place.passage.heading_path, two.place.passage.heading_path
        if one.numbered or two.numbered or (path[:-1] != other[:-1] and path != other):
            continue
        names = _name(one), _name(two)
        if not all(names) or names[0] == names[1] or not _akin(*names):
            continue
        # "Advantages" of several methods under one title: nobody knows of which.
        section = [
            x.lead for x in material.lists if x.place.section == one.place.section and x.lead
        ]
        if section.count(one.lead) > 1 or section.count(two.lead) > 1:
            continue
        at = draw(*names) % 2
        right, wrong = ((one, two), (two, one))[at]
        members = [
            [re.sub(r",? (?:and|or)$", "", item.strip(" .;,")) for item in side.items]
            for side in (right, wrong)
        ]
        if any(not 2 <= len(side) <= 12 for side in members):  # noqa: PLR2004
            continue
        label = names[at].lower()
        yield from _multiple(
            right.place, f"Which of these are {label}?", members[0], members[1],
            quote=right.items[0],
            explanation=f"The {label} are: {', '.join(members[0])}. "
            f"The {names[1 - at].lower()} are: {', '.join(members[1])}.",
            sentences=frozenset((*one.items, *two.items)), language=material.language,
        )  # fmt: skip


def _akin(one: str, two: str) -> bool:
    """Whether two lists hold things of one kind: anybody can tell varieties from pests."""
    if one.lower().endswith(two.lower().rsplit(maxsplit=1)[-1]):
        return True
    # "Great plains characteristics" and "great plains parts" share what they are of only.
    shared = set(one.lower().split()) & set(two.lower().split())
    first, second = embedder().embed(
        [" ".join(word for word in name.split() if word.lower() not in shared)
         for name in (one, two)]
    )  # fmt: skip
    return float(first @ second) >= _AKIN


def _name(one: TextList) -> str:
    """Returns what the items of a list are together, by its lead or its heading."""
    found = _LABEL.match(one.lead) if one.lead else _TITLE.fullmatch(one.place.subject)
    if not found or _BAD_LABEL.search(found["label"]):
        return ""
    return str(found["label"])


def _multiple(
    place: Place,
    question: str,
    right: Sequence[str],
    wrong: Sequence[str],
    *,
    quote: str,
    explanation: str,
    sentences: frozenset[str],
    language: str,
    alone: bool = False,
) -> Iterator[Item]:
    """Yields the question; one made of a sentence that can stand alone needs no title before it."""
    keys = shuffled(right, question)[:KEYS]
    others = shuffled(wrong, question)[:DISTRACTORS]
    every = [*keys, *others]
    if len(keys) < 2 or len(others) < 2 or alike(every):  # noqa: PLR2004
        return
    if any(len(one.split()) > _MAX_WORDS or not re.search(r"[^\W\d_]{2}", one) for one in every):
        return
    if any(gives_away(question, key, others, language) for key in keys):
        return
    if {normalise(key) for key in keys} & {normalise(one) for one in others}:
        return
    choices = shuffled(every, quote)
    subject = "" if alone else about(place.subject, question, language)
    yield Item(
        kind=QuestionKind.LIST,
        stem=f"{subject}: {question[0].lower()}{question[1:]}" if subject else question,
        body=MultipleAnswers(
            choices=tuple(choices),
            correct=tuple(at for at, one in enumerate(choices) if one in keys),
        ),
        explanation=explanation,
        place=place,
        quote=quote,
        answers=tuple(keys),
        context=question,
        sentences=sentences,
        worth=1.8,
        difficulty=Difficulty.MEDIUM,
        bloom=BloomLevel.UNDERSTAND,
    )
