"""The PostgreSQL server that runs from a Python wheel when no DATABASE_URL is set.

It listens on a Unix socket only, keeps its data in one folder, and stops when the last process
that uses it ends. Decision 0002 has the reasons.
"""

from __future__ import annotations

import atexit
import errno
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from profai.environment import env, var_dir
from profai.local.failures import DISK_FULL, EmbeddedServerError, failure_of, log_since
from profai.local.postgres_processes import Processes, Tell, Waiting, is_alive
from profai.local.server_account import (
    private_folder,
    programs,
    refuse_others_data,
    server_account,
)

DATABASE = "profai"
PORT = 5432
VERSION = "18"  # of PostgreSQL, and of the data that it can open
MAX_SOCKET_PATH = 103 if sys.platform == "darwin" else 107  # bytes
# Seconds to wait until a problem such as a full disk is solved: as long as workers wait.
MAX_WAIT = 60 * env.float("JOB_DATABASE_PATIENCE_MINUTES", default=10)
RETRY_PAUSE = 5.0  # seconds before the next try of a start that failed
SHUTDOWN_TIME = 60.0  # seconds for an orderly end of the server
MAX_LOG = 10 * 1024**2  # bytes; a larger log is renamed at the next start
# The only environment variables that PostgreSQL's programs get. Others may contain keys, or
# settings of other PostgreSQL servers.
VARIABLES = ("PATH", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
# With these, the log contains no statements and no rows, because they quote courses and answers.
SERVER_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "lc_messages": "C",
}
# Matches the messages of a server that will accept connections later.
STARTING_OR_STOPPING = re.compile(
    r"starting up|not yet accepting|recovery mode|shutting down|No such file|refused|timeout"
    r"|terminat|closed the connection|reset by peer"
)

_servers: dict[Path, Server] = {}


def ensure_database() -> None:
    """Starts the embedded server and sets DATABASE_URL to its address, unless DATABASE_URL is set
    already.
    """
    if not env.str("DATABASE_URL", default=""):
        os.environ["DATABASE_URL"] = start_server(var_dir() / "postgres")


def start_server(data_dir: Path) -> str:
    """Starts the server on `data_dir` unless it is running, and returns its address.

    After a crash this may take minutes; messages on standard error say why.
    Raises EmbeddedServerError if the server cannot be started or the folder cannot be used.
    """
    data_dir = data_dir.resolve()
    server = _servers.get(data_dir)
    if server is None:
        server = Server(data_dir)
        server.ensure_running()
        if not _servers:
            atexit.register(_release_at_exit, os.getpid())
        _servers[data_dir] = server
    return server.address(DATABASE)


def stop_server() -> None:
    """Stops the servers that this process uses, except those that other processes use too."""
    while _servers:
        _, server = _servers.popitem()
        server.release()


def revive_server(meanwhile: Callable[[], None] = lambda: None) -> bool:
    """Starts servers again that have ended. Returns whether there were any.

    While it waits, it calls `meanwhile` repeatedly.
    """
    dead = [server for server in _servers.values() if not server.is_alive()]
    for server in dead:
        server.ensure_running(meanwhile)
    return bool(dead)


def _release_at_exit(pid: int) -> None:
    if os.getpid() == pid:  # and not in a process that this one forked
        stop_server()


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


@dataclass(frozen=True, slots=True)
class Start:
    """A server process that we started, and where its part of the log begins."""

    pid: int
    log_position: int


