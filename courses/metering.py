"""What a step's model calls cost, added up, and the budget of its job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from asgiref.sync import sync_to_async
from django.conf import settings

from jobs.errors import StepFailedError
from jobs.idle import IdleConnection
from jobs.runner import StepRun
from profai.ai.usage import Usage, metered


class StepMeter:
    """Counts for one step; refuses the next call once the job's budget is used up."""

    def __init__(self, run: StepRun) -> None:
        self._run = run
        self._connection = IdleConnection()

    async def allow(self) -> None:
        await sync_to_async(self._allow)()
        self._connection.touch()

    async def spend(self, usage: Usage) -> None:
        await sync_to_async(self._run.account)(
            tokens_in=usage.tokens_in, tokens_out=usage.tokens_out, cost=usage.cost
        )
        self._connection.touch()

    def _allow(self) -> None:
        """Raises StepFailedError over budget, and StepStoppedError for a cancelled job: a call
        that waits for its provider may be minutes old."""
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
