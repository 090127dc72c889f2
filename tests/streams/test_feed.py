"""One row that cannot be shown, and a task that breaks, end nobody's live progress."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from jobs.api import live
from jobs.api.events import Events
from jobs.api.live import Feed, in_thread, snapshot
from jobs.api.serializers import JobSerializer
from jobs.models import Job
from jobs.services import cancel_job
from tests.streams.conftest import make_job
from tests.waiting import LONG

pytestmark = pytest.mark.django_db(transaction=True)


async def followed(job: Job, *others: Job) -> list[str]:
    """What somebody is sent whose job ends while all of them are followed."""
    events = [Events(snapshot(one), job_id=one.pk, seen="", allowed=lambda: True) for one in others]
    streams = [aiter(one) for one in events]
    for stream in streams:
        await anext(stream)
        asyncio.ensure_future(anext(stream))  # noqa: RUF006 - waits until the loop ends
    own, sent = Events(snapshot(job), job_id=job.pk, seen="", allowed=lambda: True), []
    ending = False
    async for part in own:
        sent.append(part.decode())
        if "event: progress" in sent[-1] and not ending:
            ending = True
            await in_thread(cancel_job, job)
    return sent


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Feed:
    """One of its own for the loop of a test, in a hurry."""
    made = Feed()
    monkeypatch.setattr(live, "PAUSE", 0.01)
    # The threads end with the loop; so must their connections.
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    monkeypatch.setattr("jobs.api.events.feed", made)
    return made


def test_a_job_that_cannot_be_shown_ends_nobodys_stream(
    feed: Feed, teacher: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    job, bad = make_job(teacher), make_job(teacher)
    whole = JobSerializer.to_representation

    def shown(serializer: JobSerializer, instance: Job) -> Any:
        if instance.pk == bad.pk:
            raise KeyError("course_id")
        return whole(serializer, instance)

    monkeypatch.setattr(JobSerializer, "to_representation", shown)
    sent = asyncio.run(followed(job, bad))
    assert "event: end" in sent[-1]
    # Whoever follows the bad one hears of its end.
    cancel_job(bad)
    alone = asyncio.run(followed(bad))
    assert [part for part in alone if "event: " in part] == [alone[-1]]
    assert "event: end" in alone[-1]
    assert f"Job {bad.pk} cannot be shown" in caplog.text


def test_a_task_that_breaks_is_logged_and_started_again(
    feed: Feed, job: Job, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    look, broken = feed._look, list[bool]()

    async def breaks_once() -> None:
        if not broken:
            broken.append(True)
            raise RuntimeError("defect")
        await look()

    monkeypatch.setattr(feed, "_look", breaks_once)
    sent = asyncio.run(followed(job))
    assert "event: end" in sent[-1]
    (record,) = [one for one in caplog.records if one.levelno == logging.CRITICAL]
    assert "started again" in record.message
    assert record.exc_info


def test_a_job_that_ends_while_its_progress_is_sent_has_an_end(
    feed: Feed, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PAUSE", LONG)  # the feed itself reads nothing here

    async def parts() -> list[str]:
        events = Events(snapshot(job), job_id=job.pk, seen="", allowed=lambda: True)
        stream, sent = aiter(events), list[str]()
        while "event: progress" not in "".join(sent):
            sent.append((await anext(stream)).decode())
        for watch in feed._watches[job.pk]:
            watch.show(replace(snapshot(job), version="later", state="cancelled", is_open=False))
        return [*sent, *[part.decode() async for part in stream]]

    assert "event: end" in asyncio.run(parts())[-1]
