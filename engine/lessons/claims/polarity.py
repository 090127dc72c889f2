"""Negations and opposites: what a sentence denies and its source says, or the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from engine.language.opposites import negations, opposites
from engine.language.words import base_language, word_set
from engine.lessons.claims.order import is_turned_twice
from engine.lessons.claims.reading import SUBJECTS, Clause, Sentence, Word, alike, stem
from engine.lessons.claims.source import Comparison, Finding, contradiction, shown, stems_of

_LIGHT = word_set("be have do get go make use take give call know show need become mean")
_MIN_CONTEXT, _LIGHT_CONTEXT = 0.4, 0.75
_EXCEPTIONS = frozenset({"except", "unless", "apart"})


def polarity_findings(look: Comparison) -> Iterator[Finding]:
    if base_language(look.claim.language) == "en":
        yield from _denied(look)
        yield from _contrasts(look)
        if is_turned_twice(look):
            return
        yield from _qualities(look)
    else:
        yield from _counted_negations(look)
    yield from _opposites(look)


# --- what is denied --------------------------------------------------------------------------

_UNDER = frozenset({"xcomp", "pcomp", "attr", "acomp", "conj"})
_NEGATION_LINKS = word_set("neg advmod det preconj cc pobj dobj nsubj nsubjpass")
_ARGUMENTS = word_set("nsubj nsubjpass dobj attr pobj")
_NO = frozenset({"no", "none", "neither"})
_DEGREES = frozenset({"more", "less", "longer"})
_NOT_DENYING = frozenset({"only", "just", "more", "later", "once"})
_MAX_STEPS = 4
_MOSTLY = 0.5  # the share of a clause's words that another has too


def negated(sentence: Sentence, position: int) -> bool:
    """Whether a word stands under a negation: its own, its subject's, or of what governs it."""
    odd, came_from = False, -1
    for _ in range(_MAX_STEPS):
        word = sentence.words[position]
        for other in sentence.children(position):
            if other.position != came_from and _denies(sentence, other):
                odd = not odd
        if word.dep == "pcomp" and sentence.words[word.head].low == "without":
            return not odd
        own_subject = sentence.children(position, [*SUBJECTS, "neg"])
        if word.dep not in _UNDER or (word.dep == "conj" and own_subject):
            break
        came_from, position = position, word.head
    return odd


def _denies(sentence: Sentence, word: Word) -> bool:
    if word.low in negations(sentence.language) and word.dep in _NEGATION_LINKS:
        following = [other.low for other in sentence.words[word.position + 1 :]]
        stop = next((n for n, low in enumerate(following) if low in (";", ":")), len(following))
        return not _NOT_DENYING & set(following[:1]) and "but" not in following[:stop]
    if word.dep not in _ARGUMENTS or word.pos == "VERB":
        return False
    return any(
        other.low in _NO and sentence.words[other.position + 1].low not in _DEGREES
        for other in sentence.children(word.position)
        if other.position + 1 < len(sentence.words)
    )


def _denied(look: Comparison) -> Iterator[Finding]:
    for word in _predicates(look.claim):
        mine = negated(look.claim, word.position)
        against, share = _said_otherwise(word, mine=mine, look=look)
        needed = _LIGHT_CONTEXT if word.key in _LIGHT else _MIN_CONTEXT
        if against is not None and share >= needed:
            said = "denies" if mine else "affirms"
            reason = f"The sentence {said} \u201c{word.text}\u201d; the source says: "
            yield contradiction("negation", min(0.9, 0.5 + share / 2), reason + shown(against.text))
            return


def _said_otherwise(word: Word, *, mine: bool, look: Comparison) -> tuple[Sentence | None, float]:
    """Returns the sentence that denies a word where the claim does not, and how much of what
    stands around the word is the same; None where another sentence agrees as well."""
    around = _around(look.claim, word)
    same, other, against = 0.0, 0.0, None
    for sentence in look.source.sentences:
        if sentence.row is not None or sentence.lowered & _EXCEPTIONS:
            continue
        if stem(word.key) not in stems_of(sentence.keys):
            continue
        for its in sentence.words:
            if not (
                its.content
                and (its.pos in ("VERB", "ADJ") or (its.pos == "NOUN" and its.dep == "attr"))
                and alike(word.key, its.key)
            ):
                continue
            share = max(
                look.source.share(around, _around(sentence, its)),
                0.8 * look.source.share(around, sentence.keys),
            )
            if negated(sentence, its.position) == mine:
                same = max(same, share)
            elif share > other:
                other, against = share, sentence
    return (against, other) if other > same else (None, 0.0)


