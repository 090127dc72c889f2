"""Lists of things with what is said of each, as tables: "River valleys: shaped like a V"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.language.words import base_language, lemma
from engine.questions.extractive.material import Material, TableText, TextList
from engine.questions.extractive.numbers import read_quantity, read_range
from engine.questions.extractive.stems import head_of, is_plural

MIN_ITEMS = 4
_MIN_SAID, _MAX_THINGS = 3, 3  # words
_ITEM = re.compile(r"^(?P<label>[^:;.!?]{2,50}?)\s*(?:: | \u2013 | \u2014 | - )(?P<text>\S.+)$")
_COMMON = r"(?:(?:the|some|common|famous|important|main|key|typical|major|different|several) )*"
# What the lead of a list says of its items: "pH of some common foods", "types of valleys".
_VALUES = re.compile(
    rf"(?:the |typical |average )?(?P<column>[A-Za-z][A-Za-z -]{{1,40}}?) (?:of|for|in) {_COMMON}"
    rf"(?P<things>[A-Za-z][a-z -]{{2,30}})",
    re.IGNORECASE,
)
_THINGS = re.compile(
    rf"{_COMMON}(?:(?:types|kinds|forms|sorts|classes|examples) of )?{_COMMON}"
    r"(?P<things>[A-Za-z][A-Za-z -]{2,30}?)(?: (?:in|of|on|for|at) [A-Za-z ]{3,40})?",
    re.IGNORECASE,
)
# Nouns that say nothing of what is listed, and what stands under a picture or a plan.
_NO_THINGS = re.compile(
    r"\b(?:steps?|tips?|ways?|things|examples?|notes?|reasons?|factors?|layout|following|questions"
    r"|items|points|features|characteristics|details|uses|parts|terms|rules|methods?|options"
    r"|advantages|disadvantages|benefits|causes|effects|goals|ideas|lessons|tools|settings|this|that"
    r"|these|those|it|you|we|has|have|had|is|are|was|were|can|may|must|should|depends?|includes?"
    r"|because|from|shows?)\b",
    re.IGNORECASE,
)


def labelled_lists(material: Material) -> Iterator[TableText]:
    """Yields the lists whose lead names what their items are and, of values, what is said."""
    if base_language(material.language) != "en":
        return
    for one in material.lists:
        found = [_ITEM.match(item) for item in one.items]
        rows = [(match["label"].strip(), match["text"].rstrip(" .;")) for match in found if match]
        header = _header(one, rows) if len(rows) == len(found) >= MIN_ITEMS else None
        if header:
            yield TableText(
                rows=(header, *rows),
                lines=(one.lead, *one.items),
                caption="",
                places=(one.place,) * (len(rows) + 1),
            )


def _header(one: TextList, rows: list[tuple[str, str]]) -> tuple[str, str] | None:
    lead = re.sub(r"(?: (?:are|include))?:$", "", one.lead).strip()
    values = sum(bool(read_quantity(text, "en") or read_range(text, "en")) for _, text in rows)
    if values == len(rows):
        said = _VALUES.fullmatch(lead)
        return (
            (_one_of(said["things"]), said["column"]) if said and _names(said["things"]) else None
        )
    things = _THINGS.fullmatch(lead)
    short = any(len(text.split()) < _MIN_SAID for _, text in rows)
    if values or short or not things or not _names(things["things"]):
        return None
    return _one_of(things["things"]), "Description"


def _names(things: str) -> bool:
    few = len(things.split()) <= _MAX_THINGS
    return few and is_plural(things) and not _NO_THINGS.search(things)


def _one_of(things: str) -> str:
    head = head_of(things)
    return re.sub(rf"{head}$", lemma(head, "en"), things, flags=re.IGNORECASE)
