"""Writes questions for judges who know nothing of their origin, and counts their judgements."""

from __future__ import annotations

import json
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from courses.models import Course
from quizzes.judging import (
    FIELDS,
    Judgements,
    SheetError,
    agreement,
    blind_sheet,
    counted,
    read_sheet,
)

DESCRIPTION = """\
Write a sheet of a course's questions for judges who know nothing of how they were made, one JSON
object a line, or read judged sheets and count.

A judge reads the passage, then the question, and sets each of these to true or false:
""" + "".join(f"  {name}: {words}.\n" for name, words in FIELDS.items())


class Command(BaseCommand):
    help = DESCRIPTION

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("course", nargs="?", help="its number, or its name in addresses")
        parser.add_argument("--count", type=int, default=30, help="how many questions (30)")
        parser.add_argument("--seed", type=int, default=1, help="draws another sheet (1)")
        parser.add_argument("--output", type=Path, help="by default, the sheet is printed")
        parser.add_argument(
            "--read", type=Path, nargs="+", metavar="FILE", help="one judged sheet, or two of them"
        )

    def handle(
        self, *_args: Any, course: str | None, read: list[Path] | None, **options: Any
    ) -> None:
        try:
            if read:
                self._read(read)
            elif course:
                self._write(course, **options)
            else:
                raise CommandError("Name a course, or read judged sheets with --read.")
        except SheetError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error

    def _write(
        self, course: str, *, count: int, seed: int, output: Path | None, **_options: Any
    ) -> None:
        field = "pk" if course.isdecimal() else "slug"
        found = Course.objects.filter(**{field: course}).first()
        if found is None:
            raise CommandError(f"There is no course {course}.")
        if count < 1:
            raise CommandError("--count must be 1 or more.")
        items = blind_sheet(found, count=count, seed=seed)
        if not items:
            raise CommandError("This course has no questions yet.")
        text = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
        if output is None:
            self.stdout.write(text, ending="")
            return
        output.write_text(text, encoding="utf-8")
        self.stdout.write(f"Wrote {len(items)} questions to {output}; drawn by seed {seed}.")

    def _read(self, paths: list[Path]) -> None:
        if len(paths) > 2:  # noqa: PLR2004 - a pair
            raise CommandError("Read one judged sheet, or two to compare.")
        sheets = [self._sheet(path) for path in paths]
        for path, sheet in zip(paths, sheets, strict=True):
            self._show(path, sheet)
        if len(sheets) > 1:
            total = len(sheets[0])
            self.stdout.write(f"Both, of {total}: judged alike; yes by both")
            for name, (alike, both) in agreement(*sheets).items():
                self.stdout.write(f"  {name}: {_of(alike, total)}; {_of(both, total)}")

    def _sheet(self, path: Path) -> Judgements:
        try:
            return read_sheet(path.read_text(encoding="utf-8").splitlines())
        except UnicodeDecodeError as error:
            raise SheetError(f"{path} is not UTF-8; save it as UTF-8.") from error
        except SheetError as error:
            raise SheetError(f"{path}: {error}") from error

    def _show(self, path: Path, sheet: Judgements) -> None:
        counts = counted(sheet)
        self.stdout.write(f"{path}, of {counts.total}:")
        for name, yes in counts.yes.items():
            self.stdout.write(f"  {name}: {_of(yes, counts.total)}")
        if counts.contradictory:
            words = "usable contradicts the other fields"
            self.stdout.write(f"  {words}: {_of(counts.contradictory, counts.total)}")
        for fault, number in counts.faults:
            self.stdout.write(f"  fault, {number} times: {fault}")


def _of(number: int, total: int) -> str:
    return f"{number} ({100 * number / total:.0f}%)"
