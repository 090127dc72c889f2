"""Runs ProfAI on this machine: database, Chroma, workers and web server, until Ctrl-C."""

from __future__ import annotations

import os
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from profai.accounts import NewAccount, ensure_first_accounts
from profai.embedded import stop_server
from profai.first_course import request_first_course
from profai.processes import port_is_free
from profai.supervisor import (
    Stopped,
    SupervisorError,
    only_one,
    start_backend,
    start_web,
    supervised,
)


class Command(BaseCommand):
    help = "Run ProfAI on this machine until Ctrl-C."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"))

    def handle(self, *_args: Any, port: int, **_options: Any) -> None:
        try:
            with only_one():
                self._run(port)
        except SupervisorError as error:
            raise CommandError(str(error)) from error
        except (KeyboardInterrupt, Stopped):
            self.stdout.write("Stopped.")

    def _run(self, port: int) -> None:
        if not port_is_free(port):
            raise SupervisorError(
                f"Port {port} is in use. Stop what uses it, or choose another: "
                f"PORT={port + 1} make run"
            )
        try:
            with supervised() as supervisor:
                call_command("migrate", verbosity=0)
                accounts = ensure_first_accounts()
                request_first_course()
                start_backend(supervisor)
                start_web(supervisor, port)
                self._greet(port, accounts)
                supervisor.watch()
        finally:
            stop_server()

    def _greet(self, port: int, accounts: list[NewAccount]) -> None:
        lines = [
            "ProfAI runs.",
            "",
            f"  learners  http://127.0.0.1:{port}/",
            f"  staff     http://127.0.0.1:{port}/admin/",
            f"  API       http://127.0.0.1:{port}/api/docs/",
            "",
        ]
        if accounts:
            lines += ["New accounts; these passwords are shown this once only:", ""]
            lines += [f"  {account.name:8}  {account.password}" for account in accounts]
            lines += ["", "The sample course is being made now; it takes less than a minute."]
        else:
            lines += ["Lost a password? .venv/bin/python manage.py changepassword admin"]
        lines += ["Ctrl-C stops everything."]
        width = max(map(len, lines))
        edge = "+" + "-" * (width + 2) + "+"
        box = [edge, *(f"| {line:{width}} |" for line in lines), edge]
        self.stdout.write("\n".join(box))
