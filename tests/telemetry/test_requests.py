"""What requests and tasks leave in the log, and that nothing of one clings to the next."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from pydoc import ErrorDuringImport
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from structlog.contextvars import get_contextvars

from courses.services import request_course
from engine.llm.errors import AIError
from jobs.api import live
from jobs.api.live import Feed, Snapshot
from jobs.instrumentation import observed_task
from jobs.models import Job
from jobs.pipelines import register
from profai.health import views
from profai.health.parts import HealthChecker, Part, PartMissingError
from telemetry import logs
from telemetry.context import belongs_to, within
from telemetry.logs import ExporterLineFilter, LineFormatter, LineHandler
from telemetry.middleware import TelemetryMiddleware
from tests.accounts.tokens import bearer, token_of
from tests.factories import PASSWORD, make_course, make_learner, make_superuser
from tests.jobs.handlers import PIPELINE, step
from tests.jobs.test_engine import make_job
from tests.pdfs import make_pdf, upload
from tests.queue import work

MARK = "zanzibarquartz"
log = logging.getLogger("jobs")


class Kept(LineHandler):
    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.setFormatter(LineFormatter("json"))

    def write(self, line: str) -> None:
        self.text.append(line)

    def lines(self, event: str = "") -> list[dict[str, Any]]:
        found = [json.loads(text) for text in self.text]
        return [line for line in found if event in ("", line["event"])]


@pytest.fixture(autouse=True)
def pipeline() -> None:
    register(PIPELINE)


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler = Kept()
    root = logging.getLogger()
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)


@pytest.mark.django_db
def test_a_request_is_one_line_without_its_query_or_body(kept: Kept) -> None:
    user = make_learner()
    client = Client()
    client.login(username="learner", password=PASSWORD)
    kept.text.clear()
    client.get(f"/courses/{make_course().slug}/?search={MARK}")
    client.post(f"/login/?next={MARK}", {"username": MARK, "password": MARK})
    first, second = kept.lines("Request")
    assert first["method"] == "GET"
    assert "<" in first["route"]
    assert first["user_id"] == user.pk
    assert second["route"] == "/login/"
    assert MARK not in "".join(kept.text)
    assert isinstance(first["duration_ms"], float)
    assert first["bytes"] > 0
    assert first["request_id"] != second["request_id"]


@pytest.mark.django_db
def test_a_token_names_its_owner_and_stays_out_of_the_log(kept: Kept) -> None:
    made = token_of(make_learner())
    assert bearer(made.text).get("/api/courses/").status_code == 200
    (line,) = kept.lines("Request")
    assert line["user_id"] == made.token.user_id
    assert made.text not in "".join(kept.text)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "kept_as_it_is"),
    [
        ("proxy-1234.5678", True),
        ("x" * 65, False),
        ("short", False),
        ("with space 123", False),
        ("new\nline-12345", False),
        ("\x1b[31mred-12345", False),
    ],
)
def test_the_id_of_a_proxy_is_taken_if_it_is_plain(
    kept: Kept, *, given: str, kept_as_it_is: bool
) -> None:
    request = RequestFactory().get("/nothing", headers={"X-Request-ID": given})
    answer = TelemetryMiddleware(lambda _request: HttpResponse("x"))(request)
    assert (answer["X-Request-ID"] == given) is kept_as_it_is
    assert re.fullmatch(r"[\w.-]{8,64}", answer["X-Request-ID"])
    (line,) = kept.lines("Request")
    assert line["request_id"] == answer["X-Request-ID"]


def test_a_path_that_nobody_knows_is_one_escaped_line(kept: Kept) -> None:
    request = RequestFactory().get("/")
    request.path = "/a\nb\x1b[31m\u202e" + "c" * 900
    TelemetryMiddleware(lambda _request: HttpResponse(status=404))(request)
    (line,) = kept.lines("Request")
    assert line["path"].startswith("/a\\nb\\x1b[31m\\u202ec")
    assert len(line["path"]) == 200
    assert kept.text[-1].isprintable()


def test_probes_are_quiet(kept: Kept) -> None:
    assert Client().get("/health/live").status_code == 200
    assert kept.lines("Request") == []


def test_threads_that_are_used_again_carry_nothing_over(kept: Kept) -> None:
    seen: list[dict[str, Any]] = []

    def view(_request: HttpRequest) -> HttpResponse:
        seen.append(belongs_to())
        return HttpResponse("x")

    def broken(_request: HttpRequest) -> HttpResponse:
        raise ZeroDivisionError

    def serve(number: int) -> dict[str, Any]:
        request = RequestFactory().get("/", headers={"X-Request-ID": f"request-{number}"})
        with suppress(ZeroDivisionError):
            TelemetryMiddleware(broken if number % 3 == 0 else view)(request)
        return belongs_to()

    with ThreadPoolExecutor(2) as threads:
        after = list(threads.map(serve, range(30)))
    assert after == [{}] * 30
    assert sorted(one["request_id"] for one in seen) == sorted(
        f"request-{number}" for number in range(30) if number % 3
    )
    assert all(set(one) <= {"request_id", "user_id"} for one in seen)
    assert all(one["user_id"] is None for one in seen)


@pytest.mark.django_db
def test_a_stream_is_logged_when_it_has_ended(kept: Kept) -> None:
    stream = StreamingHttpResponse(iter([b"one", b"two"]))
    answer = TelemetryMiddleware(lambda _request: stream)(RequestFactory().get("/"))
    assert kept.lines("Request") == []
    assert b"".join(answer) == b"onetwo"
    answer.close()
    (line,) = kept.lines("Request")
    assert line["bytes"] == 6


def chunks(said: Callable[[], None]) -> Iterator[bytes]:
    said()
    yield b"one"
    said()
    yield b"two"
    said()


async def chunks_in_turn(said: Callable[[], None]) -> AsyncIterator[bytes]:
    for chunk in chunks(said):
        await asyncio.sleep(0)
        yield chunk


async def read_all(response: StreamingHttpResponse, between: Callable[[], None]) -> bytes:
    parts = []
    async for part in response:
        between()
        parts.append(part)
    return b"".join(parts)


@pytest.mark.django_db
@pytest.mark.parametrize("make", [chunks, chunks_in_turn])
def test_lines_of_a_stream_belong_to_its_request(
    kept: Kept, make: Callable[[Callable[[], None]], Any]
) -> None:
    stream = StreamingHttpResponse(make(lambda: log.warning("Making a chunk")))
    answer = TelemetryMiddleware(lambda _request: stream)(RequestFactory().get("/"))
    assert isinstance(answer, StreamingHttpResponse)
    if answer.is_async:
        assert asyncio.run(read_all(answer, lambda: log.warning("Between"))) == b"onetwo"
    else:
        for _part in answer:
            log.warning("Between")
    answer.close()
    made = kept.lines("Making a chunk")
    assert [line["request_id"] for line in made] == [answer["X-Request-ID"]] * 3
    assert ["request_id" in line for line in kept.lines("Between")] == [False] * 2
    assert kept.lines("Request")[0]["bytes"] == 6


def test_who_looks_for_all_streams_belongs_to_none(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[dict[str, Any]] = []
    feed, snapshot = Feed(), Snapshot("", "", is_open=True, json="")

    async def look() -> None:
        found.append(belongs_to())
        feed.stop()

    async def follow() -> None:
        with within(RequestFactory().get("/")), feed.watch(uuid4(), snapshot) as watch:
            await watch.wait(20)

    monkeypatch.setattr(live, "PAUSE", 0.0)
    monkeypatch.setattr(feed, "_look", look)
    asyncio.run(follow())
    assert found == [{}]


@pytest.mark.django_db
def test_a_fault_that_was_answered_is_one_line(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of Django's own there would be another, without the request's id."""

    def away(*_args: object) -> None:
        raise AIError("The index is away.", permanent=False)

    monkeypatch.setattr("courses.api.views.visible_courses", away)
    client = Client()
    client.force_login(make_learner())
    kept.text.clear()
    answer = client.get("/api/courses/")
    assert answer.status_code == 503
    assert [(line["event"], line["level"]) for line in kept.lines()] == [("Request", "warning")]
    assert kept.lines()[0]["request_id"] == answer["X-Request-ID"]


