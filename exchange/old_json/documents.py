"""Reads JSON values from a file that may be large, cut off, or written twice.

A list at the top of a document is read element by element, so that memory holds one element.
What cannot be read is said with its place, and reading goes on at the next record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, BinaryIO

from common.nesting import TooDeepError, check_levels
from exchange.old_json.characters import CHUNK, Characters

RECORD_LIMIT = 32 * 1024 * 1024  # characters of one record
_SPACE = re.compile(r"[\s\ufeff\x00]*")
# An object that begins as the records of old files do, and is nobody's member.
_RECORD = re.compile(
    r'(?<!:)(?<!:\s)\{\s*"(?:course_title|course_id|quiz_id|submission|format)"\s*:'
)
_KEEP = 200  # characters that a match of _RECORD may need on both sides of a cut
_NEAR = 16  # longer than any literal or escape
_LITERALS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
# What PostgreSQL cannot store: NUL, and halves of surrogate pairs.
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])|\x00")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Found:
    """A value, and which one of the file it is, from 1. `repaired`: characters were replaced."""

    value: Any
    number: int
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A note for staff about the whole file."""

    reason: str


class _UnreadableError(Exception):
    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset, self.reason = offset, reason


class _State(Enum):
    OUTSIDE = auto()
    IN_LIST = auto()
    # After an error: there may or may not be a list around the records that follow.
    UNSURE = auto()


def read_values(file: BinaryIO, limit: int = RECORD_LIMIT) -> Iterator[Found | Broken | Remark]:
    """Yields all records of a file. OSError and what zipfile raises pass through."""
    return _Reader(file, limit).values()


class _Reader:
    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._characters = Characters(file)
        self._limit = limit
        self._decode = json.JSONDecoder(strict=False).raw_decode
        self._text, self._at, self._ended = "", 0, False
        self._lines, self._column = 1, 1
        self._state = _State.OUTSIDE
        self._numbers, self._documents = 0, 0

    def values(self) -> Iterator[Found | Broken | Remark]:
        while character := self._peek():
            if self._is_bracket(character):
                self._at += 1
                continue
            try:
                yield self._value()
            except _UnreadableError as error:
                yield Broken(self._place(error.offset), error.reason)
                self._state = _State.UNSURE
                self._resynchronise()
        if self._state is _State.IN_LIST:
            reason = "The file ends inside its list: it is cut off."
            yield Broken(self._place(self._at), reason)
        elif not self._documents and not self._numbers and self._state is _State.OUTSIDE:
            yield Broken("", "The file is empty.")
        if self._documents > 1:
            yield Remark(f"The file holds {self._documents} documents; all of them were read.")
        if self._characters.guessed:
            yield Remark("Bytes that are not UTF-8 were read as Windows-1252.")

    def _is_bracket(self, character: str) -> bool:
        """Steps into a list, to its next element, or out of it."""
        if self._state is _State.OUTSIDE:
            if character != "[":
                return False
            self._state = _State.IN_LIST
            self._documents += 1
            return True
        if character == "]":
            self._state = _State.OUTSIDE
            return True
        return character == "," or (self._state is _State.UNSURE and character == "[")

    def _peek(self) -> str:
        """Returns the next character that is no white space; "" at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _more(self, keep_from: int | None = None) -> bool:
        """Reads as much again as is in memory, so that the number of reads stays small."""
        if self._ended:
            return False
        start = self._at if keep_from is None else keep_from
        piece = self._characters.read(max(CHUNK, len(self._text) - start))
        self._ended = not piece
        if piece:
            self._lines, self._column = self._position(start)
            self._text, self._at = self._text[start:], max(self._at - start, 0)
            self._text += piece
        return bool(piece)

    def _position(self, offset: int) -> tuple[int, int]:
        lines = self._text.count("\n", 0, offset)
        if not lines:
            return self._lines, self._column + offset
        return self._lines + lines, offset - self._text.rfind("\n", 0, offset)

    def _place(self, offset: int) -> str:
        line, column = self._position(offset)
        return f"record {self._numbers + 1}, line {line}, column {column}"

    def _value(self) -> Found:
        while True:
            try:
                value, end = self._decode(self._text, self._at)
                check_levels(value)
            except json.JSONDecodeError as error:
                if not (self._is_cut(error) and self._grow()):
                    raise _UnreadableError(
                        error.pos,
                        "The file ends in the middle of this record: it is cut off."
                        if self._ended and self._is_cut(error)
                        else f"This is not JSON: {error.msg}.",
                    ) from error
            except (RecursionError, TooDeepError) as error:
                raise _UnreadableError(self._at, "Lists are nested too deeply.") from error
            except ValueError as error:
                raise _UnreadableError(self._at, "A number has too many digits.") from error
            else:
                # A number that ends with the text may go on in the file.
                if end == len(self._text) and isinstance(value, int | float) and self._grow():
                    continue
                return self._found(value, end)

    def _found(self, value: Any, end: int) -> Found:
        repaired = bool(_SUSPECT.search(self._text, self._at, end))
        if repaired:
            cleaned = storable(value)
            repaired, value = cleaned != value, cleaned
        self._at = end
        self._numbers += 1
        if self._state is _State.OUTSIDE:
            self._documents += 1
        return Found(value, self._numbers, repaired)

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        """Whether more text could help. A string that never ends is reported at its start."""
        rest = self._text[error.pos : error.pos + _NEAR].strip()
        if error.msg.startswith("Unterminated"):
            return True
        if error.msg.startswith("Invalid"):
            return len(rest) < _NEAR
        if error.msg == "Expecting value":
            return any(literal.startswith(rest) for literal in _LITERALS)
        return not rest

    def _grow(self) -> bool:
        if len(self._text) - self._at > self._limit:
            size = self._limit // (1024 * 1024)
            raise _UnreadableError(self._at, f"This record is larger than {size} million letters.")
        return self._more()

    def _resynchronise(self) -> None:
        """Goes to the next beginning of a record after the present one, or to the end."""
        start = self._at + 1
        while (match := _RECORD.search(self._text, start)) is None:
            start = max(len(self._text) - _KEEP, start)
            self._at = start
            if not self._more(keep_from=start):
                self._at = len(self._text)
                return
            start = 0
        self._at = match.start()


def storable(value: Any) -> Any:
    """Returns `value` with the characters replaced that a database cannot hold."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value
