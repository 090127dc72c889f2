"""Pairs exercises with the answers that the document prints, where it is certain which is whose.

A key belongs to an exercise if the headings that it names stand above the exercise, the number is
the same and no other exercise or answer fits as well. A block of answers that does not fit the
exercises it names, with numbers or letters that these do not have, is left alone as a whole.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise

from engine.language.answer_words import FALSE, SCOPE, TRUE
from engine.language.part_titles import part_named
from engine.language.words import normalise
from engine.lessons.document_parts import part_of_passage
from engine.lessons.exercises import LETTERS, Exercise, KeyText, read_exercises
from engine.lessons.schemas import SourcePassage
from engine.lessons.titles import clean_title
from engine.reading.document import DocumentPart, PassageKind, PlaceUnit

# Share of a block's answers that may fit no exercise, such as one that could not be read.
MISFITS = 0.2
MIN_EXPLANATION = 4  # words
_NUMBER = r"(?P<number>\d{1,3}(?:\.\d{1,3}){0,2})"
_LETTERS = r"\(?[A-Ha-h]\)?(?:\s*(?:,|;|&|and)\s*\(?[A-Ha-h]\)?)*"
_PAIR = re.compile(
    rf"\(?{_NUMBER}\s*[.):=\u2013\u2014-]?\s*(?P<answer>{_LETTERS}|(?i:true|false)|[TF])(?:[\s.,;|]+|$)"
)
_ENTRY = re.compile(rf"\W*{_NUMBER}(?:\s*[.):]|(?=\s))\s*(?P<answer>\S.*)")
_ALONE = re.compile(rf"\(?{_NUMBER}[.)]?")
_FROM_LETTER = re.compile(r"\(?(?P<letter>[A-Ha-h])\)?\s*(?:[.):;\u2013\u2014-]\s*(?P<rest>.*)|$)")
_SEVERAL = re.compile(rf"{_LETTERS}\.?")
_JUDGED = re.compile(r"(?P<truth>[^\W\d_]+)\s*(?:[.:,;\u2013\u2014-]\s*(?P<rest>.*)|$)")
_PART = re.compile(r"(?:^|\s)\(?[b-e][.)]\s")
_MAX_SCOPE = 90


@dataclass(frozen=True, slots=True)
class PrintedKey:
    """What the document says is right: choices by their places, a truth, or some words.

    `explanation` is the reason that is printed with it. `page` is where, "" in a document without
    pages, and `quote` are the words there.
    """

    right: tuple[int, ...] = ()
    truth: bool | None = None
    words: str = ""
    explanation: str = ""
    passage_id: int = 0
    page: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class PrintedQuestion:
    """An exercise of the document, with its `key` where one is printed and surely belongs to it.

    `quote` is the question as it is printed in the passage, `spans` are the ids of the passages
    that it stands in, with its places there.
    """

    passage: SourcePassage
    number: str
    stem: str
    choices: tuple[str, ...]
    quote: str
    spans: tuple[tuple[int, int, int], ...] = ()
    needs_more: bool = False
    key: PrintedKey | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    """An answer of a key: its number, and the headings below and above the word "Answers"."""

    number: str
    text: str
    passage: SourcePassage
    quote: str
    scope: tuple[str, ...]
    above: tuple[str, ...]


@lru_cache(maxsize=2)
def printed_questions(passages: tuple[SourcePassage, ...]) -> tuple[PrintedQuestion, ...]:
    """Returns the exercises of documents in reading order.

    Needs all of their exercises and answers: whether a key is one's own depends on the others. The
    last two results are kept, because each lesson and quiz of a course asks for the same.
    """
    parts: dict[DocumentPart, list[SourcePassage]] = defaultdict(list)
    for passage in passages:
        parts[part_of_passage(passage)].append(passage)
    exercises, inner = read_exercises(parts[DocumentPart.EXERCISES])
    entries = list(_entries(parts[DocumentPart.ANSWERS], inner))
    paired = _paired(exercises, entries, parts[DocumentPart.ANSWERS])
    return tuple(
        PrintedQuestion(
            passage=one.passage,
            number=one.number,
            stem=one.stem,
            choices=tuple(one.choices),
            quote=one.printed,
            spans=one.spans,
            needs_more=one.needs_more,
            key=_own_key(one) if one.answer or one.marked else paired.get(place),
        )
        for place, one in enumerate(exercises)
    )


# --- reading keys


def _entries(passages: Sequence[SourcePassage], inner: Sequence[KeyText]) -> Iterator[_Entry]:
    """Yields the answers of the parts with answers, then those of keys among the exercises."""
    for passage in sorted(passages, key=lambda p: (p.document, p.position)):
        above, scope = _split_path(passage.heading_path)
        yield from _of_lines(passage, _key_lines(passage), above, scope)
    for key in inner:
        yield from _of_lines(key.passage, [key.text], key.passage.heading_path, ())


def _split_path(path: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the headings above that of the answers, and what says whose answers they are."""
    answers = (n for n, one in enumerate(path) if part_named(clean_title(one)) == "answers")
    at = max(answers, default=-1)
    if at < 0:
        return tuple(path), ()
    named = SCOPE.search(path[at])
    return tuple(path[:at]), (*([named[0]] if named else []), *path[at + 1 :])


