"""Many streams at once: what they hold, what they leave to others, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from django.contrib.auth.models import User
from django.db import connection

from jobs.models import Job
from tests.clusters import wait_until
from tests.factories import make_learner
from tests.streams.conftest import make_job
from tests.streams.server import WebServer, bearer, web_server
from tests.waiting import LONG

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
USERS, EACH = 10, 20
MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Stream:
    """`parts` is kept, because an iterator that is thrown away closes its response."""

    answer: httpx.Response
    parts: AsyncIterator[bytes]

    @property
    def status_code(self) -> int:
        return self.answer.status_code

    async def drain(self) -> None:
        async for _ in self.parts:
            pass


@asynccontextmanager
async def streams(
    address: str, keys: list[dict[str, str]], job: Job, each: int = EACH
) -> AsyncIterator[list[Stream]]:
    """So many for each token, each read until its first bytes."""
    limits = httpx.Limits(max_connections=None)
    async with (
        httpx.AsyncClient(base_url=address, limits=limits, timeout=LONG) as client,
        AsyncExitStack() as stack,
    ):

        async def follow(headers: dict[str, str]) -> Stream:
            path = f"/api/jobs/{job.pk}/events"
            answer = await stack.enter_async_context(client.stream("GET", path, headers=headers))
            stream = Stream(answer, answer.aiter_raw())
            await anext(stream.parts)
            return stream

        yield await asyncio.gather(*(follow(key) for key in keys for _ in range(each)))


def keys(count: int) -> list[dict[str, str]]:
    """Of people who see all jobs."""
    users = [User.objects.create_superuser(f"user{n}") for n in range(count)]
    return [bearer(user) for user in users]


def connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        count: int = cursor.fetchone()[0]
    return count


def test_pages_answer_beside_two_hundred_streams_which_hold_no_connection(
    web: WebServer, client: httpx.Client, job: Job
) -> None:
    tokens = keys(USERS)

    async def hold() -> tuple[list[int], int]:
        before = memory(web)
        async with streams(web.address, tokens, job) as answers:
            grown = memory(web) - before
            for _ in range(20):
                # Streams that held the threads would hold them for longer than anybody waits.
                page = await asyncio.to_thread(client.get, f"/api/jobs/{job.pk}")
                assert page.status_code == 200
            # Two processes of four threads for pages, four for uploads, two for streams,
            # however many.
            await asyncio.to_thread(wait_until, lambda: connections_then_close() <= 2 * 10 + 1)
            return [answer.status_code for answer in answers], grown

    codes, grown = asyncio.run(hold())
    assert codes == [200] * USERS * EACH
    assert grown / (USERS * EACH) < 0.25 * MB


def memory(web: WebServer) -> int:
    """What the processes that answer have for themselves, in bytes."""
    used: int = sum(process.memory_full_info().uss for process in web.workers())
    return used


def connections_then_close() -> int:
    try:
        return connections()
    finally:
        connection.close()


def test_one_too_many_is_refused_and_a_disconnect_frees_its_slot(web: WebServer, job: Job) -> None:
    key = keys(1)[0]
    path = f"{web.address}/api/jobs/{job.pk}/events"

    async def hold() -> httpx.Response:
        # On either process: the machine counts.
        async with streams(web.address, [key], job) as answers:
            assert {answer.status_code for answer in answers} == {200}
            return await asyncio.to_thread(httpx.get, path, headers=key, timeout=LONG)

    refused = asyncio.run(hold())
    assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
    assert "you may have 20" in refused.json()["detail"]
    assert int(refused.headers["Retry-After"]) == 10

    def free() -> bool:
        with httpx.stream("GET", path, headers=key, timeout=LONG) as answer:
            return answer.status_code == 200

    wait_until(free)

    async def again() -> list[int]:
        async with streams(web.address, [key], job) as answers:
            return [answer.status_code for answer in answers]

    # All of them are free again, after a moment.
    wait_until(lambda: asyncio.run(again()) == [200] * EACH)


def test_a_process_has_a_limit_too(tmp_path: Path, teacher: User, job: Job) -> None:
    tokens = keys(3)
    with web_server(tmp_path, workers=1, STREAMS_PER_PROCESS=2) as server:

        async def hold() -> list[int]:
            async with streams(server.address, tokens, job, each=1) as answers:
                return sorted(answer.status_code for answer in answers)

        assert asyncio.run(hold()) == [200, 200, 429]


def test_the_time_of_a_stream_is_limited(tmp_path: Path, teacher: User, job: Job) -> None:
    key = keys(1)[0]
    with web_server(tmp_path, workers=1, STREAM_SECONDS=1) as server:
        path = f"{server.address}/api/jobs/{job.pk}/events"
        text = httpx.get(path, headers=key, timeout=LONG).text
    assert "event: progress" in text
    assert "event: end" not in text


def test_sigterm_ends_streams_within_seconds(tmp_path: Path, teacher: User, job: Job) -> None:
    tokens = keys(2)
    with web_server(tmp_path) as server:

        async def hold() -> None:
            async with streams(server.address, tokens, job) as answers:
                server.process.terminate()
                # Each ends in order: no connection is cut.
                await asyncio.gather(*(answer.drain() for answer in answers))
                await asyncio.to_thread(server.process.wait, LONG)

        asyncio.run(hold())
        log = (tmp_path / "web.log").read_text()
    assert "exceeded" not in log
    assert "Traceback" not in log


def test_a_killed_server_leaves_no_process_that_holds_the_port(tmp_path: Path) -> None:
    with web_server(tmp_path) as server:
        workers = server.workers()
        assert len(workers) == 2
        server.process.kill()
        wait_until(lambda: not any(worker.is_running() for worker in workers))


def test_a_learner_who_has_no_job_is_told_nothing_of_limits(web: WebServer, job: Job) -> None:
    headers = bearer(make_learner())
    other = make_job(User.objects.get(username="learner"))
    with httpx.stream(
        "GET", f"{web.address}/api/jobs/{other.pk}/events", headers=headers, timeout=LONG
    ) as own:
        assert own.status_code == 200
    assert (
        httpx.get(
            f"{web.address}/api/jobs/{job.pk}/events", headers=headers, timeout=LONG
        ).status_code
        == 404
    )
