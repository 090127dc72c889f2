"""Questions about the terms of a chapter, each among its nearest siblings.

A glossary of a chapter holds dozens of terms, and sentences define more. A choice is made of those
alone that could be mixed up: said to be of one kind ("artery", "sulcus") or named alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from engine.language.words import (
    base_language,
    content_lemmas,
    normalise,
    word_set,
    zipf,
)
from engine.questions.extractive import english
from engine.questions.extractive.changes import OPPOSITE
from engine.questions.extractive.definitions import entries, sort_of
from engine.questions.extractive.items import (
    Item,
    alike,
    draw,
    is_everyday,
    shared_words,
    stands_out,
    told_by_meaning,
)
from engine.questions.extractive.material import GlossaryEntry, Material, Place
from engine.questions.extractive.stems import is_plural_noun
from engine.questions.extractive.terms import DESCRIBES
from engine.questions.extractive.wording import wording
from engine.questions.formats import TrueFalse
from engine.questions.schemas import BloomLevel, Difficulty, QuestionKind
from engine.search.embeddings import embedder

RIVALS, MIN_RIVALS = 3, 2
_MIN_WORDS, _MAX_WORDS = 4, 28
_MAX_TERM_WORDS = 4
# How near in meaning two descriptions must be to be mixed up, and how near to be the same.
_PAIR = 0.4
_TWIN, _TOLD = 0.5, 0.1
_WEAK, _ONE_KIND, _FILLS, _BROAD_KIND, _SAME = 0.2, 0.25, 0.4, 0.35, 0.93
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
_NAMED = 2  # descriptions that name a category
_KINDS_OF = re.compile(
    r"\b(?:types|kinds|forms|sorts|classes|categories|groups|families) of(?: \w+){1,4}"
)
# "A fallacy of weak induction that ...": of which sort, before what tells it from others.
_SORT_NAMED = re.compile(
    r"(?P<sort>\w+ (?:of|in|for) .+?) (?:(?:in )?which|that|who|whose|where|when)\b"
)
_LENGTHS = 2.2  # the longest description beside the shortest
_PARTS = re.compile(r"\s*\([^()]*\)")
_NEXT_ENTRY = re.compile(r"[a-z)]: [a-z]")
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
    if not asked:
        return
    others = [*material.other_terms, *(_defined(material.siblings) if material.siblings else ())]
    terms, mine = _terms([*asked, *others], {id(entry) for entry in asked})
    if len(terms) > RIVALS:
        categories = _categories(terms, material)
        yield from _Groups(terms, mine, categories, material.language).items()


def _categories(terms: Sequence[_Term], material: Material) -> frozenset[str]:
    """Returns the terms that others are kinds of: "fallacy of relevance", "intermolecular force".

    Several descriptions name them, a title is made of them, or the text speaks of their kinds.
    """
    texts = [normalise(one.text) for one in terms]
    parts = [material, *filter(None, [material.siblings])]
    spoken = " ".join(
        found.group()
        for part in parts
        for sentence in part.sentences
        for found in _KINDS_OF.finditer(normalise(sentence.text))
    )
    titles = {
        normalise(title)
        for part in parts
        for sentence in part.sentences
        for title in sentence.place.passage.heading_path
    }
    named = []
    for one in terms:
        plain = normalise(one.term)
        wanted = re.compile(rf"\b{re.escape(plain)}(?:s|es)?\b")
        often = sum(map(bool, map(wanted.search, texts))) >= _NAMED
        if often or wanted.search(spoken) or f"{plain}s" in titles:
            named.append(one.term)
    return frozenset(named)


def _defined(material: Material) -> Iterator[GlossaryEntry]:
    """Yields the terms that sentences define, as if a glossary listed them.

    Those that are defined one behind the other have siblings enough of their own.
    """
    found = entries(material)
    runs = Counter(entry.run for entry in found if entry.run)
    for entry in found:
        if runs[entry.run] <= RIVALS:
            yield GlossaryEntry(entry.term, entry.text, entry.quote, entry.place)


def _terms(listed: Sequence[GlossaryEntry], own: set[int]) -> tuple[list[_Term], list[bool]]:
    """Returns the terms that can be asked or tempt, and which of them are this text's own."""
    kept: dict[str, tuple[GlossaryEntry, str, str]] = {}
    for entry in listed:
        term = _PARTS.sub("", entry.term).strip(" ,")
        text = _clause(entry.text)
        if _NEXT_ENTRY.search(text):
            continue  # the entry goes on into the next one
        plain = re.fullmatch(r"[^\W\d_]{2}[\w\u2019'/ -]+", term) and not term.isupper()
        words = len(text.split())
        if not plain or len(term.split()) > _MAX_TERM_WORDS or _POINTING.search(text):
            continue
        if _MIN_WORDS <= words <= _MAX_WORDS and text[0].isalpha():
            kept.setdefault(normalise(term), (entry, term, text))
    found = english.heads([text for _, _, text in kept.values()])
    terms = [
        _Term(
            term, text, _names(entry.term, entry.text, term), head.kind,
            f"{head.form} {is_plural_noun(term.rsplit(maxsplit=1)[-1].lower())}",
            entry.line, entry.place,
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

    def __init__(
        self,
        terms: Sequence[_Term],
        mine: Sequence[bool],
        categories: frozenset[str],
        language: str,
    ) -> None:
        self.terms, self.mine, self.language = terms, mine, language
        self.categories = categories
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
        yield from self._pairs(left)

    def _pairs(self, left: set[int]) -> Iterator[Item]:
        """Yields statements that give one of two siblings the description of the other."""
        for at in sorted(one for one in left if self.mine[one]):
            rivals = [one for one in self._rivals(at, left) if self._tempts(at, one)]
            rivals = [one for one in rivals if float(self.near[at, one]) >= _PAIR]
            if at not in left or not rivals:
                continue
            other = max(rivals, key=lambda one: (self._pull(at, one), -one))
            pair = [self.terms[at], self.terms[other]]
            words = [one.term for one in pair]
            own = _own_words(words)
            told = any(_hints(one, text.text, self.language) for one in own for text in pair)
            plain = is_everyday(words[0], words[1:], self.language)
            if not told and not plain and not is_everyday(words[1], words[:1], self.language):
                left -= {at, other}
                yield self._exchanged(pair)

    def _exchanged(self, pair: Sequence[_Term]) -> Item:
        asked, other = pair
        stem = "The term \u201c{}\u201d means: {}."
        false = replace(
            self._item(pair, stem.format(asked.term, other.text), (), BloomLevel.UNDERSTAND),
            feedback=(),
            body=TrueFalse(correct=False),
            worth=1.1,
        )
        means = " ".join(_meaning(one) for one in pair)
        true = replace(
            false,
            stem=stem.format(asked.term, asked.text),
            body=TrueFalse(correct=True),
            explanation=f"The statement is true. {means}",
        )
        explanation = f"That is what \u201c{other.term}\u201d means. {means}"
        return replace(false, explanation=explanation, twin=true)

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
        # "Tolerance" is no cell, whatever its description begins with.
        if sort_of(one.term) != sort_of(two.term):
            return False
        # A category among its members fits whatever fits one of them.
        if (one.term in self.categories) != (two.term in self.categories):
            return False
        if _is_kind_of(one, two) or _is_kind_of(two, one) or _names_in(two.term, one.text):
            return False
        return float(self.near[at, other]) >= _WEAK and not self._same(at, other)

    def _tempts(self, at: int, other: int) -> bool:
        """Whether a learner who knows the subject only partly would take the one for the other.

        Only terms that are said or named to be of one kind are; readers rule out the rest.

        "Hindbrain structure" and "midbrain structure" are of a broad kind, but near.
        """
        one, two = self.terms[at], self.terms[other]
        head = one.term.split()[-1].casefold() == two.term.split()[-1].casefold()
        near = float(self.near[at, other])
        if head or _of_one_kind(one, two):
            return near >= _ONE_KIND
        return one.kind == two.kind and near >= _BROAD_KIND

    def _is_twin(self, at: int, other: int) -> bool:
        """Whether two terms are told apart by one difference: "homologous", "analogous structures".

        Their descriptions are near, and neither name is nearer to its own than the other's is.
        """
        if float(self.near[at, other]) < _TWIN:
            return False
        texts = embedder().embed([self.terms[one].text for one in (at, other)])
        names = embedder().embed([self.terms[one].term for one in (at, other)])
        (own, crossed), (back, other_own) = (names @ texts.T).tolist()
        return bool(max(own - back, other_own - crossed) <= _TOLD)

    def _same(self, at: int, other: int) -> bool:
        """Whether the two descriptions may mean the same; opposites in them tell them apart."""
        mine, theirs = self.words[at], self.words[other]
        said, other_said = (set(normalise(self.terms[one].text).split()) for one in (at, other))
        if any(OPPOSITE.get(word) in other_said - said for word in said - other_said):
            return False
        return float(self.near[at, other]) > _SAME or mine <= theirs or theirs <= mine

    def _group(self, at: int, left: set[int]) -> list[int]:
        """Returns two or three rivals that tempt, the rest of three near in meaning.

        Two alone are enough only where the text itself says that all are of one kind, and one
        needs to be a twin that two others are near to.
        """
        beside = self._rivals(at, left)
        tempting = self._apart(at, [], [one for one in beside if self._tempts(at, one)])
        if len(tempting) < MIN_RIVALS and not any(self._is_twin(at, one) for one in tempting):
            return []
        # Beside a twin alone, the others have to be as near as it is.
        least = _FILLS if len(tempting) >= MIN_RIVALS else _TWIN
        near = [one for one in beside if one not in tempting and self.near[at, one] >= least]
        group = self._apart(at, tempting, near)
        strong = all(_of_one_kind(self.terms[at], self.terms[one]) for one in group)
        return group if len(group) == RIVALS or strong else []

    def _apart(self, at: int, group: Sequence[int], rivals: Iterable[int]) -> list[int]:
        """Returns the group with rivals, strongest first, none of which may mean the same."""
        group = list(group)
        for other in sorted(rivals, key=lambda one: (-self._pull(at, one), one)):
            texts = [self.terms[one] for one in (at, *group, other)]
            unlike = not alike([one.term for one in texts]) and not alike([o.text for o in texts])
            if len(group) < RIVALS and unlike and not any(self._same(o, other) for o in group):
                group.append(other)
        return group

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
        if not _sort_is_shared(asked, others) or is_everyday(asked.term, wrong, self.language):
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
        own = _own_words([one.term for one in group])[0]
        if any(_hints(own, one.text, self.language) for one in group):
            return None
        if is_everyday(asked.term, [one.term for one in others], self.language):
            return None
        if told_by_meaning(asked.term, asked.text, wrong):
            return None
        stem = DESCRIBES.format(asked.term)
        return self._item(group, stem, (asked.text, *wrong), BloomLevel.UNDERSTAND)

    def _told(self, group: Sequence[_Term]) -> bool:
        """Whether the description tells its term by a word that not all others share, or by what
        their words mean every day."""
        asked, *others = group
        own, *hints = [_hints(one.term, asked.text, self.language) for one in group]
        if own and min(hints) < own:
            return True
        return told_by_meaning(asked.text, asked.term, [one.term for one in others])

    def _item(
        self, group: Sequence[_Term], stem: str, choices: tuple[str, ...], bloom: BloomLevel
    ) -> Item:
        asked, *others = group
        means = [_meaning(one) for one in group]
        kinds = sum(
            one.kind == asked.kind and one.kind not in english.BROAD_KINDS for one in others
        )
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


def _meaning(one: _Term) -> str:
    return f"\u201c{one.term}\u201d: {one.text}."


def _of_one_kind(one: _Term, two: _Term) -> bool:
    return one.kind == two.kind and one.kind not in english.BROAD_KINDS


def _sort_is_shared(asked: _Term, others: Sequence[_Term]) -> bool:
    """Whether two others are of the kind that the description names, as closely as it does.

    "A ridge that ..." is no lake, and "a fallacy of weak induction that ..." is none of relevance.
    """
    alike_in_kind = sum(_of_one_kind(asked, one) for one in others)
    if asked.kind not in english.BROAD_KINDS and alike_in_kind < MIN_RIVALS:
        return False
    named = _SORT_NAMED.match(asked.text)
    return not named or sum(one.text.startswith(named["sort"]) for one in others) >= MIN_RIVALS


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


def _own_words(terms: Sequence[str]) -> list[str]:
    """Returns each term without the words that all have: "primary" beside "secondary context"."""
    words = [normalise(term).split() for term in terms]
    shared = set(words[0]).intersection(*words)
    return [" ".join(word for word in one if word not in shared) for one in words]


def _odd_head(term: str, wrong: Sequence[str]) -> bool:
    """Whether the others share their last word and the term has another, or it alone has two."""
    heads = [one.split()[-1].casefold() for one in wrong]
    mine = term.rsplit(maxsplit=1)[-1].casefold()
    pairs = sum(one == two for one, two in combinations(heads, 2))
    return pairs > 0 and mine not in heads
