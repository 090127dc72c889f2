"""Runs ProfAI on this machine: database, Chroma, workers and web server, until Ctrl-C."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from profai.local.embedded import stop_server
from profai.local.failures import EmbeddedServerError
from profai.local.first_start import (
    NewAccount,
    ask_for_time_zone,
    ensure_first_accounts,
    request_first_course,
)
from profai.local.processes import port_is_free
from profai.local.supervisor import (
    Stopped,
    SupervisorError,
    bring_up_to_date,
    choose_ports,
    only_one,
    start_backend,
    start_web,
    supervised,
)

LAST_PORT = 65535


class Command(BaseCommand):
    help = "Run ProfAI on this machine until Ctrl-C."
    # What is wrong with the program itself is found by tests, not at each start.
    requires_system_checks = ("settings",)
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"))

    def handle(self, *_args: Any, port: int, **_options: Any) -> None:
        try:
            with only_one():
                _check_port(port)
                try:
                    with supervised() as supervisor:
                        bring_up_to_date()
                        ask_for_time_zone()
                        accounts = ensure_first_accounts()
                        request_first_course()
                        choose_ports()
                        # Pages first: people wait for them, and for nothing else. But the address
                        # of a model on this machine is known only once it runs.
                        if not settings.LOCAL_MODEL:
                            start_web(supervisor, port)
                        start_backend(supervisor)
                        if settings.LOCAL_MODEL:
                            start_web(supervisor, port)
                        self._greet(port, accounts)
                        supervisor.watch()
                finally:
                    stop_server()
        except (SupervisorError, EmbeddedServerError) as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError(
                f"The database failed while ProfAI started: {error}. Start it again."
            ) from error
        except OSError as error:
            raise CommandError(
                f"ProfAI cannot use {error.filename or settings.VAR_DIR}: {error.strerror}."
            ) from error
        except (KeyboardInterrupt, Stopped):
            self.stdout.write("Stopped.")

    def _greet(self, port: int, accounts: list[NewAccount]) -> None:
        lines = [
            "ProfAI is running.",
            "",
            f"  learners  http://127.0.0.1:{port}/",
            f"  staff     http://127.0.0.1:{port}/admin/",
            f"  API       http://127.0.0.1:{port}/api/docs/",
            "",
        ]
        if accounts:
            lines += ["New accounts; these passwords are shown only once:", ""]
            lines += [f"  {account.name:8}  {account.password}" for account in accounts]
            lines += ["", "The sample course is being made now; it takes less than a minute."]
        else:
            lines += ["Lost a password? .venv/bin/python manage.py changepassword admin"]
        zone = os.environ.get("TIME_ZONE") or settings.TIME_ZONE
        lines += [f"Times are in the time zone {zone}; set TIME_ZONE in .env to change it."]
        lines += ["Ctrl-C stops everything."]
        width = max(map(len, lines))
        edge = "+" + "-" * (width + 2) + "+"
        box = [edge, *(f"| {line:{width}} |" for line in lines), edge]
        self.stdout.write("\n".join(box))


def _check_port(port: int) -> None:
    if not 0 < port <= LAST_PORT:
        raise SupervisorError(
            f"There is no port {port}. Choose one from 1024 to {LAST_PORT}: PORT=8000 make run"
        )
    try:
        free = port_is_free(port)
    except PermissionError:
        raise SupervisorError(
            f"This account may not use port {port}; those below 1024 are root's. Choose another: "
            "PORT=8000 make run"
        ) from None
    if not free:
        other = port + 1 if port < LAST_PORT else 8000
        raise SupervisorError(
            f"Port {port} is in use. Stop what uses it, or choose another: PORT={other} make run"
        )
