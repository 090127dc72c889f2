"""Starts, watches and stops all services that ProfAI needs on one machine."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from courses.engines import CHROMA, vector_store
from courses.indexing import forget_indexes
from courses.services import request_indexing
from engine.llm import local_server
from engine.search import chroma_server
from profai.apps import prepare_database
from profai.environment import BASE_DIR, env
from profai.local import installation
from profai.local.embedded import revive_server
from profai.local.processes import (
    LOCALHOST,
    Service,
    any_free_port,
    end,
    port_is_free,
    spawn,
    wait_for_port,
)

MAX_RESTARTS = 3
RESTART_WINDOW = 600.0  # seconds in which restarts are counted
PAUSE = 0.5  # seconds between two checks
ENV_FILE = BASE_DIR / ".env"
LOADING = 900.0  # seconds that a model may take to load from a slow disk


class SupervisorError(Exception):
    """The services cannot run; the message says what to do."""


class Stopped(BaseException):
    """SIGTERM arrived."""


class Supervisor:
    """Starts services in order, keeps them running, and stops them in reverse."""

    def __init__(self) -> None:
        self._running: list[tuple[Service, subprocess.Popen[bytes]]] = []
        self._ends: dict[str, list[float]] = {}

    def start(
        self,
        service: Service,
        port: int | None = None,
        seconds: float = 120,
        is_ready: Callable[[int], bool] = lambda _port: True,
    ) -> None:
        """Starts a service. If it has a port, waits at most `seconds` until the service listens
        there and `is_ready` is true.
        """
        try:
            process = spawn(service)
        except OSError as error:
            # Programs of a checkout that was moved refer to a folder that no longer exists.
            raise SupervisorError(
                f"{service.name} cannot be started ({error.filename}: {error.strerror}). "
                "If the folder of ProfAI was moved, run: make install"
            ) from error
        self._running.append((service, process))
        if port is None:
            return
        end_time = time.monotonic() + seconds
        if wait_for_port(port, process, seconds):
            while process.poll() is None and time.monotonic() < end_time:
                if is_ready(port):
                    return
                time.sleep(PAUSE)
        raise SupervisorError(f"{service.name} did not start.{_see(service)}")

    def watch(self) -> None:
        """Restarts services that end. Raises SupervisorError if one ends too often."""
        seen = _changed_at(ENV_FILE)
        while True:
            time.sleep(PAUSE)
            self.check()
            if (changed := _changed_at(ENV_FILE)) != seen:
                seen = changed
                say("The file .env has changed. Restart ProfAI to use it: Ctrl-C, make run.")
            if revive_server(self.check):
                say("The database had stopped; it runs again.")

    def check(self) -> None:
        for index, (service, process) in enumerate(list(self._running)):
            code = process.poll()
            if code is None:
                continue
            # When the service ended within RESTART_WINDOW; this end is added below.
            now = time.monotonic()
            lately = [end for end in self._ends.get(service.name, []) if now - end < RESTART_WINDOW]
            self._ends[service.name] = [*lately, now]
            count = len(lately) + 1
            if count > MAX_RESTARTS:
                words = f"{service.name} ended {count} times, last with code {code}.{_see(service)}"
                if not service.is_optional:
                    raise SupervisorError(words)
                say(f"{words} ProfAI continues without it until the next start.")
                self._running.remove((service, process))
                return
            say(f"{service.name} ended with code {code}; it is started again.")
            self._running[index] = (service, spawn(service))

    def stop(self) -> None:
        while self._running:
            service, process = self._running.pop()
            end(process, service.grace)


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _see(service: Service) -> str:
    return f" See {service.log}." if service.log else ""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextmanager
def supervised() -> Iterator[Supervisor]:
    """Yields a supervisor that stops its services at the end, on Ctrl-C and on SIGTERM."""

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
    """Whether a supervisor runs on this var folder."""
    return installation.is_running(settings.VAR_DIR)


@contextmanager
def only_one() -> Iterator[None]:
    """Keeps the lock of this var folder during the block. The kernel releases it if the process
    ends.
    """
    with installation.lock_file(settings.VAR_DIR).open("a") as file:
        if not installation.take_lock(file):
            raise SupervisorError(
                f"ProfAI already runs on {settings.VAR_DIR}. Stop it with Ctrl-C in its terminal."
            )
        # A supervisor that was killed did not remove its addresses.
        installation.forget_addresses(settings.VAR_DIR)
        try:
            yield
        finally:
            installation.forget_addresses(settings.VAR_DIR)


def bring_up_to_date() -> None:
    """Changes the database as this release needs it, if it lacks any migration.

    The migrations are listed and not loaded, which would take a second of each start.
    """
    known = {
        (app.label, path.stem)
        for app in apps.get_app_configs()
        for path in Path(app.path, "migrations").glob("[!_]*.py")
    }
    if known <= MigrationRecorder(connection).applied_migrations().keys():
        # Rows of this release, which come with no migration.
        prepare_database(apps=apps)
    else:
        call_command("migrate", verbosity=0)


def choose_ports() -> None:
    """Chooses the port of Chroma, and notes it for the other processes, which may start before it.

    A free one is taken if another program uses the port that is set.
    """
    if _has_own_chroma():
        wanted = settings.CHROMA_PORT
        port = wanted if port_is_free(wanted) else any_free_port()
        if port != wanted:
            say(f"Port {wanted} is in use by another program; Chroma answers on port {port}.")
        settings.CHROMA_PORT = port
        installation.note_addresses(settings.VAR_DIR, chroma_port=port)


def _has_own_chroma() -> bool:
    """Whether no other server has the vectors: none that CHROMA_HOST names, and not PostgreSQL."""
    return settings.VECTOR_STORE == CHROMA and not env.str("CHROMA_HOST", default="")


def start_backend(supervisor: Supervisor) -> None:
    """Starts Chroma, if it is ours, and a cluster of workers. Call `choose_ports` before."""
    if _has_own_chroma():
        _start_chroma(supervisor)
    database = connection.settings_dict
    host = database["HOST"] or database.get("OPTIONS", {}).get("host", "")
    # People read this address in the file; it has no password.
    installation.note_addresses(settings.VAR_DIR, database=f"{host}/{database['NAME']}")
    if settings.LOCAL_MODEL:
        _start_model(supervisor)
    command = [sys.executable, str(BASE_DIR / "manage.py"), "qcluster"]
    # The cluster stops its workers within the grace period and three seconds.
    grace = settings.JOB_GRACE.total_seconds() + 7
    supervisor.start(Service("The cluster", command, grace=grace))


def _start_chroma(supervisor: Supervisor) -> None:
    port = settings.CHROMA_PORT
    command = chroma_server.command(
        settings.VAR_DIR / "chroma",
        host=LOCALHOST,
        port=port,
        open_indexes=settings.CHROMA_OPEN_INDEXES,
    )
    log = settings.VAR_DIR / "log" / "chroma.log"
    service = Service("Chroma", command, {"PYTHONPATH": str(BASE_DIR)}, log=log)
    supervisor.start(service, port)
    if vector_store().ensure_database():
        # The database is new and contains no indexes.
        forget_indexes()
    request_indexing()


def _start_model(supervisor: Supervisor) -> None:
    """Starts the server of LOCAL_MODEL and waits until it has loaded the file."""
    path = Path(settings.LOCAL_MODEL).expanduser()
    try:
        local_server.check_model(path, settings.LOCAL_MODEL_CONTEXT)
    except local_server.LocalModelError as error:
        raise SupervisorError(str(error)) from error
    wanted = settings.LOCAL_MODEL_PORT
    port = wanted if port_is_free(wanted) else any_free_port()
    arguments = local_server.command(
        path,
        port=port,
        window=settings.LOCAL_MODEL_CONTEXT,
        slots=settings.LLM_CONCURRENCY,
    )
    service = Service(
        "The language model",
        [sys.executable, *arguments],
        local_server.environment(str(settings.LLM_API_KEY)) | {"PYTHONPATH": str(BASE_DIR)},
        log=settings.VAR_DIR / "log" / "model.log",
        is_optional=True,
    )
    say(f"Loading {path.name}; a large file takes a minute or more.")
    supervisor.start(service, port, LOADING, local_server.is_loaded)
    settings.LOCAL_MODEL_PORT = port
    settings.LLM_BASE_URL = f"http://{LOCALHOST}:{port}/v1"
    installation.note_addresses(settings.VAR_DIR, model_port=port)


def web_command(port: int) -> list[str]:
    """Returns the command of the web server. It has two processes, and ignores headers with which a
    proxy would say who the client is.
    """
    options = ["--workers", "2", "--ws", "none", "--log-level", "warning", "--no-access-log"]
    options += ["--log-config", str(BASE_DIR / "telemetry" / "uvicorn.json")]
    trust = ["--no-proxy-headers", "--no-server-header"]
    # Open streams end by themselves at the signal; this limit is for other requests.
    stop = ["--timeout-graceful-shutdown", "8"]
    address = ["--host", LOCALHOST, "--port", str(port)]
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "profai.server.asgi:application",
        "--lifespan",
        "on",
    ]
    return [*command, *options, *trust, *stop, *address]


def start_web(supervisor: Supervisor, port: int) -> None:
    supervisor.start(Service("The web server", web_command(port)), port)
    installation.note_addresses(settings.VAR_DIR, web=f"http://{LOCALHOST}:{port}/")
