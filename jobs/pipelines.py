"""The kinds of jobs there are: stages, weights, and who does the work, by dotted path.

Apps hand their pipelines in; this module knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.module_loading import import_string

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
    """A step to be; `needs` are keys of steps of the same job."""

    key: str
    stage: str
    name: str
    needs: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    units_total: int = 0


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`on_end`, a dotted path to `(job: Job) -> None`, is called once when a job has ended.

    `subject`, one to `(job: Job) -> Model | None`, finds the row that a job is about.
    """

    kind: str
    title: str
    stages: tuple[Stage, ...]
    on_end: str = ""
    subject: str = ""

    def stage(self, name: str) -> Stage:
        return next(stage for stage in self.stages if stage.name == name)


_pipelines: dict[str, Pipeline] = {}


def register(pipeline: Pipeline) -> None:
    _pipelines[pipeline.kind] = pipeline


def pipeline_for(kind: str) -> Pipeline:
    """Raises LookupError for a kind that nobody registered."""
    return _pipelines[kind]


def registered() -> Sequence[Pipeline]:
    return list(_pipelines.values())


def stage_title(kind: str, name: str) -> str:
    """In words; the bare name for a kind or stage that is no longer registered."""
    pipeline = _pipelines.get(kind)
    titles = {stage.name: stage.title for stage in pipeline.stages} if pipeline else {}
    return titles.get(name, name)


def subject_of(job: Job) -> Model | None:
    """The row a job is about, if its kind has one and it still exists."""
    pipeline = _pipelines.get(job.kind)
    if pipeline is None or not pipeline.subject:
        return None
    found: Model | None = load(pipeline.subject)(job)
    return found


def load(path: str) -> Callable[..., Any]:
    loaded: Callable[..., Any] = import_string(path)
    return loaded
