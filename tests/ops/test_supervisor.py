"""What `make run` stands on: services that are watched, one at a time, and end together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django.fixtures import Settings

from courses.models import Course
from profai.local import embedded
from profai.local.embedded import revive_server
from profai.local.first_start import ensure_first_accounts, request_first_course
from profai.local.processes import Service, any_free_port, port_is_free
from profai.local.supervisor import (
    MAX_RESTARTS,
    Supervisor,
    SupervisorError,
    bring_up_to_date,
    is_running,
    only_one,
    supervised,
)
from profai.settings.secret import stored_secret_key
from tests.conftest import free_port
from tests.waiting import LONG

pytestmark = pytest.mark.slow

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def pids(supervisor: Supervisor) -> list[int]:
    return [process.pid for _, process in supervisor._running]


def test_services_end_with_the_block() -> None:
    with supervised() as supervisor:
        supervisor.start(Service("sleeper", SLEEP))
        (pid,) = pids(supervisor)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_service_that_ends_is_started_again_and_given_up_in_the_end(tmp_path: Path) -> None:
    log = tmp_path / "log" / "quick.log"
    quick = Service("quick", [sys.executable, "-c", "print('I was here')"], log=log)
    with supervised() as supervisor:
        supervisor.start(quick)
        for _ in range(MAX_RESTARTS):
            supervisor._running[0][1].wait()
            supervisor.check()
        supervisor._running[0][1].wait()
        with pytest.raises(SupervisorError, match=r"quick ended 4 times.*quick\.log"):
            supervisor.check()
    assert log.read_text().count("I was here") == MAX_RESTARTS + 1


def test_a_service_that_does_not_answer_is_an_error() -> None:
    with supervised() as supervisor, pytest.raises(SupervisorError, match="did not start"):
        supervisor.start(Service("mute", [sys.executable, "-c", ""]), port=free_port())


def test_another_program_on_the_port_does_not_pass_for_the_service() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, supervised() as supervisor:
        mute = Service("mute", [sys.executable, "-c", "import time; time.sleep(0.5)"])
        with pytest.raises(SupervisorError, match="did not start"):
            supervisor.start(mute, port=taken.getsockname()[1])


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's signal is Linux's")
def test_a_killed_supervisor_takes_its_services_along(tmp_path: Path) -> None:
    script = (
        "import django; django.setup()\n"
        "from profai.local.supervisor import *\n"
        "import sys, time\n"
        "with supervised() as s:\n"
        f"    s.start(Service('sleeper', {SLEEP!r}))\n"
        "    print(s._running[0][1].pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    end = time.monotonic() + LONG
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_only_one_supervisor_runs_on_a_folder(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    assert not is_running()
    with only_one():
        assert is_running()
        with pytest.raises(SupervisorError, match="already runs"), only_one():
            pass
    assert not is_running()


def test_a_port_in_use_is_named_with_a_way_out(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not port_is_free(port)
        with pytest.raises(CommandError, match=f"Port {port} is in use.*PORT={port + 1}"):
            call_command("up", port=port)
    assert port_is_free(any_free_port())


def test_manage_py_says_what_is_wrong_with_the_folder(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env=environment | {"PROFAI_VAR_DIR": str(blocked / "var")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "PROFAI_VAR_DIR" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_secret_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret_key"
    key = stored_secret_key(path)
    assert stored_secret_key(path) == key
    assert len(key) >= 50
    assert path.stat().st_mode & 0o077 == 0
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.django_db
def test_the_first_accounts_are_made_once_with_passwords_that_work() -> None:
    made = ensure_first_accounts()
    assert [account.name for account in made] == ["admin", "learner"]
    for account in made:
        assert Client().login(username=account.name, password=account.password)
        assert account.password not in User.objects.get(username=account.name).password
    assert ensure_first_accounts() == []


@pytest.mark.django_db
def test_a_half_finished_first_run_makes_what_is_missing() -> None:
    ensure_first_accounts()
    User.objects.filter(username="learner").delete()
    assert [account.name for account in ensure_first_accounts()] == ["learner"]


@pytest.mark.django_db
def test_the_sample_is_requested_once(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    ensure_first_accounts()
    made = request_first_course()
    assert made is not None
    assert made.job.parameters["publish"] is True
    assert request_first_course() is None
    assert Course.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_killed_embedded_database_is_started_again() -> None:
    assert not revive_server()
    connection.close()
    pid = next(iter(embedded._servers.values())).get_pid()
    assert pid is not None
    os.kill(pid, signal.SIGQUIT)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.05)
    assert revive_server()
    assert User.objects.count() == 0


def test_what_ended_long_ago_is_forgiven(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = Service("quick", [sys.executable, "-c", ""])
    monkeypatch.setattr("profai.local.supervisor.RESTART_WINDOW", -1.0)
    with supervised() as supervisor:
        supervisor.start(quick)
        for _ in range(MAX_RESTARTS + 2):
            supervisor._running[0][1].wait(LONG)
            supervisor.check()


@pytest.mark.django_db
def test_migrations_run_only_where_the_database_lacks_one(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(
        "profai.local.supervisor.call_command", lambda name, **_: called.append(name)
    )
    Group.objects.all().delete()
    bring_up_to_date()
    assert called == []
    assert Group.objects.exists(), "what comes without a migration is made at each start"
    MigrationRecorder(connection).migration_qs.filter(app="jobs", name="0001_initial").delete()
    bring_up_to_date()
    assert called == ["migrate"]
