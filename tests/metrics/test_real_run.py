"""The web server and a cluster of several processes, scraped after real work: it all adds up."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from django.db.models import Sum

from courses.models import SourceDocument
from jobs.models import Job, JobStatus, Step, StepStatus
from jobs.pipelines import register
from jobs.services import create_job
from profai.environment import BASE_DIR
from tests.clusters import ended, wait_until
from tests.conftest import free_port
from tests.factories import make_teacher
from tests.jobs.handlers import PIPELINE, step
from tests.live import running_profai
from tests.llm_server import LLMServer
from tests.metrics.scrapes import Scrape, scrape
from tests.pdfs import make_pdf
from tests.streams.server import bearer
from tests.waiting import LONG

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.cluster, pytest.mark.slow]

TOKEN = "the-token-of-prometheus"  # noqa: S105 - of a test
# Series that begin with a fault, or with a part that this run does not use.
ONLY_AT_TIMES = {
    "profai_chroma_errors_total",
    "profai_http_streams_total",
    "profai_llm_wrong_answers_total",
    "profai_step_hand_backs_total",
    "profai_webhook_duration_seconds_count",
}


@dataclass
class Running:
    address: str
    port: int
    folder: Path
    headers: dict[str, str]
    requests: int = 0

    def ask(self, method: str, path: str, **values: object) -> httpx.Response:
        self.requests += 1
        return httpx.request(
            method,
            f"{self.address}{path}",
            headers=self.headers,
            timeout=LONG,
            **values,  # type: ignore[arg-type] # passed on
        )

    def scrape(self) -> Scrape:
        return scrape(self.address, TOKEN)


@pytest.fixture
def profai(tmp_path: Path, chroma_port: int, llm: LLMServer) -> Iterator[Running]:
    register(PIPELINE)
    port = free_port()
    environment = {
        "METRICS_TOKEN": TOKEN,
        "METRICS_PORT": str(port),
        # A worker is replaced after its third task.
        "Q_RECYCLE": "3",
        # Long enough for a machine that is busy with other tests.
        "JOB_LEASE_SECONDS": "12",
        "JOB_RETRY_PAUSES": "0.2,0.2",
        "COURSE_ENGINE": "llm",
        "LLM_PROVIDER": "custom",
        "LLM_BASE_URL": llm.base_url,
        "LLM_API_KEY": "sk-test-c0ffee",
        "LLM_MODEL": "stand-in",
        "LLM_PRICES": json.dumps({"stand-in": [100, 200]}),
        "MODULE_QUIZ_SIZE": "4",
        "COURSE_QUIZ_SIZE": "4",
    }
    with running_profai(tmp_path, chroma_port, environment) as address:
        yield Running(address, port, tmp_path / "var" / "metrics", bearer(make_teacher()))


def make_course(running: Running) -> Job:
    answer = running.ask(
        "POST", "/api/courses/", files={"files": ("rivers.pdf", make_pdf(), "application/pdf")}
    )
    assert answer.status_code == 202, answer.text
    return Job.objects.latest("created_at")


def used_by_dashboard_and_alerts() -> set[str]:
    monitoring = BASE_DIR / "deploy" / "kubernetes" / "components" / "monitoring"
    texts = [(monitoring / name).read_text() for name in ("dashboard.json", "alerts.yaml")]
    return set(re.findall(r"\bprofai_[a-z_]+", " ".join(texts)))


def test_numbers_add_up_over_processes_kills_and_recycling(profai: Running) -> None:
    course = make_course(profai)
    refused = profai.ask("POST", "/api/courses/", files={"files": ("x.pdf", b"no pdf")})
    assert refused.status_code == 400
    assert profai.ask("GET", "/nowhere/").status_code == 404
    deadly = create_job(kind="test", title="", steps=[step("deadly", die=1)])
    busy = {"message": "Busy.", "retryable": True}
    hasty = create_job(kind="test", title="", steps=[step("busy", fail=busy)])
    wait_until(ended(course, deadly, hasty), 3 * LONG)
    course.refresh_from_db()
    assert (course.status, deadly.status) == (JobStatus.COMPLETED, JobStatus.COMPLETED)
    # The cluster finds out that a worker ended a moment after its step did.
    ends, alive = "profai_worker_ends_total", "profai_workers_alive"
    wait_until(lambda: profai.scrape().total(ends, reason="recycled") >= 1)
    wait_until(lambda: profai.scrape().total(alive) == 2)
    found = profai.scrape()

    by_outcome = found.values("profai_step_duration_seconds_count", "outcome")
    done = Step.objects.filter(status=StepStatus.COMPLETED).count()
    assert by_outcome["completed"] == done >= 8
    assert found.total("profai_job_duration_seconds_count", status="completed") == 2
    assert found.total("profai_job_duration_seconds_count", status="failed") == 1
    assert found.total("profai_step_retries_total") == Step.objects.get(key="busy").retries == 2
    deaths = sum(row.deaths for row in Step.objects.all())
    assert found.total("profai_step_losses_total") == deaths == 1
    assert found.total(ends, reason="died") == 1
    assert found.total("profai_steps") == found.total("profai_jobs") == 0
    assert found.total("profai_workers_wanted") == 2

    spent = Step.objects.aggregate(
        tokens_in=Sum("tokens_in"),
        tokens_out=Sum("tokens_out"),
        cost=Sum("cost"),
        calls=Sum("calls"),
    )
    tokens = found.values("profai_llm_tokens_total", "direction")
    assert tokens == {"in": spent["tokens_in"], "out": spent["tokens_out"]}
    assert found.total("profai_llm_cost_dollars_total") == pytest.approx(float(spent["cost"]))
    assert found.total("profai_llm_calls_total", outcome="ok") == spent["calls"] > 2
    (document,) = SourceDocument.objects.all()
    assert found.total("profai_pdf_pages_total", way="text") == document.pages
    assert found.total("profai_uploads_total") == 1
    assert found.total("profai_upload_refusals_total", reason="unsupported_kind") == 1

    scrapes = found.total("profai_http_requests_total", route="/metrics")
    assert found.total("profai_http_requests_total") - scrapes == profai.requests == 3
    assert found.total("profai_http_requests_total", method="POST", status="202") == 1

    # The same numbers at the cluster's own port, without what the database says.
    own = scrape(f"http://127.0.0.1:{profai.port}", TOKEN)
    assert own.values("profai_step_duration_seconds_count", "outcome") == by_outcome
    assert "profai_steps" not in own.names()
    slots = {path.stem for path in profai.folder.glob("*.slot")}
    assert slots == {"cluster-0", "maintenance-0", "web-0", "web-1", "worker-0", "worker-1"}

    used = used_by_dashboard_and_alerts()
    assert {name for name in used - found.names() if not name.endswith("_bucket")} <= ONLY_AT_TIMES
