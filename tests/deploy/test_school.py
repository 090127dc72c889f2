"""A school's machine without Docker, on real parts: installed, backed up, restored, upgraded, and
rolled back. Of the machine itself, its accounts and systemd are stood in for; deploy/checks
tries each failure."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from profai.environment import BASE_DIR
from profai.local.embedded import Server
from tests.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

NOT_COPIED = (".git", ".venv*", "var", "staticfiles", "node_modules", "__pycache__", ".*_cache")
# The packages are those of the tests; everything else is done as on a school's machine.
BUILD = f"""#!/bin/sh
set -eu
cd "$(dirname "$0")/../.."
ln -s {sys.prefix} .venv
ln -sfn "$1/settings.env" .env
.venv/bin/python manage.py collectstatic --no-input --verbosity 0
"""
# There is one account here, and PostgreSQL is the embedded one.
STAND_INS = {
    "chown": "", "useradd": "", "getent": "", "psql": "echo 1", "caddy": "exec sleep infinity",
    "logger": "cat > /dev/null",
    "setpriv": 'shift 5; exec "$@"',
    "systemctl": f'exec {sys.executable} {BASE_DIR}/deploy/checks/unit_runner.py "$@"',
}  # fmt: skip
FILL = """
from django.core.files.base import ContentFile
from courses.models import CourseStatus
from tests.factories import make_course, make_passage
course = make_course("Water on Earth", status=CourseStatus.PUBLISHED)
document = course.documents.get()
make_passage(document, "Groundwater fills the pores of the rock.")
document.file.save("water.pdf", ContentFile(b"%PDF-1.7"))
"""
SPOIL = "from courses.models import Course; Course.objects.update(title='Spoiled')"
SHOW = """
from courses.models import Course
course = Course.objects.get()
print(course.title, course.documents.get().file.read())
"""


class Machine:
    def __init__(self, root: Path, database: str) -> None:
        self.root, self.database = root, database
        (root / "bin").mkdir()
        for name, line in STAND_INS.items():
            (root / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
            (root / "bin" / name).chmod(0o755)
        self.source = root / "opt/profai/source"
        ignored = shutil.ignore_patterns(*NOT_COPIED)
        shutil.copytree(BASE_DIR, self.source, ignore=ignored, symlinks=True)
        (self.source / "deploy/school/build").write_text(BUILD)
        self.git("init", "--quiet")
        self.commit("v1")

    def git(self, *arguments: str) -> None:
        person = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        subprocess.run(["git", *person, *arguments], cwd=self.source, check=True)

    def commit(self, version: str) -> None:
        (self.source / "version").write_text(version)
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", version)
        self.git("tag", version)

    def ok(self, program: str, *arguments: str | Path) -> str:
        current = self.root / "opt/profai/current"
        folder = current if current.exists() else self.source
        done = subprocess.run(
            [folder / "deploy/school" / program, *arguments],
            env={
                "PROFAI_ROOT": str(self.root), "PATH": f"{self.root}/bin:{os.environ['PATH']}",
                "PAUSE": "1", "TRIES": "300",
            },
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr + self.logs()
        return done.stdout

    def logs(self) -> str:
        return "".join(path.read_text()[-2000:] for path in self.root.glob("run/units/*.log"))

    def python(self, code: str) -> str:
        return self.ok("manage", "shell", "--verbosity", "0", "--command", code).strip()

    def prepare(self) -> None:
        self.ok("setup", "systemd", "https://learn.school.example")
        with (self.root / "etc/profai/settings.env").open("a") as file:
            file.write(f"WEB_PORT={free_port()}\nCHROMA_PORT={free_port()}\n")
        (self.root / "etc/profai/secrets/DATABASE_URL").write_text(self.database)

    @property
    def release(self) -> str:
        return (self.root / "opt/profai/current").readlink().name


@pytest.fixture
def machine() -> Iterator[Machine]:
    with TemporaryDirectory(prefix="school-") as folder:
        root = Path(folder)
        database = Server(root / "postgres")
        database.ensure_running()
        made = Machine(root, database.address("profai"))
        try:
            yield made
        finally:
            subprocess.run(
                [
                    sys.executable, BASE_DIR / "deploy/checks/unit_runner.py", "stop",
                    "profai-web", "profai-worker", "profai-chroma", "caddy",
                ],
                env={"PROFAI_ROOT": folder, "PATH": os.environ["PATH"]}, check=True,
            )  # fmt: skip
            database.stop()
            database.release()


def test_a_school_installs_backs_up_restores_upgrades_and_goes_back(machine: Machine) -> None:
    machine.prepare()
    assert "v1 runs: https://learn.school.example" in machine.ok("upgrade")
    machine.python(FILL)
    whole = machine.python(SHOW)
    assert whole == "Water on Earth b'%PDF-1.7'"

    settings = machine.root / "etc/profai/settings.env"
    assert f"The settings in {settings} are not in this file" in machine.ok("backup")
    (file,) = (machine.root / "var/backups/profai").glob("profai-*.tar")
    machine.python(SPOIL)
    assert "is restored" in machine.ok("restore", file)
    assert machine.python(SHOW) == whole

    machine.commit("v2")
    machine.git("remote", "add", "origin", str(machine.source))
    assert "v2 runs" in machine.ok("upgrade", "v2")
    assert machine.release == "v2"
    machine.python(SPOIL)
    assert "v1 runs" in machine.ok("rollback", "--with-data")
    assert machine.release == "v1"
    assert machine.python(SHOW) == whole
