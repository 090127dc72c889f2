"""`make run` as a school has it: its memory at rest after a thick book, and how soon it starts.

Each process is counted with its share of what it shares (PSS); PostgreSQL's are among them,
although they are no children of `manage.py up`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx
import psutil

from benchmarks.books import manual
from benchmarks.report import Result, write_result
from profai.environment import BASE_DIR
from profai.local.processes import any_free_port, end

PAGES = 600
GOAL_MEMORY, GOAL_START = 800, 2.0
AT_REST = 15.0  # seconds without work
RUNS = 2
LONGEST = 1_800.0
PAUSE = 0.02
MANAGE = str(BASE_DIR / "manage.py")


def memory() -> None:
    """The proportional memory of all processes of `make run` after a book of 600 pages."""
    with _installation() as environment, TemporaryDirectory() as folder:
        book = manual(Path(folder) / "thick.pdf", PAGES)
        port = any_free_port()
        with _running(_up(port), environment) as process:
            _first_page(port, process)
            _wait_for_courses(environment)
            sample = _by_part(process, environment)
            _manage(environment, "generate_course", str(book), "--title", "Thick")
            time.sleep(AT_REST)
            parts = _by_part(process, environment)
    value = round(sum(sum(sizes) for sizes in parts.values()))
    write_result(
        Result(
            id="installation-memory",
            value=value,
            unit="MB",
            goal=f"<= {GOAL_MEMORY}",
            holds=value <= GOAL_MEMORY,
            yardstick=f"PSS of all processes of `make run`, at rest after {PAGES} pages",
            runs=1,
            parts={
                **{name: _listed(sizes) for name, sizes in parts.items()},
                "after the sample course": {n: _listed(s) for n, s in sample.items()},
            },
        )
    )


def start() -> None:
    """Seconds until `make run` with its data there answers, over those of `runserver`."""
    with _installation() as environment:
        port = any_free_port()
        with _running(_up(port), environment) as process:
            _first_page(port, process)
            _wait_for_courses(environment)
        ours, bare, quick = [], [], []
        for _ in range(RUNS):
            bare.append(_seconds(environment, _runserver))
            ours.append(_seconds(environment, _up))
            quick.append(_seconds(environment, _without_reloader))
    value = round(median(ours) / median(bare), 2)
    write_result(
        Result(
            id="start",
            value=value,
            unit="times runserver",
            goal=f"<= {GOAL_START:g}",
            holds=value <= GOAL_START,
            yardstick="a bare `manage.py runserver` on the same data, which starts PostgreSQL too",
            runs=RUNS,
            yardstick_runs=[round(seconds, 1) for seconds in bare],
            parts={
                "make run": [f"{seconds:.1f} s" for seconds in ours],
                "runserver --noreload": [f"{seconds:.1f} s" for seconds in quick],
            },
        )
    )


@contextmanager
def _installation() -> Iterator[dict[str, str]]:
    """Yields the environment of an installation of its own, whose services end with the block."""
    with TemporaryDirectory(prefix="profai-bench-") as folder:
        own = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "CHROMA_HOST"}
        given = {name: value for name, value in os.environ.items() if name not in own}
        yield given | {
            "PROFAI_VAR_DIR": folder,
            "CHROMA_PORT": str(any_free_port()),
            "TIME_ZONE": "Europe/Berlin",
        }


def _up(port: int) -> list[str]:
    return ["up", "--port", str(port)]


def _runserver(port: int) -> list[str]:
    return ["runserver", f"127.0.0.1:{port}"]


def _without_reloader(port: int) -> list[str]:
    return [*_runserver(port), "--noreload"]


@contextmanager
def _running(
    arguments: Sequence[str], environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    log = Path(environment["PROFAI_VAR_DIR"]) / "benchmark.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, MANAGE, *arguments],
            env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        end(process, 60)
        _wait_for_database(environment)


def _wait_for_database(environment: dict[str, str]) -> None:
    """Waits until PostgreSQL has ended, so that the next start begins with nothing."""
    deadline = time.monotonic() + 60
    while _postgres(environment) and time.monotonic() < deadline:
        time.sleep(PAUSE)


def _first_page(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + LONGEST
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            page = httpx.get(f"http://127.0.0.1:{port}/", follow_redirects=True, timeout=60)
            if page.is_success:
                return
        time.sleep(PAUSE)
    raise RuntimeError("ProfAI did not start.")


def _seconds(environment: dict[str, str], command: Callable[[int], list[str]]) -> float:
    port, began = any_free_port(), time.monotonic()
    with _running(command(port), environment) as process:
        _first_page(port, process)
        return time.monotonic() - began


def _manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, MANAGE, *arguments],
        env=environment, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return done.stdout


def _wait_for_courses(environment: dict[str, str]) -> None:
    """Waits for the sample course that the first start makes."""
    code = "from jobs.models import Job; print(sum(job.is_open for job in Job.objects.all()))"
    deadline = time.monotonic() + LONGEST
    while _manage(environment, "shell", "--no-imports", "-c", code).split()[-1] != "0":
        if time.monotonic() > deadline:
            raise RuntimeError("The sample course was not made.")
        time.sleep(2)


def _by_part(
    process: subprocess.Popen[bytes], environment: dict[str, str]
) -> dict[str, list[float]]:
    """Returns the megabytes of each process, by what it is a part of."""
    sizes: dict[str, list[float]] = defaultdict(list)
    tree = psutil.Process(process.pid)
    for one in (tree, *tree.children(recursive=True), *_postgres(environment)):
        with suppress(psutil.NoSuchProcess):
            words = " ".join(one.cmdline())
            sizes[_part(words)].append(one.memory_full_info().pss / 2**20)
    return dict(sizes)


def _part(command: str) -> str:
    for word, name in (("qcluster", "cluster and workers"), ("uvicorn", "web server"),
                       ("spawn_main", "web server"), ("resource_tracker", "web server"),
                       ("chroma", "Chroma"), ("postgres", "PostgreSQL")):  # fmt: skip
        if word in command:
            return name
    return "supervisor"


def _postgres(environment: dict[str, str]) -> list[psutil.Process]:
    """Returns the processes of the installation's PostgreSQL, none if it does not run."""
    note = Path(environment["PROFAI_VAR_DIR"]) / "postgres" / "postmaster.pid"
    with suppress(OSError, ValueError, IndexError, psutil.NoSuchProcess):
        server = psutil.Process(int(note.read_text().split()[0]))
        if "postgres" in server.name():
            return [server, *server.children(recursive=True)]
    return []


def _listed(sizes: Sequence[float]) -> list[int]:
    return sorted((round(size) for size in sizes), reverse=True)
