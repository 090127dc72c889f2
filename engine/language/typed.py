"""Texts as people type, paste and name them, made ready for storing."""

from __future__ import annotations

from unicodedata import category, normalize

# They shape Persian and Indic words and hold emoji together.
_JOINERS = "\u200c\u200d"
# Characters that look like nothing, although they are no format characters.
_BLANKS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"


def one_line(text: str) -> str:
    """Returns the text of a title or a name as it looks, in one line; "" if nothing of it can be
    seen.

    Composed (NFC), as macOS and some keyboards send letters and accents apart. Soft hyphens and
    marks of direction are left out, and other control characters become spaces.
    """
    line = " ".join("".join(map(_shown, normalize("NFC", text))).split())
    return line if line.strip(f" {_JOINERS}{_BLANKS}") else ""


def _shown(character: str) -> str:
    kind = category(character)
    if character in _JOINERS or kind[0] != "C":
        return character
    if kind == "Cf":
        return ""
    # Characters of newer versions of Unicode, such as emoji, are not known to Python yet.
    is_character = kind == "Cn" and ord(character) & 0xFFFE != 0xFFFE  # noqa: PLR2004 - by Unicode
    return character if is_character else " "


def with_line_feeds(text: str) -> str:
    """Returns the text with line feeds alone: browsers send forms with carriage returns."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
