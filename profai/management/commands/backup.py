"""Writes database, uploaded files and secret key into one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from profai.local.backup import BackupError, write_backup


class Command(BaseCommand):
    help = "Write the whole installation into one file. It may run meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *_args: Any, file: Path, **_options: Any) -> None:
        try:
            notes = write_backup(file)
        except BackupError as error:
            raise CommandError(str(error)) from error
        for note in notes:
            self.stdout.write(note)
        self.stdout.write(f"{file}: {file.stat().st_size} bytes. It holds personal data.")
