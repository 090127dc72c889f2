"""System checks: settings that would only be found wrong long after the start."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's own name

from courses.generation.engines import ENGINES, FALLBACKS, LLM
from profai.ai.configuration import Problem, llm_problems
from quizzes.generation.schemas import Difficulty

LEAST_RSS = 256 * 1024  # kilobytes
LEAST_AUDIT = timedelta(days=30)  # the database deletes no younger entry of the audit log


def check_settings(**_: Any) -> list[CheckMessage]:
    return [
        *_queue(),
        *_engine(),
        *_concurrency(),
        *_mix(),
        *_fallback(),
        *_language_model(),
        *_access(),
    ]


def _queue() -> list[CheckMessage]:
    """What Django-Q2 and the job engine need of each other; each rule says what breaks."""
    queue, grace = settings.Q_CLUSTER, settings.JOB_GRACE.total_seconds()
    lease, sweep = settings.JOB_LEASE.total_seconds(), settings.JOB_SWEEP.total_seconds()
    rules = (
        (
            queue["retry"] > queue["timeout"],
            "Django-Q2 delivers a long task again while it runs unless retry exceeds timeout.",
            "Set retry higher than Q_TIMEOUT.",
        ),
        (
            queue.get("broker_class") == "jobs.broker.Broker",
            "Only our broker wakes idle workers and keeps the order of the queue.",
            "Set broker_class to jobs.broker.Broker.",
        ),
        (
            queue.get("queue_limit") is None,
            "queue_limit has no meaning: a worker takes a message when it is free.",
            "Leave queue_limit out.",
        ),
        (queue.get("workers", 0) >= 1, "No worker would run.", "Set Q_WORKERS to 1 or more."),
        (
            queue.get("recycle", 0) >= 1,
            "Workers would never be replaced, and keep what libraries leak.",
            "Set Q_RECYCLE to 1 or more; 200 is a good start.",
        ),
        (
            (queue.get("max_rss") or 0) >= LEAST_RSS,
            "Workers would be replaced after every task: a fresh one has some 100 MB already.",
            "Set Q_MAX_RSS_MB to 256 or more.",
        ),
        (
            queue.get("timeout", 0) > lease > 2 * sweep > 0,
            "A lease that ran out must be seen soon, and long before a step is ended as hanging.",
            "Keep Q_TIMEOUT above JOB_LEASE_SECONDS, and that above twice JOB_SWEEP_SECONDS.",
        ),
        (
            0 < grace < queue.get("timeout", 0),
            "Workers could not be stopped in order.",
            "Set JOB_GRACE_SECONDS above 0 and below Q_TIMEOUT.",
        ),
        (
            settings.JOB_STEP_ATTEMPTS >= 1 and settings.JOB_QUEUED_STEPS >= 1,
            "No step could ever start.",
            "Set JOB_STEP_ATTEMPTS and JOB_QUEUED_STEPS to 1 or more.",
        ),
    )
    return [
        Error(problem, hint=hint, id="profai.E001") for holds, problem, hint in rules if not holds
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


def _access() -> list[CheckMessage]:
    """Limits that would limit nothing, or lock out everybody."""
    nothing = timedelta(0)
    rules = (
        (
            min(settings.LOGIN_FAILURES, settings.LOGIN_FAILURES_PER_ADDRESS) >= 1
            and nothing < settings.LOGIN_COOL_OFF,
            "Nobody would be locked out, however often they fail to log in.",
            "Set LOGIN_FAILURES, LOGIN_FAILURES_PER_ADDRESS and LOGIN_COOL_OFF_MINUTES above 0.",
        ),
        (
            nothing < settings.SESSION_STAFF_IDLE <= settings.SESSION_STAFF_TOTAL
            and nothing < settings.SESSION_IDLE <= settings.SESSION_TOTAL,
            "A session would end at once, or never for want of use.",
            "Set SESSION_IDLE_HOURS above 0 and to SESSION_HOURS at most; the same for STAFF.",
        ),
        (
            settings.CLEANUP_AUDIT >= LEAST_AUDIT,
            "The database keeps the audit log for 30 days; the clean-up would fail every day.",
            "Set CLEANUP_AUDIT_DAYS to 30 or more.",
        ),
    )
    return [
        Error(problem, hint=hint, id="profai.E006") for holds, problem, hint in rules if not holds
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
