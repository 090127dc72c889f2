"""Numbers, units and dates of a sentence against its source, with ordinary arithmetic."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations

from engine.language.quantities import COUNT, PART, PERCENT, YEAR, Date, Quantity
from engine.lessons.claims.calculations import calculations
from engine.lessons.claims.reading import Sentence
from engine.lessons.claims.source import Comparison, Finding, contradiction, missing
from engine.lessons.schemas import Verdict

_EXACT, _ROUGH = 0.006, 0.12
_ABOUT = re.compile(
    r"\b(?:about|around|roughly|nearly|almost|approximately|some|over|under|more than|less than|"
    r"at least|at most|up to|ca\.|etwa|rund|ungefähr|knapp|fast|mehr als)\b|लगभग|करीब|क़रीब",
    re.IGNORECASE,
)
# An example of the writer's own: its numbers are premises, not facts of the source.
_EXAMPLE = re.compile(
    r"\b(?:if|suppose|imagine|assume|for example|for instance|whose|would|let|given|in the "
    r"example|wenn|falls|angenommen|zum beispiel)\b|year-old|^(?:an?|for an?)\s|यदि|अगर",
    re.IGNORECASE,
)
_EQUATION = re.compile(r"[a-z]\^?\d?\s*[-+]\s*\d*[a-z]|[a-z]\^2|=\s*0\b")
_LIMITS = re.compile(
    r"\b(or more|or less|at least|at most|up to|over|under|above|below|between|less than|more than|"
    r"mindestens|höchstens|bis zu|über|unter)\b|से अधिक|से कम",
    re.IGNORECASE,
)
_BEFORE, _BEHIND = 14, 9
_COUNTED_OUT = 12
_SAME_WORDS = 0.55
_UNLESS_RIVAL = (COUNT, YEAR, PART)


def number_findings(look: Comparison) -> Iterator[Finding]:
    wrong, right = calculations(look.claim)
    yield from wrong
    ratios = _ratios(look.source.sentences)
    for one in look.claim.quantities:
        tolerance = _ROUGH if _is_rough(one, look) else 0.0
        if any(_near(abs(one.value), told, tolerance) for told in right | look.told):
            continue
        if _in_proportion(one, look.claim, ratios):
            continue
        finding = _of_quantity(one, look)
        if finding is not None:
            yield finding
    for date in look.claim.dates:
        yield from _of_date(date, look)
    yield from _unit_names(look)


def _of_quantity(one: Quantity, look: Comparison) -> Finding | None:
    """Returns what is to be said of a number; nothing if the source has it."""
    text = f"\u201c{one.text}\u201d"
    others = set(map(id, look.other_rows))
    known = [q for s in look.source.sentences if id(s) not in others for q in s.quantities]
    if any(_same(one, other, rough=_is_rough(one, look)) for other in known):
        return None
    confused = _other_unit(one, look)
    if confused:
        return contradiction("unit", 0.9, f"The source says \u201c{confused}\u201d, not {text}.")
    how = _derived(one, known, look) or _between_dates(one, look)
    if how:
        return Finding("derived", Verdict.DERIVED, 0.0, f"{text} follows: {how}.")
    return _unknown(one, text, look)


def _unknown(one: Quantity, text: str, look: Comparison) -> Finding:
    is_example = bool(_EXAMPLE.search(look.claim.text) or _EQUATION.search(look.claim.text))
    counts = one.dimension in (COUNT, PART) and one.text.isalpha()
    if counts and (is_example or abs(one.value) <= _COUNTED_OUT):
        return missing("count", 0.12, f"{text} is not in the source.")
    # The number of the nearest sentence that the claim has another one for.
    mine = {other.amount for other in look.claim.quantities}
    rival = next(
        (
            other
            for other in look.nearest[0].quantities
            if other.dimension == one.dimension != COUNT and other.amount not in mine
        ),
        None,
    )
    # The source's number may be a limit and the claim's a case: "80 cm or more", 95 cm.
    limit = _limit(look.nearest[0], rival) if rival is not None else None
    beyond_limit = bool(limit) and limit != _limit(look.claim, one)
    close = look.share_of_claim(look.nearest[0]) >= _SAME_WORDS
    if beyond_limit or (is_example and not (rival and close)):
        return Finding("example", Verdict.NOT_CHECKED, 0.15, f"{text} belongs to an example.")
    if rival is not None:
        reason = f"The source says \u201c{rival.text}\u201d, not {text}."
        return contradiction("number", 0.85, reason)
    reason = f"{text} is not in the source and does not follow from its numbers."
    return missing("new number", 0.35 if one.text[:1].isalpha() else 0.7, reason)


def _is_rough(one: Quantity, look: Comparison) -> bool:
    return bool(_ABOUT.search(look.claim.text, max(one.start - _BEFORE, 0), one.start))


def _same(one: Quantity, other: Quantity, *, rough: bool) -> bool:
    if one.dimension == other.dimension:
        if one.dimension == YEAR:
            return one.value == other.value
        return _near(abs(one.amount), abs(other.amount), _ROUGH if rough else _EXACT)
    if {one.dimension, other.dimension} == {COUNT, YEAR}:
        return one.value == other.value
    # "900" of "900 crowns"; a bare number of the source proves nothing about metres.
    bare = one.dimension == COUNT and other.dimension != PART
    return bare and _near(abs(one.value), abs(other.value), _EXACT)


def _near(a: float, b: float, tolerance: float) -> bool:
    return abs(a - b) <= tolerance * max(abs(a), abs(b)) + 1e-12


def _other_unit(one: Quantity, look: Comparison) -> str:
    """Returns the source's words for the same number of another unit."""
    return next(
        (
            other.text
            for sentence in look.source.sentences
            for other in sentence.quantities
            if other.dimension == one.dimension not in _UNLESS_RIVAL
            and other.value == one.value
            and other.size != one.size
        ),
        "",
    )


