"""A worker that waits for a model holds no connection of the database."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from courses.llm_usage import StepMeter
from courses.services import request_course
from engine.llm.usage import Usage
from jobs import parallel
from jobs.models import JobStatus
from tests.llm_server import LLMServer
from tests.pdfs import upload
from tests.queue import work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the connection was open when an answer came, for each answer."""
    found: list[bool] = []
    spend = StepMeter._spend

    def watched(meter: StepMeter, usage: Usage) -> None:
        found.append(connection.connection is not None)
        spend(meter, usage)

    monkeypatch.setattr(StepMeter, "_spend", watched)
    return found


@pytest.fixture(autouse=True)
def parts(llm: LLMServer, chroma: int, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    # One call at a time: beside another's end the connection is in use, and rightly so.
    settings.LLM_CONCURRENCY = 1
    llm.configure(latency=0.4)


@pytest.mark.slow
@pytest.mark.parametrize("pause", [0.5, 60.0])
def test_no_connection_is_held_during_a_long_call(
    monkeypatch: pytest.MonkeyPatch, held: list[bool], llm: LLMServer, pause: float
) -> None:
    monkeypatch.setattr(parallel, "RELEASE_AFTER", pause)
    if pause < 1:
        # Far longer than the pause, so that the connection is released during a call, and the pause
        # is long enough that none is under way when the step ends.
        llm.configure(latency=2)
    job = work(request_course(files=[upload()]).job)
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    assert len(held) > 3
    # An answer may come within the pause after another's end, on a busy machine most of them.
    assert all(held) if pause == 60.0 else not all(held)
