"""Headings as books print them, and the titles that come of them."""

from __future__ import annotations

import pytest

from engine.lessons.extractive.naming import summary
from engine.lessons.extractive.objectives import objectives
from engine.lessons.titles import clean_title, joint_title, lower_first
from tests.lessons.books import passage


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("1.2.3 Cell division", "Cell division"),
        ("Chapter 4: Cell division", "Cell division"),
        ("CHAPTER IV. CELL DIVISION AND DNA", "Cell division and DNA"),
        ("Chapter 4", "Chapter 4"),
        ("Kapitel 3 \u2013 Die Zelle", "Die Zelle"),
        ("Appendix A Licences", "Licences"),
        ("A.1 Invoking R", "Invoking R"),
        ("3. Installation ........ 12", "Installation"),
        ("Installation   12", "Installation"),
        ("cell division:", "Cell division"),
        ("read.table and friends", "read.table and friends"),
        ("2 Vectors", "Vectors"),
        ("100 years of solitude", "100 years of solitude"),
        ("Case sensitivity, etc.", "Case sensitivity, etc."),
        ("C Programming", "C Programming"),
        ("\u2022 What is a spring?", "What is a spring?"),
        ("\u2027 Loops", "Loops"),
        ("\u25aa Rivers", "Rivers"),
        ("12", ""),
        ("", ""),
        ("\x00 \u200b", ""),
    ],
)
def test_numbering_leaders_and_shouting_are_removed(heading: str, title: str) -> None:
    assert clean_title(heading) == title


def test_long_headings_are_cut_between_words() -> None:
    title = clean_title("Word " * 60)
    assert len(title) <= 110
    assert title.endswith("Word\u2026")


@pytest.mark.parametrize(
    ("titles", "language", "joint"),
    [
        (["Tariffs", "Quotas"], "en", "Tariffs and quotas"),
        (["Tariffs", "Quotas", "Trade"], "en", "Tariffs, quotas and trade"),
        (["Tariffs", "TARIFFS"], "en", "Tariffs"),
        (["Arrays and matrices", "Lists"], "en", "Arrays and matrices; Lists"),
        (["Packages", "Debian mirrors"], "en", "Packages and Debian mirrors"),
        (["Functions", "NaN values"], "en", "Functions and NaN values"),
        (["Zellen", "Gewebe"], "de", "Zellen und Gewebe"),
        (["Alfa", "Beta"], "xx", "Alfa; Beta"),
    ],
)
def test_joint_titles(titles: list[str], language: str, joint: str) -> None:
    assert joint_title(titles, language) == joint


def test_too_many_titles_do_not_make_an_endless_one() -> None:
    joint = joint_title([f"Some section number {n} of many" for n in range(9)], "en")
    assert len(joint) <= 110


@pytest.mark.parametrize(
    ("title", "inside"),
    [
        ("Vector arithmetic", "vector arithmetic"),
        ("The R environment", "the R environment"),
        ("DNA replication", "DNA replication"),
        ("Data Frames", "Data Frames"),
        ("Markov chains", "Markov chains"),
        ("", ""),
    ],
)
def test_titles_inside_a_sentence(title: str, inside: str) -> None:
    assert lower_first(title, "en") == inside


def test_objectives_come_from_what_is_defined_calculated_and_explained() -> None:
    springs = (
        "An aquifer is rock that holds water. The porosity is found by dividing the volume of the "
        "holes by the whole volume. To measure the flow of a spring:\n\n1. Take a bucket.\n\n"
        "Chalk stores much water. This is because it has many holes. The two "
        "largest are the ones in the north."
    )
    found = objectives([("Springs", [passage(springs)])], "en")
    assert [(one.text, one.level.value) for one in found] == [
        ("Explain what is meant by \u201caquifer\u201d.", "understand"),
        ("Calculate the porosity.", "apply"),
        ("Describe how to measure the flow of a spring.", "understand"),
        ("Explain why chalk stores much water.", "understand"),
    ]


def test_objectives_of_titles_are_grammatical() -> None:
    titles = ["Keeping water clean", "How to ask", "What is a cell?", "Data frames"]
    found = objectives([(title, [passage("It rained.")]) for title in titles], "en")
    assert [one.text for one in found] == [
        "Summarise the main points of \u201cKeeping water clean\u201d.",
        "Explain how to ask.",
        "Answer the question \u201cWhat is a cell?\u201d.",
        "Summarise the main points of \u201cData frames\u201d.",
    ]


def test_a_summary_names_the_topics() -> None:
    titles = ["Introduction", "Vectors", "Matrices; Lists"]
    assert summary(titles, "en") == "This module covers vectors, matrices and lists."
    assert summary(["Sets, maps", "Lists"], "en") == "This module covers sets, maps; lists."
    assert summary(["Vektoren"], "de") == "Themen dieses Moduls: Vektoren."
