"""Through how many of our files an upload goes before it is a question.

Whenever a row of a course, a quiz or a job is written, our files on the stack are those that a
reader has to open to follow the upload up to there. `docs/records/2026-11-30-layout.md` names
them and says how the files were counted that are entered at all.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from jobs.models import Job, JobStatus
from profai.environment import BASE_DIR
from quizzes.models import Question
from tests.queue import work

MAX_FILES = 35
WRITES = ("INSERT INTO", "UPDATE")
TABLES = ('"courses_', '"quizzes_', '"jobs_', '"django_q_')


@pytest.mark.slow
@pytest.mark.django_db
def test_an_upload_crosses_few_files_until_it_is_a_question(
    settings: Settings, tmp_path: Path, chroma: int
) -> None:
    settings.MEDIA_ROOT = tmp_path
    crossed: set[str] = set()

    def note(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        if sql.startswith(WRITES) and any(table in sql[:40] for table in TABLES):
            frame = sys._getframe()
            while frame.f_back is not None:
                frame = frame.f_back
                path = Path(frame.f_code.co_filename)
                if path.is_relative_to(BASE_DIR):
                    crossed.add(str(path.relative_to(BASE_DIR)))
        return execute(sql, *arguments)

    client = Client()
    client.force_login(get_user_model().objects.create_superuser("teacher"))
    sample = (BASE_DIR / "samples" / "water-on-earth.pdf").read_bytes()
    files = [SimpleUploadedFile("water.pdf", sample, "application/pdf")]
    with connection.execute_wrapper(note):
        response = client.post("/api/courses/", {"files": files, "title": "Water"})
        assert response.status_code == 202, response.content
        job = work(Job.objects.get())
    assert job.status == JobStatus.COMPLETED, job.error
    assert Question.objects.exists()
    ours = {name for name in crossed if not name.startswith(("tests/", ".venv/"))}
    assert {"courses/services.py", "courses/steps.py", "quizzes/steps.py"} <= ours
    assert len(ours) <= MAX_FILES, sorted(ours)
