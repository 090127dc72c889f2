"""How much a sentence claims: "all" where the source says "some", "must" where it says "may"."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.opposites import negations, obligations, partials, possibilities, universals
from engine.language.words import word_set
from engine.lessons.claims.reading import Sentence, Word, alike
from engine.lessons.claims.source import Comparison, Finding, contradiction, missing

_ONLY = frozenset({"only", "nur"})
_EXCEPTING = word_set("only but except apart besides nobody none nur außer")
_NEGATIVE = word_set("none nobody nothing never")
_NEEDS_NOUN = word_set("each all any none nobody nothing never")
# "Usually" is no modal that cancels another one by standing in the sentence too.
_PERMITTED = frozenset({"can", "allowed", "permitted"})
_CLOSE, _RELATED, _MIN_SHARE = 0.25, 0.2, 0.4


def quantifier_findings(look: Comparison) -> Iterator[Finding]:
    listed = universals(look.claim.language)
    near = [s for s in look.nearest[:3] if look.share_of_claim(s) >= _CLOSE] or look.nearest[:1]
    for word in _quantifying(look.claim, listed):
        noun = _counted(look.claim, word)
        if (not noun and word.low in _NEEDS_NOUN) or _said_of(noun, look, listed):
            continue
        if near[0].lowered & _ONLY and not look.claim.lowered & _EXCEPTING:
            reason = f"The source says \u201conly\u201d, the sentence \u201c{word.text}\u201d."
            yield contradiction("only", 0.65, reason)
            return
        if any(_quantifying(s, listed) or s.lowered & {*_ONLY, "per", "whoever"} for s in near):
            continue
        denied = negations(look.claim.language)
        if word.low in denied and any(sentence.lowered & denied for sentence in near):
            continue
        yield _overdone(word, near, look)
        return


def _overdone(word: Word, near: tuple[Sentence, ...] | list[Sentence], look: Comparison) -> Finding:
    language = look.claim.language
    may = possibilities(language)
    hedges = {w for s in near[:2] for w in s.lowered & partials(language)}
    hedges |= near[0].lowered & may - {"can", "could"}
    if not hedges or look.claim.lowered & hedges:
        return missing("quantifier?", 0.35, f"The source does not say \u201c{word.text}\u201d.")
    hedge = min(hedges, key=lambda one: (one in may, one))
    reason = f"\u201c{word.text}\u201d claims more than the source, which says \u201c{hedge}\u201d."
    return contradiction("quantifier", 0.75, reason)


def _said_of(noun: str, look: Comparison, listed: frozenset[str]) -> bool:
    """Whether the source itself speaks of all of a kind somewhere."""
    return bool(noun) and any(
        alike(_counted(sentence, word), noun)
        for sentence in look.source.sentences
        for word in _quantifying(sentence, listed)
    )


def _counted(sentence: Sentence, word: Word) -> str:
    """Returns the noun that a quantifier counts: "every N", "none of the N"; "" for a pronoun."""
    if word.pos == "DET" or word.dep == "det":
        return sentence.words[word.head].key
    for of in sentence.children(word.position, ["prep"]):
        for noun in sentence.children(of.position, ["pobj"]):
            return noun.key
    return "" if word.pos else word.key


_NOT_OF_ALL_BEFORE = {
    "all": frozenset({"at", "in", "above", "after", "first"}),
    "no": frozenset({"have", "has", "had", "is", "are", "do", "does"}),
    "any": frozenset({"not", "without", "if", "hardly"}),
}
_NOT_OF_ALL_AFTER = {
    "no": frozenset({"longer", "more", "later", "less", "better", ".", ",", ""}),
    "each": frozenset({"other"}),
    "nothing": frozenset({"but"}),
}
_NONE = frozenset[str]()


def _quantifying(sentence: Sentence, listed: frozenset[str]) -> list[Word]:
    """Returns the words that speak of all; not those of "at all", "no longer", "not any"."""
    found = []
    words = ["", *(word.low for word in sentence.words), ""]
    negative = {"not", "n't", "if"} & sentence.lowered
    for before, word, after in zip(words, sentence.words, words[2:], strict=False):
        low = word.low
        if low not in listed or low == "never" or (low == "any" and negative):
            continue
        if before in _NOT_OF_ALL_BEFORE.get(low, _NONE) or after in _NOT_OF_ALL_AFTER.get(
            low, _NONE
        ):
            continue
        found.append(word)
    return found


def modal_findings(look: Comparison) -> Iterator[Finding]:
    must, may = obligations(look.claim.language), possibilities(look.claim.language)
    strong = _strong(look.claim, must)
    nearest = look.nearest[0]
    if not strong or look.share_of_claim(nearest) < _MIN_SHARE:
        return
    related = [s for s in look.nearest[1:3] if look.share_of_claim(s) >= _RELATED]
    if any(_strong(sentence, must) for sentence in (nearest, *related)):
        return
    weak = nearest.lowered & may
    if weak and not look.claim.lowered & weak - _PERMITTED:
        reason = f"The source says \u201c{min(weak)}\u201d, the sentence \u201c{strong}\u201d."
        yield contradiction("modal", 0.85, reason)
    else:
        yield missing("modal?", 0.25, f"The source does not say \u201c{strong}\u201d.")


def _strong(sentence: Sentence, must: frozenset[str]) -> str:
    """Returns the first word of obligation or certainty, "" without one."""
    words = [word.low for word in sentence.words]
    for number, word in enumerate(words):
        following = words[number + 1 : number + 2]
        if word in ("has", "have", "had", "certain"):
            denied = {"not", "n't"} & set(words[max(number - 2, 0) : number])
            if following == ["to"] and not denied:
                return f"{sentence.words[number].text} to"
        elif word in must and following != ["not"]:
            return sentence.words[number].text
    return ""
