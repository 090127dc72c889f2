"""Calculations by a rule that the text states: with new numbers, or with its usual errors.

A rule is a formula in words ("gross profit = sales - cost of sales"), a sentence that tells the
operation ("is found by dividing the volume by the flow"), or a formula of symbols that the text
explains. What a rule gives is worked out exactly, in fractions.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

from engine.language.words import base_language, content_lemmas, zipf
from engine.questions.extractive.items import Item, draw
from engine.questions.extractive.material import Material, Place, Sentence
from engine.questions.extractive.numbers import shown
from engine.questions.formats import Numeric
from engine.questions.schemas import BloomLevel, Difficulty, QuestionKind

MINUS, TIMES, BY = "\u2212", "\u00d7", "\u00f7"
_OPERATORS = {"+": "+", "-": MINUS, MINUS: MINUS, "\u2013": MINUS, TIMES: TIMES, "*": TIMES,
              "x": TIMES, "\u00b7": TIMES, "/": BY, BY: BY}  # fmt: skip
_DO: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add, "\u2212": operator.sub, "\u00d7": operator.mul, "\u00f7": operator.truediv,
}  # fmt: skip
_PHRASE = r"[A-Za-z][A-Za-z'\u2019 ()/-]{1,58}[A-Za-z)]"
_WRITTEN = re.compile(
    rf"^(?:[^:=]{{0,60}}: )?(?P<name>{_PHRASE}) = (?P<rule>\(?[A-Za-z0-9][^=;:]{{4,140}}?)[.]?$"
)
_CHAIN = re.compile(
    r"\b(?:equals|is equal to|is(?= the [^.,;:]* (?:divided by|multiplied by|times|minus)\b))"
    r" (?P<rule>[A-Za-z][^.,;:]* (?:divided by|multiplied by|times|minus|plus) [^.,;:]+)[.,;]"
)
_SPOKEN = (
    re.compile(rf"\b(?:is|are) (?:found|calculated|obtained|worked out|computed|given) by"
                rf" (?P<verb>dividing|multiplying) (?P<a>{_PHRASE}) by (?P<b>{_PHRASE})"
                rf"(?: and (?P<verb2>multiplying|dividing) (?:the result |it )?by (?P<c>\d+))?"
                rf"[.,]"),
    re.compile(rf"\b(?:is|are) (?:found|calculated|obtained|worked out|computed|given) by"
                rf" (?P<verb>subtracting) (?P<b>{_PHRASE}) from (?P<a>{_PHRASE})[.,]"),
    re.compile(rf"\b(?:is|are|equals?) the (?P<verb>product|sum) of (?P<a>{_PHRASE}) and"
                rf" (?P<b>{_PHRASE})[.,]"),
)  # fmt: skip
_VERBS = {
    "dividing": BY, "divided by": BY, "multiplying": TIMES, "multiplied by": TIMES, "times": TIMES,
    "product": TIMES, "subtracting": MINUS, "minus": MINUS, "plus": "+", "sum": "+",
}  # fmt: skip
_SUBJECT = re.compile(
    r"^(?P<name>(?:The |An? )?[A-Za-z][A-Za-z' -]{2,50}?)(?:, [^,]*,)?"
    r" (?:is|are|equals?|measures|tells|shows)\b"
)
_UNIT = re.compile(
    r"\s*\((?P<unit>[^()]{1,20})\)$|,? in (?P<spelt>(?:(?:square|cubic) )?"
    r"(?:kilo|milli|centi)?(?:met(?:re|er)|gram|lit(?:re|er)|second|minute|hour|day|volt|amp"
    r"(?:ere)?|ohm|joule|watt|newton|percent|degree|dollar|euro)s?(?: per [a-z ]+)?)$"
)
_VAGUE = re.compile(
    r"\b(?:this|that|these|those|it|its|which|each|value|result|following|above|we|our|you|your|I)\b",
    re.I,
)
_NICE = (12, 15, 20, 24, 30, 36, 40, 48, 50, 60, 72, 75, 80, 90, 96, 100, 120, 150, 180, 200, 240)
_SPELT = re.compile(r"one|two|three|four|five|ten|half|zero")
_FEW = 2  # operands
_IN_A_DICTIONARY = 2.0  # of the scale of word frequencies


@dataclass(frozen=True, slots=True)
class Rule:
    """`parts` are operands and operators by turns; an operand that is a number is a constant."""

    name: str
    parts: tuple[str, ...]
    quote: str
    place: Place
    units: tuple[str, ...] = ()
    unit: str = ""

    @property
    def operands(self) -> tuple[str, ...]:
        return self.parts[::2]

    def spelt(self, parts: Sequence[str] | None = None) -> str:
        return " ".join(parts or self.parts)


def calculation_items(material: Material) -> Iterator[Item]:
    if base_language(material.language) != "en":
        return
    seen: set[str] = set()
    for rule in _rules(material):
        if rule.name.casefold() in seen:
            continue
        seen.add(rule.name.casefold())
        if not {TIMES, BY} & set(rule.parts[1::2]):
            continue  # whoever sees the numbers adds them up
        example = _example(rule, material)
        # Without an example, "=" in a manual may join anything.
        if example is None and "=" in rule.quote:
            continue
        item = _new_numbers(rule, example) or _with_errors(rule)
        if item:
            yield item
    yield from _symbols(material)


def _rules(material: Material) -> Iterator[Rule]:
    for sentence in material.sentences:
        yield from _rules_of(sentence.text, sentence.place, sentence.before)
    for one in material.lists:
        for item in one.items:
            yield from _rules_of(item, one.place, ())


def _rules_of(text: str, place: Place, before: Sequence[str]) -> Iterator[Rule]:
    if "=" in text:
        for piece in re.split(r"(?<=[a-z)])[.;] ", text):
            if found := _WRITTEN.match(piece.strip().rstrip(".")):
                yield from _rule(found["name"], _parts(found["rule"]), text, place)
        return
    for pattern in (*_SPOKEN, _CHAIN):
        found = pattern.search(text)
        if not found:
            continue
        named = _SUBJECT.match(text)
        name = named["name"] if named and named.end() <= found.start() + 10 else ""
        if re.match(r"It\b", name or text) or not name:
            # "It" takes up the subject of the sentence before.
            found_before = _SUBJECT.match(before[-1]) if before else None
            name = found_before["name"] if found_before else ""
            name = "" if _VAGUE.search(name) else name
        yield from _rule(name, _spoken_parts(found.groupdict()), text, place)
        return


def _spoken_parts(values: Mapping[str, str | None]) -> list[str]:
    if rule := values.get("rule"):
        pieces = re.split(r" (divided by|multiplied by|times|minus|plus) ", rule)
        return [_VERBS.get(piece, piece) for piece in pieces]
    parts = [values["a"] or "", _VERBS[values["verb"] or ""], values["b"] or ""]
    if values.get("c"):
        parts += [_VERBS[values["verb2"] or ""], values["c"] or ""]
    return parts


def _parts(text: str) -> list[str]:
    pieces = re.split(r"\s([+\-\u2212\u2013\u00d7*x\u00b7/\u00f7])\s", text.strip())
    if "(" in text and re.search(r"\([^)]*\s[+\-\u2212\u2013\u00d7*x\u00b7/\u00f7]\s", text):
        inner = re.fullmatch(
            r"\((?P<inner>[^()]+)\) ([\u00d7*x\u00b7/\u00f7]) (?P<rest>\d+)(?: ?%)?", text
        )
        if not inner:
            return []
        return [*_parts(inner["inner"]), _OPERATORS[inner[2]], inner["rest"]]
    return [_OPERATORS.get(piece, piece) for piece in pieces]


# "The area on which it acts" is an area.
_AFTER_OPERAND = re.compile(
    r",| and it\b| (?:(?:on|in|over|to|from|at|through|by|for|of|with) )?(?:which|whose) | that"
    r" | so that | where "
)
_OPEN_ENDED = re.compile(
    r"^(?:of|on|in|to|at|by|for|from|with|and|or|is|are|(?:ratio|quotient|product) of)\b"
    r"|\b(?:of|on|in|to|at|by|for|from|with|and|or|is|are|the|an?|over|through|per)$"
    # "The product of a culture formed by ..." is no product of numbers.
    r"|\b\w+ed by\b",
    re.IGNORECASE,
)


def _rule(name: str, parts: Sequence[str], quote: str, place: Place) -> Iterator[Rule]:
    clean, units = [], []
    for at, part in enumerate(parts):
        if at % 2:
            clean.append(part)
            continue
        unit = _UNIT.search(part)
        units.append((unit["unit"] or unit["spelt"]) if unit else "")
        operand = _UNIT.sub("", part).strip(" .,")
        operand = operand[:1].lower() + operand[1:] if operand[1:2].islower() else operand
        operand = _AFTER_OPERAND.split(operand)[0]
        clean.append(re.sub(r"^(?:the|a|an) ", "", operand, flags=re.IGNORECASE))
    unit = _UNIT.search(name)
    name = name[:1].lower() + name[1:] if name[1:2].islower() else name
    name = re.sub(r"^(?:the|a|an) ", "", _UNIT.sub("", name).strip(), flags=re.IGNORECASE)
    words = [part for part in clean[::2] if not _is_number(part)]
    mixed = len({sign in "+\u2212" for sign in clean[1::2]}) > 1 and len(clean[1::2]) > _FEW
    if len(clean) not in (3, 5) or len(words) < 2 or mixed or not name:  # noqa: PLR2004
        return
    if any(not re.search(r"[A-Za-z]{3}", word) or _VAGUE.search(word) for word in [name, *words]):
        return
    if any(map(_OPEN_ENDED.search, [name, *words])):
        return
    if not all(_is_plain(word) for word in [name, *words]):
        return
    if any(len(word.split()) > 8 for word in [name, *words]) or len({*words, name}) <= len(words):  # noqa: PLR2004
        return
    yield Rule(name, tuple(clean), quote, place, tuple(units),
               (unit["unit"] or unit["spelt"] or "") if unit else "")  # fmt: skip


def _is_plain(phrase: str) -> bool:
    """Whether a phrase has words of everyday language only: programs add up other things."""
    return not _SPELT.fullmatch(phrase) and all(
        zipf(part, "en") > _IN_A_DICTIONARY
        for word in phrase.split()
        for part in re.split(r"[-/'\u2019()]", word)
        if part
    )


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"\d+(?:\.\d+)?%?", text))


def _result(parts: Sequence[str], values: Mapping[str, Fraction]) -> Fraction | None:
    """Works out the parts: products first, or from the left where the text had brackets."""
    numbers = [values.get(part) or Fraction(part.rstrip("%")) for part in parts[::2]]
    signs = list(parts[1::2])
    try:
        for wanted in ("\u00d7\u00f7", "+\u2212"):
            at = 0
            while at < len(signs):
                if signs[at] in wanted:
                    numbers[at : at + 2] = [_DO[signs[at]](numbers[at], numbers[at + 1])]
                    del signs[at]
                else:
                    at += 1
    except ZeroDivisionError:
        return None
    return numbers[0]


@dataclass(frozen=True, slots=True)
class _Example:
    """The text's own numbers with their units, by operand, and the unit of their result."""

    values: Mapping[str, Fraction]
    units: Mapping[str, str]
    unit: str
    text: str


