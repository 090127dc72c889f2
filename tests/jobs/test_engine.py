"""The job engine, step by step, on the real database and queue table."""

from __future__ import annotations

import logging
import uuid

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django_q.models import OrmQ

from jobs import lease
from jobs.errors import JobStateError
from jobs.lease import claim_step
from jobs.maintenance import sweep
from jobs.models import Job, JobStatus, Step, StepStatus
from jobs.pipelines import StepSpec, register
from jobs.runner import _run, run_step
from jobs.services import cancel_job, create_job, retry_job
from tests.jobs.handlers import ENDED, PIPELINE, expire, step
from tests.queue import work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pipeline() -> None:
    register(PIPELINE)
    ENDED.clear()


def make_job(*steps: StepSpec, **parameters: object) -> Job:
    return create_job(kind="test", title="A job", steps=steps, parameters=parameters)


def statuses(job: Job) -> dict[str, str]:
    return dict(job.steps.values_list("key", "status"))


def test_row_and_message_commit_together() -> None:
    with transaction.atomic():
        make_job(step("a"))
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert not OrmQ.objects.exists()


def test_steps_run_after_what_they_need_and_the_job_ends_once() -> None:
    job = make_job(step("b", "a"), step("a"))
    assert statuses(job) == {"b": "waiting", "a": "queued"}
    work(job)
    assert (job.status, job.progress, job.result) == ("completed", 100, {"last": "b"})
    assert job.completed_at is not None
    assert job.started_at is not None
    assert [(str(job.pk), "completed")] == ENDED


def test_a_stage_plans_what_follows_it() -> None:
    job = work(make_job(step("plan", stage="first"), more=["x", "y"]))
    assert statuses(job) == {"plan": "completed", "x": "completed", "y": "completed"}


def test_a_second_delivery_does_nothing() -> None:
    job = make_job(step("a"))
    pk = job.steps.get().pk
    assert run_step(pk) == "completed"
    assert run_step(pk) == "another worker has it"
    assert job.steps.get().attempts == 1


def test_a_step_under_lease_cannot_be_claimed() -> None:
    job = make_job(step("a"))
    claimed = claim_step(job.steps.get().pk)
    assert claimed is not None
    assert claim_step(claimed.pk) is None


def test_a_claim_whose_answer_was_lost_is_not_made_twice() -> None:
    """The database went away after the commit, and stayed away until the lease had lapsed."""
    job = make_job(step("a"))
    claim = uuid.uuid4()
    first = lease._claim(job.steps.get().pk, claim)
    expire(job.steps.get())
    second = lease._claim(job.steps.get().pk, claim)
    assert first == second
    assert second is not None
    assert (second.attempts, second.deaths) == (1, 0)


def test_a_job_queues_no_more_than_its_share() -> None:
    job = make_job(*(step(f"s{n}") for n in range(settings.JOB_QUEUED_STEPS + 3)))
    assert OrmQ.objects.count() == settings.JOB_QUEUED_STEPS
    assert work(job).status == JobStatus.COMPLETED


def test_a_failed_step_fails_the_job_but_not_its_neighbours() -> None:
    job = work(make_job(step("a", fail={"message": "Do this."}), step("b"), step("c", "a")))
    assert statuses(job) == {"a": "failed", "b": "completed", "c": "waiting"}
    assert (job.status, job.error, job.can_retry) == ("failed", "Do this.", True)
    assert [(str(job.pk), "failed")] == ENDED


def test_a_retryable_failure_is_tried_again_and_then_fails() -> None:
    job = work(make_job(step("a", fail={"message": "Busy.", "retryable": True})))
    step_ = job.steps.get()
    assert step_.retries == len(settings.JOB_RETRY_PAUSES) == step_.attempts - 1
    assert (job.status, job.error) == ("failed", "Busy.")


def test_a_defect_gives_staff_a_reference_and_the_log_a_trace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR, "jobs.runner"):
        job = work(make_job(step("a", **{"break": "secret words"})))
    assert f"{job.pk}/a" in job.error
    assert "secret words" not in job.error
    assert "ZeroDivisionError" in caplog.text


