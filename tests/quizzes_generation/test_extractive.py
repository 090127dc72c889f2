"""The questions that rules make of teaching texts, form by form, and of the quiz as a whole."""

from __future__ import annotations

import asyncio
from collections import Counter
from decimal import Decimal
from itertools import pairwise

import pytest

from engine.questions.extractive import ExtractiveQuizEngine
from engine.questions.extractive.changes import change_items
from engine.questions.extractive.definitions import entries
from engine.questions.extractive.engine import write_quiz
from engine.questions.extractive.items import gives_away
from engine.questions.extractive.material import read_material
from engine.questions.extractive.terms import term_items
from engine.questions.formats import (
    Matching,
    MultipleAnswers,
    Numeric,
    Ordering,
    QuestionFormat,
    TrueFalse,
)
from engine.questions.schemas import AskedQuestion, QuestionDraft, QuestionKind, QuizDraft
from tests.quizzes_generation.notes import TEXTS, request, text

NAMES = sorted(path.stem for path in TEXTS.glob("*.md"))


def quiz(markdown: str, language: str = "en") -> QuizDraft:
    return write_quiz(request(markdown, language=language))


def of_kind(draft: QuizDraft, kind: QuestionKind) -> list[QuestionDraft]:
    return [question for question in draft.questions if question.kind is kind]


@pytest.mark.parametrize("name", NAMES)
def test_a_text_gives_the_same_quiz_each_time(name: str) -> None:
    asked = request(text(name))
    assert asyncio.run(ExtractiveQuizEngine().write_quiz(asked)) == write_quiz(asked)


@pytest.mark.parametrize("name", NAMES)
def test_a_teaching_text_gives_several_forms_and_whole_questions(name: str) -> None:
    asked = request(text(name))
    passages = {passage.id: passage.text for passage in asked.topics[0].passages}
    draft = write_quiz(asked)
    assert len(draft.questions) >= 4
    assert len({(question.kind, question.format) for question in draft.questions}) >= 2
    for question in draft.questions:
        assert question.explanation
        assert " ".join(question.quote.split()) in " ".join(passages[question.passage_id].split())
        if question.format is QuestionFormat.SINGLE:
            assert len(set(question.choices)) == len(question.choices) >= 3
            assert 0 <= question.correct < len(question.choices)


@pytest.mark.parametrize("name", NAMES)
def test_no_choice_comes_back_in_another_question_with_the_same_neighbours(name: str) -> None:
    shown = [
        set(q.choices or getattr(q.body, "choices", ()) or getattr(q.body, "left", ()))
        for q in quiz(text(name)).questions
    ]
    for at, one in enumerate(shown):
        assert all(len(one & other) < 2 for other in shown[:at])


def test_the_right_places_are_spread() -> None:
    places = Counter(
        question.correct
        for name in NAMES
        for question in quiz(text(name)).questions
        if question.format is QuestionFormat.SINGLE
    )
    assert max(places.values()) <= sum(places.values()) / 2


def test_one_of_three_changed_statements_stays_true() -> None:
    lines = " ".join(
        f"{thing} increases the rate of {process} in plants, because {reason}."
        for thing, process, reason in (
            ("Strong wind", "transpiration", "moist air is carried away"),
            ("Warm soil", "germination", "enzymes work better"),
            ("Bright light", "photosynthesis", "chlorophyll takes up its energy"),
        )
    )
    draft = quiz(f"{text('biology')}\n## 5.5 More\n\n{lines}\n")
    bodies = [q.body for q in draft.questions if isinstance(q.body, TrueFalse)]
    assert len(bodies) >= 2
    assert {body.correct for body in bodies} == {True, False}


def test_a_direction_without_its_other_side_or_a_reason_is_not_asked() -> None:
    statement = "Strong wind increases the rate of transpiration in plants"
    assert not quiz(f"# Plants\n\n{statement}.").questions
    (item,) = change_items(
        read_material(request(f"# Plants\n\n{statement}, because moist air is carried away."))
    )
    assert "decreases" in item.stem


def test_a_formula_in_words_without_an_example_is_asked_with_its_errors() -> None:
    questions = of_kind(quiz(text("accounting")), QuestionKind.RULE)
    single = next(q for q in questions if q.format is QuestionFormat.SINGLE)
    assert len(single.choices) == 4
    assert "\u00f7" in single.choices[single.correct]


