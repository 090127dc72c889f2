"""Headings of parts that are not taught, in the languages of schools."""

from __future__ import annotations

import pytest

from engine.language.part_titles import is_glossary, part_named


@pytest.mark.parametrize(
    ("part", "titles"),
    [
        ("contents", ["Contents", "Inhaltsverzeichnis", "Table des matières", "Índice", "Indice",
                      "Sumário", "Inhoudsopgave", "Содержание", "विषय सूची"]),
        ("index", ["Index", "Function and variable index", "Index of names and places",
                   "Stichwortverzeichnis",
                   "Index général", "Índice analítico", "Indice analitico", "Índice remissivo",
                   "Trefwoordenregister", "Предметный указатель", "अनुक्रमणिका"]),
        ("bibliography", ["References", "Literaturverzeichnis", "Bibliographie",
                          "Referencias bibliográficas", "Riferimenti bibliografici",
                          "Referências", "Literatuurlijst", "Список литературы", "संदर्भ सूची"]),
        ("notes", ["Endnotes", "Anmerkungen", "Notes de fin", "Notas", "Note finali",
                   "Voetnoten", "Примечания", "टिप्पणियाँ"]),
        ("exercises", ["Exercises", "Review questions", "Worksheet 4: The heart", "Exercise 2.1",
                       "Questions for discussion", "Critical Thinking Questions",
                       "Interactive Link Questions", "Activities", "Activity 3: A rain gauge",
                       "Task 2", "Practice problems and solutions", "Now you try",
                       "Übungen", "Aufgaben zu Kapitel 3",
                       "Arbeitsblatt 2", "Exercices", "Ejercicios", "Esercizi", "Exercícios",
                       "Oefeningen", "Упражнения", "Контрольные вопросы", "अभ्यास", "प्रश्नावली",
                       "练习题", "練習問題", "تمارين"]),
        ("answers", ["Answers", "Answer key", "Check your answers", "Solutions to the exercises",
                     "Lösungen zu Kapitel 3",
                     "Corrigés des exercices", "Respuestas", "Risposte", "Gabarito",
                     "Antwoorden", "Ответы", "उत्तरमाला"]),
        ("licence", ["Licence", "GNU Free Documentation License", "Lizenz", "Licencia", "Licenza",
                     "Licença", "Licentie", "Лицензия"]),
        ("advertisement", ["Also available from the press", "Werbung", "Du même auteur",
                           "Del mismo autor", "Dello stesso autore", "Do mesmo autor",
                           "Van dezelfde auteur", "Реклама"]),
    ],
)  # fmt: skip
def test_parts_are_named_in_many_languages(part: str, titles: list[str]) -> None:
    assert {title: part_named(title) for title in titles} == dict.fromkeys(titles, part)


@pytest.mark.parametrize(
    "title",
    ["Refractive index", "Index of refraction", "Temperature and heat index", "Activity",
     "Body mass index", "Exercise and the heart", "Problems of trade",
     "Solutions", "Lösungen", "Reference counting", "Copyright law for teachers",
     "Aufgaben des Herzens", "Вопросы экологии", "The question of slavery", "Summary",
     "Critical thinking", "Interactive maps"],
)  # fmt: skip
def test_subjects_that_sound_alike_are_taught(title: str) -> None:
    assert part_named(title) == ""


def test_glossaries_are_known() -> None:
    assert is_glossary("Glossary")
    assert is_glossary("Wichtige Begriffe")
    assert not is_glossary("Defining a glossary")
