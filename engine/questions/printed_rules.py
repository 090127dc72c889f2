"""Which of a document's own questions a strict teacher would not set, and why.

Authors of textbooks are in a hurry, too. Each rule looks for what tells the answer to those who
have read nothing, or for what leaves the answer open. What it finds is a reason for staff.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from engine.language.words import base_language, lemma, normalise, tokens, word_set, zipf
from engine.questions.extractive.english import forms
from engine.questions.extractive.items import WHOLE_LETTERS, related, shared_words
from engine.questions.item_checks import BLANK, LONG_CHOICE_WORDS
from engine.questions.proofs import NEGATED, Chapter
from engine.questions.schemas import ItemIssue


class Fault(StrEnum):
    """Stable names of what is found."""

    TELLS_ITSELF = "tells_itself"
    ODD_ANSWER = "odd_answer"
    UNFOCUSED = "unfocused"
    OPEN_LIST = "open_list"
    ABBREVIATION = "abbreviation"
    SOMEBODYS_VIEW = "somebodys_view"
    BROKEN_WORDS = "broken_words"
    NO_REASON = "no_reason"


_LONGER, _LONGER_LETTERS = 1.6, 25  # than the longest of the others
_THIN_STEM = 3  # words
_TAUGHT_NAME = 3  # times that a chapter names whom it teaches
_MIN_WORD = 5  # letters
_SHORT_NAME = 3  # words
_COMMON = 5.5  # of the scale of word frequencies: "form" in "information" is an accident
# Sentences are judged as a whole; of names and phrases, the form catches the eye.
_ABBREVIATION = re.compile(
    r"\bstands? for\W*$|\b(?:abbreviation|acronym|initials?|short) (?:of|for)\b|\b(?:is|are)"
    r" (?:abbreviated|an (?:abbreviation|acronym))\b|^\W*what (?:does|do) (?:the )?[A-Z]{2,6} mean",
    re.IGNORECASE,
)
# "Which of the following is true about powers?" asks four questions, each of its own.
_UNFOCUSED = re.compile(
    r"^\W*(?:which|what|identify the|select the|choose the)\b.{0,60}?"
    r"\b(?:(?:is|are|was|were) (?:not )?(?:always |all |most )?(?:true|correct|false|incorrect"
    r"|accurate|right|wrong|untrue|inaccurate)\b|(?:true|false|correct|incorrect) statements?\b)"
    r"|\b(?:all|any) but the following\W*$|\bthe following (?:is|are)\W*$",
    re.IGNORECASE,
)
_EXAMPLES = re.compile(r"\b(?:examples? of|some of|such as|possible)\b", re.IGNORECASE)
_LIKELY = re.compile(
    r"^\W*which (?:one )?of (?:the following|these)\b.{0,30}\b(?:most|least) likely\b",
    re.IGNORECASE,
)
_VIEW = re.compile(
    r"\b(?:[Aa]ccording to|[Ii]n the (?:view|opinion|words) of)"
    r"(?: an? (?:study|survey|article) (?:by|of|in))?"
    r" (?:(?:Dr|Mr|Mrs|Ms|Prof|Professor)\.? )?"
    r"(?P<name>[A-Z][\w.'\u2019-]+(?: (?:and )?[A-Z][\w.'\u2019-]*)+)"
)
_PEOPLE = word_set(
    """
