"""Imports the JSON files of an old installation, or an exported course."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.names import find_account
from courses.services import request_indexing
from exchange.old_json.files import DataSetError, opened
from exchange.old_json.report import Report
from exchange.old_json.service import ImportBusyError, Options, run_import, run_verify
from jobs.db_retry import DB_UNAVAILABLE

LINES = 200
INCOMPLETE, FAILED = 1, 2


class Command(BaseCommand):
    help = (
        "Import the JSON files of an old installation (DATA_DIR holds courses/, quizzes/ and "
        "quiz_answers/), a zip of them, or an exported course. Running it again changes nothing. "
        "Exit status 0: everything was imported; 1: something was refused or differs; 2: nothing "
        "could be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("data_dir", type=Path, metavar="DATA_DIR")
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument("--dry-run", action="store_true", help="say what would be done")
        mode.add_argument(
            "--verify", action="store_true", help="compare the files with what is here"
        )
        parser.add_argument("--report", type=Path, help="write the whole report to this JSON file")
        parser.add_argument("--owner", default="", help="the user name of the courses' owner")
        parser.add_argument(
            "--source", default="", help="a name, if there are several old installations"
        )

    def handle(self, *_args: Any, data_dir: Path, **options: Any) -> None:
        report = self._run(data_dir, options)
        self._show(report)
        if options["report"]:
            path = options["report"]
            try:
                with path.open("w", encoding="utf-8") as file:
                    report.write_json(file)
            except OSError as error:
                raise CommandError(f"{path}: {error.strerror}", returncode=FAILED) from error
        if options["dry_run"]:
            self.stdout.write("Nothing was written; this was a dry run.")
        if not report.is_clean:
            raise CommandError(
                "Something was refused or differs; see the lines above.", returncode=INCOMPLETE
            )

    def _run(self, path: Path, options: dict[str, Any]) -> Report:
        wanted = Options(
            source=options["source"][:50],
            owner=self._owner(options["owner"]),
            dry_run=options["dry_run"],
            on_progress=self._progress,
        )
        run = run_verify if options["verify"] else run_import
        try:
            with opened(path, settings.IMPORT_MAX_BYTES) as data:
                report = run(data, wanted)
            writes = not (options["dry_run"] or options["verify"])
            # The workers do it now, or as soon as ProfAI runs.
            if writes and (job := request_indexing()):
                self.stdout.write(f"The workers build the search indexes: job {job.pk}.")
        except (DataSetError, ImportBusyError) as error:
            raise CommandError(str(error), returncode=FAILED) from error
        except DB_UNAVAILABLE as error:
            words = (
                f"The database is not available ({error}). Run the import again; it will continue."
            )
            raise CommandError(words, returncode=FAILED) from error
        finally:
            self._progress(0, 0)
        return report

    def _owner(self, name: str) -> Any:
        if not name:
            return None
        user = find_account(name)
        if user is None:
            raise CommandError(f"There is no account {name}.", returncode=FAILED)
        return user

    def _progress(self, done: int, total: int) -> None:
        """Shows the progress in one line, on a terminal only."""
        if sys.stderr.isatty():
            words = f"{done} of {total} records" if total else ""
            self.stderr.write(f"\r\x1b[2K{words}", ending="")

    def _show(self, report: Report) -> None:
        table = report.table()
        names = list(next(iter(table.values()), {}))
        self.stdout.write(" " * 16 + "".join(f"{name:>11}" for name in names))
        for kind, counts in table.items():
            numbers = "".join(f"{counts[name]:>11}" for name in names)
            self.stdout.write(f"{kind:<16}{numbers}")
        files = ", ".join(f"{number} {what}" for what, number in sorted(report.files.items()))
        self.stdout.write(f"Files: {files or 'none'}.")
        lines = sum(report.levels.values())
        for _, line in zip(range(LINES), report.lines(), strict=False):
            self.stdout.write(str(line))
        if lines > LINES:
            self.stdout.write(f"... and {lines - LINES} more lines; --report FILE has them all.")
