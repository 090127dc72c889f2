"""One machine for a school: deploy/school beside tools that take notes, and its files.

tests/deploy/test_school.py runs the way without Docker on real parts.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.checks.tools import DEPLOY, ROOT, run

SCHOOL = DEPLOY / "school"
PROGRAMS = ("backup", "compose", "manage", "restart", "restore", "rollback", "setup", "upgrade")
TOOLS = (
    "aws", "caddy", "chown", "curl", "docker", "getent", "logger", "psql", "setpriv", "systemctl",
    "tesseract", "useradd",
)  # fmt: skip
GIT, FLOCK, ANALYZE = "/usr/bin/git", "/usr/bin/flock", "/usr/bin/systemd-analyze"
WAYS = ("docker", "systemd")
MEMORY = 2000  # megabytes, for all parts together
Row = dict[str, Any]

HEALTHY: Row = {"called": "^curl .*/health/ready", "says": '{"status": "ok", "parts": {}}'}
USUAL: list[Row] = [
    {"called": "^getent passwd profai", "ends": 2},
    {"called": "psql .*pg_database", "says": "0\n"},
    HEALTHY,
]


def failing(called: str, once: str = "") -> Row:
    return {"called": called, "ends": 1} | ({"once": once} if once else {})


@dataclass
class Machine:
    """A machine under a folder, with a source of three versions and tools that take notes."""

    root: Path
    fakes: Path
    way: str

    def answers(self, *rows: Row) -> None:
        (self.fakes / "table.json").write_text(json.dumps([*rows, *USUAL]))

    def run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        (self.fakes / "notes.jsonl").write_text("")
        installed = self.root / "opt/profai/current/deploy/school"
        folder = installed if installed.exists() else self.root / "opt/profai/source/deploy/school"
        return subprocess.run(
            [folder / program, *arguments],
            env={
                "PATH": f"{self.fakes}:/usr/bin:/bin", "FAKES": str(self.fakes),
                "PROFAI_ROOT": str(self.root), "PAUSE": "0", "TRIES": "2",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def ok(self, program: str, *arguments: str | Path) -> str:
        done = self.run(program, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refuses(self, words: str, program: str, *arguments: str | Path) -> None:
        done = self.run(program, *arguments)
        assert done.returncode == 1, done.stdout
        assert words in done.stderr

    @property
    def commands(self) -> list[str]:
        lines = (self.fakes / "notes.jsonl").read_text().splitlines()
        return [json.loads(line)["command"] for line in lines]

    def journal(self) -> str:
        """What was handed to the journal."""
        lines = (self.fakes / "notes.jsonl").read_text().splitlines()
        notes = map(json.loads, lines)
        return "".join(one["given"] for one in notes if one["command"] == "logger --tag profai")

    def called(self, *words: str) -> bool:
        """Whether these were called, in this order."""
        rest = iter(self.commands)
        return all(any(re.search(one, command) for command in rest) for one in words)

    def link(self, name: str) -> str:
        return (self.root / "opt/profai" / name).readlink().name

    @property
    def backups(self) -> Path:
        return self.root / "var/backups/profai"

    @property
    def settings(self) -> dict[str, str]:
        lines = (self.root / "etc/profai/settings.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if line and line[0] != "#")

    @property
    def backup_before(self) -> Path:
        return Path((self.root / "opt/profai/backup-before").read_text().split()[1])

    def setting(self, name: str, value: str) -> None:
        with (self.root / "etc/profai/settings.env").open("a") as file:
            file.write(f"{name}={value}\n")

    @property
    def start(self) -> str:
        return {"docker": "compose .* up --detach", "systemd": "systemctl start profai-web"}[
            self.way
        ]

    @property
    def stop(self) -> str:
        return {"docker": "compose .* stop web worker", "systemd": "systemctl stop profai-web"}[
            self.way
        ]


def git(folder: Path, *arguments: str) -> None:
    person = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    subprocess.run([GIT, *person, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the versions v1, v2 and v3; only a fake build is in them."""
    folder = tmp_path_factory.mktemp("source")
    shutil.copytree(SCHOOL, folder / "deploy/school")
    (folder / "deploy/school/build").write_text('#!/bin/sh\nexec setpriv build "$@"\n')
    git(folder, "init", "--quiet")
    for version in ("v1", "v2", "v3"):
        (folder / "version").write_text(version)
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", version)
        git(folder, "tag", version)
    return folder


@pytest.fixture(params=WAYS)
def bare(request: pytest.FixtureRequest, source: Path, tmp_path: Path) -> Machine:
    root, fakes = tmp_path / "machine", tmp_path / "fakes"
    fakes.mkdir()
    git(tmp_path, "clone", "--quiet", str(source), str(root / "opt/profai/source"))
    program = f"#!{sys.executable} -IS\n" + (DEPLOY / "checks/fake_tools.py").read_text()
    for name in TOOLS:
        (fakes / name).write_text(program)
        (fakes / name).chmod(0o755)
    made = Machine(root, fakes, request.param)
    made.answers()
    return made


