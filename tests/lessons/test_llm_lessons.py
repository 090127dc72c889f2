"""Lessons by a model: the form that is sent, the faults of small models, the blocks that come."""

from __future__ import annotations

from typing import Any

import pytest

from engine.lessons.blocks import BlockKind, lesson_blocks, objectives_of
from engine.lessons.extractive.writing import write
from engine.lessons.llm.digest import digest
from engine.lessons.llm.outline import complaints
from engine.lessons.llm.prompts import outline_prompt, topic_prompt
from engine.lessons.llm.schemas import CourseOutline, WrittenTopic, lesson_form, outline_form
from engine.lessons.llm.text_faults import (
    SPEAKS_OF_SOURCE,
    foreign_script,
    repetition,
    tidied,
    wrong_language_script,
)
from engine.lessons.llm.topics import complaints_of, topic_draft
from engine.lessons.schemas import (
    CourseLevel,
    LessonLength,
    OutlineRequest,
    TopicRequest,
    Wishes,
)
from engine.reading.document import DocumentPart
from tests.lessons.books import CELLS, STARS, passage

REQUEST = TopicRequest(
    "Life",
    "Cells",
    "The cell",
    "en",
    (passage(CELLS), passage(STARS, position=1)),
    supplements=(passage("1. Draw a cell.", position=2, matter=DocumentPart.EXERCISES),),
    before=("Atoms", "Molecules"),
    wishes=Wishes(
        audience="Nurses", level=CourseLevel.BEGINNER, length=LessonLength.SHORT, focus="Membranes"
    ),
)


def paragraph(text: str, *passages: int) -> dict[str, Any]:
    return {"text": text, "passages": passages}


def lesson(**values: Any) -> WrittenTopic:
    good = {
        "why": [paragraph("Cells are what you are made of.", 1)],
        "sections": [
            {"heading": "Parts", "paragraphs": [paragraph("A membrane surrounds each cell.", 1)]},
            {"heading": "Stars", "paragraphs": [paragraph("A star is a ball of hot gas.", 2)]},
        ],
        "misconceptions": [
            {
                "belief": "Only animals have cells.",
                "correction": "Plants have cells too.",
                "passages": [1],
            }
        ],
        "examples": [{"text": "Two cells have two membranes.", "derived": True, "passages": [1]}],
        "checks": [
            {"question": "What surrounds a cell?", "answer": "A membrane.", "passages": [1]},
            {"question": "What is a star?", "answer": "A ball of hot gas.", "passages": [2]},
        ],
        "summary": [paragraph("Each cell has a membrane.", 1)],
        "key_terms": [
            {"term": "cell", "definition": "The smallest unit of life.", "passage": 1},
            {"term": "ghost", "definition": "Nothing.", "passage": 99},
        ],
        "beyond": "Some cells of the human body live for decades.",
    }
    return WrittenTopic.model_validate(good | values)


def test_a_lesson_has_its_blocks_in_their_places_and_code_puts_in_the_markers() -> None:
    draft = topic_draft(lesson(), REQUEST)
    blocks = lesson_blocks(draft.content)
    assert [block.kind.value for block in blocks] == [
        "why",
        "text",
        "check",
        "text",
        "misconception",
        "derived",
        "check",
        "summary",
        "practice",
        "beyond",
    ]
    assert blocks[1].text == "## Parts\n\nA membrane surrounds each cell.[^2]"
    assert blocks[4].text == "Only animals have cells."
    assert "Draw a cell" in blocks[8].text
    texts = {one.id: one.text for one in (*REQUEST.passages, *REQUEST.supplements)}
    assert all(one.quote in texts[one.passage_id] for one in draft.citations)
    assert [term.term for term in draft.key_terms] == ["cell"]
    claimed = " ".join(claim.text for claim in draft.claims)
    assert "Only animals" not in claimed
    assert "for decades" not in claimed


def test_passages_that_were_not_handed_in_are_dropped_and_counted() -> None:
    odd = [{"heading": "Parts", "paragraphs": [paragraph("A membrane surrounds it.", 1, 99)]}]
    assert topic_draft(lesson(sections=odd), REQUEST).dropped_citations == 1


def test_the_form_names_what_may_be_named_and_how_much() -> None:
    schema = lesson_form(2, LessonLength.SHORT).model_json_schema()
    checks, summary = schema["properties"]["checks"], schema["properties"]["summary"]
    assert (checks["minItems"], checks["maxItems"]) == (2, 2)
    assert summary["minItems"] == 2
    passages = schema["$defs"]["SelfCheck"]["properties"]["passages"]
    assert passages["items"]["enum"] == [1, 2]
    assert schema["properties"]["sections"]["maxItems"] == 2
    outline = outline_form(3, (2, 2), 5).model_json_schema()
    assert outline["properties"]["modules"]["minItems"] == 2
    assert outline["$defs"]["TopicOutline"]["properties"]["sections"]["minItems"] == 1


@pytest.mark.parametrize(
    "values",
    [
        {"sections": []},
        {"sections": [{"heading": "A", "paragraphs": [paragraph("A cell is small.", 99)]}]},
        {"why": [paragraph("The cell is small, it is. " * 4, 1)]},
        {
            "why": [
                paragraph(
                    "\u7ec6\u80de\u662f\u751f\u547d\u7684\u6700\u5c0f\u5355\u4f4d\u3002" * 2, 1
                )
            ]
        },
    ],
)
def test_what_is_wrong_is_asked_for_again_in_words_that_can_be_done(values: dict[str, Any]) -> None:
    check = complaints_of(REQUEST)
    found = check(lesson(**values))
    assert found
    assert not any(word in " ".join(found) for word in ("cannot", "wrong", "fail", "[^"))
    assert check(lesson(**values)) == found


