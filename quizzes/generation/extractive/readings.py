"""Reading passages once: the same text is not parsed again for the next quiz."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from courses.language.words import base_language
from quizzes.generation.extractive.english import read_english
from quizzes.generation.extractive.facts import Reading
from quizzes.generation.extractive.plain import read_plain

# Some 20 kB a passage: the passages of several large books.
MAX_KEPT = 4000

_kept: OrderedDict[tuple[str, str], Reading] = OrderedDict()
_lock = threading.Lock()


def readings(texts: Sequence[str], language: str) -> list[Reading]:
    """The reading of each text, in order."""
    with _lock:
        known = {text: _kept[language, text] for text in texts if (language, text) in _kept}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(missing, _read(missing, language), strict=True))
        for text, reading in known.items():
            _kept[language, text] = reading
            _kept.move_to_end((language, text))
        while len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
    return [known[text] for text in texts]


def _read(texts: Sequence[str], language: str) -> list[Reading]:
    if base_language(language) == "en":
        return read_english(texts)
    return [read_plain(text, language) for text in texts]