@pytest.fixture
def prepared(bare: Machine) -> Machine:
    bare.ok("setup", bare.way, "https://learn.school.example")
    return bare


@pytest.fixture
def installed(prepared: Machine) -> Machine:
    prepared.ok("upgrade", "v1")
    return prepared


@pytest.fixture
def upgraded(installed: Machine) -> Machine:
    installed.ok("upgrade", "v2")
    return installed


# --- Setup ---


ADDRESSES = [
    ("https://learn.school.example", "learn.school.example", "production", ""),
    ("https://learn.school.example:8443/", "learn.school.example", "production", ""),
    ("https://192.168.1.20", "192.168.1.20", "production", "tls internal"),
    ("https://profai.lan", "profai.lan", "production", "tls internal"),
    ("https://server", "server", "production", "tls internal"),
    ("http://192.168.1.20", "192.168.1.20", "compose", ""),
]


def test_the_address_makes_the_settings(bare: Machine) -> None:
    for address, host, module, tls in ADDRESSES:
        (bare.root / "etc/profai/settings.env").unlink(missing_ok=True)
        bare.ok("setup", bare.way, address)
        found = bare.settings
        assert found["SITE_HOST"] == found["ALLOWED_HOSTS"] == host
        assert found["SITE_ADDRESS"] == found["CSRF_TRUSTED_ORIGINS"] == address.rstrip("/")
        assert found["DJANGO_SETTINGS_MODULE"] == f"profai.settings.{module}"
        assert found["CADDY_TLS"] == tls
        assert found["NUM_PROXIES"] == "1"


def test_what_is_no_address_is_refused(bare: Machine) -> None:
    for address in ("learn.school.example", "ftp://x.example", "https://a b", "https://x;y", ""):
        bare.refuses("is no address of a website", "setup", bare.way, address)
    assert not (bare.root / "etc").exists()


def test_what_is_missing_is_said(bare: Machine) -> None:
    if bare.way == "docker":
        bare.answers(failing("docker compose version"))
    else:
        (bare.fakes / "caddy").unlink()
    bare.refuses("missing: see docs/school.md", "setup", bare.way, "https://learn.school.example")


def test_a_second_setup_changes_nothing(prepared: Machine) -> None:
    def contents() -> dict[Path, bytes]:
        folders = (prepared.root / "etc/profai", prepared.root / "var/lib/profai")
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        return {path: path.read_bytes() for path in files}

    before = contents()
    prepared.ok("setup", prepared.way, "https://other.school.example")
    assert contents() == before
    assert len(before) == {"docker": 5, "systemd": 4}[prepared.way]


def test_secrets_are_long_files_that_others_cannot_reach(prepared: Machine) -> None:
    key = prepared.root / "var/lib/profai/secret_key"
    assert re.fullmatch("[0-9a-f]{96}", key.read_text())
    assert key.stat().st_mode & 0o077 == 0
    folder = prepared.root / "etc/profai/secrets"
    assert folder.stat().st_mode & 0o007 == 0
    assert prepared.backups.stat().st_mode & 0o077 == 0
    # Settings are read by everybody, so there is no secret among them.
    values = " ".join(prepared.settings.values())
    secrets = [path.read_text() for path in [key, *folder.iterdir()]]
    assert not [secret for secret in secrets if secret and secret in values]
    if prepared.way == "docker":
        password = (folder / "POSTGRES_PASSWORD").read_text()
        address = f"postgresql://profai:{password}@postgres:5432/profai"
        assert (folder / "DATABASE_URL").read_text() == address


def test_the_database_is_made_once(bare: Machine) -> None:
    bare.ok("setup", bare.way, "https://learn.school.example")
    if bare.way == "docker":  # its container makes it
        assert not bare.called("psql|useradd")
        return
    assert bare.called("useradd .*profai", "setpriv .*postgres.* createuser", "createdb")
    bare.answers({"called": "pg_database", "says": "1\n"}, {"called": "getent"})
    bare.ok("setup", bare.way, "https://learn.school.example")
    assert not bare.called("createdb|useradd")
    bare.answers(failing("pg_database"))
    bare.refuses("PostgreSQL does not answer", "setup", bare.way, "https://learn.school.example")


# --- Upgrade ---


def test_the_first_upgrade_installs(prepared: Machine) -> None:
    said = prepared.ok("upgrade")
    build = {"docker": "docker build .*--tag profai:v3 ", "systemd": "setpriv build"}[prepared.way]
    assert prepared.called(
        build, "systemctl enable --quiet --now profai-backup.timer", "manage.py migrate",
        prepared.start, "curl",
    )  # fmt: skip
    assert not prepared.called("manage.py backup")
    assert prepared.link("current") == "v3"
    assert "v3 runs: https://learn.school.example" in said
    names = {path.name for path in (prepared.root / "etc/systemd/system").iterdir()}
    assert ("profai-web.service" in names) == (prepared.way == "systemd")
    assert {"profai-backup.service", "profai-backup.timer"} <= names


