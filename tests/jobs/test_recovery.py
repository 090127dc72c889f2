"""Who is taken for dead and who is not: leases, lost messages, clocks, absent databases."""

from __future__ import annotations

import errno
import logging
import os
import signal
from datetime import timedelta
from typing import Any, cast

import pytest
from django.conf import settings
from django.db import DataError, OperationalError, connection
from django.utils import timezone
from django_q.models import OrmQ

from jobs import dispatch
from jobs.broker import Broker
from jobs.cluster import FORK, IDLE, Worker
from jobs.db_retry import retry_on_db_outage
from jobs.lease import Lease, claim_step
from jobs.maintenance import Maintenance, sweep
from jobs.models import Job, JobStatus, Step, StepStatus
from jobs.pipelines import StepSpec, register
from jobs.runner import Current, hand_back_current, run_step
from jobs.services import cancel_job, create_job, retry_job
from jobs.worker import Stopping, WorkerQueues
from tests.invariants import broken
from tests.jobs.handlers import PIPELINE, expire, step
from tests.queue import work
from tests.waiting import LONG

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pipeline() -> None:
    register(PIPELINE)


def make_job(*steps: StepSpec) -> Job:
    return create_job(kind="test", title="A job", steps=steps)


def claimed(job: Job) -> Step:
    step = claim_step(job.steps.get(status=StepStatus.QUEUED).pk)
    assert step is not None
    return step


def test_a_message_is_delivered_once_oldest_first_and_not_before_its_time() -> None:
    broker = Broker()
    late = Broker(delay=timedelta(minutes=1))
    late.enqueue("late")
    numbers = [broker.enqueue(text) for text in "abc"]
    assert broker.take(2) == list(zip(numbers[:2], "ab", strict=True))
    assert broker.dequeue() == [(numbers[2], "c")]
    assert broker.take() == []
    assert OrmQ.objects.get().payload == "late"


def test_a_lost_message_is_found_while_others_wait() -> None:
    lost, waiting = make_job(step("a")), make_job(step("b"))
    Step.objects.update(queued_at="2020-01-01T00:00Z")
    OrmQ.objects.order_by("pk")[0].delete()
    assert sweep() == 1
    assert sweep() == 0
    assert OrmQ.objects.count() == 2
    assert work(lost).status == JobStatus.COMPLETED
    waiting.refresh_from_db()
    assert waiting.status == JobStatus.COMPLETED


def test_a_long_queue_is_not_read_to_find_a_lost_message(
    django_assert_num_queries: Any,
) -> None:
    for number in range(3):
        make_job(step(f"a{number}"))
    Step.objects.update(queued_at="2020-01-01T00:00Z")
    OrmQ.objects.update(payload="a message that nobody can read")
    # Steps whose lease ran out, and steps without a message.
    with django_assert_num_queries(2):
        assert sweep() == 0


def test_a_step_that_was_claimed_meanwhile_is_not_put_back() -> None:
    job = make_job(step("a"))
    expire(claimed(job))
    seen = job.steps.get()
    again = claim_step(seen.pk)
    assert again is not None
    assert sweep() == 0
    assert job.steps.get().claim == again.claim


def test_a_clock_that_was_set_back_does_not_hide_a_dead_worker() -> None:
    dead = claimed(make_job(step("a")))
    Step.objects.filter(pk=dead.pk).update(lease_until=timezone.now() + timedelta(days=1))
    assert sweep() == 1


def test_leases_and_messages_do_not_look_at_the_machines_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: tomorrow)
    job = make_job(step("a"))
    assert len(Broker().take()) == 1
    held = claimed(job)
    assert held.lease_until is not None
    assert held.lease_until < tomorrow - timedelta(hours=23)
    assert sweep() == 0


def test_after_a_jump_of_the_clock_the_living_get_time_to_renew() -> None:
    maintenance = Maintenance()
    assert maintenance.tick() == 0
    expire(claimed(make_job(step("a"))))
    seen: Any = maintenance._seen
    maintenance._seen = (seen[0] - timedelta(hours=1), seen[1])
    assert maintenance.tick() == 0
    assert maintenance.pause() == settings.JOB_LEASE.total_seconds() / 2
    assert maintenance.tick() == 1
    assert maintenance.pause() == settings.JOB_SWEEP.total_seconds()


