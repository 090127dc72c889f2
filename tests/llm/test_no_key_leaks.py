"""The key stands in no row, log, page, error or file, whatever the provider does with it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from courses.services import request_course
from jobs.models import Job, JobStatus
from tests.factories import PASSWORD, make_superuser
from tests.llm_server import LLMServer
from tests.pdfs import upload
from tests.queue import work

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("read_once")]

KEY = "sk-test-c0ffee"


@pytest.fixture(autouse=True)
def parts(settings: Settings, tmp_path: Path, chroma: int, llm: LLMServer) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.LLM_TRIES = 1


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"key": "another"},
        {"faults": [{"name": "drop", "share": 1.0}]},
        {"faults": [{"name": "garbage", "share": 1.0}]},
        {"faults": [{"name": "quota", "share": 1.0}]},
    ],
)
def test_the_key_is_nowhere(
    llm: LLMServer,
    settings: Settings,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    options: dict[str, object],
) -> None:
    llm.configure(**options)
    settings.DEBUG = True
    caplog.set_level(logging.DEBUG)
    job = work(request_course(files=[upload()]).job)
    make_superuser()
    staff = Client()
    staff.login(username="chief", password=PASSWORD)
    page = staff.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
    api = staff.get(f"/api/jobs/{job.pk}").content.decode()
    missing = staff.get("/there-is-no-such-page/").content.decode()
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert (job.status == JobStatus.FAILED) == bool(options)
    for place in (caplog.text, page, api, missing, files.decode("latin-1"), _database()):
        assert KEY not in place


@pytest.mark.parametrize("key", [f"{KEY}\n", f" {KEY}\r\n", f"“{KEY}”", f"'{KEY}'"])
def test_what_was_pasted_around_a_key_is_no_part_of_it(
    llm: LLMServer, settings: Settings, key: str
) -> None:
    llm.configure(key=KEY)
    settings.LLM_API_KEY = key
    assert work(request_course(files=[upload()]).job).error == ""


@pytest.mark.parametrize("key", ["sk-test\nc0ffee-c0ffee", "sk-test-“c0ffee”-x", "sk test c0ffee"])
def test_a_key_that_no_header_carries_is_named_and_never_shown(
    llm: LLMServer, settings: Settings, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LLM_API_KEY = key
    caplog.set_level(logging.DEBUG)
    job = work(request_course(files=[upload()]).job)
    assert (job.status, llm.stats()["calls"]) == (JobStatus.FAILED, 0)
    assert "LLM_API_KEY holds a character that no key has" in job.error
    for place in (job.error, caplog.text, _database()):
        assert "c0ffee" not in place


def _database() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        return "\n".join(
            str(row)
            for table in connection.introspection.table_names(cursor)
            for row in _rows(table)
        )


def _rows(table: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(table)
        cursor.execute(f"SELECT t::text FROM {name} t")  # noqa: S608 - a table of ours
        return list(cursor.fetchall())


def test_the_search_for_it_would_find_it() -> None:
    Job.objects.create(kind="course", title=f"with {KEY}")
    assert KEY in _database()


# --- the command that tests the connection


def test_the_command_fails_where_nothing_answers(
    llm: LLMServer, capsys: pytest.CaptureFixture[str]
) -> None:
    llm.configure(key="another")
    with pytest.raises(CommandError, match="Check LLM_API_KEY") as raised:
        call_command("check_llm")
    assert KEY not in capsys.readouterr().out + str(raised.value)


def test_the_command_tells_what_is_missing(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.LLM_MODEL = ""
    with pytest.raises(CommandError, match="Not ready: No model is named"):
        call_command("check_llm")
    assert "No model is named" in capsys.readouterr().out