def _key_lines(passage: SourcePassage) -> list[str]:
    """Returns the lines of a key; of a table its cells, two by two."""
    lines = [" ".join(line.split()) for line in passage.text.splitlines()]
    if passage.kind is not PassageKind.TABLE:
        return [line for line in lines if line]
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines]
    rows = [row for row in rows if not all(re.fullmatch(r":?-*:?", cell) for cell in row)]
    if _is_transposed(rows):
        rows = [list(pair) for pair in zip(*rows[:2], strict=False)]
    return [f"{a} {b}" for row in rows for a, b in zip(row[::2], row[1::2], strict=False) if b]


def _is_transposed(rows: Sequence[Sequence[str]]) -> bool:
    """Whether numbers stand in the first row and their answers below them."""
    if len(rows) != 2:  # noqa: PLR2004 - numbers and answers
        return False
    digits = [cell for cell in rows[0] if re.fullmatch(r"\d{1,3}\.?", cell)]
    return len(digits) >= len(rows[0]) - 1 and len(digits) > 1


def _of_lines(
    passage: SourcePassage, lines: Sequence[str], above: tuple[str, ...], scope: tuple[str, ...]
) -> Iterator[_Entry]:
    """Yields the answers of some lines; a line such as "Chapter 3" says of what follows it."""
    inner: tuple[str, ...] = ()
    open_entry: tuple[str, list[str]] | None = None
    for line in lines:
        heading, rest = _heading_of(line)
        if heading:
            yield from _closed(open_entry, passage, (*scope, *inner), above)
            open_entry = None
            # One of its kind, or a wider one, ends those before it.
            inner = (*(one for one in inner if _rank(one) < _rank(heading)), heading)
            if not rest:
                continue
        pairs = _pairs(rest)
        entry = pairs[-1] if pairs else _ENTRY.fullmatch(rest)
        if entry:
            yield from _closed(open_entry, passage, (*scope, *inner), above)
            for pair in pairs[:-1]:
                yield _Entry(
                    pair["number"], pair["answer"], passage, pair[0], (*scope, *inner), above
                )
            open_entry = (entry["number"], [entry["answer"]])
        elif number := _ALONE.fullmatch(rest):
            yield from _closed(open_entry, passage, (*scope, *inner), above)
            open_entry = (number["number"], [""])
        elif open_entry:
            # A letter alone with its reason in the next line.
            stop = "." if _SEVERAL.fullmatch(" ".join(open_entry[1])) else ""
            open_entry[1][-1] += stop
            open_entry[1].append(rest)
    yield from _closed(open_entry, passage, (*scope, *inner), above)


def _pairs(line: str) -> list[re.Match[str]]:
    """Returns the numbers with their letters if a line holds nothing else, and they go up."""
    found: list[re.Match[str]] = []
    while not found or found[-1].end() < len(line):
        pair = _PAIR.match(line, found[-1].end() if found else 0)
        if pair is None:
            return []
        found.append(pair)
    numbers = [tuple(map(int, pair["number"].split("."))) for pair in found]
    depths = {len(number) for number in numbers}
    goes_up = all(one < other for one, other in pairwise(numbers))
    return found if len(depths) == 1 and goes_up else []


