"""What a step's model calls cost, added up, and the budget of its job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models import F

from courses.models import Course
from engine.llm.usage import Usage, metered
from jobs.db_retry import retry_on_db_outage
from jobs.errors import StepFailedError
from jobs.parallel import touch_connection
from jobs.runner import StepRun


class StepMeter:
    """Counts for one step; refuses the next call once the job's budget is used up."""

    def __init__(self, run: StepRun) -> None:
        self._run = run

    async def allow(self) -> None:
        await sync_to_async(self._allow)()
        touch_connection()

    async def spend(self, usage: Usage) -> None:
        await sync_to_async(self._spend)(usage)
        touch_connection()

    @retry_on_db_outage
    @transaction.atomic
    def _spend(self, usage: Usage) -> None:
        """Adds to the course what `account` adds to its job, so that the figure is kept when the
        job is deleted.
        """
        Course.objects.filter(pk=self._run.job.parameters.get("course")).update(
            calls=F("calls") + 1,
            tokens_in=F("tokens_in") + usage.tokens_in,
            tokens_out=F("tokens_out") + usage.tokens_out,
            cost=F("cost") + usage.cost,
        )
        self._run.account(tokens_in=usage.tokens_in, tokens_out=usage.tokens_out, cost=usage.cost)

    def _allow(self) -> None:
        """Raises StepFailedError if the budget is used up, and StepStoppedError if the job was
        cancelled.

        The second can happen because a call may have waited for its provider for minutes.
        """
        self._run.check()
        if not (settings.LLM_JOB_BUDGET or settings.LLM_JOB_TOKENS):
            return
        tokens, cost = self._run.spent()
        if settings.LLM_JOB_BUDGET and cost >= settings.LLM_JOB_BUDGET:
            raise StepFailedError(
                f"The job has used ${cost:.2f} of its budget of ${settings.LLM_JOB_BUDGET:.2f}. "
                "What is finished is kept: raise LLM_JOB_BUDGET and retry to go on."
            )
        if settings.LLM_JOB_TOKENS and tokens >= settings.LLM_JOB_TOKENS:
            raise StepFailedError(
                f"The job has used {tokens} tokens, its limit is {settings.LLM_JOB_TOKENS}. "
                "What is finished is kept: raise LLM_JOB_TOKENS and retry to go on."
            )


@contextmanager
def metering(run: StepRun) -> Iterator[None]:
    with metered(StepMeter(run)):
        yield
