"""Metrics of several processes, kept in files so that one process can report them all.

Each process writes to the files of its slot: worker-0, worker-1, maintenance-0, web-0 and so on. A
slot is a file that the process locks. The kernel frees it however the process ends, and the next
process of that kind takes it over and continues its counters: totals outlive a worker, and there
are never more files than there were processes at the same time. A process that finds no other one
in the folder empties it.

A process that has no slot (a command, a test) counts in its own memory.
"""

from __future__ import annotations

import fcntl
import logging
import os
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import prometheus_client
from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict

logger = logging.getLogger(__name__)

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where the library looks for the folder
ALIVE = "alive.lock"
MEGABYTE = 1024 * 1024
# Disk space is reserved first: writing to a mapped file on a full disk kills the process.
SIZES = {"counter": MEGABYTE // 4, "histogram": 2 * MEGABYTE, "gauge_livesum": MEGABYTE // 16}
MAX_SLOTS = 1000  # slots of a kind
BROKEN = (struct.error, RuntimeError, ValueError, OSError)


class _Own:
    """This process's folder, the name of its slot, and the descriptors of its locks."""

    folder: Path | None = None
    name = ""
    slot = -1
    alive = -1


def take_slot(folder: Path, kind: str) -> str:
    """Takes a slot of `folder` and counts there from now on. Returns its name, "" without a slot.

    A forked child calls it again, before it counts anything. If the folder cannot be used, the
    log says so and the process counts in its memory.
    """
    try:
        _take(folder, kind)
    except BROKEN as error:
        logger.warning("Metrics are kept in memory, %s cannot be used: %s", folder, error)
        _Own.folder, _Own.name = None, ""
    for cell in _cells:
        cell.move()
    return _Own.name


def leave() -> None:
    """Releases the slot and count in memory again; for tests, whose folders are removed."""
    for handle in (_Own.slot, _Own.alive):
        if handle >= 0:
            os.close(handle)
    _Own.folder, _Own.name, _Own.slot, _Own.alive = None, "", -1, -1
    for cell in _cells:
        cell.move()


def own_folder() -> Path | None:
    return _Own.folder


def _take(folder: Path, kind: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if folder != _Own.folder:
        _enter(folder)
    if _Own.slot >= 0:
        # Our parent's, if we were forked: it keeps its own descriptor and with it the lock.
        os.close(_Own.slot)
        _Own.slot = -1
    name, handle = _free_slot(folder, kind)
    _Own.slot = handle
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)
    for prefix, size in SIZES.items():
        _prepare(folder / f"{prefix}_{name}.db", size, keep=not prefix.startswith("gauge"))
    os.environ[FOLDER] = str(folder)
    _Own.folder, _Own.name = folder, name


def _enter(folder: Path) -> None:
    """Empties the folder if no other process uses it: all share a lock that the first has alone."""
    handle = os.open(folder / ALIVE, os.O_RDWR | os.O_CREAT, 0o600)
    with suppress(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for path in [*folder.glob("*.db"), *folder.glob("*.slot")]:
            path.unlink(missing_ok=True)
    # Waits while another one clears.
    fcntl.flock(handle, fcntl.LOCK_SH)
    if _Own.alive >= 0:
        os.close(_Own.alive)
    _Own.alive = handle


def _free_slot(folder: Path, kind: str) -> tuple[str, int]:
    for number in range(MAX_SLOTS):
        name = f"{kind}-{number}"
        handle = os.open(folder / f"{name}.slot", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
        else:
            return name, handle
    raise RuntimeError(f"{MAX_SLOTS} processes of the kind {kind} are too many.")


def _prepare(path: Path, size: int, *, keep: bool) -> None:
    """Makes a slot's file, with its disk space reserved. Old counters are kept if `keep`."""
    if not keep or not is_readable(path):
        path.unlink(missing_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _reserve(handle, max(size, os.fstat(handle).st_size))
    finally:
        os.close(handle)


def _reserve(handle: int, size: int) -> None:
    """Gives a file its size and, where the system can, the disk space for all of it."""
    if sys.platform == "linux":
        os.posix_fallocate(handle, 0, size)
    else:
        os.ftruncate(handle, size)


def is_readable(path: Path) -> bool:
    """Whether a file is complete: its process may have been killed while it made the file."""
    try:
        for _ in MmapedDict.read_all_values_from_file(str(path)):  # type: ignore[no-untyped-call] # the library's
            pass
    except BROKEN:
        return False
    return True


def running_slots(folder: Path) -> Iterator[tuple[str, int]]:
    """Yields the slots whose processes run, each with its process id."""
    for path in sorted(folder.glob("*.slot")):
        with suppress(ValueError, OSError):
            pid = int(path.read_text())
            os.kill(pid, 0)
            yield path.stem, pid


class _ReservedFile(MmapedDict):
    """A file of counters that never grows by pages for which the disk has no room.

    Raises `OSError` where the disk is full, before anything is written.
    """

    def _init_value(self, key: str) -> None:
        # At most: the length, the name with its padding, the value and its time.
        if self._used + len(key.encode()) + 28 > self._capacity:
            _reserve(self._f.fileno(), 2 * self._capacity)
        super()._init_value(key)  # type: ignore[no-untyped-call] # the library's


class Cell:
    """The value of a metric: in memory, or in the slot's file once there is a slot."""

    _multiprocess = False

    inc: Callable[[float], None]

    def __init__(self, *params: Any, **options: Any) -> None:
        self._params, self._options = params, options
        self._put(self._make())
        _cells.append(self)

    def _make(self) -> Any:
        if _Own.folder is None:
            return _IN_MEMORY(*self._params, **self._options)
        # The library's own class, one for each slot that this process has had.
        key, name = (os.getpid(), f"{_Own.folder}/{_Own.name}"), _Own.name
        if key not in _kinds:
            _kinds[key] = values.MultiProcessValue(process_identifier=lambda: name)  # type: ignore[no-untyped-call] # the library's
        return _kinds[key](*self._params, **self._options)

    def move(self) -> None:
        """Moves to the slot's file. What was counted before the process had a slot is dropped."""
        try:
            self._put(self._make())
        except BROKEN:
            logger.warning("A metric is kept in memory", exc_info=True)
            self._put(_IN_MEMORY(*self._params, **self._options))

    def _put(self, value: Any) -> None:
        # `inc` is called most often, so it is bound directly.
        self._value, self.inc = value, value.inc

    def set(self, value: float, timestamp: float | None = None) -> None:
        self._value.set(value, timestamp)

    def get(self) -> float:
        number: float = self._value.get()
        return number

    def set_exemplar(self, exemplar: Any) -> None:
        self._value.set_exemplar(exemplar)

    def get_exemplar(self) -> Any:
        return self._value.get_exemplar()


# The library has no types here.
_IN_MEMORY: Callable[..., Any] = values.MutexValue
_cells: list[Cell] = []
_kinds: dict[tuple[int, str], Callable[..., Any]] = {}


# Chosen before the first metric is made. The library would choose by an environment variable
# at its import, which is too early: the slot is known only when a process has started.
values.ValueClass = Cell
values.MmapedDict = _ReservedFile  # type: ignore[attr-defined] # it imports it
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call] # the library's
