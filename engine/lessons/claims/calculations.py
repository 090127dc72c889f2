"""Calculations that a sentence shows: "2.5 x 34 g = 85 g"."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Sequence

from engine.lessons.claims.reading import Sentence
from engine.lessons.claims.source import Finding, contradiction

_SIDE = r"[-(\d](?:[-+*/()\d.^\s]*[\d)])?"
_SUM = re.compile(rf"(?<![\w^.]){_SIDE}(?:\s*=\s*{_SIDE})+")
_OPERATION = re.compile(r"[+*/^]|\s-\s")
_SIGNS = {"\u2212": "-", "\u00d7": "*", "\u00b7": "*", "\u00f7": "/", "x": "*"}
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_MAX_POWER, _MAX_LETTERS = 10, 200
_ROUNDED = 0.02


def calculations(claim: Sentence) -> tuple[list[Finding], frozenset[float]]:
    """Returns what is wrong in the calculations of a sentence, and the numbers of right ones."""
    wrong: list[Finding] = []
    right: set[float] = set()
    by_value = _SUM.findall(_plain(claim, in_base_units=False))
    by_amount = _SUM.findall(_plain(claim, in_base_units=True))
    for number, text in enumerate(by_value):
        sides = _sides(text)
        converted = _sides(by_amount[number]) if number < len(by_amount) else []
        if not sides:
            continue
        if _near(sides) or (converted and _near(converted)):
            right |= {abs(float(digits)) for digits in re.findall(r"\d+(?:\.\d+)?", text)}
        else:
            reason = f"\u201c{' '.join(text.split())}\u201d is not right: it is {sides[0]:g}."
            wrong.append(contradiction("calculation", 0.9, reason))
    return wrong, frozenset(right)


def _plain(claim: Sentence, *, in_base_units: bool) -> str:
    """Returns the text with numbers and signs as a calculator reads them, without units."""
    pieces, position = [], 0
    for one in claim.quantities:
        if one.text[:1].isalpha():
            continue
        pieces += [_signs(claim.text[position : one.start])]
        pieces += [f"{abs(one.amount if in_base_units else one.value):.12g}"]
        position = one.end
    return "".join([*pieces, _signs(claim.text[position:])])


def _signs(text: str) -> str:
    text = re.sub(r"(?<![^\W\d_])x(?![^\W\d_])", "*", text)
    return "".join(_SIGNS.get(char, char) if char != "x" else char for char in text)


def _sides(text: str) -> list[float]:
    """Returns the values of what stands between equals signs; empty if it is no calculation."""
    if not _OPERATION.search(text) or len(text) > _MAX_LETTERS:
        return []
    try:
        return [
            _value(ast.parse(side.strip().replace("^", "**"), mode="eval").body)
            for side in text.split("=")
        ]
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError):
        return []


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left), _value(node.right)
        if type(node.op) in _OPERATORS:
            return _OPERATORS[type(node.op)](left, right)
        if isinstance(node.op, ast.Pow) and abs(right) <= _MAX_POWER:
            return float(left**right)
    raise ValueError("This is no calculation.")


def _near(values: Sequence[float]) -> bool:
    most = max(map(abs, values))
    return all(abs(values[0] - other) <= _ROUNDED * most for other in values[1:])