def _limit(sentence: Sentence, one: Quantity) -> str:
    before = _LIMITS.search(sentence.text, max(one.start - _BEFORE, 0), one.start)
    found = before or _LIMITS.search(sentence.text, one.end, one.end + _BEHIND)
    return found[0].casefold() if found else ""


# --- what follows by arithmetic --------------------------------------------------------------

_PRODUCTS = {
    frozenset({"speed", "time"}): "length",
    frozenset({"force", "length"}): "energy",
    frozenset({"power", "time"}): "energy",
    frozenset({"voltage", "current"}): "power",
}
_TWICE = re.compile(
    r"\b(?:two|twice|doubl\w*|both|second|total|altogether|zwei\w*|doppelt\w*|beide)\b|दो", re.I
)
_TOGETHER = re.compile(
    r"\b(?:together|altogether|in all|total|sum|difference|more|fewer|less|left|zusammen|insgesamt|"
    r"mehr|weniger)\b|कुल",
    re.I,
)
_MAX_NUMBERS = 60
_YEAR_SECONDS, _DAY_SECONDS, _YEAR_DAYS = 31_557_600.0, 86_400.0, 365.25
_SOME_DAYS = 31.0


@lru_cache(maxsize=4)
def _ratios(sentences: tuple[Sentence, ...]) -> tuple[float, ...]:
    """Returns the ratios of amounts of one kind that stand in one sentence."""
    return tuple(
        a.amount / b.amount
        for sentence in sentences
        for a, b in combinations(sentence.quantities, 2)
        if a.dimension == b.dimension not in _UNLESS_RIVAL and a.amount and b.amount
        if a.amount != b.amount
    )


def _in_proportion(one: Quantity, claim: Sentence, ratios: Sequence[float]) -> bool:
    """Whether it stands to another number of the claim as two of the source: 0.36 kg in 1 kg."""
    others = (
        other
        for other in claim.quantities
        if other is not one and other.dimension == one.dimension != COUNT
    )
    return any(
        _near(a, ratio * b, _EXACT)
        for other in others
        for a, b in ((one.amount, other.amount), (other.amount, one.amount))
        for ratio in ratios
    )


def _derived(one: Quantity, known: Sequence[Quantity], look: Comparison) -> str:
    """Returns how a number follows from those of the source, "" if no simple way is found."""
    pool = list({(other.dimension, other.amount): other for other in known}.values())
    pool = pool[:_MAX_NUMBERS]
    tolerance = _ROUGH if _is_rough(one, look) else _EXACT
    if one.dimension == PERCENT:
        for other in pool:
            if other.dimension == PERCENT and _near(100 - other.value, one.value, _EXACT):
                return f"100 % \u2212 {other.text}"
    counts = bool(_TOGETHER.search(look.claim.text))
    for a, b in combinations(pool, 2):
        shown = _from_two(one, a, b, tolerance, counts=counts)
        if shown:
            return shown
    if one.dimension == PART:
        return _part_of_whole(one, pool, max(tolerance, 0.02))
    if _TWICE.search(look.claim.text) and one.dimension not in (*_UNLESS_RIVAL, PERCENT):
        doubled = (o for o in pool if o.dimension == one.dimension)
        return next(
            (f"2 x {o.text}" for o in doubled if _near(one.amount, 2 * o.amount, _EXACT)), ""
        )
    return ""


