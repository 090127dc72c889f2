"""What a module says about itself: its summary and its learning objectives."""

from __future__ import annotations

import re
from collections.abc import Sequence

from courses.generation.phrases import listed, phrases, quoted
from courses.generation.titles import lower_first
from courses.language.words import base_language, lemma

_MOST_OBJECTIVES = 4
_NAMES_IN_SUMMARY = 10
_NO_ACTIVITY = """
missing existing following remaining programming operating string floating sliding leading trailing
underlying moving opening ending meaning beginning warning setting timing spelling lightning
learning mailing plotting porting packaging processing training marketing printing binding
machine engineering banking morning evening interesting growing rolling running king ring
"""
_NOT_AN_ACTIVITY = frozenset(_NO_ACTIVITY.split())
_PREPOSITIONS = "of in and or for as at by from to is are"
_NO_OBJECT = frozenset(_PREPOSITIONS.split())
_AND_ACTIVITY = re.compile(r"(?<=\band )\w+ing\b")
_SUMMARISING = (
    "Explain the key ideas of {}.",
    "Summarise the main points of {}.",
    "Describe what matters about {}.",
)
_QUESTION = re.compile(r"^(?:what|why|when|who|which|where)\b", re.IGNORECASE)


def summary(titles: Sequence[str], language: str) -> str:
    """One sentence that names what the topics are about."""
    opening = phrases(language).introduction
    names = [name for title in titles for name in title.split("; ")]
    telling = [name for name in names if name != opening] or names
    shown = [lower_first(name, language).rstrip("?!") for name in telling[:_NAMES_IN_SUMMARY]]
    if any("," in name for name in shown):
        return phrases(language).covers.format("; ".join(shown))
    return phrases(language).covers.format(listed(shown, language))


def objectives(titles: Sequence[str], terms: Sequence[str], language: str) -> tuple[str, ...]:
    """What a learner can do after the module: one sentence for its terms, one for each topic."""
    found = []
    words = phrases(language)
    if terms:
        names = [quoted(term, language) for term in terms]
        template = words.define_one if len(names) == 1 else words.define_many
        found.append(template.format(listed(names, language)))
    found += [
        _objective(title, number, language)
        for number, title in enumerate(titles[:_MOST_OBJECTIVES])
    ]
    return tuple(dict.fromkeys(found))


def _objective(title: str, number: int, language: str) -> str:
    if base_language(language) == "en":
        return _english(title, number)
    return phrases(language).describe.format(quoted(title, language))


def _english(title: str, number: int) -> str:
    first, _, rest = title.partition(" ")
    if title.endswith("?"):
        return f"Answer the question {quoted(title, 'en')}."
    if title.casefold().startswith("how to ") or _QUESTION.match(title):
        return f"Explain {title[:1].lower()}{title[1:]}."
    if _is_activity(first, rest):
        verb = lemma(first.casefold(), "en")
        plain = _AND_ACTIVITY.sub(lambda found: lemma(found.group(), "en"), rest)
        return f"{verb[:1].upper()}{verb[1:]} {plain.rstrip('.')}."
    return _SUMMARISING[number % len(_SUMMARISING)].format(quoted(title, "en"))


def _is_activity(first: str, rest: str) -> bool:
    """Whether a title reads like "Reading data from files"."""
    word = first.casefold()
    if not word.endswith("ing") or word in _NOT_AN_ACTIVITY or lemma(word, "en") == word:
        return False
    others = rest.split()
    if not others[1:] or re.search(r"[,;:?]", rest):
        return False
    return others[0].casefold() not in _NO_OBJECT
