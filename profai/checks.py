"""System checks: settings that would only be found wrong long after the start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from courses.generation.engines import ENGINES


def check_settings(**_: Any) -> list[CheckMessage]:
    return [*_queue(), *_engine(), *_concurrency()]


def _queue() -> list[CheckMessage]:
    timeout, retry = settings.Q_CLUSTER["timeout"], settings.Q_CLUSTER["retry"]
    if retry > timeout:
        return []
    return [
        Error(
            f"Q_RETRY is {retry} s and Q_TIMEOUT {timeout} s: a long step would run twice.",
            hint="Set Q_RETRY higher than Q_TIMEOUT.",
            id="profai.E001",
        )
    ]


def _engine() -> list[CheckMessage]:
    if settings.COURSE_ENGINE in ENGINES:
        return []
    return [
        Error(
            f"COURSE_ENGINE is “{settings.COURSE_ENGINE}”, which is no engine of ProfAI.",
            hint=f"Choose one of: {', '.join(sorted(ENGINES))}.",
            id="profai.E002",
        )
    ]


def _concurrency() -> list[CheckMessage]:
    if settings.LLM_CONCURRENCY >= 1:
        return []
    return [
        Error(
            f"LLM_CONCURRENCY is {settings.LLM_CONCURRENCY}: nothing could ever be written.",
            hint="Set LLM_CONCURRENCY to 1 or more.",
            id="profai.E003",
        )
    ]
