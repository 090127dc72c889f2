"""An upload on real processes: one connected trace, and lines that keep what is private."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_django.fixtures import Settings

from accounts.models import Scope
from accounts.services import make_token
from jobs.models import Job, JobStatus
from profai.local.processes import any_free_port
from tests.clusters import ended, running_cluster, wait_until
from tests.factories import make_superuser
from tests.llm_server import LLMServer
from tests.llm_server import running as running_llm
from tests.pdfs import make_pdf
from tests.streams.server import web_server
from tests.telemetry.otlp import Sent, collector
from tests.waiting import LONG

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.cluster, pytest.mark.slow]

MARK = "zanzibarquartz"
KEY = "sk-planted-" + "c0ffee" * 4
TITLE = f"Rocks {MARK}\n\x1b[31mred"
SENTENCE = (
    "The {0} of the northern mountains holds {1} in thin layers between the older granite. "
    "Water carries the {0} slowly into the valleys below. Farmers know {1} by its pale colour. "
)
PDF = make_pdf(
    [
        (f"{MARK} {name}", (SENTENCE.format(f"{name} stone", MARK)) * 12)
        for name in ("Amber", "Basalt", "Copper", "Dolomite")
    ]
)


def environment(folder: Path, llm: LLMServer, address: str) -> dict[str, str]:
    return {
        "PROFAI_VAR_DIR": str(folder / "var"),
        "COURSE_ENGINE": "llm",
        "LLM_PROVIDER": "custom",
        "LLM_BASE_URL": llm.base_url,
        "LLM_API_KEY": KEY,
        "LLM_MODEL": "stand-in",
        "LLM_PRICES": '{"stand-in": [1, 2]}',
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "DEBUG",
        # On a busy machine every step is still done in one try.
        "JOB_LEASE_SECONDS": "60",
        "JOB_SWEEP_SECONDS": "5",
        "MODULE_QUIZ_SIZE": "4",
        "COURSE_QUIZ_SIZE": "4",
        "OTEL_EXPORTER_OTLP_ENDPOINT": address,
        "OTEL_BSP_SCHEDULE_DELAY": "300",
        "TRACE_SQL_MS": "0",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "2",
    }


def ask_for_course(server: str, token: str, title: str = TITLE) -> httpx.Response:
    return httpx.post(
        f"{server}/api/courses/",
        files={"files": (f"{MARK}\n.pdf", PDF, "application/pdf")},
        data={"title": title.replace("\n", " ").replace("\x1b", "")},
        headers={"Authorization": f"Bearer {token}", "X-Request-ID": "upload-4711"},
        timeout=LONG,
    )


def run_upload(folder: Path, chroma: int, values: Mapping[str, str], token: str) -> Job:
    with web_server(folder, workers=1, CHROMA_PORT=chroma, **values) as web:
        answer = ask_for_course(web.address, token)
        assert answer.status_code == 202, answer.text
        assert answer.headers["X-Request-ID"] == "upload-4711"
        job = Job.objects.get(pk=answer.json()["job_id"])
        with running_cluster(
            folder / "cluster.log", workers=1, environment={**values, "CHROMA_PORT": str(chroma)}
        ):
            wait_until(ended(job), 2 * LONG)
            wait_until(lambda: "Job ends" in (folder / "cluster.log").read_text())
    return job


def token_text() -> str:
    made = make_token(user=make_superuser(), name=MARK, scopes=list(Scope.values), days=1)
    return made.text


def lines_of(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "web.log").read_text() + (folder / "cluster.log").read_text()
    return [json.loads(line) for line in text.splitlines()]


def check_connected(spans: list[Sent]) -> None:
    known = {span.number for span in spans}
    assert [span.name for span in spans if span.parent and span.parent not in known] == []
    assert len({span.trace for span in spans}) == 1
    assert len([span for span in spans if not span.parent]) == 1


def test_one_upload_is_one_trace_and_says_nothing_private(
    chroma: int, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "var" / "media"
    token = token_text()
    faults = [
        {"name": "server_error", "share": 1.0, "times": 1},
        {"name": "wrong_schema", "share": 1.0, "times": 1, "schema": "WrittenTopic"},
    ]
    with running_llm(key=KEY, faults=faults) as llm, collector() as (kept, address):
        values = environment(tmp_path, llm, address)
        job = run_upload(tmp_path, chroma, values, token)
        calls = llm.stats()["calls"]
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    spans = [span for span in kept.spans() if span.trace == job.trace_id]
    check_connected(spans)
    check_steps(job, spans)
    check_calls(job, spans, calls)
    check_statements(spans)
    check_lines(job, tmp_path, token)
    for hidden in (MARK, KEY, token.rpartition("_")[2], "northern mountains"):
        assert hidden not in kept.text
    assert all(span.events == 0 for span in kept.spans())
    # Nothing begins by itself: no look into the queue, no sweep, no probe.
    roots = {span.name.split()[0] for span in kept.spans() if not span.parent}
    assert roots <= {"POST", "GET", "task"}


def check_steps(job: Job, spans: list[Sent]) -> None:
    (request,) = [span for span in spans if not span.parent]
    assert (request.name, request.service) == ("POST /api/courses/", "profai-web")
    assert request.attributes["profai.request_id"] == "upload-4711"
    steps = {span.attributes["profai.step"]: span for span in spans if span.name.startswith("step")}
    assert set(steps) == set(job.steps.values_list("key", flat=True))
    assert {step.service for step in steps.values()} == {"profai-worker"}
    assert {step.attributes["profai.outcome"] for step in steps.values()} == {"completed"}


def outcome_and_status(chat: Sent) -> tuple[str, int]:
    return chat.attributes["profai.outcome"], chat.attributes["http.response.status_code"]


def total(spans: list[Sent], attribute: str) -> float:
    return float(sum(span.attributes[attribute] for span in spans))


def check_calls(job: Job, spans: list[Sent], asked: int) -> None:
    chats = [span for span in spans if span.name == "chat stand-in"]
    # One span a request, with what the HTTP client's own would say.
    assert len(chats) == asked
    numbers = {chat.number for chat in chats}
    assert [span.name for span in spans if span.parent in numbers] == []
    steps = {span.number for span in spans if span.name.startswith("step")}
    assert all(chat.parent in steps for chat in chats)
    (failed,) = [chat for chat in chats if "error.type" in chat.attributes]
    assert outcome_and_status(failed) == ("provider_fault", 500)
    answered = [chat for chat in chats if chat is not failed]
    assert {outcome_and_status(chat) for chat in answered} == {("ok", 200)}
    assert [chat for chat in answered if chat.attributes["profai.llm.attempt"] == 2] != []
    assert total(answered, "gen_ai.usage.input_tokens") == job.tokens_in
    assert total(answered, "gen_ai.usage.output_tokens") == job.tokens_out
    assert total(answered, "profai.llm.cost") == pytest.approx(float(job.cost), abs=1e-4)
    stores = {span.number for span in spans if span.name.startswith("chroma")}
    assert any(span.name.startswith("chroma upsert") for span in spans)
    # Chroma's requests say less than the span that they would be under.
    assert [span.name for span in spans if span.parent in stores] == []


def check_statements(spans: list[Sent]) -> None:
    texts = [
        span.attributes["db.query.text"] for span in spans if "db.query.text" in span.attributes
    ]
    assert any(text.startswith('INSERT INTO "courses_course"') for text in texts)
    assert any("%s" in text for text in texts)


def check_lines(job: Job, folder: Path, token: str) -> None:
    lines = lines_of(folder)
    text = json.dumps(lines)
    for hidden in (MARK, KEY, token.rpartition("_")[2], "northern mountains"):
        assert hidden not in text, hidden
    assert all({"timestamp", "level", "logger", "event", "process"} <= set(line) for line in lines)
    (asked,) = [line for line in lines if line.get("route") == "/api/courses/"]
    assert (asked["request_id"], asked["status"]) == ("upload-4711", 202)
    assert asked["user_id"] == job.requested_by_id
    assert asked["trace_id"] == job.trace_id
    of_job = [line for line in lines if line.get("job_id") == str(job.pk)]
    assert {line["trace_id"] for line in of_job if "step" in line} == {job.trace_id}
    starts = {line["step"] for line in of_job if line["event"] == "Step starts"}
    assert starts == set(job.steps.values_list("key", flat=True))


def test_without_its_collector_all_goes_on_and_says_so_once(
    chroma: int, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "var" / "media"
    token = token_text()
    with running_llm(key=KEY) as llm:
        away = f"http://127.0.0.1:{any_free_port()}"
        values = environment(tmp_path, llm, away) | {"COURSE_ENGINE": "extractive"}
        job = run_upload(tmp_path, chroma, values, token)
    assert job.status == JobStatus.COMPLETED
    complaints = [line for line in lines_of(tmp_path) if line["logger"].startswith("opentelemetry")]
    processes = [line["process"] for line in complaints]
    assert 1 <= len(processes) == len(set(processes))