def _predicates(sentence: Sentence) -> Iterator[Word]:
    """Yields the verbs, adjectives and nouns that are said of a subject."""
    for word in sentence.words:
        if not word.content or word.key in ("have", "be", "do"):
            continue
        said = word.pos == "VERB" or word.dep in ("attr", "acomp", "oprd")
        said = said or (word.pos == "ADJ" and word.dep in ("ROOT", "conj", "advcl"))
        there_is = word.dep == "attr" and sentence.children(word.head, ["expl"])
        if said and not there_is and _has_subject(sentence, word):
            yield word


def _has_subject(sentence: Sentence, word: Word) -> bool:
    """Whether something is said of a subject: not "trying to start the machine"."""
    position = word.position
    for _ in range(3):
        if sentence.children(position, SUBJECTS):
            return True
        here = sentence.words[position]
        if here.dep not in ("attr", "acomp", "oprd", "conj"):
            return here.dep == "xcomp" and bool(sentence.children(here.head, ["neg"]))
        position = here.head
    return False


_OTHER_CLAUSES = frozenset({"conj", "advcl", "relcl", "ccomp", "parataxis"})


def _around(sentence: Sentence, word: Word) -> frozenset[str]:
    """Returns the content words of what a word is said of, and with what."""
    anchor = sentence.words[word.head] if word.dep in ("attr", "acomp", "oprd") else word
    inside = sentence.below(anchor.position, without=_OTHER_CLAUSES)
    links = ("dobj", *SUBJECTS) if anchor.dep == "xcomp" else SUBJECTS
    borrowed = anchor.dep == "xcomp" or (
        anchor.dep == "conj" and not sentence.children(anchor.position, SUBJECTS)
    )
    if borrowed:
        inside |= {other.position for other in sentence.children(anchor.head, links)}
    return sentence.keys_at(inside - {word.position})


def _contrasts(look: Comparison) -> Iterator[Finding]:
    """Yields "not X but Y" against a source that says "X, not Y"."""
    words = [word.low for word in look.claim.words]
    if "not" not in words or "but" not in words[words.index("not") :]:
        return
    start = words.index("not")
    middle = words.index("but", start)
    said = {w.key for w in look.claim.words[middle + 1 : middle + 5] if w.pos not in _FILLERS}
    refused = {w.key for w in look.claim.words[start + 1 : middle] if w.pos not in _FILLERS}
    for sentence in look.nearest[:2]:
        its = [word.low for word in sentence.words]
        if "not" not in its or look.share_of_claim(sentence) < _MIN_CONTEXT:
            continue
        where = its.index("not")
        its_refused = {word.key for word in sentence.words[where + 1 : where + 5]}
        its_said = {word.key for word in sentence.words[:where]}
        if said & its_refused and refused & its_said:
            reason = f"The source says the reverse: {shown(sentence.text)}"
            yield contradiction("contrast", 0.8, reason)
            return


_FILLERS = frozenset({"DET", "PUNCT", "ADP"})


def _counted_negations(look: Comparison) -> Iterator[Finding]:
    """Yields a negation more or fewer than in nearly the same words; for languages without a
    parser."""
    source, claim = look.source, look.claim
    scored = [
        (source.share(s.keys, claim.keys), look.share_of_claim(s), -n, s)
        for n, s in enumerate(look.nearest)
        if len(s.keys) > 2  # noqa: PLR2004 (a heading proves nothing)
    ]
    if not scored:
        return
    density, share, _, nearest = max(scored, key=lambda one: one[:3])
    if _odd(claim) != _odd(nearest) and density >= _DENSE and share >= _MIN_SHARE:
        reason = f"One denies what the other says: {shown(nearest.text)}"
        yield contradiction("negation count", 0.7, reason)


_DENSE, _MIN_SHARE = 0.65, 0.3


def _odd(sentence: Sentence) -> bool:
    listed = negations(sentence.language)
    return sum(word.low in listed for word in sentence.words) % 2 == 1


# --- opposites -------------------------------------------------------------------------------


