"""What of a document is taught: its body, without front matter, indexes and licences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from courses.generation.schemas import SourcePassage
from courses.generation.titles import clean_title
from courses.ingestion.document import Matter

_FRONT = """
preface|foreword|acknowledge?ments?|thanks|dedication|copyright( notice| page| information)?
|legal notices?|disclaimer|colophon|imprint|about (this|the) (book|manual|document|guide|authors?)
|credits|contributors|trademarks|title page|revision history|document history|how to use this book
|vorwort|geleitwort|danksagung|impressum|rechtliche hinweise|über dieses (buch|handbuch|dokument)
|über den autor|préface|avant-propos|remerciements|mentions légales|à propos de ce (livre|manuel
|document)
|prefacio|prólogo|agradecimientos|aviso legal|acerca de este (libro|manual|documento)
|prefazione|ringraziamenti|prefácio|agradecimentos|voorwoord|dankwoord|förord|forord
"""
_CONTENTS = """
(table of )?contents|(short|brief|detailed) contents|list of (figures|tables|examples|listings
|abbreviations)
|inhalt|inhaltsverzeichnis|abbildungsverzeichnis|tabellenverzeichnis
|table des matières|sommaire|liste des (figures|tableaux)
|índice( general| de contenidos)?|contenidos?|tabla de contenidos?|sommario|indice|sumário|inhoud
|inhoudsopgave
"""
_INDEX = """
(.{0,40} )?index|(function|variable|concept|general|subject|author|name|command
|keyword)( and .{1,30})? index
|index of .{1,40}|stichwortverzeichnis|sachregister|sachverzeichnis|personenregister|register
|índice (analítico|alfabético|temático)|index général|indice analitico
"""
_BIBLIOGRAPHY = """
references?( and .{1,30})?|bibliography|works cited|literature|further reading|suggested reading
|literatur|literaturverzeichnis|quellenverzeichnis|quellen|bibliographie|références|bibliografía
|referencias
|bibliografia|referências|riferimenti|literatuur
"""
_LICENCE = """
(the )?(gnu )?(free documentation|general public|lesser general public
|affero general public) licen[sc]e.*
|licen[sc]es?|licen[sc]ing|licen[sc]e (agreement|terms|notice)|creative commons .*|gpl|gfdl
|lizenz(en)?|lizenz.{0,40}
|licences?|licencias?|licenza|licença
"""
_RULES = tuple(
    (matter, re.compile(rf"(?:{''.join(words.split(chr(10)))})", re.IGNORECASE))
    for matter, words in (
        (Matter.FRONT, _FRONT),
        (Matter.CONTENTS, _CONTENTS),
        (Matter.LICENCE, _LICENCE),
        (Matter.BIBLIOGRAPHY, _BIBLIOGRAPHY),
        (Matter.INDEX, _INDEX),
    )
)
_APPENDIX = re.compile(r"^[A-Z] (?=[A-Z])")  # the letter of "A References"
_NAMES = {
    Matter.FRONT: "front matter",
    Matter.CONTENTS: "tables of contents",
    Matter.INDEX: "indexes",
    Matter.BIBLIOGRAPHY: "bibliographies",
    Matter.LICENCE: "licence texts",
}


def taught(passages: Sequence[SourcePassage]) -> tuple[list[SourcePassage], list[str]]:
    """The passages to teach, in reading order, and notes on those that are left out."""
    ordered = sorted(
        (passage for passage in passages if any(c.isalnum() for c in passage.text)),
        key=lambda passage: (passage.document, passage.position),
    )
    body: list[SourcePassage] = []
    left_out: Counter[Matter] = Counter()
    headings: dict[Matter, dict[str, None]] = {}
    for passage in ordered:
        matter, heading = _matter(passage)
        if matter is Matter.BODY:
            body.append(passage)
            continue
        left_out[matter] += 1
        if heading:
            headings.setdefault(matter, {})[heading] = None
    return body, [_note(m, left_out[m], list(headings.get(m, {}))) for m in Matter if left_out[m]]


def _matter(passage: SourcePassage) -> tuple[Matter, str]:
    titles = [_APPENDIX.sub("", clean_title(heading)) for heading in passage.heading_path]
    if passage.matter is not Matter.BODY:
        named = [title for title in titles for _, rule in _RULES if rule.fullmatch(title)]
        return passage.matter, named[0] if named else ""
    for title in titles:
        for matter, rule in _RULES:
            if rule.fullmatch(title):
                return matter, title
    return Matter.BODY, ""


def _note(matter: Matter, count: int, headings: list[str]) -> str:
    named = f" ({', '.join(headings[:6])})" if headings else ""
    passages = "1 passage" if count == 1 else f"{count} passages"
    return f"Left out as {_NAMES[matter]}: {passages}{named}."