def test_after_an_absence_of_the_database_the_living_get_time_to_renew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> int:
        raise OperationalError("the server is shutting down")

    expire(claimed(make_job(step("a"))))
    monkeypatch.setattr(connection, "close", lambda: None)
    maintenance = Maintenance()
    with monkeypatch.context() as away:
        away.setattr("jobs.maintenance.sweep", fail)
        assert maintenance.tick() == 0
    # The first answer begins the time to renew; it does not end it.
    assert maintenance.tick() == 0
    assert maintenance.pause() == settings.JOB_LEASE.total_seconds() / 2
    assert maintenance.tick() == 1


def test_schedules_are_looked_at_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr("jobs.maintenance.scheduler", lambda broker: seen.append(broker))  # noqa: PLW0108 - the name of the argument counts
    maintenance = Maintenance()
    maintenance.tick()
    maintenance._scheduled_at -= 31
    maintenance.tick()
    maintenance.tick()
    assert len(seen) == 1


def test_a_stopping_worker_hands_back_without_a_mark_on_the_step() -> None:
    job = make_job(step("a"))
    for _ in range(5):
        Current.step = claimed(job)
        hand_back_current()
        Current.step = None
        OrmQ.objects.all().delete()
    found = job.steps.get()
    assert (found.status, found.attempts, found.deaths) == (StepStatus.QUEUED, 5, 0)
    run_step(found.pk)
    assert job.steps.get().status == StepStatus.COMPLETED


def test_hand_backs_without_end_count_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.runner.MAX_HAND_BACKS", 1)
    job = make_job(step("a"))
    for _ in range(1 + settings.JOB_STEP_ATTEMPTS):
        Current.step = claimed(job)
        hand_back_current()
    Current.step = None
    assert work(job).status == JobStatus.FAILED
    assert "3 times" in job.error


def test_a_cancelled_step_is_not_handed_back() -> None:
    job = make_job(step("a"))
    Current.step = claimed(job)
    cancel_job(job)
    hand_back_current()
    Current.step = None
    job.refresh_from_db()
    assert job.status == JobStatus.CANCELLED


def test_no_new_item_is_begun_by_a_worker_that_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Current, "stopping", True)
    job = make_job(step("a", more=1))
    run_step(job.steps.get().pk)
    found = job.steps.get()
    assert (found.status, found.hand_backs) == (StepStatus.QUEUED, 1)


def test_a_full_disk_is_waited_for_and_then_told(caplog: pytest.LogCaptureFixture) -> None:
    job = make_job(step("a", oserror=errno.ENOSPC))
    run_step(job.steps.get().pk)
    waiting = job.steps.get()
    assert (waiting.status, waiting.retries) == (StepStatus.QUEUED, 1)
    assert "disk of the worker is full" in waiting.message
    assert work(job).status == JobStatus.FAILED


def test_another_error_of_the_system_is_a_defect() -> None:
    assert work(make_job(step("a", oserror=errno.EACCES))).status == JobStatus.FAILED


