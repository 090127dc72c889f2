"""Parts that are not taught, glossaries and headings of the case files."""

from __future__ import annotations

from engine.language.part_titles import innermost_part, part_named
from engine.lessons.blocks import BlockKind, lesson_blocks
from engine.reading.document import DocumentPart
from engine.reading.passages import consists_of_exercises
from tests.reading.courses import course, headings, read, text


def test_russian_contents_and_references_are_no_text() -> None:
    name = "s33-russian-web"
    parts = {p.heading_path[-1]: p.matter for p in read(name).passages}
    assert parts["Содержание"] is DocumentPart.CONTENTS
    assert parts["Список литературы"] is DocumentPart.BIBLIOGRAPHY
    assert "Анатомия человека: учебник" not in course(name).content
    assert "Глава" not in " ".join(course(name).titles) + course(name).content
    assert "Кровеносные сосуды" in " ".join(course(name).titles) + course(name).content


def test_a_worksheet_is_kept_as_exercises_and_not_taught() -> None:
    passages = read("s34-worksheet").passages
    assert {p.matter for p in passages} == {DocumentPart.EXERCISES, DocumentPart.ANSWERS}
    assert "Smoking lowers the risk" in text("s34-worksheet", DocumentPart.EXERCISES)
    assert "false (thinner)" in text("s34-worksheet", DocumentPart.ANSWERS)
    assert course("s34-worksheet").content == ""
    assert any("for practice" in note for note in course("s34-worksheet").outline.notes)


def test_exercises_of_chapters_are_kept_apart() -> None:
    name = "s43-summary-exercises"
    kept = text(name, DocumentPart.EXERCISES)
    assert kept.count("Draw the organ and label its parts.") == 6
    blocks = [block for topic in course(name).topics for block in lesson_blocks(topic.content)]
    practice = [block.text for block in blocks if block.kind is BlockKind.PRACTICE]
    assert "Draw the organ" in "\n".join(practice)
    taught = "\n".join(block.text for block in blocks if block.kind is not BlockKind.PRACTICE)
    assert "Draw the organ" not in taught
    assert "in your own words" not in taught
    assert "A valve is a flap of tissue" in taught


def test_no_heading_of_a_lesson_is_left_without_text() -> None:
    for topic in course("s43-summary-exercises").topics:
        blocks = topic.content.split("\n\n")
        for block, following in zip(blocks, [*blocks[1:], "#"], strict=True):
            assert not (block.startswith("#") and following.startswith("#")), topic.content
    assert any("Summary" in heading for heading in headings("s43-summary-exercises"))


def test_a_glossary_gives_its_definitions() -> None:
    terms = course("s35-glossary").key_terms
    glossary = {term.term: term.definition for term in terms}
    assert "one of the two upper chambers of the heart" in glossary["atrium"]
    assert "the protein in red blood cells that binds oxygen" in glossary["haemoglobin"]
    named = {
        "aorta", "artery", "atrium", "capillary", "haemoglobin",
        "plasma", "platelet", "septum", "vein", "ventricle",
    }  # fmt: skip
    assert named <= set(glossary)


def test_sections_are_exercises_by_common_names() -> None:
    for title in ("Assessment Questions", "Problems & Exercises", "Test Prep for Physics Courses"):
        assert part_named(title) == "exercises", title
    assert part_named("Social Problems") == ""


def test_questions_with_choices_are_exercises_under_any_heading() -> None:
    asked = [
        row
        for number in range(1, 4)
        for row in (
            f"{number}. Which of these rivers is the longest one?",
            *(f"{letter}. The river of number {letter}." for letter in "abcd"),
        )
    ]
    assert consists_of_exercises(asked)
    assert consists_of_exercises([*asked, "4. Explain how rivers shape their valleys."])
    # Clauses of a rule ask nothing.
    assert not consists_of_exercises([row.replace("?", ":") for row in asked])
    # Two questions within a text are not what it is made of.
    assert not consists_of_exercises(asked[:10])


def test_questions_under_an_answer_key_are_its_answers() -> None:
    """A key that says of which exercises it is, chapter by chapter."""
    assert innermost_part(["Answer Key", "Chapter 5", "Review Questions"]) == (
        "answers",
        "Answer Key",
    )
    assert innermost_part(["5 Perception", "Review Questions"]) == (
        "exercises",
        "Review Questions",
    )
    assert innermost_part(["Review Questions", "Answers"]) == ("answers", "Answers")
    assert innermost_part(["5 Perception"]) == ("", "")