_QUANTITY = re.compile(
    r"(?<![\w.])(?P<number>\d[\d,]*(?:\.\d+)?) ?(?P<unit>%|per cent"
    r"|(?:(?:square|cubic|working) )?[a-z]+(?: per (?:(?:square|cubic) )?[a-z]+)?)?"
)
_OF_ONE = re.compile(r"\bof an? (?=[a-z]+$)")
_EACH = re.compile(r"(?:each|every|all|any)\b")
_NO_UNITS = frozenset(
    [
        "and",
        "or",
        "of",
        "in",
        "at",
        "a",
        "an",
        "the",
        "is",
        "are",
        "was",
        "were",
        "to",
        "by",
        "for",
        "from",
        "with",
        "on",
        "as",
        "its",
        "if",
        "when",
        "that",
    ]
)
_FACTORS = (Fraction(1, 2), Fraction(3, 2), Fraction(2), Fraction(3), Fraction(5, 4), Fraction(4))
_MAX_QUANTITIES = 5
_MAX_AFTER = 3  # sentences behind a rule


def _example(rule: Rule, material: Material) -> _Example | None:
    """Returns the example near a rule whose numbers give its result; none proves no rule."""
    operands = [one for one in rule.operands if not _is_number(one)]
    texts = [sentence.text for sentence in material.sentences
             if sentence.place.passage is rule.place.passage]  # fmt: skip
    at = texts.index(rule.quote) if rule.quote in texts else -1
    for text in texts[at + 1 : at + 1 + _MAX_AFTER]:
        found = [
            (
                Fraction(match["number"].replace(",", "")),
                "" if (unit := match["unit"] or "").partition(" ")[0] in _NO_UNITS else unit,
            )
            for match in _QUANTITY.finditer(text)
        ]
        if not len(operands) < len(found) <= _MAX_QUANTITIES:
            continue
        for *given, result in permutations(found, len(operands) + 1):
            values = {one: value for one, (value, _) in zip(operands, given, strict=True)}
            units = {one: unit for one, (_, unit) in zip(operands, given, strict=True)}
            placed = _in_order(text, operands, given)
            if placed and _result(rule.parts, values) == result[0] and result[0] not in (0, 1):
                return _Example(values, units, result[1], text) if all(units.values()) else None
    return None