@pytest.fixture(params=["kind", "stage"])
def strange(request: pytest.FixtureRequest) -> Job:
    """A job that a newer release queued, before the site went back to this one."""
    job = make_job(step("a"), step("b", "a"))
    if request.param == "kind":
        Job.objects.filter(pk=job.pk).update(kind="newer")
    else:
        job.steps.update(stage="newer")
    return Job.objects.get(pk=job.pk)


def test_a_job_of_another_release_fails_in_words(strange: Job) -> None:
    work(strange)
    assert strange.status == "failed"
    assert "another release of ProfAI" in strange.error
    first = strange.steps.get(key="a")
    assert (first.status, first.deaths) == ("failed", 0)
    assert first.retries == len(settings.JOB_RETRY_PAUSES)


def test_a_job_of_another_release_is_done_by_workers_that_know_it(strange: Job) -> None:
    run_step(strange.steps.get(key="a").pk)
    assert "tried again" in strange.steps.get(key="a").message
    Job.objects.filter(pk=strange.pk).update(kind="test")
    strange.steps.update(stage="second")
    assert work(strange).status == "completed"


def test_a_job_of_another_release_can_be_cancelled(strange: Job) -> None:
    assert cancel_job(strange).status == "cancelled"


def test_a_worker_of_another_release_that_died_is_replaced(strange: Job) -> None:
    first = strange.steps.get(key="a")
    assert claim_step(first.pk) is not None
    expire(first)
    assert sweep() == 1
    assert work(strange).status == "failed"


def test_nobody_creates_a_job_of_a_kind_that_is_not_there() -> None:
    with pytest.raises(LookupError, match="newer"):
        create_job(kind="newer", title="x", steps=[])


def test_retry_runs_the_failed_steps_only() -> None:
    job = work(make_job(step("a"), step("b", fail={"message": "No."}), step("c", "b")))
    Step.objects.filter(job=job, key="b").update(parameters={"do": []})
    work(retry_job(job))
    job.refresh_from_db()
    assert (job.status, job.error) == ("completed", "")
    assert job.steps.get(key="a").attempts == 1


def test_a_final_failure_cannot_be_retried() -> None:
    job = work(make_job(step("a", fail={"message": "Unreadable.", "final": True})))
    with pytest.raises(JobStateError, match="Unreadable"):
        retry_job(job)


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.PENDING])
def test_only_an_ended_job_without_success_can_be_retried(status: JobStatus) -> None:
    job = make_job(step("a"))
    if status == JobStatus.COMPLETED:
        work(job)
    with pytest.raises(JobStateError, match=status.value):
        retry_job(job)


def test_cancel_before_the_start_ends_the_job_at_once() -> None:
    job = cancel_job(make_job(step("a"), step("b", "a")))
    assert job.status == JobStatus.CANCELLED
    assert set(statuses(job).values()) == {"cancelled"}
    work(job)
    assert set(statuses(job).values()) == {"cancelled"}


def test_cancel_stops_a_running_step_between_two_calls() -> None:
    job = work(make_job(step("a", cancel=True, units=4), step("b", "a")))
    assert statuses(job) == {"a": "cancelled", "b": "cancelled"}
    assert (job.status, job.error) == ("cancelled", "")


def test_a_step_that_finishes_after_a_cancel_starts_nothing_more() -> None:
    job = work(make_job(step("a", stage="first", cancel=True), more=["x"]))
    assert statuses(job) == {"a": "completed", "x": "cancelled"}
    assert job.status == JobStatus.CANCELLED


def test_an_ended_job_cannot_be_cancelled() -> None:
    job = work(make_job(step("a")))
    with pytest.raises(JobStateError, match="completed"):
        cancel_job(job)


