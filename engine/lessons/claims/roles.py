"""Who does what to whom, in a sentence and in its source; English only, but for `moved`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.language.opposites import opposites
from engine.language.quantities import MONTHS
from engine.language.words import base_language, word_set
from engine.lessons.claims.reading import SUBJECTS, Clause, Sentence, Word, alike
from engine.lessons.claims.source import (
    Comparison,
    Finding,
    any_alike,
    contradiction,
    has_alike,
    shown,
    stems_of,
)

_LIGHT = word_set("be have do get go make use take give call know show need become mean")
_PRONOUNS = frozenset({"he", "she", "it", "they"})
_OTHER_CLAUSES = frozenset({"relcl", "advcl", "ccomp"})
_COMPLEMENTS = ("prep", "dobj", *SUBJECTS, "npadvmod", "agent", "dative", "oprd")
_NAME_PARTS = ("compound", "amod", "poss")


@dataclass(frozen=True, slots=True)
class Frame:
    """A verb with the words of its subject, its object and all its complements.

    `cleft`: the subject stands out, as in "it was X that ...".
    """

    verb: Word
    subject: frozenset[str]
    object: frozenset[str]
    around: frozenset[str]
    pronoun: str = ""
    plural: bool = False
    cleft: bool = False


def frames(sentence: Sentence) -> list[Frame]:
    verbs = (w for w in sentence.words if w.pos == "VERB" and w.content and w.key not in _LIGHT)
    return [_frame(sentence, verb) for verb in verbs]


def _frame(sentence: Sentence, verb: Word) -> Frame:
    subject = _part(sentence, verb.position, ["nsubj"])
    thing = _part(sentence, verb.position, ["dobj"])
    passive = _part(sentence, verb.position, ["nsubjpass"])
    if passive:
        subject, thing = _part(sentence, verb.position, ["agent"]), passive
    elif not subject:
        subject = _borrowed_subject(sentence, verb)
    own = sentence.children(verb.position, SUBJECTS)
    return Frame(
        verb=verb,
        subject=subject,
        object=thing,
        around=_part(sentence, verb.position, _COMPLEMENTS),
        pronoun=next((w.low for w in own if w.low in _PRONOUNS), ""),
        plural=any(w.low == "they" or w.tag in ("NNS", "NNPS") for w in own),
        cleft=sentence.words[0].low == "it" and verb.dep in ("relcl", "ccomp"),
    )


def _borrowed_subject(sentence: Sentence, verb: Word) -> frozenset[str]:
    """Returns the subject of a verb that leaves it to what governs it."""
    governor = sentence.words[verb.head]
    if verb.dep == "relcl" and any(
        w.pos == "PRON" for w in sentence.children(verb.position, ["nsubj"])
    ):
        return _name(sentence, _cleft_noun(sentence, governor) or governor)
    if verb.dep == "ccomp" and governor.key == "be":
        attributes = sentence.children(governor.position, ["attr"])
        return _name(sentence, attributes[0]) if attributes else frozenset()
    if verb.dep == "conj":
        return _part(sentence, governor.position, SUBJECTS)
    return frozenset()


def _cleft_noun(sentence: Sentence, word: Word) -> Word | None:
    """Returns the X of "it is X of Y that ..." for X or Y."""
    for _ in range(3):
        verb = sentence.words[word.head]
        if word.dep == "attr" and verb.key == "be":
            subjects = sentence.children(verb.position, ["nsubj"])
            return word if subjects and subjects[0].low == "it" else None
        word = verb
    return None


def _name(sentence: Sentence, word: Word) -> frozenset[str]:
    parts = sentence.children(word.position, _NAME_PARTS)
    return sentence.keys_at({word.position, *(part.position for part in parts)})


def _part(sentence: Sentence, verb: int, links: Sequence[str]) -> frozenset[str]:
    heads = [word.position for word in sentence.children(verb, links)]
    return sentence.keys_at(sentence.below(*heads, without=_OTHER_CLAUSES))


@lru_cache(maxsize=4)
def _source_frames(sentences: tuple[Sentence, ...]) -> list[tuple[Sentence, Frame]]:
    """Returns all frames of a source; a pronoun stands for the subject before it."""
    found = []
    last: Frame | None = None
    for sentence in sentences:
        for frame in frames(sentence):
            subject = frame.subject
            if subject:
                last = frame
            elif frame.pronoun and last is not None and last.plural == frame.plural:
                subject = last.subject
            found.append((sentence, Frame(frame.verb, subject, frame.object, frame.around)))
    return found


def role_findings(look: Comparison) -> Iterator[Finding]:
    """Yields a verb with another subject than in the source, or one exchanged with its object."""
    for mine in frames(look.claim):
        if not mine.subject:
            continue
        same_verb = [
            (sentence, its)
            for sentence, its in _source_frames(look.source.sentences)
            if its.subject and alike(mine.verb.key, its.verb.key)
        ]
        if any(any_alike(mine.subject, its.subject) for _, its in same_verb):
            continue
        doubts = [(_role_doubt(mine, its, s, look), n) for n, (s, its) in enumerate(same_verb)]
        doubt, number = max(doubts, default=(0.0, 0))
        if doubt:
            sentence, its = same_verb[number]
            subject = " ".join(word.text for word in sentence.words if word.key in its.subject)
            reason = (
                f"In the source, \u201c{subject or 'another'}\u201d stands with "
                f"\u201c{its.verb.text}\u201d: {shown(sentence.text)}"
            )
            yield contradiction("role", doubt, reason)
            return


def _role_doubt(mine: Frame, its: Frame, sentence: Sentence, look: Comparison) -> float:
    if any_alike(mine.subject, its.object) and any_alike(mine.object, its.subject):
        return 0.7
    rest = mine.object | mine.around - mine.subject
    if len(rest) <= 1 or not all(look.source.has(key) for key in mine.subject):
        return 0.0
    if look.source.share(rest, its.object | its.around) < 0.5:  # noqa: PLR2004 (half)
        return 0.0
    sure = mine.cleft or (_names(look.claim, mine.subject) and _names(sentence, its.subject))
    return 0.7 if sure else 0.3


def _names(sentence: Sentence, keys: frozenset[str]) -> bool:
    """Whether these words are names, or stand for one as a pronoun's."""
    proper = {word.key for word in sentence.words if word.pos == "PROPN"}
    return bool(keys) and (keys <= proper or not keys & sentence.keys)


