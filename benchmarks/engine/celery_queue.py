"""Celery with Redis beside our queue, where Debian's `redis-server` is installed.

Celery lives in a virtual environment of its own in `var/bench-venv`: ProfAI does not need it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.engine.parts import log
from profai.environment import BASE_DIR
from profai.local.processes import LOCALHOST, any_free_port, wait_for_port
from tests.processes import end_group

WORKERS = 4
APP = "benchmarks.engine.celery_app"


def redis_is_here() -> bool:
    return shutil.which("redis-server") is not None


@contextmanager
def redis() -> Iterator[str]:
    """The address of a server with Redis' defaults, which keeps its data in memory."""
    port = any_free_port()
    with log(80).open("ab") as output:
        server = subprocess.Popen(
            ["redis-server", "--port", str(port), "--bind", LOCALHOST],
            cwd=log(80).parent,
            stdout=output,
        )
    try:
        assert wait_for_port(port, server)
        yield f"redis://{LOCALHOST}:{port}/0"
    finally:
        server.terminate()
        server.wait(10)


def send(address: str, count: int, path: Path) -> None:
    command = [_program("python"), "-m", APP, "send", str(count), str(path)]
    subprocess.run(command, cwd=BASE_DIR, env=_environment(address), check=True)


@contextmanager
def workers(address: str, count: int) -> Iterator[None]:
    """`count` of Celery's workers with four processes each; else its defaults."""
    with ExitStack() as stack:
        for number in range(count):
            command = [_program("celery"), "-A", APP, "worker", "-c", str(WORKERS)]
            with log(90 + number).open("ab") as output:
                process = subprocess.Popen(
                    [*command, "-n", f"bench{number}"],
                    cwd=BASE_DIR,
                    env=_environment(address),
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            stack.callback(end_group, process)
        yield


def _environment(address: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO")}
    return plain | {"REDIS_URL": address}


def _program(name: str) -> str:
    folder = BASE_DIR / "var" / "bench-venv"
    if not (folder / "ready").exists():
        uv = str(Path(sys.executable).with_name("uv"))
        python = str(folder / "bin" / "python")
        lock = str(BASE_DIR / "requirements" / "bench.txt")
        subprocess.run([uv, "venv", "-q", "--clear", str(folder)], check=True)
        install = [uv, "pip", "install", "-q", "--python", python, "--require-hashes", "-r", lock]
        subprocess.run(install, check=True)
        (folder / "ready").touch()
    return str(folder / "bin" / name)