def test_an_upgrade_backs_up_before_it_migrates(installed: Machine) -> None:
    installed.ok("upgrade", "v2")
    assert installed.called(
        installed.stop,
        "manage.py backup .*/before-v2-",
        "manage.py migrate",
        installed.start,
        "curl",
    )
    assert (installed.link("current"), installed.link("previous")) == ("v2", "v1")


def test_only_the_release_before_is_kept(upgraded: Machine) -> None:
    upgraded.ok("upgrade", "v3")
    kept = {path.name for path in (upgraded.root / "opt/profai/releases").iterdir()}
    assert kept == {"v2", "v3"}
    assert upgraded.called("docker image rm profai:v1") == (upgraded.way == "docker")


@pytest.mark.parametrize(
    ("failure", "words", "changes"),
    [
        ("docker build|setpriv build", "Nothing was changed", False),
        ("manage.py backup", "The backup failed, so nothing was changed", True),
        ("manage.py migrate", "The migration failed", True),
        ("up --detach|start profai-web", "could not be started", True),
        ("^curl", "does not get healthy", True),
    ],
)
def test_what_ran_before_runs_again_after_a_failure(
    installed: Machine, failure: str, words: str, *, changes: bool
) -> None:
    # All is well again once the new release was stopped.
    second = {"once": installed.stop, "times": 2}
    installed.answers({**HEALTHY, **second}, {"called": failure, **second}, failing(failure))
    done = installed.run("upgrade", "v2")
    assert done.returncode == 1
    assert words in done.stderr
    assert installed.link("current") == "v1"
    assert installed.called(installed.stop, installed.start) == changes
    assert ("v1 runs again, with the same data" in done.stderr) == changes
    assert not (installed.root / "opt/profai/previous").exists()
    # Nothing stands in the way of the next try.
    installed.answers()
    installed.ok("upgrade", "v2")
    assert installed.link("previous") == "v1"


def test_if_nothing_runs_any_more_it_is_said(installed: Machine) -> None:
    installed.answers(failing("^curl"))
    installed.refuses("v1 does not run either. See: ", "upgrade", "v2")


def test_a_first_installation_that_failed_is_tried_again(prepared: Machine) -> None:
    prepared.answers(failing("manage.py migrate"))
    words = "Mend the cause and start this again. See: sudo journalctl --identifier profai "
    prepared.refuses(words, "upgrade", "v1")
    prepared.answers()
    prepared.ok("upgrade", "v1")
    assert not prepared.called("manage.py backup")


REASONS = {
    "docker build|setpriv build": ["upgrade", "v2"],
    "manage.py backup": ["upgrade", "v2"],
    "manage.py migrate": ["upgrade", "v2"],
    "manage.py restore": ["restore", "var/backups/profai/profai-07.tar"],
}


@pytest.mark.parametrize("called", REASONS)
def test_why_a_step_failed_is_shown_and_kept_where_the_message_says(
    installed: Machine, called: str
) -> None:
    files(installed, "profai")
    complaint = {"complains": "column x does not exist\n", "says": "Applying 0042\n"}
    installed.answers({**failing(called), **complaint})
    program, what = REASONS[called]
    done = installed.run(program, installed.root / what if program == "restore" else what)
    assert done.returncode == 1
    for text in (done.stdout, installed.journal()):
        assert "Applying 0042" in text
        assert "column x does not exist" in text
    assert "sudo journalctl --identifier profai --lines 100" in done.stderr


def test_the_reason_is_shown_where_no_journal_takes_it(installed: Machine) -> None:
    installed.answers(failing("^logger"))
    assert "The journal does not take it" in installed.ok("upgrade", "v2")
    assert installed.link("current") == "v2"


def test_without_a_version_nothing_old_is_built_again(installed: Machine) -> None:
    words = "/deploy/school/upgrade VERSION. v1 is installed. These are there: v3 v2 v1"
    installed.refuses(words, "upgrade")
    assert not installed.called("build|systemctl")
    # What was published since the clone is fetched first, tags and branches alike.
    config = (installed.root / "opt/profai/source/.git/config").read_text()
    origin = Path(config.partition("url = ")[2].split()[0])
    (origin / "version").write_text("v4")
    git(origin, "commit", "--quiet", "--all", "--message", "v4")
    branch = (origin / ".git/HEAD").read_text().strip().rpartition("/")[2]
    try:
        installed.ok("upgrade", branch)
        built = installed.root / "opt/profai/current/version"
        assert built.read_text() == "v4"
        git(origin, "tag", "v4")
        installed.refuses("These are there: v4 ", "upgrade")
    finally:
        git(origin, "tag", "--delete", "v4")
        git(origin, "reset", "--quiet", "--hard", "v3")