def test_a_plan_or_an_end_that_breaks_still_ends_the_job(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken_part(_job: Job) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tests.jobs.handlers.more", broken_part)
    monkeypatch.setattr("tests.jobs.handlers.ended", broken_part)
    with caplog.at_level(logging.ERROR):
        job = work(make_job(step("a", stage="first")))
    assert (job.status, job.steps.get().status) == (JobStatus.FAILED, StepStatus.FAILED)
    assert "What follows the end of job" in caplog.text


def test_times_add_up_over_tries() -> None:
    job = make_job(step("a", fail={"message": "No."}))
    early = timezone.now() - timedelta(seconds=30)
    Job.objects.update(queued_at=early)
    Step.objects.update(queued_at=early)
    work(job)
    assert 30 <= job.queue_time.total_seconds() < 30 + LONG
    assert 30 <= job.steps.get().queue_time.total_seconds() < 30 + LONG
    job = retry_job(job)
    Job.objects.update(queued_at=early)
    work(job)
    assert 60 <= job.queue_time.total_seconds() < 60 + 2 * LONG
    assert 0 < job.run_time.total_seconds() < LONG
    assert broken(files=False, index=False) == []


def test_the_invariants_find_what_is_wrong() -> None:
    job = make_job(step("a"))
    found = broken(files=False, index=False)
    assert any("still open" in line for line in found)
    assert any("a message waits" in line for line in found)
    work(job)
    Job.objects.update(progress=50, started_at=None)
    Step.objects.update(status=StepStatus.WAITING)
    words = " ".join(broken(files=False, index=False))
    for part in ("not at 100%", "other steps", "never started", "under way"):
        assert part in words


# --- without a database that answers


def test_only_a_lost_connection_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    @retry_on_db_outage
    def work_once() -> None:
        calls.append(1)
        raise OperationalError("no")

    with pytest.raises(OperationalError):
        work_once()  # inside the transaction of the test
    assert len(calls) == 1


@pytest.mark.django_db(transaction=True)
def test_patience_tries_again_and_has_an_end(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr("jobs.db_retry.PAUSES", (0.01,))
    answers: list[str] = ["lost", "lost", "done"]

    @retry_on_db_outage
    def work_at_last() -> str:
        answer = answers.pop(0)
        if answer == "lost":
            connection.close()
            raise OperationalError("the connection was lost")
        return answer

    assert work_at_last() == "done"
    settings.JOB_DATABASE_PATIENCE = timedelta()
    answers[:] = ["lost"] * 3
    with pytest.raises(OperationalError):
        work_at_last()

    @retry_on_db_outage
    def wrong() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

    with pytest.raises(DataError):
        wrong()


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_cannot_be_done_is_tried_again_later() -> None:
    job = make_job(step("a", sql="SET statement_timeout = 1; SELECT pg_sleep(1)"))
    run_step(job.steps.get().pk)
    connection.close()
    found = job.steps.get()
    assert (found.status, found.retries) == (StepStatus.QUEUED, 1)
    assert "could not do what was asked" in found.message


@pytest.mark.django_db(transaction=True)
def test_a_queues_drops_what_we_did_not_write_and_stops_when_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Set again at the end: this process goes on, with other tests.
    monkeypatch.setattr(Current, "stopping", False)
    stopping = Stopping()
    queues = WorkerQueues(Broker(), stopping, FORK.Value("f", IDLE))
    Broker().enqueue("nonsense")
    job = make_job(step("a"))
    task = queues.get()
    assert isinstance(task, dict)
    assert task["args"] == (job.steps.get().pk,)
    stopping.set()
    stopping.set()
    assert queues.get() == "STOP"


def test_a_worker_that_its_own_alarm_cannot_end_is_counted_down() -> None:
    timer = FORK.Value("f", 2.0)
    hanging = Worker(cast("Any", None), timer)
    assert [hanging.is_late(1.0), hanging.is_late(1.5), hanging.is_late(9)] == [False, True, False]
    timer.value = IDLE
    assert not hanging.is_late(9)


def test_a_lock_that_a_killed_worker_took_along_stops_no_guard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jobs.cluster.CYCLE", 0.01)
    timer = FORK.Value("f", 2.0)
    killed = FORK.Process(target=_die_with, args=(timer,))
    killed.start()
    killed.join()
    assert not Worker(killed, timer).is_late(9)
    assert not Worker(killed, timer).was_recycled


def _die_with(timer: Any) -> None:
    timer.get_lock().acquire()
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_step_that_cannot_be_put_back_keeps_no_other_from_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = (claimed(make_job(step("a"))) for _ in range(2))
    for one in (bad, good):
        expire(one)
    queue = dispatch.queue_step

    def queue_step(step: Step, **values: Any) -> int:
        if step.pk == bad.pk:
            raise LookupError("no such kind")
        return queue(step, **values)

    monkeypatch.setattr("jobs.maintenance.queue_step", queue_step)
    assert sweep() == 1
    good.refresh_from_db()
    assert good.status == StepStatus.QUEUED
    assert f"Step {bad.pk} of job {bad.job_id} could not be put back" in caplog.text


def test_a_lease_is_renewed_after_an_error_that_nobody_foresaw(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lease = Lease(claimed(make_job(step("a"))))
    # It is that of the test here, not that of a thread.
    monkeypatch.setattr(connection, "close", lambda: None)

    def broken(*_args: object) -> None:
        raise RuntimeError("defect")

    with monkeypatch.context() as patch:
        patch.setattr("jobs.lease.held", broken)
        assert lease._renew_once() is False
    assert "Could not renew the lease" in caplog.text
    assert lease._renew_once() is True
    assert not lease.lost.is_set()
