"""Workers for tests that need no process of their own."""

from __future__ import annotations

from datetime import timedelta

from django.test import override_settings
from django_q.models import OrmQ

from jobs.models import Job
from jobs.runner import run_step
from tests.waiting import LONG


def work(job: Job) -> Job:
    """Deliver what is queued, one by one, until nothing is, as workers would.

    What is to be tried later is tried at once. Within a test's transaction nobody can renew a
    lease, so leases are long.
    """
    with override_settings(JOB_LEASE=timedelta(seconds=LONG)):
        while OrmQ.objects.exists():
            message = OrmQ.objects.order_by("id")[0]
            message.delete()
            run_step(message.task["args"][0])
    job.refresh_from_db()
    return job
