"""The kinds of jobs: their stages and weights, and the functions that do the work, by dotted path.

Apps register their pipelines and sweeps here; the job engine imports no app.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.module_loading import import_string

from jobs.errors import StepFailedError

if TYPE_CHECKING:
    from django.db.models import Model

    from jobs.models import Job


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage's steps share its `weight` in the job's progress.

    `handler` is a dotted path to `(run: StepRun) -> None`. `then`, if given, is one to
    `(job: Job) -> Sequence[StepSpec]` and plans what follows a completed step; it runs in
    the transaction that completes it.
    """

    name: str
    title: str
    weight: int
    handler: str
    then: str = ""


@dataclass(frozen=True, slots=True)
class StepSpec:
    """A step that is to be created; `needs` are keys of steps of the same job."""

    key: str
    stage: str
    name: str
    needs: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    units_total: int = 0


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`on_end`, a dotted path to `(job: Job) -> None`, is called once when a job has ended.

    `subject`, one to `(job: Job) -> Model | None`, finds the row that a job is about; `lock`, one
    to `(job: Job) -> bool`, locks that row and says whether it is still there. `result`, one to a
    serializer class, says what the API shows of a finished job's `result`. `preload` are paths to
    `() -> None` that load what steps need and what takes long or much memory; a cluster calls them
    once, before it forks its workers. They leave no thread running.
    """

    kind: str
    title: str
    stages: tuple[Stage, ...]
    on_end: str = ""
    subject: str = ""
    result: str = ""
    lock: str = ""
    preload: tuple[str, ...] = ()

    def stage(self, name: str) -> Stage:
        """Raises StepFailedError for a stage that this release does not have."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        # While a site is updated, a worker of the other release may take the step next time.
        raise StepFailedError(
            "This step is of another release of ProfAI, and this release cannot do it. Update "
            "ProfAI on all machines with workers and retry the job, or delete it.",
            retryable=True,
        )


_pipelines: dict[str, Pipeline] = {}
_sweeps: dict[str, None] = {}


def register(pipeline: Pipeline) -> None:
    _pipelines[pipeline.kind] = pipeline


def register_sweep(path: str) -> None:
    """Has each maintenance process call `path`, which leads to `() -> int`, at each of its ticks.

    Several processes may call it at the same time.
    """
    _sweeps[path] = None


def registered_sweeps() -> Sequence[str]:
    return list(_sweeps)


def pipeline_for(kind: str) -> Pipeline:
    """Returns an empty pipeline for a kind that nobody registered: jobs of another release can be
    ended, cancelled and deleted."""
    return _pipelines.get(kind) or Pipeline(kind=kind, title=kind, stages=())


def registered() -> Sequence[Pipeline]:
    return list(_pipelines.values())


def stage_title(kind: str, name: str) -> str:
    """Returns the stage's title; its bare name if its kind or stage is no longer registered."""
    return next((one.title for one in pipeline_for(kind).stages if one.name == name), name)


def subject_of(job: Job) -> Model | None:
    """Returns the row a job is about, if its kind has one and it still exists."""
    path = pipeline_for(job.kind).subject
    found: Model | None = load(path)(job) if path else None
    return found


def is_subject_gone(job: Job) -> bool:
    """Whether the row that the job is about was deleted."""
    return bool(pipeline_for(job.kind).subject) and subject_of(job) is None


def lock_subject(job: Job) -> bool:
    """Locks the row that a job is about, before the job's own; returns False where it is gone."""
    path = pipeline_for(job.kind).lock
    return not path or load(path)(job)


def load(path: str) -> Callable[..., Any]:
    loaded: Callable[..., Any] = import_string(path)
    return loaded
