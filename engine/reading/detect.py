"""Detects the language of a text by its stop words, or by its script and its letters."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

import stopwordsiso

SAMPLE_WORDS = 4000
FEW_WORDS = 4
OTHER_SCRIPT = 0.3  # of all letters
MIN_SHARE = 0.1
LAST_LATIN = 0x24F
SCRIPT_LANGUAGES = {
    "CYRILLIC": "ru", "ARABIC": "ar", "DEVANAGARI": "hi", "TAMIL": "ta", "BENGALI": "bn",
    "HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh", "GREEK": "el",
    "HEBREW": "he", "THAI": "th", "TELUGU": "te", "GUJARATI": "gu", "KANNADA": "kn",
    "MALAYALAM": "ml", "GURMUKHI": "pa", "ORIYA": "or", "SINHALA": "si",
}  # fmt: skip
# Letters that only some languages of a script have; the first with enough of them counts.
_OWN_LETTERS: dict[str, tuple[tuple[str, str], ...]] = {
    "CYRILLIC": (
        ("be", "\u045e"),
        ("kk", "\u04d9\u0493\u049b\u04a3\u04e9\u04b1\u04af\u04bb"),
        ("uk", "\u0456\u0457\u0454\u0491"),
        ("mk", "\u0453\u045c\u0455"),
        ("sr", "\u0458\u0459\u045a\u045b\u0452\u045f"),
    ),
    "ARABIC": (
        ("ur", "\u0679\u0688\u0691\u06d2\u06ba\u06c1\u06be"),
        ("fa", "\u067e\u0686\u0698\u06af\u06a9"),
    ),
    "DEVANAGARI": (("mr", "\u0933"),),
}
# Words that stand in nearly each sentence, where letters do not tell.
_OWN_WORDS: dict[str, dict[str, frozenset[str]]] = {
    "CYRILLIC": {
        "ru": frozenset(("и", "в", "не", "что", "это", "как", "или", "для", "при", "из")),
        "bg": frozenset(
            ("на", "\u0441\u0435", "\u0441\u0430", "от", "за", "да", "през", "което", "\u0435")
        ),
    },
    "DEVANAGARI": {
        "hi": frozenset(("है", "हैं", "के", "की", "का", "में", "से", "और", "को")),
        "mr": frozenset(("आहे", "आहेत", "आणि", "या", "व", "ते", "ही", "हा", "यात")),
        "ne": frozenset(("छ", "छन्", "र", "हो", "यो", "भएको", "गर्न", "लागि", "हुन्छ")),
    },
}
OWN_SHARE = 0.01  # of the letters of its script
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
    total = words.total()
    if total < FEW_WORDS:
        return default
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
    # Terms and names in Latin letters stand in texts of all scripts.
    others = Counter({name: letters[name] for name in SCRIPT_LANGUAGES if letters[name]})
    if others.total() < OTHER_SCRIPT * letters.total():
        return None
    script = others.most_common(1)[0][0]
    return _of_script(script, words) or SCRIPT_LANGUAGES[script]


def _of_script(script: str, words: Counter[str]) -> str:
    """Returns which language of a script that several share has these words; "" if none is told."""
    letters = Counter[str]()
    for word, count in words.items():
        for letter in word:
            letters[letter] += count
    least = OWN_SHARE * sum(n for letter, n in letters.items() if ord(letter) > LAST_LATIN)
    for code, own in _OWN_LETTERS.get(script, ()):
        if sum(letters[letter] for letter in own) > least:
            return code
    known = _OWN_WORDS.get(script, {})
    hits = {code: sum(words[word] for word in own) for code, own in known.items()}
    return max(hits, key=lambda code: hits[code]) if any(hits.values()) else ""