def _in_order(text: str, operands: Sequence[str], given: Sequence[tuple[Fraction, str]]) -> bool:
    """Whether each operand's last word stands near its number, before or after it."""
    for operand, (value, _) in zip(operands, given, strict=True):
        number = re.escape(f"{int(value):,}" if value.denominator == 1 else str(float(value)))
        words = [word for word in content_lemmas(operand, "en") if len(word) > 2]  # noqa: PLR2004
        named = "|".join(map(re.escape, words))
        near = rf"(?:{named})\w*\W[^,;]{{0,30}}?(?<![\d.,]){number}(?![\d,.]*\d)"
        plain = re.search(near, text, re.IGNORECASE) or re.search(near.replace(",", ""), text)
        if not words or not plain:
            return False
    return True


def _same_order(values: Mapping[str, Fraction], others: Mapping[str, Fraction]) -> bool:
    """Whether a part stays smaller than its whole."""
    return all(
        (values[one] < values[two]) == (others[one] < others[two])
        for one, two in permutations(values, 2)
    )


def _near_example(rule: Rule, example: _Example) -> dict[str, Fraction] | None:
    """Returns the example's numbers, each scaled a little, with a whole or one-decimal result."""
    for turn in range(60):
        values = {
            one: value * _FACTORS[draw(rule.quote, one, str(turn)) % len(_FACTORS)]
            for one, value in example.values.items()
        }
        result = _result(rule.parts, values)
        fine = all((value * 10).denominator == 1 and value != 1 for value in values.values())
        original = _result(rule.parts, example.values)
        fine = fine and _same_order(values, example.values)
        if fine and result is not None and (result * 10).denominator == 1 and result != original:
            return values
    return None