def test_a_source_without_versions_names_its_branch(installed: Machine) -> None:
    source = installed.root / "opt/profai/source"
    git(source, "remote", "set-url", "origin", str(source))
    git(source, "tag", "--delete", "v1", "v2", "v3")
    installed.refuses("These are there: no tags, but origin/main", "upgrade")


def test_a_version_that_is_not_there_is_refused(installed: Machine) -> None:
    installed.refuses("There is no version v9. These are there: v", "upgrade", "v9")
    shutil.rmtree(installed.root / "opt/profai/source/.git/refs")
    installed.refuses("Git cannot fetch", "upgrade", "v2")
    assert installed.link("current") == "v1"


def test_images_of_others_that_cannot_be_fetched_stop_nothing(installed: Machine) -> None:
    installed.answers(failing("compose .* pull"))
    said = installed.ok("upgrade", "v2")
    # Without Docker they are Debian's packages.
    assert ("those that are here are used" in said) == (installed.way == "docker")


# --- Rollback ---


def test_rollback_changes_the_releases_and_no_data(upgraded: Machine) -> None:
    upgraded.ok("rollback")
    assert (upgraded.link("current"), upgraded.link("previous")) == ("v1", "v2")
    assert upgraded.called(upgraded.stop, upgraded.start)
    assert not upgraded.called("manage.py (restore|migrate)")
    # And forward again.
    upgraded.ok("rollback")
    assert upgraded.link("current") == "v2"


def test_rollback_with_data_puts_back_what_was_before_the_upgrade(upgraded: Machine) -> None:
    upgraded.refuses("is gone, so the data cannot be put back", "rollback", "--with-data")
    before = upgraded.backup_before
    before.touch()
    upgraded.ok("rollback", "--with-data")
    place = "" if upgraded.way == "docker" else upgraded.root
    restore = f"manage.py restore --replace {place}/var/backups/profai/{before.name}"
    assert upgraded.called(upgraded.stop, restore, upgraded.start)
    assert upgraded.link("current") == "v1"
    # A second time it would go forward, with data of an earlier release.
    upgraded.refuses("v1 is the release of before already", "rollback", "--with-data")


def test_if_the_data_cannot_be_put_back_the_new_release_goes_on(upgraded: Machine) -> None:
    upgraded.backup_before.touch()
    upgraded.answers(failing("manage.py restore"))
    upgraded.refuses("so v2 was started again", "rollback", "--with-data")
    assert (upgraded.link("current"), upgraded.link("previous")) == ("v2", "v1")
    assert upgraded.called(upgraded.start)


def test_rollback_says_what_does_not_work(installed: Machine) -> None:
    installed.refuses("There is no release to go back to", "rollback")
    installed.ok("upgrade", "v2")
    installed.answers(failing("^curl"))
    installed.refuses("v1 does not get healthy", "rollback")


# --- Backup and restore ---


def files(machine: Machine, *kinds: str) -> None:
    for number in range(20):
        for kind in kinds:
            path = machine.backups / f"{kind}-{number:02}.tar"
            path.touch()
            os.utime(path, (number, number))


def test_the_newest_backups_of_each_kind_are_kept(installed: Machine) -> None:
    files(installed, "profai", "before")
    (installed.backups / "mine.tar").touch()
    installed.ok("backup")
    assert installed.called("manage.py backup .*/var/backups/profai/profai-[0-9-]+.tar")
    kept = {path.name for path in installed.backups.iterdir()}
    newest = {f"{kind}-{number:02}.tar" for kind in ("profai", "before") for number in range(6, 20)}
    assert kept == newest | {"mine.tar", "settings.env"}


def test_the_settings_stand_beside_a_backup_with_its_release(upgraded: Machine) -> None:
    upgraded.ok("backup")
    said = upgraded.ok("backup")
    copy = (upgraded.backups / "settings.env").read_text()
    assert copy.splitlines()[0] == "# Release: v2"
    assert copy.count("# Release: ") == 1
    assert copy.split("\n", 1)[1] == (upgraded.root / "etc/profai/settings.env").read_text()
    assert "settings.env, the settings of v2. In neither of them: " in said
    # They can be the settings of a new machine, and be copied from there.
    shutil.copy(upgraded.backups / "settings.env", upgraded.root / "etc/profai/settings.env")
    upgraded.ok("rollback")
    upgraded.ok("backup")
    copy = (upgraded.backups / "settings.env").read_text()
    assert re.findall("# Release: .*", copy) == ["# Release: v1"]


def test_a_backup_that_failed_removes_no_earlier_one(installed: Machine) -> None:
    files(installed, "profai")
    installed.answers(failing("manage.py backup"))
    assert installed.run("backup").returncode == 1
    assert len([*installed.backups.glob("profai-*.tar")]) == 20


