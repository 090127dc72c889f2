"""Names and technical words of a sentence that its source does not have."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.words import base_language, zipf
from engine.lessons.claims.reading import Sentence, Word
from engine.lessons.claims.source import Comparison, Finding, missing

# How common a word is (Zipf) up to which it says something, and how much it then weighs.
_SAYING = 5.2
_WEIGHTS = ((3.4, 1.3), (4.3, 1.0), (_SAYING, 0.5))
_TRUST_A_WORD = 0.8
_MAX_SHOWN = 4


def name_findings(look: Comparison) -> Iterator[Finding]:
    new = _new_words(look)
    names = [word for word in new if _is_name(look.claim, word)]
    if names:
        yield missing("name", 0.75, f"The source does not name {_listed(names)}.")
    terms = {word.key: word for word in new if word.pos in ("NOUN", "PROPN") and word not in names}
    weights = {}
    for key, word in terms.items():
        common = zipf(word.text, look.claim.language)
        weights[key] = next((weight for most, weight in _WEIGHTS if common < most), 0.0)
    rare = [word for key, word in terms.items() if weights[key]]
    if rare:
        doubt = 1 - _TRUST_A_WORD ** sum(weights.values())
        yield missing("term", doubt, f"The source does not speak of {_listed(rare)}.")


def _listed(words: list[Word]) -> str:
    return ", ".join(f"\u201c{word.text}\u201d" for word in words[:_MAX_SHOWN])


def _new_words(look: Comparison) -> list[Word]:
    spans = [(one.start, one.end) for one in look.claim.quantities]
    spans += [(one.start, one.end) for one in look.claim.dates]
    counted = {word for start, end in spans for word in look.claim.text[start:end].split()}
    return [
        word
        for word in look.claim.words
        if word.content
        and word.text not in counted
        and not look.source.has(word.key)
        and not look.source.has(word.low)
    ]


def _is_name(claim: Sentence, word: Word) -> bool:
    if base_language(claim.language) == "de" or word.position == 0:
        return False
    written = word.text[:1].isupper() and any(char.islower() for char in word.text)
    return written and word.pos in ("PROPN", "")
