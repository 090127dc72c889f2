"""Finds and ends the processes of PostgreSQL on one data folder."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

POLL = 0.1  # seconds between two looks at a server that starts or ends
FIRST_MESSAGE = 2.0  # seconds of waiting before the first message
NEXT_MESSAGE = 15.0  # seconds before the second message; each time twice as long
MAX_PAUSE = 60.0  # seconds between two messages at most
ORPHAN_TIME = 10.0  # seconds for processes without a server to end by themselves

Tell = Callable[[str], None]


class Waiting:
    """Pauses, and prints messages about the reason for waiting. The time between messages grows; a
    new urgent message is printed at once.
    """

    def __init__(self, tell: Tell, meanwhile: Callable[[], None] = lambda: None) -> None:
        self._tell, self._meanwhile = tell, meanwhile
        self._start = time.monotonic()
        self._next, self._again = self._start + FIRST_MESSAGE, NEXT_MESSAGE
        self._urgent: str | Callable[[], str] = ""

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def pause(
        self, words: str | Callable[[], str], seconds: float = POLL, *, urgent: bool = False
    ) -> None:
        """Waits for `seconds`. `words` are the message for people, or a function that makes it."""
        is_new_and_urgent = urgent and words != self._urgent
        if is_new_and_urgent:
            self._urgent, self._again = words, NEXT_MESSAGE
        if is_new_and_urgent or time.monotonic() >= self._next:
            self._next = time.monotonic() + self._again
            self._again = min(2 * self._again, MAX_PAUSE)
            text = words if isinstance(words, str) else words()
            self._tell(f"{text} ({self.seconds:.0f} s so far)")
        self._meanwhile()
        time.sleep(seconds)


class Processes:
    """PostgreSQL's processes on one folder. A process id in a file is checked, because after a
    restart of the machine it may belong to any program.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._asked: dict[int, float] = {}  # process ids, and when each was told to end

    def server(self) -> int | None:
        """Returns the process id in postmaster.pid, if that server is running."""
        with suppress(ValueError):
            pid = int(self._line(0))
            return pid if self.is_ours(pid) else None
        return None

    def socket_folder(self) -> str:
        """Returns the folder of the server's socket by postmaster.pid; "" if it is not there."""
        return self._line(4)

    def says_ready(self) -> bool:
        return self._line(7) == "ready"

    def says_busy(self) -> bool:
        """Whether the server starts or stops. A connection would fail and only fill its log."""
        return self._line(7) in {"starting", "stopping"}

    def _line(self, number: int) -> str:
        """Returns a line of postmaster.pid; "" if the file is missing, empty or incomplete."""
        with suppress(OSError, UnicodeDecodeError, IndexError):
            return (self._data_dir / "postmaster.pid").read_text().splitlines()[number].strip()
        return ""

    def is_ours(self, pid: int) -> bool:
        """Whether the process is running and is PostgreSQL with this working folder."""
        with suppress(psutil.Error, OSError, ValueError):
            process = psutil.Process(pid)
            return (
                process.name() == "postgres"
                and process.status() != psutil.STATUS_ZOMBIE
                and process.cwd() == str(self._data_dir)
            )
        return False

    def running(self) -> list[int]:
        return [pid for pid in psutil.pids() if self.is_ours(pid)]

    def end_remains(self, running: list[int]) -> None:
        """Ends servers that cannot be used, and processes whose server was killed.

        A process whose server was killed goes on until its statement has ended; until then no other
        server can be started.
        """
        for pid in running:
            with suppress(psutil.Error):
                process = psutil.Process(pid)
                if process.ppid() in running:
                    continue  # ended by its server
                title = "".join(process.cmdline()[:1])  # "" if it has just ended
                is_orphan = title.startswith("postgres:")
                if pid not in self._asked:
                    self._asked[pid] = time.monotonic()
                    process.send_signal(signal.SIGQUIT if is_orphan else signal.SIGINT)
                elif is_orphan and time.monotonic() - self._asked[pid] > ORPHAN_TIME:
                    process.kill()


def is_alive(pid: int) -> bool:
    with suppress(psutil.Error):
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return False
