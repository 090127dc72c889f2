"""The text of questions: kept as it was written, and choices compared by what readers see."""

from __future__ import annotations

import re
from unicodedata import normalize

# Patterns that Python and PostgreSQL read alike, as the table of choices has the same rule.
# Control characters but tab and line feed, what Unicode calls default ignorable, and the blank of
# Braille: nobody sees them.
INVISIBLE = (
    "[\x01-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
SPACES = (
    "\t\n \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_INVISIBLE = re.compile(INVISIBLE)
_BLANK_LINES = re.compile(r"\A(?:[^\S\n]*\n)+")


def choice_key(text: str) -> str:
    """Returns a key that is equal for choices that look the same; case and inner spacing count. ""
    if nothing can be seen."""
    return normalize("NFC", _INVISIBLE.sub("", text)).strip(SPACES)


def as_written(text: str) -> str:
    """Returns the text with its lines and their indentation, without blank lines around it.

    "" if nothing in it can be seen.
    """
    if not choice_key(text):
        return ""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = _BLANK_LINES.sub("", lines).rstrip()
    return kept if "\n" in kept else kept.strip()
