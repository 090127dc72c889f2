"""Everything that ProfAI needs on one machine, started, watched and stopped together."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

from django.conf import settings

from profai.embedded import revive_server
from profai.environment import BASE_DIR, env
from profai.processes import (
    LOCALHOST,
    Service,
    any_free_port,
    end,
    port_is_free,
    spawn,
    wait_for_port,
)

RESTARTS = 3
WITHIN = 600.0  # seconds
PAUSE = 0.5


class SupervisorError(Exception):
    """Something keeps the services from running; the message says what to do."""


class Stopped(BaseException):
    """SIGTERM arrived."""


class Supervisor:
    """Starts services in order, keeps them running, and stops them in reverse."""

    def __init__(self) -> None:
        self._running: list[tuple[Service, subprocess.Popen[bytes]]] = []
        self._ends: dict[str, list[float]] = {}

    def start(self, service: Service, port: int | None = None) -> None:
        """Start a service and, if it has a port, wait until it answers there."""
        process = spawn(service)
        self._running.append((service, process))
        if port is not None and not wait_for_port(port, process):
            raise SupervisorError(f"{service.name} did not start.{_see(service)}")

    def watch(self) -> None:
        """Restart what ends by itself; give up on what does so again and again."""
        while True:
            time.sleep(PAUSE)
            self.check()
            if revive_server():
                say("The database was killed; it is started again.")

    def check(self) -> None:
        for index, (service, process) in enumerate(self._running):
            code = process.poll()
            if code is None:
                continue
            count = self._count_end(service)
            if count > RESTARTS:
                raise SupervisorError(
                    f"{service.name} ended {count} times, last with code {code}.{_see(service)}"
                )
            say(f"{service.name} ended with code {code}; it is started again.")
            self._running[index] = (service, spawn(service))

    def _count_end(self, service: Service) -> int:
        """How often it has ended lately; what ends once a month is just started again."""
        now = time.monotonic()
        lately = [end for end in self._ends.get(service.name, []) if now - end < WITHIN]
        self._ends[service.name] = [*lately, now]
        return len(lately) + 1

    def stop(self) -> None:
        while self._running:
            service, process = self._running.pop()
            end(process, service.grace)


def _see(service: Service) -> str:
    return f" See {service.log}." if service.log else ""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextmanager
def supervised() -> Iterator[Supervisor]:
    """A supervisor that stops its services at the end, on Ctrl-C and on SIGTERM."""

    def on_term(_number: int, _frame: FrameType | None) -> None:
        raise Stopped

    before = signal.signal(signal.SIGTERM, on_term)
    supervisor = Supervisor()
    try:
        yield supervisor
    finally:
        # A second Ctrl-C must not leave services behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        supervisor.stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, before)


def is_running() -> bool:
    """Whether a supervisor holds the lock of this var folder."""
    with _lock_file().open("a") as file:
        return not _lock(file)


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the lock of this var folder. It falls with the process, however that ends."""
    with _lock_file().open("a") as file:
        if not _lock(file):
            raise SupervisorError(
                f"ProfAI runs already on {settings.VAR_DIR}. Stop it with Ctrl-C in its terminal."
            )
        yield


def _lock_file() -> Path:
    path: Path = settings.VAR_DIR / "run.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def start_backend(supervisor: Supervisor) -> None:
    """Chroma, unless CHROMA_HOST names another, and a cluster of workers."""
    if not env.str("CHROMA_HOST", default=""):
        wanted = settings.CHROMA_PORT
        port = wanted if port_is_free(wanted) else any_free_port()
        os.environ["CHROMA_PORT"] = str(port)
        settings.CHROMA_PORT = port
        supervisor.start(_chroma(port), port)
    command = [sys.executable, str(BASE_DIR / "manage.py"), "qcluster"]
    # The cluster stops its workers within the grace period and three seconds.
    grace = settings.JOB_GRACE.total_seconds() + 7
    supervisor.start(Service("The cluster", command, grace=grace))


def _chroma(port: int) -> Service:
    program = str(Path(sys.executable).with_name("chroma"))
    data = str(settings.VAR_DIR / "chroma")
    address = ["--host", LOCALHOST, "--port", str(port)]
    log = settings.VAR_DIR / "log" / "chroma.log"
    return Service("Chroma", [program, "run", "--path", data, *address], log=log)


def web_command(port: int) -> list[str]:
    """Two processes; `profai.asgi` has the threads. Nobody's word about addresses counts."""
    options = ["--workers", "2", "--ws", "none", "--log-level", "warning", "--no-access-log"]
    options += ["--log-config", str(BASE_DIR / "telemetry" / "uvicorn.json")]
    trust = ["--no-proxy-headers", "--no-server-header"]
    # Open streams end by themselves at the signal; this is for what does not.
    stop = ["--timeout-graceful-shutdown", "8"]
    address = ["--host", LOCALHOST, "--port", str(port)]
    command = [sys.executable, "-m", "uvicorn", "profai.asgi:application", "--lifespan", "on"]
    return [*command, *options, *trust, *stop, *address]


def start_web(supervisor: Supervisor, port: int) -> None:
    supervisor.start(Service("The web server", web_command(port)), port)
