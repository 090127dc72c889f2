"""Ends a lock-out from the shell, where all administrators are locked out, too."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.logins import failures_of, unlock, unlock_message


class Command(BaseCommand):
    help = "Forget the failed logins of an account, or of all accounts from an IP address."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("who", metavar="NAME|IP_ADDRESS")

    def handle(self, *_args: Any, who: str, **_options: Any) -> None:
        names = unlock(failures_of(who))
        if not names:
            raise CommandError(f"There are no failed logins of {who}, so nothing is locked.")
        self.stdout.write(unlock_message(names))
