"""Makes titles for modules and topics from headings as books print them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from engine.language.words import is_known, normalise, zipf
from engine.lessons.phrases import phrases

MAX_TITLE_LENGTH = 110
_MAX_JOINED_LENGTH = 90
# From the first of a row only, or a row of dots would cost time with the cube of its length.
_LEADERS = re.compile(
    r"(?<![\s.\u2026\u00b7_])(?:\s*[.\u2026\u00b7_]){3,}\s*[\divxlc]*\s*$|(?<!\s)\s{3,}\d+\s*$",
    re.IGNORECASE,
)
_CHAPTER_WORD = (
    r"chapter|part|section|appendix|unit|lesson|module|lecture|week|kapitel|teil|abschnitt|anhang|lektion"
    r"|chapitre|partie|section|annexe|leçon|capítulo|parte|sección|apéndice|anexo|tema|unidad"
    r"|capitolo|sezione|appendice|hoofdstuk|deel|bijlage|seção|apêndice|kapittel|avsnitt|rozdział"
    r"|глава|раздел|часть|урок|тема|лекция|приложение|параграф|अध्याय|पाठ|इकाई|खंड|অধ্যায়|পাঠ"
    r"|அத்தியாயம்|பாடம்|அலகு|الفصل|الباب|الوحدة|الدرس|פרק|יחידה|שיעור"
)
_NUMBER = r"(?:\d{1,3}(?:\.\d{1,3})*|[IVXLC]{1,6}|[A-Z](?:\.\d{1,3})+|[A-Z])"
_CHAPTER = re.compile(
    rf"^(?:{_CHAPTER_WORD})\s+{_NUMBER}(?:\s*[:.\u2013\u2014|-]+\s*|\s+|$)", re.IGNORECASE
)
_EAST_ASIAN_CHAPTER = re.compile(
    r"^第\s?[\d一二三四五六七八九十百零]+\s?[章节節课課部编編篇回講讲]\s*[:\u3000\uff1a]?\s*"
)
_NUMBERING = re.compile(
    r"^(?:\u00a7+\s*)?(?:\d{1,3}(?:\.\d{1,3})+\.?|\d{1,3}[.):]?|[A-Z](?:\.\d{1,3})+\.?"
    r"|[IVXLC]{1,6}[.):]|[A-Z][.):])\s+(?=\S)"
)
_BULLETS = "\u2022\u2027\u2219\u25aa\u25a0\u25a1\u25cf\u25e6\u27a2\u2713"
# A word in capitals is an acronym if it is as short as this and rarer than this.
_ACRONYM_LETTERS, _ACRONYM_ZIPF = 4, 3.8
_SHORT_SHOUT = 5
_DATE_OR_COUNT = re.compile(r"^\d{1,4}\s+[a-z]")
_IDENTIFIER = re.compile(r"[()_./\\@#$=<>]|[a-z][A-Z]|\d")


def clean_title(heading: str) -> str:
    """Removes numbering, leader dots and page number, fixes capitals; "" if nothing is left."""
    title = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in heading)
    title = _LEADERS.sub("", title)
    title = " ".join(title.split())
    title = _CHAPTER.sub("", title, count=1) or title
    title = _EAST_ASIAN_CHAPTER.sub("", title, count=1) or title
    if not _DATE_OR_COUNT.match(title):
        title = _NUMBERING.sub("", title, count=1)
    title = title.strip(f" :;,|\u2013\u2014-*{_BULLETS}")
    title = title if title.endswith(("etc.", "...")) else title.rstrip(". ")
    if not any(c.isalpha() for c in title):
        return ""
    return shortened(_proper_case(title))


def _proper_case(title: str) -> str:
    letters = [c for c in title if c.isalpha()]
    words = title.split()
    if all(c.isupper() for c in letters) and (len(words) > 1 or len(letters) > _SHORT_SHOUT):
        title = " ".join(_lowered(word) for word in words)
    first = title.split(maxsplit=1)[0]
    return title if _IDENTIFIER.search(first) else title[:1].upper() + title[1:]


def _lowered(word: str) -> str:
    """Lower-cases a word, unless it looks like an acronym: short and in no dictionary."""
    if (
        len(word) <= _ACRONYM_LETTERS
        and word.isalpha()
        and (zipf(word, "en") < _ACRONYM_ZIPF or not is_known(word.casefold(), "en"))
    ):
        return word
    return word if _IDENTIFIER.search(word) else word.casefold()


def shortened(title: str, longest: int = MAX_TITLE_LENGTH) -> str:
    if len(title) <= longest:
        return title
    cut = title[: longest - 1]
    return cut[: cut.rfind(" ")].rstrip(" ,;:") + "\u2026" if " " in cut else cut + "\u2026"


_CLOSING = re.compile(
    r"(?:chapter )?(?:summary|conclusions?|recap|review|key points|zusammenfassung|fazit|resumen"
    r"|r\u00e9sum\u00e9|resumo|riassunto|conclusi\u00f3n)$",
    re.IGNORECASE,
)


def is_summary(title: str) -> bool:
    return bool(_CLOSING.match(title))


def joint_title(titles: Sequence[str], language: str) -> str:
    """Joins titles to one: "Arrays and matrices", "Lists; Data frames; Factors"."""
    by_name: dict[str, str] = {}
    for title in titles:
        by_name.setdefault(normalise(title), title)
    distinct = list(by_name.values())
    # "Snow and glaciers; Summary" says no more than "Snow and glaciers".
    names = [name for name in distinct if not _CLOSING.match(name)] or distinct
    if len(names) == 1:
        return names[0]
    conjunction = phrases(language).conjunction
    compound = re.compile(rf"[,;:?]|\b{re.escape(conjunction)}\b")
    if conjunction and not any(compound.search(name) for name in names):
        lowered = [names[0], *(lower_first(name, language) for name in names[1:])]
        text = f"{', '.join(lowered[:-1])} {conjunction} {lowered[-1]}"
    else:
        text = "; ".join(names)
    if len(text) <= _MAX_JOINED_LENGTH or names[1:] == names[-1:]:
        return shortened(text)
    return joint_title(names[:-1], language)


def lower_first(title: str, language: str) -> str:
    """Lower-cases the first letter, for use inside a sentence.

    Names, acronyms, identifiers and German nouns keep it, and so do titles with more capitals:
    they are in Title Case or start with a name.
    """
    first = title.split(maxsplit=1)[0] if title else ""
    plain = first[:1].isupper() and first[1:].islower() and not _IDENTIFIER.search(first)
    if not plain and first not in ("A", "An", "The"):
        return title
    capitals = [word for word in title.split()[1:] if word.istitle() and len(word) > 1]
    # Words of no dictionary ("Debian", "Monge") are taken for names.
    is_name = not is_known(first.casefold().strip(",;:").partition("-")[0], language)
    if language.startswith("de") or is_name or (plain and capitals):
        return title
    return title[:1].lower() + title[1:]
