"""Support scores tell a statement of the passage from one of another, and translations apart."""

from __future__ import annotations

import pytest

from engine.lessons.schemas import WEAK_SUPPORT
from engine.lessons.support import Source

WATER = """\
Evaporation is the change of liquid water into water vapour. Heat from the Sun drives it. About \
86 per cent of global evaporation takes place over the oceans. Condensation is the change of \
water vapour into liquid water. Warm moist air rises and cools until droplets form on particles \
of dust. Rivers wear away rock and carry sediment to the sea, where it settles as a delta."""


@pytest.fixture(scope="module")
def source() -> Source:
    return Source([WATER], "en")


@pytest.mark.parametrize(
    "statement",
    [
        "Evaporation is the change of liquid water into water vapour.",
        "The heat of the Sun drives evaporation.",
        "Droplets form on dust particles when rising warm air cools.",
        "Sediment that rivers carry to the sea settles as a delta.",
        "Some 86 per cent of evaporation happens over the oceans.",
    ],
)
def test_what_the_source_says_is_strong(source: Source, statement: str) -> None:
    assert source.support(statement, "en") >= WEAK_SUPPORT


@pytest.mark.parametrize(
    "statement",
    [
        "The French Revolution began with the storming of the Bastille.",
        "Plants turn carbon dioxide and light into sugar.",
        "Interest is paid on the principal every year.",
        "About 95 per cent of global evaporation takes place over the oceans in winter 1998.",
    ],
)
def test_what_it_does_not_say_is_weak(source: Source, statement: str) -> None:
    assert source.support(statement, "en") < WEAK_SUPPORT


def test_a_number_that_is_not_there_halves_the_score(source: Source) -> None:
    right = source.support("About 86 per cent of evaporation takes place over the oceans.", "en")
    wrong = source.support("About 68 per cent of evaporation takes place over the oceans.", "en")
    assert wrong <= right / 2


def test_nothing_supports_nothing() -> None:
    assert Source([], "en").support("Water is wet.", "en") == 0.0
    assert Source([], "en").best_sentence("Water is wet.") == ""


def test_numbers_and_names_of_a_translation_are_compared(source: Source) -> None:
    hindi = "महासागरों पर लगभग 86 प्रतिशत वाष्पीकरण होता है।"
    assert source.support(hindi, "hi") == 1.0
    assert source.support(hindi.replace("86", "99"), "hi") == 0.0
    assert source.support("Sun की गर्मी से पानी भाप बनता है।", "hi") == 1.0
    assert source.support("Moon की गर्मी से पानी भाप बनता है।", "hi") == 0.0


def test_the_nearest_sentence_is_found(source: Source) -> None:
    assert source.best_sentence("Deltas are made of what rivers carry.").startswith("Rivers wear")
