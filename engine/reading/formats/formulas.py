"""Formulas of Word (OMML), OpenDocument and web pages (MathML) as text.

What stands on one line becomes plain text with raised and lowered letters ("x² + y²"); all else
becomes TeX between dollar signs, in which nothing of its structure is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from lxml import etree

from engine.reading.formats.archive import attribute, child, children, descendants, local
from engine.reading.marks import LOWERED_LETTERS, RAISED_LETTERS

MAX_DEPTH = 40
_GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"),
    *("lambda", "mu", "nu", "xi", "", "pi", "rho", "", "sigma", "tau", "upsilon", "phi", "chi"),
    *("psi", "omega"),
)
_CAPITALS = ("Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega")
_CAPITALS_OF = "\u0393\u0394\u0398\u039b\u039e\u03a0\u03a3\u03a6\u03a8\u03a9"
_SYMBOLS = (
    {chr(0x3B1 + at): name for at, name in enumerate(_GREEK) if name}
    | dict(zip(_CAPITALS_OF, _CAPITALS, strict=True))
    | {
        "\u00d7": "times", "\u00b7": "cdot", "\u22c5": "cdot", "\u00f7": "div", "\u00b1": "pm",
        "\u2213": "mp", "\u2264": "le", "\u2265": "ge", "\u2260": "ne", "\u2248": "approx",
        "\u2261": "equiv", "\u221e": "infty", "\u2202": "partial", "\u2207": "nabla",
        "\u2211": "sum", "\u220f": "prod", "\u222b": "int", "\u222e": "oint", "\u2208": "in",
        "\u2209": "notin", "\u2282": "subset", "\u2286": "subseteq", "\u222a": "cup",
        "\u2229": "cap", "\u2200": "forall", "\u2203": "exists", "\u2192": "to",
        "\u21d2": "Rightarrow", "\u21d4": "Leftrightarrow", "\u2190": "leftarrow",
        "\u221d": "propto", "\u2032": "prime", "\u2026": "dots", "\u22ef": "cdots",
        "\u03d5": "phi", "\u03b5": "varepsilon", "\u03d1": "vartheta",
    }
)  # fmt: skip
_PLAIN_SIGNS = str.maketrans(
    {"\u2212": "-", "\u2062": None, "\u2061": None, "\u2063": None, "\u00a0": " "}
)
_ACCENTS = {
    "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u20d7": "vec",
    "\u0307": "dot", "\u0308": "ddot", "^": "hat", "~": "tilde", "\u00af": "bar", "\u203e": "bar",
    "\u2192": "vec", "\u02d9": "dot", "\u23df": "underbrace", "_": "underline",
}  # fmt: skip
_FUNCTIONS = re.compile(r"^(?:arc)?(?:sin|cos|tan|cot)h?$|^(?:log|ln|exp|lim|max|min|det)$")
_LARGE = re.compile("[\u2211\u220f\u222b\u222e][_^]")
_SCRIPT = re.compile(r"([\^_])\{([^{}]*)\}")
_BARE_SCRIPT = re.compile(r"([\^_])([A-Za-z0-9])")
_LETTERS_OF = {"^": RAISED_LETTERS, "_": LOWERED_LETTERS}


def formula(element: etree._Element) -> str:
    """Returns the text of an `oMath` or `math` element."""
    said = _annotation(element)
    return _shown(said if said else _tex(element, 0))


def from_tex(tex: str) -> str:
    """Returns the text of a formula that its page gives as TeX."""
    plain = _shown(_BARE_SCRIPT.sub(r"\1{\2}", tex))
    return _shown(tex) if plain.startswith("$") else plain


def _annotation(element: etree._Element) -> str:
    """Returns the TeX that a page carries beside its MathML."""
    for one in descendants(element, "annotation"):
        if one.get("encoding", "").lower() in ("application/x-tex", "tex"):
            said = "".join(one.itertext()).strip()
            wrapped = re.fullmatch(r"\{\\displaystyle\s*(.*?)\s*\}", said, re.DOTALL)
            return wrapped.group(1) if wrapped else said
    return ""


def _shown(tex: str) -> str:
    tex = " ".join(tex.translate(_PLAIN_SIGNS).split())
    plain = _SCRIPT.sub(_script, tex)
    plain = re.sub(r"\\(?=(?:arc)?(?:sin|cos|tan|cot|log|ln|exp|max|min)\b)", "", plain)
    if not _LARGE.search(tex) and not re.search(r"[\\{}^]|_\S", plain):
        return plain
    commands = "".join(f"\\{_SYMBOLS[one]} " if one in _SYMBOLS else one for one in tex)
    tight = re.sub(r" (?=[\s^_{})\]]|$)", "", commands).strip()
    return f"${tight}$" if tex else ""


def _script(match: re.Match[str]) -> str:
    table, letters = _LETTERS_OF[match.group(1)], match.group(2).replace(" ", "")
    if letters and all(letter in table for letter in letters):
        return "".join(table[letter] for letter in letters)
    return match.group()


def _tex(element: etree._Element | None, depth: int) -> str:
    if element is None or depth > MAX_DEPTH:
        return ""
    write = _WRITERS.get(local(element))
    if write:
        return write(element, depth + 1)
    return _inside(element, depth)


def _inside(element: etree._Element | None, depth: int) -> str:
    return "" if element is None else "".join(_tex(one, depth + 1) for one in element)


def _words(element: etree._Element, _depth: int) -> str:
    text = "".join(element.itertext())
    bare = text.strip()
    return f"\\{bare} " if _FUNCTIONS.match(bare) else text


def _operator(element: etree._Element, _depth: int) -> str:
    text = "".join(element.itertext()).strip()
    spaced = text in (
        "=",
        "+",
        "-",
        "\u2212",
        "\u00d7",
        "<",
        ">",
        "\u2264",
        "\u2265",
        "\u2248",
        "\u2192",
    )
    return f" {text} " if spaced else text


def _braced(element: etree._Element | None, depth: int) -> str:
    return "{" + _inside(element, depth).strip() + "}"


# --- Office


def _fraction(element: etree._Element, depth: int) -> str:
    kind = attribute(child(element, "fPr", "type"), "val")
    over, under = (_braced(child(element, name), depth) for name in ("num", "den"))
    if kind in ("lin", "skw"):
        return f"{over[1:-1]}/{under[1:-1]}"
    return f"\\binom{over}{under}" if kind == "noBar" else f"\\frac{over}{under}"


def _scripts(element: etree._Element, depth: int) -> str:
    base = _inside(child(element, "e"), depth)
    if len(base.strip()) > 1 and re.search(r"[\s+=-]", base.strip()):
        base = "{" + base.strip() + "}"
    low, high = child(element, "sub"), child(element, "sup")
    after = f"_{_braced(low, depth)}" if low is not None else ""
    after += f"^{_braced(high, depth)}" if high is not None else ""
    return f"{{}}{after}{base}" if local(element) == "sPre" else base + after


def _root(element: etree._Element, depth: int) -> str:
    degree = _inside(child(element, "deg"), depth).strip()
    return f"\\sqrt{f'[{degree}]' if degree else ''}{_braced(child(element, 'e'), depth)}"


def _large(element: etree._Element, depth: int) -> str:
    sign = attribute(child(element, "naryPr", "chr"), "val") or "\u222b"
    low, high = (_braced(child(element, name), depth) for name in ("sub", "sup"))
    limits = (f"_{low}" if low != "{}" else "") + (f"^{high}" if high != "{}" else "")
    return f"{sign}{limits} {_inside(child(element, 'e'), depth)}"


def _fenced(element: etree._Element, depth: int) -> str:
    told = child(element, "dPr")
    opening = attribute(child(told, "begChr"), "val", "(")
    closing = attribute(child(told, "endChr"), "val", ")")
    between = attribute(child(told, "sepChr"), "val", "|")
    inner = between.join(_inside(one, depth) for one in children(element, "e"))
    if "\\frac" in inner or "\\begin" in inner:
        opening, closing = (_escaped(one) or "." for one in (opening, closing))
        return f"\\left{opening}{inner}\\right{closing}"
    return f"{_escaped(opening)}{inner}{_escaped(closing)}"


def _escaped(sign: str) -> str:
    return f"\\{sign}" if sign in ("{", "}") else sign


def _function(element: etree._Element, depth: int) -> str:
    name = _inside(child(element, "fName"), depth).strip()
    return f"{name} {_inside(child(element, 'e'), depth)}"


def _accent(element: etree._Element, depth: int) -> str:
    told = child(element, f"{local(element)}Pr", "chr")
    name = _ACCENTS.get(attribute(told, "val"), "bar" if local(element) == "bar" else "hat")
    return f"\\{name}{_braced(child(element, 'e'), depth)}"


def _limit(element: etree._Element, depth: int) -> str:
    sign = "_" if local(element) == "limLow" else "^"
    return f"{_inside(child(element, 'e'), depth)}{sign}{_braced(child(element, 'lim'), depth)}"


def _matrix(element: etree._Element, depth: int) -> str:
    rows = [
        " & ".join(_inside(cell, depth).strip() for cell in row if local(cell) in ("e", "mtd"))
        for row in element
        if local(row) in ("mr", "mtr")
    ]
    return "\\begin{matrix}" + " \\\\ ".join(rows) + "\\end{matrix}"


def _lines(element: etree._Element, depth: int) -> str:
    rows = [_inside(one, depth).strip() for one in children(element, "e")]
    return "\\begin{aligned}" + " \\\\ ".join(rows) + "\\end{aligned}"


# --- MathML


def _parts(element: etree._Element, count: int, depth: int) -> Iterable[str]:
    found = [_tex(one, depth).strip() for one in element if isinstance(one.tag, str)]
    return [*found, *[""] * count][:count]


def _over(element: etree._Element, depth: int) -> str:
    over, under = _parts(element, 2, depth)
    return f"\\frac{{{over}}}{{{under}}}"


def _raised(element: etree._Element, depth: int) -> str:
    base, script = _parts(element, 2, depth)
    sign = "^" if local(element) in ("msup", "mover") else "_"
    if sign == "^" and script in _ACCENTS and local(element) == "mover":
        return f"\\{_ACCENTS[script]}{{{base}}}"
    return f"{base}{sign}{{{script}}}"


def _both(element: etree._Element, depth: int) -> str:
    base, low, high = _parts(element, 3, depth)
    return f"{base}_{{{low}}}^{{{high}}}"


def _square_root(element: etree._Element, depth: int) -> str:
    return f"\\sqrt{_braced(element, depth)}"


def _nth_root(element: etree._Element, depth: int) -> str:
    base, degree = _parts(element, 2, depth)
    return f"\\sqrt[{degree}]{{{base}}}"


def _in_fences(element: etree._Element, depth: int) -> str:
    opening, closing = element.get("open", "("), element.get("close", ")")
    inner = ",".join(_tex(one, depth) for one in element)
    return f"{_escaped(opening)}{inner}{_escaped(closing)}"


def _first(element: etree._Element, depth: int) -> str:
    return _tex(next((one for one in element if isinstance(one.tag, str)), None), depth)


def _nothing(_element: etree._Element, _depth: int) -> str:
    return ""


_WRITERS: dict[str, Callable[[etree._Element, int], str]] = {
    "t": _words, "f": _fraction, "sSup": _scripts, "sSub": _scripts, "sSubSup": _scripts,
    "sPre": _scripts, "rad": _root, "nary": _large, "d": _fenced, "func": _function,
    "acc": _accent, "bar": _accent, "groupChr": _accent, "limLow": _limit, "limUpp": _limit,
    "m": _matrix, "eqArr": _lines, "mi": _words, "mn": _words, "mtext": _words, "mo": _operator,
    "mfrac": _over, "msup": _raised, "msub": _raised, "mover": _raised, "munder": _raised,
    "msubsup": _both, "munderover": _both, "msqrt": _square_root, "mroot": _nth_root,
    "mtable": _matrix, "mfenced": _in_fences, "semantics": _first, "annotation": _nothing,
    "annotation-xml": _nothing, "mphantom": _nothing, "rPr": _nothing, "ctrlPr": _nothing,
}  # fmt: skip
