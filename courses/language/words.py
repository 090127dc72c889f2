"""Words: finding, comparing, reducing to lemmas, and telling rare ones from common ones.

A language is an ISO 639-1 code ("en", "pt-BR"). One that a dictionary does not know still
works: no stop words, words as their own lemmas, every word middling rare.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['\u2019.\-_][^\W_]+)*")
_CLITIC = re.compile(
    r"^(?:[cdjlmnst]|qu|lorsqu|puisqu|dell|nell|sull|dall|all|un)['\u2019](?=\w)", re.IGNORECASE
)
_ELIDING = frozenset({"fr", "it", "ca"})
_SIMPLEMMA_CODES = {"no": "nb", "hr": "hbs", "sr": "hbs", "bs": "hbs"}
_WORDFREQ_CODES = {"no": "nb", "nn": "nb", "hr": "sh", "sr": "sh", "bs": "sh", "tl": "fil"}
# wordfreq needs tokenisers of their own for these, which are not installed.
_UNSPACED = frozenset({"zh", "ja", "ko"})
_STOP_CODES = {"nb": "no", "nn": "no", "fil": "tl"}
MIDDLING = 3.0
# stopwordsiso counts these as stop words; in a textbook they carry the meaning.
_MEANINGFUL_IN_ENGLISH = """
area areas beginning case cases computer copy course difference differences effect end ends face
faces fact facts front function group groups home image importance index information interest
interests invention keys length line member members mill million billion name names number numbers
order ordering page pages part parts place places point points problem problems process ratio
research result results ring room rooms section sections selection side sides site state states
system test text thing things thought title value width word words work works world year years
"""
_NOT_STOP = {"en": frozenset(_MEANINGFUL_IN_ENGLISH.split())}


def base_language(language: str) -> str:
    return language.replace("_", "-").split("-")[0].casefold()


def tokens(text: str) -> list[str]:
    """Words as they are written, numbers among them; "don't" and "well-known" are one each."""
    return _WORD.findall(text)


def normalise(text: str) -> str:
    """Words only, in lower case, one space apart: equal for texts that say the same letters."""
    folded = unicodedata.normalize("NFKC", text).replace("\u2019", "'").casefold()
    return " ".join(_WORD.findall(folded))


@lru_cache
def stop_words(language: str) -> frozenset[str]:
    import stopwordsiso  # 20 ms and all languages at once

    base = base_language(language)
    code = _STOP_CODES.get(base, base)
    if not stopwordsiso.has_lang(code):
        return frozenset()
    return frozenset(stopwordsiso.stopwords(code)) - _NOT_STOP.get(base, frozenset())


@lru_cache(maxsize=100_000)
def lemma(word: str, language: str) -> str:
    """The dictionary form in lower case; the word itself where no dictionary knows it."""
    import simplemma

    base = base_language(language)
    plain = word.replace("\u2019", "'")
    if base in _ELIDING:
        plain = _CLITIC.sub("", plain)
    try:
        found = simplemma.lemmatize(plain, lang=_SIMPLEMMA_CODES.get(base, base))
    except ValueError:
        found = plain
    return str(found).casefold()


def is_known(word: str, language: str) -> bool:
    """Whether the language's dictionary has the word; True where there is no dictionary."""
    import simplemma

    base = base_language(language)
    try:
        return bool(simplemma.is_known(word, lang=_SIMPLEMMA_CODES.get(base, base)))
    except ValueError:
        return True


def is_content(word: str, language: str) -> bool:
    """Whether a word carries meaning: no stop word, and with a letter in it."""
    stops = stop_words(language)
    plain = word.casefold().replace("\u2019", "'")
    if plain in stops or not any(c.isalpha() for c in plain):
        return False
    return base_language(language) not in _ELIDING or _CLITIC.sub("", plain) not in stops


def content_words(text: str, language: str) -> list[str]:
    return [word for word in tokens(text) if is_content(word, language)]


def content_lemmas(text: str, language: str) -> tuple[str, ...]:
    """The lemmas of the words that carry meaning, and the numbers, in reading order."""
    return tuple(
        lemma(word, language)
        for word in tokens(text)
        if is_content(word, language) or word[0].isdigit()
    )


@lru_cache(maxsize=100_000)
def zipf(word: str, language: str) -> float:
    """How common a word is: 0 (in no list), 1-3 (rare), 5-8 (everyday)."""
    import wordfreq

    base = base_language(language)
    code = _WORDFREQ_CODES.get(base, base)
    if base in _UNSPACED or code not in _wordfreq_languages():
        return MIDDLING
    return float(wordfreq.zipf_frequency(word, code))


@lru_cache(maxsize=1)
def _wordfreq_languages() -> frozenset[str]:
    import wordfreq

    return frozenset(wordfreq.available_languages())
