"""The shell's way to a course, with real workers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from courses.models import Course, CourseStatus
from jobs.models import Job, JobStatus
from tests.factories import make_course
from tests.pdfs import make_pdf
from tests.processes import database_url
from tests.waiting import LONG

pytestmark = pytest.mark.slow


def generate(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would, without `make run` beside it."""
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "profai.settings.test",
        "PROFAI_VAR_DIR": str(tmp_path / "var"),
    }
    return subprocess.run(
        [sys.executable, "manage.py", "generate_course", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG,
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.cluster
def test_a_course_is_made_from_the_shell_without_anything_running(tmp_path: Path) -> None:
    path = tmp_path / "rivers.pdf"
    path.write_bytes(make_pdf())
    done = generate(tmp_path, str(path), "--title", "Rivers", "--publish")
    assert done.returncode == 0, done.stderr
    assert "Done: Rivers" in done.stdout
    assert Course.objects.get().status == CourseStatus.PUBLISHED


@pytest.mark.django_db(transaction=True)
@pytest.mark.cluster
def test_a_broken_file_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "broken.pdf"
    path.write_bytes(make_pdf()[:200])
    done = generate(tmp_path, str(path))
    assert done.returncode == 1
    assert "broken.pdf: The file is damaged" in done.stderr
    assert "Traceback" not in done.stderr
    assert Job.objects.get().status == JobStatus.FAILED


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "No such file"), (b"hello", "called .pdf but is none"), (b"", "empty")],
)
def test_files_that_cannot_be_used_are_refused_before_a_job_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, words: str
) -> None:
    monkeypatch.setattr("profai.management.commands.generate_course.is_running", lambda: True)
    path = tmp_path / "some.pdf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        call_command("generate_course", str(path))
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_reindex_builds_what_was_lost(chroma: int, capsys: pytest.CaptureFixture[str]) -> None:
    course = make_course()
    call_command("reindex", course=course.pk)
    assert "4 passages" in capsys.readouterr().out


@pytest.mark.django_db
def test_reindex_names_what_is_wrong(settings: Settings) -> None:
    with pytest.raises(CommandError, match="no course with the id 9"):
        call_command("reindex", course=9)
    settings.CHROMA_PORT = 9
    make_course()
    with pytest.raises(CommandError, match="does not answer"):
        call_command("reindex")
