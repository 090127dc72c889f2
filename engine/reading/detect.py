"""Detects the language of a text by its stop words, or by its script."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

import stopwordsiso

SAMPLE_WORDS = 4000
MIN_SHARE = 0.1
SCRIPT_LANGUAGES = {
    "CYRILLIC": "ru", "ARABIC": "ar", "DEVANAGARI": "hi", "TAMIL": "ta", "BENGALI": "bn",
    "HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh", "GREEK": "el",
    "HEBREW": "he", "THAI": "th", "TELUGU": "te", "GUJARATI": "gu", "KANNADA": "kn",
    "MALAYALAM": "ml", "GURMUKHI": "pa", "ORIYA": "or", "SINHALA": "si",
}  # fmt: skip
LATIN_LANGUAGES = (
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "pl", "cs", "ro", "hu",
    "tr", "id", "ca", "hr", "sk", "lt", "lv", "et",
)  # fmt: skip


def detect_language(texts: Iterable[str], default: str = "en") -> str:
    """Returns an ISO 639-1 code; `default` if the text is too short to tell.

    The sample is taken from all of the text: its beginning is often a table of contents, or
    front matter in another language.
    """
    rows = [text for text in texts if not text.isspace()]
    step = max(1, sum(row.count(" ") + 1 for row in rows) // SAMPLE_WORDS)
    # Without leader dots, numbers and formulas.
    pieces = (
        word.strip(".,;:!?()\u201c\u201d\"'").lower()
        for row in rows[::step]
        for word in row.split()
    )
    words = Counter(word for word in pieces if any(char.isalpha() for char in word))
    script = _script(words)
    if script is not None:
        return script
    total = words.total() or 1
    shares = {}
    for code in LATIN_LANGUAGES:
        known: frozenset[str] = frozenset(stopwordsiso.stopwords(code))
        hits = sum(count for word, count in words.items() if word in known)
        # A long list of stop words earns less for each.
        shares[code] = hits / len(known) ** 0.25 * 4 / total
    best = max(shares, key=lambda code: shares[code])
    return best if shares[best] >= MIN_SHARE else default


def _script(words: Counter[str]) -> str | None:
    letters: Counter[str] = Counter()
    for word in words:
        for letter in word:
            if letter.isalpha():
                letters[unicodedata.name(letter, "UNKNOWN").split(" ")[0].split("-")[0]] += 1
    if not letters:
        return None
    if letters["HIRAGANA"] + letters["KATAKANA"] > 0.1 * letters.total():
        return "ja"
    return SCRIPT_LANGUAGES.get(letters.most_common(1)[0][0])
