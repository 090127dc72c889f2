"""The kinds of jobs there are: stages, weights, and who does the work, by dotted path.

Apps hand their pipelines in; this module knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.module_loading import import_string


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
    """`on_end`, a dotted path to `(job: Job) -> None`, is called once when a job has ended."""

    kind: str
    title: str
    stages: tuple[Stage, ...]
    on_end: str = ""

    def stage(self, name: str) -> Stage:
        return next(stage for stage in self.stages if stage.name == name)


_pipelines: dict[str, Pipeline] = {}


def register(pipeline: Pipeline) -> None:
    _pipelines[pipeline.kind] = pipeline


def pipeline_for(kind: str) -> Pipeline:
    """Raises LookupError for a kind that nobody registered."""
    return _pipelines[kind]


def load(path: str) -> Callable[..., Any]:
    loaded: Callable[..., Any] = import_string(path)
    return loaded
