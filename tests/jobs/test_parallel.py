"""Work side by side in one step: how many at once, and what one failure does to the rest."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable

import pytest
from asgiref.sync import sync_to_async

from jobs import parallel
from jobs.errors import StepHandedBackError, StepStoppedError
from jobs.lease import Lease, claim_step
from jobs.models import Step
from jobs.parallel import for_each, run_in_loop, touch_connection
from jobs.pipelines import register
from jobs.runner import Current, StepRun
from jobs.services import cancel_job, create_job
from tests.jobs.handlers import PIPELINE, step
from tests.waiting import LONG

pytestmark = pytest.mark.django_db


class BadItemError(Exception):
    pass


class FatalError(Exception):
    pass


@pytest.fixture
def run() -> StepRun:
    register(PIPELINE)
    job = create_job(kind="test", title="Test", steps=[step("one", stage="first")])
    claimed = claim_step(job.steps.get().pk)
    assert claimed
    return StepRun(claimed, Lease(claimed))


class Work:
    """Counts what was begun and ended; items in `bad` raise. None ends before `together` are
    under way."""

    def __init__(self, *, together: int = 1, **bad: type[Exception]) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.most = 0
        self._together, self._enough = together, asyncio.Event()
        self._bad = bad

    async def __call__(self, item: str) -> str:
        self.begun.append(item)
        self.most = max(self.most, len(self.begun) - len(self.ended))
        if self.most >= self._together:
            self._enough.set()
        await asyncio.wait_for(self._enough.wait(), LONG)
        await asyncio.sleep(0.01)
        self.ended.append(item)
        if item in self._bad:
            raise self._bad[item](item)
        return f"Did {item}"


def test_no_more_than_the_limit_run_at_once(run: StepRun) -> None:
    work = Work(together=3)
    for_each(run, list("abcdefgh"), work, at_once=3)
    assert (sorted(work.ended), work.most) == (list("abcdefgh"), 3)


def test_units_go_on_from_an_earlier_try(run: StepRun) -> None:
    for_each(run, list("ab"), Work(), done=3, at_once=1)
    row = Step.objects.get()
    assert (row.units_done, row.units_total, row.message) == (5, 5, "Did b")


def test_after_a_failure_what_is_under_way_is_finished_and_nothing_begun(run: StepRun) -> None:
    work = Work(a=FatalError)
    with pytest.raises(FatalError):
        for_each(run, list("abcdefgh"), work, at_once=2)
    assert work.begun == work.ended
    assert set("ab") <= set(work.begun) < set("abcd")


def test_an_error_of_one_item_stops_no_other_item(run: StepRun) -> None:
    work = Work(a=BadItemError)
    with pytest.raises(BadItemError):
        for_each(run, list("abcd"), work, at_once=2, item_errors=BadItemError)
    assert sorted(work.ended) == list("abcd")


def test_a_fatal_error_is_raised_before_an_error_of_one_item(run: StepRun) -> None:
    work = Work(a=BadItemError, c=FatalError)
    with pytest.raises(FatalError):
        for_each(run, list("abcd"), work, at_once=1, item_errors=BadItemError)
    assert work.ended == list("abc")


def after_b(work: Work, act: Callable[[], object]) -> Callable[[str], Awaitable[str]]:
    async def acting(item: str) -> str:
        message = await work(item)
        if item == "b":
            await sync_to_async(act)()
        return message

    return acting


def test_a_stopping_worker_begins_no_other_item(
    run: StepRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work()
    stopping = after_b(work, lambda: monkeypatch.setattr(Current, "stopping", True))
    with pytest.raises(StepHandedBackError):
        for_each(run, list("abcd"), stopping, at_once=1)
    assert work.ended == ["a", "b"]


def test_a_cancelled_job_begins_no_other_item(run: StepRun) -> None:
    work = Work()
    cancelling = after_b(work, lambda: cancel_job(run.job))
    with pytest.raises(StepStoppedError):
        for_each(run, list("abcd"), cancelling, at_once=1)
    assert work.ended == ["a", "b"]


def test_no_task_that_closes_the_connection_is_left_when_the_loop_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left: list[str] = []

    async def call_a_model() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: left.append(context["message"])
        )
        touch_connection()

    # Somewhere among these the connection is due exactly when the loop ends.
    for pause in range(0, 1000, 2):
        monkeypatch.setattr(parallel, "RELEASE_AFTER", pause / 1_000_000)
        run_in_loop(call_a_model)
    gc.collect()
    assert left == []