person people man men woman women child children adult someone somebody individual citizen worker
employee employer manager owner buyer seller customer consumer patient doctor nurse teacher student
judge lawyer plaintiff defendant scientist author king queen president soldier
"""
)


def faults(
    stem: str,
    right: str,
    wrong: Sequence[str],
    *,
    chapter: Chapter,
    language: str,
) -> Iterator[ItemIssue]:
    """Yields what is wrong with a single choice, as far as its own words tell."""
    for code, message, has in _RULES:
        if has(stem, right, wrong, language):
            yield ItemIssue(code, message)
    if base_language(language) != "en":
        return
    named = _VIEW.search(stem)
    if named and chapter.count(named["name"].split()[-1]) < _TAUGHT_NAME:
        yield ItemIssue(
            Fault.SOMEBODYS_VIEW, f"It asks what \u201c{named['name']}\u201d said: no general fact."
        )
    broken = next(_broken((stem, right, *wrong), chapter), "")
    if broken:
        yield ItemIssue(
            Fault.BROKEN_WORDS,
            f"\u201c{broken}\u201d stands neither in a dictionary nor in the text.",
        )


def _broken(texts: Sequence[str], chapter: Chapter) -> Iterator[str]:
    for text in texts:
        for word in re.findall(r"(?<![\w'\u2019-])[a-z]+(?![\w'\u2019-])", text):
            if len(word) >= _MIN_WORD and not zipf(word, "en") and not chapter.holds(word):
                yield word


def _tells_itself(stem: str, right: str, wrong: Sequence[str], language: str) -> bool:
    """Whether the right answer shares words with the question that tell it from the others.

    What all choices have in common ("Commerce Clause", "Supremacy Clause") tells nothing, nor does
    a word of a question that has two answers of its own words among the wrong ones.
    """
    if NEGATED.search(stem):
        return False
    choices = (right, *wrong)
    own, *others = (
        len(_alone(choice, [one for one in choices if one is not choice], stem, language))
        for choice in choices
    )
    least = own if len(right.split()) > LONG_CHOICE_WORDS else 1
    return own > 0 and sum(count >= least for count in others) < min(2, len(wrong))


def _alone(choice: str, others: Sequence[str], stem: str, language: str) -> list[str]:
    """Returns the words that a choice shares with the question and with no other choice."""
    theirs = {word for one in others for word in shared_words(one, stem, language)}
    theirs |= {word for one in others for word in normalise(one).split()}
    shared = [*shared_words(choice, stem, language), *_holding(choice, stem, language)]
    return [word for word in shared if not any(related(word, one) for one in theirs)]


def _holding(name: str, stem: str, language: str) -> list[str]:
    """Returns the words of a short name that hold a whole word of the question.

    "Epigenetics" is about genes.
    """
    words = normalise(name).split()
    if len(words) > _SHORT_NAME:
        return []
    asked = {lemma(word, language) for word in tokens(stem)}
    held = {word for word in asked if len(word) >= WHOLE_LETTERS and zipf(word, language) < _COMMON}
    return [word for word in words if any(one in word and one != word for one in held)]


def _longest(_stem: str, right: str, wrong: Sequence[str], _language: str) -> bool:
    longest = max(map(len, wrong), default=0)
    return len(right) > longest * _LONGER and len(right) - longest > _LONGER_LETTERS


def _odd_last_word(_stem: str, right: str, wrong: Sequence[str], _language: str) -> bool:
    """Whether all others end in one word, "law", and the right answer in another."""
    last = {words[-1] for one in wrong if (words := normalise(one).split()) and len(words) > 1}
    mine = normalise(right).split()[-1:]
    every = all(len(normalise(one).split()) > 1 for one in wrong)
    return every and len(wrong) > 1 and len(last) == 1 and not last & set(mine)


def _odd_person(_stem: str, right: str, wrong: Sequence[str], language: str) -> bool:
    """Whether the right answer alone is a person, or alone is none."""
    if base_language(language) != "en":
        return False
    mine, *others = (bool(set(_first_noun(one)) & _PEOPLE) for one in (right, *wrong))
    return len(others) > 1 and {mine}.isdisjoint(others)


def _first_noun(text: str) -> list[str]:
    """Returns the last word before the first preposition, which is the head; empty if none is."""
    head = re.split(r"\b(?:of|by|to|in|for|with|from|who|that|which|on|at)\b", text.lower())[0]
    return tokens(head)[-1:]


def _odd_form(_stem: str, right: str, wrong: Sequence[str], language: str) -> bool:
    """Whether the others are all nouns, say, and the right answer is an adjective."""
    if base_language(language) != "en" or len(wrong) < 2:  # noqa: PLR2004 - to compare
        return False
    mine, *others = forms((right, *wrong))
    return bool(mine) and len(set(others)) == 1 and others[0] not in ("", mine)


def _english(pattern: re.Pattern[str]) -> Callable[[str, str, Sequence[str], str], bool]:
    def has(stem: str, _right: str, _wrong: Sequence[str], language: str) -> bool:
        return base_language(language) == "en" and bool(pattern.search(stem))

    return has


def _open_list(stem: str, _right: str, _wrong: Sequence[str], language: str) -> bool:
    """Whether what is no member of an open list is asked for."""
    return base_language(language) == "en" and bool(NEGATED.search(stem) and _EXAMPLES.search(stem))


def _is_thin(stem: str, _right: str, _wrong: Sequence[str], _language: str) -> bool:
    """Whether a beginning says too little to be gone on with: "Mediation focuses on:"."""
    plain = stem.replace(BLANK, " ").strip()
    return not plain.endswith("?") and len(plain.split()) <= _THIN_STEM


_RULES: tuple[tuple[Fault, str, Callable[[str, str, Sequence[str], str], bool]], ...] = (
    (
        Fault.TELLS_ITSELF,
        "The right answer alone repeats words of the question. Reword it, then approve it.",
        _tells_itself,
    ),
    (Fault.ODD_ANSWER, "The right answer is so long that it tells itself.", _longest),
    (Fault.ODD_ANSWER, "All other answers end alike: the right one stands out.", _odd_last_word),
    (Fault.ODD_ANSWER, "The right answer is of another kind than all others.", _odd_person),
    (Fault.ODD_ANSWER, "The right answer has another grammatical form than all others.", _odd_form),
    (Fault.ABBREVIATION, "It asks what an abbreviation stands for.", _english(_ABBREVIATION)),
    (Fault.UNFOCUSED, "It asks nothing: each choice is a question.", _english(_UNFOCUSED)),
    (Fault.UNFOCUSED, "It says too little to be answered without the choices.", _is_thin),
    (Fault.OPEN_LIST, "It asks what is likely: others may judge otherwise.", _english(_LIKELY)),
    (Fault.OPEN_LIST, "Examples are no full list: what is missing may be one, too.", _open_list),
)