def test_a_formula_of_symbols_is_worked_out() -> None:
    found = quiz(
        "# Motion\n\nA moving car has kinetic energy, calculated as E = 1/2 x m x v^2, where m is "
        "the mass in kilograms and v the speed in metres per second."
    )
    (question,) = found.questions
    assert isinstance(question.body, Numeric)
    mass, speed = (Decimal(question.stem.split(f"{name} = ")[1].split()[0]) for name in ("m", "v"))
    assert question.body.answer == mass * speed**2 / 2


@pytest.mark.parametrize(
    "formula", ["E = __import__('os') x m", "E = m ** m ** m", "E = exec x m", "E = m[0] x v"]
)
def test_a_formula_holds_numbers_letters_and_operations_only(formula: str) -> None:
    found = quiz(
        f"# Motion\n\nA car has kinetic energy, calculated as {formula}, where m is the mass in "
        "kilograms and v the speed in metres per second."
    )
    assert not found.questions


def test_limits_become_numbers_to_type() -> None:
    questions = of_kind(quiz(text("food-safety")), QuestionKind.NUMBER)
    assert questions
    assert all(isinstance(question.body, Numeric) for question in questions)
    assert all("_____" in question.stem for question in questions)


def test_a_value_within_a_range_is_looked_up() -> None:
    found = quiz(text("biology"))
    ranged = [q for q in of_kind(found, QuestionKind.TABLE) if " if the " in q.stem]
    assert len(ranged) == 1
    assert ranged[0].choices == ("130", "110", "90", "70")


def test_rows_with_one_value_are_the_answers_together() -> None:
    found = quiz(text("accounting"))
    several = [q for q in found.questions if isinstance(q.body, MultipleAnswers)]
    assert several
    body = several[0].body
    assert isinstance(body, MultipleAnswers)
    assert {body.choices[at] for at in body.correct} == {"Cash", "Equipment"}


def test_steps_are_ordered_without_words_that_show_the_order() -> None:
    questions = of_kind(quiz(text("food-safety")), QuestionKind.PROCEDURE)
    assert len(questions) == 2
    for question in questions:
        assert isinstance(question.body, Ordering)
        assert question.body.items != tuple(question.body.items[at] for at in question.body.order)
        assert not any("then" in item.split() for item in question.body.items)


def test_dated_events_are_ordered() -> None:
    found = quiz(
        "# The wars of independence\n\nIn 1808 Napoleon placed his brother on the throne of Spain. "
        "In 1810 Miguel Hidalgo called the people of Mexico to arms. In 1819 Simón Bolívar crossed "
        "the Andes with his army. In 1822 Brazil declared its independence from Portugal."
    )
    (question,) = found.questions
    assert isinstance(question.body, Ordering)
    first = question.body.items[question.body.order[0]]
    assert first == "Napoleon placed his brother on the throne of Spain."


def test_two_sides_of_a_sentence_give_several_answers() -> None:
    found = quiz(
        "# Water\n\nForests and gentle slopes lengthen the lag time, while towns and steep rock "
        "shorten the lag time."
    )
    (question,) = found.questions
    assert isinstance(question.body, MultipleAnswers)
    assert len(question.body.correct) == 2


def test_what_letters_stand_for_is_not_asked() -> None:
    found = quiz(
        "# Audits\n\nHazard Analysis and Critical Control Points (HACCP) began in space flight. "
        + "Each kitchen keeps a HACCP plan. " * 6
    )
    assert not found.questions


def test_rivals_of_a_term_are_of_its_kind_and_section() -> None:
    found = quiz(
        "# Water\n\n## Treatment\n\nCoagulation is the joining of fine particles into larger "
        "clumps. Sedimentation is the settling of matter to the bottom of a basin. Filtration is "
        "the removal of solids by a layer with fine pores. A reservoir is a lake that people have "
        "made.\n\n## Farming\n\nIrrigation is the supply of moisture to crops by people."
    )
    (question,) = of_kind(found, QuestionKind.DEFINITION)
    assert set(question.choices) == {"coagulation", "sedimentation", "filtration"}


def test_a_term_without_two_siblings_is_not_asked() -> None:
    found = quiz(
        "# Water\n\n## Rivers\n\nA delta is a low plain that a river builds at the sea. "
        "\n\n## Farming\n\nIrrigation is the supply of moisture to crops by people. "
        "\n\n## Floods\n\nA levee is a raised bank that protects the fields."
    )
    assert not of_kind(found, QuestionKind.DEFINITION)


GLOSSARY = (
    "# Loans\n\n## Terminology\n\nAmortization The repayment plan by which a loan is paid off in "
    "equal monthly amounts. Borrower The person or company that receives the money from a loan.\n\n"
    "Lender The company or person to whom a loan is owed. Guarantor The person who "
    "promises to pay for somebody who cannot. Deferment A temporary delay in paying back a loan."
)


