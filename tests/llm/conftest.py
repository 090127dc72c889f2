"""What workers load before they take steps."""

from __future__ import annotations

import pytest

from engine.language.spacy_english import load_english
from engine.language.words import load_dictionaries
from engine.search.embeddings import load_weights


@pytest.fixture(scope="session", autouse=True)
def language_data() -> None:
    load_weights()
    load_dictionaries("en")
    load_english()