# --- words in another's place ----------------------------------------------------------------

_MIN_KEYS, _MIN_SHARE, _MIN_CLAUSE = 3, 0.5, 0.3
_SAME_LINK = {"nsubjpass": "nsubj", "dobj": "obj", "pobj": "obj"}


def exchange_findings(look: Comparison) -> Iterator[Finding]:
    """Yields a word that stands where the source has another, and belongs elsewhere in it."""
    for clause in look.claim.clauses:
        near = _nearest_clause(clause, look)
        if near is None:
            continue
        sentence, its = near
        for word in clause.words:
            if not _movable(word) or has_alike(word.key, its.keys) or not look.source.has(word.key):
                continue
            rivals = [
                other
                for other in its.words
                if _movable(other)
                and not has_alike(other.key, clause.keys)
                and _same_place(look.claim, word, sentence, other)
                and not _one_thing(word, other, look)
            ]
            if rivals:
                reason = (
                    f"The source says \u201c{rivals[0].text}\u201d where the sentence says "
                    f"\u201c{word.text}\u201d: {shown(sentence.text)}"
                )
                yield contradiction(
                    "exchange", _exchange_doubt(word, rivals, sentence, look), reason
                )
                return


def _nearest_clause(clause: Clause, look: Comparison) -> tuple[Sentence, Clause] | None:
    keys, source = clause.keys, look.source
    stems = stems_of(keys)
    if len(keys) < _MIN_KEYS or any(stems <= stems_of(c.keys) for _, c in source.clauses):
        return None
    scored = [
        (source.share(keys, its.keys), -number, sentence, its)
        for number, sentence in enumerate(look.nearest[:3])
        if source.share(keys, sentence.keys) >= _MIN_SHARE
        for its in sentence.clauses
    ]
    if not scored:
        return None
    share, _, sentence, its = max(scored, key=lambda one: one[:2])
    return (sentence, its) if share >= _MIN_CLAUSE else None


def _exchange_doubt(
    word: Word, rivals: Sequence[Word], sentence: Sentence, look: Comparison
) -> float:
    here = has_alike(word.key, sentence.keys)
    if here and any(has_alike(rival.key, look.claim.keys) for rival in rivals):
        return 0.75
    kin = word.key in opposites("en").get(rivals[0].key, ()) or word.pos == rivals[0].pos == "PROPN"
    return 0.55 if kin and not here else 0.2


def _movable(word: Word) -> bool:
    named = word.pos in ("NOUN", "PROPN", "ADJ") or word.dep in ("amod", "compound")
    return word.content and named and word.key not in MONTHS


def _same_place(claim: Sentence, word: Word, sentence: Sentence, other: Word) -> bool:
    if _SAME_LINK.get(word.dep, word.dep) != _SAME_LINK.get(other.dep, other.dep):
        return False
    if word.pos != other.pos and word.dep not in ("amod", "compound"):
        return False
    governed = word.head != word.position
    return governed and alike(claim.words[word.head].key, sentence.words[other.head].key)


def _one_thing(word: Word, other: Word, look: Comparison) -> bool:
    """Whether the source gives both words for one thing: "stomata, tiny pores"."""
    return any(
        its.dep in ("appos", "compound")
        and {its.key, s.words[its.head].key} == {word.key, other.key}
        for s in look.source.sentences
        for its in s.words
    )


_SAME_WORDS, _COVERED, _MIN_ORDER = 0.75, 0.4, 4


def moved_findings(look: Comparison) -> Iterator[Finding]:
    """Yields two words that have changed places where all others stand as in the source."""
    parsed = base_language(look.claim.language) == "en"
    for sentence in look.nearest[:2]:
        covered = look.source.share(sentence.keys, look.claim.keys)
        if look.share_of_claim(sentence) < _SAME_WORDS or covered < _COVERED:
            continue
        if _passives(look.claim) != _passives(sentence):
            continue
        # The content words that both have, in the order of each.
        mine = [w.key for w in look.claim.words if w.content and w.key in sentence.keys]
        theirs = [w.key for w in sentence.words if w.content and w.key in mine]
        if len(mine) != len(theirs) or len(mine) < _MIN_ORDER:
            continue
        off = [n for n, pair in enumerate(zip(mine, theirs, strict=True)) if pair[0] != pair[1]]
        # Neighbours change places in "the brakes' friction" and "the friction of the brakes".
        if len(off) == 2 and (off[1] - off[0] > 1 or not parsed):  # noqa: PLR2004 (a pair)
            words = f"\u201c{mine[off[0]]}\u201d and \u201c{mine[off[1]]}\u201d"
            reason = f"{words} have changed places: {shown(sentence.text)}"
            yield contradiction("moved", 0.7, reason)
            return


def _passives(sentence: Sentence) -> int:
    return sum(word.dep == "nsubjpass" for word in sentence.words)
