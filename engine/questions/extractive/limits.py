"""Numbers that a text states as a rule: limits, deadlines, amounts with a unit.

The number becomes a gap, and the learner types it: nothing has to be inflected, and nothing
gives it away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from engine.language.words import base_language, is_known
from engine.questions.extractive import english
from engine.questions.extractive.definitions import may_define
from engine.questions.extractive.items import Item
from engine.questions.extractive.material import (
    Material,
    Sentence,
    about,
    gives_reason,
    reason_for,
)
from engine.questions.extractive.numbers import read_decimal, shown
from engine.questions.formats import Numeric
from engine.questions.schemas import BloomLevel, Difficulty, QuestionKind

GAP = "_____"
_SPELT = {
    word: number
    for number, word in enumerate(
        [
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
        ],
        start=2,
    )
} | {"twenty": 20, "twenty-four": 24, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60}
_UNITS = (
    r"%|per ?cent|degrees?(?: (?:Celsius|Fahrenheit))?|\u00b0 ?[CF]?|seconds?|minutes?|hours?"
    r"|days?|weeks?|months?|years?|(?:milli|centi|kilo|micro|nano)?(?:met(?:re|er)|gram|lit(?:re|er)"
    r"|joule|watt|volt|amp(?:ere)?|newton|pascal|hertz|byte|bit)s?|inch(?:es)?|feet|miles?|pounds?"
    r"|tonnes?|people|persons?|employees|pupils|students|characters?|columns?|digits?|letters?|lines"
    r"|bits|bytes|[kMG]?i?B|[kMG]?Hz|[\u00b5mk]?[VAW]|[mck]?m|[\u00b5mk]?g|m?l|mL|ppm|dB|ohms?|\u03a9|times"
    r"|points?|pixels?|kcal|joules|parts|steps|copies|persons|euros?|dollars?|working days"
)
_NUMBER = rf"(?P<number>\d[\d,]*(?:\.\d+)?|{'|'.join(_SPELT)})"
_LIMIT = re.compile(
    r"\b(?P<cue>at least|at most|no (?:more|less|fewer|later|longer|earlier) than"
    r"|not (?:more|less|later|longer|fewer) than|up to|within|a (?:maximum|minimum) of"
    r"|(?:maximum|minimum)(?: \w+){0,3} (?:is|of)|more than|less than|fewer than|below|above|under"
    r"|over"
    r"|exceeds?|exceeding|every|after|for|to|is|are|of|by|about|approximately|around)"
    rf" (?:about |approximately |around )?{_NUMBER}(?P<space> ?)(?P<unit>{_UNITS})(?![\w-])"
)
_MEANING = {
    "at least": "\u201cAt least\u201d makes {} the smallest value allowed.",
    "minimum": "A minimum is the smallest value allowed.",
    "at most": "\u201cAt most\u201d makes {} the largest value allowed.",
    "up to": "\u201cUp to\u201d makes {} the largest value.",
    "no more": "\u201cNo more than\u201d makes {} the largest value allowed.",
    "not more": "\u201cNot more than\u201d makes {} the largest value allowed.",
    "maximum": "A maximum is the largest value allowed.",
    "within": "\u201cWithin\u201d means before this time has passed.",
    "below": "The value itself is already too much.",
    "above": "The value itself is not yet enough.",
}
_STRONG = re.compile(
    r"\b(?:must|shall|should|at least|at most|no (?:more|less|later|longer|fewer) than|not more"
    r"|maximum|minimum|limit\w*|required?|may not|not exceed\w*)\b"
)
_ROUGH = re.compile(r"\b(?:about|approximately|around|roughly|some|nearly|almost|estimated)\b")
_STORY = re.compile(
    r"\b(?:example|e\.g|for instance|suppose|version|chapter|page|19\d\d|20\d\d)\b|\$"
)
_MIN_WORDS, _MAX_WORDS = 7, 30
_MAX_NUMBERS = 2


def defined_terms(material: Material) -> frozenset[str]:
    """Returns the terms that the text defines: facts about them are worth knowing."""
    found = english.analyse([(s.text, s.before) for s in material.sentences if may_define(s.text)])
    return frozenset(one.defined.term.lower() for one in found if one.defined)


def limit_items(material: Material) -> Iterator[Item]:
    if base_language(material.language) != "en":
        return
    taught = defined_terms(material)
    wanted = [s for s in material.sentences if _LIMIT.search(s.text)]
    found = english.analyse([(s.text, s.before) for s in wanted])
    for sentence, analysis in zip(wanted, found, strict=True):
        text = analysis.text
        if not analysis.general or not _MIN_WORDS <= len(text.split()) <= _MAX_WORDS:
            continue
        numbers = re.findall(r"\d[\d,.]*", text)
        match = _LIMIT.search(text)
        rule = _STRONG.search(text) or any(term in text.lower() for term in taught)
        if not match or not rule or _STORY.search(text) or len(numbers) > _MAX_NUMBERS:
            continue
        # It must say of what the number is; lower-case words must stand in the dictionary.
        words = re.findall(r"(?<![\w-])[a-z]{4,}(?![\w-])", text)
        if match["number"] in text[: match.start("number")] or _NAMELESS.match(text):
            continue
        if not all(is_known(word, "en") for word in words):
            continue
        reason = reason_for(material, sentence)
        if reason or gives_reason(text):  # else it is a number to look up
            yield from _gap(sentence, text, match, reason, material.language)


# What a device or a set-up has: without its name, nobody knows of which one.
_NAMELESS = re.compile(
    r"^(?:(?:The|An?|Any|Its|Each)\s+)?(?:\w+(?:able|um|ing|al)\s+)*(?:\w+\s+)?"
    r"(?:input|output|signal|amplitude|rate|range|resolution|value|frequency|voltage|current|size"
    r"|length|width|number|limit|maximum|minimum|default|time|speed|delay|memory|microphone|result)"
    r"s?\s+(?:is|are|must|should|shall|may|can|has|have|needs?)\b",
    re.IGNORECASE,
)


def _gap(
    sentence: Sentence, text: str, match: re.Match[str], reason: str, language: str
) -> Iterator[Item]:
    spelt = match["number"]
    value = Decimal(_SPELT[spelt]) if spelt in _SPELT else read_decimal(spelt, language)
    strong = bool(_STRONG.search(text))
    if value in (0, 1) or (not strong and value < 3):  # noqa: PLR2004 - "two sides" is a picture
        return
    gapped = f"{text[: match.start('number')]}{GAP}{text[match.end('number') :]}"
    question = f"Which number is missing? \u201c{gapped}\u201d"
    subject = about(sentence.place.subject, gapped, language)
    if value == 100 or re.search(rf"\b{re.escape(spelt)}\b", subject):  # noqa: PLR2004 - "100 % free"
        return
    rough = bool(_ROUGH.search(text))
    if rough and not strong:
        return  # what a thing happens to measure, more or less, is nothing to remember
    unit = match["unit"].strip()
    meaning = next(
        (words for cue, words in _MEANING.items() if match["cue"].lower().startswith(cue)), ""
    )
    explanation = f"{text} {reason or meaning.format(f'{shown(value)} {unit}')}".strip()
    if rough:
        explanation += " The text gives it as a rough figure, so values close to it count too."
    yield Item(
        kind=QuestionKind.NUMBER,
        stem=f"{subject}: {question[0].lower()}{question[1:]}" if subject else question,
        body=Numeric(answer=value, tolerance=value / 10 if rough else Decimal(0), unit=unit[:40]),
        explanation=explanation,
        place=sentence.place,
        quote=sentence.text,
        answers=(f"{spelt} {unit}",),
        context=gapped,
        sentences=frozenset({sentence.text}),
        worth=1.6 if strong else 0.9,
        difficulty=Difficulty.MEDIUM,
        bloom=BloomLevel.REMEMBER,
    )