def test_a_glossary_whose_terms_run_into_their_text_gives_siblings() -> None:
    found = quiz(GLOSSARY)
    single = [q for q in found.questions if q.format is QuestionFormat.SINGLE]
    assert any(set(q.choices) == {"borrower", "lender", "guarantor"} for q in single)
    assert not any("deferment" in q.choices for q in single)


def test_a_title_that_runs_into_a_whole_sentence_is_no_term() -> None:
    found = quiz(
        "# Files\n\nMissing values The default file has none. Long lines A line is cut at its end. "
        "Empty fields The reader takes them for zeros. Other signs A comma parts two fields."
    )
    assert not found.questions


def test_a_term_that_is_defined_alone_must_be_used_again() -> None:
    drafts = [
        entries(
            read_material(request(f"# Water\n\nA weir is a barrier that raises a river. {more}"))
        )
        for more in ("", "Each weir has a gate. Fish cannot pass a weir.")
    ]
    once, again = ([entry.term for entry in found] for found in drafts)
    assert once == []
    assert again == ["weir"]


@pytest.mark.parametrize(
    "text",
    [
        "Snort is a packet sniffer that detects attacks. We run Snort daily. We like Snort, too.",
        "The accounting equation is the heart of a system that keeps books. " * 3,
        "The max_size option is a number that limits the files in /etc/rc.d and ~/.conf. " * 3,
    ],
)
def test_products_pictures_and_texts_for_programs_define_no_terms(text: str) -> None:
    assert not list(entries(read_material(request(f"# Systems\n\n{text}"))))


@pytest.mark.parametrize(
    ("header", "labels"),
    [
        ("Parameter | Effect on the model", ("Alpha", "Beta", "Gamma", "Delta")),
        ("Kind of transistor | Effect", ("TTT2", "TNOM", "JSW", "VTO")),
        ("Animal | Version", ("Horse", "Cow", "Sheep", "Goat")),
    ],
)
def test_a_table_to_be_looked_up_and_not_to_be_learnt_is_not_asked(
    header: str, labels: tuple[str, ...]
) -> None:
    cells = ("larger drops", "slower flow", "deeper water", "warmer air")
    rows = [f"| {label} | {cell} |" for label, cell in zip(labels, cells, strict=True)]
    table = "\n".join([f"| {header} |", "| --- | --- |", *rows])
    assert not quiz(f"# Models\n\n{table}").questions
    taught = table.replace(header, "Animal | Effect on soil")
    assert labels[0] != "Horse" or quiz(f"# Models\n\n{taught}").questions


RESIDENCE = "# Lakes\n\nResidence time is found by dividing the volume by the yearly outflow. "


def test_a_rule_is_asked_in_the_units_and_near_the_numbers_of_its_example() -> None:
    found = quiz(
        RESIDENCE + "A lake with a volume of 60 cubic kilometres and a yearly outflow of 12 cubic "
        "kilometres has a residence time of 5 years."
    )
    (question,) = of_kind(found, QuestionKind.RULE)
    assert isinstance(question.body, Numeric)
    volume, outflow = (
        Decimal(question.stem.split(f"{name} is ")[1].split()[0])
        for name in ("volume", "yearly outflow")
    )
    assert question.body.answer == volume / outflow
    assert question.body.unit == "years"
    assert 30 <= volume <= 240
    assert "cubic kilometres" in question.stem


def test_an_example_that_does_not_give_the_result_proves_no_rule() -> None:
    found = quiz(
        RESIDENCE + "A lake with a volume of 60 cubic kilometres and a yearly outflow of 12 cubic "
        "kilometres has a residence time of 9 years."
    )
    assert all(question.format is QuestionFormat.SINGLE for question in found.questions)


def test_a_sum_is_no_question() -> None:
    assert not quiz("# Water\n\nPrecipitation equals evaporation plus runoff.").questions


def test_a_limit_is_asked_with_its_reason_only() -> None:
    rule = "# Wells\n\nDrinking water must contain at most 50 milligrams of nitrate per litre"
    assert not quiz(f"{rule}.").questions
    (question,) = quiz(f"{rule}, because larger amounts can make babies ill.").questions
    assert "because" in question.explanation


