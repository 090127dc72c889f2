"""Numbers, units and dates in values that can be compared."""

from __future__ import annotations

import pytest

from engine.language.quantities import COUNT, PART, PERCENT, YEAR, dates, quantities, spelt_units


@pytest.mark.parametrize(
    ("text", "language", "value", "dimension", "amount"),
    [
        ("It weighs 0.36 kg.", "en", 0.36, "mass", 360.0),
        ("It weighs half a milligram.", "en", 0.5, "mass", 0.0005),
        ("A lake of 68 000 km\u00b2.", "en", 68_000, "area", 6.8e10),
        ("A lake of 6.8 million hectares.", "en", 6_800_000, "area", 6.8e10),
        ("It costs 1,250.5 crowns.", "en", 1250.5, COUNT, 1250.5),
        ("Das sind 1.250,5 Meter.", "de", 1250.5, "length", 1250.5),
        ("It runs at 54 km/h.", "en", 54, "speed", 15.0),
        ("It runs at 15 metres per second.", "en", 15, "speed", 15.0),
        ("About 90 % of it.", "en", 90, PERCENT, 90),
        ("About 90 per cent of it.", "en", 90, PERCENT, 90),
        ("About a tenth of it.", "en", 0.1, PART, 0.1),
        ("In 1987 it split.", "en", 1987, YEAR, 1987),
        ("It lays 2000 eggs.", "en", 2000, COUNT, 2000),
        ("From the 1960s on.", "en", 1960, YEAR, 1960),
        ("Within six weeks.", "en", 6, "time", 6 * 604_800),
        ("A nine-year-old child.", "en", 9, "time", 9 * 31_557_600),
        ("The value is -0.4 here.", "en", -0.4, COUNT, -0.4),
        ("Das dauert zwölf Tage.", "de", 12, "time", 12 * 86_400),
        ("वर्षा लगभग 87 सेंटीमीटर है।", "hi", 87, "length", 0.87),
        ("लगभग 75 प्रतिशत", "hi", 75, PERCENT, 75),
    ],
)
def test_numbers_have_value_and_unit(
    text: str, language: str, value: float, dimension: str, amount: float
) -> None:
    (one,) = quantities(text, language)
    assert one.value == pytest.approx(value)
    assert one.dimension == dimension
    assert one.amount == pytest.approx(amount, rel=1e-6)


@pytest.mark.parametrize("text", ["3. Open the valve.", "H2O and CO2", "the factor 6x^2", "rule 2"])
def test_what_is_no_amount_is_left_out(text: str) -> None:
    assert quantities(text, "en") == []


def test_dates_are_no_numbers_and_may_lack_parts() -> None:
    text = "On 4 February 1794, in August 1791 and on March 3rd."
    assert quantities(text, "en") == []
    found = [(one.day, one.month, one.year) for one in dates(text, "en")]
    assert found == [(4, 2, 1794), (0, 8, 1791), (3, 3, 0)]
    assert dates("You may march on.", "en") == []


def test_a_date_agrees_with_one_that_says_more() -> None:
    (less,), (more,) = dates("In August 1793.", "en"), dates("On 29 August 1793.", "en")
    assert less.agrees_with(more)
    assert not more.agrees_with(less)


def test_units_are_found_without_a_number() -> None:
    assert spelt_units("It is given in milligrams.") == [("milligrams", "mass", 0.001)]
    assert spelt_units("in kilometres per hour")[0][1] == "speed"
