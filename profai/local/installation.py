"""The name of this installation, and the addresses of its running parts.

The file `installation` in the var folder contains the name. Our Chroma database has the same name,
so that we never use another installation's server. `running.json` contains the addresses of the
parts that the supervisor has started. It is valid only while the supervisor has the lock.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

LOCK_TRIES = 10


def installation_id(var: Path) -> str:
    """Returns the name of the installation in this folder; makes it at the first call.

    A copy of the folder is another installation and gets another name.
    """
    path, here = var / "installation", str(var.resolve())
    if (known := _read_id(path, here)) is not None:
        return known
    var.mkdir(parents=True, exist_ok=True)
    with (var / "installation.lock").open("a") as lock:
        # Several processes may start at once: the first makes the name, the rest read it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (known := _read_id(path, here)) is None:
            known = token_hex(8)
            _write(path, f"{known}\n{here}\n")
    return known


def _read_id(path: Path, here: str) -> str | None:
    try:
        name, folder = path.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, ValueError):
        return None
    return name if folder == here else None


def _write(path: Path, text: str) -> None:
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def lock_file(var: Path) -> Path:
    var.mkdir(parents=True, exist_ok=True)
    path = var / "run.lock"
    path.touch(mode=0o600)
    return path


def take_lock(file: IO[str]) -> bool:
    """Takes the lock; returns False if another supervisor has it. It is released when the process
    ends.
    """
    for _try in range(LOCK_TRIES):
        if _lock(file, fcntl.LOCK_EX):
            return True
        # A command may have the lock for a moment, see `is_running`.
        time.sleep(0.05)
    return False


def is_running(var: Path) -> bool:
    """Whether a supervisor has the lock of this folder."""
    try:
        with (var / "run.lock").open() as file:
            # A shared lock, so that two commands that check at the same time do not take each other
            # for a supervisor.
            return not _lock(file, fcntl.LOCK_SH)
    except OSError:
        return False


def _lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def note_addresses(var: Path, **addresses: Any) -> None:
    """Adds addresses for commands and workers. Only the process that has the lock may call it."""
    _write(var / "running.json", json.dumps(_noted(var) | addresses, indent=2) + "\n")


def forget_addresses(var: Path) -> None:
    (var / "running.json").unlink(missing_ok=True)


def running_addresses(var: Path) -> dict[str, Any]:
    """Returns the addresses of the running supervisor; nothing if none is running."""
    return _noted(var) if is_running(var) else {}


def _noted(var: Path) -> dict[str, Any]:
    try:
        noted: dict[str, Any] = json.loads((var / "running.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted
