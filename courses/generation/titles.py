"""Titles a teacher would accept, made of headings as books print them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from courses.generation.phrases import phrases
from courses.language.words import is_known, normalise, zipf

LONGEST = 110
_JOINED_LONGEST = 90
# From the first of a row only, or a row of dots would cost time with the cube of its length.
_LEADERS = re.compile(
    r"(?<![\s.\u2026\u00b7_])(?:\s*[.\u2026\u00b7_]){3,}\s*[\divxlc]*\s*$|(?<!\s)\s{3,}\d+\s*$",
    re.IGNORECASE,
)
_CHAPTER_WORD = (
    r"chapter|part|section|appendix|unit|lesson|module|lecture|week|kapitel|teil|abschnitt|anhang|lektion"
    r"|chapitre|partie|section|annexe|leçon|capítulo|parte|sección|apéndice|anexo|tema|unidad"
    r"|capitolo|sezione|appendice|hoofdstuk|deel|bijlage|seção|apêndice|kapittel|avsnitt|rozdział"
)
_NUMBER = r"(?:\d{1,3}(?:\.\d{1,3})*|[IVXLC]{1,6}|[A-Z](?:\.\d{1,3})+|[A-Z])"
_CHAPTER = re.compile(
    rf"^(?:{_CHAPTER_WORD})\s+{_NUMBER}(?:\s*[:.\u2013\u2014|-]+\s*|\s+|$)", re.IGNORECASE
)
_NUMBERING = re.compile(
    r"^(?:\u00a7+\s*)?(?:\d{1,3}(?:\.\d{1,3})+\.?|\d{1,3}[.):]?|[A-Z](?:\.\d{1,3})+\.?"
    r"|[IVXLC]{1,6}[.):]|[A-Z][.):])\s+(?=\S)"
)
# A word in capitals is an acronym if it is as short as this and rarer than this.
_ACRONYM_LETTERS, _ACRONYM_ZIPF = 4, 3.8
_SHORT_SHOUT = 5
_DATE_OR_COUNT = re.compile(r"^\d{1,4}\s+[a-z]")
_IDENTIFIER = re.compile(r"[()_./\\@#$=<>]|[a-z][A-Z]|\d")


def clean_title(heading: str) -> str:
    """A heading without numbering, leaders and page number, in proper case; "" if none is left."""
    title = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in heading)
    title = _LEADERS.sub("", title)
    title = " ".join(title.split())
    title = _without_number(title)
    title = title.strip(" :;,|\u2013\u2014-\u2022*")
    title = title if title.endswith(("etc.", "...")) else title.rstrip(". ")
    if not any(c.isalpha() for c in title):
        return ""
    return shortened(_proper_case(title))


def _without_number(title: str) -> str:
    named = _CHAPTER.sub("", title, count=1)
    title = named or title
    if _DATE_OR_COUNT.match(title):
        return title
    return _NUMBERING.sub("", title, count=1)


def _proper_case(title: str) -> str:
    letters = [c for c in title if c.isalpha()]
    words = title.split()
    if all(c.isupper() for c in letters) and (len(words) > 1 or len(letters) > _SHORT_SHOUT):
        title = " ".join(_lowered(word) for word in words)
    first = title.split(maxsplit=1)[0]
    return title if _IDENTIFIER.search(first) else title[:1].upper() + title[1:]


def _lowered(word: str) -> str:
    """Small letters, unless a short word looks like an acronym: no dictionary knows it."""
    if (
        len(word) <= _ACRONYM_LETTERS
        and word.isalpha()
        and (zipf(word, "en") < _ACRONYM_ZIPF or not is_known(word.casefold(), "en"))
    ):
        return word
    return word if _IDENTIFIER.search(word) else word.casefold()


def shortened(title: str, longest: int = LONGEST) -> str:
    if len(title) <= longest:
        return title
    cut = title[: longest - 1]
    return cut[: cut.rfind(" ")].rstrip(" ,;:") + "\u2026" if " " in cut else cut + "\u2026"


_CLOSING = re.compile(
    r"(?:chapter )?(?:summary|conclusions?|recap|review|key points|zusammenfassung|fazit|resumen"
    r"|r\u00e9sum\u00e9|resumo|riassunto|conclusi\u00f3n)$",
    re.IGNORECASE,
)


def joint_title(titles: Sequence[str], language: str) -> str:
    """One title for several sections: "Arrays and matrices", "Lists; Data frames; Factors"."""
    distinct = _distinct(titles)
    # "Snow and glaciers; Summary" says no more than "Snow and glaciers".
    names = [name for name in distinct if not _CLOSING.match(name)] or distinct
    if len(names) == 1:
        return names[0]
    conjunction = phrases(language).conjunction
    plain = conjunction and not any(_is_compound(name, conjunction) for name in names)
    if plain:
        lowered = [names[0], *(lower_first(name, language) for name in names[1:])]
        text = f"{', '.join(lowered[:-1])} {conjunction} {lowered[-1]}"
    else:
        text = "; ".join(names)
    if len(text) <= _JOINED_LONGEST or names[1:] == names[-1:]:
        return shortened(text)
    return joint_title(names[:-1], language)


def _distinct(titles: Sequence[str]) -> list[str]:
    seen: dict[str, str] = {}
    for title in titles:
        seen.setdefault(normalise(title), title)
    return list(seen.values())


def _is_compound(title: str, conjunction: str) -> bool:
    return bool(re.search(rf"[,;:?]|\b{re.escape(conjunction)}\b", title))


def lower_first(title: str, language: str) -> str:
    """For use inside a sentence; names, acronyms, identifiers, German nouns stay.

    A title with more capitals is one In Title Case, or opens with a name.
    """
    first = title.split(maxsplit=1)[0] if title else ""
    plain = first[:1].isupper() and first[1:].islower() and not _IDENTIFIER.search(first)
    if not plain and first not in ("A", "An", "The"):
        return title
    capitals = [word for word in title.split()[1:] if word.istitle() and len(word) > 1]
    if language.startswith("de") or _is_name(first, language) or (plain and capitals):
        return title
    return title[:1].lower() + title[1:]


def _is_name(word: str, language: str) -> bool:
    """Words of no dictionary ("Debian", "Monge") are taken for names."""
    return not is_known(word.casefold().strip(",;:").partition("-")[0], language)