def test_a_backup_is_sent_to_s3(installed: Machine) -> None:
    installed.setting("BACKUP_S3", "s3://school-backups/profai")
    installed.setting("BACKUP_S3_ENDPOINT", "https://s3.school.example")
    installed.ok("backup")
    address = r"s3://school-backups/profai/profai-[0-9-]+\.tar$"
    assert installed.called(f"aws --endpoint-url https://s3.school.example s3 cp .*{address}")
    installed.answers(failing("^aws"))
    installed.refuses("could not be sent to s3://school-backups/profai", "backup")


def test_backups_stand_in_their_folder_only(installed: Machine, tmp_path: Path) -> None:
    (tmp_path / "other.tar").touch()
    installed.refuses("name a file there", "backup", tmp_path / "new.tar")
    installed.refuses("Copy ", "restore", tmp_path / "other.tar")
    installed.refuses("There is no file", "restore", installed.backups / "none.tar")
    assert not installed.called(installed.stop)


def test_a_backup_is_restored_while_nothing_runs(installed: Machine) -> None:
    files(installed, "profai")
    said = installed.ok("restore", installed.backups / "profai-07.tar")
    assert installed.called(
        installed.stop, r"manage.py restore --replace .*/profai-07\.tar", installed.start, "curl"
    )
    assert "is restored, and ProfAI runs: https://learn.school.example" in said


def test_after_a_restore_that_failed_it_runs_again(installed: Machine) -> None:
    files(installed, "profai")
    installed.answers(failing("manage.py restore"))
    words = "Nothing was restored; the data are those of before"
    installed.refuses(words, "restore", installed.backups / "profai-07.tar")
    assert installed.called(installed.start)
    installed.answers(failing("^curl"))
    installed.refuses("does not get healthy", "restore", installed.backups / "profai-07.tar")


# --- All of them ---


def test_no_proxy_of_the_machine_is_asked_for_the_health(installed: Machine) -> None:
    installed.ok("restart")
    assert installed.called(r"^curl .*--noproxy \* .* http://127\.0\.0\.1:\d+/health/ready")


def test_restart_makes_settings_count(installed: Machine) -> None:
    assert "runs: https://learn.school.example" in installed.ok("restart")
    assert installed.called(installed.stop, installed.start, "curl")
    installed.answers(failing("^curl"))
    installed.refuses("does not get healthy", "restart")


def test_commands_run_as_the_account_of_profai(installed: Machine) -> None:
    installed.ok("manage", "createsuperuser")
    wanted = {
        "docker": "compose .* run --rm --no-TTY manage python manage.py createsuperuser",
        "systemd": "setpriv --reuid profai .*--ignore-environment .*manage.py createsuperuser",
    }
    assert installed.called(wanted[installed.way])
    if installed.way == "docker":
        installed.ok("compose", "ps")
        assert installed.called("--env-file .*/settings.env --file .*/compose.yaml ps")
    else:
        installed.refuses("runs ProfAI without Docker", "compose", "ps")


