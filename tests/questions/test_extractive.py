"""The questions that rules make of teaching texts, form by form, and of the quiz as a whole."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from engine.questions.extractive.changes import change_items
from engine.questions.extractive.definitions import entries
from engine.questions.extractive.engine import ExtractiveQuizEngine, write_quiz
from engine.questions.extractive.items import gives_away
from engine.questions.extractive.material import read_material, subject_of
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
from tests.questions.notes import TEXTS, request, text

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


def test_about_half_of_the_changed_statements_stay_true() -> None:
    lines = " ".join(
        f"{thing} increases the rate of {process} in plants, because {reason}."
        for thing, process, reason in (
            ("Strong wind", "transpiration", "moist air is carried away"),
            ("Warm soil", "germination", "enzymes work better"),
            ("Bright light", "photosynthesis", "chlorophyll takes up its energy"),
        )
    )
    draft = quiz(f"{text('biology')}\n{text('food-safety')}\n## 5.5 More\n\n{lines}\n")
    bodies = [q.body for q in draft.questions if isinstance(q.body, TrueFalse)]
    assert len(bodies) >= 2
    assert {body.correct for body in bodies} == {True, False}


def test_a_direction_without_its_other_side_or_a_reason_is_not_asked() -> None:
    statement = "Strong wind increases the rate of transpiration in plants"
    assert not quiz(f"# Plants\n\n{statement}.").questions
    (item,) = change_items(
        read_material(request(f"# Plants\n\n{statement}. This is because moist air goes."))
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
    ranged = [q for q in of_kind(found, QuestionKind.TABLE) if q.stem.startswith("If the age")]
    assert len(ranged) == 1
    assert "what is the normal heart rate" in ranged[0].stem
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


def test_steps_that_take_up_words_of_the_step_before_show_their_order() -> None:
    steps = (
        "1. Choose a straight part of the stream.\n2. Stretch a tape from bank to bank.\n"
        "3. Take the depth at every mark.\n4. Draw the outline on squared paper.\n"
        "{}.\n6. Multiply the area by the speed."
    )
    asked = "# Streams\n\nThe order matters. To measure a stream:\n\n" + steps
    told, open_ = ("5. Count the squares for the area", "5. Read the watch at both ends")
    assert not of_kind(quiz(asked.format(told)), QuestionKind.PROCEDURE)
    assert of_kind(quiz(asked.format(open_)), QuestionKind.PROCEDURE)


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


def test_events_are_found_wherever_their_date_stands_and_old_ones_too() -> None:
    found = quiz(
        "# Cities\n\nIn 753 BCE, the people of Latium founded the city of Rome. For example, "
        "Emperor Constantine moved the capital to Byzantium in 330 CE, which was rebuilt. On 29 "
        "May 1453, the army of Mehmed took the walls of Constantinople. Peter of Russia laid out "
        "Saint Petersburg in May 1703, far from Moscow. Rome has had many rulers since 1870."
    )
    (question,) = found.questions
    assert isinstance(question.body, Ordering)
    assert [question.body.items[at] for at in question.body.order] == [
        "The people of Latium founded the city of Rome.",
        "Emperor Constantine moved the capital to Byzantium.",
        "The army of Mehmed took the walls of Constantinople.",
        "Peter of Russia laid out Saint Petersburg, far from Moscow.",
    ]
    assert "753 BCE" in question.explanation


@pytest.mark.parametrize(
    "sentence",
    [
        "In 1861 and 1865 Lincoln spoke in Washington to the people of the Union.",
        "In 1861 prices rose and many shops of the town had to close.",
        "In 1862 Lincoln spoke in Washington to the people of the Union again.",
        "Every visitor of Washington sees the house that Lincoln left in 1865.",
        # States, and what a page tells of people without a name.
        "In 1865 New England had a population of two million.",
        "In 1865 the rate of unemployment in Boston was 11 percent.",
        "In 1865 the most notorious cases occurred in Salem Village.",
        "In 1865 when thousands turned out in Boston to protest, Lincoln spoke.",
        "In 1865 twenty men of Boston gathered in Salem.",
    ],
)
def test_what_has_two_dates_no_name_or_shows_its_place_is_no_event(sentence: str) -> None:
    events = (
        "In 1808 Napoleon placed his brother on the throne of Spain. In 1810 Miguel Hidalgo called "
        "the people of Mexico to arms. In 1819 Simón Bolívar crossed the Andes with his army."
    )
    assert not quiz(f"# Wars\n\n{events} {sentence}").questions


def test_two_sides_of_a_sentence_give_several_answers() -> None:
    found = quiz(
        "# Water\n\nForests and gentle slopes lengthen the lag time, while towns and steep rock "
        "shorten the lag time."
    )
    (question,) = found.questions
    assert isinstance(question.body, MultipleAnswers)
    assert len(question.body.correct) == 2
    # A sentence that can stand alone needs no title before its question.
    assert question.stem.startswith("Which of these ")


def test_what_letters_stand_for_is_not_asked() -> None:
    found = quiz(
        "# Audits\n\nHazard Analysis and Critical Control Points (HACCP) began in space flight. "
        + "Each kitchen keeps a HACCP plan. " * 6
    )
    assert not found.questions


def siblings(question: QuestionDraft) -> set[str]:
    """Returns the terms whose meanings are told, whichever way round the question asks."""
    return set(re.findall("\u201c([^\u201d]+)\u201d: ", question.explanation))


def test_rivals_of_a_term_are_of_its_kind_and_section() -> None:
    found = quiz(
        "# Water\n\n## Treatment\n\nCoagulation is the joining of fine particles into larger "
        "clumps. Sedimentation is the settling of matter to the bottom of a basin. Filtration is "
        "the removal of solids by a layer with fine pores. A reservoir is a lake that people have "
        "made.\n\n## Farming\n\nIrrigation is the supply of moisture to crops by people."
    )
    (question,) = of_kind(found, QuestionKind.DEFINITION)
    assert siblings(question) == {"coagulation", "sedimentation", "filtration"}


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


def test_a_capital_that_only_opens_a_sentence_is_no_part_of_a_term() -> None:
    said = (
        "Throughflow is the sideways movement of water inside the soil. Percolation is the "
        "downward movement of water through rock. Infiltration is the movement of water into soil."
    )
    found = [entry.term for entry in entries(read_material(request(f"# Water\n\n{said}")))]
    assert found == ["throughflow", "percolation", "infiltration"]


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


def test_what_we_do_in_an_example_is_no_rule() -> None:
    said = "The work we do on the rock is the force we exert multiplied by the distance."
    assert not of_kind(quiz(f"# Work\n\n{said}"), QuestionKind.RULE)
    rule = "The work of a machine is the force of the machine multiplied by the distance."
    assert of_kind(quiz(f"# Work\n\n{rule}"), QuestionKind.RULE)


def test_a_sum_is_no_question() -> None:
    assert not quiz("# Water\n\nPrecipitation equals evaporation plus runoff.").questions


def test_a_number_that_something_happens_to_have_is_not_asked() -> None:
    said = "An interest rate is the price of a loan. The interest rate on the loan is 10 percent."
    assert not of_kind(quiz(f"# Loans\n\n{said}"), QuestionKind.NUMBER)


def test_a_limit_that_is_no_duty_is_asked_with_its_reason_only() -> None:
    rule = "# Wells\n\nDrinking water has at most 50 milligrams of nitrate per litre"
    assert not quiz(f"{rule}.").questions
    (question,) = quiz(f"{rule}, because larger amounts can make babies ill.").questions
    assert "because" in question.explanation


@pytest.mark.parametrize(
    ("said", "answer", "unit"),
    [
        (
            "Chilled goods must be kept at a temperature of 5\u00b0C (41\u00b0F) or lower.",
            5,
            "\u00b0C",
        ),
        ("You MUST keep a distance of at least 3 metres (10 feet) from the crane.", 3, "metres"),
        ("Rinse the eye for at least 15 minutes with clean water.", 15, "minutes"),
        ("Deep burns: Cool the skin within 20 minutes of the accident.", 20, "minutes"),
        (
            "The gauge in the boiler must reach 82\u00b0C and last for at least a minute.",
            82,
            "\u00b0C",
        ),
    ],
)
def test_what_must_be_kept_to_is_asked_as_a_number(said: str, answer: int, unit: str) -> None:
    (question,) = of_kind(quiz(f"# Safety at work\n\n{said}"), QuestionKind.NUMBER)
    assert question.body == Numeric(answer=Decimal(answer), tolerance=Decimal(0), unit=unit)
    assert "(" not in question.stem  # "41 \u00b0F" would tell 5 \u00b0C


def test_a_limit_is_explained_by_what_it_allows() -> None:
    said = "Chilled goods must be kept at a temperature of 5\u00b0C or lower."
    (question,) = quiz(f"# Stores\n\n{said}").questions
    assert question.explanation == (
        f"{said} Lower values are allowed too, so 5 \u00b0C is the highest one."
    )


@pytest.mark.parametrize(
    "said",
    [
        "It must be kept there for at least 15 minutes before the next use.",
        "Report it to the police as soon as you can and within 24 hours of the crash.",
        "The sauce must cool. Stir the sauce for at least 15 minutes with it.",
        "Example: Fish should be fried at a temperature of at least 74\u00b0C.",
        "The 2-hour rule: Fresh food should not stand for more than 2 hours outside.",
    ],
)
def test_a_duty_that_is_clear_only_with_its_text_is_not_asked(said: str) -> None:
    assert not quiz(f"# The kitchen\n\n{said}").questions


def test_the_number_of_a_rule_is_no_title() -> None:
    said = "Park at least 12 metres away from a crossing on a busy road."
    (question,) = quiz(f"# Parking\n\n## Rule 24\n\n{said}").questions
    assert "Rule 24" not in question.stem


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


@pytest.mark.parametrize(
    "said",
    [
        "The southern deserts get less than 10 inches of rain per year.",
        "Supermajority voting rules require more than a majority to pass legislation.",
        "A membrane is nothing more than a thin layer of lipids that parts two fluids.",
    ],
)
def test_more_or_less_than_a_number_is_no_direction(said: str) -> None:
    assert not list(change_items(read_material(request(f"# Rules\n\n{said}"))))


def test_a_false_statement_is_explained_by_the_reason_that_follows() -> None:
    notes = request(
        "# Air\n\nEvaporation is faster on a windy day than on a calm day. This is because wind "
        "carries moist air away."
    )
    (item,) = change_items(read_material(notes))
    assert "slower" in item.stem
    assert item.explanation.endswith("This is because wind carries moist air away.")


@pytest.mark.parametrize(
    "statement",
    [
        "Members of a cooperative are more loyal to their shop than its nonmembers.",
        "Photosynthesis is more important to farmers than sunshine is.",
        "Bacteria cause larger outbreaks of botulism in tins than in other vessels.",
        "A big dog is heavier than a small cat of the same colour.",
    ],
)
def test_a_statement_that_nobody_would_believe_turned_round_is_not_changed(statement: str) -> None:
    assert not list(change_items(read_material(request(f"# Things\n\n{statement}"))))


@pytest.mark.parametrize(
    "statement",
    [
        # Turned round, each contradicts its own reason or result.
        "A bucket of firn is heavier than a bucket of fresh snow because of its density.",
        "A bucket of firn is heavier than a bucket of fresh snow, which makes it sink.",
        "Strong wind increases the transpiration of orchids due to the loss of moist air.",
        # Two claims, of which one word turns one.
        "Firn is heavier than fresh snow and it covers the valleys of the Alps.",
        "Firn is a dense material, supplying larger rivers of meltwater than fresh snow.",
        # Needs beside people.
        "The protein needs of orchids are lower than lichens in a valley.",
        "Firn supplies more than double the meltwater of fresh snow than lichens do.",
    ],
)
def test_a_statement_with_its_reason_or_two_claims_is_not_changed(statement: str) -> None:
    assert not list(change_items(read_material(request(f"# Ice\n\n{statement}"))))


def test_what_a_rule_works_on_ends_with_a_noun() -> None:
    """An area "on which it acts" is an area, and what ends with "on" is none."""
    said = (
        "Pressure is the force divided by the area on which the force is exerted, and it is felt."
    )
    (question,) = quiz(f"# Gases\n\n{said}").questions
    assert question.stem == "How is the pressure calculated?"
    assert question.choices[question.correct] == "force \u00f7 area"
    assert said in question.explanation
    cut = said.replace("area on which the force is exerted", "area it leans on")
    assert not quiz(f"# Gases\n\n{cut}").questions


@pytest.mark.parametrize(
    "said",
    [
        "The reputation is the product of a culture formed by people and of a great effort.",
        "The slope is the ratio of the vertical change divided by the horizontal change.",
    ],
)
def test_what_is_no_operation_between_two_quantities_is_no_rule(said: str) -> None:
    assert not quiz(f"# Lines\n\n{said}").questions


def test_a_statement_about_what_is_taught_is_changed() -> None:
    said = "A bucket of firn is heavier than a bucket of fresh snow."
    (item,) = change_items(read_material(request(f"# Ice\n\n{said}")))
    assert item.stem == said.replace("heavier", "lighter")
    assert item.twin
    assert item.twin.stem == said


OPPOSITES = (
    "A high porosity of clay is known, and a low permeability too. Some sand has a low porosity. "
    "Some sand has a high permeability. Veins have thinner walls. Capillaries have wider channels."
)


def test_a_contrast_of_two_respects_is_asked_with_four_pairs_of_words() -> None:
    said = "Arteries have thicker walls but narrower channels than veins."
    (item,) = [
        item for item in change_items(read_material(request(f"# Clay\n\n{OPPOSITES} {said}")))
        if item.kind is QuestionKind.CONTRAST
    ]  # fmt: skip
    assert item.choices == (
        "thicker \u2026 narrower", "thicker \u2026 wider",
        "thinner \u2026 narrower", "thinner \u2026 wider",
    )  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        "A negative cash flow occurs when cash received is less than cash disbursed.",
        "The higher the porosity of clay is, the lower its permeability.",
        "Clay with a high porosity has, as a rule, a low permeability, but it dries.",
    ],
)
def test_two_directions_that_turn_together_are_no_contrast(said: str) -> None:
    """With both words turned, the sentence is true as well."""
    found = change_items(read_material(request(f"# Clay\n\n{OPPOSITES} {said}")))
    assert not [item for item in found if item.kind is QuestionKind.CONTRAST]


def test_a_term_is_not_asked_if_its_everyday_sense_tells_it() -> None:
    """ "Source" is where anything begins; "confluence" is a word of the subject."""
    found = quiz(
        "# Water\n\n## Rivers\n\nThe source is the place where a river begins. A confluence is the "
        "place where two rivers meet. The mouth is the place where a river enters a lake. A ford "
        "is the place where people can cross a river on foot."
    )
    (question,) = of_kind(found, QuestionKind.DEFINITION)
    assert question.choices[question.correct] == "confluence"
    assert set(question.choices) == {"source", "confluence", "mouth", "ford"}


def test_terms_that_are_defined_one_behind_the_other_come_before_others_of_the_section() -> None:
    found = quiz(
        "# Rivers\n\n## Works\n\nA floodplain is a piece of flat land beside a river that floods. "
        "People build on it.\n\nA weir is a barrier across a river that raises it. A sluice is a "
        "gate that controls how much flows. A culvert is a pipe that leads a stream under a road. "
        "A spillway is a channel that leads water past a dam."
    )
    (question,) = of_kind(found, QuestionKind.DEFINITION)
    assert siblings(question) == {"weir", "sluice", "culvert", "spillway"}


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
    assert siblings(asked) == {"zenith", "horizon", "ecliptic"}


def test_a_kind_that_only_one_of_them_is_asks_for_the_description() -> None:
    found = quiz(
        "# Rivers\n\n## Forms\n\nA meander is a bend that a river makes in its own plain. A delta "
        "is a low land that a river builds at the sea. An estuary is a wide mouth that the tides "
        "reach. A levee is a raised bank that floods have left."
    )
    for question in of_kind(found, QuestionKind.DEFINITION):
        assert question.stem.startswith("Which description fits the term")
        assert "meander" not in question.choices


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


METHODS = """# Recovery under sail

