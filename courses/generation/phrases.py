"""The few words of its own that the engine writes, by language; plain lists where it has none."""

from __future__ import annotations

from dataclasses import dataclass

from courses.language.words import base_language


@dataclass(frozen=True, slots=True)
class Phrases:
    """`{}` stands for a title or a list of titles."""

    conjunction: str
    covers: str
    define_one: str
    define_many: str
    describe: str
    quotes: str
    introduction: str


_NONE = Phrases("", "{}", "{}", "{}", "{}", "\u201c\u201d", "")
_ALL = {
    "en": Phrases(
        "and",
        "This module covers {}.",
        "Define the term {}.",
        "Define the terms {}.",
        "Summarise the main points of {}.",
        "\u201c\u201d",
        "Introduction",
    ),
    "de": Phrases(
        "und",
        "Themen dieses Moduls: {}.",
        "Den Begriff {} erklären.",
        "Die Begriffe {} erklären.",
        "Das Wesentliche zum Thema {} zusammenfassen.",
        "\u201e\u201c",
        "Einführung",
    ),
    "fr": Phrases(
        "et",
        "Ce module traite les thèmes suivants\u00a0: {}.",
        "Définir le terme {}.",
        "Définir les termes {}.",
        "Résumer l\u2019essentiel du thème {}.",
        "\u00ab\u00bb",
        "Introduction",
    ),
    "es": Phrases(
        "y",
        "Este módulo trata los temas siguientes: {}.",
        "Definir el término {}.",
        "Definir los términos {}.",
        "Resumir lo esencial del tema {}.",
        "\u00ab\u00bb",
        "Introducción",
    ),
    "it": Phrases(
        "e",
        "Questo modulo tratta i temi seguenti: {}.",
        "Definire il termine {}.",
        "Definire i termini {}.",
        "Riassumere i punti principali del tema {}.",
        "\u00ab\u00bb",
        "Introduzione",
    ),
    "pt": Phrases(
        "e",
        "Este módulo trata dos seguintes temas: {}.",
        "Definir o termo {}.",
        "Definir os termos {}.",
        "Resumir o essencial do tema {}.",
        "\u00ab\u00bb",
        "Introdução",
    ),
    "nl": Phrases(
        "en",
        "Deze module behandelt: {}.",
        "Het begrip {} uitleggen.",
        "De begrippen {} uitleggen.",
        "De hoofdzaken van {} samenvatten.",
        "\u201c\u201d",
        "Inleiding",
    ),
}


def phrases(language: str) -> Phrases:
    return _ALL.get(base_language(language), _NONE)


def listed(items: list[str], language: str) -> str:
    """ "a, b and c" in the language's own words; commas only where it is not known."""
    conjunction = phrases(language).conjunction
    *others, last = items
    if not others or not conjunction:
        return ", ".join(items)
    return f"{', '.join(others)} {conjunction} {last}"


def quoted(text: str, language: str) -> str:
    marks = phrases(language).quotes
    space = "\u00a0" if base_language(language) == "fr" else ""
    return f"{marks[0]}{space}{text}{space}{marks[1]}"
