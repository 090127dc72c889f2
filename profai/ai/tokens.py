"""Tokens by rule of thumb: tokenisers differ by model, and theirs come over the network."""

from __future__ import annotations

CHARACTERS_A_TOKEN = 4
# Indic and other scripts beyond Latin take about a token for every character and a half.
OTHER_CHARACTERS_A_TOKEN = 1.5
LAST_LATIN = 0x24F


def estimate_tokens(text: str) -> int:
    """Within a quarter of what common tokenisers count in English prose, rather above it."""
    other = sum(ord(char) > LAST_LATIN for char in text)
    return round((len(text) - other) / CHARACTERS_A_TOKEN + other / OTHER_CHARACTERS_A_TOKEN) + 1
