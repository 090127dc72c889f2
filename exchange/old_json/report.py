"""The report of an import: counts by kind, and lines about what staff should look at."""

from __future__ import annotations

import json
import weakref
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from tempfile import SpooledTemporaryFile
from typing import Any, TextIO

IN_MEMORY = 1024 * 1024


class Kind(StrEnum):
    """Kinds of records. `UNREADABLE` is for those whose kind could not be found out."""

    COURSE = "course"
    MODULE = "module"
    TOPIC = "topic"
    QUIZ = "quiz"
    QUESTION = "question"
    ANSWER_KEY = "answer key"
    SUBMISSION = "submission"
    ANSWER = "answer"
    LEARNER = "learner"
    EXPORT = "exported course"
    UNREADABLE = "unreadable"


class Outcome(StrEnum):
    """How a record ended. Each record that was read has one, so that counts add up."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    # Not written on purpose: edited or deleted here, or twice in the files.
    SKIPPED = "skipped"
    REFUSED = "refused"
    # Only when source and database are compared.
    DIFFERENT = "different"


class Level(StrEnum):
    """`NOTE`: taken in, but changed, guessed or recomputed on the way."""

    NOTE = "note"
    SKIPPED = "skipped"
    REFUSED = "refused"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a data set: a file, and a path inside it such as `record 3, modules[0]`."""

    file: str
    inside: str = ""

    def at(self, part: str) -> Place:
        return Place(self.file, f"{self.inside}, {part}" if self.inside else part)


@dataclass(frozen=True, slots=True)
class Line:
    level: Level
    kind: str
    file: str
    place: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.file} ({self.place})" if self.place else self.file
        return f"{self.level}: {self.kind} in {where}: {self.reason}"


class Report:
    """Lines go to a temporary file once there are many: memory does not grow with them."""

    def __init__(self) -> None:
        self.counts: dict[Kind, Counter[Outcome]] = {}
        self.files: Counter[str] = Counter()
        self.levels: Counter[Level] = Counter()
        self._spool = SpooledTemporaryFile(IN_MEMORY, "w+", encoding="utf-8")  # noqa: SIM115 - kept
        weakref.finalize(self, self._spool.close)

    def count(self, kind: Kind, outcome: Outcome, number: int = 1) -> None:
        if number:
            self.counts.setdefault(kind, Counter())[outcome] += number

    def line(self, level: Level, kind: str, place: Place, reason: str) -> None:
        self.levels[level] += 1
        line = Line(level, kind, place.file, place.inside, reason)
        self._spool.write(json.dumps(asdict(line)) + "\n")

    def note(self, kind: str, place: Place, reason: str) -> None:
        self.line(Level.NOTE, kind, place, reason)

    def skip(self, kind: Kind, place: Place, reason: str) -> None:
        self.count(kind, Outcome.SKIPPED)
        self.line(Level.SKIPPED, kind, place, reason)

    def refuse(self, kind: Kind, place: Place, reason: str) -> None:
        self.count(kind, Outcome.REFUSED)
        self.line(Level.REFUSED, kind, place, reason)

    def differ(self, kind: Kind, place: Place, reason: str) -> None:
        self.count(kind, Outcome.DIFFERENT)
        self.line(Level.DIFFERENT, kind, place, reason)

    def refuse_file(self, name: str, reason: str) -> None:
        self.files["refused"] += 1
        self.line(Level.REFUSED, "file", Place(name), reason)

    @property
    def is_clean(self) -> bool:
        """Whether the database has everything as the files have it."""
        return not self.levels[Level.REFUSED] and not self.levels[Level.DIFFERENT]

    def read(self, kind: Kind) -> int:
        return self.counts.get(kind, Counter()).total()

    def mark(self) -> _Mark:
        return _Mark(
            {kind: counter.copy() for kind, counter in self.counts.items()},
            self.levels.copy(),
            self._spool.tell(),
        )

    def back_to(self, mark: _Mark) -> None:
        """Forgets what was reported since `mark`: its transaction was rolled back."""
        self.counts, self.levels = mark.counts, mark.levels
        self._spool.seek(mark.length)
        self._spool.truncate()

    def lines(self) -> Iterator[Line]:
        self._spool.seek(0)
        for text in self._spool:
            data = json.loads(text)
            yield Line(**data | {"level": Level(data["level"])})
        self._spool.seek(0, 2)

    def table(self) -> dict[str, dict[str, int]]:
        """Counts by kind; `read` is the sum of the others."""
        return {
            str(kind): {"read": self.read(kind)}
            | {str(outcome): self.counts[kind][outcome] for outcome in Outcome}
            for kind in Kind
            if kind in self.counts
        }

    def write_json(self, file: TextIO) -> None:
        """Writes one JSON object; its lines are written one by one."""
        head: dict[str, Any] = {
            "counts": self.table(),
            "files": dict(self.files),
            "levels": {str(level): self.levels[level] for level in Level},
        }
        file.write(json.dumps(head, indent=2, ensure_ascii=False)[:-2])
        file.write(',\n  "lines": [')
        separator = "\n    "
        for line in self.lines():
            file.write(separator + json.dumps(asdict(line), ensure_ascii=False))
            separator = ",\n    "
        file.write("\n  ]\n}\n")


@dataclass(frozen=True, slots=True)
class _Mark:
    counts: dict[Kind, Counter[Outcome]]
    levels: Counter[Level]
    length: int
