"""Exercises and answer keys as documents print them, and which keys belong to which exercises."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.lessons.answer_keys import PrintedQuestion, printed_questions
from engine.lessons.schemas import SourcePassage
from engine.reading.document import DocumentPart, PassageKind

STEMS = (
    "Which gas do plants take in?",
    "Where does a river begin?",
    "What carries sand to the sea?",
    "Which rock forms from lava?",
)
CHOICES = (
    ("oxygen", "carbon dioxide", "nitrogen", "helium"),
    ("at its mouth", "in a lake", "at its spring", "in the sea"),
    ("a glacier", "the wind", "a storm", "a river"),
    ("basalt", "chalk", "sandstone", "marble"),
)
RIGHT = {"1": (1,), "2": (2,), "3": (3,), "4": (0,)}


def exercises(which: Sequence[int] = (1, 2, 3, 4), *, first: int = 1) -> str:
    """Returns some of the questions, numbered from `first`."""
    lines = []
    for number, one in enumerate(which, start=first):
        lines.append(f"{number}. {STEMS[one - 1]}")
        lines += [f"{letter}. {c}" for letter, c in zip("abcd", CHOICES[one - 1], strict=True)]
    return "\n".join(lines)


def book(*sections: tuple[tuple[str, ...], str]) -> tuple[PrintedQuestion, ...]:
    """Reads a document of sections; a text of rows between bars is a table."""
    return printed_questions(
        tuple(
            SourcePassage(
                position, 1, position, position, position, str(position), str(position), path, text,
                PassageKind.TABLE if text.startswith("|") else PassageKind.PROSE,
                part(path),
            )
            for position, (path, text) in enumerate(sections, start=1)
        )
    )  # fmt: skip


def part(path: tuple[str, ...]) -> DocumentPart:
    text = " ".join(path)
    if "Answer" in text or "Solutions" in text:
        return DocumentPart.ANSWERS
    return DocumentPart.EXERCISES if "Questions" in text else DocumentPart.BODY


def keys(questions: Sequence[PrintedQuestion]) -> dict[str, tuple[int, ...]]:
    return {one.number: one.key.right for one in questions if one.key}


def with_key(key: str, *, path: tuple[str, ...] = ("Answers",)) -> dict[str, tuple[int, ...]]:
    return keys(book((("Review Questions",), exercises()), (path, key)))


@pytest.mark.parametrize(
    "key",
    [
        "1. b\n2. c\n3. d\n4. a",
        "1) B\n2) C\n3) D\n4) A",
        "(1) b (2) c (3) d (4) a",
        "1. B 2. C 3. D 4. A",
        "1-b, 2-c, 3-d, 4-a",
        "1 B 2 C\n3 D 4 A",
        "1. (b)\n2. (c)\n3. (d)\n4. (a)",
        "| 1 | B |\n| --- | --- |\n| 2 | C |\n| 3 | D |\n| 4 | A |",
        "| Question | Answer |\n| --- | --- |\n| 1 | B |\n| 2 | C |\n| 3 | D |\n| 4 | A |",
        "| 1 | B | 3 | D |\n| --- | --- | --- | --- |\n| 2 | C | 4 | A |",
        "| 1 | 2 | 3 | 4 |\n| --- | --- | --- | --- |\n| B | C | D | A |",
        "1. b. carbon dioxide\n2. c) at its spring\n3. d: a river\n4. a. basalt",
        "1. carbon dioxide\n2. at its spring\n3. a river\n4. basalt",
        "1. B. Plants build sugar from it.\n2. C. Water comes out there.\n3. D\n4. A",
        "1. B\nPlants build sugar from it.\n2. C\nWater comes out there.\n3. D\n4. A",
    ],
)
def test_layouts_of_keys(key: str) -> None:
    assert with_key(key) == RIGHT


def test_the_reason_behind_a_letter_is_its_explanation() -> None:
    (question, *_) = book(
        (("Review Questions",), exercises()),
        (("Answers",), "1. B. Plants build sugar\nfrom this gas.\n2. C\n3. D\n4. A"),
    )
    assert question.key is not None
    assert question.key.explanation == "Plants build sugar from this gas."
    assert question.key.page == "2"
    assert question.quote == exercises((1,))


def test_a_number_alone_ends_the_answer_before_it() -> None:
    """As where the cells of a key run apart."""
    (question, *_) = book(
        (("Questions",), exercises()),
        (("Answers",), "1. b\n2. c\n3\nSince the current carries it along.\n4. a"),
    )
    assert question.key is not None
    assert with_key("1. b 2. c\n3\nd\n4. a") == {"1": (1,), "2": (2,), "3": (3,), "4": (0,)}
    second = book(
        (("Questions",), exercises()), (("Answers",), "1. b 2. c\n3\nThe wind and the sea.")
    )
    assert second[1].key is not None
    assert second[1].key.explanation == ""


def test_odd_numbers_alone() -> None:
    assert with_key("1. b\n3. d") == {"1": (1,), "3": (3,)}


@pytest.mark.parametrize(
    "text",
    [
        "1. Which gas do plants take in? (a) oxygen (b) carbon dioxide (c) nitrogen (d) helium",
        "1. Which gas do plants take in? A. oxygen B. carbon dioxide C. nitrogen D. helium",
        "1. Which gas do plants take in?\na) oxygen b) carbon dioxide\nc) nitrogen d) helium",
        "1. Which gas do plants take in?\n(A) oxygen\n(B) carbon dioxide\n(C) nitrogen\n(D) helium",
        "1) Which gas do plants\ntake in?\n\na. oxygen\n\nb. carbon\ndioxide\nc. nitrogen\nd. helium",  # noqa: E501
        f"Question {exercises((1,))}",
    ],
)
def test_layouts_of_choices(text: str) -> None:
    (question,) = book((("Questions",), text), (("Answers",), "1. b"))
    assert (question.stem, question.choices) == (STEMS[0], CHOICES[0])
    assert question.key is not None
    assert question.key.right == (1,)


@pytest.mark.parametrize(
    ("below", "right"),
    [
        ("Answer: B", (1,)),
        ("Ans. (b)", (1,)),
        ("Correct answer: b. carbon dioxide", (1,)),
        ("B", (1,)),
        ("Solution: carbon dioxide", (1,)),
        ("Answer: A and B", (0, 1)),
        ("Answer: E", None),
        ("Answer: see the text", None),
    ],
)
def test_answers_below_their_questions(below: str, right: tuple[int, ...] | None) -> None:
    text = f"{exercises((1,))}\n{below}\n{exercises((2,), first=2)}\nAnswer: C"
    first, second = book((("Questions",), text))
    assert (first.key and first.key.right) == right
    assert second.key is not None
    assert second.key.right == (2,)


def test_an_answer_in_the_line_of_its_last_choice() -> None:
    (question,) = book((("Questions",), f"{exercises((1,))} Answer: B"))
    assert question.choices == CHOICES[0]
    assert question.key is not None


def test_numbers_as_choices_of_a_letter_below_them() -> None:
    lines = "\n".join(f"{n}. {one}" for n, one in enumerate(CHOICES[0], start=1))
    text = f"Which gas do plants take in?\n\n{lines}\n\nB\n\nWhere does a river begin?"
    first, second = book((("Questions",), text))
    assert (first.choices, second.stem) == (CHOICES[0], STEMS[1])
    assert first.key is not None
    assert first.key.right == (1,)


def test_numbers_below_a_line_are_questions_without_a_letter() -> None:
    text = "Answer in full sentences.\n\n1. Why is it cold?\n2. What is ice?"
    assert [one.number for one in book((("Questions",), text))] == ["1", "2"]


@pytest.mark.parametrize(
    "marked",
    [
        "a. oxygen\n*b. carbon dioxide\nc. nitrogen",
        "a. oxygen\nb. carbon dioxide \u2713\nc. nitrogen",
        "a. oxygen\nb. carbon dioxide (correct)\nc. nitrogen",
        "- [ ] oxygen\n- [x] carbon dioxide\n- [ ] nitrogen",
        "\u2610 oxygen\n\u2611 carbon dioxide\n\u2610 nitrogen",
    ],
)
def test_choices_that_are_marked(marked: str) -> None:
    (question,) = book((("Questions",), f"1. Which gas do plants take in?\n{marked}"))
    assert question.choices == ("oxygen", "carbon dioxide", "nitrogen")
    assert question.key is not None
    assert question.key.right == (1,)


CHAPTERS = (
    (("Chapter 1: Air", "Review Questions"), exercises((1, 2))),
    (("Chapter 2: Water", "Review Questions"), exercises((3, 4))),
)
BY_CHAPTER = [(1,), (2,), (3,), (0,)]


@pytest.mark.parametrize(
    "sections",
    [
        [(("Answers", "Chapter 1"), "1. b 2. c"), (("Answers", "Chapter 2"), "1. d 2. a")],
        [(("Answers", "Chapter 1: Air"), "1. b\n2. c"), (("Answers", "Water"), "1. d\n2. a")],
        [(("Answer Key",), "Chapter 1\n1. b 2. c\nChapter 2: Water\n1. d 2. a")],
        [(("Answer Key",), "Chapter 1: 1. b 2. c\nChapter 2: 1. d 2. a")],
        [(("Answers to Chapter 1",), "1. b 2. c"), (("Answers to Chapter 2",), "1. d 2. a")],
        [
            (("Chapter 1: Air", "Answers"), "1. b 2. c"),
            (("Chapter 2: Water", "Answers"), "1. d 2. a"),
        ],
    ],
)
def test_numbers_that_begin_anew(sections: list[tuple[tuple[str, ...], str]]) -> None:
    found = book(*CHAPTERS, *sections)
    assert [one.key and one.key.right for one in found] == BY_CHAPTER


def test_sections_within_chapters() -> None:
    found = book(
        (("1 Earth", "1.1 Air", "Review Questions"), exercises((1, 2))),
        (("1 Earth", "1.2 Water", "Review Questions"), exercises((3, 4))),
        (("Answers", "Chapter 1", "Section 1.1"), "1. b 2. c"),
        (("Answers", "Chapter 1", "Section 1.2"), "1. d 2. a"),
    )
    assert [one.key and one.key.right for one in found] == BY_CHAPTER


def test_exercises_and_answers_in_turn_under_equal_headings() -> None:
    found = book(
        (("Questions",), exercises((1, 2))), (("Answers",), "1. b 2. c"),
        (("Questions",), exercises((3, 4))), (("Answers",), "1. d 2. a"),
    )  # fmt: skip
    assert [one.key and one.key.right for one in found] == BY_CHAPTER


def test_a_line_of_answers_below_the_exercises() -> None:
    assert keys(book((("Questions",), f"{exercises()}\n\nAnswers: 1. b 2. c 3. d 4. a"))) == RIGHT


def test_true_false_and_words() -> None:
    text = "1. Basalt is a rock.\n2. Rivers run uphill.\n3. A river begins at its ____."
    found = book((("Questions",), text), (("Answers",), "1. True\n2. F. They run down.\n3. spring"))
    assert [one.key and (one.key.truth, one.key.words) for one in found] == [
        (True, ""), (False, ""), (None, "spring"),
    ]  # fmt: skip


# --- what must not be paired


@pytest.mark.parametrize(
    "key",
    [
        "Chapter 3\n1. b 2. c 3. d 4. a",
        "1. b\n2. c\n3. d\n4. a\n5. b\n6. c\n7. d\n8. a",  # of more questions than there are
        "1. f\n2. e\n3. g\n4. h",  # letters that no question has
        "1. b, c or d, whichever was measured\n2. a. 24\n3. a. 7 b. 9\n4. answers vary",
        "1. Because of its leaves.\n2. a river, which is long\n3. it depends\n4. I do not know",
    ],
)
def test_keys_of_other_exercises(key: str) -> None:
    assert with_key(key) == {}


def test_a_letter_beyond_the_choices_is_no_key() -> None:
    assert with_key("1. b\n2. c\n3. d\n4. e\n") == {}  # a fourth of these answers is wrong
    longer = "\n".join((exercises(), exercises((1, 2, 3, 4), first=5)))
    key = "1. b 2. c 3. d 4. e 5. b 6. c 7. d 8. a"
    found = keys(book((("Questions",), longer), (("Answers",), key)))
    assert set(found) == {"1", "2", "3", "5", "6", "7", "8"}


@pytest.mark.parametrize(
    ("path", "key"),
    [
        # Two questions 1 and no word on whose answers these are.
        (("Answers",), "1. b 2. c"),
        # A chapter that has no exercises.
        (("Answers", "Chapter 3"), "1. b 2. c"),
        # The number of one chapter with the title of the other.
        (("Answers", "Chapter 1: Water"), "1. b 2. c"),
    ],
)
def test_chapters_must_agree(path: tuple[str, ...], key: str) -> None:
    assert keys(book(*CHAPTERS, (path, key))) == {}


def test_two_sets_of_one_chapter_are_not_told_apart() -> None:
    found = book(
        (("Chapter 1", "Review Questions"), exercises((1, 2))),
        (("Chapter 1", "More Questions"), exercises((3, 4))),
        (("Answers", "Chapter 1"), "1. b 2. c"),
    )
    assert keys(found) == {}


def test_answers_that_contradict_each_other_are_none() -> None:
    found = book((("Questions",), exercises()), (("Answers",), "1. b 2. c 3. d 4. a\n1. c"))
    assert keys(found) == {"2": (2,), "3": (3,), "4": (0,)}


def test_a_question_with_a_table_or_a_shared_text_needs_more() -> None:
    found = book(
        (("Questions",), f"Questions 2 and 3 refer to the map.\n\n{exercises((1, 2, 3))}"),
        (("Questions",), "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        (("Questions",), exercises((4,), first=4)),
    )
    assert {one.number: one.needs_more for one in found if one.number} == {
        "1": False, "2": True, "3": True, "4": False,
    }  # fmt: skip


def test_an_exercise_goes_on_in_the_next_passage() -> None:
    begin, _, rest = exercises((1,)).partition("\nb. ")
    (question,) = book((("Questions",), begin), (("Questions",), f"b. {rest}"))
    assert question.choices == CHOICES[0]
    assert [span[0] for span in question.spans] == [1, 2, 2, 2]


@pytest.mark.parametrize(
    ("lead", "needing"),
    [
        ("Use this information to answer the following 2 questions: It rains.", {"1", "2"}),
        ("The next three questions refer to a map.", {"1", "2", "3"}),
        ("Use the table to answer these questions.", {"1", "2", "3", "4"}),
        ("Answer the following questions.", set()),
    ],
)
def test_a_lead_for_the_questions_below_it(lead: str, needing: set[str]) -> None:
    found = book((("Questions",), f"{lead}\n\n{exercises()}"))
    assert {one.number for one in found if one.number and one.needs_more} == needing
