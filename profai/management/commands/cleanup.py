"""Deletes old rows, and files and indexes without a course; without --apply, only lists them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

import accounts.cleanup
import courses.cleanup
import exchange.old_json.runs
import jobs.cleanup
import quizzes.shown
import webhooks.queries
from engine.llm.errors import AIError
from jobs.cleanup import Waste


class Command(BaseCommand):
    help = "Show what a clean-up would remove, or remove it with --apply."

    def add_arguments(self, parser: CommandParser) -> None:
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--apply", action="store_true", help="remove it")
        choice.add_argument("--dry-run", action="store_true", help="only show it (the default)")

    def handle(self, *_args: Any, apply: bool, **options: Any) -> None:
        try:
            for waste in _waste():
                if apply:
                    waste.remove()
                self.stdout.write(f"{len(waste.names):6}  {waste.what}")
                if options["verbosity"] > 1:
                    self.stdout.writelines(f"        {name}" for name in waste.names)
        except AIError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Removed." if apply else "Nothing was removed; --apply does it.")


def _waste() -> Iterator[Waste]:
    yield from jobs.cleanup.waste()
    yield jobs.cleanup.rows("old personal tokens", accounts.cleanup.old_tokens())
    yield jobs.cleanup.rows("ended sessions", accounts.cleanup.ended_sessions())
    yield jobs.cleanup.rows("failed logins", accounts.cleanup.old_failures())
    yield jobs.cleanup.rows("old audit entries", accounts.cleanup.old_audit_entries())
    yield jobs.cleanup.rows("old webhook deliveries", webhooks.queries.old_deliveries())
    yield jobs.cleanup.rows("quizzes shown to old clients", quizzes.shown.old_shown())
    yield from courses.cleanup.waste()
    yield from exchange.old_json.runs.waste()
