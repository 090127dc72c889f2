"""Questions about terms: choosing by description, and matching with descriptions.

A term serves once in a quiz, as answer or as wrong choice: terms are dealt into groups of
siblings (one number, one sort of thing, one section or near in meaning), and each group makes one
question.
Terms of other topics tempt nobody: without two siblings there is no question.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from engine.language.words import base_language, normalise
from engine.questions.extractive import english
from engine.questions.extractive.definitions import Entry, entries
from engine.questions.extractive.items import (
    FAMILIAR,
    Item,
    alike,
    draw,
    gives_away,
    is_everyday,
    shared_words,
    shuffled,
    stands_out,
    told_by_meaning,
)
from engine.questions.extractive.material import Material, about, subject_of
from engine.questions.extractive.wording import Wording, wording
from engine.questions.formats import Matching, TrueFalse
from engine.questions.schemas import BloomLevel, Difficulty, QuestionKind
from engine.search.embeddings import embedder

GROUP = 4
RIVALS = 2
# How near in meaning the description of a wrong answer of the section must be to tempt: one of the
# same broad sort, and one of another sort.
_BESIDE, _VERY_NEAR = 0.25, 0.5
DESCRIBES = "Which description fits the term \u201c{}\u201d?"
_BROAD = frozenset(["thing", "money", "quantity"])


def term_items(material: Material) -> Iterator[Item]:
    words = wording(material.language)
    if words is None:
        return
    seen: set[str] = set()
    own = _by_look(material, seen)
    others = _by_look(material.siblings, seen) if own and material.siblings else {}
    for look, found in own.items():
        dealer = _Dealer(found, others.get(look, []), material.language, words)
        yield from dealer.items()


def _by_look(material: Material, seen: set[str]) -> dict[str, list[Entry]]:
    """Returns the entries that may stand side by side, those of terms in `seen` left out."""
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries(material):
        key = normalise(entry.term) or entry.term
        if key not in seen:
            seen.add(key)
            found[entry.look].append(entry)
    return found


@dataclass
class _Dealer:
    """Deals entries into groups of siblings, for a choice or for matching."""

    own: Sequence[Entry]
    others: Sequence[Entry]
    language: str
    words: Wording
    every: list[Entry] = field(init=False)
    nearness: Any = field(init=False)

    def __post_init__(self) -> None:
        self.every = [*self.own, *self.others]
        vectors = embedder().embed([one.text for one in self.every])
        self.nearness = vectors @ vectors.T

    def items(self) -> Iterator[Item]:
        # Those with most siblings first: they would lose them to others.
        left = sorted(range(len(self.own)), key=self._lonely)
        spare = list(range(len(self.own), len(self.every)))
        while left:
            group = self._group(left[0], [*left[1:], *spare])
            chosen = [self.every[at] for at in group]
            mine = [self.every[at] for at in group if at < len(self.own)]
            item = None
            if len(mine) == GROUP and draw(mine[0].term) % 2:
                item = self._match(chosen)
            one_sort = len({one.sort for one in chosen}) == 1
            beside = sum(one.place.section == chosen[0].place.section for one in chosen[1:])
            # What another section defines seldom tempts: judges rejected most of such questions.
            if item is None and beside >= RIVALS and (len(group) == GROUP or one_sort):
                # The others are siblings of the first, and of each other in one section.
                here = beside == len(chosen) - 1
                item = self._choose(chosen, mine if one_sort and here else mine[:1])
            if item is None:
                first = left.pop(0)
                twin = next((at for at in left if _differ(self.own[first], self.own[at])), None)
                if twin is not None and base_language(self.language) == "en":
                    left.remove(twin)
                    yield from self._exchanged(self.own[first], self.own[twin])
                continue
            yield item
            left = [at for at in left if at not in group]
            spare = [at for at in spare if at not in group]

    def _lonely(self, at: int) -> tuple[int, int, int]:
        entry = self.own[at]
        mates = sum(_in_one_run(one, entry) for one in self.own)
        siblings = sum(
            one.genus == entry.genus and one.place.section == entry.place.section
            for one in self.own
        )
        return -min(mates, GROUP), -min(siblings, GROUP), at

    def _group(self, first: int, pool: Sequence[int]) -> list[int]:
        """Returns the entry with up to three siblings: those of its section first."""
        every, entry = self.every, self.every[first]
        group = [first]

        def rank(at: int) -> tuple[bool, bool, bool, bool, float, int]:
            here = every[at].place.section == entry.place.section
            alike = every[at].genus == entry.genus
            return (
                not (here and _in_one_run(every[at], entry)),
                not (here and every[at].sort == entry.sort),
                not alike,
                not here and at < len(self.own),  # which can be asked for itself
                -float(self.nearness[first, at]),
                at,
            )

        for at in sorted(pool, key=rank):
            other = every[at]
            terms = [*(every[one].term for one in group), other.term]
            texts = [*(every[one].text for one in group), other.text]
            named = shared_words(other.term, entry.text, self.language)
            tempts = not named and _tempts(other, entry, float(self.nearness[first, at]))
            if tempts and not alike(terms) and not alike(texts):
                group.append(at)
            if len(group) == GROUP:
                break
        return group

    def _match(self, group: Sequence[Entry]) -> Item | None:
        for entry in group:
            others = [one.term for one in group if one is not entry]
            # Of four pairs, one that is familiar makes the others easier.
            if is_everyday(entry.term, others, self.language, least=FAMILIAR):
                return None
            if gives_away(entry.text, entry.term, others, self.language):
                return None  # the words of a description alone tell its term
        right = shuffled([entry.text for entry in group], group[0].term)
        first = group[0]
        return Item(
            kind=QuestionKind.DEFINITION,
            stem=self.words.match_terms.format(subject=_common(group) or first.place.subject),
            body=Matching(
                left=tuple(entry.term for entry in group),
                right=tuple(right),
                pairs=tuple(right.index(entry.text) for entry in group),
            ),
            explanation=self._meanings(group),
            place=first.place,
            quote=first.quote,
            answers=tuple(entry.term for entry in group),
            context=" ".join(entry.text for entry in group),
            sentences=frozenset(entry.quote for entry in group),
            worth=1.5 + 0.1 * _cohesion(group),
            bloom=BloomLevel.REMEMBER,
        )

    def _asked(self, entry: Entry, others: Sequence[Entry]) -> tuple[str, tuple[str, ...]] | None:
        """Returns the question and its choices, the right one first; None if the words tell it."""
        wrong, texts = [one.term for one in others], [one.text for one in others]
        if is_everyday(entry.term, wrong, self.language):
            return None
        # A term whose words stand in the description is given away or ruled out by it.
        if any(shared_words(one.term, entry.text, self.language) for one in (entry, *others)):
            return None
        if told_by_meaning(entry.text, entry.term, wrong):
            return None
        if not self._is_alone_of_its_kind(entry, others):
            question = self.words.name_for.format(definition=entry.text)
            return question, (entry.term, *wrong)
        # "A bend that ..." tells "meander" beside a plain and a mouth: the other way round.
        if stands_out(entry.text, texts) or told_by_meaning(entry.term, entry.text, texts):
            return None
        return DESCRIBES.format(entry.term), (entry.text, *texts)

    def _choose(self, group: Sequence[Entry], keys: Sequence[Entry]) -> Item | None:
        """Returns a choice among the group, whose answer is one of `keys`."""
        for entry in sorted(keys, key=lambda one: draw(one.term)):
            others = [one for one in group if one is not entry]
            if stands_out(entry.term, [one.term for one in others]) or _odd_one(entry, others):
                continue
            asked = self._asked(entry, others)
            if asked is None:
                continue
            question, choices = asked
            # What a sentence defines needs no subject; a row of a list is told by its list.
            subject = about(_common(group), question, self.language) if entry.genus == "row" else ""
            if subject:
                question = self.words.subject.format(subject=subject, question=question)
            return Item(
                kind=QuestionKind.DEFINITION,
                stem=question,
                choices=choices,
                feedback=("", *(self._meaning(one) for one in others)),
                explanation=self._meanings([entry, *others]),
                place=entry.place,
                quote=entry.quote,
                answers=(entry.term,),
                context=entry.text,
                sentences=frozenset(one.quote for one in group if one.quote),
                worth=1.4 + 0.1 * _cohesion(group),
                difficulty=Difficulty.EASY if _cohesion(group) < RIVALS else Difficulty.MEDIUM,
                bloom=BloomLevel.REMEMBER,
            )
        return None

    def _is_alone_of_its_kind(self, entry: Entry, others: Sequence[Entry]) -> bool:
        """Whether the description names a kind that fewer than two of the others are said to be."""
        if base_language(self.language) != "en" or entry.genus in ("", "row", *english.BROAD_KINDS):
            return False
        return sum(one.genus == entry.genus for one in others) < RIVALS

    def _exchanged(self, entry: Entry, other: Entry) -> Iterator[Item]:
        """Yields the sentence that names the entry, with the name of the other in its place."""
        changed, count = re.subn(
            rf"\b{re.escape(entry.term)}\b", other.term, entry.quote, flags=re.IGNORECASE
        )
        if count != 1:
            return
        subject = about(entry.place.subject, entry.quote, self.language)
        false = Item(
            kind=QuestionKind.CHANGED_FACT,
            stem=f"{subject}: {changed}" if subject else changed,
            body=TrueFalse(correct=False),
            explanation=f"It is the other way round. {self._meanings([entry, other])}",
            place=entry.place,
            quote=entry.quote,
            answers=(entry.term,),
            context=entry.text,
            sentences=frozenset({entry.quote, other.quote}),
            worth=1.2,
            difficulty=Difficulty.EASY,
            bloom=BloomLevel.REMEMBER,
        )
        true = replace(
            false,
            stem=f"{subject}: {entry.quote}" if subject else entry.quote,
            body=TrueFalse(correct=True),
            explanation=f"The statement is true. {self._meanings([entry, other])}",
        )
        yield replace(false, twin=true)

    def _meaning(self, entry: Entry) -> str:
        return self.words.means.format(term=entry.term, definition=entry.text) if entry.text else ""

    def _meanings(self, group: Sequence[Entry]) -> str:
        return " ".join(filter(None, map(self._meaning, group)))


def _common(group: Sequence[Entry]) -> str:
    """Returns the subject of the group: that of its section, or the title of its chapter."""
    subjects = {entry.place.subject for entry in group}
    if len(subjects) == 1:
        return group[0].place.subject
    paths = [entry.place.passage.heading_path for entry in group]
    depth = 0
    while all(len(path) > depth and path[depth] == paths[0][depth] for path in paths):
        depth += 1
    return subject_of(paths[0][:depth]) if depth else ""


def _tempts(other: Entry, entry: Entry, near: float) -> bool:
    """Whether a term would tempt a learner who knows the subject only partly.

    What is defined one behind the other, or said to be of one kind, is mixed up; a term of another
    section that is only near in meaning is ruled out.
    """
    if other.genus == entry.genus:
        return True
    if other.place.section != entry.place.section:
        return False
    if other.sort != entry.sort:
        return near >= _VERY_NEAR
    return _in_one_run(other, entry) or near >= _BESIDE or entry.sort not in _BROAD


def _in_one_run(one: Entry, other: Entry) -> bool:
    return one.run == other.run > 0


def _differ(one: Entry, other: Entry) -> bool:
    """Whether two descriptions of one section differ in one word: "the pole of the upper half"."""
    if one.place.section != other.place.section or one.genus != other.genus:
        return False
    words, others = one.text.lower().split(), other.text.lower().split()
    return (
        len(words) == len(others) and sum(a != b for a, b in zip(words, others, strict=True)) == 1
    )


def _odd_one(entry: Entry, others: Sequence[Entry]) -> bool:
    """Whether the others are all of one kind, by their last word or what they are, it is not."""
    heads = {one.term.split()[-1].lower() for one in others}
    kinds = {one.genus for one in others if one.genus}
    return (len(heads) == 1 and entry.term.split()[-1].lower() not in heads) or (
        len(kinds) == 1 and len(others) > 1 and all(one.genus for one in others)
        and entry.genus not in kinds
    )  # fmt: skip


def _cohesion(group: Sequence[Entry]) -> int:
    """Returns how many neighbours share a section or what they are."""
    return sum(
        (one.place.section == two.place.section) + (one.genus == two.genus)
        for one, two in pairwise(group)
    )
