"""Questions about the terms of a chapter, each among its nearest siblings.

A glossary of a chapter holds dozens of terms, and sentences define more. A choice is made of those
alone that could be mixed up: said to be of one kind ("artery", "sulcus") or named alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from engine.language.words import (
    base_language,
    content_lemmas,
    lemma,
    normalise,
    word_set,
    zipf,
)
from engine.questions.extractive import english
from engine.questions.extractive.changes import OPPOSITE
from engine.questions.extractive.definitions import entries
from engine.questions.extractive.items import Item, alike, draw, shared_words, stands_out
from engine.questions.extractive.material import GlossaryEntry, Material, Place
from engine.questions.extractive.wording import wording
from engine.questions.schemas import BloomLevel, Difficulty, QuestionKind
from engine.search.embeddings import embedder

RIVALS, MIN_RIVALS = 3, 2
_MIN_WORDS, _MAX_WORDS = 4, 28
_MAX_TERM_WORDS = 4
# How near in meaning two descriptions must be to be mixed up, and how near to be the same.
_WEAK, _ONE_KIND, _SAME = 0.2, 0.25, 0.93
# Kinds that say nothing: anything is a process or a part.
_BROAD_KINDS = word_set(
    """
process act ability amount part area state condition thing system study term use way method type
form set group number measure action event practice something person structure substance
material theory idea concept tendency approach technique
"""
)
_ALIAS = re.compile(
    r"(?:also|or|formerly|sometimes)(?: (?:called|known as|referred to as|termed|spelled))?,? "
    r"(?:an? |the )?(?P<name>[^;().]{3,60})"
)
_ROOT = 4  # letters that two words of one root have in common
_PREFIXES = word_set(
    """
inte intr tran over semi hype unde supe cont comp conc cons prod poly mono micr macr anti cent
disc extr
"""
)
_LENGTHS = 2.2  # the longest description beside the shortest
_PARTS = re.compile(r"\s*\([^()]*\)")
# What belongs to one place of the text: amounts, other places, words that were printed twice.
_POINTING = re.compile(
    r"[\d$\u20ac\u00a3]|\b(\w+ \w+) \1\b|https?:|[{}|=]"
    r"|\b(?:see|above|below|following|chapter|section|figure|you|your|we|our|etc|e\.g)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Term:
    """`names` are the term and what else it is called, `kind` and `form` the head of its text."""

    term: str
    text: str
    names: frozenset[str]
    kind: str
    form: str
    line: str
    place: Place


def glossary_items(material: Material) -> Iterator[Item]:
    if base_language(material.language) != "en" or wording(material.language) is None:
        return
    asked = [*material.glossary, *_defined(material)]
    others = [*material.other_terms, *(_defined(material.siblings) if material.siblings else ())]
    terms, mine = _terms([*asked, *others], {id(entry) for entry in asked})
    if len(terms) > RIVALS:
        yield from _Groups(terms, mine, material.language).items()


def _defined(material: Material) -> Iterator[GlossaryEntry]:
    """Yields the terms that sentences define, as if a glossary listed them."""
    for entry in entries(material):
        yield GlossaryEntry(entry.term, entry.text, entry.quote, entry.place)


def _terms(listed: Sequence[GlossaryEntry], own: set[int]) -> tuple[list[_Term], list[bool]]:
    """Returns the terms that can be asked or tempt, and which of them are this text's own."""
    kept: dict[str, tuple[GlossaryEntry, str, str]] = {}
    for entry in listed:
        term = _PARTS.sub("", entry.term).strip(" ,")
        text = _clause(entry.text)
        plain = re.fullmatch(r"[^\W\d_][\w\u2019'/ -]*", term) and not term.isupper()
        words = len(text.split())
        if not plain or len(term.split()) > _MAX_TERM_WORDS or _POINTING.search(text):
            continue
        if _MIN_WORDS <= words <= _MAX_WORDS and text[0].isalpha():
            kept.setdefault(normalise(term), (entry, term, text))
    found = english.heads([text for _, _, text in kept.values()])
    terms = [
        _Term(
            term, text, _names(entry.term, entry.text, term), head.kind,
            f"{head.form} {_plural(term)}", entry.line, entry.place,
        )
        for (entry, term, text), head in zip(kept.values(), found, strict=True)
    ]  # fmt: skip
    mine = [id(entry) in own for entry, _, _ in kept.values()]
    nouns = [at for at, one in enumerate(terms) if one.form.startswith("NN")]
    return [terms[at] for at in nouns], [mine[at] for at in nouns]


