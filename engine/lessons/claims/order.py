"""What comes first, what causes what and what is more than what; English only."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from engine.language.opposites import opposites
from engine.language.words import word_set
from engine.lessons.claims.reading import SUBJECTS, Sentence, Word
from engine.lessons.claims.source import (
    Comparison,
    Finding,
    Source,
    contradiction,
    has_alike,
    shown,
)

Keys = frozenset[str]
Place = tuple[int, int]

_AFTER = frozenset({"once", "after"})
_LATER = word_set("then afterwards afterward later subsequently next finally after last and")
_TURNING = word_set("after before once until because since")
_EXPLAINING = word_set("because since so therefore why")
_MIN_PLACE = 0.4


def order_findings(look: Comparison) -> Iterator[Finding]:
    pair = _sequence(look.claim)
    if pair is None:
        return
    earlier, later = (_place(*one, look.source) for one in (pair, pair[::-1]))
    if earlier and later and earlier > later and not _turned(look.source, later, earlier):
        sentence = look.source.sentences[later[0]]
        reason = f"The source has this in the other order: {shown(sentence.text)}"
        yield contradiction("order", 0.75, reason)


def _sequence(claim: Sentence) -> tuple[Keys, Keys] | None:
    """Returns the words of what comes first and of what comes later, as the claim has it."""
    for verb in claim.words:
        if verb.dep == "advcl":
            marks = {w.low for w in claim.children(verb.position, ["mark", "advmod"])}
        elif verb.dep == "pcomp":
            marks = {claim.words[verb.head].low}
        else:
            continue
        inner = claim.keys_at(claim.below(verb.position))
        rest = (_main_clause(claim, verb) if verb.dep == "advcl" else claim.keys) - inner
        if marks & _AFTER:
            return inner, rest
        if "before" in marks:
            return rest, inner
    return _first_and_then(claim)


def _first_and_then(claim: Sentence) -> tuple[Keys, Keys] | None:
    """Returns the clauses of "A first, and B after that"."""
    first = next((word for word in claim.words if word.low == "first"), None)
    if first is None or first.dep == "amod" or not _LATER & claim.lowered:
        return None
    owner = next(clause for clause in claim.clauses if first in clause.words)
    start = owner.words[0].position
    others: Keys = frozenset(
        key for c in claim.clauses if c.words[0].position > start for key in c.keys
    )
    own = owner.keys - {"first"}
    return (own, others) if own and others else None


def _main_clause(sentence: Sentence, verb: Word) -> Keys:
    """Returns the words of the clause that an adverbial clause belongs to."""
    inside = sentence.below(verb.head, without={"relcl", "advcl", "parataxis"})
    return sentence.keys_at(inside - {verb.position})


def _place(keys: Keys, others: Keys, source: Source) -> Place | None:
    """Returns where the source tells of some words and not of the others."""
    own = [key for key in keys if not has_alike(key, others)]
    numbers = {id(sentence): n for n, sentence in enumerate(source.sentences)}
    scored = [
        (source.share(own, clause.keys), -n, (numbers[id(sentence)], n))
        for n, (sentence, clause) in enumerate(source.clauses)
    ]
    share, _, place = max(scored, default=(0.0, 0, (0, 0)))
    return place if own and share >= _MIN_PLACE else None


def _turned(source: Source, first: Place, last: Place) -> bool:
    """Whether the source itself tells the later thing first: "B, after A"."""
    return first[0] == last[0] and bool(source.sentences[first[0]].lowered & _TURNING)


# --- what causes what ------------------------------------------------------------------------

_REASONS = frozenset({"because", "since", "as", "when", "once"})
_RESULTS = frozenset({"so", "therefore", "thus", "hence"})
_CAUSING = word_set("cause make lead bring produce trigger let force drive result")
_MUTUAL, _CLEAR, _PARTLY, _HARDLY = 0.4, 0.8, 0.2, 0.1


def cause_findings(look: Comparison) -> Iterator[Finding]:
    for cause, effect in causes(look.claim):
        if len(cause) < 2 or len(effect) < 2:  # noqa: PLR2004 (a word alone stands anywhere)
            continue
        for sentence, its_cause, its_effect in _source_causes(look.source.sentences):
            if _is_turned(cause, effect, its_cause, its_effect, look.source):
                reason = f"Cause and effect are the other way round: {shown(sentence.text)}"
                yield contradiction("cause", 0.75, reason)
                return
        told, told_effect = _place(cause, effect, look.source), _place(effect, cause, look.source)
        if told and told_effect and told > told_effect:
            explained = look.source.sentences[told[0]].lowered & _EXPLAINING
            if not explained and not _turned(look.source, told_effect, told):
                yield contradiction("cause?", 0.3, "The source tells the effect before its cause.")
                return


@lru_cache(maxsize=4)
def _source_causes(sentences: tuple[Sentence, ...]) -> list[tuple[Sentence, Keys, Keys]]:
    return [(sentence, *pair) for sentence in sentences for pair in causes(sentence)]


def _is_turned(
    cause: Keys, effect: Keys, its_cause: Keys, its_effect: Keys, source: Source
) -> bool:
    straight = min(source.share(cause, its_cause), source.share(effect, its_effect))
    crossed = source.share(cause, its_effect), source.share(effect, its_cause)
    if min(crossed) >= _MUTUAL and min(crossed) > 2 * straight:
        return True
    return max(crossed) >= _CLEAR and min(crossed) >= _PARTLY and straight < _HARDLY


def causes(sentence: Sentence) -> list[tuple[Keys, Keys]]:
    """Returns pairs of the words of a cause and of its effect."""
    found = [pair for word in sentence.words for pair in _of_word(sentence, word)]
    return [(cause, effect) for cause, effect in found if cause and effect]


def _of_word(sentence: Sentence, word: Word) -> Iterator[tuple[Keys, Keys]]:
    if word.dep == "advcl":
        marks = {w.low for w in sentence.children(word.position, ["mark", "advmod"])}
        if marks & _REASONS:
            inner = sentence.keys_at(sentence.below(word.position))
            yield inner, _main_clause(sentence, word) - inner
    if word.key in _CAUSING and word.pos == "VERB":
        cause = _causing(sentence, word)
        yield cause, sentence.keys_at(sentence.below(word.position)) - cause - {word.key}
    before = sentence.keys_at(range(word.position))
    if word.low in _RESULTS and word.dep in ("advmod", "cc", "mark"):
        effect = sentence.keys_at(sentence.below(word.head))
        yield before - effect or before, effect - before
    if _points_back(sentence, word):
        yield before, sentence.keys_at(range(word.head + 1, len(sentence.words)))


def _causing(sentence: Sentence, verb: Word) -> Keys:
    """Returns the subject of "makes"; "it is X that makes": X."""
    heads = sentence.children(verb.position, [*SUBJECTS, "csubj"])
    subject = sentence.keys_at(sentence.below(*(w.position for w in heads)))
    if subject or verb.dep not in ("relcl", "ccomp"):
        return subject
    governor = sentence.words[verb.head]
    attributes = sentence.children(governor.position, ["attr"])
    anchor = attributes[0] if attributes and governor.key == "be" else governor
    inside = sentence.below(anchor.position) - sentence.below(verb.position)
    return sentence.keys_at(inside)


def _points_back(sentence: Sentence, word: Word) -> bool:
    """Whether it is the "which" or "this" of "A, which makes B" and "A, and this led to B"."""
    if word.dep != "nsubj" or word.position < 2:  # noqa: PLR2004 (something stands before it)
        return False
    if word.low == "which":
        return sentence.words[word.position - 1].text == ","
    verb = sentence.words[word.head]
    pronoun = word.low in ("this", "that") and word.pos == "PRON"
    return pronoun and verb.key in _CAUSING and verb.dep != "relcl"


# --- comparisons -----------------------------------------------------------------------------


def comparison_findings(look: Comparison) -> Iterator[Finding]:
    """Yields exchanged sides: "B is larger than A" for "A is larger than B"."""
    mine = _sides(look.claim)
    for sentence in look.nearest[:3]:
        its = _sides(sentence)
        if mine and its and mine[2] == its[2] and _are_crossed(mine, its):
            reason = f"The comparison is the other way round: {shown(sentence.text)}"
            yield contradiction("comparison", 0.7, reason)
            return


def is_turned_twice(look: Comparison) -> bool:
    """Whether a comparison says the same with both changed: "B is smaller than A"."""
    mine = _sides(look.claim)
    turned = opposites(look.claim.language)
    return mine is not None and any(
        its is not None and its[2] in turned.get(mine[2], ()) and _are_crossed(mine, its)
        for its in map(_sides, look.nearest[:3])
    )


Sides = tuple[Keys, Keys, str]


def _are_crossed(mine: Sides, its: Sides) -> bool:
    left, right = mine[0] - mine[1], mine[1] - mine[0]
    its_left, its_right = its[0] - its[1], its[1] - its[0]
    crossed = bool(left & its_right) + bool(right & its_left)
    return crossed > 0 and crossed >= bool(left & its_left) + bool(right & its_right)


def _sides(sentence: Sentence) -> Sides | None:
    """Returns the words before and after "than", and the quality that is compared."""
    than = next((word.position for word in sentence.words if word.low == "than"), None)
    if than is None:
        return None
    before = sentence.words[:than]
    quality = next((word for word in reversed(before) if word.tag in ("JJR", "RBR")), None)
    if quality is None:
        return None
    left = sentence.keys_at({w.position for w in before} - {quality.position})
    return left, sentence.keys_at(range(than, len(sentence.words))), quality.key
