"""Says which signs the private characters of the fonts Symbol and Wingdings show."""

from __future__ import annotations

import re

PRIVATE = 0xF000  # where Office puts the characters of these fonts
_PRIVATE = re.compile("[\uf020-\uf0ff]")
_SYMBOL = dict(
    zip(
        "abgdezhqiklmnxoprstufcywABGDEZHQIKLMNXOPRSTUFCYW",
        "\u03b1\u03b2\u03b3\u03b4\u03b5\u03b6\u03b7\u03b8\u03b9\u03ba\u03bb\u03bc\u03bd\u03be\u03bf"
        "\u03c0\u03c1\u03c3\u03c4\u03c5\u03c6\u03c7\u03c8\u03c9\u0391\u0392\u0393\u0394\u0395\u0396"
        "\u0397\u0398\u0399\u039a\u039b\u039c\u039d\u039e\u039f\u03a0\u03a1\u03a3\u03a4\u03a5\u03a6"
        "\u03a7\u03a8\u03a9",
        strict=True,
    )
) | {
    "\"": "\u2200", "$": "\u2203", "\xa3": "\u2264", "\xa5": "\u221e", "\xac": "\u2190",
    "\xae": "\u2192", "\xb0": "\xb0", "\xb1": "\xb1", "\xb3": "\u2265", "\xb4": "\xd7",
    "\xb6": "\u2202", "\xb7": "\u2022", "\xb9": "\u2260", "\xba": "\u2261", "\xbb": "\u2248",
    "\xc7": "\u2229", "\xc8": "\u222a", "\xcc": "\u2282", "\xce": "\u2208", "\xcf": "\u2209",
    "\xd6": "\u221a", "\xdb": "\u21d4", "\xdc": "\u21d0", "\xde": "\u21d2", "\xe5": "\u2211",
    "\xf2": "\u222b",
}  # fmt: skip
_BULLETS = "lmnopqrstuvw\xa7\xa8\xd8"  # circles, squares, diamonds and arrowheads
_WINGDINGS = {
    "\xe0": "\u2192",
    "\xe8": "\u2192",
    "\xf0": "\u21d2",
    "\xfc": "\u2713",
    "x": "\u2612",
} | dict.fromkeys(_BULLETS, "•")
_WINGDINGS_FONT = re.compile(r"wingdings(?:-?regular|mt)?", re.IGNORECASE)
_MATHS = frozenset(_SYMBOL) - frozenset("abgdezhqiklmnxoprstufcywABGDEZHQIKLMNXOPRSTUFCYW")


def of_symbol_font(text: str, font: str) -> str:
    """Returns a text with the signs that its private characters show in this font.

    Without a font, only signs of Symbol that no letter of another font stands for.
    """
    if not _PRIVATE.search(text):
        return text
    named = font.lower()
    if named.startswith(("wingdings", "webdings")):
        signs = _WINGDINGS if named == "wingdings" else {}
    elif named.startswith("symbol"):
        signs = _SYMBOL
    else:
        signs = {one: _SYMBOL[one] for one in _MATHS}

    def shown(match: re.Match[str]) -> str:
        sign = signs.get(chr(ord(match.group()) - PRIVATE))
        return match.group() if sign is None else sign

    return _PRIVATE.sub(shown, text)


def of_wingdings(text: str, font: str) -> str:
    """Returns a text of a PDF with the signs that this font shows for its letters.

    Fonts of PDFs may call them letters: a list whose bullet is "q" has text in Wingdings.
    """
    if not _WINGDINGS_FONT.fullmatch(font):
        return text
    return "".join(_WINGDINGS.get(letter, letter) for letter in text)
