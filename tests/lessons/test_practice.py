"""The exercises of a document as a lesson shows them."""

from __future__ import annotations

from engine.lessons.extractive.practice import MAX_EXERCISES, practice_markdown
from engine.lessons.schemas import SourcePassage
from engine.reading.document import PassageKind


def passage(text: str, kind: PassageKind = PassageKind.PROSE) -> SourcePassage:
    return SourcePassage(1, 1, 1, 1, 1, "1", "1", ("Questions",), text, kind)


def shown(text: str) -> str:
    return practice_markdown([passage(text)], lambda _one: "[^1]")


def test_choices_stand_below_their_question() -> None:
    text = (
        "The first step is ________.\n\n1. a spasm\n2. a clot\n\n"
        "Which gas do plants take in?\n\n- oxygen\n- carbon dioxide"
    )
    assert shown(text) == (
        "1. The first step is \\_\\_\\_\\_\\_\\_\\_\\_.\n    - a spasm\n    - a clot\n"
        "2. Which gas do plants take in?[^1]\n    - oxygen\n    - carbon dioxide"
    )


def test_a_case_of_several_sentences_is_one_exercise() -> None:
    text = "A nurse draws blood. After an hour it is solid. Why?\n\n3. Name two proteins."
    assert shown(text) == (
        "1. A nurse draws blood. After an hour it is solid. Why?\n2. Name two proteins.[^1]"
    )


def test_a_list_of_exercises_stays_a_list() -> None:
    assert shown("Answer in full sentences.\n\n1. Why is it cold?\n2. What is ice?") == (
        "1. Answer in full sentences.\n2. Why is it cold?\n3. What is ice?[^1]"
    )


def test_letters_are_choices_of_the_number_above() -> None:
    assert shown("1. What is ice?\na) water\nb) stone\n2. Why is it cold?") == (
        "1. What is ice?\n    - water\n    - stone\n2. Why is it cold?[^1]"
    )


def test_nothing_is_cut_within_an_exercise() -> None:
    text = "\n\n".join(f"Number {n} is?\n\n- odd\n- even" for n in range(20))
    lines = shown(text).splitlines()
    assert len(lines) == 3 * MAX_EXERCISES
    assert lines[-1] == "    - even"


def test_tables_and_code_are_no_exercises() -> None:
    assert practice_markdown([passage("a | b", PassageKind.TABLE)], lambda _one: "") == ""