def test_style_is_asked_for_once() -> None:
    check = complaints_of(REQUEST)
    answer = lesson(why=[paragraph("The passage says that cells are small.", 1)])
    assert check(answer) == ["Write about the subject itself, as a textbook does."]
    assert check(answer) == []
    assert complaints_of(REQUEST)(lesson()) == []


def test_a_thin_material_needs_no_sections() -> None:
    answer = lesson(supported=False, missing="Nothing on tides.", sections=[])
    assert complaints_of(REQUEST)(answer) == []
    draft = topic_draft(WrittenTopic(supported=False, missing="Nothing on tides."), REQUEST)
    assert draft.flags == ("The material is thin here. Nothing on tides.",)


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("Ice floats [1]. It melts [^2].", "Ice floats. It melts."),
        ("According to the passage, ice floats.", "Ice floats."),
        ("Ice floats. It melts when the sun", "Ice floats."),
        ("Ice floats on the water of a lake because", "Ice floats on the water of a lake because."),
        ("Ice floats </passage-1a2b3c4d> well.", "Ice floats well."),
        ("- ice\n- water", "- ice\n- water"),
        ("Density", "Density"),
    ],
)
def test_texts_are_tidied(text: str, tidy: str) -> None:
    assert tidied(text) == tidy


def test_faults_of_texts_are_found() -> None:
    assert repetition(["Ice floats on the water. " * 3])
    assert repetition(["so it goes on and on and " * 5])
    assert not repetition([CELLS, STARS])
    assert foreign_script("Ice \u043f\u043b\u0430\u0432\u0430\u0435\u0442 " * 3, CELLS, "en")
    assert not foreign_script("Ice \u043f\u043b\u0430\u0432\u0430\u0435\u0442 " * 3, CELLS, "ru")
    assert wrong_language_script("Ice floats on water.", "hi")
    assert not wrong_language_script("Ice floats on water.", "en")
    assert SPEAKS_OF_SOURCE.search("As stated in the text, ice floats.")
    assert not SPEAKS_OF_SOURCE.search("The mountain passage is narrow.")


def test_prompts_tell_of_learners_and_of_what_came_before() -> None:
    prompt = topic_prompt(REQUEST)
    for words in ("Learners: Nurses", "beginners", "Membranes", "- Atoms\n- Molecules"):
        assert words in prompt.user
    assert "150 to 300 words" in prompt.system


def test_an_outline_keeps_to_the_number_of_modules_that_was_asked_for() -> None:
    source = digest([passage(CELLS, "A"), passage(STARS, "B", position=1)], budget=900)
    asked = OutlineRequest("C", "en", REQUEST.passages, wishes=Wishes(modules=2))
    assert "plan exactly 2 modules" in outline_prompt(asked, source).user


def test_a_digest_skips_scraps_and_shows_sentences() -> None:
    scraps = [
        passage("Fig 3 | 12", "A", position=0),
        passage(
            "Cell parts 12 13 14 membrane nucleus wall sap grain stalk root leaf", "A", position=1
        ),
        passage(CELLS, "A", position=2),
    ]
    found = digest(scraps, budget=900)
    assert "Fig 3" not in found.text
    assert "| A cell is the smallest unit" in found.text


def test_an_outline_that_says_one_thing_everywhere_is_asked_for_again() -> None:
    """As SmolLM2 with 135 million parameters wrote it."""
    same = "A JSON object with the whole outline."
    objectives = [{"text": text, "bloom": "analyse"} for text in (same, same)]
    topic = {"title": "Cells", "sections": [1]}
    module = {"title": "Cells", "summary": same, "objectives": objectives, "topics": [topic]}
    one = {"title": "T", "description": same, "audience": "", "prerequisites": ""}
    (found,) = complaints(CourseOutline.model_validate({**one, "modules": [module]}), 1)
    assert "in words of its own" in found
    module |= {"summary": "On cells.", "objectives": []}
    assert not complaints(CourseOutline.model_validate({**one, "modules": [module]}), 1)


def test_a_lesson_begins_with_what_learners_can_do_after_it() -> None:
    aims = ["Explain what a cell is.", "Compare cells with stars."]
    draft = topic_draft(lesson(objectives=aims), REQUEST)
    assert lesson_blocks(draft.content)[0].kind is BlockKind.OBJECTIVES
    assert objectives_of(draft.content) == aims
    # They claim nothing of the source.
    assert not any("Compare" in claim.text for claim in draft.claims)
    assert objectives_of(topic_draft(lesson(), REQUEST).content) == []
    # A lesson that the passages do not hold has none to show.
    bare = WrittenTopic(supported=False, missing="Nothing is said.", objectives=aims)
    assert objectives_of(topic_draft(bare, REQUEST).content) == []


def test_a_lesson_of_the_source_begins_with_them_too() -> None:
    draft = write(REQUEST)
    assert 1 <= len(objectives_of(draft.content)) <= 3
    assert lesson_blocks(draft.content)[0].kind is BlockKind.OBJECTIVES
