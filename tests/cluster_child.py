"""`python -m tests.cluster_child`: a cluster for tests, which can be told where to die.

EXTRA_PIPELINE is the dotted path of one more. KILL_POINTS names functions, comma-separated,
`before:dotted.path` or `after:dotted.path`; the first process that comes there, counted over
all clusters by files in KILL_FOLDER, is killed. BREAK_POINT names a method that raises instead.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

import django


def kill_once(mark: Path) -> None:
    """Kill this process with SIGKILL, unless one was killed here before."""
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def set_kill_point(point: str, folder: Path) -> None:
    when, path = point.split(":")
    module_name, name = path.rsplit(".", 1)
    module = import_module(module_name)
    original: Callable[..., Any] = getattr(module, name)

    @wraps(original)
    def deadly(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            kill_once(folder / point)
        result = original(*args, **kwargs)
        if when == "after":
            kill_once(folder / point)
        return result

    setattr(module, name, deadly)


def set_break_point(path: str) -> None:
    """An error that nobody expects, with words that it quotes."""
    module_name, kind, name = path.rsplit(".", 2)

    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise LookupError(os.environ["BREAK_WORDS"])

    setattr(getattr(import_module(module_name), kind), name, broken)


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from jobs.pipelines import load, register
    from tests.jobs.handlers import PIPELINE

    register(PIPELINE)
    if extra := os.environ.get("EXTRA_PIPELINE"):
        register(load(extra))  # type: ignore[arg-type] # the path leads to a pipeline
    for point in filter(None, os.environ.get("KILL_POINTS", "").split(",")):
        set_kill_point(point, Path(os.environ["KILL_FOLDER"]))
    if broken := os.environ.get("BREAK_POINT"):
        set_break_point(broken)
    call_command("qcluster")


if __name__ == "__main__":
    main()
