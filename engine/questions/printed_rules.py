"""Finds printed questions that a strict teacher would not use in a test, and says why.

Printed questions have flaws, too. Each rule looks for something that gives away the answer to
those who have not read the text, or for something that makes a second answer possible. Staff read
what it finds as the reason why the question is not asked.
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

    GIVES_AWAY = "tells_itself"  # the value is stored with questions
    ODD_ANSWER = "odd_answer"
    UNFOCUSED = "unfocused"
    OPEN_LIST = "open_list"
    ABBREVIATION = "abbreviation"
    SOMEBODYS_VIEW = "somebodys_view"
    BROKEN_WORDS = "broken_words"
    NO_REASON = "no_reason"


# A right answer gives itself away if it is so many times as long as the longest wrong one, and so
# many letters longer.
_LONGER, _LONGER_LETTERS = 1.6, 25
_THIN_STEM = 3  # words
# A person whom the chapter names at least so often is part of what it teaches.
_TAUGHT_NAME = 3
_MIN_WORD = 5  # letters
_SHORT_NAME = 3  # words
# On the scale of `zipf`, from 0 (in no list) to 8 (everyday): a word as common as "form" stands in
# "information" only by accident.
_COMMON = 5.5
_ABBREVIATION = re.compile(
    r"\bstands? for\W*$|\b(?:abbreviation|acronym|initials?|short) (?:of|for)\b|\b(?:is|are)"
    r" (?:abbreviated|an (?:abbreviation|acronym))\b|^\W*what (?:does|do) (?:the )?[A-Z]{2,6} mean",
    re.IGNORECASE,
)
# In "Which of the following is true about powers?", each choice is a separate true/false question.
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
    """Yields the flaws of a question with one right choice that can be seen in its words."""
    for code, message, has in _RULES:
        if has(stem, right, wrong, language):
            yield ItemIssue(code, message)
    if base_language(language) != "en":
        return
    named = _VIEW.search(stem)
    if named and chapter.count(named["name"].split()[-1]) < _TAUGHT_NAME:
        yield ItemIssue(
            Fault.SOMEBODYS_VIEW,
            f"It asks what \u201c{named['name']}\u201d said, not for a general fact.",
        )
    broken = next(_broken((stem, right, *wrong), chapter), "")
    if broken:
        yield ItemIssue(
            Fault.BROKEN_WORDS,
            f"\u201c{broken}\u201d is neither in a dictionary nor in the text.",
        )


def _broken(texts: Sequence[str], chapter: Chapter) -> Iterator[str]:
    for text in texts:
        for word in re.findall(r"(?<![\w'\u2019-])[a-z]+(?![\w'\u2019-])", text):
            if len(word) >= _MIN_WORD and not zipf(word, "en") and not chapter.contains(word):
                yield word


def _gives_away(stem: str, right: str, wrong: Sequence[str], language: str) -> bool:
    """Whether the right answer repeats words of the question, so that they give it away.

    Words that all choices share ("Commerce Clause", "Supremacy Clause") are no clue. It is no clue
    either if two wrong choices also repeat words of the question.
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
    shared = [*shared_words(choice, stem, language), *_words_containing(choice, stem, language)]
    return [word for word in shared if not any(related(word, one) for one in theirs)]


def _words_containing(name: str, stem: str, language: str) -> list[str]:
    """Returns the words of a short name that contain a whole word of the question.

    "Epigenetics" contains "gene", so a question about genes gives it away.
    """
    words = normalise(name).split()
    if len(words) > _SHORT_NAME:
        return []
    asked = {lemma(word, language) for word in tokens(stem)}
    rare = {word for word in asked if len(word) >= WHOLE_LETTERS and zipf(word, language) < _COMMON}
    return [word for word in words if any(one in word and one != word for one in rare)]


def _longest(_stem: str, right: str, wrong: Sequence[str], _language: str) -> bool:
    longest = max(map(len, wrong), default=0)
    return len(right) > longest * _LONGER and len(right) - longest > _LONGER_LETTERS


