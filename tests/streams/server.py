"""A web server as `make run` starts it, and clients that follow jobs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
from django.contrib.auth.models import User

from accounts.models import Scope
from accounts.services import make_token
from profai.local.processes import Service, spawn
from profai.local.supervisor import web_command
from tests.ports import free_port
from tests.processes import answers_on, database_url, end_group


@dataclass(frozen=True, slots=True)
class WebServer:
    address: str
    process: subprocess.Popen[bytes]
    log: Path

    def workers(self) -> list[psutil.Process]:
        """The processes that answer; beside several lives one that tracks resources."""
        server = psutil.Process(self.process.pid)
        children = server.children()
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())] or [
            server
        ]

    def lines(self) -> int:
        """How many connections it has taken and holds, also those that the other side has left."""
        port = urlsplit(self.address).port
        return sum(
            line.laddr.port == port and bool(line.raddr)
            for process in self.workers()
            for line in process.net_connections("tcp4")
        )


@contextmanager
def web_server(folder: Path, *, workers: int = 2, **values: object) -> Iterator[WebServer]:
    port = free_port()
    command = web_command(port)
    command[command.index("--workers") + 1] = str(workers)
    environment = {
        "DJANGO_SETTINGS_MODULE": "profai.settings.test",
        "DATABASE_URL": database_url(),
        "PROFAI_VAR_DIR": str(folder / "var"),
        **{name: str(value) for name, value in values.items()},
    }
    # Ends with us, however we end.
    process = spawn(Service("web", command, environment, log=folder / "web.log"))
    try:
        assert answers_on(port, process)
        yield WebServer(f"http://127.0.0.1:{port}", process, folder / "web.log")
    finally:
        end_group(process)


def bearer(user: User) -> dict[str, str]:
    """The headers of a program that has a new token of theirs."""
    made = make_token(user=user, name="A program", scopes=Scope.values, days=None)
    return {"Authorization": f"Bearer {made.text}"}


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    id: str
    data: dict[str, Any]


def parse(lines: Iterator[str]) -> Iterator[Event | str]:
    """Events as they come; of comments and `retry` the line."""
    fields: dict[str, str] = {}
    for line in lines:
        if not line and fields:
            yield Event(fields["event"], fields.get("id", ""), json.loads(fields["data"]))
            fields = {}
        elif line.startswith((":", "retry:")):
            yield line
        elif line:
            name, _, value = line.partition(": ")
            fields[name] = value


@contextmanager
def following(
    client: httpx.Client, path: str, **headers: str
) -> Iterator[tuple[httpx.Response, Iterator[Event | str]]]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with client.stream("GET", path, headers=sent) as answer:
        yield answer, parse(answer.iter_lines())
