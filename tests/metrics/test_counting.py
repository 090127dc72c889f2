"""What each part counts: requests, uploads, model calls, stores, webhooks."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.http import HttpRequest, StreamingHttpResponse
from django.test import Client, RequestFactory
from pydantic import BaseModel
from pytest_django.fixtures import Settings

from courses.engines import index_embedder, vector_store
from courses.services import request_course
from engine.llm.client import LanguageModel
from engine.llm.configuration import llm_config
from engine.llm.errors import AIError
from engine.llm.prompting import Prompt
from engine.llm.providers import Task
from engine.llm.usage import Usage, metered
from jobs.instrumentation import begin_series
from jobs.lease import claim_step
from jobs.maintenance import sweep
from jobs.models import Job
from jobs.pipelines import register
from jobs.services import create_job
from profai.environment import BASE_DIR
from profai.local.first_start import SAMPLE
from telemetry.exposition import page
from telemetry.http_metrics import HttpMetricsMiddleware
from tests.conftest import free_port
from tests.factories import make_teacher
from tests.jobs.handlers import PIPELINE, expire, step
from tests.llm_server import LLMServer
from tests.metrics.scrapes import Scrape, parse
from tests.queue import work
from tests.webhooks.receiver import answers, listening
from tests.webhooks.work import send_all
from webhooks.models import Event
from webhooks.outbox import emit
from webhooks.services import create_endpoint


class Change:
    """What has been counted since it was made."""

    def __init__(self) -> None:
        self._before = self._now()

    @staticmethod
    def _now() -> Scrape:
        return parse(page("", machine_only=True)[0].decode())

    def of(self, name: str, **labels: str) -> float:
        return self._now().total(name, **labels) - self._before.total(name, **labels)


@pytest.fixture
def change() -> Change:
    return Change()


# --- requests


@pytest.mark.django_db
def test_requests_are_counted_by_route_and_status(client: Client, change: Change) -> None:
    client.get("/health/live")
    client.get("/login/")
    client.get("/api/courses/no-such-course/")
    assert change.of("profai_http_requests_total", route="/health/live", status="200") == 1
    assert change.of("profai_http_requests_total", route="/login/", method="GET") == 1
    courses = "/api/courses/<slug>/"
    assert change.of("profai_http_requests_total", route=courses, status="401") == 1
    assert change.of("profai_http_request_duration_seconds_count") == 3
    assert change.of("profai_http_requests_in_progress") == 0


@pytest.mark.django_db
def test_addresses_that_people_make_up_are_one_series(client: Client, change: Change) -> None:
    before = set(Change._now().samples)
    for number in range(20):
        client.get(f"/nowhere/{number}/")
        client.generic(f"MADE{number}", "/login/")
    new = set(Change._now().samples) - before
    assert len({labels for name, labels in new if name == "profai_http_requests_total"}) <= 2
    assert change.of("profai_http_requests_total", route="unknown", status="404") == 20
    assert change.of("profai_http_requests_total", method="other", status="405") == 20


def test_static_files_are_one_series(client: Client, change: Change) -> None:
    assert client.get("/static/profai/nothing.css").status_code in {200, 404}
    assert change.of("profai_http_requests_total", route="/static/") == 1


def test_a_stream_is_no_slow_request(change: Change) -> None:
    def stream(_request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(iter(()), content_type="text/event-stream; charset=utf-8")

    HttpMetricsMiddleware(stream)(RequestFactory().get("/api/jobs/1/events"))  # type: ignore[arg-type] # a handler
    assert change.of("profai_http_streams_total") == 1
    assert change.of("profai_http_requests_total") == 1
    assert change.of("profai_http_request_duration_seconds_count") == 0


# --- uploads


@pytest.mark.django_db(transaction=True)
def test_uploads_and_refusals(change: Change, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    body = SAMPLE.read_bytes()
    request_course(files=[SimpleUploadedFile("a.pdf", body)])
    assert change.of("profai_uploads_total") == 1
    assert change.of("profai_upload_bytes_total") == len(body)
    for content, reason in ((b"PK\x03\x04 no", "unsupported_kind"), (b"", "empty_file")):
        with pytest.raises(Exception, match=r"file|PDF"):
            request_course(files=[SimpleUploadedFile("b.pdf", content)])
        assert change.of("profai_upload_refusals_total", reason=reason) == 1
    assert change.of("profai_uploads_total") == 1


# --- jobs


@pytest.fixture
def pipeline() -> None:
    register(PIPELINE)


def make(**actions: Any) -> Job:
    return create_job(kind="test", title="", steps=[step("one", **actions)])


@pytest.mark.django_db(transaction=True)
def test_steps_and_jobs_by_how_they_end(change: Change, pipeline: None) -> None:
    work(make())
    work(make(fail={"message": "No."}))
    assert change.of("profai_step_duration_seconds_count", outcome="completed") == 1
    assert change.of("profai_step_duration_seconds_count", outcome="failed") == 1
    assert change.of("profai_step_queue_seconds_count", kind="test", stage="second") == 2
    assert change.of("profai_job_duration_seconds_count", status="completed") == 1
    assert change.of("profai_job_duration_seconds_count", status="failed") == 1


@pytest.mark.django_db(transaction=True)
def test_retries_are_counted(change: Change, pipeline: None, settings: Settings) -> None:
    settings.JOB_RETRY_PAUSES = [timedelta(), timedelta()]
    work(make(fail={"message": "Busy.", "retryable": True}))
    assert change.of("profai_step_retries_total", kind="test", stage="second") == 2
    assert change.of("profai_step_duration_seconds_count", outcome="put_back") == 2
    assert change.of("profai_step_duration_seconds_count", outcome="failed") == 1


@pytest.mark.django_db(transaction=True)
def test_a_step_whose_worker_died(change: Change, pipeline: None) -> None:
    job = make()
    lost = job.steps.get()
    assert claim_step(lost.pk)
    expire(lost)
    assert sweep() == 1
    assert change.of("profai_step_losses_total", kind="test", stage="second") == 1


# --- Chroma and embeddings


def test_chroma_by_operation(change: Change, chroma: int) -> None:
    vectors = index_embedder().embed(["a river", "a stone"])
    vector_store().replace_group(
        "metrics", model="m", group="g", groups=["g"], ids=["1", "2"], vectors=vectors
    )
    vector_store().query("metrics", model="m", vector=vectors[0], limit=1)
    vector_store().delete_collection("metrics")
    with pytest.raises(AIError):
        vector_store().query("metrics", model="m", vector=vectors[0], limit=1)
    assert change.of("profai_chroma_duration_seconds_count", operation="upsert") == 1
    assert change.of("profai_chroma_duration_seconds_count", operation="query") == 2
    assert change.of("profai_chroma_errors_total", operation="query", reason="refused") == 1
    assert change.of("profai_embedded_texts_total") == 2
    assert change.of("profai_embedding_duration_seconds_count", outcome="ok") == 1


def test_chroma_that_is_away(change: Change, settings: Settings) -> None:
    settings.CHROMA_PORT = free_port()
    with pytest.raises(AIError):
        vector_store().collection_sizes()
    assert change.of("profai_chroma_errors_total", reason="away") == 1


def test_embeddings_that_fail(change: Change, settings: Settings) -> None:
    settings.EMBEDDING_MODEL, settings.EMBEDDING_BASE_URL = "away", "http://127.0.0.1:9/v1"
    with pytest.raises(AIError):
        index_embedder().embed(["a river"])
    assert change.of("profai_embedding_duration_seconds_count", outcome="failed") == 1
    assert change.of("profai_embedded_texts_total") == 0


# --- models


class Probe(BaseModel):
    answer: str


def ask() -> Probe:
    prompt = Prompt("You are a test.", "Say something.")
    return asyncio.run(LanguageModel(llm_config(settings)).ask(Task.TOPIC, prompt, Probe))


def test_tokens_and_cost_of_a_model(change: Change, llm: LLMServer, settings: Settings) -> None:
    settings.LLM_PRICES = {"stand-in": [1000, 2000]}
    ask()
    labels = {"provider": "custom", "model": "stand-in"}
    assert change.of("profai_llm_calls_total", outcome="ok", **labels) == 1
    assert change.of("profai_llm_call_duration_seconds_count", **labels) == 1
    assert change.of("profai_llm_gate_wait_seconds_count", provider="custom") == 1
    spent_in = change.of("profai_llm_tokens_total", direction="in", **labels)
    spent_out = change.of("profai_llm_tokens_total", direction="out", **labels)
    assert spent_in > 0 < spent_out
    cost = (1000 * spent_in + 2000 * spent_out) / 1_000_000
    assert change.of("profai_llm_cost_dollars_total", **labels) == pytest.approx(cost)


class AwayMeter:
    async def allow(self) -> None:
        """It does."""

    async def spend(self, usage: Usage) -> None:
        raise OperationalError(f"away, with {usage.tokens_in} tokens")


def test_what_was_paid_is_counted_though_the_database_is_away(
    change: Change, llm: LLMServer
) -> None:
    with metered(AwayMeter()), pytest.raises(OperationalError, match="away"):
        ask()
    assert change.of("profai_llm_tokens_total", provider="custom", direction="in") > 0


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("rate_limit", "rate_limited"),
        ("server_error", "provider_fault"),
        ("quota", "rejected"),
        ("context_length", "rejected"),
        ("drop", "unreachable"),
        ("slow_stream", "timeout"),
        ("garbage", "no_completion"),
        ("refusal", "refused"),
        ("length", "cut_off"),
    ],
)
def test_how_calls_to_a_model_end(
    change: Change, llm: LLMServer, settings: Settings, fault: str, outcome: str
) -> None:
    settings.LLM_TRIES = settings.LLM_ASKS = 1
    settings.LLM_PATIENCE, settings.LLM_TIMEOUT = 0, 1.5
    llm.configure(faults=[{"name": fault, "share": 1.0}])
    with pytest.raises(AIError):
        ask()
    assert change.of("profai_llm_calls_total", outcome=outcome, model="stand-in") == 1
    assert change.of("profai_llm_calls_total") == 1


def test_every_outcome_is_there_before_the_first_call(settings: Settings) -> None:
    """A series that begins with 5 has not risen: the first burst of a fresh pod would be unseen."""
    settings.LLM_PROVIDER, settings.LLM_API_KEY = "groq", "a-key"
    settings.LLM_MODEL, settings.LLM_MODEL_QUIZ = "small", "large"
    begin_series()
    shown = [
        dict(labels)
        for (name, labels), value in Change._now().samples.items()
        if name == "profai_llm_calls_total" and value == 0
    ]
    for model in ("small", "large"):
        own = {
            one["outcome"] for one in shown if (one["provider"], one["model"]) == ("groq", model)
        }
        assert {"ok", "rejected", "timeout", "rate_limited"} < own
        assert own == documented_outcomes()


def documented_outcomes() -> set[str]:
    text = (BASE_DIR / "docs" / "operations.md").read_text()
    (row,) = re.findall(r"^\| `profai_llm_calls_total` .*$", text, re.MULTILINE)
    return set(re.findall(r"`([a-z_]+)`", row)) - {"profai_llm_calls_total"}


def test_settings_without_a_model_begin_no_series_and_stop_nothing(settings: Settings) -> None:
    settings.LLM_PROVIDER = "nobody"
    before = set(Change._now().samples)
    begin_series()
    new = set(Change._now().samples) - before
    assert not [labels for name, labels in new if name == "profai_llm_calls_total"]


def test_answers_of_no_use_are_paid_for(change: Change, llm: LLMServer, settings: Settings) -> None:
    settings.LLM_ASKS = 2
    llm.configure(faults=[{"name": "prose", "share": 1.0}])
    with pytest.raises(AIError):
        ask()
    assert change.of("profai_llm_wrong_answers_total", model="stand-in") == 2
    assert change.of("profai_llm_calls_total", outcome="ok") == 2
    assert change.of("profai_llm_tokens_total") > 0


# --- webhooks


@pytest.mark.django_db(transaction=True)
def test_webhooks_by_how_they_end(change: Change, settings: Settings) -> None:
    owner = make_teacher()
    with listening() as receiver:
        settings.WEBHOOK_ALLOW_HTTP = True
        settings.WEBHOOK_ALLOWED_PORTS = [receiver.port]
        settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
        create_endpoint(owner=owner, url=receiver.url, events=[Event.COURSE_PUBLISHED])
        emit(Event.COURSE_PUBLISHED, {"course_id": 1}, User.objects.all())
        assert send_all() == ["delivered"]
        receiver.answer = answers(500)
        emit(Event.COURSE_PUBLISHED, {"course_id": 2}, User.objects.all())
        assert send_all() == ["to be tried again"]
    assert change.of("profai_webhook_duration_seconds_count", outcome="delivered") == 1
    assert change.of("profai_webhook_duration_seconds_count", outcome="retried") == 1
