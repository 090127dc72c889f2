"""What the process of a target tells the one that watches it, through files in one folder."""

from __future__ import annotations

import json
import os
import resource
import time
from dataclasses import asdict, dataclass
from pathlib import Path

WARM = 0.25  # the part of the time after which memory should grow no more
PAGE = resource.getpagesize()
MEGABYTE = 1024 * 1024


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


@dataclass(slots=True)
class Figures:
    """Sizes in bytes, times in seconds. `warm` is the size once a quarter of the time was over."""

    replayed: int = 0
    runs: int = 0
    slowest: float = 0.0
    warm: int = 0
    peak: int = 0
    seconds: float = 0.0

    @property
    def growth(self) -> int:
        return self.peak - self.warm if self.warm else 0


class RunRecord:
    """Writes what the target's process does: after any end, the last input can be found."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.figures = Figures()

    def begin(self, data: bytes) -> None:
        (self._folder / "current").write_bytes(data)

    def failed(self, data: bytes, trace: str) -> None:
        (self._folder / "failed").write_bytes(data)
        (self._folder / "trace").write_text(trace)

    def note(self) -> None:
        self.figures.peak = max(self.figures.peak, resident())
        new = self._folder / "figures.new"
        new.write_text(json.dumps(asdict(self.figures)))
        new.rename(self._folder / "figures")


class Reader:
    """The watcher's side."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def idle(self) -> float:
        """Seconds since the present input was begun; 0 before the first."""
        try:
            return time.time() - (self._folder / "current").stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def figures(self) -> Figures:
        try:
            return Figures(**json.loads((self._folder / "figures").read_text()))
        except FileNotFoundError:
            return Figures()

    def culprit(self, *, failed: bool) -> bytes | None:
        path = self._folder / ("failed" if failed else "current")
        return path.read_bytes() if path.exists() else None

    def trace(self) -> str:
        path = self._folder / "trace"
        return path.read_text() if path.exists() else ""


def limit_memory(size: int) -> None:
    """An input that takes more fails in this process, not the machine."""
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    os.environ.setdefault("OMP_NUM_THREADS", "1")