@pytest.mark.parametrize(
    "sentence",
    [
        "The maximum sampling rate is 100 kHz, because the memory is slow.",
        "Input must be within 5 V, because the chip would burn otherwise.",
    ],
)
def test_a_number_of_an_unnamed_device_is_not_asked(sentence: str) -> None:
    assert not quiz(f"# The device\n\n{sentence}").questions


def test_a_grid_of_names_is_no_table() -> None:
    found = quiz(
        "# Boards\n\n| pcDuino3 | A20 OLinuXino | PC Engines APU |\n| --- | --- | --- |\n"
        "| Rock64 | Debian | VirtualBox |\n| Banana Pro | Orange Pi | Cubieboard2 |\n"
        "| BeagleBone | Raspberry | Cubietruck |\n| Pine | Lime | Allwinner |"
    )
    assert not found.questions


def test_columns_that_make_no_grammatical_question_or_give_initials_are_not_asked() -> None:
    found = quiz(
        "# Quantities\n\n| Quantity | Symbol | Measured with |\n| --- | --- | --- |\n"
        "| Voltage | V | an old dial |\n| Resistance | R | a bridge |\n"
        "| Power | P | two coils |\n| Charge | Q | a gold leaf |"
    )
    assert not any("measured with" in question.stem for question in found.questions)
    assert not any(isinstance(question.body, Matching) for question in found.questions)


def test_intervals_and_values_of_a_set_up_are_not_asked() -> None:
    found = quiz(
        "# Stores\n\n| Store | Time in store | Example value |\n| --- | --- | --- |\n"
        "| Oceans | 3,000 years | wide |\n| Glaciers | 20 to 100,000 years | cold |\n"
        "| Groundwater | weeks to 10,000 years | dark |\n| Lakes | months to 100 years | flat |"
    )
    assert not found.questions


@pytest.mark.parametrize(
    "sentence",
    [
        "Set the voltage on the left and watch the horizontal trace of the second channel.",
        "The older system supports a much wider range of hardware.",
        "The second peak is smaller than the first peak of the curve.",
        "Warm air rises faster in the morning\u2076 Then the horizontal wind turns to the coast.",
    ],
)
def test_no_statement_comes_from_instructions_notes_or_half_comparisons(sentence: str) -> None:
    assert not quiz(f"# Air\n\n{sentence}").questions


def test_a_false_statement_is_explained_by_the_reason_that_follows() -> None:
    notes = request(
        "# Air\n\nEvaporation is faster on a windy day than on a calm day. This is because wind "
        "carries moist air away."
    )
    (item,) = change_items(read_material(notes))
    assert "slower" in item.stem
    assert item.explanation.endswith("This is because wind carries moist air away.")


@pytest.mark.parametrize("following", ["Rain falls because air rises.", "It depends on the place."])
def test_a_sentence_about_something_else_is_no_reason(following: str) -> None:
    notes = request(f"# Air\n\nEvaporation is faster in wind than in calm air. {following}")
    (item,) = change_items(read_material(notes))
    assert following not in item.explanation


def test_steps_without_a_stated_order_are_not_asked() -> None:
    steps = "\n".join(
        ["1. Wet both hands.", "2. Take a portion of soap.", "3. Rub the palms.", "4. Rinse."]
    )
    assert not of_kind(quiz(f"# Hands\n\nTo wash hands:\n\n{steps}"), QuestionKind.PROCEDURE)


SKY = {
    "Zenith": "The Zenith is the point in the sky where you are looking when you look straight up "
    "from the ground. A star at the Zenith is seen best. The Zenith moves.",
    "Horizon": "The Horizon is the line that separates Earth from Sky. Trees hide the Horizon. "
    "Ships see the Horizon well.",
    "Ecliptic": "The Ecliptic is the path that the Sun appears to follow across the sky over the "
    "course of a year. Planets stay near the Ecliptic. The Ecliptic is inclined.",
}


def test_definitions_in_prose_of_terms_with_capitals_are_asked() -> None:
    together = "\n\n".join(SKY.values())
    (asked,) = of_kind(quiz(f"# The sky\n\n{together}\n"), QuestionKind.DEFINITION)
    assert set(asked.choices) == {"zenith", "horizon", "ecliptic"}


def test_terms_of_other_sections_do_not_make_a_choice() -> None:
    apart = "\n\n".join(f"## The {term}\n\n{said}" for term, said in SKY.items())
    assert not of_kind(quiz(f"# The sky\n\n{apart}\n"), QuestionKind.DEFINITION)


