"""From the number of a job alone: why its course failed. docs/operations.md walks through it."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from jobs.models import Job, JobStatus
from tests.clusters import ended, running_cluster, wait_until
from tests.llm_server import running as running_llm
from tests.streams.server import web_server
from tests.telemetry.otlp import collector
from tests.telemetry.test_one_trace import KEY, MARK, ask_for_course, environment, token_text
from tests.waiting import LONG

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.cluster, pytest.mark.slow]

READER = "a-token-for-figures"
NO_MONEY = [{"name": "quota", "share": 1.0, "schema": "WrittenTopic"}]


def test_a_failed_course_is_explained_by_lines_trace_and_figures(
    chroma: int, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "var" / "media"
    with running_llm(key=KEY, faults=NO_MONEY) as llm, collector() as (kept, address):
        values = environment(tmp_path, llm, address) | {"METRICS_TOKEN": READER}
        more = {**values, "CHROMA_PORT": str(chroma)}
        with (
            web_server(tmp_path, workers=1, **more) as web,
            running_cluster(tmp_path / "cluster.log", workers=1, environment=more),
        ):
            number = ask_for_course(web.address, token_text()).json()["job_id"]
            job = Job.objects.get(pk=number)
            wait_until(ended(job), 2 * LONG)
            headers = {"Authorization": f"Bearer {READER}"}
            figures = httpx.get(f"{web.address}/metrics", headers=headers, timeout=LONG).text
    assert job.status == JobStatus.FAILED
    assert "quota is used up" in job.error

    lines = [json.loads(line) for line in (tmp_path / "cluster.log").read_text().splitlines()]
    lines = [line for line in lines if line.get("job_id") == number]
    [why, *_] = [line for line in lines if line["level"] == "warning"]
    assert (why["step"].split(":")[0], why["trace_id"]) == ("write", job.trace_id)
    assert "Add credit to the account, or choose another provider" in why["event"]
    assert MARK not in json.dumps(lines)

    calls = [span for span in kept.named("chat") if span.trace == job.trace_id]
    failed = [span for span in calls if span.attributes.get("error.type") == "ProviderError"]
    assert 0 < len(failed) < len(calls)
    attributes = ("http.response.status_code", "profai.outcome")
    told = {tuple(span.attributes[name] for name in attributes) for span in failed}
    assert told == {(429, "rejected")}

    counted = {
        (sample.labels["outcome"], sample.labels["provider"]): sample.value
        for family in text_string_to_metric_families(figures)
        for sample in family.samples
        if sample.name == "profai_llm_calls_total"
    }
    assert counted["rejected", "custom"] == len(failed)