def _spells_division(unit: str, units: Sequence[str]) -> bool:
    """Whether the unit says what is divided by what: kilometres per square kilometre."""
    parts = [part.rstrip("s") for part in unit.split(" per ")]
    return len(parts) == len(units) == 2 and parts == [one.rstrip("s") for one in units]  # noqa: PLR2004


def _new_numbers(rule: Rule, example: _Example | None) -> Item | None:
    """Asks with numbers near those of the text's example, in its units; none without one."""
    operands = [one for one in rule.operands if not _is_number(one)]
    values = _near_example(rule, example) if example else None
    if values is None or example is None:
        return None
    result = _result(rule.parts, values)
    if result is None:
        return None
    named = [one if _EACH.match(one) else f"the {one}" for one in operands]
    given = " and ".join(
        f"{name} is {_number(values[one])} {example.units[one]}"
        for name, one in zip(named, operands, strict=True)
    )
    if _spells_division(example.unit, [example.units[one] for one in operands]):
        return None
    unit = f" in {example.unit}" if example.unit and example.unit != "%" else ""
    question = f"Suppose that {given}. What is the {_OF_ONE.sub('of the ', rule.name)}{unit}?"
    worked = " ".join(
        part if at % 2 else _number(values.get(part) or Fraction(part.rstrip("%")))
        for at, part in enumerate(rule.parts)
    )
    answer = _number(result)
    return Item(
        kind=QuestionKind.RULE,
        stem=question,
        body=Numeric(answer=Decimal(answer), tolerance=_tolerance(result), unit=example.unit[:40]),
        explanation=(
            f"The rule is: {rule.name} = {rule.spelt()}. With these numbers: {worked} = {answer}"
            f"{' ' + example.unit if example.unit else ''}. The text's example: {example.text}"
        ),
        place=rule.place,
        quote=rule.quote,
        answers=(answer,),
        context=question,
        sentences=frozenset({rule.quote}),
        worth=2.4,
        difficulty=Difficulty.HARD if len(operands) > _FEW else Difficulty.MEDIUM,
        bloom=BloomLevel.APPLY,
    )