def _from_two(one: Quantity, a: Quantity, b: Quantity, tolerance: float, *, counts: bool) -> str:
    """Returns a sum, difference, ratio or product of two numbers that gives the third.

    Bare counts are added up only where `counts`: among many, some pair gives any number.
    """
    target = abs(one.amount)
    ways = list(_sums(one, a, b, tolerance))
    kinds = {a.dimension, b.dimension}
    times = len(kinds) > 1 and COUNT in kinds and one.dimension in kinds - {*_UNLESS_RIVAL}
    if times or _PRODUCTS.get(frozenset(kinds)) == one.dimension:
        ways.append(("x", abs(a.amount * b.amount), _EXACT))
    if counts and one.dimension == a.dimension == b.dimension == COUNT:
        ways += [("+", a.value + b.value, _EXACT), ("\u2212", abs(a.value - b.value), _EXACT)]
    for sign, made, off in ways:
        if made and _near(made, target, off):
            return f"{a.text} {sign} {b.text}"
    return ""


Way = tuple[str, float, float]


def _sums(one: Quantity, a: Quantity, b: Quantity, tolerance: float) -> Iterator[Way]:
    """Yields sums, differences and ratios of two amounts of one kind, with what may be off."""
    x, y = abs(a.amount), abs(b.amount)
    if a.dimension != b.dimension:
        return
    if one.dimension == a.dimension not in _UNLESS_RIVAL:
        yield "+", x + y, _EXACT
        yield "\u2212", abs(x - y), _EXACT
    elif a.dimension == YEAR and one.dimension == "time" and one.size >= _YEAR_SECONDS:
        yield "to", abs(x - y) * one.size, tolerance
    small = one.dimension == COUNT and one.text.isalpha() and abs(one.value) <= _SMALL
    if one.dimension in (COUNT, PART) and a.dimension != YEAR and x and y and not small:
        yield ":", x / y, tolerance
        yield ":", y / x, tolerance


# Ratios of this size turn up by chance.
_SMALL = 3


def _part_of_whole(one: Quantity, pool: Sequence[Quantity], tolerance: float) -> str:
    """Returns the percentage that a "tenth" is, or leaves."""
    for other in pool:
        if other.dimension == PERCENT:
            for share in (other.value, 100 - other.value):
                if _near(share / 100, one.value, tolerance):
                    return other.text
    return ""


def _between_dates(one: Quantity, look: Comparison) -> str:
    """Returns the two dates that lie as far apart as the claim says, "" if there are none."""
    if one.dimension != "time":
        return ""
    known = {d for s in look.source.sentences for d in s.dates if d.year}
    days = sorted((_YEAR_DAYS * (d.year + (d.month - 1) / 12) + d.day, d.text, d) for d in known)
    for (start, first, a), (end, last, b) in combinations(days, 2):
        off = max(_ROUGH * (end - start), 0.0 if a.day and b.day else _SOME_DAYS)
        if abs(end - start - one.amount / _DAY_SECONDS) <= off:
            return f"{first.strip()} to {last.strip()}"
    return ""


# --- dates and units -------------------------------------------------------------------------


def _of_date(date: Date, look: Comparison) -> Iterator[Finding]:
    sentences = look.source.sentences
    known = [one for sentence in sentences for one in sentence.dates]
    years = {int(q.value) for s in sentences for q in s.quantities if q.dimension == YEAR}
    # "June" of a sentence on 1802.
    pieced = any(o.month == date.month and date.day in (0, o.day) and not o.year for o in known)
    if any(date.agrees_with(other) for other in known) or (pieced and date.year in years):
        return
    text = f"\u201c{date.text.strip()}\u201d"
    # Dates that share a part with this one; a date without a year may mean any of them.
    near = [
        one
        for one in look.nearest[0].dates
        if not date.year
        or one.year == date.year
        or one.month == date.month
        or (date.day and one.day == date.day)
    ]
    if near:
        reason = f"The source says \u201c{near[0].text.strip()}\u201d, not {text}."
        yield contradiction("date", 0.9, reason)
    else:
        yield missing("new date", 0.75, f"The date {text} is not in the source.")


def _unit_names(look: Comparison) -> Iterator[Finding]:
    """Yields units without a number: "in milligrams" where the source measures in grams."""
    counted = {one.unit for one in look.claim.quantities}
    known = {(q.dimension, q.size) for s in look.source.sentences for q in s.quantities}
    known |= {unit[1:] for s in look.source.sentences for unit in s.units}
    nearest = look.nearest[0]
    for name, dimension, size in look.claim.units:
        if name in counted or (dimension, size) in known or dimension == "time":
            continue
        others = [other for other, its, _ in nearest.units if its == dimension]
        others += [q.unit for q in nearest.quantities if q.dimension == dimension]
        if others:
            reason = f"The source measures in {others[0]}, not in {name}."
            yield contradiction("unit", 0.8, reason)
