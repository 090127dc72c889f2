"""The kinds of jobs: their stages and weights, and the dotted paths of the functions that do the
work.

Apps register their pipelines and sweeps here, because the job engine imports no app.
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
    """A kind of step. The steps of a stage share its `weight` in the job's progress.

    `handler` is the dotted path of a function `(run: StepRun) -> None`, which does a step. `then`,
    if given, is the dotted path of a function `(job: Job) -> Sequence[StepSpec]`, which plans the
    steps that follow a completed step; it is called in the transaction that completes the step.
    """

    name: str
    title: str
    weight: int
    handler: str
    then: str = ""


@dataclass(frozen=True, slots=True)
class StepSpec:
    """A step to be created. `needs` are the keys of steps of the same job that must be completed
    first.
    """

    key: str
    stage: str
    name: str
    needs: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    units_total: int = 0


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A kind of job. These fields are dotted paths:

    `on_end`: a function `(job: Job) -> None`, called once when a job has ended.
    `subject`: a function `(job: Job) -> Model | None`, which finds the row that a job is about.
    `lock`: a function `(job: Job) -> bool`, which locks that row and returns whether it exists.
    `result`: a serializer class for what the API shows of `Job.result` of a finished job.
    `preload`: functions `() -> None`, which load data that steps need and that takes much time or
    memory. A cluster calls them once, before it forks its workers. They leave no thread running.
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
        """Returns the stage with this name. Raises StepFailedError if this release has none."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        # Retryable, because while a site is updated, a worker of the other release may take the
        # step at the next try.
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
    """Registers the dotted path of a function `() -> int`, which each maintenance process calls at
    each of its ticks.

    Several processes may call it at the same time.
    """
    _sweeps[path] = None


def registered_sweeps() -> Sequence[str]:
    return list(_sweeps)


def pipeline_for(kind: str) -> Pipeline:
    """Returns the pipeline of a kind. For a kind that is not registered, returns an empty pipeline,
    so that jobs of another release can be ended, cancelled and deleted.
    """
    return _pipelines.get(kind) or Pipeline(kind=kind, title=kind, stages=())


def registered() -> Sequence[Pipeline]:
    return list(_pipelines.values())


def stage_title(kind: str, name: str) -> str:
    """Returns the stage's title, or its name if its kind or stage is no longer registered."""
    return next((one.title for one in pipeline_for(kind).stages if one.name == name), name)


def subject_of(job: Job) -> Model | None:
    """Returns the row that a job is about, if its kind has one and it still exists."""
    path = pipeline_for(job.kind).subject
    found: Model | None = load(path)(job) if path else None
    return found


def is_subject_gone(job: Job) -> bool:
    """Whether the row that the job is about was deleted."""
    return bool(pipeline_for(job.kind).subject) and subject_of(job) is None


def lock_subject(job: Job) -> bool:
    """Locks the row that a job is about; returns False if it was deleted. Call it before the job's
    own row is locked.
    """
    path = pipeline_for(job.kind).lock
    return not path or load(path)(job)


def load(path: str) -> Callable[..., Any]:
    loaded: Callable[..., Any] = import_string(path)
    return loaded
