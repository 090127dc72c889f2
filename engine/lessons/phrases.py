"""The phrases that the extractive engine adds, by language; plain lists where there are none."""

from __future__ import annotations

from dataclasses import dataclass

from engine.language.words import base_language


@dataclass(frozen=True, slots=True)
class Phrases:
    """`{}` stands for a title, a term, a sentence or a list of titles; with `why` and `meaning`
    learners ask themselves. All are empty where the language is not known."""

    conjunction: str
    covers: str
    define_one: str
    define_many: str
    describe: str
    quotes: str
    introduction: str
    course: str = "{}"
    meaning: str = ""
    why: str = ""


_NONE = Phrases("", "{}", "{}", "{}", "{}", "\u201c\u201d", "")
_ALL = {
    "en": Phrases(
        "and",
        "This module covers {}.",
        "Explain what is meant by {}.",
        "Explain what is meant by {}.",
        "Summarise the main points of {}.",
        "\u201c\u201d",
        "Introduction",
        "This course is about {}.",
        "What is meant by {}?",
        "Explain why this is so: {}",
    ),
    "de": Phrases(
        "und",
        "Themen dieses Moduls: {}.",
        "Den Begriff {} erklären.",
        "Die Begriffe {} erklären.",
        "Das Wesentliche zum Thema {} zusammenfassen.",
        "\u201e\u201c",
        "Einführung",
        "Dieser Kurs behandelt {}.",
        "Was bedeutet {}?",
        "Warum ist das so? {}",
    ),
    "fr": Phrases(
        "et",
        "Ce module traite les thèmes suivants\u00a0: {}.",
        "Définir le terme {}.",
        "Définir les termes {}.",
        "Résumer l\u2019essentiel du thème {}.",
        "\u00ab\u00bb",
        "Introduction",
        "Ce cours traite de {}.",
        "Que signifie {}\u00a0?",
        "Explique pourquoi il en est ainsi\u00a0: {}",
    ),
    "es": Phrases(
        "y",
        "Este módulo trata los temas siguientes: {}.",
        "Definir el término {}.",
        "Definir los términos {}.",
        "Resumir lo esencial del tema {}.",
        "\u00ab\u00bb",
        "Introducción",
        "Este curso trata de {}.",
        "¿Qué significa {}?",
        "Explica por qué es así: {}",
    ),
    "it": Phrases(
        "e",
        "Questo modulo tratta i temi seguenti: {}.",
        "Definire il termine {}.",
        "Definire i termini {}.",
        "Riassumere i punti principali del tema {}.",
        "\u00ab\u00bb",
        "Introduzione",
        "Questo corso tratta di {}.",
        "Che cosa significa {}?",
        "Spiega perché è così: {}",
    ),
    "pt": Phrases(
        "e",
        "Este módulo trata dos seguintes temas: {}.",
        "Definir o termo {}.",
        "Definir os termos {}.",
        "Resumir o essencial do tema {}.",
        "\u00ab\u00bb",
        "Introdução",
        "Este curso trata de {}.",
        "O que significa {}?",
        "Explica porque é assim: {}",
    ),
    "nl": Phrases(
        "en",
        "Deze module behandelt: {}.",
        "Het begrip {} uitleggen.",
        "De begrippen {} uitleggen.",
        "De hoofdzaken van {} samenvatten.",
        "\u201c\u201d",
        "Inleiding",
        "Deze cursus gaat over {}.",
        "Wat betekent {}?",
        "Leg uit waarom dit zo is: {}",
    ),
}


def phrases(language: str) -> Phrases:
    return _ALL.get(base_language(language), _NONE)


def listed(items: list[str], language: str) -> str:
    """Returns "a, b and c" in the language's own words; commas only where these are not known."""
    conjunction = phrases(language).conjunction
    *others, last = items
    if not others or not conjunction:
        return ", ".join(items)
    return f"{', '.join(others)} {conjunction} {last}"


def quoted(text: str, language: str) -> str:
    marks = phrases(language).quotes
    space = "\u00a0" if base_language(language) == "fr" else ""
    return f"{marks[0]}{space}{text}{space}{marks[1]}"
