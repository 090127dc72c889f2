"""Judges whether the text of a page is what a reader sees, or garbled by its fonts.

Fonts without a right table of characters give "Isp splce" for "The heart". Such text has hardly
a word of a dictionary, and its letters follow each other as in no language. Names, formulas and
program code are in no dictionary either, but their letters are those of a language.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice, pairwise

from engine.language.words import known_words, letters_of
from engine.reading.pages import Page


class Trust(StrEnum):
    """`SUSPICIOUS` text may be right: it is compared with what OCR reads. `NONE`: no text."""

    GOOD = "good"
    SUSPICIOUS = "suspicious"
    GARBLED = "garbled"
    NONE = "none"


SAMPLE_WORDS = 200
MIN_WORDS = 12
ENOUGH_KNOWN = 0.5
HARDLY_KNOWN = 0.25
# Means of log-probabilities of pairs of letters: real text of the language has -2.3 to -2.8, names
# and words of unknown languages -2.7 to -3.9, text with shifted letters below -4.1.
LIKE_WORDS, LIKE_NOISE = -3.5, -4.0
MANY_SYMBOLS, MANY_UNKNOWN_LETTERS = 0.2, 0.1
# For each word: real text has none.
FEW_MISSPELT, MANY_MISSPELT, MIN_MISSPELT = 0.04, 0.25, 3
MIN_LETTERS = 3
# Private use, what stands for a character that is not known, and ornaments.
_UNKNOWN = re.compile("[\u2701-\u27bf\ue000-\uf8ff\ufffd\U000f0000-\U0010fffd]")
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])[`~;|^\\{}<>=\u00a1\u00a5](?=[^\W\d_])")


# Signs that stand in no word of any language, and signs of several kinds in a row: letters that a
# font draws for them.
_CIPHER = re.compile(
    r"(?<=[^\W\d_])[!\"#$%&?@\\^`~|;](?=[^\W\d_])"
    r"|(?<![!-/:-@\[-`{-~])(?:([!-/:-@\[-`{-~])(?!\1)){4,}"
)
MANY_CIPHERS, SOME_CIPHERS, FEW_TOKENS = 0.3, 0.12, 12  # for each token


def _impossible() -> re.Pattern[str]:
    """Returns what no writer of a script puts down: a vowel sign after another one or at the
    beginning of an Indic word, a closing mark within an Arabic one. Fonts with a wrong table of
    characters give them."""
    found = ["[\u064c\u064d](?=[\u0621-\u064a])", "\u064b(?=[\u0621-\u0626\u0628-\u0648\u064a])"]
    for block in range(0x0900, 0x0D80, 0x80):
        signs = f"[{chr(block + 0x3E)}-{chr(block + 0x4C)}]"
        before = f"[{chr(block + 0x01)}-{chr(block + 0x03)}{chr(block + 0x3E)}-{chr(block + 0x4D)}]"
        found.append(f"{before}{signs}|(?<![{chr(block)}-{chr(block + 0x7F)}]){signs}")
    return re.compile("|".join(found))


_IMPOSSIBLE = _impossible()
_MISSPELT_SCRIPTS = re.compile("[\u0600-\u06ff\u0900-\u0d7f]")  # those of `_impossible`
# For the languages of Latin letters that have a dictionary and come most often.
_LATIN = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "id", "sv", "ro", "cs", "fi", "hu")
_OTHER_SCRIPTS = frozenset(
    ("ru", "uk", "be", "bg", "sr", "mk", "kk", "el", "ar", "fa", "ur", "he", "hi", "mr", "ne", "bn")
)
_MODEL_WORDS = 8000


@dataclass(frozen=True, slots=True)
class Reading:
    """`known` is the share of words in the dictionary of the language that fits best, `likeness`
    how much the letters look like those of a language (see LIKE_WORDS)."""

    trust: Trust
    known: float
    likeness: float


def judge_page(page: Page, language: str) -> Reading:
    """Judges what was read of a page; program code does not count."""
    return judge_text("\n".join(line.text for line in page.lines if not line.fixed), language)


def judge_text(text: str, language: str) -> Reading:
    """Judges a text; `language` is that of its document. Too short a text is taken for good."""
    unknown = len(_UNKNOWN.findall(text))
    words = [word.lower() for word in islice(_found(text), SAMPLE_WORDS)]
    ciphered = _ciphered(text)
    if not (words or unknown or ciphered or any(char.isalpha() for char in text)):
        return Reading(Trust.NONE, 0.0, 0.0)
    if unknown > MANY_UNKNOWN_LETTERS * len(text):
        return Reading(Trust.GARBLED, 0.0, LIKE_NOISE)
    impossible = _misspelt(text) or (ciphered if ciphered is Trust.GARBLED else None)
    if impossible:
        return Reading(impossible, round(_known(words, language), 3) if words else 0.0, 0.0)
    if len(words) < MIN_WORDS:
        return Reading(ciphered or Trust.GOOD, 1.0, 0.0)
    known = _known(words, language)
    if known >= ENOUGH_KNOWN or not known_words(language):
        return Reading(ciphered or Trust.GOOD, known, 0.0)
    likeness = _likeness(words, language)
    if likeness < LIKE_WORDS and all(word.isascii() for word in words[:MIN_WORDS]):
        known = max(_known(words, code) for code in _LATIN)
        likeness = max(_likeness(words, code) for code in _LATIN)
    broken = len(_BROKEN_WORD.findall(text)) / len(text.split())
    return Reading(_trust(known, likeness, broken), round(known, 3), round(likeness, 2))


def _misspelt(text: str) -> Trust | None:
    if not _MISSPELT_SCRIPTS.search(text):
        return None
    count, words = len(_IMPOSSIBLE.findall(text)), len(text.split())
    if count < MIN_MISSPELT or count < FEW_MISSPELT * words:
        return None
    return Trust.GARBLED if count >= MANY_MISSPELT * words else Trust.SUSPICIOUS


def _ciphered(text: str) -> Trust | None:
    """Judges a text by what is in it instead of letters, where it has signs that text has not."""
    tokens = text.split()
    count = len(_CIPHER.findall(text))
    if len(tokens) < FEW_TOKENS or count < SOME_CIPHERS * len(tokens):
        return None
    return Trust.GARBLED if count >= MANY_CIPHERS * len(tokens) else Trust.SUSPICIOUS


def known_letters(text: str, language: str) -> int:
    """Returns how many letters of a text are in words of the dictionary; 0 if there is none."""
    dictionary = known_words(language)
    return sum(len(word) for word in _found(text) if word.lower() in dictionary)


def _found(text: str) -> Iterator[str]:
    words = (word for token in text.split() for word in letters_of(token))
    return (word for word in words if len(word) >= MIN_LETTERS)


def _trust(known: float, likeness: float, broken: float) -> Trust:
    if known >= ENOUGH_KNOWN or (likeness >= LIKE_WORDS and broken < MANY_SYMBOLS):
        return Trust.GOOD
    noise = likeness < LIKE_NOISE or broken >= MANY_SYMBOLS
    return Trust.GARBLED if known < HARDLY_KNOWN and noise else Trust.SUSPICIOUS


def _known(words: Sequence[str], language: str) -> float:
    dictionaries = {code: known_words(code) for code in {_language_of("a", language), language}}
    known = (word in dictionaries[_language_of(word, language)] for word in words)
    return sum(known) / len(words)


def _language_of(word: str, language: str) -> str:
    """Returns in which language a word is judged: texts of other scripts have English terms."""
    return "en" if word.isascii() and language in _OTHER_SCRIPTS else language


def _likeness(words: Iterable[str], language: str) -> float:
    total, count = 0.0, 0
    for word in words:
        pairs, firsts = _model(_language_of(word, language))
        for first, second in pairwise(f" {word} "):
            total += math.log((pairs[first + second] + 1e-4) / (firsts[first] + 1e-2))
            count += 1
    return total / max(count, 1)


@lru_cache(maxsize=4)
def _model(language: str) -> tuple[Counter[str], Counter[str]]:
    """Returns how often pairs of letters are in everyday words, and their first letters."""
    pairs, firsts = Counter[str](), Counter[str]()
    frequent = sorted(known_words(language).items(), key=lambda item: -item[1])[:_MODEL_WORDS]
    for word, frequency in frequent:
        for first, second in pairwise(f" {word} "):
            pairs[first + second] += frequency**0.5
            firsts[first] += frequency**0.5
    return pairs, firsts