def _clause(text: str) -> str:
    """Returns the first clause without brackets and article."""
    plain = _PARTS.sub("", text).split(";")[0].strip(" .,")
    plain = re.split(r"(?<=[a-z])\. (?=[A-Z])|, (?:also|sometimes) (?:called|known)", plain)[0]
    plain = re.sub(r"^(?:an?|the) ", "", plain, flags=re.IGNORECASE)
    small = plain[1:2].islower() and plain.split(maxsplit=1)[0].lower() != "i"
    known = small and zipf(plain.split(maxsplit=1)[0].lower(), "en") > 2.0  # noqa: PLR2004
    return plain[:1].lower() + plain[1:] if known else plain


def _names(written: str, text: str, term: str) -> frozenset[str]:
    names = [term, *re.findall(r"\(([^()]{2,40})\)", written)]
    names += [found["name"].strip(" ,") for found in _ALIAS.finditer(text)]
    return frozenset(normalise(name) for name in names if name)


class _Groups:
    """Deals terms into groups: one that is asked, with those that could be mixed up with it."""

    def __init__(self, terms: Sequence[_Term], mine: Sequence[bool], language: str) -> None:
        self.terms, self.mine, self.language = terms, mine, language
        vectors = embedder().embed([one.text for one in terms])
        names = embedder().embed([one.term for one in terms])
        self.near: Any = vectors @ vectors.T
        self.near_names: Any = names @ names.T
        self.words = [set(content_lemmas(one.text, language)) for one in terms]

    def items(self) -> Iterator[Item]:
        left = set(range(len(self.terms)))
        # Those with the most tempting siblings first: later ones have fewer left.
        order = sorted((-self._strength(at), at) for at in left if self.mine[at])
        for _, at in order:
            if at not in left:
                continue
            rivals = self._group(at, left)
            item = self._ask(at, rivals) if len(rivals) >= MIN_RIVALS else None
            if item:
                left -= {at, *rivals}
                yield item

    def _strength(self, at: int) -> float:
        pulls = [self._pull(at, other) for other in self._rivals(at, range(len(self.terms)))]
        return sum(sorted(pulls)[-RIVALS:])

    def _rivals(self, at: int, left: Iterable[int]) -> list[int]:
        return [other for other in left if other != at and self._may_stand_beside(at, other)]

    def _pull(self, at: int, other: int) -> float:
        one, two = self.terms[at], self.terms[other]
        head = one.term.split()[-1].casefold() == two.term.split()[-1].casefold()
        section = one.place.section == two.place.section
        near = float(self.near[at, other]) + 0.3 * float(self.near_names[at, other])
        return near + 0.5 * _of_one_kind(one, two) + 0.4 * head + 0.15 * section

    def _may_stand_beside(self, at: int, other: int) -> bool:
        """Whether the two have one form and are neither the same nor one a kind of the other."""
        one, two = self.terms[at], self.terms[other]
        if one.form != two.form or one.place.chapter != two.place.chapter or one.names & two.names:
            return False
        if one.term[:1].isupper() != two.term[:1].isupper():
            return False
        if _is_kind_of(one, two) or _is_kind_of(two, one) or _names_in(two.term, one.text):
            return False
        return float(self.near[at, other]) >= _WEAK and not self._same(at, other)

    def _tempts(self, at: int, other: int) -> bool:
        """Whether who half knows the one would take it for the other: only what is said or named to
        be of one kind, since readers rule out the rest."""
        one, two = self.terms[at], self.terms[other]
        head = one.term.split()[-1].casefold() == two.term.split()[-1].casefold()
        return float(self.near[at, other]) >= _ONE_KIND and (head or _of_one_kind(one, two))

    def _same(self, at: int, other: int) -> bool:
        """Whether the two descriptions may mean the same; opposites in them tell them apart."""
        mine, theirs = self.words[at], self.words[other]
        if any(OPPOSITE.get(word) in theirs - mine for word in mine - theirs):
            return False
        return float(self.near[at, other]) > _SAME or mine <= theirs or theirs <= mine

    def _group(self, at: int, left: set[int]) -> list[int]:
        """Returns the rivals: two that tempt at least, and a third that may be a weak one."""
        found = sorted(self._rivals(at, left), key=lambda o: (-self._pull(at, o), o))
        found.sort(key=lambda o: not self._tempts(at, o))
        group: list[int] = []
        for other in found:
            texts = [self.terms[one] for one in (at, *group, other)]
            if alike([one.term for one in texts]) or alike([one.text for one in texts]):
                continue
            if any(self._same(one, other) for one in group):
                continue
            group.append(other)
            if len(group) == RIVALS:
                break
        strong = sum(self._tempts(at, other) for other in group)
        return group if strong >= MIN_RIVALS else []

    def _ask(self, at: int, rivals: Sequence[int]) -> Item | None:
        """Asks for the term or for its description, whichever is not given away."""
        ways = [self._for_term, self._for_text]
        if draw(self.terms[at].term) % 2:
            ways.reverse()
        group = [self.terms[one] for one in (at, *rivals)]
        return next(filter(None, (way(group) for way in ways)), None)

    def _for_term(self, group: Sequence[_Term]) -> Item | None:
        asked, *others = group
        wrong = [one.term for one in others]
        if stands_out(asked.term, wrong) or _odd_head(asked.term, wrong):
            return None
        if self._told(group):
            return None
        words = wording(self.language)
        if words is None:
            return None
        stem = words.name_for.format(definition=asked.text)
        return self._item(group, stem, (asked.term, *wrong), BloomLevel.REMEMBER)

    def _for_text(self, group: Sequence[_Term]) -> Item | None:
        asked, *others = group
        wrong = [one.text for one in others]
        lengths = [len(one.text) for one in group]
        if max(lengths) > _LENGTHS * min(lengths) or stands_out(asked.text, wrong):
            return None
        if any(_hints(asked.term, one.text, self.language) for one in group):
            return None
        stem = f"Which description fits the term \u201c{asked.term}\u201d?"
        return self._item(group, stem, (asked.text, *wrong), BloomLevel.UNDERSTAND)

    def _told(self, group: Sequence[_Term]) -> bool:
        """Whether the description tells its term by a word that fewer than two others share."""
        own, *others = [_hints(one.term, group[0].text, self.language) for one in group]
        return bool(own) and sum(hints >= own for hints in others) < MIN_RIVALS

    def _item(
        self, group: Sequence[_Term], stem: str, choices: tuple[str, ...], bloom: BloomLevel
    ) -> Item:
        asked, *others = group
        means = [f"\u201c{one.term}\u201d: {one.text}." for one in group]
        kinds = sum(one.kind == asked.kind and one.kind not in _BROAD_KINDS for one in others)
        return Item(
            kind=QuestionKind.DEFINITION,
            stem=stem,
            choices=choices,
            feedback=("", *means[1:]),
            explanation=" ".join(means),
            place=asked.place,
            quote=asked.line,
            answers=(asked.term,),
            context=asked.text,
            sentences=frozenset(one.line for one in group),
            worth=1.3 + 0.15 * kinds,
            difficulty=Difficulty.MEDIUM,
            bloom=bloom,
        )