@pytest.mark.django_db
def test_a_fault_that_nobody_foresaw_has_its_trace_and_its_request(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise ValueError(MARK)

    monkeypatch.setattr("courses.api.views.visible_courses", broken)
    client = Client(raise_request_exception=False)
    client.force_login(make_learner())
    kept.text.clear()
    answer = client.get("/api/courses/")
    assert answer.status_code == 500
    (trace,) = [line for line in kept.lines() if line["level"] == "error"]
    assert trace["exception"][0]["type"] == "ValueError"
    (access,) = kept.lines("Request")
    assert trace["request_id"] == access["request_id"] == answer["X-Request-ID"]


def test_a_probe_that_fails_is_no_error(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise PartMissingError

    part = Part("database", missing, 1, critical=True)
    monkeypatch.setattr(views, "checker", HealthChecker())
    monkeypatch.setattr(views, "NEEDED_FOR_PAGES", (part,))
    answer = Client().get("/health/web")
    assert answer.status_code == 503
    (line,) = kept.lines()
    assert (line["level"], line["logger"]) == ("warning", "profai.health")
    assert line["request_id"] == answer["X-Request-ID"]


@pytest.mark.django_db
def test_lines_of_a_step_belong_to_it(kept: Kept) -> None:
    job = work(make_job(step("a", **{"break": f"{MARK} words"})))
    assert isinstance(job, Job)
    starts, ends = kept.lines("Step starts"), kept.lines("Step ends")
    assert [line["step"] for line in starts] == ["a"]
    assert ends[0]["outcome"] == "failed"
    assert ends[0]["job_id"] == str(job.pk)
    assert ends[0]["attempt"] == 1
    (trace,) = [line for line in kept.lines() if "exception" in line]
    assert (trace["job_id"], trace["step"]) == (str(job.pk), "a")
    assert trace["exception"][0]["type"] == "ZeroDivisionError"
    assert kept.lines("Job ends")[0]["outcome"] == "failed"
    assert get_contextvars() == {}


def test_a_task_that_fails_shows_where_and_not_what(kept: Kept) -> None:
    task = observed_task({"func": f"{__name__}.fails", "name": "tried", "args": (), "kwargs": {}})
    with pytest.raises(ValueError, match=MARK):
        task["func"]()
    (line,) = kept.lines("Task failed")
    assert line["task"] == "tried"
    assert line["exception"][0]["frames"][-1]["function"] == "fails"
    assert MARK not in "".join(kept.text)


def fails() -> None:
    raise ValueError(MARK)


def test_a_task_whose_module_breaks_fails_and_no_worker_with_it(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody who may make schedules can name such a function."""
    (tmp_path / "breaks_when_imported.py").write_text(f"raise ValueError({MARK!r})")
    monkeypatch.syspath_prepend(tmp_path)
    task = observed_task({"func": "breaks_when_imported.run", "name": "tried"})
    with pytest.raises(ErrorDuringImport):
        task["func"](1, two=2)
    (line,) = kept.lines("Task failed")
    assert line["function"] == "breaks_when_imported.run"
    assert MARK not in "".join(kept.text)


def test_a_task_is_named_without_what_it_was_given(kept: Kept) -> None:
    task = observed_task({"func": partial(str, MARK), "name": "tried"})
    task["func"]()
    (line,) = kept.lines("Task ends")
    assert line["function"] == "functools.partial"
    assert task["func"].__wrapped__.args == (MARK,)


def test_a_path_that_leads_nowhere_is_left_to_the_worker() -> None:
    assert observed_task({"func": "no.such.thing", "name": "x"})["func"] == "no.such.thing"


@pytest.mark.django_db
def test_a_refused_document_is_not_named_in_the_log(kept: Kept) -> None:
    """Staff see its name on the job's page; names of files name people."""
    file = upload(make_pdf([("", "")]), f"Akte {MARK}.pdf")
    job = work(request_course(files=[file]).job)
    assert MARK in job.error
    (line,) = [line for line in kept.lines() if " failed: " in line["event"]]
    assert "StepFailedError: […]: " in line["event"]
    assert MARK not in "".join(kept.text)


def test_what_a_command_prints_in_a_task_is_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    task = observed_task({"func": "django.core.management.call_command", "name": "x"})
    task["func"]("diffsettings")
    assert capsys.readouterr().out == ""
    call_command("diffsettings")
    assert "ROOT_URLCONF" in capsys.readouterr().out


def test_a_collector_that_is_away_is_mentioned_rarely() -> None:
    rarely = ExporterLineFilter()

    def passes(name: str) -> bool:
        return bool(rarely.filter(logging.makeLogRecord({"name": name})))

    assert passes("opentelemetry.exporter.otlp")
    assert not passes("opentelemetry.sdk")
    assert passes("jobs")
    rarely.pause = 0
    assert passes("opentelemetry.sdk")


def test_what_ends_a_thread_or_the_process_is_one_line(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[bool] = []
    monkeypatch.setattr(logs, "flush_all", lambda: ended.append(True))
    error = ValueError(MARK)
    logs._uncaught(ValueError, error, None)
    arguments = (ValueError, error, None, threading.current_thread())
    logs._uncaught_in_thread(threading.ExceptHookArgs(arguments))
    assert [line["level"] for line in kept.lines()] == ["critical", "critical"]
    logs._uncaught(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert len(kept.text) == 2
    assert ended == [True]
    assert MARK not in "".join(kept.text)


@pytest.mark.django_db
def test_a_job_shows_its_trace(settings: Any) -> None:
    settings.TRACE_URL = "https://traces.example/{trace_id}"
    number = "0af7651916cd43dd8448eb211c80319c"
    job = make_job(step("a"))
    Job.objects.update(trace_context=f"00-{number}-b7ad6b7169203331-01")
    client = Client()
    client.force_login(make_superuser())
    assert client.get(f"/api/jobs/{job.pk}").json()["trace_id"] == number
    page = client.get(f"/admin/jobs/job/{job.pk}/change/").text
    assert f'<a href="https://traces.example/{number}">' in page
    Job.objects.update(trace_context=f"00-{number}-b7ad6b7169203331-00")
    assert client.get(f"/api/jobs/{job.pk}").json()["trace_id"] == ""
