"""Finds out from its log why the embedded PostgreSQL does not start, and what to do."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

MAX_READ = 64 * 1024  # bytes of the log that are read
MAX_SHOWN = 200  # characters of a line of the log that are shown
# A new file of the write-ahead log has 16 MB, so a server needs a little more free space.
MIN_FREE = 24 * 1024**2


class EmbeddedServerError(Exception):
    """The embedded PostgreSQL cannot be used. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the server does not start. `passes`: it may start later without a restart of ProfAI."""

    message: str
    passes: bool = False


DISK_FULL = Failure(
    "The disk of {folder} is full, so the database cannot start. Free some space on it.",
    passes=True,
)
KILLED = Failure(
    "PostgreSQL ended without an error message while it started. Usually the system killed it "
    "because the machine has too little memory. Its log: {folder}/log",
    passes=True,
)
# A pattern of the server's message, and the failure that it means. The messages are in English,
# because the server is started with lc_messages=C.
CAUSES = (
    (r"No space left on device|[Dd]isk quota exceeded", DISK_FULL),
    (
        r"lock file .* already exists|pre-existing shared memory|in use by another|still in use",
        Failure("Some processes of a server on {folder} are still running.", passes=True),
    ),
    (
        r"Read-only file system",
        Failure(
            "The disk of {folder} is read-only, often after a disk error. Make it "
            "writable, or set PROFAI_VAR_DIR to a folder on another disk."
        ),
    ),
    (
        r"wrong ownership|invalid permissions|Permission denied",
        Failure(
            "PostgreSQL may not use {folder}. Everything in it must belong to the account that "
            "runs PostgreSQL, and its mode must be 0700."
        ),
    ),
    (
        r"incompatible with server|not compatible with this version|initialized by PostgreSQL",
        Failure(
            "{folder} was made by another version of PostgreSQL. Use the ProfAI that made it, "
            "dump its database, and restore it here (docs/backup.md)."
        ),
    ),
    (
        r"invalid locale|incompatible with operating system|locale .* not recognized|lc_\w+",
        Failure(
            "{folder} was made with a locale that this system does not have. Install it, for "
            "example with `dpkg-reconfigure locales`."
        ),
    ),
    (
        r"shared memory|shared_buffers|Cannot allocate memory|out of memory|semaphores",
        Failure(
            "PostgreSQL gets too little memory on this machine. End other programs, or give a "
            "container more (docker run --shm-size)."
        ),
    ),
    (
        r"could not look up effective user|local user with ID|no such user",
        Failure(
            "The account that runs ProfAI has no entry in /etc/passwd, and PostgreSQL needs one. "
            "Add it, or run ProfAI as an account that has one."
        ),
    ),
    (
        r"checkpoint record|pg_control|checksum|backup_label|invalid magic number",
        Failure(
            "The files of the database in {folder} are damaged. Restore a backup (docs/backup.md)."
        ),
    ),
    (
        r"configuration file|unrecognized configuration parameter|invalid value for parameter",
        Failure("A line of {folder}/postgresql.conf is wrong. Correct or delete it."),
    ),
)


def failure_of(folder: Path, said: str) -> Failure:
    """Returns the cause of the last error in `said`, which are lines of PostgreSQL's log."""
    # Finds only lines of levels that end a server, because other lines may quote SQL and course
    # text. Lines such as "the database system is starting up" are responses to connections that
    # were opened too early.
    errors = re.findall(r"(?:FATAL|PANIC|error):\s+(?!\s|the database system is)(.*)", said)
    errors += re.findall(r"initdb: (could not .*)", said)
    if not errors:
        # On a full disk the last lines of the log are missing.
        failure, last = (DISK_FULL if _is_full(folder) else KILLED), ""
    else:
        last = errors[-1][:MAX_SHOWN]
        unknown = Failure("PostgreSQL does not start.")
        known = (failure for pattern, failure in CAUSES if re.search(pattern, last))
        failure = DISK_FULL if _is_full(folder) else next(known, unknown)
    message = failure.message.format(folder=folder)
    if last and not failure.passes:
        message += f" PostgreSQL says: {last}"
    return Failure(message, failure.passes)


def _is_full(folder: Path) -> bool:
    return shutil.disk_usage(folder).free < MIN_FREE


def log_since(log: Path, position: int) -> str:
    """Returns the lines from `position` on; only the last ones if there are many."""
    try:
        with log.open("rb") as file:
            file.seek(max(position, log.stat().st_size - MAX_READ))
            return file.read(MAX_READ).decode(errors="replace")
    except FileNotFoundError:
        return ""