class Server:
    """The server of one folder. Each process that uses the server has a shared lock, which the
    kernel releases when the process ends.
    """

    def __init__(self, data_dir: Path, tell: Tell = _tell) -> None:
        refuse_others_data(data_dir)
        self.data_dir = data_dir
        self.log = data_dir / "log"
        self._tell = tell
        self._account = server_account()
        self._processes = Processes(data_dir)
        self._socket_dir = self._choose_socket_dir()
        self._users: int | None = None  # the file descriptor of the lock that all users share
        self._pid: int | None = None

    def address(self, database: str) -> str:
        folder = quote(str(self._socket_dir), safe="/")
        return f"postgresql://postgres:@/{database}?host={folder}"

    def get_pid(self) -> int | None:
        """Returns the process id of the server; None if none is running on this folder."""
        return self._processes.server()

    def is_alive(self) -> bool:
        return self._pid is not None and self._processes.is_ours(self._pid)

    def ensure_running(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Starts the server unless it runs, and waits until it accepts connections."""
        try:
            self.data_dir.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._alone():
                if self._users is None:
                    self._users = self._open_lock("users")
                    fcntl.flock(self._users, fcntl.LOCK_SH)
                self._make_data()
                self._pid = self._wait_until_ready(Waiting(self._tell, meanwhile))
        except BaseException as error:
            if self._pid is None:  # no process uses the server, so none would stop it later
                self.release()
            if isinstance(error, OSError):
                raise _unusable(self.data_dir.parent, error) from error
            raise

    def release(self) -> None:
        """Stops the server unless another process uses it."""
        if self._users is None:
            return
        with self._alone():
            if _locked(self._users):
                self._end()
            os.close(self._users)
            self._users = None

    def stop(self) -> None:
        """Stops the server, even if others use it."""
        with self._alone():
            self._end()

    # --- Files ---

    def _beside(self, name: str) -> Path:
        return self.data_dir.with_name(f"{self.data_dir.name}.{name}")

    def _open_lock(self, name: str) -> int:
        return os.open(self._beside(name), os.O_RDWR | os.O_CREAT, 0o600)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Prevents other processes from starting or stopping the server during the block."""
        handle = self._open_lock("lock")
        waiting = Waiting(self._tell)
        try:
            while not _locked(handle):
                waiting.pause("Another ProfAI starts or stops the database; waiting for it.")
            yield
        finally:
            os.close(handle)

    def _choose_socket_dir(self) -> Path:
        """Returns the folder for the server's socket: the folder of the data, which is private, or
        a folder in /tmp if that path is too long for a socket or has a comma, which separates hosts
        in an address.
        """
        path = os.fsencode(self.data_dir / f".s.PGSQL.{PORT}")
        if len(path) <= MAX_SOCKET_PATH and b"," not in path:
            return self.data_dir
        digest = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:12]
        return Path("/tmp") / f"profai-{self._account.uid}-{digest}"  # noqa: S108 - see _spawn

    def _make_data(self) -> None:
        if (self.data_dir / "global" / "pg_control").exists():
            found = (self.data_dir / "PG_VERSION").read_text().strip()
            if found != VERSION:
                raise EmbeddedServerError(
                    f"{self.data_dir} was made by PostgreSQL {found}; this is {VERSION}. "
                    "Use the ProfAI that made it, dump its database, and restore it here."
                )
        elif self._pid is not None:
            raise EmbeddedServerError(
                f"{self.data_dir} was removed while ProfAI ran. Restore a backup (docs/backup.md)."
            )
        elif self.data_dir.exists() and any(self.data_dir.iterdir()):
            raise EmbeddedServerError(
                f"{self.data_dir} has no complete database: its first start was interrupted, or "
                "files were lost. Restore a backup, or delete the folder to start again."
            )
        else:
            self._initialise()

    def _initialise(self) -> None:
        """Makes an empty database in a temporary folder, which is renamed when it is complete."""
        self._tell(f"Making the database in {self.data_dir}; this takes some seconds.")
        draft = self._beside("new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self._account.is_other:
            os.chown(draft, self._account.uid, self._account.gid)
        # The builtin locale is the same on every system and needs no installation.
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options = ["--encoding=UTF8", *locale, "--username=postgres", "--auth=trust"]
        initdb = str(programs(self._account) / "initdb")
        done = self._run([initdb, *options, "-D", self._account.path_of(draft)], draft)
        if done.returncode != 0:
            failure = failure_of(draft, done.stderr)
            shutil.rmtree(draft, ignore_errors=True)
            raise EmbeddedServerError(failure.message)
        draft.rename(self.data_dir)

    def _log_position(self) -> int:
        """Returns the position in the log at which the next lines will be written. Renames the log
        first if it is larger than MAX_LOG.
        """
        try:
            size = self.log.stat().st_size
        except FileNotFoundError:
            return 0
        if size > MAX_LOG:
            self.log.replace(self.log.with_name("log.old"))
            return 0
        return size

    # --- Starting ---

    def _wait_until_ready(self, waiting: Waiting) -> int:
        """Returns the server's process id when it accepts connections. Starts it if there is none.

        There is no time limit for a server that recovers from a crash, because it makes progress,
        and a second server cannot be started on the same folder.
        """
        start: Start | None = None
        failing_since: float | None = None
        words: str | Callable[[], str]
        starting = "The database starts."
        while True:
            pid = self.get_pid()
            if pid is not None and self._socket_is_ours():
                if not self._processes.says_busy() and self._answers():
                    return pid
                words = partial(self._recovery, start)
            elif start is not None and is_alive(start.pid):
                words = starting
            elif running := self._processes.running():
                self._processes.end_remains(running)
                words = "Some processes of a database that was killed are still running."
            else:
                if start is not None:
                    failing_since = failing_since or time.monotonic()
                    seconds = time.monotonic() - failing_since
                    starting = self._after_failure(start, waiting, seconds)
                start, words = self._spawn(), starting
            waiting.pause(words)

    def _after_failure(self, start: Start, waiting: Waiting, seconds: float) -> str:
        """Waits before the next try if the problem may be temporary. Returns a message about it.

        Raises EmbeddedServerError if the problem is not temporary, or has lasted too long.
        """
        failure = failure_of(self.data_dir, log_since(self.log, start.log_position))
        if not failure.passes:
            raise EmbeddedServerError(failure.message)
        minutes = f"{MAX_WAIT / 60:.0f} minutes"
        if seconds >= MAX_WAIT:
            raise EmbeddedServerError(f"{failure.message} It was tried for {minutes}.")
        words = f"{failure.message} It is tried again for up to {minutes}."
        waiting.pause(words, RETRY_PAUSE, urgent=True)
        return words

    def _spawn(self) -> Start:
        """Starts the server, which may run longer than this process. The shell prints its process
        id.
        """
        # No server is running on this folder, so these files are from a server that was killed.
        # PostgreSQL would not start if such a file is empty, or if the process id in it belongs to
        # any process of this account.
        (self.data_dir / "postmaster.pid").unlink(missing_ok=True)
        (self._socket_dir / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        folder = socket_dir = self._account.path_of(self.data_dir)
        if self._socket_dir != self.data_dir:
            socket_dir = str(private_folder(self._socket_dir, self._account))
        position = self._log_position()
        quoted = socket_dir.replace('"', '""')
        server = [str(programs(self._account) / "postgres"), "-D", folder, "-p", str(PORT)]
        server += ["-k", f'"{quoted}"']
        for name, value in SERVER_SETTINGS.items():
            server += ["-c", f"{name}={value}"]
        shell = ["/bin/sh", "-c", '"$@" >>log 2>&1 </dev/null & echo $!', "sh", *server]
        done = self._run(shell, self.data_dir)
        if done.returncode != 0:
            raise EmbeddedServerError(f"PostgreSQL cannot be started: {done.stderr.strip()}")
        return Start(int(done.stdout), position)

    def _run(self, command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
        """Runs a program in `folder`, as the server's account."""
        environment = {name: os.environ[name] for name in VARIABLES if name in os.environ}
        return subprocess.run(  # noqa: S603 - commands are ours
            command,
            cwd=folder,
            env=environment | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            # Ctrl-C in a terminal must not reach the server: ProfAI stops it after all else.
            start_new_session=True,
            umask=0o077,
            **self._account.options(),
        )

    def _socket_is_ours(self) -> bool:
        """Whether the server's socket is where we expect it.

        It is not if the folder was moved while the server ran, if an old release of ProfAI started
        it, or if the socket was deleted.
        """
        socket = self._socket_dir / f".s.PGSQL.{PORT}"
        if self._processes.says_ready() and not socket.exists():
            return False
        ours = {"", str(self._socket_dir)}
        if self._socket_dir == self.data_dir:
            ours.add(self._account.path_of(self.data_dir))
        return self._processes.socket_folder() in ours

    def _answers(self) -> bool:
        """Whether the server accepts connections. Makes our database if it does not exist."""
        try:
            address = self.address("postgres")
            with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
                query = "SELECT 1 FROM pg_database WHERE datname = %s"
                if connection.execute(query, [DATABASE]).fetchone() is None:
                    name = sql.Identifier(DATABASE)
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        except psycopg.errors.DiskFull as error:
            raise EmbeddedServerError(DISK_FULL.message.format(folder=self.data_dir)) from error
        except psycopg.OperationalError as error:
            if "too many clients" in str(error):
                return True  # it is running
            if not STARTING_OR_STOPPING.search(str(error)):
                failure = failure_of(self.data_dir, str(error))
                raise EmbeddedServerError(failure.message) from error
            return False
        return True

    def _recovery(self, start: Start | None) -> str:
        """Returns a message about what a server does that runs and accepts no connections yet."""
        said = log_since(self.log, start.log_position if start else 0)
        said = said.rpartition("starting PostgreSQL")[2]
        if "automatic recovery in progress" not in said:
            return "The database starts."
        size = 0
        for path in (self.data_dir / "pg_wal").glob("0*"):
            with suppress(FileNotFoundError):  # PostgreSQL has just deleted it
                size += path.stat().st_size
        begin = re.search(r"redo starts at ([0-9A-F]+)/([0-9A-F]+)", said)
        reached = re.findall(r"current LSN: ([0-9A-F]+)/([0-9A-F]+)", said)
        done = _position(*reached[-1]) - _position(*begin.groups()) if begin and reached else 0
        return (
            "The database was not stopped properly last time, and now reads its log: "
            f"{done / 1e9:.1f} of at most {size / 1e9:.1f} GB. Nothing is lost; please wait."
        )

    def _end(self) -> None:
        """Stops the server and waits until all its processes have ended."""
        pid = self.get_pid()
        self._pid = None
        if pid is None:
            return
        waiting = Waiting(self._tell)
        asked = None
        while self._processes.is_ours(pid) or self._processes.running():
            how = signal.SIGINT if waiting.seconds < SHUTDOWN_TIME else signal.SIGQUIT
            if how != asked:
                with suppress(ProcessLookupError):
                    os.kill(pid, how)
                asked = how
            waiting.pause("The database saves its data and ends.")


def _unusable(folder: Path, error: OSError) -> EmbeddedServerError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return EmbeddedServerError(DISK_FULL.message.format(folder=folder))
    return EmbeddedServerError(
        f"ProfAI cannot use {error.filename or folder}: {error.strerror}. Make it readable and "
        "writable for the account that runs ProfAI, or set PROFAI_VAR_DIR to another folder."
    )


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _position(high: str, low: str) -> int:
    return (int(high, 16) << 32) + int(low, 16)