def _tolerance(result: Fraction) -> Decimal:
    return Decimal(0) if result.denominator == 1 else Decimal("0.01")


def _number(value: Fraction) -> str:
    return shown(Decimal(value.numerator) / Decimal(value.denominator))


def _wrong_rules(parts: Sequence[str]) -> Sequence[tuple[str, ...]]:
    """Returns the usual mistakes: another operation, or the quantities the other way round."""
    if len(parts) > 3:  # noqa: PLR2004 - two operators
        a, first, b, second, c = parts
        flip = {"+": MINUS, MINUS: "+", TIMES: BY, BY: TIMES}
        return [
            (a, flip[first], b, second, c),
            (a, first, b, flip[second], c),
            (a, flip[first], b, flip[second], c),
        ]
    a, sign, b = parts
    return {
        BY: [(b, BY, a), (a, TIMES, b), (a, MINUS, b)],
        TIMES: [(a, BY, b), (b, BY, a), (a, "+", b)],
        MINUS: [(b, MINUS, a), (a, "+", b), (a, BY, b)],
        "+": [(a, MINUS, b), (b, MINUS, a), (a, TIMES, b)],
    }[sign]


def _with_errors(rule: Rule) -> Item | None:
    """Asks for the formula; the wrong choices are the usual mistakes."""
    wrong = _wrong_rules(rule.parts)
    question = f"How is the {rule.name} calculated?"
    words = set(content_lemmas(rule.name, "en"))
    if words and any(words <= set(content_lemmas(one, "en")) for one in rule.operands):
        return None
    if BY in rule.parts and "density" in words:
        return None  # "of a basin": what is divided by it is all that is left
    return Item(
        kind=QuestionKind.RULE,
        stem=question,
        choices=(rule.spelt(), *(rule.spelt(one) for one in wrong)),
        explanation=(
            f"The rule is: {rule.name} = {rule.spelt()}. The other choices use the wrong operation "
            f"or take the quantities in the wrong order. The text says: \u201c{rule.quote}\u201d"
        ),
        place=rule.place,
        quote=rule.quote,
        answers=(rule.spelt(),),
        context=rule.name,
        sentences=frozenset({rule.quote}),
        worth=2.0,
        difficulty=Difficulty.MEDIUM,
        bloom=BloomLevel.UNDERSTAND,
    )


# --- formulas of symbols, explained by "where m is the mass in kilograms"