def test_two_at_once_are_refused(installed: Machine) -> None:
    with subprocess.Popen(
        [FLOCK, installed.root / "etc/profai", "sh", "-c", "echo locked; read line"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        installed.refuses("Another backup, restore or upgrade is running", "backup")
        other.communicate("\n")
    installed.ok("backup")


def test_without_settings_or_a_release_it_is_said_what_to_do(bare: Machine) -> None:
    for program in PROGRAMS:
        if program != "setup":
            arguments = ["x"] if program in {"restore", "manage"} else []
            bare.refuses("Run deploy/school/setup first", program, *arguments)
    bare.ok("setup", bare.way, "https://learn.school.example")
    (bare.backups / "x.tar").touch()
    for program in ("manage", "restart", "restore"):
        arguments = [] if program == "restart" else [str(bare.backups / "x.tar")]
        bare.refuses("Run deploy/school/upgrade first", program, *arguments)


def test_an_unknown_way_is_refused(prepared: Machine) -> None:
    prepared.setting("WAY", "podman")
    prepared.refuses("WAY must be docker or systemd", "backup")


def test_the_programs_say_how_they_are_called(bare: Machine) -> None:
    for program in PROGRAMS:
        if program != "compose":
            done = bare.run(program, *([] if program == "manage" else ["a", "b", "c"]))
            assert done.returncode == 2
            assert "usage:" in done.stderr


# --- The files ---


def test_every_uv_trusts_the_certificates_of_the_machine() -> None:
    places = (ROOT / "Makefile", *(ROOT / ".ci").iterdir(), *DEPLOY.rglob("*"))
    callers = [
        path
        for path in places
        if path.is_file()
        and not {"node_modules", "__pycache__"} & set(path.parts)
        and path.suffix != ".py"
        and re.search(r"/uv\b", path.read_text(errors="replace"))
    ]
    assert {"Makefile", "build", "Dockerfile"} <= {path.name for path in callers}
    for path in callers:
        assert re.search(r"UV_SYSTEM_CERTS ?\??=(| )true", path.read_text()), path


def test_chroma_keeps_as_many_indexes_open_as_its_memory_takes(services: dict[str, Any]) -> None:
    """By itself Chroma keeps all open, and was ended for its memory after some 70 courses."""
    wanted = r"-m engine\.search\.chroma_server .*--open-indexes[ =](\d+)"
    unit = dict(units())["profai-chroma.service"]
    commands = {
        unit["ExecStart"]: unit["MemoryMax"],
        " ".join(services["chroma"]["command"]): services["chroma"]["mem_limit"],
    }
    for command, limit in commands.items():
        found = re.search(wanted, command)
        assert found is not None, command
        # Measured with 40 open: 266 MB with 200 passages a course, 306 MB with 1,000.
        assert 100 + 6 * int(found[1]) <= int(limit.rstrip("Mm"))


def test_no_file_starts_chroma_by_itself() -> None:
    texts = {path: path.read_text(errors="replace") for path in DEPLOY.rglob("*") if path.is_file()}
    alone = re.compile(r"""chroma["']?,? ["']?run\b""")
    assert not [
        path
        for path, text in texts.items()
        if alone.search(text) and not {"node_modules", "checks"} & set(path.parts)
    ]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((SCHOOL / "compose.yaml").read_text())["services"]
    return found


def test_the_compose_file_fits_its_schema(tmp_path: Path) -> None:
    def check(path: Path) -> int:
        return run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", path).returncode

    assert check(SCHOOL / "compose.yaml") == 0
    text = (SCHOOL / "compose.yaml").read_text()
    (tmp_path / "compose.yaml").write_text(text.replace("mem_limit:", "memory_limit:"))
    assert check(tmp_path / "compose.yaml") != 0


def test_every_part_is_limited_watched_started_again_and_its_log_is_cut(
    services: dict[str, Any],
) -> None:
    for name, service in services.items():
        assert service["mem_limit"].endswith("m"), name
        assert "pids_limit" in service, name
        assert {"max-size", "max-file"} <= set(service["logging"]["options"]), name
        assert "no-new-privileges:true" in service["security_opt"], name
        if name != "manage":
            assert service["restart"] == "unless-stopped", name
            # That of the image is the web server's.
            assert "healthcheck" in service or name == "web", name
    for name in ("web", "worker", "chroma", "manage"):
        assert services[name]["user"] == "10001:10001"
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]


def test_files_under_way_are_on_the_disk_and_no_form_fills_the_memory(
    services: dict[str, Any],
) -> None:
    """A tmpfs counts as its container's memory."""
    for name, service in services.items():
        for mounted in service.get("tmpfs", []):
            size = re.search(r"size=(\d+)m\b", mounted)
            if mounted != "/config":  # Caddy writes nothing there
                assert size is not None, (name, mounted)
                assert int(size[1]) * 4 <= int(service["mem_limit"].removesuffix("m")), name
    for name in ("web", "worker", "manage"):
        place = services[name]["environment"]["TMPDIR"]
        assert place == "/var/lib/profai/tmp"
        targets = [volume.split(":")[-1] for volume in services[name]["volumes"]]
        assert "/var/lib/profai" in targets, name


def test_files_that_were_left_under_way_are_cleared_at_a_start(installed: Machine) -> None:
    if installed.way == "systemd":  # PrivateTmp does it
        assert all("PrivateTmp" in unit for name, unit in units() if name.startswith("profai-w"))
        return
    left = installed.root / "var/lib/profai/tmp/x/upload"
    left.parent.mkdir()
    left.touch()
    installed.ok("restart")
    assert left.parent.parent.is_dir()
    assert not left.parent.exists()
    assert installed.called("chown 10001:10001 .*/var/lib/profai/tmp", installed.start)


def test_only_caddy_is_reached_from_other_machines(services: dict[str, Any]) -> None:
    ports = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert ports.pop("caddy") == ["80:80", "443:443"]
    assert ports == {"web": ["127.0.0.1:${WEB_PORT}:8000"]}


def units() -> Iterator[tuple[str, dict[str, str]]]:
    for path in sorted((SCHOOL / "systemd").iterdir()):
        lines = [line for line in path.read_text().splitlines() if "=" in line and line[0] != "#"]
        yield path.name, dict(line.split("=", 1) for line in lines)


def test_the_limits_of_memory_are_the_same_in_both_ways_and_small(
    services: dict[str, Any],
) -> None:
    # For a command at a time; the docs say that it is not counted.
    limits = {
        name: int(service["mem_limit"].removesuffix("m"))
        for name, service in services.items()
        if name != "manage"
    }
    assert sum(limits.values()) < MEMORY
    of_units = {
        re.sub(r"^profai-|\.(service|conf)$", "", name): int(unit["MemoryMax"].removesuffix("M"))
        for name, unit in units()
        if "MemoryMax" in unit and "backup" not in name
    }
    assert {name.replace("postgresql", "postgres"): one for name, one in of_units.items()} == limits
    said = re.search(r"The limits of memory sum to (\d+) MB", (SCHOOL / "compose.yaml").read_text())
    assert said is not None
    assert int(said[1]) == sum(limits.values())


def test_postgresql_is_of_the_version_of_the_programs_in_the_image(
    services: dict[str, Any],
) -> None:
    version = re.search(r'VERSION = "(\d+)"', (ROOT / "profai/local/embedded.py").read_text())
    assert version is not None
    assert services["postgres"]["image"] == f"postgres:{version[1]}-bookworm"
    assert (
        f"/opt/postgresql/programs/{version[1]}/bin" in (DEPLOY / "docker/Dockerfile").read_text()
    )


HARDENED = {
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "PrivateTmp": "yes",
    "PrivateDevices": "yes", "ProtectKernelTunables": "yes", "ProtectControlGroups": "yes",
    "RestrictSUIDSGID": "yes",
}  # fmt: skip


def test_the_units_have_few_rights_and_start_again() -> None:
    found = dict(units())
    for name in ("profai-web.service", "profai-worker.service", "profai-chroma.service"):
        unit = found[name]
        assert {key: unit[key] for key in HARDENED} == HARDENED
        assert unit["User"] == "profai"
        assert unit["CapabilityBoundingSet"] == ""
        assert unit["StateDirectory"] == "profai"
        assert unit["Restart"] == "always"
    backup = found["profai-backup.service"]
    # The folder of backups may be anywhere.
    expected = HARDENED | {"ProtectSystem": "full"}
    assert {key: backup[key] for key in HARDENED} == expected
    assert found["profai-backup.timer"]["Persistent"] == "yes"


def test_the_units_use_settings_that_setup_writes(bare: Machine) -> None:
    bare.ok("setup", bare.way, "https://learn.school.example")
    text = "".join(path.read_text() for path in (SCHOOL / "systemd").iterdir())
    text += (SCHOOL / "compose.yaml").read_text() + (SCHOOL / "Caddyfile").read_text()
    used = set(re.findall(r"\$\{([A-Z_]+)\}|\{\$([A-Z_]+)\}", text))
    names = {one or other for one, other in used} - {"RELEASE"}
    assert {"SITE_ADDRESS", "WEB_PORT", "BACKUP_DIR"} <= names
    assert names <= set(bare.settings)


def verified(folder: Path) -> subprocess.CompletedProcess[str]:
    files = sorted((folder / "etc/systemd/system").glob("profai-*"))
    return subprocess.run(
        [ANALYZE, "--root", str(folder), "verify", *files],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.skipif(not Path(ANALYZE).exists(), reason="systemd is not installed")
def test_systemd_takes_the_units_and_finds_a_slip(tmp_path: Path) -> None:
    place = tmp_path / "etc/systemd/system"
    place.mkdir(parents=True)
    for path in (SCHOOL / "systemd").glob("profai-*"):
        shutil.copy(path, place)
        for program in re.findall(r"^ExecStart=(\S+)", path.read_text(), re.MULTILINE):
            (tmp_path / program[1:]).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / program[1:]).write_text("#!/bin/sh\n")
            (tmp_path / program[1:]).chmod(0o755)
    done = verified(tmp_path)
    ours = [
        line for line in done.stderr.splitlines() if "profai-" in line and "not found" not in line
    ]
    assert ours == []
    web = place / "profai-web.service"
    web.write_text(web.read_text().replace("ProtectSystem=strict", "ProtectSystem=stricter"))
    assert "profai-web.service:22: Failed to parse" in verified(tmp_path).stderr


SITES: list[tuple[str, str, str]] = [
    ("https://learn.school.example", "learn.school.example", ""),
    ("https://192.168.1.20", "192.168.1.20", "tls internal"),
    ("http://192.168.1.20", "192.168.1.20", ""),
]


def adapted(
    file: Path, address: str, host: str, tls: str, tmp_path: Path
) -> subprocess.CompletedProcess[str]:
    values = {"SITE_ADDRESS": address, "SITE_HOST": host, "CADDY_TLS": tls, "UPSTREAM": "web:8000"}
    return subprocess.run(
        [Path(sys.executable).with_name("caddy"), "validate", "--config", file],
        env=values | {"HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("address", "host", "tls"), SITES)
def test_caddy_takes_its_file_for_each_kind_of_address(
    address: str, host: str, tls: str, tmp_path: Path
) -> None:
    done = adapted(SCHOOL / "Caddyfile", address, host, tls, tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_slip_in_the_file_of_caddy_is_found(tmp_path: Path) -> None:
    text = (SCHOOL / "Caddyfile").read_text()
    (tmp_path / "Caddyfile").write_text(text.replace("reverse_proxy", "reverse_poxy"))
    assert adapted(tmp_path / "Caddyfile", *SITES[0], tmp_path).returncode != 0


# --- The page ---

PAGE = (ROOT / "docs/school.md").read_text()


def test_the_page_names_programs_that_are_there_and_all_of_them() -> None:
    named = set(re.findall(r"/deploy/school/([a-z]+)", PAGE))
    assert named == set(PROGRAMS)
    for name in named:
        assert os.access(SCHOOL / name, os.X_OK), name


def test_the_lines_of_the_page_do_what_it_says_one_after_the_other(bare: Machine) -> None:
    """Each line with a program of ours, in the page's order, on one machine."""
    lines = re.findall(r"^sudo (/opt/profai/\S+/deploy/school/.*)$", PAGE, re.MULTILINE)
    assert len(lines) >= 9
    for line in lines:
        program, *arguments = line.split()
        name = program.rsplit("/", 1)[1]
        if name == "compose" and bare.way == "systemd":
            continue
        arguments = [str(bare.root) + one if one[0] == "/" else one for one in arguments]
        if name == "setup":
            arguments[0] = bare.way
        if name == "upgrade" and arguments:
            arguments = ["v2"]
        for path in filter(lambda one: one.endswith(".tar"), arguments):
            Path(path).touch()
        if "--with-data" in arguments:
            # The other way back: a person takes one of the two.
            bare.ok("upgrade", "v2")
            bare.ok("upgrade", "v3")
            bare.backup_before.touch()
        assert program.startswith(("/opt/profai/source", "/opt/profai/current")), line
        bare.ok(name, *arguments)
    # Upgraded, back, and forth again.
    assert bare.link("current") == "v2"


def test_the_page_says_what_a_technician_has_to_know() -> None:
    """What somebody who followed the page had to find out alone."""
    for words in (
        "The address of ProfAI's repository", "### How a name leads to the machine",
        "### Behind a filtering proxy", "tesseract-ocr-deu", "libreoffice-impress",
        "Username (leave blank", "**Publish all the same**", "install --mode 644 /var/lib/caddy",
        'sudo install --mode 600 --owner "$USER" /var/backups/profai', "settings.env /etc/profai",
        "source/deploy/school/upgrade v0.1.0", "The whole way `docker`",
    ):  # fmt: skip
        assert words in PAGE
    # Where the programs say that the reason is kept, and nowhere else for them.
    assert set(re.findall(r"journalctl --identifier (\w+)", PAGE)) == {"profai"}
    assert "--tag profai <" in (SCHOOL / "common.sh").read_text()


def test_the_secrets_that_the_page_names_are_settings() -> None:
    """Each that has to be written again on a new machine."""
    (paragraph,) = re.findall(
        r"^4\. Write the others again.*?(?=^5\.)", PAGE, re.MULTILINE | re.DOTALL
    )
    named = set(re.findall(r"`([A-Z_]+)`", paragraph))
    assert {"LLM_API_KEY", "EMBEDDING_API_KEY"} <= named
    listed = set(re.findall(r"^# ([A-Z_0-9]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert named <= listed


def test_what_the_page_shows_is_what_is_said(bare: Machine) -> None:
    said = bare.ok("setup", bare.way, "https://learn.school.example")
    said += bare.ok("upgrade", "v1") + bare.ok("upgrade", "v2")
    (bare.backups / "x.tar").touch()
    said += bare.ok("restore", bare.backups / "x.tar") + bare.ok("backup") + bare.ok("rollback")
    said += bare.run("upgrade").stderr

    def plain(text: str) -> set[str]:
        """The lines of our programs, without names that differ."""
        text = text.replace(str(bare.root), "")
        text = re.sub(r"v\d(\.\d\.\d)?\b", "VERSION", text)
        text = re.sub(r"profai-\d+-\d+\.tar|x\.tar", "FILE", text)
        text = re.sub(r"(VERSION ?)+$", "VERSIONS", text, flags=re.MULTILINE)
        return set(re.findall(r"^(?:-- |Name the version).*", text, re.MULTILINE))

    shown = plain(PAGE)
    assert len(shown) >= 9
    if bare.way == "docker":
        shown -= {"-- The account profai", "-- The database"}
    assert shown <= plain(said)


def test_the_page_gives_the_limits_of_the_files(services: dict[str, Any]) -> None:
    rows = re.findall(r"^\| \w.* \| (\d+) MB \| \d+ MB \| (\d+) MB \|$", PAGE, re.MULTILINE)
    limits = sorted(
        int(service["mem_limit"].removesuffix("m"))
        for name, service in services.items()
        if name != "manage"
    )
    assert sorted(int(limit) for limit, _most in rows) == limits
    assert all(int(most) < int(limit) for limit, most in rows)