def _closed(
    entry: tuple[str, list[str]] | None,
    passage: SourcePassage,
    scope: tuple[str, ...],
    above: tuple[str, ...],
) -> Iterator[_Entry]:
    if entry:
        text = " ".join(entry[1]).strip()
        yield _Entry(entry[0], text, passage, f"{entry[0]}. {text}", scope, above)


def _heading_of(line: str) -> tuple[str, str]:
    """Returns a line's heading, "" if it has none, and what follows it in the line."""
    named = SCOPE.match(line)
    if named:
        rest = line[named.end() :].lstrip(" .:\u2013\u2014-")
        if not rest or _pairs(rest):
            return named[0], rest
        if len(line) <= _MAX_SCOPE and not re.search(r"[.!?]$", line):
            return line, ""
    if len(line) <= _MAX_SCOPE and part_named(line) == "exercises":
        return line, ""
    return "", line


def _rank(heading: str) -> int:
    named = SCOPE.match(heading)
    if named is None:
        return 3
    wide = ("chapter", "unit", "part", "kapitel", "chapitre", "cap", "hoofdstuk", "глава", "अध्याय")
    return 1 if named["kind"].casefold().startswith(wide) else 2


# --- pairing


def _paired(
    exercises: Sequence[Exercise], entries: Sequence[_Entry], passages: Sequence[SourcePassage]
) -> dict[int, PrintedKey]:
    """Returns the keys by the places of their exercises."""
    by_number: dict[str, list[int]] = defaultdict(list)
    for place, exercise in enumerate(exercises):
        if exercise.number:
            by_number[exercise.number].append(place)
    blocks: dict[tuple[object, ...], list[tuple[_Entry, int | None]]] = defaultdict(list)
    for entry in entries:
        near = [n for n in by_number[entry.number] if _belongs(entry, exercises[n].passage)]
        near = _beside(entry, near, exercises, passages)
        whose = _whose(entry, near, exercises)
        blocks[entry.passage.document, entry.above, entry.scope].append((entry, whose))
    found: dict[int, list[PrintedKey]] = defaultdict(list)
    for block in blocks.values():
        if sum(whose is None for _, whose in block) > MISFITS * len(block):
            continue
        for entry, whose in block:
            place = -1 if whose is None else whose
            if place >= 0 and (key := _key(entry, exercises[place])):
                found[place].append(key)
    return {place: keys[0] for place, keys in found.items() if len(keys) == 1}


def _whose(entry: _Entry, near: Sequence[int], exercises: Sequence[Exercise]) -> int | None:
    """Returns the place of the exercise that an answer is of.

    None if no exercise has its number or its letters, which speaks against the whole block; -1 if
    it is of several, or in words that say nothing of any.
    """
    fitting = [n for n in near if _key(entry, exercises[n])]
    if len(fitting) == 1:
        return fitting[0]
    return -1 if fitting or (near and not _SEVERAL.fullmatch(entry.text)) else None


def _belongs(entry: _Entry, passage: SourcePassage) -> bool:
    """Whether an exercise stands below all headings that the key stands below and names."""
    if entry.passage.document != passage.document:
        return False
    path = passage.heading_path
    if path[: len(entry.above)] != entry.above:
        return False
    return all(_names(heading, path) for heading in entry.scope)


def _names(heading: str, path: Sequence[str]) -> bool:
    """Whether a heading of the key is among those of the exercise: by its number, or its title."""
    number, title = _number_of(heading), _title_of(heading)
    for one in path:
        its_number, its_title = _number_of(one), _title_of(one)
        if number and its_number:
            if number == its_number:
                return not title or not its_title or title == its_title
            # The first of a path that has a number is the chapter.
            if "." not in number and _rank(heading) == 1:
                return False
        elif title and title == its_title:
            return not number
    return False


_LEADING = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,3})*)[.:)]?\s+(?=\S)")


def _number_of(heading: str) -> str:
    named = SCOPE.match(heading) or _LEADING.match(heading)
    return named["number"].upper() if named else ""


def _title_of(heading: str) -> str:
    named = SCOPE.match(heading) or _LEADING.match(heading)
    return normalise(heading[named.end() :] if named else heading)


