"""Two parts, one after the other, each for some minutes; then every table is checked.

`people`: learners, reviewers and deletions side by side (`crowds.py`). `engine`: random uploads,
cancels, retries and kills.
"""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from benchmarks.engine import crowds
from benchmarks.engine.parts import log
from courses.models import Course
from courses.services import delete_course, request_course
from engine.reading.document import DocumentRejectedError
from engine.search import chroma_server
from jobs.errors import JobStateError
from jobs.models import OPEN_JOB, Job, JobStatus
from jobs.services import cancel_job, retry_job
from profai.environment import BASE_DIR
from profai.local.processes import any_free_port, wait_for_port
from tests.clusters import RunningCluster, database_away, kill_worker_of, wait_until
from tests.invariants import broken
from tests.pdfs import RIVERS, make_pdf

OPEN_AT_ONCE = 6
SAMPLE = (BASE_DIR / "samples" / "water-on-earth.pdf").read_bytes()


def run(minutes: str = "5", part: str = "all", seed: str = "") -> int:
    number = int(seed or time.time())
    random.seed(number)
    seconds = 60 * float(minutes)
    found: list[str] = []
    for name, work in (("people", crowds.run), ("engine", _trouble)):
        if part in (name, "all"):
            print(f"Soak of {minutes} minutes, {name}, seed {number}", flush=True)
            found += work(seconds)
    print("\n".join(found) or "Every invariant holds.")
    return len(found) > 0


def _trouble(seconds: float) -> list[str]:
    with Soak() as soak:
        soak.go_on(seconds)
        soak.settle()
        found = broken()
    counts = Counter(Job.objects.values_list("status", flat=True))
    print(f"Done to it: {dict(soak.done)}")
    print(f"Jobs: {dict(counts)}")
    return found


class Soak:
    """Two clusters and a Chroma server, and the ways to trouble them."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self._clusters: list[RunningCluster] = []
        self._chroma: subprocess.Popen[bytes] | None = None
        settings.CHROMA_PORT = self._port = any_free_port()

    def __enter__(self) -> Self:
        self._start_chroma()
        self._clusters = [self._new_cluster(), self._new_cluster()]
        return self

    def __exit__(self, *_error: object) -> None:
        for cluster in self._clusters:
            cluster.stop()
        if self._chroma:
            self._chroma.kill()
            self._chroma.wait(10)

    def go_on(self, seconds: float) -> None:
        actions: list[tuple[Callable[[], object], int]] = [
            (self.upload, 30),
            (self.cancel, 6),
            (self.retry, 6),
            (self.delete, 3),
            (self.kill_worker, 10),
            (self.kill_cluster, 2),
            (self.restart_cluster, 3),
            (self.restart_database, 1),
            (self.restart_chroma, 1),
        ]
        names, weights = zip(*actions, strict=True)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            (action,) = random.choices(names, weights)  # noqa: S311 - no secret
            # A job may have ended, and deleted its course, a moment ago.
            with suppress(JobStateError, Course.DoesNotExist):
                if action() is not False:
                    self.done[action.__name__] += 1
            time.sleep(random.uniform(0.2, 1.5))  # noqa: S311 - no secret

    def settle(self) -> None:
        """Leave it in peace until every job has ended, and clean up after the kills."""
        wait_until(lambda: not Job.objects.filter(status__in=OPEN_JOB).exists(), 300)
        for job in Job.objects.filter(status__in=(JobStatus.FAILED, JobStatus.CANCELLED)):
            with suppress(JobStateError):
                if Course.objects.filter(job=job).exists():
                    retry_job(job)
        wait_until(lambda: not Job.objects.filter(status__in=OPEN_JOB).exists(), 300)
        # A worker that was killed while it deleted a course leaves the file to the clean-up.
        settings.CLEANUP_UPLOADS = timedelta()
        call_command("cleanup", "--apply")

    # --- what people do

    def upload(self) -> object:
        if Job.objects.filter(status__in=OPEN_JOB).count() >= OPEN_AT_ONCE:
            return False
        contents = [make_pdf(), make_pdf(RIVERS[:2]), SAMPLE, *_hostile()]
        files = [
            SimpleUploadedFile(f"{n}.pdf", content)
            for n, content in enumerate(random.sample(contents, random.choice((1, 1, 2))))  # noqa: S311 - no secret
        ]
        with suppress(DocumentRejectedError):
            request_course(files=files, title=f"Soak {time.time():.0f}")
        return True

    def cancel(self) -> object:
        return self._any(OPEN_JOB, cancel_job)

    def retry(self) -> object:
        return self._any((JobStatus.FAILED, JobStatus.CANCELLED), retry_job)

    def delete(self) -> object:
        course = Course.objects.order_by("?").first()
        return delete_course(course) if course else False

    def _any(self, statuses: tuple[str, ...], act: Callable[[Job], object]) -> object:
        job = Job.objects.filter(status__in=statuses).order_by("?").first()
        return act(job) if job and Course.objects.filter(job=job).exists() else False

    # --- what befalls machines

    def kill_worker(self) -> object:
        return kill_worker_of() is not None

    def kill_cluster(self) -> None:
        place = random.randrange(2)  # noqa: S311 - no secret
        self._clusters[place].kill()
        self._clusters[place] = self._new_cluster()

    def restart_cluster(self) -> None:
        place = random.randrange(2)  # noqa: S311 - no secret
        old, self._clusters[place] = self._clusters[place], self._new_cluster()
        old.stop()

    def restart_database(self) -> None:
        with database_away(kill=random.random() < 0.5):  # noqa: S311 - no secret
            time.sleep(random.uniform(0, 3))  # noqa: S311 - no secret

    def restart_chroma(self) -> None:
        assert self._chroma is not None
        self._chroma.send_signal(signal.SIGKILL)
        self._chroma.wait(10)
        time.sleep(random.uniform(0, 4))  # noqa: S311 - no secret
        self._start_chroma()

    def _start_chroma(self) -> None:
        self._chroma = subprocess.Popen(
            chroma_server.command(
                settings.VAR_DIR / "chroma", host="127.0.0.1", port=self._port, open_indexes=2
            ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert wait_for_port(self._port, self._chroma)

    def _new_cluster(self) -> RunningCluster:
        # A worker may be killed more often here than in years of service.
        values = {"CHROMA_PORT": str(self._port), "JOB_STEP_ATTEMPTS": "1000"}
        return RunningCluster(log(0), workers=2, environment=values)


def _hostile() -> list[bytes]:
    return [b"%PDF-1.4\nnothing more", make_pdf()[:300]]