_FORMULA = re.compile(
    r"\b(?:[Tt]he |an? |has |have |carries )?"
    r"(?P<name>(?:(?!the\b|has\b|have\b|is\b)[a-z]+ ){0,3}?(?!is\b|by\b)[a-z]+)"
    r"(?:,? (?:is |are )?(?:calculated|found|obtained|given)"
    r" (?:as|by|from)(?: the formula)?| is| equals):? (?P<left>[A-Z][a-z]?) = "
    r"(?P<right>[-+*/^\u00b7\u00d7x().\d\sA-Za-z]{3,40}?),? where (?P<rest>.+)$"
)
_SYMBOL = re.compile(
    r"\b(?P<symbol>[A-Za-z]) (?:is |= |for |stands for |denotes |means )?(?:the )"
    r"(?P<name>[a-z]+(?: [a-z]+){0,4}?)(?: in (?P<unit>[a-z\u00b0]+(?: per [a-z ]+?)?))?"
    r"(?=,| and [A-Za-z] (?:is |= )?the |[.;)]|$)"
)
_SAFE: Mapping[type, Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_MAX_POWER = 4


def _symbols(material: Material) -> Iterator[Item]:
    for sentence in material.sentences:
        found = _FORMULA.search(sentence.text)
        if not found:
            continue
        meanings = {
            m["symbol"]: (m["name"], m["unit"] or "") for m in _SYMBOL.finditer(found["rest"])
        }
        tree = _tree(found["right"])
        symbols = sorted({n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}) if tree else []
        if tree is None or not symbols or any(one not in meanings for one in symbols):
            continue
        item = _of_symbols(sentence, found, {one: meanings[one] for one in symbols}, tree)
        if item:
            yield item


def _of_symbols(
    sentence: Sentence,
    found: re.Match[str],
    meanings: Mapping[str, tuple[str, str]],
    tree: ast.expr,
) -> Item | None:
    quote, symbols = sentence.text, tuple(meanings)
    for turn in range(40):
        values = {s: Fraction(_NICE[draw(quote, s, str(turn)) % 8]) for s in symbols}
        result = _evaluate(tree, values)
        if result is not None and result > 0 and (result * 10).denominator == 1:
            break
    else:
        return None
    given = ", ".join(
        f"{meanings[s][0]} {s} = {_number(values[s])} {meanings[s][1]}".strip() for s in symbols
    )
    question = f"Work out the {found['name']} {found['left']} from these values: {given}."
    worked = found["right"].strip()
    for symbol in symbols:
        worked = re.sub(rf"(?<![A-Za-z]){symbol}(?![A-Za-z])", _number(values[symbol]), worked)
    answer = _number(result)
    return Item(
        kind=QuestionKind.RULE,
        stem=question,
        body=Numeric(answer=Decimal(answer), tolerance=_tolerance(result)),
        explanation=(
            f"The formula is {found['left']} = {found['right'].strip()}. With these numbers: "
            f"{found['left']} = {worked} = {answer}."
        ),
        place=sentence.place,
        quote=quote,
        answers=(answer,),
        context=question,
        sentences=frozenset({quote}),
        worth=2.4,
        difficulty=Difficulty.HARD,
        bloom=BloomLevel.APPLY,
    )


def _tree(text: str) -> ast.expr | None:
    """Returns the parsed formula if it holds nothing but numbers, letters and operations."""
    plain = re.sub(r"[\u00d7\u00b7]|(?<=\s)x(?=\s)", "*", text.strip()).replace("^", "**")
    try:
        tree = ast.parse(plain, mode="eval").body
    except (SyntaxError, ValueError):
        return None
    allowed = (
        ast.BinOp,
        ast.Name,
        ast.Constant,
        ast.operator,
        ast.expr_context,
        ast.UnaryOp,
        ast.USub,
    )
    nodes = list(ast.walk(tree))
    names = [node.id for node in nodes if isinstance(node, ast.Name)]
    if not all(isinstance(node, allowed) for node in nodes) or any(len(one) > 1 for one in names):
        return None
    return tree


def _evaluate(node: ast.expr, values: Mapping[str, Fraction]) -> Fraction | None:
    match node:
        case ast.Constant(value=int() | float() as number):
            return Fraction(str(number))
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(operand=inner):
            value = _evaluate(inner, values)
            return None if value is None else -value
        case ast.BinOp(left=left, op=op, right=right):
            one, two = _evaluate(left, values), _evaluate(right, values)
            return None if one is None or two is None else _applied(op, one, two)
    return None


def _applied(op: ast.operator, one: Fraction, two: Fraction) -> Fraction | None:
    if isinstance(op, ast.Pow):
        small = two.denominator == 1 and 0 <= two <= _MAX_POWER
        return one ** int(two) if small else None
    if type(op) not in _SAFE or (isinstance(op, ast.Div) and two == 0):
        return None
    return _SAFE[type(op)](one, two)
