"""Ordering: the steps of a procedure, and dated events."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

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
add adjust align allow anchor apply arrange ask assemble attach avoid bake beat begin boil bolt
brake breathe brine bring build bury calculate calibrate call carry change charge check chill
choose chop clamp clean clear click close collect combine compare compile complete compress
compute configure confirm connect convert cook cool copy count cover create crimp cut decide
define delete determine dig dip discard discharge disconnect disinfect dissolve divide double-
click download drag drain draw drink drive drop dry eat edit elevate empty enable ensure enter
establish evacuate examine execute exercise export extract fasten feed ferment fill filter find
fit fix flush fold follow form formulate freeze fry gather generate get give glue go grease
grill ground heat help hold identify immobilise immobilize import inform inject insert inspect
install invert isolate keep kill knead label lay leave let lift limit list load locate lock log
loosen lower maintain make marinate mark measure mix moor mount move multiply nail name notify
observe obtain open paint park paste peel perform pick place plan plant plot plug pour prepare
press prime print produce proof provide prune pull pump push put raise reach read rebuild record
reduce refrigerate reheat release remove repeat replace report reset rest restart restore return
review ride rinse roast rotate round row rub run sand sanitise sanitize save scan scrape screw
scroll scrub seal season secure select send separate serve set shake show shut sign signal
simmer sit sleep slice slide soak solder solve sow space specify spray spread stand start stay
steer step sterilise sterilize stir stop store strain stretch strip submerge submit subtract
swallow swim switch take tap tell test thaw tick tie tighten touch train transfer treat turn
type unlock unpack unplug unscrew update upload use ventilate verify wait warm wash watch water
wear weigh wet whisk wipe work wrap write
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
# "In 1808", "on 4 July 1776", "by May 1940", "in 323 BCE".
_DATE = re.compile(
    r",? ?\b(?:[Ii]n|[Oo]n|[Bb]y|[Aa]round) (?:about |(?:early|late) )?"
    r"(?:(?:the )?\d{1,2}(?:st|nd|rd|th)? (?:of )?)?(?:[A-Z][a-z]+ (?:\d{1,2}, )?)?"
    r"(?:(?P<old>\d{1,4}) (?P<era>BCE?|CE|AD)|(?P<year>1[0-9]{3}|20[0-4][0-9]))\b(?!s|[\u2013-])"
    r"(?P<after>,?)"
)
_OTHER_DATE = re.compile(r"\b(?:1\d{3}|20\d\d)s?\b|\b(?:BCE?|CE|century|centuries)\b")
_LEAD_IN = re.compile(r"^(?:For (?:example|instance)|Then|Thus|However|Also|Finally),? ")
_REST = re.compile(r"(?:, (?:which|who|where|when|after which|and then)|;| \u2014|\u2014) ?.*$")
_APART = 2  # years between events: nobody knows more


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
    """Whether "a jar" in one step and "the jar" in a later one show the order.

    So do two steps that each take up a word of the step before, if few others have the word.
    """
    hints, taken_up = 0, 0
    for at, step in enumerate(steps):
        new = re.findall(r"\b(?:a|an|some) ((?:\w+ )?\w+)", step)
        later = " ".join(steps[at + 1 :])
        hints += any(re.search(rf"\bthe {re.escape(noun)}\b", later) for noun in new)
        if at + 1 < len(steps) and len(shared_words(step, steps[at + 1], language)) > 2:  # noqa: PLR2004
            hints += 1
        shared = shared_words(step, steps[at + 1], language) if at + 1 < len(steps) else []
        taken_up += any(_holders(word, steps, language) * 2 < len(steps) for word in shared)
    return hints > 0 or taken_up > 1


def _holders(word: str, steps: Sequence[str], language: str) -> int:
    return sum(bool(shared_words(word, step, language)) for step in steps)


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


def _dated(text: str) -> tuple[int, str] | None:
    """Returns the year of a sentence that tells one event of one date, and the event without it."""
    found = list(_DATE.finditer(text))
    if len(found) != 1:
        return None
    date = found[0]
    year = int(date["year"] or date["old"])
    before, rest = text[: date.start()], text[date.end() :].strip()
    if not before or _LEAD_IN.fullmatch(f"{before}, "):
        event = rest
    else:
        event = f"{_LEAD_IN.sub('', before)}{date['after']} {rest}"
    event = _REST.sub("", event.strip(" ,.")).strip(" ,.")
    if _OTHER_DATE.search(event):
        return None
    return -year if (date["era"] or "").startswith("B") else year, event


_SUBJECT_WORDS = 5
# What somebody was or had, and for how long, is no event: "the rate was 11 percent".
_STATE = re.compile(
    r"\b(?:had|has|have|is|are|remained|stayed|continued|lived|existed|seemed)\b"
    r"|\b(?:was|were)\b(?! (?:not )?\w+(?:ed|en|t|own|ung|ade|old|aid|ht)\b)",
    re.IGNORECASE,
)
_SUBORDINATE = re.compile(
    r"(?:when|while|as|after|before|although|though|if|because|since|by|for|with|during"
    r"|one|two|three|four|five|ten|twenty|hundreds|thousands|many|some|most|several|few)\b",
    re.IGNORECASE,
)


def _is_event(event: str) -> bool:
    """Whether it tells what somebody or something with a name did, in words that show no order."""
    words = event.split()
    # "The most notorious cases" are those of a page; "the people of Latium" are known.
    begins = (
        words[1:_SUBJECT_WORDS] if words[0] in ("The", "A", "An", "the", "a", "an") else words[1:]
    )
    named = any(word[:1].isupper() for word in begins)
    if _STATE.search(event) or _SUBORDINATE.match(event):
        return False
    fair = 4 <= len(words) <= _MAX_WORDS + 4  # noqa: PLR2004 - fewer tell nothing
    return named and fair and not _CUES.search(event) and not re.search(r"[()\[\]\u201c\"]", event)


def _events(material: Material) -> Iterator[Item]:
    """Events of one chapter with a year each, in sentences that are clear alone."""
    dated = [
        (sentence, found) for sentence in material.sentences
        if (found := _dated(sentence.text)) and _is_event(found[1])
    ]  # fmt: skip
    analysed = english.analyse([(sentence.text, sentence.before) for sentence, _ in dated])
    chapters: defaultdict[str, dict[int, tuple[str, str, Place]]] = defaultdict(dict)
    for (sentence, (year, event)), analysis in zip(dated, analysed, strict=True):
        if not analysis.alone or analysis.general:
            continue  # "general" is what always holds
        told = chapters[sentence.place.chapter]
        if all(abs(year - other) >= _APART for other in told):
            told[year] = (f"{event[0].upper()}{event[1:]}.", sentence.text, sentence.place)
    for events in chapters.values():
        years = sorted(events)
        while len(years) > MAX_STEPS - 1:  # those that lie apart stay
            gaps = [later - year for year, later in pairwise(years)]
            del years[gaps.index(min(gaps)) + 1]
        if len(years) >= MIN_STEPS and not alike([events[year][0] for year in years]):
            yield _in_order(years, events)


def _in_order(years: Sequence[int], events: Mapping[int, tuple[str, str, Place]]) -> Item:
    _, quote, place = events[years[0]]
    subject = subject_of(place.passage.heading_path[:1]) or place.subject
    told = "; ".join(f"{_spelt(year)}: {events[year][0].rstrip('.')}" for year in years)
    return _item(
        place,
        f"{subject}: put these events in the order in which they happened.",
        [events[year][0] for year in years],
        quote=quote,
        explanation=f"The years show the order: {told}.",
        sentences=frozenset(events[year][1] for year in years),
    )


def _spelt(year: int) -> str:
    return f"{-year} BCE" if year < 0 else str(year)