## Figure-8 method

Advantages:

- Controlled approach
- Predictable pattern
- Easy to see the person

Disadvantages:

- Greater distance
- The person drifts farther
- Harder in heavy weather

{}

1. Heave to at once
2. Lower the sling
3. Drift down to the person
"""


def test_a_numbered_list_after_bullets_is_a_list_of_its_own() -> None:
    (asked,) = of_kind(quiz(METHODS.format("Procedure of heaving to:")), QuestionKind.LIST)
    assert asked.stem.startswith("Figure-8 method: which of these are ")
    assert "sling" not in asked.explanation
    assert "Harder in heavy weather" in asked.explanation


def test_lists_that_stand_twice_under_one_title_are_of_nobody_knows_what() -> None:
    again = "Advantages:\n\n- Very stable boat\n- Works with few hands\n- Time to prepare\n"
    assert not of_kind(quiz(METHODS.format(again)), QuestionKind.LIST)


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("Week 5 \u2014 Planning of flights", "Planning of flights"),
        ("A. Aircraft performance", "Aircraft performance"),
        ("B) Crew management", "Crew management"),
        ("Day 2: First aid", "First aid"),
        ("A cell at work", "A cell at work"),
        ("I and the others", "I and the others"),
    ],
)
def test_a_title_stands_without_its_number_or_letter(title: str, subject: str) -> None:
    assert subject_of([title]) == subject


@pytest.mark.parametrize(
    "rule",
    [
        "You must install new glazing points in the frame of the window (every 8 inches).",
        "You must warm the batteries to at least 60F before a flight in cold conditions.",
    ],
)
def test_a_number_by_the_way_or_without_its_sign_is_no_limit_to_ask(rule: str) -> None:
    assert not quiz(f"# Windows and batteries\n\n{rule}").questions
    plain = rule.replace(" (every 8 inches)", " at least every 8 inches").replace("60F", "60 °F")
    assert quiz(f"# Windows and batteries\n\n{plain}").questions


def test_a_cell_in_quotes_is_quoted_once() -> None:
    table = """# Attitudes

| Hazardous attitude | Antidote |
| --- | --- |
| Resignation | "A pilot can make a difference" |
| Impulsivity | "Think first and then act" |
| Machismo | "Taking chances is foolish" |
| Invulnerability | "It could happen to anybody" |
"""
    stems = [question.stem for question in quiz(table).questions]
    assert stems
    assert not any('\u201c"' in stem for stem in stems)


def test_what_another_quiz_asks_of_a_sentence_is_not_asked_in_another_form() -> None:
    asked = request(text("biology"))
    first = write_quiz(asked).questions
    others = tuple(AskedQuestion("Other words?", None, one.quote) for one in first)
    again = write_quiz(replace(asked, asked=others)).questions
    assert not {one.quote for one in first} & {one.quote for one in again}
