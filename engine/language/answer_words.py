"""How books print exercises and their answers: the words of headings, labels and references.

Reading an answer key needs few words, and all of them are here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.language.words import base_language

_LABELS = (
    r"(?:correct |right |richtige |bonne |respuesta )?(?:answers?|ans|solution|antwort|lösung"
    r"|réponse|respuesta(?: correcta)?|solución|risposta|soluzione|resposta|antwoord"
    r"|ответ|उत्तर)"
)
# "Answer: C", "Ans. (b)", "Solution: 24 g". What follows is the answer.
ANSWER_LABEL = re.compile(
    rf"^\W*{_LABELS}\s*(?:[:=\u2013\u2014]|\.(?=\s)|-(?=\s))\s*(?P<text>\S.*)$", re.I
)
# Where it stands behind a question or its last choice, in the same line.
LABEL_IN_LINE = re.compile(rf"(?<=\S)\s+(?=[\[(]?{_LABELS}\s*:)", re.I)
# A line after which the answers of the exercises above stand.
KEY_LINE = re.compile(
    r"^\W*(?:answers|answer key|key|solutions|antworten|lösungen|réponses|corrigé|respuestas"
    r"|soluciones|risposte|soluzioni|respostas|gabarito|antwoorden|ответы|उत्तर)"
    r"\s*[:.]?\s*(?P<text>.*)$",
    re.I,
)
TRUE = re.compile(
    r"(?:t|true|richtig|wahr|vrai|verdadero|v|vero|verdadeiro|waar|верно|सही|सत्य)", re.I
)
FALSE = re.compile(r"(?:f|false|falsch|faux|falso|onwaar|неверно|गलत|असत्य)", re.I)
# What stands before a statement to judge, and is no part of it.
TRUE_OR_FALSE = re.compile(
    r"^\W*(?:(?:is (?:this|the following) )?(?:statement )?true or false|true\s*/\s*false|t\s*/\s*f"
    r"|richtig oder falsch|vrai ou faux|verdadero o falso|vero o falso)\s*[?:.)\u2013-]*\s*",
    re.I,
)
CHOOSE_ALL = re.compile(
    r"\b(?:(?:choose|select|check|mark|tick|circle|identify) "
    r"(?:all|every|any|two|three|the two|the three)\b"
    r"|all that apply|more than one (?:answer|choice|option)|which (?:two|three) of"
    r"|mehrere antworten|plusieurs réponses|varias respuestas)",
    re.I,
)
# What is not shown beside a question: pictures and tables, texts elsewhere, other exercises.
ELSEWHERE = re.compile(
    r"\b(?:(?:figures?|figs?\.|tables?|graphs?|diagrams?|pictures?|photos?|photographs?|images?|maps?|charts?"
    r"|drawings?|illustrations?|sketch(?:es)?|screenshots?|videos?|cartoons?|spreadsheets?"
    r"|equations?|listings?"
    r"|programs? (?:above|below)|appendix)\b(?! of contents))"
    r"|\b(?:passage|excerpt|poem|paragraph|case|scenario|text|story|article|dialogue|data|code"
    r"|information) "
    r"(?:above|below|given|shown|provided)"
    r"|\b(?:in|of|from|read|to) the "
    r"(?:passage|excerpt|poem|case study|scenario|story|article|text|chapter)\b"
    r"|\b(?:previous|preceding|last|next|above|prior) "
    r"(?:question|exercise|problem|item|example|part)s?\b"
    r"|\b(?:question|exercise|problem|example|activity|experiment|part|step|section|chapter|page"
    r"|item)s? "
    r"(?:\d|\([a-z]\)|#)"
    r"|\b(?:shown|listed|described|mentioned|discussed|given|pictured|labell?ed|depicted) "
    r"(?:above|below|here|earlier|in this (?:chapter|section|unit))"
    r"|\b(?:you|we) (?:just )?(?:read|saw|watched|discussed|listed|drew|calculated|wrote|found)\b"
    r"|\b(?:abbildung|tabelle|grafik|diagramm|bild|schaubild|karte|figura|tabla|gráfico|tableau|graphique"
    r"|schéma|immagine|tabella|grafico)\b"
    r"|\b(?:refer to|based on) (?:the|your|this|these)\b",
    re.I,
)
# "Questions 5-7 refer to ...": what they need stands before them.
SHARED = re.compile(
    r"\b(?:questions|exercises|problems|items|fragen|aufgaben|preguntas)\s+(?P<first>\d{1,3})\s*"
    r"(?:[-\u2013\u2014]|to|through|and|bis|und)\s*(?P<last>\d{1,3})\b",
    re.I,
)
# "Use this information to answer the next four questions": so many, or all that follow.
SHARED_AHEAD = re.compile(
    r"\b(?:information|data|table|figure|graph|diagram|map|passage|text|excerpt|scenario|case"
    r"|situation|paragraph)s?\b.{0,60}\b(?:following|next|these) "
    r"(?:(?P<count>\d{1,2}|two|three|four|five|six) )?(?:questions|exercises|problems|items)\b"
    r"|\b(?:following|next|these) (?:(?P<number>\d{1,2}|two|three|four|five|six) )?"
    r"(?:questions|exercises|problems|items)\b.{0,30}\b(?:refer|relate|are based|use|concern)\b",
    re.I,
)
COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
# Tasks that no choice answers: letters below them are their parts.
TASK = re.compile(
    r"^\W*(?:calculate|compute|determine|find|solve|explain|describe|discuss|list|draw|sketch|write|show|prove"
    r"|derive|compare|contrast|define|give|evaluate|simplify|graph|plot|convert|name|state|outline|analy[sz]e"
    r"|summari[sz]e|complete|classify|indicate|identify|label|match|rank|arrange|make|perform|express|round"
    r"|berechne|erkläre|beschreibe|nenne|calcule[rz]?|explique[rz]?|calcula|explica)\b",
    re.I,
)
# Letters of choices in an explanation: choices may stand in another order.
NAMES_CHOICES = re.compile(
    r"\b(?i:choices?|options?|answers?|statements?|antwort|réponse|opción)\s+\(?"
    r"(?:[A-Hb-h]\b|a\b(?=\W*$|[.,;:)]|\s+(?:is|was|are|and|or|would)\b))"
    r"|\([A-Ha-h]\)|(?<![\w.])[A-H] (?:is|are|and [A-H]) "
    r"(?:in)?(?:correct|wrong|right|false|true)\b",
)
# A choice that is another one, or several of them: "Both a and c", "A or B".
NAMES_OTHERS = re.compile(
    r"^\W*(?:both |either |neither |only |beide |sowohl |answers? |choices? |options? )*"
    r"\(?[a-h]\)?(?:\s*(?:,|and|or|nor|&|und|oder|et|ou|y|o)\s*\(?[a-h]\)?)*"
    r"(?: (?:only|are|is|above|correct|true|right))*\W*$"
    r"|^\W*(?:all|none|both|neither|two) of the (?:statements|sentences|items)\b",
    re.I,
)
# Headings that number what a key is of.
SCOPE = re.compile(
    r"(?P<kind>chapter|unit|section|lesson|module|part|week|topic|test|quiz|worksheet|exercise"
    r"|problem set"
    r"|kapitel|abschnitt|lektion|chapitre|leçon|capítulo|unidad|lección|capitolo|unità|hoofdstuk"
    r"|глава|अध्याय)\s+(?P<number>\d{1,3}(?:\.\d{1,3})*|[IVX]{1,5}\b|[A-Z]\b)",
    re.I,
)

# What says that the document answers it, and its word for a page.
_SOURCES: Mapping[str, tuple[str, str]] = {
    "en": ("The book\u2019s own answer", "page"),
    "de": ("Antwort des Buches", "Seite"),
    "fr": ("Réponse du livre", "page"),
    "es": ("Respuesta del libro", "página"),
    "it": ("Risposta del libro", "pagina"),
    "pt": ("Resposta do livro", "página"),
    "nl": ("Antwoord van het boek", "bladzijde"),
    "ru": ("Ответ книги", "стр."),
    "hi": ("पुस्तक का उत्तर", "पृष्ठ"),
}


def answer_of_the_book(page: str, language: str) -> str:
    """Returns a sentence that says where the book prints the answer; "" in other languages.

    `page` is "" where the document has no pages.
    """
    base = base_language(language)
    if base not in _SOURCES:
        return ""
    words, name = _SOURCES[base]
    return f"{words} ({name} {page})." if page else f"{words}."
