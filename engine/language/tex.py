"""Writes formulas of one line as TeX, where that is certain."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass

_SUPERSCRIPTS = str.maketrans(
    "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b\u207c\u207d\u207e\u207f\u2071",
    "0123456789+-=()ni",
)
_SUBSCRIPTS = str.maketrans(
    "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089\u208a\u208b\u208c\u208d\u208e\u2090\u2091"
    "\u2095\u1d62\u2c7c\u2096\u2097\u2098\u2099\u2092\u209a\u1d63\u209b\u209c\u1d64\u1d65\u2093",
    "0123456789+-=()aehijklmnoprstuvx",
)
_SUP = "".join(map(chr, _SUPERSCRIPTS))
_SUB = "".join(map(chr, _SUBSCRIPTS))
_OPERATORS = {
    "\u2212": "-", "\u2013": "-", "\u00d7": r"\times ", "\u00b7": r"\cdot ", "\u22c5": r"\cdot ",
    "*": r"\cdot ", "\u2264": r"\leq ", "\u2265": r"\geq ", "\u2248": r"\approx ",
    "\u2260": r"\neq ",
    "\u00b1": r"\pm ", "\u221e": r"\infty ", "\u2192": r"\to ", "\u2202": r"\partial ", "%": r"\% ",
}  # fmt: skip
_FRACTIONS = {"\u00bd": "1/2", "\u2153": "1/3", "\u2154": "2/3", "\u00bc": "1/4", "\u00be": "3/4"}
FUNCTIONS = frozenset(
    (
        *("sin", "cos", "tan", "cot", "log", "ln", "exp", "max", "min", "lim", "det", "gcd"),
        *("sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "sqrt"),
    )
)
# Short words that are no product of letters.
_WORDS = frozenset(("an", "as", "at", "by", "for", "if", "in", "is", "of", "on", "or", "to", "we"))
_RELATIONS = "=<>\u2264\u2265\u2248\u2260"
_ENDS = re.compile(
    rf"^[{_RELATIONS}]|[-+*/{_RELATIONS}\u2212\u00d7\u00b7]$|[=<>!]\s?=|[\[(]\s?[\])]"
)
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>\d+(?:[.,]\d+)*)|(?P<word>[A-Za-z]+)|(?P<greek>[\u0370-\u03ff])|"
    rf"(?P<half>[\u00bc-\u00be\u2153\u2154])|(?P<sup>[{re.escape(_SUP)}]+|\^(?:\{{[^{{}}]*\}}|\w))|"
    rf"(?P<sub>[{re.escape(_SUB)}]+|_(?:\{{[^{{}}]*\}}|\w))|"
    rf"(?P<operator>[-+=<>!,;:|'{re.escape(''.join(_OPERATORS))}])|(?P<slash>/)|"
    r"(?P<open>[(\[])|(?P<close>[)\]]))"
)
MAX_LENGTH, MAX_DEPTH = 200, 8
MAX_PRODUCT = 3  # letters side by side that are a product; more are a word


class _UncertainError(Exception):
    """What the text says is not certain."""


@dataclass(slots=True)
class _Part:
    """A piece of TeX; `atom` is one that may stand above or below a rule."""

    tex: str
    _: KW_ONLY
    atom: bool = False
    group: bool = False  # in parentheses
    scripts: str = ""  # the signs of its exponent and its index: "^", "_" or both


def as_tex(text: str) -> str:
    """Returns a formula as TeX, or "" if it is not certain what it says."""
    if (
        _ENDS.search(text.strip(" .,;"))
        or len(text) > MAX_LENGTH
        or text.count("(") + text.count("[") > MAX_DEPTH
    ):
        return ""
    try:
        tokens = _tokens(text)
        parts, end = _row(tokens, 0)
    except _UncertainError:
        return ""
    return _joined(parts) if end == len(tokens) else ""


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at, bare = 0, text.rstrip(" .,;")
    while at < len(bare):
        match = _TOKEN.match(bare, at)
        if match is None or match.lastgroup is None:
            raise _UncertainError
        tokens.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return tokens


def _row(tokens: list[tuple[str, str]], at: int) -> tuple[list[_Part], int]:
    """Reads up to the end, or to a closing parenthesis."""
    parts: list[_Part] = []
    while at < len(tokens) and tokens[at][0] != "close":
        kind, said = tokens[at]
        at += 1
        if kind == "open" or (kind == "word" and said == "sqrt"):
            at += kind != "open"
            inner, end = _row(tokens, at)
            if end >= len(tokens) or (kind != "open" and tokens[at - 1][0] != "open"):
                raise _UncertainError
            at = end + 1
            row = _joined(inner)
            whole = f"{said}{row}{tokens[end][1]}" if kind == "open" else rf"\sqrt{{{row}}}"
            parts.append(_Part(whole, atom=True, group=kind == "open"))
        else:
            parts += _plain(kind, said, parts)
    return parts, at


def _plain(kind: str, said: str, before: list[_Part]) -> list[_Part]:
    """Returns the parts that a token adds; an exponent or index is added to the part before it."""
    if kind in ("sup", "sub"):
        table = _SUPERSCRIPTS if kind == "sup" else _SUBSCRIPTS
        inner = as_tex(said.lstrip("^_").strip("{}").translate(table))
        sign = "^" if kind == "sup" else "_"
        # TeX knows no second exponent or index beside the first.
        if not (before and before[-1].atom and inner) or sign in before[-1].scripts:
            raise _UncertainError
        before[-1].tex += f"{sign}{{{inner}}}"
        before[-1].scripts += sign
        before[-1].group = False
        return []
    if kind in ("operator", "slash"):
        return [_Part(_OPERATORS.get(said, said))]
    if kind == "half":
        over, under = _FRACTIONS[said].split("/")
        return [_Part(rf"\frac{{{over}}}{{{under}}}", atom=True)]
    if kind == "number" and before and before[-1].tex.startswith("\\log"):
        raise _UncertainError  # a base, or what it is taken of
    if kind == "word" and said in FUNCTIONS:
        return [_Part(rf"\{said} ")]
    if kind == "word" and (len(said) > MAX_PRODUCT or said in _WORDS):
        raise _UncertainError
    return [_Part(letter, atom=True) for letter in ([said] if kind == "number" else said)]


def _joined(parts: list[_Part]) -> str:
    """Returns the TeX of a row; what stands alone on both sides of a slash becomes a fraction."""
    joined: list[_Part] = []
    at = 0
    while at < len(parts):
        part = parts[at]
        if part.tex == "/" and _is_alone(joined, parts[at + 1 : at + 3]):
            over, under = (
                one.tex[1:-1] if one.group else one.tex for one in (joined.pop(), parts[at + 1])
            )
            joined.append(_Part(rf"\frac{{{over}}}{{{under}}}", atom=True))
            at += 2
        else:
            joined.append(part)
            at += 1
    return "".join(part.tex for part in joined)


def _is_alone(before: list[_Part], after: list[_Part]) -> bool:
    """Whether a slash stands between two single parts: what is beside them belongs to neither."""
    atoms_before = [part.atom for part in before[-2:]]
    atoms_after = [part.atom for part in after]
    return atoms_before[-1:] == [True] != atoms_before[:-1] and (
        atoms_after[:1] == [True] != atoms_after[1:]
    )
