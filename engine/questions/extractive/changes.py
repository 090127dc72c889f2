"""True or false by one changed word, and contrasts with two gaps.

Only words that have one opposite are changed, and only in general statements that stand alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.language.words import base_language, zipf
from engine.questions.extractive import english
from engine.questions.extractive.items import Item
from engine.questions.extractive.limits import defined_terms
from engine.questions.extractive.material import (
    Material,
    Sentence,
    gives_reason,
    reason_for,
)
from engine.questions.extractive.procedures import is_imperative
from engine.questions.formats import TrueFalse
from engine.questions.schemas import BloomLevel, Difficulty, QuestionKind

_PAIRS_TEXT = """
increase/decrease increases/decreases rises/falls raises/lowers
higher/lower larger/smaller bigger/smaller greater/smaller longer/shorter faster/slower
quicker/slower warmer/colder hotter/cooler thicker/thinner stronger/weaker heavier/lighter
deeper/shallower wider/narrower harder/softer brighter/darker
horizontal/vertical horizontally/vertically positive/negative positively/negatively
clockwise/anticlockwise ascending/descending uppercase/lowercase
expands/contracts attracts/repels lengthens/shortens strengthens/weakens
debit/credit debited/credited anode/cathode acidic/alkaline convex/concave
more/less more/fewer high/low
"""
OPPOSITE: dict[str, str] = {}
for _pair in _PAIRS_TEXT.split():
    _one, _two = _pair.split("/")
    OPPOSITE.setdefault(_one, _two)
    OPPOSITE.setdefault(_two, _one)
_WORDS = re.compile(rf"\b(?:{'|'.join(sorted(OPPOSITE, key=len, reverse=True))})\b")
# Fixed phrases in which these words say no direction.
_FIXED = re.compile(
    r"\b(?:more or less|(?:nothing|much|no|little) (?:more|less)|(?:more|less|fewer) than"
    r" (?:about )?(?:\$?\d[\d,.]*|(?:an? )?(?:one|two|three|four|five|ten|half|third|quarter|dozen"
    r"|majority|hundred|thousand|million|hour|day|year|once|zero|double|twice))"
    r"|one or more|or more|once more|no more|no longer"
    r"|any longer|as long as|long as|all right|right (?:away|now|after|before)|rights?[- ]hand side"
    r"|left (?:over|out|behind|in|as|to|unchanged|empty|blank)|is left|are left|be left"
    r"|high school|high-level|low-level|before and after|above all|after all|even (?:if|though"
    r"|when|more|the|a|in|on|with|after|before|as|at)|the right to|copyright|credit card"
    r"|long time|as short|high-\w+|low-\w+|in short|fine[- ]tun\w+|more information"
    r"|not required|be required|is required|are required|required to|required for|required by)\b",
    re.IGNORECASE,
)
# "92 is less than 68" is false at first sight.
_NUMBERS = re.compile(r"\d.*\bthan\b.*\d")
_CUES = re.compile(
    r"\b(?:never|always|alone|only|all|every|none|not|no|cannot|can't|n't|any|even|both|instead"
    r"|rather|example|usually|often|most|many|some)\b",
    re.IGNORECASE,
)
# What is more or less of a quality is a judgement, which nobody believes the other way round.
_JUDGEMENT = re.compile(
    r"\b(?:more|less) (?:\w+(?:ed|ent|ant|ult|ful|ive|al|ous|able|ible|ly|ic|ing|ar|ary)\b"
    r"|likely|common|often|effective|loyal)|\bmore and more\b"
)
# "... than for other groups": whoever the text is about is meant to be more.
_ONE_SIDED = re.compile(
    r"\bthan (?:\w+ ){0,3}(?:others?|else|average|usual|normal|expected|ever|before|they|we|you"
    r"|it)\b"
)
_NEGATED = re.compile(r"\b(?:non-?|un|in|dis|im|ir|il)(?P<word>[a-z]{4,})\b", re.IGNORECASE)
_TECHNICAL = 3.7  # of the scale of word frequencies: rarer words are of a subject
_MIN_WORDS, _MAX_WORDS = 7, 26
# These need "than" behind them, or something may be more in another sense.
_COMPARING = frozenset(["more", "less", "fewer"])
# Enough for a contrast of two, too little for a statement by itself.
_PLAIN = frozenset(["high", "low"])
# Enough for a statement, but no contrast.
_ORDER = frozenset(["ascending", "descending", "uppercase", "lowercase"])
_SUBORDINATE = re.compile(r"\b(?:which|that|who|whose|so|because|if|unless)\b")


def change_items(material: Material) -> Iterator[Item]:
    if base_language(material.language) != "en":
        return
    wanted = [s for s in material.sentences if _words_of(s.text)]
    found = english.analyse([(s.text, s.before) for s in wanted])
    taught = defined_terms(material)
    for sentence, analysis in zip(wanted, found, strict=True):
        text = analysis.text
        if not analysis.general or not _MIN_WORDS <= len(text.split()) <= _MAX_WORDS:
            continue
        words = _words_of(text)
        if analysis.defined or not _may_change(text, words):
            continue
        if len(words) == 1:
            if analysis.claims == 1 and _may_be_judged(material, sentence, text, words[0], taught):
                yield _true_false(material, sentence, text, words[0])
        elif (
            len(words) == 2  # noqa: PLR2004
            and _is_contrast(text, words)
            and all(_both_ways(text, word, material) for word in words)
        ):
            yield from _two_gaps(sentence, text, words)


def _may_be_judged(
    material: Material,
    sentence: Sentence,
    text: str,
    word: re.Match[str],
    taught: frozenset[str],
) -> bool:
    """Whether a learner may have to think whether a sentence or its opposite is true."""
    # Turned round, what gives its own reason or result contradicts itself.
    if gives_reason(text) or _RESULT.search(text) or _CUES.search(text):
        return False
    # Without its other side or a reason behind it, a direction is an accident of wording.
    told = " than " in text or reason_for(material, sentence)
    remark = word[0] in _PLAIN or _SUBORDINATE.search(text[: word.start()])
    return bool(told) and not remark and is_doubtful(text, taught)


# "Lower because of the loss", "faster, which makes it rise", "higher to make up for it".
_RESULT = re.compile(
    r"\b(?:due to|owing to|as|thus|hence|caus\w+|leads?|leading|results?|resulting|making|makes? it"
    r"|allow\w*|enabl\w+|in order to|to (?:make up|compensate|protect|prevent|avoid|keep)|means)\b"
    r"|[,;] (?:which|so)\b",
    re.IGNORECASE,
)
# "The needs of the young are lower than the old": needs beside people.
_UNEVEN = re.compile(
    r"^[^,]*\b(?:of|'s|\u2019s)\b[^,]* (?:is|are|was|were|has|have) [^,]*\bthan "
    r"(?!that|those|(?:an?|the) \w+ (?:of|in|for)|its?\b|their|in\b|for\b|at\b|of\b|when|if\b|on\b"
    r"|with|during|before|after|by\b|from|under)",
    re.IGNORECASE,
)


def _may_change(text: str, words: list[re.Match[str]]) -> bool:
    """Whether it is a general statement with both sides of what it compares, and not negated."""
    # What tells what to do, or what came out once, is no general statement.
    if (
        is_imperative(text)
        or _NOTE_MARK.search(text)
        or _LOCAL.search(text)
        or _NUMBERS.search(text)
        or _UNEVEN.search(text)
        or re.search(r"\b(?:not|never|no)\b", text)
    ):
        return False
    # Each comparative needs its other side: "narrower than ...", "the more, the less".
    comparatives = [word for word in words if word[0].endswith("er") or word[0] in _COMPARING]
    return not comparatives or " than " in text or text.lower().count("the ") > len(words)


def is_doubtful(text: str, taught: frozenset[str]) -> bool:
    """Whether a learner might believe a statement of the subject with its direction turned.

    It names what the subject teaches; what everybody knows or feels sounds wrong at once.
    """
    if _JUDGEMENT.search(text) or _ONE_SIDED.search(text):
        return False
    words = [word.lower() for word in re.findall(r"[^\W\d_]{4,}", text)]
    if any(found["word"].lower() in words for found in _NEGATED.finditer(text)):
        return False
    rare = [word for word in words if zipf(word, "en") <= _TECHNICAL and not word.endswith("ly")]
    rare = [word for word in rare if word not in OPPOSITE]
    return bool(rare) or any(term in text.lower() for term in taught)


def _is_contrast(text: str, words: list[re.Match[str]]) -> bool:
    """Whether the two words say different things of two subjects, or of one in two respects."""
    one, two = words
    if two[0] in (one[0], OPPOSITE[one[0]]):
        return False  # "but" leaves no choice between the combinations
    between = text[one.end() : two.start()]
    # What goes together in one direction goes together in the other: "the more ..., the less ...",
    # "a negative flow occurs when ... less". Two things that are said side by side do not.
    if _TOGETHER.search(text) or not _BESIDE.search(between):
        return False
    if {one[0], two[0]} & _ORDER or one[0] == two[0] or " than zero" in text:
        return False
    if any(text[: word.start()].endswith(('"', "\u201c", "\u2018", "'")) for word in words):
        return False  # a name and no statement
    # The subject stays as it is, or the turned sentence says something else that may be true.
    return bool(_VERB.search(text[: one.start()]))


_TOGETHER = re.compile(
    r"\b(?:when(?:ever)?|if|as|means?|occurs?|happens?|causes?|leads?|results?|so that|because|thus"
    r"|therefore)\b|\bthe (?:more|less|fewer|\w+er)\b.*\bthe (?:more|less|fewer|\w+er)\b",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"\b(?:but|while|whereas|and)\b|;")
_VERB = re.compile(
    r"\b(?:is|are|has|have|can|do|does|will|gives?|keeps?|makes?|needs?|holds?|shows?|moves?|flows?"
    r"|runs?|becomes?|gets?|stays?|lies|lie|carry|carries|contains?|uses?)\b"
)


_NOTE_MARK = re.compile(r"[\u00b2\u00b3\u00b9\u2070-\u2079](?=\s+[A-Z])|\[\d+\]")


# The second peak, the calculated values, the graph that went down: those of one experiment.
_LOCAL = re.compile(
    r"\b(?:[Tt]he (?:two|first|second|third|other|last|next|\w+ed)|was|were|went|looks?)\b"
    r"|\b(?:to|at|is) (?:around |about )?\d"
)


def _both_ways(text: str, word: re.Match[str], material: Material) -> bool:
    """Whether the text uses the opposite with the same next word elsewhere.

    Then both may be said of the subject, and no combination of words is absurd.
    """
    following = re.match(r"\W+(\w+)", text[word.end() :])
    if not following:
        return False
    wanted = re.compile(rf"\b{OPPOSITE[word[0]]}\W+{re.escape(following[1])}\b")
    return any(wanted.search(sentence.text) for sentence in material.sentences)


def _words_of(text: str) -> list[re.Match[str]]:
    """Returns the words with an opposite; none if one is part of a fixed phrase."""
    if _FIXED.search(text):
        return []
    found = list(_WORDS.finditer(text))
    for match in found:
        rest = text[match.end() :]
        if match[0] in _COMPARING and " than " not in rest:
            return []
    return found


def _changed(text: str, match: re.Match[str]) -> str:
    """Returns the text with the opposite word, and "a" or "an" in front of it mended."""
    opposite = OPPOSITE[match[0]]
    before = text[: match.start()]
    article = re.search(r"\b(an?) $", before, re.IGNORECASE)
    if article:
        wanted = "an" if opposite[0] in "aeiou" else "a"
        wanted = wanted.capitalize() if article[1][0].isupper() else wanted
        before = f"{before[: article.start()]}{wanted} "
    return f"{before}{opposite}{text[match.end() :]}"


def _true_false(material: Material, sentence: Sentence, text: str, match: re.Match[str]) -> Item:
    """Returns the changed statement with the unchanged one as its twin."""
    reason = reason_for(material, sentence)
    changed = _changed(text, match)
    word, opposite = match[0], OPPOSITE[match[0]]
    values = {
        "kind": QuestionKind.CHANGED_FACT,
        "place": sentence.place,
        "quote": sentence.text,
        "answers": (word,),
        "context": text,
        "sentences": frozenset({sentence.text}),
        "worth": 1.0 + 0.3 * (" than " in text) + 0.2 * bool(reason),
        "difficulty": Difficulty.EASY,
        "bloom": BloomLevel.UNDERSTAND,
    }
    true = Item(
        stem=text,
        explanation=(
            f"The statement is true as it stands: \u201c{word}\u201d is right here, and "
            f"\u201c{opposite}\u201d would turn it into its opposite. {reason}"
        ).strip(),
        body=TrueFalse(correct=True),
        **values,  # type: ignore[arg-type]
    )
    return Item(
        stem=changed,
        explanation=f"It is the other way round, \u201c{word}\u201d instead of "
        f"\u201c{opposite}\u201d: {text} {reason}".strip(),
        body=TrueFalse(correct=False),
        twin=true,
        **values,  # type: ignore[arg-type]
    )


def _two_gaps(sentence: Sentence, text: str, words: list[re.Match[str]]) -> Iterator[Item]:
    one, two = words
    if _article_before(text, one) or _article_before(text, two):
        return
    gapped = f"{text[: one.start()]}_____{text[one.end() : two.start()]}_____{text[two.end() :]}"
    pairs = [(a, b) for a in (one[0], OPPOSITE[one[0]]) for b in (two[0], OPPOSITE[two[0]])]
    choices = tuple(f"{a} \u2026 {b}" for a, b in pairs)
    question = f"Which words fill the gaps, in this order? \u201c{gapped}\u201d"
    yield Item(
        kind=QuestionKind.CONTRAST,
        stem=question,
        choices=choices,
        explanation=f"{text} With the opposite of one of the two words it would be wrong.",
        place=sentence.place,
        quote=sentence.text,
        answers=(one[0], two[0]),
        context=gapped,
        sentences=frozenset({sentence.text}),
        worth=1.3,
        difficulty=Difficulty.MEDIUM,
        bloom=BloomLevel.UNDERSTAND,
    )


def _article_before(text: str, match: re.Match[str]) -> bool:
    vowel = {word[0] in "aeiou" for word in (match[0], OPPOSITE[match[0]])}
    return len(vowel) > 1 and bool(re.search(r"\ban? $", text[: match.start()], re.IGNORECASE))
