"""Every item check with a question that meets it and one that does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.generation.item_checks import (
    CHOICES,
    IssueCode,
    balance_positions,
    check_question,
    check_quiz,
)
from quizzes.generation.schemas import BloomLevel, Difficulty, QuestionDraft, QuestionKind

PASSAGE = (
    "Plants take in water through their roots. The chloroplast is the organelle in which light "
    "energy is turned into chemical energy. The nucleus holds the genetic material of the cell."
)

SOUND = QuestionDraft(
    kind=QuestionKind.DEFINITION,
    stem="Which organelle turns light energy into chemical energy?",
    choices=("chloroplast", "ribosome", "nucleus", "vacuole"),
    correct=0,
    explanation="The text says: “The chloroplast is the organelle in which light energy is …”",
    difficulty=Difficulty.EASY,
    bloom=BloomLevel.REMEMBER,
    topic_id=1,
    passage_id=1,
    quote="The chloroplast is the organelle in which light energy is turned into chemical energy.",
    support=0.9,
)
CLOZE = replace(
    SOUND,
    kind=QuestionKind.CLOZE,
    stem="The _____ is the organelle in which light energy is turned into chemical energy.",
)


def codes(question: QuestionDraft, passage: str = PASSAGE, language: str = "en") -> set[str]:
    return {issue.code for issue in check_question(question, passage, language=language)}


@pytest.mark.parametrize("question", [SOUND, CLOZE])
def test_a_sound_question_has_no_issue(question: QuestionDraft) -> None:
    assert codes(question) == set()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"choices": ("chloroplast", "ribosome", "nucleus")}, IssueCode.CHOICE_COUNT),
        ({"correct": 4}, IssueCode.CORRECT_INDEX),
        ({"correct": -1}, IssueCode.CORRECT_INDEX),
        ({"choices": ("chloroplast", "ribosome", "nucleus", " - ")}, IssueCode.EMPTY_CHOICE),
        (
            {"choices": ("chloroplast", "ribosome", "nucleus", "all of the above")},
            IssueCode.BLANKET_CHOICE,
        ),
        (
            {"choices": ("chloroplast", "ribosome", "nucleus", "None of these")},
            IssueCode.BLANKET_CHOICE,
        ),
        (
            {"choices": ("chloroplast", "ribosome", "Ribosome", "vacuole")},
            IssueCode.DUPLICATE_CHOICES,
        ),
        (
            {"choices": ("chloroplast", "ribosome", "ribosomes", "vacuole")},
            IssueCode.NEAR_DUPLICATE_CHOICES,
        ),
        (
            {"choices": ("chloroplast", "vacuole", "contractile vacuole", "nucleus")},
            IssueCode.NEAR_DUPLICATE_CHOICES,
        ),
        ({"choices": ("chloroplast", "ribosome", "nucleus", "vacuole (of")}, IssueCode.CHOICE_FORM),
        (
            {"choices": ("chloroplast", "ribosome", "nucleus", "the organelle shown above")},
            IssueCode.DANGLING_REFERENCE,
        ),
    ],
)
def test_faulty_choices(change: dict[str, object], code: IssueCode) -> None:
    assert code in codes(replace(SOUND, **change))  # type: ignore[arg-type] # mixed field types


@pytest.mark.parametrize(
    "choices",
    [
        ("chloroplast of a plant cell", "ribosome", "nucleus", "vacuole"),
        (
            "chloroplast",
            "membrane of many layers",
            "nucleus of a living cell",
            "vacuole of the cell sap",
        ),
    ],
)
def test_the_length_of_the_answer_is_a_cue(choices: tuple[str, ...]) -> None:
    assert IssueCode.LENGTH_CUE in codes(replace(SOUND, choices=choices))


@pytest.mark.parametrize(
    "choices",
    [
        ("Chloroplast", "ribosome", "nucleus", "vacuole"),
        ("chloroplast", "Golgi body", "Okazaki", "Krebs"),
        ("chloro-plast", "ribosome", "nucleus", "vacuole"),
        ("chloroplast2", "ribosome", "nucleus", "vacuole"),
        ("chloroplast", "p53", "b12", "c3"),
        ("chloroplast.", "ribosome", "nucleus", "vacuole"),
        ("chloroPLAST", "ribosome", "nucleus", "vacuole"),
        ("chloro_plast()", "ribosome", "nucleus", "vacuole"),
    ],
)
def test_the_form_of_the_answer_is_a_cue(choices: tuple[str, ...]) -> None:
    assert IssueCode.FORM_CUE in codes(replace(SOUND, choices=choices))


def test_a_form_that_a_wrong_choice_shares_is_no_cue() -> None:
    choices = ("Chloroplast", "Ribosome", "nucleus", "vacuole")
    assert IssueCode.FORM_CUE not in codes(replace(SOUND, choices=choices))


@pytest.mark.parametrize(
    ("stem", "given_away"),
    [
        ("What do the chloroplasts of a plant do with light energy?", True),
        ("Which organelle turns light energy into chemical energy?", False),
    ],
)
def test_the_answer_in_the_stem(*, stem: str, given_away: bool) -> None:
    assert (IssueCode.ANSWER_IN_STEM in codes(replace(SOUND, stem=stem))) is given_away


def test_a_word_of_the_stem_in_every_choice_gives_nothing_away() -> None:
    choices = ("energy of light", "energy of heat", "energy of wind", "energy of motion")
    stem = "Which form of energy does the plant take in first?"
    assert IssueCode.ANSWER_IN_STEM not in codes(replace(SOUND, stem=stem, choices=choices))


@pytest.mark.parametrize(
    ("stem", "code"),
    [
        ("Which one?", IssueCode.STEM_LENGTH),
        ("Which organelle " + "really " * 60 + "turns light into energy?", IssueCode.STEM_LENGTH),
        ("Which organelle turns light energy into", IssueCode.STEM_ENDING),
        ("Which organelle (of a plant turns light energy?", IssueCode.STEM_BRACKETS),
        ("Which organelle “of a plant turns light energy?", IssueCode.STEM_BRACKETS),
        ("Which organelle) of (a plant turns light energy?", IssueCode.STEM_BRACKETS),
        ("Which organelle turns light into _____?", IssueCode.STEM_BLANK),
        ("Which organelle does this with light energy?", IssueCode.DANGLING_REFERENCE),
        ("Which organelle turns light energy, as shown above?", IssueCode.DANGLING_REFERENCE),
        ("Which organelle of Section 3 turns light energy?", IssueCode.DANGLING_REFERENCE),
        ("It turns light energy into what?", IssueCode.DANGLING_REFERENCE),
    ],
)
def test_faulty_stems(stem: str, code: IssueCode) -> None:
    assert code in codes(replace(SOUND, stem=stem))


@pytest.mark.parametrize(
    ("language", "stem"),
    [
        ("de", "Welches Organell macht dies mit dem Licht?"),
        ("es", "¿Qué orgánulo hace esto con la luz?"),
        ("fr", "Quel organite fait cela avec cette lumière ?"),
        ("xx", "Which organelle does this with light energy?"),
    ],
)
def test_dangling_references_in_other_languages(language: str, stem: str) -> None:
    assert IssueCode.DANGLING_REFERENCE in codes(replace(SOUND, stem=stem), language=language)


def test_which_of_these_statements_is_no_dangling_reference() -> None:
    stem = "Which of these statements about plants is correct?"
    assert codes(replace(SOUND, stem=stem)) == set()


@pytest.mark.parametrize("stem", [CLOZE.stem.replace("_____", "thing"), CLOZE.stem + " _____"])
def test_a_cloze_stem_has_one_blank(stem: str) -> None:
    assert IssueCode.STEM_BLANK in codes(replace(CLOZE, stem=stem))


def test_an_explanation_is_needed() -> None:
    assert codes(replace(SOUND, explanation=" ")) == {IssueCode.NO_EXPLANATION}


@pytest.mark.parametrize("quote", ["", "The chloroplast is a made-up organelle."])
def test_the_quote_must_be_in_the_passage(quote: str) -> None:
    assert codes(replace(SOUND, quote=quote)) == {IssueCode.QUOTE_NOT_IN_PASSAGE}


def test_line_breaks_do_not_matter_to_a_quote() -> None:
    assert codes(SOUND, PASSAGE.replace(" ", "\n")) == set()


def test_weak_support() -> None:
    assert codes(replace(SOUND, support=0.2)) == {IssueCode.WEAK_SUPPORT}


def test_the_answer_must_be_in_the_quote() -> None:
    quote = "Plants take in water through their roots."
    assert codes(replace(SOUND, quote=quote)) == {IssueCode.ANSWER_NOT_IN_QUOTE}


def test_a_distractor_that_makes_the_sentence_true_as_well() -> None:
    passage = PASSAGE + " The ribosome is the organelle in which light energy is turned into"
    passage += " chemical energy."
    assert codes(CLOZE, passage) == {IssueCode.DISTRACTOR_TRUE}


def test_a_distractor_statement_that_the_passage_makes() -> None:
    choices = (
        "The chloroplast is the organelle in which light energy is turned into chemical energy.",
        "The nucleus is the organelle in which chemical energy is turned into light energy.",
        "The nucleus holds the genetic material of the cell.",
        "The vacuole is the organelle in which light energy is turned into chemical energy.",
    )
    question = replace(
        SOUND,
        kind=QuestionKind.TRUE_STATEMENT,
        stem="Which of these statements about plants is correct?",
        choices=choices,
    )
    assert IssueCode.DISTRACTOR_TRUE in codes(question)


OTHER = replace(
    SOUND,
    stem="What does the nucleus of a cell hold?",
    choices=("genetic material", "sugar", "water", "starch"),
    quote="The nucleus holds the genetic material of the cell.",
    correct=1,
)


def quiz_codes(*questions: QuestionDraft, avoid: tuple[str, ...] = ()) -> list[set[str]]:
    found = check_quiz(questions, language="en", avoid_stems=avoid)
    return [{issue.code for issue in issues} for issues in found]


def test_different_questions_have_no_issue() -> None:
    assert quiz_codes(SOUND, OTHER) == [set(), set()]


def test_the_later_of_two_equal_stems_is_blamed() -> None:
    again = replace(SOUND, quote="other words", stem=SOUND.stem.upper())
    assert quiz_codes(SOUND, again) == [set(), {IssueCode.DUPLICATE_STEM}]


def test_near_duplicate_stems() -> None:
    again = replace(
        SOUND, quote="x", stem="Which organelles turn light energy into a chemical energy?"
    )
    assert IssueCode.NEAR_DUPLICATE_STEM in quiz_codes(SOUND, again)[1]


def test_stems_of_other_quizzes_are_avoided() -> None:
    assert quiz_codes(SOUND, avoid=(SOUND.stem,)) == [{IssueCode.DUPLICATE_STEM}]


def test_one_sentence_carries_one_question() -> None:
    again = replace(OTHER, quote=SOUND.quote)
    assert quiz_codes(SOUND, again)[1] == {IssueCode.SAME_SENTENCE}


def test_a_stem_that_answers_an_earlier_question() -> None:
    again = replace(OTHER, stem="Where does the chloroplast store the chemical energy of light?")
    assert quiz_codes(SOUND, again)[1] == {IssueCode.REVEALS_ANSWER}


def many(count: int) -> list[QuestionDraft]:
    return [replace(SOUND, stem=f"Question number {n}?", quote=f"Quote {n}") for n in range(count)]


def test_one_position_that_is_always_right_is_a_cue() -> None:
    found = check_quiz(many(8), language="en")
    assert all(IssueCode.POSITION_CUE in {i.code for i in issues} for issues in found)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 9, 20])
def test_balanced_positions(count: int) -> None:
    before = many(count)
    after = balance_positions(before)
    places = [question.correct for question in after]
    shares = [places.count(place) for place in range(CHOICES)]
    assert max(shares) - min(shares) <= 1
    assert [q.choices[q.correct] for q in after] == [q.choices[q.correct] for q in before]
    assert [set(q.choices) for q in after] == [set(q.choices) for q in before]
    assert after == balance_positions(before)


@settings(max_examples=60, deadline=None)
@given(
    stem=st.text(max_size=80),
    choices=st.lists(st.text(max_size=30), max_size=5),
    passage=st.text(max_size=120),
    correct=st.integers(-2, 6),
    language=st.sampled_from(["en", "de", "es", "xx", ""]),
)
def test_odd_text_never_breaks_the_checks(
    stem: str, choices: list[str], passage: str, correct: int, language: str
) -> None:
    question = replace(
        SOUND, stem=stem, choices=tuple(choices), correct=correct, quote=passage[:50]
    )
    check_question(question, passage, language=language)
    check_quiz([question, question], language=language, avoid_stems=[stem])
