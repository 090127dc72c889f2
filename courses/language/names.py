"""Languages by name."""

from __future__ import annotations

from functools import lru_cache

import langcodes

LONGEST = 10
# Those that staff choose from; programs may name any other that the model knows.
OFFERED = (
    *("en", "hi", "bn", "te", "mr", "ta", "ur", "gu", "kn", "ml", "or", "pa", "as", "ne", "si"),
    *("ar", "de", "es", "fr", "id", "it", "ja", "ko", "nl", "pl", "pt", "ru", "sw", "th", "tr"),
    *("uk", "vi", "zh"),
)


def language_name(code: str) -> str:
    """In English: "hi" is "Hindi"; a code that nobody knows stands for itself."""
    return langcodes.get(code).display_name() if langcodes.tag_is_valid(code) else code


def own_name(code: str) -> str:
    """As its speakers call it: "hi" is "हिन्दी"."""
    return langcodes.get(code).autonym()


def is_language(code: str) -> bool:
    return len(code) <= LONGEST and langcodes.tag_is_valid(code)


@lru_cache
def language_choices() -> list[tuple[str, str]]:
    """For a form: the code, and the name in English and as its speakers write it."""
    return [(code, f"{language_name(code)} / {own_name(code)}") for code in OFFERED]
