"""System checks: settings that would only be found wrong long after the start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's own name

from courses.generation.engines import ENGINES, FALLBACKS, LLM
from profai.ai.configuration import Problem, llm_problems
from quizzes.generation.schemas import Difficulty


def check_settings(**_: Any) -> list[CheckMessage]:
    return [
        *_queue(),
        *_engine(),
        *_concurrency(),
        *_mix(),
        *_fallback(),
        *_language_model(),
    ]


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


def _mix() -> list[CheckMessage]:
    mix = settings.QUIZ_MIX
    try:
        good = set(mix) <= set(Difficulty) and min(mix.values()) >= 0 < sum(mix.values())
    except (AttributeError, TypeError, ValueError):
        good = False
    if good:
        return []
    return [
        Error(
            "QUIZ_MIX cannot be kept to.",
            hint=f'Write shares of {", ".join(Difficulty)}: {{"easy": 0.4, "medium": 0.6}}.',
            id="profai.E004",
        )
    ]


def _fallback() -> list[CheckMessage]:
    if settings.LLM_FALLBACK in FALLBACKS:
        return []
    return [
        Error(
            f"LLM_FALLBACK is “{settings.LLM_FALLBACK}”.",
            hint=f"Choose one of: {', '.join(FALLBACKS)}.",
            id="profai.E005",
        )
    ]


def _language_model() -> list[CheckMessage]:
    """Settings of a language model matter once a course is to be written by one."""
    if settings.COURSE_ENGINE != LLM:
        return []
    return [_message(problem) for problem in llm_problems()]


def _message(problem: Problem) -> CheckMessage:
    if problem.is_error:
        return Error(problem.message, hint=problem.hint, id=f"profai.llm.{problem.code}")
    return Warning(problem.message, hint=problem.hint, id=f"profai.llm.{problem.code}")
