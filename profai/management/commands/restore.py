"""Reads a file of `manage.py backup` into this installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from profai.local.backup import KEPT_BEFORE, BackupError, read_backup


class Command(BaseCommand):
    help = "Replace this installation by a backup. ProfAI must not be running."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--replace", action="store_true", help="even if there are accounts or courses here"
        )

    def handle(self, *_args: Any, file: Path, replace: bool, **_options: Any) -> None:
        try:
            before = read_backup(file, replace=replace)
        except BackupError as error:
            raise CommandError(str(error)) from error
        if before is not None:
            self.stdout.write(
                f"The data that was here before is in {before}. Of such files the newest "
                f"{KEPT_BEFORE} are kept."
            )
        self.stdout.write(f"{file} is restored. The search indexes are built when ProfAI starts.")
