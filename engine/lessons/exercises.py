"""Reads the exercises that a document prints: number, question, choices, and an answer below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from engine.language.answer_words import (
    ANSWER_LABEL,
    COUNTS,
    FALSE,
    KEY_LINE,
    LABEL_IN_LINE,
    SHARED,
    SHARED_AHEAD,
    TRUE,
)
from engine.lessons.schemas import SourcePassage
from engine.reading.document import PassageKind

MAX_CHOICES = 8
LETTERS = "abcdefgh"
_NUMBERED = re.compile(
    r"(?:(?:question|exercise|problem|item|q|frage|aufgabe|pregunta|प्रश्न)\.?\s*)?"
    r"(?:\(?(?P<number>\d{1,3}(?:\.\d{1,3}){0,2})\s*[.):](?=\s)|(?P<section>\d{1,3}(?:\.\d{1,3}){1,2})(?=\s))"
    r"\s*(?P<text>\S.*)",
    re.IGNORECASE,
)
# What marks a choice as right before or behind it, or as one that can be ticked.
_TICK = r"[*\u2713\u2714\u2611\u2705]|\[[xX\u2713\u2714]\]"
_BOX = r"[\u2610\u25a1\u25cb]|\[[ ]?\]"
_CHOICE = re.compile(
    rf"(?:[-\u2022]\s+)?(?:(?P<tick>{_TICK})|{_BOX})?\s*(?P<mark>[(\[]?(?P<letter>[A-Ha-h])[.):\]])\s+(?P<text>\S.*)"
)
_TICKED = re.compile(rf"(?:[-*\u2022]\s+)?(?:(?P<tick>{_TICK})|{_BOX})\s+(?P<text>\S.*)")
_RIGHT_BEHIND = re.compile(
    r"\s*(?:[\u2713\u2714\u2705]|[(\[](?:correct|right|true|richtig)[)\]])\s*$", re.I
)
_ALONE = re.compile(r"[(\[]?(?P<letter>[A-Ha-h])[)\]]?\.?")
_MARK_IN_LINE = re.compile(r"(?:(?<=\s)|^)(?P<mark>[(\[]?(?P<letter>[A-Ha-h])[.)\]])\s+(?=\S)")
_FEWEST_IN_LINE, _FEWEST_AFTER_A_STEM = 2, 3


@dataclass(slots=True)
class Exercise:
    """A question as it is printed. `number` is "" if it has none.

    `start` to `end` is its place in the text of `passage`, `beyond` its places in those that
    follow. `answer` is what stands below it, `marked` are the choices that are marked as right.
    `needs_more` says that a table, a picture or a text for several exercises belongs to it.
    """

    passage: SourcePassage
    number: str
    stem: str
    start: int
    end: int
    choices: list[str] = field(default_factory=list)
    style: str = ""
    marked: list[int] = field(default_factory=list)
    answer: str = ""
    # Choices 1, 2, 3 until a letter below them shows that they are no questions of their own.
    listed: list[tuple[str, SourcePassage, int, int]] = field(default_factory=list)
    needs_more: bool = False
    beyond: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def spans(self) -> tuple[tuple[int, int, int], ...]:
        """The ids of its passages, with the places in their texts."""
        return ((self.passage.id, self.start, self.end), *self.beyond)

    @property
    def printed(self) -> str:
        return self.passage.text[self.start : self.end].strip()


@dataclass(frozen=True, slots=True)
class KeyText:
    """Lines of answers within exercises, which belong to those of the same heading."""

    passage: SourcePassage
    text: str


def read_exercises(passages: Sequence[SourcePassage]) -> tuple[list[Exercise], list[KeyText]]:
    """Returns the exercises of some passages, and the answers that are printed among them.

    An exercise goes on in the next passage of its heading.
    """
    exercises: list[Exercise] = []
    keys: list[KeyText] = []
    ordered = sorted(passages, key=lambda p: (p.document, p.position))
    for _, section in groupby(ordered, key=lambda p: (p.document, p.heading_path)):
        reader = _Reader()
        for passage in section:
            reader.read(passage)
        exercises += reader.finished()
        keys += reader.keys
    return exercises, keys


@dataclass(slots=True)
class _Line:
    text: str
    start: int
    end: int
    opens: bool  # a paragraph


class _Reader:
    """Takes one line after the other of the exercises under one heading."""

    def __init__(self) -> None:
        self.found: list[Exercise] = []
        self.keys: list[KeyText] = []
        self._passage: SourcePassage
        self._in_key = False
        self._shared: list[tuple[int, int]] = []
        # From which place on, and for how many questions.
        self._ahead: list[tuple[tuple[int, int], int]] = []

    def read(self, passage: SourcePassage) -> None:
        self._passage = passage
        if passage.kind in (PassageKind.TABLE, PassageKind.CODE):
            if self.found:
                self.found[-1].needs_more = True
            return
        for line in _lines(passage.text):
            self._take(line)

    def finished(self) -> list[Exercise]:
        self._spread()
        for one in self.found:
            number = int(one.number) if one.number.isdigit() else -1
            if any(first <= number <= last for first, last in self._shared):
                one.needs_more = True
        for place, count in self._ahead:
            behind = [one for one in self.found if (one.passage.position, one.start) > place]
            for one in behind[:count]:
                one.needs_more = True
        return [one for one in self.found if any(c.isalpha() for c in one.stem)]

    def _take(self, line: _Line) -> None:
        if self._in_key:
            self.keys.append(KeyText(self._passage, line.text))
            return
        if shared := SHARED.search(line.text):
            self._shared.append((int(shared["first"]), int(shared["last"])))
        if ahead := SHARED_AHEAD.search(line.text):
            many = (ahead["count"] or ahead["number"] or "999").casefold()
            place = (self._passage.position, line.start)
            self._ahead.append((place, COUNTS[many] if many in COUNTS else int(many)))
        if self._begins_key(line):
            return
        for take in (self._answer, self._choice, self._ticked, self._numbered):
            if take(line):
                return
        self._text(line)

    @property
    def _last(self) -> Exercise | None:
        return self.found[-1] if self.found else None

    def _grow(self, line: _Line) -> None:
        last = self.found[-1]
        if last.passage is self._passage:
            last.end = line.end
        else:
            last.beyond.append((self._passage.id, line.start, line.end))

    def _begins_key(self, line: _Line) -> bool:
        key = KEY_LINE.match(line.text)
        if key is None or (key["text"] and not re.match(r"\(?\d", key["text"])):
            return False
        self._in_key = True
        if key["text"]:
            self.keys.append(KeyText(self._passage, key["text"]))
        return True

    def _answer(self, line: _Line) -> bool:
        """Takes "Answer: C", or a letter or "True" alone below the question."""
        last = self._last
        if last is None:
            return False
        labelled = ANSWER_LABEL.match(line.text)
        is_letter = _ALONE.fullmatch(line.text) and (last.choices or last.listed)
        is_truth = TRUE.fullmatch(line.text) or FALSE.fullmatch(line.text)
        if labelled:
            answer = labelled["text"]
        elif is_letter or (is_truth and not last.choices):
            answer = line.text
        else:
            return False
        if last.listed and not last.choices:
            last.choices, last.style = [text for text, *_ in last.listed], "1"
            last.beyond += [
                (passage.id, start, end)
                for _, passage, start, end in last.listed
                if passage is not last.passage
            ]
            last.listed = []
        last.answer = f"{last.answer} {answer}".strip()
        self._grow(line)
        return True

    def _choice(self, line: _Line) -> bool:
        last, found = self._last, _CHOICE.fullmatch(line.text)
        if last is None or found is None or last.answer:
            return False
        style = _style(found["mark"], found["letter"])
        if found["letter"].lower() != LETTERS[len(last.choices) : len(last.choices) + 1]:
            return False
        if last.choices and style != last.style:
            return False
        last.style = style
        for text in _in_line(line.text[found.start("mark") :], style, len(last.choices))[1]:
            self._add(last, text, ticked=bool(found["tick"]))
        self._grow(line)
        return True

    def _add(self, last: Exercise, text: str, *, ticked: bool) -> None:
        if ticked or _RIGHT_BEHIND.search(text):
            last.marked.append(len(last.choices))
        last.choices.append(_RIGHT_BEHIND.sub("", text))

    def _ticked(self, line: _Line) -> bool:
        """Takes a choice with a box instead of a letter."""
        last, found = self._last, _TICKED.fullmatch(line.text)
        if last is None or found is None or last.style not in ("", "box") or last.answer:
            return False
        last.style = "box"
        self._add(last, found["text"], ticked=bool(found["tick"]))
        self._grow(line)
        return True

    def _numbered(self, line: _Line) -> bool:
        found = _NUMBERED.fullmatch(line.text)
        if found is None:
            return False
        number, last = found["number"] or found["section"], self._last
        is_lead = last and not last.number and not last.choices and not last.answer
        if last and is_lead and number == str(len(last.listed) + 1):
            last.listed.append((found["text"], self._passage, line.start, line.end))
            return True
        self._begin(number, found["text"], line)
        return True

    def _begin(self, number: str, text: str, line: _Line) -> None:
        self._spread()
        stem, choices, style = _with_choices(text)
        one = Exercise(self._passage, number, stem, line.start, line.end, style=style)
        self.found.append(one)
        for choice in choices:
            self._add(one, choice, ticked=False)

    def _spread(self) -> None:
        """Makes questions of what was taken for the choices of a line above them."""
        last = self._last
        if last and last.listed:
            lead = self.found.pop()
            for number, (text, passage, start, end) in enumerate(lead.listed, start=1):
                stem, choices, style = _with_choices(text)
                one = Exercise(passage, str(number), stem, start, end, choices, style)
                self.found.append(one)

    def _text(self, line: _Line) -> None:
        """Takes a line that goes on, or begins a question without a number."""
        last = self._last
        if last is not None and not line.opens:
            self._go_on(last, line)
        elif last is not None and last.number and not last.choices and not last.answer:
            # A further paragraph of a numbered question.
            self._go_on(last, line)
        elif last is not None and last.answer and last.number:
            last.answer = f"{last.answer} {line.text}"
            self._grow(line)
        else:
            self._begin("", line.text, line)

    def _go_on(self, last: Exercise, line: _Line) -> None:
        if last.answer:
            last.answer = f"{last.answer} {line.text}"
        elif last.listed:
            text, passage, start, _ = last.listed[-1]
            last.listed[-1] = (f"{text} {line.text}", passage, start, line.end)
        elif last.choices:
            last.choices[-1] = f"{last.choices[-1]} {line.text}"
        else:
            last.stem, choices, last.style = _with_choices(f"{last.stem} {line.text}")
            for choice in choices:
                self._add(last, choice, ticked=False)
        self._grow(line)


def _lines(text: str) -> Iterator[_Line]:
    """Yields the lines that hold something; an answer behind a question is a line of its own."""
    position, opens = 0, True
    for raw in text.splitlines(keepends=True):
        start = position
        position += len(raw)
        if not raw.strip():
            opens = True
            continue
        cuts = [found.end() for found in LABEL_IN_LINE.finditer(raw)]
        for begin, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
            words = " ".join(raw[begin:end].split())
            if words:
                yield _Line(words, start + begin, start + end, opens)
            opens = False


def _style(mark: str, letter: str) -> str:
    return mark.replace(letter, "a" if letter.islower() else "A")


def _in_line(text: str, style: str, first: int) -> tuple[str, list[str]]:
    """Returns what stands before the choices of a line, and the choices from letter `first` on."""
    marks: list[re.Match[str]] = []
    for found in _MARK_IN_LINE.finditer(text):
        wanted = LETTERS[first + len(marks) : first + len(marks) + 1]
        fits = not style or _style(found["mark"], found["letter"]) == style
        if fits and found["letter"].lower() == wanted:
            style = _style(found["mark"], found["letter"])
            marks.append(found)
    if not marks:
        return text.strip(), []
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    choices = [text[m.end() : end].strip(" ;,") for m, end in zip(marks, ends, strict=True)]
    return text[: marks[0].start()].strip(), choices


def _with_choices(text: str) -> tuple[str, list[str], str]:
    """Returns a question, the choices that follow it in the same line, and how they are marked."""
    stem, choices = _in_line(text, "", 0)
    if len(choices) < _FEWEST_AFTER_A_STEM or not stem:
        return text.strip(), [], ""
    first = _MARK_IN_LINE.search(text)
    return stem, choices, _style(first["mark"], first["letter"]) if first else ""
