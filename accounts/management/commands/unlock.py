"""Lets somebody in who is locked out, where nobody can get into the admin."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.logins import failures_of, forgotten, unlock


class Command(BaseCommand):
    help = "Forget the failed logins of an account, or of all accounts from an address."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("who", metavar="NAME|ADDRESS")

    def handle(self, *_args: Any, who: str, **_options: Any) -> None:
        names = unlock(failures_of(who))
        if not names:
            raise CommandError(f"No failed login of {who} is kept; that locks nobody out.")
        self.stdout.write(forgotten(names))