def _beside(
    entry: _Entry, near: list[int], exercises: Sequence[Exercise], passages: Sequence[SourcePassage]
) -> list[int]:
    """Returns the exercises right before the key, where headings do not tell which it is of.

    That is so in a text in which exercises and answers follow each other under headings of one
    level.
    """
    key = entry.passage
    if entry.scope or len(near) < 2:  # noqa: PLR2004 - more than one
        return near
    paths = {exercises[n].passage.heading_path for n in near}
    if any(path[:-1] != entry.above for path in paths):
        return near
    before = [exercises[n].passage.position for n in near]
    last = max((one for one in before if one < key.position), default=-1)
    answered = (one.position for one in passages if one.document == key.document)
    after = max((one for one in answered if one < last), default=-1)
    return [n for n in near if after < exercises[n].passage.position <= last]


def _key(entry: _Entry, exercise: Exercise) -> PrintedKey | None:
    """Returns what an answer says of an exercise; None if it is no answer to it."""
    return _read(entry.text, exercise, entry.passage, entry.quote)


def _own_key(exercise: Exercise) -> PrintedKey | None:
    """Returns the key that stands below an exercise, or is marked in its choices."""
    if exercise.answer and not exercise.marked:
        return _read(exercise.answer, exercise, exercise.passage, exercise.answer)
    if exercise.answer or len(exercise.marked) == len(exercise.choices):
        return None
    right, where = tuple(exercise.marked), exercise.passage
    return PrintedKey(right, passage_id=where.id, page=_page(where), quote=exercise.printed)


def _page(passage: SourcePassage) -> str:
    if passage.unit is PlaceUnit.PARAGRAPH:
        return ""
    labels = dict.fromkeys((passage.label_from, passage.label_to))
    return "\u2013".join(filter(None, labels))


def _read(text: str, exercise: Exercise, where: SourcePassage, quote: str) -> PrintedKey | None:
    text = " ".join(text.split())
    made = partial(PrintedKey, passage_id=where.id, page=_page(where), quote=quote)
    if exercise.choices:
        found = _right_choices(text, exercise.choices)
        return made(right=found[0], explanation=found[1]) if found else None
    judged = _JUDGED.fullmatch(text)
    if judged and (TRUE.fullmatch(judged["truth"]) or FALSE.fullmatch(judged["truth"])):
        is_true = bool(TRUE.fullmatch(judged["truth"]))
        return made(truth=is_true, explanation=_reason(judged["rest"] or ""))
    return None if _SEVERAL.fullmatch(text) else made(words=text)


def _right_choices(text: str, choices: Sequence[str]) -> tuple[tuple[int, ...], str] | None:
    """Returns the right choices by their places, and why; None if the answer names none of them."""
    if _SEVERAL.fullmatch(text):
        places = [LETTERS.index(one.lower()) for one in re.findall(r"(?<!\w)[A-Ha-h](?!\w)", text)]
        known = len(set(places)) == len(places) < len(choices) and max(places) < len(choices)
        return (tuple(sorted(places)), "") if known else None
    judged = TRUE.fullmatch(text.rstrip(".")) or FALSE.fullmatch(text.rstrip("."))
    whole = [n for n, one in enumerate(choices) if normalise(one) == normalise(text)]
    if judged or whole:
        return (tuple(whole), "") if len(whole) == 1 else None
    found = _FROM_LETTER.fullmatch(text)
    if found is None or LETTERS.index(found["letter"].lower()) >= len(choices):
        return None
    place, rest = LETTERS.index(found["letter"].lower()), (found["rest"] or "").strip()
    said = normalise(choices[place])
    if normalise(rest) == said or not rest:
        return (place,), ""
    if f"{normalise(rest)} ".startswith(f"{said} "):
        # "B. Paris. It has been ...": the choice itself, then the reason.
        behind = rest[len(choices[place]) :].lstrip(" .:;,\u2013\u2014-")
        return (place,), _reason(behind)
    # "a. 24 b. 17" are the results of parts.
    return None if _PART.search(rest) or not _reason(rest) else ((place,), _reason(rest))


def _reason(text: str) -> str:
    return text.strip() if len(text.split()) >= MIN_EXPLANATION else ""