def test_two_definitions_that_differ_in_one_word_are_exchanged_in_a_statement() -> None:
    material = read_material(request(
        "# Maps\n\n## Lines of the globe\n\nLines of equal and constant latitude are "
        "called parallels. "
        "Lines of equal and constant longitude are called meridians. All meridians meet. "
        "Some meridians and parallels are drawn. Count the parallels, then the "
        "meridians. Parallels never meet.\n"
    ))  # fmt: skip
    (item,) = term_items(material)
    assert item.body == TrueFalse(correct=False)
    assert "latitude are called meridians" in item.stem
    assert item.twin
    assert item.twin.body == TrueFalse(correct=True)
    assert "latitude are called parallels" in item.twin.stem


def test_words_of_the_description_do_not_name_the_term() -> None:
    for name in NAMES:
        for question in of_kind(quiz(text(name)), QuestionKind.DEFINITION):
            if isinstance(question.body, Matching):
                body = question.body
                for at, term in enumerate(body.left):
                    others = [other for other in body.left if other != term]
                    assert not gives_away(body.right[body.pairs[at]], term, others, "en")


def test_other_languages_get_the_forms_that_need_no_grammar() -> None:
    found = quiz(
        "# Gefäße\n\n| Gefäß | Wandstärke | Aufgabe im Körper |\n| --- | --- | --- |\n"
        "| Arterie | 1,2 mm | führt Blut vom Herzen weg |\n| Vene | 0,6 mm | bringt Blut zurück |\n"
        "| Kapillare | 0,001 mm | tauscht Stoffe aus |\n"
        "| Lymphgefäß | 0,2 mm | sammelt Gewebswasser |"
        "\n\nDas Herz steigert bei Anstrengung seine Leistung.",
        language="de",
    )
    assert found.questions
    assert {question.kind for question in found.questions} == {QuestionKind.TABLE}
    assert all("Gefäß" in question.stem for question in found.questions)


def test_a_language_without_wording_gets_no_questions_and_a_note() -> None:
    found = quiz("# मानसून\n\nमानसून एक मौसमी हवा है।", language="hi")
    assert found.questions == ()
    assert found.notes == ("This quiz has no questions: in Hindi they need a language model.",)


def test_a_poor_text_gives_few_questions_and_says_so() -> None:
    found = quiz("# A walk\n\nWe went out early. It was cold, but we liked the view from the hill.")
    assert found.questions == ()
    assert found.notes[0].startswith("This quiz has no questions.")


def test_what_another_quiz_asks_is_not_asked_again() -> None:
    asked = request(text("electricity"))
    first = write_quiz(asked).questions
    from dataclasses import replace

    stems = tuple(AskedQuestion(question.stem, question.passage_id) for question in first)
    second = write_quiz(replace(asked, asked=stems)).questions
    assert not {q.stem for q in first} & {q.stem for q in second}


def test_questions_stand_in_the_order_of_the_text() -> None:
    asked = request(text("biology"))
    order = {passage.id: passage.position for passage in asked.topics[0].passages}
    positions = [order[question.passage_id] for question in write_quiz(asked).questions]
    assert all(one <= two for one, two in pairwise(positions))


GASES = (
    "# Gases\n\n| | Nitrogen | Oxygen | Argon | Helium |\n| --- | --- | --- | --- | --- |\n"
    "| Main Industrial Use | keeps food from air | welding of steel | filling of lamps | lifting "
    "of balloons |\n"
    "| Boiling Point | 196 below zero | 183 below zero | 186 below zero | 269 below zero |"
)


def test_a_table_with_things_in_its_header_is_turned() -> None:
    stems = [question.stem for question in quiz(GASES).questions]
    assert stems
    assert all("gases" in stem.lower() for stem in stems)
    assert not any("Industrial" in stem for stem in stems)


def test_a_header_that_is_no_phrase_is_not_asked_and_one_in_the_plural_is() -> None:
    rows = "| Pineal | sleep |\n| Thyroid | growth |\n| Adrenal | stress |\n| Pancreas | sugar |"
    table = "# Glands\n\n| Gland | {} |\n| --- | --- |\n" + rows
    assert not quiz(table.format("May be needed for")).questions
    asked = quiz(table.format("Regulated Processes")).questions
    assert all("what is the" not in question.stem for question in asked)
    assert asked


def test_lists_of_different_things_give_no_question() -> None:
    lists = (
        "# Cardamom\n\n## Growing\n\nVarieties:\n\n- Sagun\n- Subarna\n- Nilam\n\n"
        "{}:\n\n- Stem borers\n- Leaf rollers\n- Root knots\n"
    )
    assert not quiz(lists.format("Diseases of the roots")).questions