def _qualities(look: Comparison) -> Iterator[Finding]:
    """Yields "the northern part was the larger" against "a small northern and a large southern
    part"."""
    turned = opposites(look.claim.language)
    known = {pair for sentence in look.source.sentences for pair in _pairs(sentence)}
    mine = {pair for pair in _said_pairs(look.claim) if pair[1] in turned} - known
    for owner, quality in sorted(mine):
        for sentence in look.nearest[:3]:
            for its in sorted(turned[quality]):
                if (owner, its) in _pairs(sentence) and its not in look.claim.keys - {owner}:
                    reason = (
                        f"The source says \u201c{its}\u201d of \u201c{owner}\u201d, "
                        f"not \u201c{quality}\u201d."
                    )
                    yield contradiction("quality", 0.6, reason)
                    return


_PARTS_OF_NAMES = ("amod", "compound", "poss")


@lru_cache(maxsize=1024)
def _pairs(sentence: Sentence) -> set[tuple[str, str]]:
    """Returns pairs of a thing's words and a quality: said of it, or standing before it."""
    found = set(_said_pairs(sentence))
    for word in sentence.words:
        if word.dep == "amod" and word.key:
            beside = sentence.children(word.head, [*_PARTS_OF_NAMES, "conj"])
            owners = [o for o in beside if abs(o.position - word.position) == 1]
            owners.append(sentence.words[word.head])
            found |= {(o.key, word.key) for o in owners if o.content and o.key != word.key}
    return found


def _said_pairs(sentence: Sentence) -> set[tuple[str, str]]:
    found = set()
    for word in sentence.words:
        head = sentence.words[word.head]
        if word.pos not in ("ADJ", "ADV"):
            continue
        if word.dep in ("acomp", "attr"):
            verb = head
        elif word.dep == "amod" and head.dep == "attr":
            verb = sentence.words[head.head]
        else:
            continue
        for subject in sentence.children(verb.position, SUBJECTS):
            owners = [subject, *sentence.children(subject.position, _PARTS_OF_NAMES)]
            found |= {(o.key, word.key) for o in owners if o.content and o.key != word.key}
    return found


def _opposites(look: Comparison) -> Iterator[Finding]:
    """Yields a word where the nearest clause of the source has its opposite."""
    for clause in look.claim.clauses:
        for sentence in look.nearest[:2]:
            share, its = _nearest_clause(clause, sentence, look)
            if its is None:
                continue
            # Of a clause that is the source's own but for a word, both have both opposites.
            is_copied = (
                share >= _MOSTLY
                and len(clause.keys) > 1
                and all(look.source.has(key) for key in clause.keys)
            )
            for word in clause.words:
                hit = _opposite_in(word, clause, sentence, its, look)
                if hit is not None and (hit.key not in look.claim.keys or is_copied):
                    reason = (
                        f"The source says \u201c{hit.text}\u201d, the sentence "
                        f"\u201c{word.text}\u201d: {shown(sentence.text)}"
                    )
                    yield contradiction("opposite", 0.45 + 0.45 * share, reason)
                    return


def _opposite_in(
    word: Word, clause: Clause, sentence: Sentence, its: Clause, look: Comparison
) -> Word | None:
    others = opposites(look.claim.language).get(word.key)
    if not others or any(word.key == other.key for other in sentence.words):
        return None
    mine = {other.key for other in clause.words}
    hit = next((w for w in its.words if w.key in others and w.key not in mine), None)
    if hit is None or "ADP" in (word.pos, hit.pos):
        return None
    if _is_limit(look.claim, word) or _is_limit(sentence, hit):
        return None
    return hit if _denied_at(look.claim, word) == _denied_at(sentence, hit) else None


def _denied_at(sentence: Sentence, word: Word) -> bool:
    if base_language(sentence.language) != "en":
        return _odd(sentence)
    governed = word.pos in ("ADJ", "ADV", "NOUN") and word.dep not in ("attr", "acomp")
    governed = governed and sentence.words[word.head].pos == "VERB"
    return negated(sentence, word.position) or (governed and negated(sentence, word.head))


def _is_limit(sentence: Sentence, word: Word) -> bool:
    """Whether it belongs to a limit: "at least", "no more than", "80 cm or more"."""
    before = sentence.words[word.position - 1].low if word.position else ""
    if word.low in ("least", "most"):
        return True
    return word.key in ("more", "less") and before in ("at", "no", "or", "not")


def _nearest_clause(
    clause: Clause, sentence: Sentence, look: Comparison
) -> tuple[float, Clause | None]:
    scored = [
        (look.source.share(clause.keys, its.keys), -n, its)
        for n, its in enumerate(sentence.clauses)
    ]
    share, _, its = max(scored, key=lambda one: one[:2], default=(0.0, 0, None))
    return share, its if share >= _MIN_CLAUSE else None


_MIN_CLAUSE = 0.35
