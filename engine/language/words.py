"""Words: finding, comparing, reducing to lemmas, and telling rare ones from common ones.

A language is an ISO 639-1 code ("en", "pt-BR"). One that a dictionary does not know still
works: no stop words, words as their own lemmas, every word middling rare.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

# For `re` the vowel signs of Indic scripts and the like are no letters.
_MARKS = "".join(
    chr(code) for code in range(0x300, 0xAC00) if unicodedata.category(chr(code))[0] == "M"
)
_RUN = rf"[^\W_]+(?:[{_MARKS}\u200c\u200d]+[^\W_]*)*"
_WORD = re.compile(rf"{_RUN}(?:['\u2019.\-_]{_RUN})*")
# Scripts whose words are not parted by spaces, and how many characters a word has there.
_UNSPACED_CHARACTER = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
_CHARACTERS_A_WORD = 1.6
_LETTERS = re.compile(rf"[^\W\d_]+(?:[{_MARKS}\u200c\u200d]+[^\W\d_]*)*")
_CLITIC = re.compile(
    r"^(?:[cdjlmnst]|qu|lorsqu|puisqu|dell|nell|sull|dall|all|un)['\u2019](?=\w)", re.IGNORECASE
)
_ELIDING = frozenset({"fr", "it", "ca"})
MAX_TERM_WORDS = 4
_SIMPLEMMA_CODES = {"no": "nb", "hr": "hbs", "sr": "hbs", "bs": "hbs"}
_WORDFREQ_CODES = {"no": "nb", "nn": "nb", "hr": "sh", "sr": "sh", "bs": "sh", "tl": "fil"}
# wordfreq needs tokenisers of their own for these, which are not installed.
_UNSPACED = frozenset({"zh", "ja", "ko"})
_NO_SPACES = frozenset({"zh", "ja", "th", "km", "lo", "my"})
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


@dataclass(frozen=True, slots=True)
class Candidate:
    """One use of a phrase that may be a term: as it is written, and its words without hyphens."""

    text: str
    words: tuple[str, ...]


def word_set(text: str) -> frozenset[str]:
    """Returns the words of a text that lists them with spaces in between."""
    return frozenset(text.split())


def base_language(language: str) -> str:
    return language.replace("_", "-").split("-")[0].casefold()


def tokens(text: str) -> list[str]:
    """Returns words and numbers as written; "don't" and "well-known" are one word each."""
    return _WORD.findall(text)


def word_count(text: str) -> int:
    """Returns the number of words; in scripts without spaces it is estimated by characters."""
    unspaced = len(_UNSPACED_CHARACTER.findall(text))
    if not unspaced:
        return len(text.split())
    rest = _UNSPACED_CHARACTER.sub(" ", text)
    return len(letters_of(rest)) + round(unspaced / _CHARACTERS_A_WORD)


def has_spaces(language: str) -> bool:
    """Whether the language parts its words by spaces."""
    return base_language(language) not in _NO_SPACES


def letter_share(text: str) -> float:
    """Returns the share of letters (with their marks) and spaces among all characters."""
    kept = sum(map(len, letters_of(text))) + sum(char.isspace() for char in text)
    return kept / len(text) if text else 0.0


def letters_of(text: str) -> list[str]:
    """Returns the runs of letters, with the vowel signs and accents that belong to them."""
    return _LETTERS.findall(text)


def normalise(text: str) -> str:
    """Returns the words in lower case with single spaces, to compare texts."""
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
    """Returns the dictionary form in lower case; the word itself if no dictionary has it."""
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
    """Whether the language's dictionary has the word; True if there is no dictionary."""
    import simplemma

    base = base_language(language)
    try:
        return bool(simplemma.is_known(word, lang=_SIMPLEMMA_CODES.get(base, base)))
    except ValueError:
        return True


def is_content(word: str, language: str) -> bool:
    """Whether a word is a content word: no stop word, and with a letter in it."""
    stops = stop_words(language)
    plain = word.casefold().replace("\u2019", "'")
    if plain in stops or not any(c.isalpha() for c in plain):
        return False
    return base_language(language) not in _ELIDING or _CLITIC.sub("", plain) not in stops


def content_lemmas(text: str, language: str) -> tuple[str, ...]:
    """Returns the lemmas of the content words, and the numbers, in reading order."""
    return tuple(
        lemma(word, language)
        for word in tokens(text)
        if is_content(word, language) or word[0].isdigit()
    )


@lru_cache(maxsize=100_000)
def zipf(word: str, language: str) -> float:
    """Returns how common a word is: 0 (in no list), 1-3 (rare), 5-8 (everyday)."""
    import wordfreq

    base = base_language(language)
    code = _WORDFREQ_CODES.get(base, base)
    if base in _UNSPACED or code not in _wordfreq_languages():
        return MIDDLING
    return float(wordfreq.zipf_frequency(word, code))


def known_words(language: str) -> Mapping[str, float]:
    """Returns the 20,000 to 40,000 most usual words of a language with their frequencies.

    Empty for a language without a list, and for one that is written without spaces.
    """
    import wordfreq

    base = base_language(language)
    code = _WORDFREQ_CODES.get(base, base)
    if base in _UNSPACED or code not in _wordfreq_languages():
        return {}
    words: Mapping[str, float] = wordfreq.get_frequency_dict(code, "small")
    return words


@lru_cache(maxsize=1)
def _wordfreq_languages() -> frozenset[str]:
    import wordfreq

    return frozenset(wordfreq.available_languages())


def load_dictionaries(language: str) -> None:
    """Loads the data of `lemma` and `zipf`, some 60 MB for each language."""
    lemma("word", language)
    zipf("word", language)
    stop_words(language)
