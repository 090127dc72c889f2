"""English noun phrases by spaCy's part-of-speech tags.

The tagger alone is used: noun chunks of the parser are slower and carry determiners,
relative pronouns and mistagged verbs along.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from engine.language.abbreviations import BEFORE_NUMBERS
from engine.language.spacy_english import AFTER_TAGS, english, in_parts
from engine.language.words import MAX_TERM_WORDS, Candidate, is_content, zipf

_NOUN_TAGS = frozenset({"NN", "NNS", "NNP", "NNPS"})
_PROPER = frozenset({"NNP", "NNPS"})
_ADJECTIVE_TAGS = frozenset({"JJ", "VBN", "VBG"})
_FINITE_TAGS = frozenset({"VBZ", "VBP", "VBD", "MD"})
_WORD_SHAPE = re.compile(r"[^\W\d_][\w.+'\u2019/-]*\w[+#]*|[^\W\d_]")
# Adjectives and nouns that say how much, which or how good, never what.
_VAGUE_TEXT = """
able actual additional appropriate available bad basic big brief careful certain clear common
complete concrete corresponding current desired detailed different difficult direct easy entire
exact example existing extra few final first following former full further future general given
good great high higher important individual initial interesting known large larger last later
latter little long low lower main major many minor more most much multiple necessary new next
normal numerous obvious old only original other overall own particular past popular possible
potential practical previous proper real recent related relevant required respective right same
second separate several short significant similar simple single slight small smaller special
specific standard strong such sufficient suitable third total true typical unique used useful
usual valid various vast very whole wide
aspect bit case couple couples detail example exercise fact figure form idea instance issue item
kind lot matter number order pair part piece place point problem purpose question range reason
rest result section series set sort step table thing time type use variety way word year day
chapter page book author reader people someone anyone one ones
"""
VAGUE = frozenset(_VAGUE_TEXT.split())

_MAX_COMMONNESS = 5.0
_MAX_SHORT_LETTERS = 3


def english_candidates(sentences: Sequence[str]) -> Iterator[list[Candidate]]:
    """Yields the noun phrases of each sentence; some 15,000 words a second on one core."""
    for part in in_parts(sentences):
        with english() as nlp:
            docs = nlp.pipe(part, batch_size=128, disable=AFTER_TAGS)
            found = [_candidates(list(doc)) for doc in docs]
        yield from found


def _candidates(words: list[Any]) -> list[Candidate]:
    """Returns the candidates of one tagged sentence."""
    phrases = _phrases(words)
    has_verb = any(word.tag_ in _FINITE_TAGS for word in words)
    if words[-1:] and words[-1].text == "." and not has_verb:
        phrases = (_before_mistaken_verb(phrase) for phrase in phrases)
    return [
        candidate for phrase in phrases if (candidate := _candidate(_without_vague_opening(phrase)))
    ]


def _before_mistaken_verb(phrase: list[Any]) -> list[Any]:
    """Cuts the phrase before a plural noun that is really the verb: "the vector selects"."""
    for position in range(1, len(phrase)):
        if phrase[position].tag_ == "NNS" and phrase[position - 1].tag_ in ("NN", "NNP"):
            return phrase[:position]
    return phrase


def _phrases(words: list[Any]) -> Iterator[list[Any]]:
    """Yields runs of adjectives and nouns that end in a noun."""
    run: list[Any] = []
    for word in words:
        tagged = word.tag_ in _NOUN_TAGS or word.tag_ in _ADJECTIVE_TAGS
        if (tagged and _WORD_SHAPE.fullmatch(word.text)) or (word.tag_ == "HYPH" and run):
            run.append(word)
        else:
            yield from _ended_by_noun(run)
            run = []
    yield from _ended_by_noun(run)


def _ended_by_noun(run: list[Any]) -> Iterator[list[Any]]:
    while run and run[-1].tag_ not in _NOUN_TAGS:
        run = run[:-1]
    if run:
        yield run


def _without_vague_opening(phrase: list[Any]) -> list[Any]:
    while phrase and (
        phrase[0].lower_ in VAGUE
        or phrase[0].tag_ == "HYPH"
        or (phrase[0].tag_ == "VBG" and len(phrase) > 1)
        or not is_content(phrase[0].text, "en")
    ):
        phrase = phrase[1:]
    return phrase


def _candidate(phrase: list[Any]) -> Candidate | None:
    words = [word for word in phrase if word.tag_ != "HYPH"]
    if not words or len(words) > MAX_TERM_WORDS or words[-1].lower_ in VAGUE:
        return None
    if len(words) == 1:
        # Everyday words, "Fig" and letters of formulas are no terms.
        only = words[0].text
        is_known = only.casefold() in BEFORE_NUMBERS or zipf(only, "en") > _MAX_COMMONNESS
        if is_known or not (len(only) > _MAX_SHORT_LETTERS or only.isupper()):
            return None
    text = "".join(word.text_with_ws for word in phrase).strip()
    opens = phrase[0].i == 0 and phrase[0].tag_ not in _PROPER and phrase[0].text[1:].islower()
    return Candidate(text[:1].lower() + text[1:] if opens else text, tuple(w.text for w in words))
