"""Numbers, units and dates of a text, in values that can be compared.

A unit is known by its dimension and its size in the dimension's base unit, so that 0.36 kg and
360 g are the same amount. English, German and Hindi unit names are known, and the symbols.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from engine.language.words import base_language

YEAR = "a year of the calendar"
COUNT = ""
PERCENT = "%"
PART = "part"
_FIRST_YEAR, _LAST_YEAR = 1000, 2100


@dataclass(frozen=True, slots=True)
class Quantity:
    """`value` in the unit as written; `size` times it is the amount in base units.

    `dimension` is COUNT without a unit and YEAR for what looks like a year.
    """

    text: str
    value: float
    dimension: str
    unit: str
    size: float
    start: int
    end: int

    @property
    def amount(self) -> float:
        return self.value * self.size


@dataclass(frozen=True, slots=True)
class Date:
    """A day, month and year, of which some may be unknown (0)."""

    text: str
    day: int
    month: int
    year: int
    start: int
    end: int

    def agrees_with(self, other: Date) -> bool:
        """Whether all that this date says, the other says too."""
        return all(
            mine in (0, its)
            for mine, its in (
                (self.day, other.day),
                (self.month, other.month),
                (self.year, other.year),
            )
        )


# dimension: (size in base units, names) ...
_UNITS_TEXT = """
length 1 m metre metres meter meters मीटर
length 1000 km kilometre kilometres kilometer kilometers किलोमीटर
length 0.01 cm centimetre centimetres centimeter centimeters zentimeter सेंटीमीटर सेमी
length 0.001 mm millimetre millimetres millimeter millimeters मिलीमीटर मिमी
length 0.000001 µm μm micrometre micrometres micrometer micrometers mikrometer
length 0.000000001 nm nanometre nanometres nanometer nanometers
length 0.0254 inch inches
length 0.3048 ft foot feet
length 1609.344 mile miles
mass 1 g gram grams gramme grammes gramm ग्राम
mass 1000 kg kilogram kilograms kilogramme kilogrammes kilogramm किलोग्राम किग्रा
mass 0.001 mg milligram milligrams milligramm मिलीग्राम
mass 0.000001 µg μg mcg microgram micrograms mikrogramm
mass 1000000 t tonne tonnes tonnen टन
mass 453.592 lb lbs pound pounds
time 1 s sec second seconds sekunde sekunden सेकंड
time 0.001 ms millisecond milliseconds millisekunde millisekunden
time 60 min minute minutes minuten मिनट
time 3600 h hr hrs hour hours stunde stunden घंटा घंटे घंटों
time 86400 d day days tag tage tagen दिन दिनों
time 604800 week weeks woche wochen सप्ताह हफ़्ते
time 2629800 month months monat monate monaten महीना महीने महीनों
time 31557600 yr year years jahr jahre jahren वर्ष वर्षों साल
time 315576000 decade decades jahrzehnt jahrzehnte दशक
time 3155760000 century centuries jahrhundert jahrhunderte शताब्दी
volume 1 l litre litres liter liters लीटर
volume 0.001 ml millilitre millilitres milliliter milliliters मिलीलीटर
volume 0.01 cl centilitre centilitres
volume 1000 m³ m^3
volume 0.001 cm³ cm^3
area 1 m² m^2 quadratmeter
area 1000000 km² km^2 quadratkilometer
area 0.0001 cm² cm^2
area 10000 ha hectare hectares hektar हेक्टेयर
energy 1 j joule joules जूल
energy 1000 kj kilojoule kilojoules
energy 1000000 mj megajoule megajoules
energy 3600000 kwh
energy 4.184 cal calorie calories
energy 4184 kcal kilocalorie kilocalories
force 1 n newton newtons
force 1000 kn kilonewton kilonewtons
power 1 w watt watts
power 1000 kw kilowatt kilowatts
power 1000000 mw megawatt megawatts
pressure 1 pa pascal pascals
pressure 100 hpa hectopascal hectopascals
pressure 1000 kpa kilopascal kilopascals
pressure 100000 bar
voltage 1 v volt volts
voltage 1000 kv kilovolt kilovolts
voltage 0.001 mv millivolt millivolts
current 1 A a ampere amperes amp amps
current 0.001 ma milliampere milliamperes milliamps
frequency 1 hz hertz
frequency 1000 khz kilohertz
frequency 1000000 mhz megahertz
frequency 1000000000 ghz gigahertz
data 1 byte bytes
data 1000 kb kilobyte kilobytes
data 1000000 mb megabyte megabytes
data 1000000000 gb gigabyte gigabytes
data 1000000000000 tb terabyte terabytes
temperature 1 °c celsius
fahrenheit 1 °f fahrenheit
speed 1 m/s mps
speed 0.277777778 km/h kmh kph
speed 0.44704 mph
% 1 % percent prozent प्रतिशत फ़ीसदी फीसदी
"""


def _units() -> dict[str, tuple[str, float]]:
    found: dict[str, tuple[str, float]] = {}
    for line in _UNITS_TEXT.strip().splitlines():
        dimension, size, *names = line.split()
        found |= {name: (dimension, float(size)) for name in names}
    return found


UNITS = _units()
_SPEEDS = {"second": 1.0, "sekunde": 1.0, "hour": 3600.0, "stunde": 3600.0, "minute": 60.0}
_PER = re.compile(r"\s+(?:per|pro|an|each)\s+(\w+)")
# Symbols that are also words, or letters of a formula, are units behind a number only.
_SPELT = frozenset(name for name in UNITS if len(name) > 3 and name.isalpha())  # noqa: PLR2004

_MONTHS_TEXT = """
january jan januar जनवरी
february feb februar फ़रवरी फरवरी
march mar märz मार्च
april apr अप्रैल
may mai मई
june jun juni जून
july jul juli जुलाई
august aug अगस्त
september sep sept सितंबर सितम्बर
october oct oktober अक्टूबर अक्तूबर
november nov नवंबर नवम्बर
december dec dezember दिसंबर दिसम्बर
"""
MONTHS = {
    name: number
    for number, line in enumerate(_MONTHS_TEXT.strip().splitlines(), start=1)
    for name in line.split()
}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DATES = (
    re.compile(
        rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?)?({_MONTH})\b\.?(?:,?\s+(\d{{4}})\b)?",
        re.I,
    ),
    re.compile(rf"\b({_MONTH})\s+(\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(\d{{4}})\b)?", re.I),
)
_WORDS_TEXT = {
    "en": "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn "
    "sechzehn siebzehn achtzehn neunzehn zwanzig",
    "hi": "दो तीन चार पाँच छह सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस बीस",
}
_TENS = {
    "en": "thirty forty fifty sixty seventy eighty ninety",
    "de": "dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
}
_SCALES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "millionen": 1e6,
    "milliarden": 1e9,
    "tausend": 1e3,
    "हज़ार": 1e3,
    "लाख": 1e5,
    "करोड़": 1e7,
}
# Parts of a whole; "second" is a unit of time as often.
_PARTS = {
    "half": 1 / 2,
    "quarter": 1 / 4,
    "tenth": 1 / 10,
    "hälfte": 1 / 2,
    "viertel": 1 / 4,
    "drittel": 1 / 3,
    "zehntel": 1 / 10,
    "आधा": 1 / 2,
    "आधी": 1 / 2,
    "एक-चौथाई": 1 / 4,
    "एक-तिहाई": 1 / 3,
}
# From the first digit only, and never within a word such as "H2O" or "x2".
_NUMBER = re.compile(
    r"(?<![\w.,^])([-\u2212\u2013]?)(\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)(?:[.,]\d+)?"
    r"|\d+(?:[.,]\d+)*)(?!\d)"
)
# "6x", "4ac", "3^2": a number that is a factor or a base.
_IN_FORMULA = re.compile(r"[a-zA-Z](?:c|\^|(?=[\s,.)=]|$))(?<![mgshJNWVALtdK])|\^")
_BEFORE_NUMBERS_OF_PARTS = re.compile(r"(?:rule|step|figure|table|chapter|section|page)\s+$", re.I)
# Vowel signs of Indian scripts are no letters to `re`.
_LETTERS = r"[^\W\d_](?:[^\W\d_]|[\u0900-\u0d7f])*"
_BEFORE_A_YEAR = re.compile(
    r"(?:\b(?:in|of|since|from|by|until|till|before|after|between|and|to|around|about|early|late|"
    r"year|im|jahr|seit|bis|ab|um|von|nach|vor|en|depuis|desde)|\bthe|[(,;\u2013-]|सन्?)\s*$",
    re.I,
)
_UNIT = re.compile(rf"[ \u00a0\u202f-]?(%|°[CF]\b|{_LETTERS}(?:/{_LETTERS})?(?:[²³]|\^[23])?)")
_WORD = re.compile(rf"{_LETTERS}(?:-{_LETTERS})*")


@lru_cache
def _number_words(language: str) -> dict[str, float]:
    base = base_language(language)
    words = {
        word: float(number)
        for number, word in enumerate(_WORDS_TEXT.get(base, "").split(), start=2)
    }
    tens = {word: 10.0 * number for number, word in enumerate(_TENS.get(base, "").split(), start=3)}
    joined = {
        f"{ten}-{unit}": value + extra
        for ten, value in ({"twenty": 20.0} | tens).items()
        for unit, extra in {**words, "one": 1.0}.items()
        if extra < 10  # noqa: PLR2004
    }
    return words | tens | joined


def number_value(digits: str, language: str) -> float:
    """Returns the value of "68 000", "1,000.5" or, in German and other languages, "1.000,5"."""
    plain = "".join(
        str(unicodedata.digit(char)) if char.isdigit() else char
        for char in digits
        if char not in " \u00a0\u202f"
    )
    comma_is_point = base_language(language) not in ("en", "hi")
    if comma_is_point:
        plain = plain.replace(",", "\0").replace(".", ",").replace("\0", ".")
    plain = re.sub(r",(?=\d{3}(?!\d))", "", plain).replace(",", ".")
    head, *rest = plain.split(".")
    try:
        return float(f"{head}.{''.join(rest)}" if rest else head)
    except ValueError:
        return float("nan")


def quantities(text: str, language: str) -> list[Quantity]:
    """Returns the numbers of a text with their units, dates left out, in reading order."""
    taken = [(one.start, one.end) for one in dates(text, language)]
    found = [*_in_digits(text, language, taken), *_in_words(text, language)]
    return sorted(found, key=lambda one: one.start)


def _in_digits(text: str, language: str, taken: list[tuple[int, int]]) -> list[Quantity]:
    found = []
    for match in _NUMBER.finditer(text):
        # The number of a list item: "3. Open the valve".
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        opens_item = not before.strip() and text[match.end() : match.end() + 2] in (". ", ") ")
        if opens_item or _IN_FORMULA.match(text, match.end()):
            continue
        if any(start <= match.start(2) < end for start, end in taken):
            continue
        if _BEFORE_NUMBERS_OF_PARTS.search(text, max(match.start() - 12, 0), match.start()):
            continue
        value = number_value(match[2], language)
        if match[1] and (match.start() == 0 or text[match.start() - 1] in " (=|"):
            value = -value
        found.append(_with_unit(text, value, match.start(2), match.end(), match[2]))
    return found


def _with_unit(text: str, value: float, start: int, end: int, digits: str) -> Quantity:
    scale = _WORD.match(text, end + 1) if text[end : end + 1] in ("-", " ", "\u00a0") else None
    if scale and scale[0].casefold() in _SCALES:
        value, end = value * _SCALES[scale[0].casefold()], scale.end()
    name, dimension, size, stop = _unit_at(text, end)
    if not dimension and len(digits) == 4 and _FIRST_YEAR <= value <= _LAST_YEAR:  # noqa: PLR2004
        before = _BEFORE_A_YEAR.search(text, max(start - 12, 0), start)
        dimension = YEAR if before and digits.isdigit() else COUNT
    return Quantity(text[start:stop], value, dimension, name, size, start, stop)


def _unit_at(text: str, position: int) -> tuple[str, str, float, int]:
    """Returns the unit behind a number: its name, dimension, size and end."""
    match = _UNIT.match(text, position)
    if text[position : position + 10].casefold().startswith((" per cent", "-per-cent")):
        return "per cent", PERCENT, 1.0, position + 9
    if not match:
        return "", COUNT, 1.0, position
    name = match[1].casefold()
    known = UNITS.get(name)
    # "1960s" is no time, "2a" no current.
    attached = text[position : position + 1] == match[1][0]
    if known is None or (attached and match[1] in ("s", "a")) or match[1] == "a":
        return "", COUNT, 1.0, position
    dimension, size = known
    per = _PER.match(text, match.end())
    if per and dimension == "length" and per[1].casefold() in _SPEEDS:
        return f"{name} per {per[1]}", "speed", size / _SPEEDS[per[1].casefold()], per.end()
    return name, dimension, size, match.end()


def _in_words(text: str, language: str) -> list[Quantity]:
    known = _number_words(language)
    found = []
    for match in _WORD.finditer(text):
        word = match[0].casefold()
        if word in ("one", "ein", "eine", "einer", "einem", "einen", "a", "an"):
            one = _with_unit(text, 1.0, match.start(), match.end(), "")
            if one.dimension and word == "one":
                found.append(one)
            continue
        if word in known:
            found.append(_with_unit(text, known[word], match.start(), match.end(), ""))
            continue
        counted, dash, unit = word.partition("-")
        if dash and counted in known and unit.split("-")[0] in UNITS:
            end = match.start() + len(counted)
            found.append(_with_unit(text, known[counted], match.start(), end, ""))
        elif word in _PARTS:
            found.append(_part(text, match, _PARTS[word]))
    return found


def _part(text: str, match: re.Match[str], share: float) -> Quantity:
    """Returns "half" as a share, and "half a milligram" as 0.5 milligrams."""
    article = re.compile(r"\s+(?:an?|of an?)\s+", re.I).match(text, match.end())
    if article:
        name, dimension, size, end = _unit_at(text, article.end() - 1)
        if dimension:
            return Quantity(
                text[match.start() : end], share, dimension, name, size, match.start(), end
            )
    return Quantity(match[0], share, PART, match[0], 1.0, match.start(), match.end())


def dates(text: str, language: str) -> list[Date]:
    """Returns the dates that name a month; "may" alone is a verb in English."""
    found: list[Date] = []
    for number, pattern in enumerate(_DATES):
        for match in pattern.finditer(text):
            day, month = (match[1], match[2]) if number == 0 else (match[2], match[1])
            alone = not day and not match[3]
            if base_language(language) == "en" and not month[:1].isupper():
                continue
            if alone and month.casefold() in ("may", "march", "mar", "dec", "sep", "jan", "mai"):
                continue
            if any(one.start < match.end() and match.start() < one.end for one in found):
                continue
            date = (int(day or 0), MONTHS[month.casefold()], int(match[3] or 0))
            found.append(Date(match[0], *date, match.start(), match.end()))
    return sorted(found, key=lambda one: one.start)


def spelt_units(text: str) -> list[tuple[str, str, float]]:
    """Returns the units that a text spells out, with dimension and size, behind numbers or not."""
    found = []
    for match in _WORD.finditer(text):
        name = match[0].casefold()
        if name not in _SPELT:
            continue
        dimension, size = UNITS[name]
        per = _PER.match(text, match.end())
        if per and dimension == "length" and per[1].casefold() in _SPEEDS:
            dimension, size = "speed", size / _SPEEDS[per[1].casefold()]
            name = f"{name} per {per[1]}"
        found.append((name, dimension, size))
    return found