def test_progress_counts_units_by_stage_and_never_falls() -> None:
    job = make_job(step("a", units=10), step("b", "a", fail={"message": "No."}))
    first, second = job.steps.order_by("position")
    run_step(first.pk)
    job.refresh_from_db()
    assert (first.pk, job.progress) == (first.pk, 25)
    run_step(second.pk)
    job.refresh_from_db()
    assert job.progress == 25
    assert Step.objects.get(pk=first.pk).units_done == 10


def test_the_sweep_puts_back_a_step_whose_lease_ran_out() -> None:
    job = make_job(step("a"))
    OrmQ.objects.all().delete()
    claimed = claim_step(job.steps.get().pk)
    assert claimed is not None
    assert sweep() == 0
    expire(claimed)
    assert sweep() == 1
    assert work(job).status == JobStatus.COMPLETED
    assert job.steps.get().attempts == 2


def test_a_worker_that_lost_its_lease_writes_nothing() -> None:
    job = make_job(step("a", steal=True), step("b", "a"))
    assert run_step(job.steps.get(key="a").pk) == "the lease was lost"
    assert statuses(job) == {"a": "running", "b": "waiting"}
    job.refresh_from_db()
    assert job.result is None


def test_a_worker_that_lost_its_lease_reports_nothing() -> None:
    job = make_job(step("a", steal=True, units=4))
    run_step(job.steps.get().pk)
    job.refresh_from_db()
    assert (job.message, job.progress) == ("Do a", 0)
    assert job.steps.get().units_done == 0


def test_a_worker_that_slept_before_it_began_does_not_begin() -> None:
    job = make_job(step("a"))
    asleep = claim_step(job.steps.get().pk)
    assert asleep is not None
    expire(asleep)
    again = claim_step(asleep.pk)
    assert again is not None
    Job.objects.update(message="What the other one does")
    assert _run(asleep) == "the lease was lost"
    job.refresh_from_db()
    assert (job.message, job.status) == ("What the other one does", JobStatus.PENDING)


def test_a_job_that_was_deleted_leaves_its_step_in_peace() -> None:
    job = make_job(step("a", sql="DELETE FROM jobs_step; DELETE FROM jobs_job"))
    assert run_step(job.steps.get().pk) == "the job was deleted"


def test_a_step_that_kills_its_worker_is_given_up() -> None:
    job = make_job(step("a"))
    pk = job.steps.get().pk
    OrmQ.objects.all().delete()
    for _ in range(settings.JOB_STEP_ATTEMPTS):
        claimed = claim_step(pk)
        assert claimed is not None
        expire(claimed)
    sweep()
    assert work(job).status == JobStatus.FAILED
    assert "3 times" in job.error


def test_the_sweep_sends_a_lost_message_again() -> None:
    job = make_job(step("a"))
    OrmQ.objects.all().delete()
    assert sweep() == 0
    job.steps.update(queued_at="2020-01-01T00:00Z")
    assert sweep() == 1
    assert work(job).status == JobStatus.COMPLETED


def test_the_sweep_ends_a_cancelled_job_whose_worker_died() -> None:
    job = make_job(step("a"))
    claimed = claim_step(job.steps.get().pk)
    assert claimed is not None
    cancel_job(job)
    expire(claimed)
    assert sweep() == 1
    job.refresh_from_db()
    assert job.status == JobStatus.CANCELLED


@pytest.mark.parametrize(
    "values",
    [
        {"status": "lost"},
        {"progress": 101},
        {"status": "completed", "completed_at": None},
        {"completed_at": "2020-01-01T00:00Z"},
    ],
)
def test_the_database_refuses_an_impossible_job(values: dict[str, object]) -> None:
    job = make_job(step("a"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"status": "lost"},
        {"units_done": 2, "units_total": 1},
        {"status": StepStatus.RUNNING},
        {"lease_until": "2020-01-01T00:00Z"},
        {"key": "b"},
        {"position": 2},
    ],
)
def test_the_database_refuses_an_impossible_step(values: dict[str, object]) -> None:
    job = make_job(step("a"), step("b"))
    with pytest.raises(IntegrityError), transaction.atomic():
        job.steps.filter(key="a").update(**values)