def _of_one_kind(one: _Term, two: _Term) -> bool:
    return one.kind == two.kind and one.kind not in _BROAD_KINDS


def _is_kind_of(one: _Term, two: _Term) -> bool:
    """Whether one is called a kind of the other: "mitral valve" of "valve"."""
    head = normalise(two.term).split()
    named = set(head) <= set(normalise(one.term).split())
    return named or (head[-1] == one.kind and set(head) <= set(normalise(one.text).split()))


def _names_in(term: str, text: str) -> bool:
    """Whether a text names the term: readers would rule it out."""
    return bool(re.search(rf"\b{re.escape(normalise(term))}(?:s|es)?\b", normalise(text)))


def _hints(term: str, text: str, language: str) -> int:
    """Returns how many words of the term remind of the text: "atrial" of "atria"."""
    roots = {word[:_ROOT] for word in normalise(text).split() if len(word) > _ROOT} - _PREFIXES
    shared = " ".join(shared_words(term, text, language))
    words = [word for word in normalise(term).split() if len(word) > _ROOT]
    alike_in_root = [w for w in words if w[:_ROOT] in roots and w[:_ROOT] not in shared]
    return len(shared.split()) + len(alike_in_root)


def _plural(term: str) -> bool:
    last = term.rsplit(maxsplit=1)[-1].lower()
    return last.endswith("s") and lemma(last, "en") != last


def _odd_head(term: str, wrong: Sequence[str]) -> bool:
    """Whether the others share their last word and the term has another, or it alone has two."""
    heads = [one.split()[-1].casefold() for one in wrong]
    mine = term.rsplit(maxsplit=1)[-1].casefold()
    pairs = sum(one == two for one, two in combinations(heads, 2))
    return pairs > 0 and mine not in heads
