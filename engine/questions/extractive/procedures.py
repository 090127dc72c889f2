"""Ordering: the steps of a procedure, and dated events."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from engine.language.words import base_language, word_set
from engine.questions.extractive import english
from engine.questions.extractive.items import Item, alike, shared_words, shuffled
from engine.questions.extractive.material import Material, Place, TextList, subject_of
from engine.questions.extractive.wording import Wording, wording
from engine.questions.formats import Ordering
from engine.questions.schemas import BloomLevel, Difficulty, QuestionKind

MIN_STEPS, MAX_STEPS = 4, 6
_MAX_WORDS = 16
_MIN_WORDS = 2
_LEAD = re.compile(
    r"\b(?:steps?|procedure|in (?:this|the following) order|stages?|phases?|proceed|sequence)\b",
    re.IGNORECASE,
)
_ACTIVITY = re.compile(r"\b(?:how to|procedure|\w+ing|installation|set-?up|measurement)\b", re.I)
_PURPOSE = re.compile(r"^To (?P<what>[a-z][^,:;]{4,60}?)(?:,[^:]*)?:$")
_VERBS = word_set(
    """
add adjust align allow apply arrange ask assemble attach bake begin boil bring build calculate
call change check choose clean clear click close collect combine compare compile complete
compute configure confirm connect convert cook cool copy count cover create cut decide define
delete determine disconnect discard dissolve divide double-click download drag drain draw drop
dry edit empty enable enter establish examine execute export extract fasten fill filter find fit
fix fold follow form formulate gather generate get give go grease heat help hold identify import
inform insert inspect install invert isolate keep kill label lay leave let lift list load locate
lock log loosen lower make mark measure mix mount move multiply name notify observe obtain open
paste perform pick place plan plot plug pour prepare press print pull pump push put raise read
rebuild record reduce release remove repeat replace report reset restart restore return review
rinse rotate round rub run save scan screw scrub scroll seal select send separate set shake show
shut sign slide soak solve specify spread start stir stop store stretch submit subtract switch take
tap tell test tick tie tighten touch transfer treat turn type unlock unpack unplug unscrew update
upload use verify wait warm wash watch wear weigh wet wipe write work
"""
)
_OPENING = re.compile(
    r"^(?:(?:then|next|finally|first(?:ly)?|second(?:ly)?|third(?:ly)?|lastly|now|afterwards"
    r"|after that|step \d+|please|optionally)[,:.]?\s+(?:and\s+)?)+",
    re.IGNORECASE,
)
_CUES = re.compile(
    r"\b(?:then|next|finally|first|last|lastly|after|afterwards|before|once|again|now|begin|start"
    r"|finish|repeat|following|previous|resulting|until|already|step|remaining|another|continue"
    r"|done|ready|complete|end|it|them|this|these|same|other|rest)\b",
    re.IGNORECASE,
)
_REFERS = re.compile(
    r"(?<!-)\b(?:see|section|chapter|figure|below|above|optional|or)\b|https?:", re.I
)
_YEAR = r"(?P<year>1[0-9]{3}|20[0-4][0-9])"
_DATED = (
    re.compile(
        rf"^(?:In|By|Around) (?:(?:early|late) )?(?:[A-Z][a-z]+ )?{_YEAR},? (?P<event>.+)\.$"
    ),
    re.compile(rf"^On \d{{1,2}} [A-Z][a-z]+ {_YEAR},? (?P<event>.+)\.$"),
    re.compile(rf"^(?P<event>.+?),? (?:in|on) (?:\d{{1,2}} )?(?:[A-Z][a-z]+ )?{_YEAR}\.$"),
)


def procedure_items(material: Material) -> Iterator[Item]:
    words = wording(material.language)
    if words is None:
        return
    for one in material.lists:
        steps = _steps(one, material.language)
        if steps:
            yield _ordering(one, steps, material.language, words)
    if base_language(material.language) == "en":
        yield from _events(material)


def _steps(one: TextList, language: str) -> list[str]:
    """Returns the steps of a list that is a procedure, without words that show their order."""
    in_english = base_language(language) == "en"
    if len(one.items) < MIN_STEPS or not (one.numbered or (in_english and _LEAD.search(one.lead))):
        return []
    steps = [_short(item) for item in one.items]
    if in_english:
        ordered = sum(is_imperative(step) for step in steps) * 5 >= len(steps) * 4
        named = _LEAD.search(one.lead) or _PURPOSE.match(one.lead)
        named = named or _ACTIVITY.search(one.place.subject)
        # Unless the text says that the order counts, two steps may often change places.
        matters = _ORDERED.search(f"{one.place.passage.text} {one.lead}")
        if not ordered or not named or not matters:
            return []
    elif not one.lead:
        return []
    fit = [step for step in steps if _MIN_WORDS <= len(step.split()) <= _MAX_WORDS]
    fit = [step for step in fit if not _CUES.search(step) and not _REFERS.search(step)]
    if len(fit) < MIN_STEPS or len(fit) * 2 < len(steps) or alike(fit):
        return []
    chosen = fit[:MAX_STEPS]
    return [] if _chained(chosen, language) else chosen


_ORDERED = re.compile(
    r"\b(?:in (?:this|the following|exactly this|that) order|(?:the )?order (?:matters|is important"
    r"|of the steps)|one after (?:the )?other|step by step|each step (?:needs|uses|builds))\b",
    re.IGNORECASE,
)


def _short(item: str) -> str:
    """Returns the first clause of a step: the rest explains it."""
    text = re.split(r"(?<=[a-z\d)])[.!?](?:\s|$)|;|: |,? then ", _OPENING.sub("", item))[0]
    text = re.sub(r"\s*\([^()]*\)", "", text).strip(" .,")
    if len(text.split()) > _MAX_WORDS:
        text = text.split(", ")[0]
    return text[:1].upper() + text[1:]


def is_imperative(step: str) -> bool:
    return step.split(maxsplit=1)[0].casefold().strip(",") in _VERBS if step else False


def _chained(steps: Sequence[str], language: str) -> bool:
    """Whether "a jar" in one step and "the jar" in a later one show the order."""
    hints = 0
    for at, step in enumerate(steps):
        new = re.findall(r"\b(?:a|an|some) ((?:\w+ )?\w+)", step)
        later = " ".join(steps[at + 1 :])
        hints += any(re.search(rf"\bthe {re.escape(noun)}\b", later) for noun in new)
        if at + 1 < len(steps) and len(shared_words(step, steps[at + 1], language)) > 2:  # noqa: PLR2004
            hints += 1
    return hints > 0


def _ordering(one: TextList, steps: Sequence[str], language: str, words: Wording) -> Item:
    purpose = _PURPOSE.match(one.lead) if base_language(language) == "en" else None
    stem = words.order.format(subject=one.place.subject)
    if purpose:
        stem = f"Put the steps to {purpose['what']} in the right order."
    return _item(
        one.place, stem, steps, quote=one.items[0], sentences=frozenset(one.items),
        explanation=words.right_order.format(steps="; ".join(steps)),
    )  # fmt: skip


def _item(
    place: Place,
    stem: str,
    steps: Sequence[str],
    *,
    quote: str,
    explanation: str,
    sentences: frozenset[str],
) -> Item:
    items = shuffled(steps, stem)
    if items == list(steps):
        items.reverse()
    return Item(
        kind=QuestionKind.PROCEDURE,
        stem=stem,
        body=Ordering(items=tuple(items), order=tuple(items.index(step) for step in steps)),
        explanation=explanation,
        place=place,
        quote=quote,
        answers=(),
        context=stem,
        sentences=sentences,
        worth=1.7,
        difficulty=Difficulty.MEDIUM,
        bloom=BloomLevel.UNDERSTAND,
    )


def _events(material: Material) -> Iterator[Item]:
    """Events of one chapter with a year each, in sentences that are clear alone."""
    dated = [
        (sentence, match) for sentence in material.sentences
        if (match := next(filter(None, (one.match(sentence.text) for one in _DATED)), None))
    ]  # fmt: skip
    found = english.analyse([(sentence.text, sentence.before) for sentence, _ in dated])
    chapters: defaultdict[str, dict[int, tuple[str, str, Place]]] = defaultdict(dict)
    for (sentence, match), analysis in zip(dated, found, strict=True):
        event = match["event"].strip(" ,")
        plain = not re.search(r"\d{4}", event) and not _CUES.search(event)
        if analysis.alone and plain and 4 <= len(event.split()) <= _MAX_WORDS + 4:  # noqa: PLR2004
            event = f"{event[0].upper()}{event[1:]}."
            year = int(match["year"])
            chapters[sentence.place.chapter].setdefault(
                year, (event, sentence.text, sentence.place)
            )
    for events in chapters.values():
        if len(events) < MIN_STEPS:
            continue
        years = sorted(events)[: MAX_STEPS - 1]
        steps = [events[year][0] for year in years]
        place = events[years[0]][2]
        subject = subject_of(place.passage.heading_path[:1]) or place.subject
        yield _item(
            place,
            f"{subject}: put these events in the order in which they happened.",
            steps,
            quote=events[years[0]][1],
            explanation="The years show the order: "
            + "; ".join(f"{year}: {events[year][0].rstrip('.')}" for year in years) + ".",
            sentences=frozenset(events[year][1] for year in years),
        )  # fmt: skip
