"""The language of a text by its commonest little words; for scripts of their own, by script."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

import stopwordsiso

SAMPLE_WORDS = 4000
LEAST_SHARE = 0.1
_SCRIPTS = {
    "CYRILLIC": "ru", "ARABIC": "ar", "DEVANAGARI": "hi", "TAMIL": "ta", "BENGALI": "bn",
    "HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh", "GREEK": "el",
    "HEBREW": "he", "THAI": "th", "TELUGU": "te", "GUJARATI": "gu",
}  # fmt: skip
_LATIN = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "pl", "cs", "ro", "hu",
          "tr", "id", "ca", "hr", "sk", "lt", "lv", "et")  # fmt: skip


def detect_language(texts: Iterable[str], default: str = "en") -> str:
    """An ISO 639-1 code; `default` where there is too little to tell."""
    words: Counter[str] = Counter()
    for text in texts:
        words.update(word.strip(".,;:!?()\u201c\u201d\"'").lower() for word in text.split())
        if words.total() > SAMPLE_WORDS:
            break
    script = _script(words)
    if script is not None:
        return script
    total = words.total() or 1
    shares = {code: _share(words, code) / total for code in _LATIN}
    best = max(shares, key=lambda code: shares[code])
    return best if shares[best] >= LEAST_SHARE else default


def _share(words: Counter[str], code: str) -> float:
    """How many of the words are stop words; a long list earns less for each."""
    known: frozenset[str] = frozenset(stopwordsiso.stopwords(code))
    hits = sum(count for word, count in words.items() if word in known)
    fair: float = hits / len(known) ** 0.25 * 4
    return fair


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
    return _SCRIPTS.get(letters.most_common(1)[0][0])
