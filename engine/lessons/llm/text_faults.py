"""Finds what is wrong with a text though it fits its form, as small models write it.

A grammar keeps an answer in its form whatever a model writes: it may go round in a circle, slip
into another script, break off at the limit of a field, or speak of its passages.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from engine.language.sentences import split_sentences
from engine.language.words import base_language, normalise

_SAME_SENTENCES = 3
_MIN_SENTENCE_WORDS = 4
_RUN_WORDS, _SAME_RUNS = 6, 4
_FOREIGN_LETTERS, _FOREIGN_SHARE = 12, 0.08
_ENDS = re.compile(
    r"[.!?:\u2026\u3002\uff01\uff1f\u0964\u0965\u06d4\u061f][)\"'\u201d\u2019\u00bb]*$"
)
# What ends without a full stop: code, tables, items of lists, formulas.
_NO_SENTENCE = re.compile(r"^\s*(?:[-*+|#>$`~]|\d{1,3}[.)])|[|$`}\]]\s*$")
_NOUN = r"(?:passages?|text|excerpts?|source(?: text)?|documents?|material)"
SPEAKS_OF_SOURCE = re.compile(
    rf"\b(?:the|this|these|given|provided) {_NOUN} (?:says?|states?|mentions?|describes?|explains?"
    r"|notes?|tells?|does not|do not|provides?|discusses)\b"
    rf"|\b(?:according to|as (?:stated|mentioned|described) in|in|from) the (?:given |provided )?"
    rf"{_NOUN}\b|\bpassage \[?\d+\]?"
    r"|\b(?:der|im|laut dem|laut) (?:Text|Abschnitt|Auszug)\b(?: (?:sagt|steht|beschreibt))"
    r"|\b(?:le texte|le passage|l[\u2019']extrait) (?:dit|indique|d\u00e9crit|explique)\b"
    r"|\b(?:el texto|el pasaje|el fragmento) (?:dice|indica|describe|explica)\b",
    re.IGNORECASE,
)
_ACCORDING = re.compile(
    rf"(?:(?<=^)|(?<=[.!?] ))According to the (?:given |provided )?{_NOUN}(?: \[?\d+\]?)?, ?(\w)",
    re.IGNORECASE,
)
_MARKERS = re.compile(
    r"\s*\[\^?\d+(?:, ?\d+)*\]|\s*</?(?:passage|lesson|section)s?[^>\n]{0,80}>"
    r"|\b(?:passage|lesson|sections?)-[0-9a-f]{8}\b"
)
_SCRIPTS = {
    **dict.fromkeys(("hi", "mr", "ne", "sa"), "DEVANAGARI"),
    **dict.fromkeys(("ru", "uk", "bg", "sr", "be"), "CYRILLIC"),
    **dict.fromkeys(("ar", "fa", "ur"), "ARABIC"),
    "bn": "BENGALI",
    "ta": "TAMIL",
    "te": "TELUGU",
    "kn": "KANNADA",
    "ml": "MALAYALAM",
    "gu": "GUJARATI",
    "pa": "GURMUKHI",
    "he": "HEBREW",
    "el": "GREEK",
    "th": "THAI",
    "ko": "HANGUL",
    "zh": "CJK",
    "ja": "CJK",
}


def tidied(text: str) -> str:
    """Returns a text without copied tags, numbers of sources and "According to the passage".

    Of a text that breaks off, the whole sentences are left.
    """
    text = _ACCORDING.sub(lambda found: found[1].upper(), _MARKERS.sub("", text)).strip()
    lines = text.split("\n")
    last = lines[-1].strip()
    if not last or _ENDS.search(last) or _NO_SENTENCE.search(last):
        return text
    sentences = split_sentences(last, "")
    if not sentences[1:]:
        # A short line may be a title or a label; a long one broke off.
        return text if len(last.split()) <= _MIN_SENTENCE_WORDS else f"{text.rstrip(' ,;')}."
    lines[-1] = last[: last.rindex(sentences[-1])].rstrip()
    return "\n".join(lines).strip()


def repetition(texts: Sequence[str]) -> bool:
    """Whether a sentence or a run of words comes again and again."""
    said: Counter[str] = Counter()
    for text in texts:
        said.update(
            normalise(one)
            for one in split_sentences(text, "")
            if len(one.split()) >= _MIN_SENTENCE_WORDS
        )
        words = text.casefold().split()
        runs = Counter(tuple(words[at : at + _RUN_WORDS]) for at in range(len(words) - _RUN_WORDS))
        if any(count >= _SAME_RUNS for count in runs.values()):
            return True
    return any(count >= _SAME_SENTENCES for count in said.values())


def foreign_script(text: str, source: str, language: str) -> bool:
    """Whether a part of a text is in a script of neither its language nor its source."""
    known = {_SCRIPTS.get(base_language(language), "LATIN"), "LATIN"}
    # Fewer than three letters are a slip.
    known |= {script for script, count in Counter(_letters(source)).items() if count > 2}  # noqa: PLR2004
    if "CJK" in known:
        known |= {"HIRAGANA", "KATAKANA", "BOPOMOFO"}
    # Symbols of formulas are Greek in all languages.
    letters = Counter(_letters(text))
    foreign = sum(count for script, count in letters.items() if script not in known | {"GREEK"})
    return foreign >= _FOREIGN_LETTERS and foreign >= _FOREIGN_SHARE * letters.total()


def wrong_language_script(text: str, language: str) -> bool:
    """Whether a text is not in the script of its language, where that is another than Latin."""
    script = _SCRIPTS.get(base_language(language), "")
    letters = Counter(_letters(text))
    return bool(script) and letters[script] * 3 < letters.total() and letters.total() > 0


def _letters(text: str) -> Iterator[str]:
    for char in text:
        if char.isalpha():
            yield "LATIN" if char.isascii() else unicodedata.name(char, "NONE").split()[0]
