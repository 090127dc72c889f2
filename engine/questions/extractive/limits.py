"""Numbers that a text states as a rule: limits, deadlines, amounts with a unit.

The number becomes a gap, and the learner types it: nothing has to be inflected, and nothing
gives it away. What somebody must do is a rule; any other number needs its reason.
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
from engine.questions.extractive.procedures import is_imperative
from engine.questions.extractive.surface import cleaned
from engine.questions.formats import Numeric
from engine.questions.schemas import BloomLevel, Difficulty, QuestionKind

GAP = "_____"
_SPELT = {
    word: number
    for number, word in enumerate(
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
         "twelve", "thirteen", "fourteen", "fifteen"],
        start=2,
    )
}  # fmt: skip
_SPELT |= {"twenty": 20, "twenty-four": 24, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60}
_UNITS = (
    r"%|per ?cent|degrees?(?: (?:Celsius|Fahrenheit))?|\u00b0 ?[CF]?|seconds?|minutes?|hours?"
    r"|days?|weeks?|months?|years?|(?:milli|centi|kilo|micro|nano)?(?:met(?:re|er)|gram|lit(?:re|er)"
    r"|joule|watt|volt|amp(?:ere)?|newton|pascal|hertz|byte|bit)s?|inch(?:es)?|feet|miles?|pounds?"
    r"|mph|km/h|kph|knots|psi|bpm|nautical miles|fathoms"
    r"|tonnes?|people|persons?|employees|pupils|students|characters?|columns?|digits?|letters?|lines"
    r"|bits|bytes|[kMG]?i?B|[kMG]?Hz|[\u00b5mk]?[VAW]|[mck]?m|[\u00b5mk]?g|m?l|mL|ppm|dB|ohms?|\u03a9|times"
    r"|points?|pixels?|kcal|joules|parts|steps|copies|persons|euros?|dollars?|working days"
    r"|[CF](?![\w'])"
)
_AMOUNT = rf"\d[\d,]*(?:\.\d+)?|{'|'.join(_SPELT)}"
_LIMIT = re.compile(
    r"\b(?P<cue>at least|at most|no (?:more|less|fewer|later|longer|earlier) than"
    r"|not (?:more|less|later|longer|fewer) than|up to|within|a (?:maximum|minimum) of"
    r"|(?:maximum|minimum)(?: \w+){0,3} (?:is|of)|more than|less than|fewer than|below|above|under"
    r"|over|reach|than"
    r"|exceeds?|exceeding|every|after|for|to|is|are|of|by|at|from|about|approximately|around)"
    rf" (?:about |approximately |around )?(?P<number>{_AMOUNT})(?P<space> ?)(?P<unit>{_UNITS})"
    r"(?![\w-])"
)
# "74 \u00b0C (165 \u00b0F)", "60 \u00b0C/140 \u00b0F": the same once more tells the number.
_CONVERTED = re.compile(
    rf"\s*\((?:about |approx(?:imately|\.)? |around |or )?(?:{_AMOUNT})\s?(?:\u00b0|[A-Za-z])"
    r"[^()]{0,24}\)"
    r"|(?<=[CF]) ?/ ?\d+ ?\u00b0? ?[CF]\b",
    re.IGNORECASE,
)
_MEANING = {
    "at least": "\u201cAt least\u201d makes {} the smallest value allowed: less breaks the rule.",
    "minimum": "A minimum is the smallest value allowed: less than {} breaks the rule.",
    "at most": "\u201cAt most\u201d makes {} the largest value allowed: more breaks the rule.",
    "up to": "\u201cUp to\u201d makes {} the largest value.",
    "no more": "\u201cNo more than\u201d makes {} the largest value allowed.",
    "not more": "\u201cNot more than\u201d makes {} the largest value allowed.",
    "maximum": "A maximum is the largest value allowed: more than {} breaks the rule.",
    "within": "\u201cWithin\u201d means before this time has passed: later is too late.",
    "at or below": "\u201cAt or below\u201d makes {} the highest value allowed.",
    "at or above": "\u201cAt or above\u201d makes {} the lowest value allowed.",
    "or l": "Lower values are allowed too, so {} is the highest one.",
    "or b": "Lower values are allowed too, so {} is the highest one.",
    "or h": "Higher values are allowed too, so {} is the lowest one.",
    "or m": "Higher values are allowed too, so {} is the lowest one.",
    "or a": "Higher values are allowed too, so {} is the lowest one.",
    "below": "What is meant lies below {0}: {0} itself does not count.",
    "above": "What is meant lies above {0}: {0} itself does not count.",
}
_STRONG = re.compile(
    r"\b(?:must|shall|should|at least|at most|no (?:more|less|later|longer|fewer) than|not more"
    r"|maximum|minimum|limit\w*|required?|may not|not exceed\w*)\b"
)
# What somebody has to do or to keep to.
_DUTY = re.compile(
    r"\b(?:must|shall|should|needs? to|ha(?:s|ve) to|may not"
    r"|(?:is|are) (?:not allowed|required|recommended))\b"
)
_BOUND = re.compile(
    r"\b(?:at least|at most|no (?:more|less|later|longer|fewer) than|within|up to|every|exceed\w*"
    r"|(?:a )?(?:maximum|minimum)\b.*? of|below|above|under|over|more than|less than|reach"
    r"|at or (?:above|below))\b|\bor (?:lower|higher|less|more|below|above)\b"
)
_ROUGH = re.compile(
    rf"\b(?:about|approximately|around|roughly|some|nearly|almost|an estimated) (?:{_AMOUNT})\b"
)
_STORY = re.compile(
    r"\b(?:[Ee]xample|e\.g|for instance|suppose|version|chapter|page|19\d\d|20\d\d)\b|\$"
)
_MIN_WORDS, _MAX_WORDS = 7, 32
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
    found = english.analyse([(_CONVERTED.sub("", s.text), s.before) for s in wanted])
    ruled = english.analyse([_as_duty(s) for s in wanted])
    for sentence, analysis, duty in zip(wanted, found, ruled, strict=True):
        text = _CONVERTED.sub("", cleaned(sentence.text))
        is_rule = duty.general and bool(_DUTY.search(duty.text)) and bool(_BOUND.search(text))
        match = _LIMIT.search(text)
        if not match or not (is_rule or analysis.general) or not _is_whole(text, match):
            continue
        told = _STRONG.search(text) or any(term in text.lower() for term in taught)
        reason = reason_for(material, sentence)
        # What is no rule and has no reason is a number to look up.
        if is_rule or (told and (reason or gives_reason(text))):
            yield from _gap(sentence, text, match, reason, material.language, is_rule=is_rule)


def _is_whole(text: str, match: re.Match[str]) -> bool:
    """Whether it says of what the number is, in words of a dictionary, and says it once."""
    if not _MIN_WORDS <= len(text.split()) <= _MAX_WORDS or _STORY.search(text):
        return False
    if len(re.findall(r"\d[\d,.]*", text)) > _MAX_NUMBERS or _NAMELESS.match(text):
        return False
    words = re.findall(r"(?<![\w-])[a-z]{4,}(?![\w-])", text)
    repeated = match["number"] in text[: match.start("number")]
    # "(every 8 inches)" is said by the way, and "60F" is printed without its sign.
    in_brackets = text.rfind("(", 0, match.start()) > text.rfind(")", 0, match.start())
    if in_brackets or (match["unit"] in ("C", "F") and not match["space"]):
        return False
    return not repeated and all(is_known(word, "en") for word in words)


_ADDRESSED = re.compile(r"\b[Yy]ou(?= (?:must|should|shall|may|can|need|have|are)\b)")


def _as_duty(sentence: Sentence) -> tuple[str, tuple[str, ...]]:
    """Returns a sentence that tells people what to do as one that says it of them.

    So the parser sees whether it can stand alone. "The road" is known to everybody, unless the
    sentences before speak of a road.
    """
    text = _LABEL.sub("", _CONVERTED.sub("", cleaned(sentence.text)))
    text = re.sub(r"\b(?:MUST|SHALL|SHOULD|NOT)\b", lambda found: found[0].lower(), text)
    is_command = is_imperative(text) or re.match(r"(?:Do not|Never|Always|Make sure)\b", text)
    if is_command and not _OF_IT.match(text):
        text = f"People should {text[:1].lower()}{text[1:]}"
    text = _ADDRESSED.sub("people", text)
    text = re.sub(r"\byour\b", "their", text[:1].upper() + text[1:])
    before = " ".join(sentence.before)
    introduced = tuple(found[0].split()[-1] for found in _INTRODUCED.finditer(before))
    return (text if text.endswith(".") else f"{text}."), introduced


_OF_IT = re.compile(r"(?:\w+ ){1,2}(?:it|them|this|these|that)\b")
_LABEL = re.compile(r"^[A-Z][^.:!?]{2,50}: (?=[A-Z])")
_INTRODUCED = re.compile(r"\b(?:[Aa]n?|[Ss]ome|[Oo]ne|[Tt]wo) (?:\w+ )?\w+|\bThe \w+")


# What a device or a set-up has: without its name, nobody knows of which one.
_NAMELESS = re.compile(
    r"^(?:(?:The|An?|Any|Its|Each)\s+)?(?:\w+(?:able|um|ing|al)\s+)*(?:\w+\s+)?"
    r"(?:input|output|signal|amplitude|rate|range|resolution|value|frequency|voltage|current|size"
    r"|length|width|number|limit|maximum|minimum|default|time|speed|delay|memory|microphone|result)"
    r"s?\s+(?:is|are|must|should|shall|may|can|has|have|needs?)\b",
    re.IGNORECASE,
)


def _gap(
    sentence: Sentence,
    text: str,
    match: re.Match[str],
    reason: str,
    language: str,
    *,
    is_rule: bool,
) -> Iterator[Item]:
    spelt = match["number"]
    value = Decimal(_SPELT[spelt]) if spelt in _SPELT else read_decimal(spelt, language)
    strong = is_rule or bool(_STRONG.search(text))
    if value == 0 or (not strong and value < 3):  # noqa: PLR2004 - "two sides" is a picture
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
    cue = match["cue"].lower()
    if text[: match.start()].endswith("at or "):
        cue = f"at or {cue}"
    elif either := re.match(r" or (?:lower|less|below|higher|more|above)\b", text[match.end() :]):
        cue = either[0].strip()
    meaning = next((words for start, words in _MEANING.items() if cue.startswith(start)), "")
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
