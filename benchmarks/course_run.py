"""One course on a stack of its own, in a process of its own; prints what was measured as JSON.

Run by `benchmarks.courses`. Settings come from the environment, so that each run may have
others: PROFAI_VAR_DIR names an empty folder, LLM_BASE_URL a model server.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import psutil
from django.core.files import File
from django.core.management import call_command

from profai.local.embedded import ensure_database, stop_server
from tests.llm_server import LLMServer


def main() -> int:
    pdf, warm_up = Path(sys.argv[1]), Path(sys.argv[2])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "profai.settings.dev")
    ensure_database()
    django.setup()
    # Models can be imported only now.
    from profai.local.supervisor import choose_ports, start_backend, supervised

    try:
        with supervised() as supervisor:
            call_command("migrate", verbosity=0)
            choose_ports()
            start_backend(supervisor)
            # Every worker imports what it needs before the clock starts.
            jobs = [_request(warm_up) for _ in range(int(os.environ["Q_WORKERS"]))]
            for job in jobs:
                wait(job)
            LLMServer(os.environ["LLM_BASE_URL"]).configure(
                latency=float(os.environ["BENCH_LATENCY"])
            )
            result = _measured(pdf)
        sys.stdout.write(json.dumps(result))
    finally:
        stop_server()
    return 0


def _measured(pdf: Path) -> dict[str, Any]:
    workers = list(_workers())
    before = sum(_cpu(worker) for worker in workers)
    started = time.monotonic()
    job = wait(_request(pdf))
    return {
        "started": started,
        "wall": time.monotonic() - started,
        "cpu": sum(_cpu(worker) for worker in workers) - before,
        "worker_uss_mb": [round(w.memory_full_info().uss / 2**20) for w in workers],
        "steps": [
            [step.key, (step.completed_at - step.started_at).total_seconds()]
            for step in job.steps.order_by("position")
        ],
        "calls": job.calls,
    }


def _request(pdf: Path) -> Any:
    from courses.services import request_course

    with pdf.open("rb") as file:
        return request_course(files=[File(file, pdf.name)]).job


def wait(job: Any) -> Any:
    while job.is_open:
        time.sleep(0.02)
        job.refresh_from_db()
    if job.status != "completed":
        raise RuntimeError(f"The course failed: {job.error}")
    return job


def _workers() -> Iterator[psutil.Process]:
    """The cluster's processes that do steps, and those around them."""
    for child in psutil.Process().children(recursive=True):
        if "qcluster" in " ".join(child.cmdline()):
            yield child


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


if __name__ == "__main__":
    sys.exit(main())
