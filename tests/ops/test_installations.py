"""Two installations side by side, a backup of the one restored into the other, for real."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from profai.environment import BASE_DIR
from profai.local.installation import installation_id, note_addresses, running_addresses
from profai.local.processes import any_free_port
from tests.clusters import wait_until
from tests.factories import PASSWORD
from tests.processes import end_group

# A course that is there already: no sample is made, which would take a minute.
FILL = """
from django.core.files.base import ContentFile
from courses.models import CourseStatus
from tests.factories import make_course, make_learner, make_passage
make_learner()
course = make_course("Water on Earth", status=CourseStatus.PUBLISHED)
document = course.documents.get()
make_passage(document, "Groundwater fills the pores of the rock.")
document.file.save("water.pdf", ContentFile(b"%PDF-1.7"))
"""


@dataclass
class Installation:
    """`make run` on a folder of its own."""

    folder: Path
    chroma_port: int
    address: str = ""

    def environment(self) -> dict[str, str]:
        ours = {"DATABASE_URL", "CHROMA_HOST", "CHROMA_PORT", "SECRET_KEY", "PORT"}
        values = {name: value for name, value in os.environ.items() if name not in ours}
        return values | {
            "CHROMA_PORT": str(self.chroma_port),
            "DJANGO_SETTINGS_MODULE": "profai.settings.dev",
            "PROFAI_VAR_DIR": str(self.folder),
        }

    def manage(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE_DIR,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def ok(self, *arguments: str | Path) -> str:
        done = self.manage(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def log(self) -> str:
        return self.folder.with_suffix(".log").read_text()

    @contextmanager
    def running(self) -> Iterator[None]:
        port = any_free_port()
        with self.folder.with_suffix(".log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--port", str(port)],
                cwd=BASE_DIR,
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_until(
                lambda: "ProfAI is running." in self.log() or process.poll() is not None, 240
            )
            assert process.poll() is None, self.log()
            self.address = f"http://127.0.0.1:{port}"
            yield
        finally:
            end_group(process, 60)

    def indexes(self) -> dict[str, int]:
        """How many vectors each collection holds, as a command that asks Chroma sees them."""
        code = (
            "import json; from courses.engines import vector_store; "
            "print(json.dumps(vector_store().collection_sizes()))"
        )
        found: dict[str, int] = json.loads(self.ok("shell", "-v0", "-c", code).splitlines()[-1])
        return found

    def passages(self) -> int:
        code = "from courses.models import Passage; print(Passage.objects.count())"
        return int(self.ok("shell", "-v0", "-c", code).splitlines()[-1])


def as_learner(place: Installation) -> httpx.Client:
    client = httpx.Client(base_url=place.address, timeout=60, follow_redirects=True)
    values = {"username": "learner", "password": PASSWORD}
    answer = send(client, "/login/", client.get("/login/"), values)
    assert answer.url.path == "/"
    return client


def search(client: httpx.Client) -> list[Any]:
    """What is found of the sample; nothing while the course or its index is still being made."""
    courses = client.get("/api/courses/").json()["results"]
    if not courses:
        return []
    answer = client.get(f"/api/courses/{courses[0]['slug']}/search/", params={"q": "groundwater"})
    found: list[Any] = answer.json() if answer.status_code == 200 else []
    return found


def wait_for_search(client: httpx.Client) -> None:
    def found() -> bool:
        # Searches are limited to two a second.
        time.sleep(1)
        return bool(search(client))

    wait_until(found, 240)


def take_quiz(client: httpx.Client) -> None:
    """Answer the first quiz of the first course; the page that follows has a score."""
    course = client.get(first(r'href="(/courses/[^"]+)"', client.get("/")))
    page = client.get(first(r'href="(/quizzes/\d+/)"', course))
    questions = send(client, first(r'action="(/quizzes/\d+/start/)"', page), page, {})
    fields = re.findall(r'type="radio" name="([^"]+)"', questions.text)
    done = send(client, questions.url.path, questions, dict.fromkeys(fields, "0"))
    assert first(r"(\d+)%", done)


def first(pattern: str, page: httpx.Response) -> str:
    found = re.search(pattern, page.text)
    assert found, page.text
    return found[1]


def send(
    client: httpx.Client, path: str, page: httpx.Response, values: dict[str, str]
) -> httpx.Response:
    token = first(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    headers = {"Referer": str(client.base_url)}
    answer = client.post(path, data={"csrfmiddlewaretoken": token} | values, headers=headers)
    assert answer.status_code == 200
    return answer


@pytest.fixture
def place() -> Iterator[Path]:
    """Not below pytest's folder: it closes that to the server's user when another run starts."""
    folder = Path(tempfile.mkdtemp(prefix="profai-installations-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.cluster
@pytest.mark.slow
def test_a_backup_lives_on_beside_the_installation_it_was_made_of(
    place: Path, stack: ExitStack
) -> None:
    wanted = any_free_port()
    first = Installation(place / "first", wanted)
    second = Installation(place / "second", wanted)
    file = place / "profai.tar"
    first.ok("migrate", "-v0")
    first.ok("shell", "-v0", "-c", FILL)
    with first.running():
        learner = stack.enter_context(closing(as_learner(first)))
        wait_for_search(learner)
        made = first.indexes()
        assert sum(made.values()) == first.passages()

        # The backup is made while it runs; nothing is restored over it.
        assert "bytes" in first.ok("backup", file)
        assert file.stat().st_mode & 0o077 == 0
        assert "already runs" in first.manage("restore", file, "--replace").stderr

        second.ok("restore", file)
        refused = second.manage("restore", file)
        assert (refused.returncode, "--replace" in refused.stderr) == (1, True)

        # Nothing of the second runs: what answers on the wanted port is the first one's Chroma.
        for command in (["reindex"], ["cleanup", "--apply"]):
            stranger = second.manage(*command)
            assert (stranger.returncode, "not the server of this" in stranger.stderr) == (1, True)
        assert first.indexes() == made

        with second.running():
            assert f"Port {wanted} is in use" in second.log()
            again = stack.enter_context(closing(as_learner(second)))
            wait_for_search(again)
            take_quiz(again)
            assert second.indexes() == made
            # The shell's commands find the second one's Chroma, wherever it is.
            second.ok("shell", "-v0", "-c", DELETE_COURSES)
            assert "1  search indexes without a course" in second.ok("cleanup", "--apply")
            assert second.indexes() == {}
        assert first.indexes() == made
        assert search(learner)

    # What was replaced is kept, and comes back with its files. Of earlier such files the newest
    # are kept, and the one that is restored.
    backups = second.folder / "backups"
    backups.mkdir()
    earlier = [backups / f"before-restore-2020010{day}-000000.tar" for day in range(1, 6)]
    for one in earlier:
        shutil.copy(file, one)
    said = second.ok("restore", earlier[0], "--replace")
    assert "Of such files the newest 3 are kept" in said
    assert "indexes are built when ProfAI starts" in said
    *others, kept = sorted(backups.iterdir())
    assert others == [earlier[0], earlier[3], earlier[4]]
    assert f"The data that was here before is in {kept}." in said
    assert kept.stat().st_mode & 0o077 == 0
    files = [path.name for path in (second.folder / "media").rglob("*.pdf")]
    assert files == [path.name for path in (first.folder / "media").rglob("*.pdf")]


DELETE_COURSES = """
from courses.models import Course
Course.objects.all().delete()
"""


def test_an_installation_keeps_its_name_and_a_copy_gets_another(tmp_path: Path) -> None:
    var = tmp_path / "var"
    name = installation_id(var)
    assert installation_id(var) == name
    copy = var.rename(tmp_path / "copy")
    assert installation_id(copy) != name


def test_addresses_of_a_supervisor_that_was_killed_do_not_count(tmp_path: Path) -> None:
    note_addresses(tmp_path, chroma_port=1)
    (tmp_path / "run.lock").touch()
    assert running_addresses(tmp_path) == {}


@pytest.mark.slow
def test_a_file_that_is_no_backup_changes_nothing(place: Path) -> None:
    empty = Installation(place / "var", 1)
    for content, words in ((None, "does not exist"), (b"hello", "not a complete backup")):
        file = place / "file.tar"
        if content is not None:
            file.write_bytes(content)
        done = empty.manage("restore", file)
        assert (done.returncode, words in done.stderr) == (1, True), done.stderr
