"""What the rules say of sentences that a passage states, implies, lacks or contradicts."""

from __future__ import annotations

import pytest

from engine.lessons.claims.check import DOUBTED, Check, Checker
from engine.lessons.schemas import Verdict

BEES = """\
A honeybee colony has one queen, some drones and up to 60 000 workers. The queen lays about 2000 \
eggs a day in early summer. Workers feed the larvae for 6 days, then they close the cell with wax, \
and 12 days later the young bee opens the lid. Some old workers guard the entrance; they do not \
sting members of their own colony. In winter the bees stay in the hive, because the air outside is \
too cold. A hive of 25 kg of honey usually lasts until March. In May 1851 Lorenzo Langstroth built \
a hive with frames that can be lifted out. The frames are 9 mm apart, and the outer wall of the \
hive is thicker than the inner wall. Owners may feed sugar in autumn.

| Month | Eggs a day | Honey (kg) |
|---|---|---|
| April | 800 | 4 |
| May | 1500 | 11 |
| June | 2000 | 23 |
"""
GERMAN = (
    "Die Königin legt im Juni 2000 Eier. Die Arbeiterinnen verlassen im Winter den Stock nicht."
)
HINDI = "रानी एक दिन में 2000 अंडे देती है। शहद का 80 प्रतिशत भाग शर्करा है।"


def checked(sentence: str, passage: str = BEES, language: str = "en") -> Check:
    (check,) = Checker([passage], language).check([sentence])
    return check


@pytest.mark.parametrize(
    "sentence",
    [
        "The queen lays about 2000 eggs a day in early summer.",
        "they do not sting members of their own colony",
    ],
)
def test_the_words_of_the_source_are_stated(sentence: str) -> None:
    assert checked(sentence).verdict is Verdict.STATED


@pytest.mark.parametrize(
    "sentence",
    [
        "The frames stand 0.9 cm apart.",
        "From the feeding on, 18 days pass until the young bee opens the lid.",
        "The hive holds 25 000 g of honey.",
        "In May and June together, the queen lays 3500 eggs a day.",
    ],
)
def test_what_follows_by_arithmetic_is_not_doubted(sentence: str) -> None:
    assert checked(sentence).doubt < DOUBTED


def test_a_derived_number_says_how_it_follows() -> None:
    check = checked("The bee opens the lid 18 days after the feeding began.")
    assert check.verdict is Verdict.DERIVED
    assert "6 days + 12 days" in check.reason


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Workers feed the larvae for 8 days.", "8 days"),
        ("Workers feed the larvae for 6 weeks.", "6 weeks"),
        ("The frames are 9 cm apart.", "9 mm"),
        ("The spaces between the frames are measured in centimetres.", "mm"),
        ("In May 1861 Lorenzo Langstroth built a hive with frames.", "May 1851"),
        ("All old workers guard the entrance.", "some"),
        ("Owners must feed sugar in autumn.", "may"),
        ("Old workers sting members of their own colony.", "affirms"),
        ("Workers do not feed the larvae for 6 days.", "denies"),
        ("The outer wall of the hive is thinner than the inner wall.", "thicker"),
        ("The inner wall of the hive is thicker than the outer wall.", "other way round"),
        ("The young bee opens the lid before the workers close the cell with wax.", "other order"),
        ("The air outside is too cold because the bees stay in the hive in winter.", "Cause"),
        ("In April the queen lays 1500 eggs a day.", "another row"),
        ("In April the bees gave 800 kg of honey.", "Eggs a day"),
        ("It was the queen that fed the larvae for 6 days.", "Workers"),
        ("Two hives of 25 kg hold 2 x 25 = 60 kg.", "not right"),
    ],
)
def test_contradictions_are_doubted_with_a_reason(sentence: str, reason: str) -> None:
    check = checked(sentence)
    assert check.verdict is Verdict.CONTRADICTED, check
    assert check.doubt >= DOUBTED
    assert any(reason in finding.reason for finding in check.findings), check.findings


@pytest.mark.parametrize(
    "sentence",
    [
        "The Varroa mite came to Europe in 1977.",
        "Karl von Frisch described the dance of the bees.",
        "Pesticides, fungi and parasites harm the antennae of bumblebees.",
    ],
)
def test_what_the_source_does_not_speak_of_is_not_in_it(sentence: str) -> None:
    check = checked(sentence)
    assert check.verdict is Verdict.NOT_IN_SOURCE
    assert check.doubt >= DOUBTED


@pytest.mark.parametrize(
    "sentence",
    [
        "The larvae are fed by workers for 6 days.",
        "It is too cold outside in winter, so the bees do not leave the hive.",
        "No worker that guards the entrance stings its own colony.",
        "The inner wall of the hive is thinner than the outer one.",
        "First the workers feed the larvae, and then they close the cell.",
        "Sugar may be fed by the owners in autumn.",
        "June brought more honey than May.",
    ],
)
def test_other_words_for_the_same_are_not_doubted(sentence: str) -> None:
    check = checked(sentence)
    assert check.doubt < DOUBTED, check.findings
    assert check.verdict in (Verdict.NOT_CHECKED, Verdict.DERIVED)


def test_numbers_of_an_example_may_be_used_after_it() -> None:
    first, second = Checker([BEES], "en").check(
        ["Suppose a colony has 340 drones.", "Of these 340 drones none stings."]
    )
    assert first.doubt < DOUBTED
    assert not any("340" in finding.reason for finding in second.findings)


@pytest.mark.parametrize(
    ("sentence", "passage", "language"),
    [
        ("Die Königin legt im Juni 3000 Eier.", GERMAN, "de"),
        ("Im Winter verlassen die Arbeiterinnen den Stock.", GERMAN, "de"),
        ("Alle 5000 Arbeiterinnen verlassen den Stock.", GERMAN, "de"),
        ("रानी एक दिन में 3000 अंडे देती है।", HINDI, "hi"),
        ("शहद का 60 प्रतिशत भाग शर्करा है।", HINDI, "hi"),
    ],
)
def test_numbers_and_negations_are_checked_in_other_languages(
    sentence: str, passage: str, language: str
) -> None:
    assert checked(sentence, passage, language).doubt >= DOUBTED


def test_a_part_of_a_sentence_that_denies_it_is_no_quotation() -> None:
    check = checked("Die Arbeiterinnen verlassen im Winter den Stock.", GERMAN, "de")
    assert check.verdict is not Verdict.STATED


def test_without_a_passage_nothing_is_in_the_source() -> None:
    check = checked("Bees fly.", passage="")
    assert (check.verdict, check.doubt) == (Verdict.NOT_IN_SOURCE, 1.0)