def _odd_last_word(_stem: str, right: str, wrong: Sequence[str], _language: str) -> bool:
    """Whether all wrong choices end in the same word ("law") and the right one in another."""
    last = {words[-1] for one in wrong if (words := normalise(one).split()) and len(words) > 1}
    mine = normalise(right).split()[-1:]
    every = all(len(normalise(one).split()) > 1 for one in wrong)
    return every and len(wrong) > 1 and len(last) == 1 and not last & set(mine)


def _odd_person(_stem: str, right: str, wrong: Sequence[str], language: str) -> bool:
    """Whether only the right answer is a person, or all choices but the right one are persons."""
    if base_language(language) != "en":
        return False
    mine, *others = (bool(set(_first_noun(one)) & _PEOPLE) for one in (right, *wrong))
    return len(others) > 1 and {mine}.isdisjoint(others)


def _first_noun(text: str) -> list[str]:
    """Returns the main noun of a phrase, in a list: "owner" of "the owner of a house".

    It is the last word before the first preposition or "who", "that", "which". The list is empty
    if the phrase begins with one of these.
    """
    head = re.split(r"\b(?:of|by|to|in|for|with|from|who|that|which|on|at)\b", text.lower())[0]
    return tokens(head)[-1:]


def _odd_form(_stem: str, right: str, wrong: Sequence[str], language: str) -> bool:
    """Whether all wrong choices have one grammatical form and the right one has another.

    Readers compare the form of names and phrases, not of whole sentences.
    """
    if base_language(language) != "en" or len(wrong) < 2:  # noqa: PLR2004 - to compare
        return False
    # "noun", "verb", "quality" or "clause"; "" if the form is not certain.
    mine, *others = forms((right, *wrong))
    return bool(mine) and len(set(others)) == 1 and others[0] not in ("", mine)


def _english(pattern: re.Pattern[str]) -> Callable[[str, str, Sequence[str], str], bool]:
    def has(stem: str, _right: str, _wrong: Sequence[str], language: str) -> bool:
        return base_language(language) == "en" and bool(pattern.search(stem))

    return has


def _open_list(stem: str, _right: str, _wrong: Sequence[str], language: str) -> bool:
    """Whether it asks which choice is *not* on a list that is incomplete (only examples)."""
    return base_language(language) == "en" and bool(NEGATED.search(stem) and _EXAMPLES.search(stem))


def _is_thin(stem: str, _right: str, _wrong: Sequence[str], _language: str) -> bool:
    """Whether an unfinished sentence is too short for a learner to complete it without the choices.

    An example is "Mediation focuses on:".
    """
    plain = stem.replace(BLANK, " ").strip()
    return not plain.endswith("?") and len(plain.split()) <= _THIN_STEM


_RULES: tuple[tuple[Fault, str, Callable[[str, str, Sequence[str], str], bool]], ...] = (
    (
        Fault.GIVES_AWAY,
        "Words of the question give away the right answer. Reword it, then approve it.",
        _gives_away,
    ),
    (
        Fault.ODD_ANSWER,
        "The right answer is so much longer that its length gives it away.",
        _longest,
    ),
    (
        Fault.ODD_ANSWER,
        "All wrong answers end in the same word and the right one does not, which gives it away.",
        _odd_last_word,
    ),
    (Fault.ODD_ANSWER, "The right answer is of another kind than all others.", _odd_person),
    (Fault.ODD_ANSWER, "The right answer has another grammatical form than all others.", _odd_form),
    (Fault.ABBREVIATION, "It asks what an abbreviation stands for.", _english(_ABBREVIATION)),
    (
        Fault.UNFOCUSED,
        "The question has no topic of its own; each choice is a separate true/false question.",
        _english(_UNFOCUSED),
    ),
    (Fault.UNFOCUSED, "It says too little to be answered without the choices.", _is_thin),
    (Fault.OPEN_LIST, "It asks what is likely: others may judge otherwise.", _english(_LIKELY)),
    (
        Fault.OPEN_LIST,
        "The text gives only examples; another choice may also be an example.",
        _open_list,
    ),
)
