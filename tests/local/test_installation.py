"""One installation on one machine: its checkout, folder, port, key, cookies and files."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError
from pytest_django.fixtures import Settings

from profai.environment import BASE_DIR
from profai.local import private_files
from profai.local.failures import EmbeddedServerError
from profai.local.processes import Service, port_is_free
from profai.local.supervisor import SupervisorError, supervised
from profai.management.commands import generate_course, up
from profai.settings.secret import cookie_suffix, stored_secret_key


def python(code: str, values: dict[str, str], cwd: Path = BASE_DIR) -> str:
    paths = {"PYTHONPATH": str(BASE_DIR), "DJANGO_SETTINGS_MODULE": "profai.settings.dev"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env=os.environ | paths | values,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


# --- The checkout ---


def would_install(checkout: Path) -> bool:
    done = subprocess.run(
        ["make", "-n", "install"], cwd=checkout, capture_output=True, text=True, check=True
    )
    return "-m venv --clear" in done.stdout


def test_a_moved_checkout_is_installed_anew(tmp_path: Path) -> None:
    checkout, moved = tmp_path / "checkout", tmp_path / "moved"
    programs = checkout / ".venv" / "bin"
    programs.mkdir(parents=True)
    (checkout / "requirements").mkdir()
    for name in ("Makefile", "requirements/bootstrap.txt", "requirements/dev.txt"):
        (checkout / name).write_bytes((BASE_DIR / name).read_bytes())
    assert would_install(checkout)
    (programs / "pip").write_text(f"#!{programs}/python\n")
    (programs / "python").symlink_to(sys.executable)
    (checkout / ".venv" / "installed").touch()
    assert not would_install(checkout)
    checkout.rename(moved)
    assert would_install(moved)
    moved.rename(checkout)
    (programs / "python").unlink()
    (programs / "python").symlink_to(tmp_path / "python-that-was-removed")
    assert would_install(checkout)


def test_a_home_that_cannot_be_written_to_needs_no_cache(tmp_path: Path) -> None:
    def install(home: str) -> str:
        values = {k: v for k, v in os.environ.items() if not k.startswith(("UV_", "XDG_"))}
        command = ["make", "-n", "-B", "install"]
        done = subprocess.run(
            command, env=values | {"HOME": home}, capture_output=True, text=True, check=True
        )
        return done.stdout

    # Not even root can make a file in /proc.
    assert "--no-cache" in install("/proc/nowhere")
    assert "--no-cache" not in install(str(tmp_path))


def test_a_relative_data_folder_is_the_checkouts_wherever_a_command_runs(tmp_path: Path) -> None:
    code = "from profai.environment import var_dir; print(var_dir())"
    assert python(code, {"PROFAI_VAR_DIR": "data/mine"}, tmp_path) == str(BASE_DIR / "data/mine")
    assert python(code, {"PROFAI_VAR_DIR": str(tmp_path)}, tmp_path) == str(tmp_path)


def test_a_service_whose_program_is_missing_is_told_with_what_to_do(tmp_path: Path) -> None:
    missing = Service("Chroma", [str(tmp_path / "chroma")])
    with supervised() as supervisor, pytest.raises(SupervisorError, match="make install"):
        supervisor.start(missing)


# --- The port ---


@pytest.mark.parametrize("port", [0, -1, 65536, 99999])
def test_a_port_that_cannot_be_is_refused(settings: Settings, tmp_path: Path, port: int) -> None:
    settings.VAR_DIR = tmp_path
    with pytest.raises(CommandError, match=f"no port {port}"):
        call_command("up", port=port)
    assert not port_is_free(99999)


def test_a_port_that_is_roots_is_not_said_to_be_in_use(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(CommandError, match=r"may not use port 80.*PORT=8000"):
        call_command("up", port=80)


# --- What fails while it starts ---


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (EmbeddedServerError("The disk is full."), "The disk is full."),
        (OperationalError("gone"), "The database failed while ProfAI started: gone"),
        (OSError(28, "No space left on device", "/var/x"), "/var/x: No space left on device"),
    ],
)
def test_what_fails_at_the_start_is_told_without_a_traceback(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    words: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(up, "bring_up_to_date", fail)
    # The database of the test run is not this command's to stop.
    monkeypatch.setattr(up, "stop_server", lambda: None)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(CommandError, match=words):
        call_command("up", port=port)


def test_a_course_from_the_shell_tells_of_a_failing_database(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise EmbeddedServerError("The disk is full.")

    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(generate_course, "bring_up_to_date", fail)
    with pytest.raises(CommandError, match="The disk is full"):
        call_command("generate_course", str(tmp_path / "a.pdf"))


# --- The secret key and cookies ---


def test_an_empty_secret_key_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    path.write_text("\n")
    with pytest.raises(ImproperlyConfigured, match=r"is empty.*Put the key back from a backup"):
        stored_secret_key(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ImproperlyConfigured, match="it holds no text"):
        stored_secret_key(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(ImproperlyConfigured, match="cannot be used: Is a directory"):
        stored_secret_key(path)


def test_manage_py_tells_of_an_empty_secret_key_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    values = {"DJANGO_SETTINGS_MODULE": "profai.settings.dev", "PROFAI_VAR_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=BASE_DIR,
        env=os.environ | values | {"DATABASE_URL": "postgresql:///none", "SECRET_KEY": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(str(tmp_path / "secret_key"))
    assert "Traceback" not in done.stderr


def test_cookies_of_two_installations_have_different_names(tmp_path: Path) -> None:
    code = (
        "import json; from django.conf import settings\n"
        "print(json.dumps([settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "
        "settings.DEVICE_COOKIE_NAME]))"
    )

    def names(folder: str) -> list[str]:
        values = {"PROFAI_VAR_DIR": str(tmp_path / folder), "SECRET_KEY": ""}
        found: list[str] = json.loads(python(code, values))
        return found

    one, two = names("one"), names("two")
    assert len({*one, *two}) == 6
    assert names("one") == one
    assert cookie_suffix("a") != cookie_suffix("b")


# --- Other accounts of the machine ---


def test_the_data_folder_is_closed_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mode(path: Path) -> int:
        return path.stat().st_mode & 0o777

    monkeypatch.setenv("PROFAI_VAR_DIR", str(tmp_path / "new"))
    private_files.make_var_dir_private()
    assert mode(tmp_path / "new") == 0o700
    # A folder that was there may serve others; only what is ours in it is closed.
    shared = tmp_path / "shared"
    (shared / "media").mkdir(parents=True)
    (shared / "other").mkdir()
    for path in (shared, shared / "media", shared / "other"):
        path.chmod(0o755)
    monkeypatch.setenv("PROFAI_VAR_DIR", str(shared))
    private_files.make_var_dir_private()
    modes = [mode(path) for path in (shared, shared / "media", shared / "other")]
    assert modes == [0o755, 0o700, 0o755]
    # The folder of the checkout is ours.
    monkeypatch.setattr(private_files, "BASE_DIR", tmp_path)
    monkeypatch.setenv("PROFAI_VAR_DIR", str(tmp_path / "var"))
    (tmp_path / "var").mkdir(mode=0o755)
    private_files.make_var_dir_private()
    assert mode(tmp_path / "var") == 0o700


def test_what_services_write_is_for_this_account_only(tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'written')!r}, 'w').close(); print('done')"
    log = tmp_path / "log" / "writer.log"
    with supervised() as supervisor:
        supervisor.start(Service("writer", [sys.executable, "-c", code], log=log))
        supervisor._running[0][1].wait()
    assert (tmp_path / "written").stat().st_mode & 0o077 == 0
    assert log.stat().st_mode & 0o077 == 0
