"""Whether a source fixes the order of what it tells: by numbers, by dates or by saying so.

"Then" between two events of a story orders these two, and leaves open where the others belong.
"""

from __future__ import annotations

import re

from engine.language.words import base_language

_NUMBERED = re.compile(
    r"^[ \t]*(?:step |schritt |étape |paso |passo |stap )?\(?(\d{1,2})[.):]\s", re.M | re.I
)
_MONTH = (
    r"(?:jan|feb|f[ée]v|mar|mär|apr|abr|avr|ma[iy]|mag|mei|jun|juin|giu|jul|juil|lug|aug|ago|ao[uû]"
    r"|sep|set|o[ck]t|ott|out|nov|de[czs]|dic|dé)[^\W\d_]*\.?"
)
_DATE = re.compile(
    r"(?<![\d.,])(?:1\d{3}|20\d{2})(?![\d.,]\d)"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th|\.)? (?:de )?{_MONTH}|\b{_MONTH} \d{{1,2}}(?!\d)",
    re.I,
)
_AMOUNT = re.compile(r"\d[\d.,]*")
_SAID = {
    "en": (
        r"in (?:this|the following|that|a (?:fixed|set|certain)) (?:order|sequence)"
        r"|order (?:is|matters|of (?:the )?(?:steps|events|stages|operations))|sequence (?:is|of)"
        r"|(?:steps?|stages?|phases?) (?:one|two|three|\d)"
        r"|first\b.*\b(?:second|next|then)\b.*\b(?:third|finally|last)\b"
    ),
    "de": (
        r"in (?:dieser|der folgenden) reihenfolge|reihenfolge (?:ist|der)"
        r"|zuerst\b.*\bdann\b.*\b(?:zuletzt|schließlich)\b"
    ),
    "fr": (
        r"dans (?:cet ordre|l['\u2019]ordre)|d['\u2019]abord\b.*\b(?:puis|ensuite)\b.*\benfin\b"
    ),
    "es": (
        r"en (?:este|el siguiente) orden"
        r"|primero\b.*\b(?:luego|después)\b.*\b(?:finalmente|por último)\b"
    ),
    "it": r"in (?:quest['\u2019]ordine|questo ordine)|prima\b.*\bpoi\b.*\binfine\b",
    "pt": (r"n(?:esta|a seguinte) ordem|primeiro\b.*\bdepois\b.*\b(?:finalmente|por fim)\b"),
    "nl": r"in deze volgorde|eerst\b.*\b(?:dan|daarna)\b.*\b(?:ten slotte|tot slot)\b",
    "hi": r"इस क्रम में|निम्नलिखित क्रम|पहले.*फिर.*(?:अंत में|आख़िर)",
}
_SAYS = {language: re.compile(words, re.I | re.S) for language, words in _SAID.items()}
_LEAST = 2  # dates between which something is put in order
_LIST = 3  # numbered items
_LEAD = 200  # letters in front of a quote, where its order may be announced


def states_order(quote: str, passage: str, language: str) -> bool:
    """Whether the quoted words, or a numbered list of their passage, fix an order.

    More than three numbers are amounts to sort by.
    """
    at = max(passage.find(quote[:40]), 0)
    before = passage[max(at - _LEAD, 0) : at]
    sorts = len(set(_AMOUNT.findall(quote))) > _LIST
    return sorts or _is_numbered(passage) or _fixes(quote, before, language)


def may_order(passage: str, language: str) -> bool:
    """Whether a passage may carry a question that asks for an order."""
    is_table = passage.lstrip().startswith("|")
    sorts = is_table and len(set(_AMOUNT.findall(passage))) > _LIST
    return sorts or _is_numbered(passage) or _fixes(passage, "", language)


def _is_numbered(passage: str) -> bool:
    numbers = [int(number) for number in _NUMBERED.findall(passage)]
    return any(numbers[at : at + _LIST] == [1, 2, 3] for at in range(len(numbers)))


def _fixes(text: str, before: str, language: str) -> bool:
    if len(set(_DATE.findall(text))) >= _LEAST:
        return True
    says = _SAYS.get(base_language(language))
    # Of a language whose words are not known here nothing can be refused.
    return says is None or bool(says.search(f"{before}\n{text}"))
