"""System checks of settings, so that mistakes are found at the start and not days later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's own name

from courses.engines import ENGINES, FALLBACKS, LLM, VECTOR_STORES
from engine.llm.configuration import llm_problems
from engine.llm.pasted import key_problem
from engine.questions.schemas import Difficulty

MIN_MAX_RSS = 400 * 1024  # kilobytes
MIN_AUDIT = timedelta(days=30)  # the database deletes no younger entry of the audit log


def check_settings(**_: Any) -> list[CheckMessage]:
    """Returns all problems of the settings; those of a language model only if it is used."""
    problems = llm_problems(settings) if settings.COURSE_ENGINE == LLM else []
    models = [
        (Error if one.is_error else Warning)(
            one.message, hint=one.hint, id=f"profai.llm.{one.code}"
        )
        for one in problems
    ]
    # The key of the language model is checked with its other settings.
    names = ("EMBEDDING_API_KEY", "CHROMA_API_KEY")
    keys = [key_problem(name, getattr(settings, name)) for name in names]
    return [
        *_queue(),
        *_choices(),
        *_mix(),
        *models,
        *(Error(problem, id="profai.E007") for problem in keys if problem),
        *_access(),
        *_single_sign_on(),
    ]


def _queue() -> list[CheckMessage]:
    """Checks settings of Django-Q2 and of the job engine that must fit together."""
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
            settings.Q_MAX_RSS >= MIN_MAX_RSS and not queue.get("max_rss"),
            "Workers would be replaced after every task: a fresh one has some 300 MB already.",
            "Set Q_MAX_RSS_MB to 400 or more, and leave max_rss out of Q_CLUSTER.",
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


def _choices() -> list[CheckMessage]:
    """Checks settings that name one of several values, or a number that must not be 0."""
    rules = (
        (
            settings.VECTOR_STORE in VECTOR_STORES,
            f"VECTOR_STORE is \u201c{settings.VECTOR_STORE}\u201d, which ProfAI does not know.",
            f"Choose one of: {', '.join(VECTOR_STORES)}.",
            "profai.E009",
        ),
        (
            settings.COURSE_ENGINE in ENGINES,
            f"COURSE_ENGINE is “{settings.COURSE_ENGINE}”, which is no engine of ProfAI.",
            f"Choose one of: {', '.join(sorted(ENGINES))}.",
            "profai.E002",
        ),
        (
            settings.LLM_CONCURRENCY >= 1,
            f"LLM_CONCURRENCY is {settings.LLM_CONCURRENCY}: nothing could ever be written.",
            "Set LLM_CONCURRENCY to 1 or more.",
            "profai.E003",
        ),
        (
            settings.LLM_FALLBACK in FALLBACKS,
            f"LLM_FALLBACK is “{settings.LLM_FALLBACK}”.",
            f"Choose one of: {', '.join(FALLBACKS)}.",
            "profai.E005",
        ),
    )
    return [Error(problem, hint=hint, id=id_) for holds, problem, hint, id_ in rules if not holds]


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
            "QUIZ_MIX is not a set of shares.",
            hint=f'Write shares of {", ".join(Difficulty)}: {{"easy": 0.4, "medium": 0.6}}.',
            id="profai.E004",
        )
    ]


def _access() -> list[CheckMessage]:
    """Checks limits that would limit nothing, or lock out everybody."""
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
            "A session would end at once, or stay open without use.",
            "Set SESSION_IDLE_HOURS above 0 and to SESSION_HOURS at most; the same for STAFF.",
        ),
        (
            settings.CLEANUP_AUDIT >= MIN_AUDIT,
            "The database keeps the audit log for 30 days; the clean-up would fail every day.",
            "Set CLEANUP_AUDIT_DAYS to 30 or more.",
        ),
    )
    return [
        Error(problem, hint=hint, id="profai.E006") for holds, problem, hint in rules if not holds
    ]


def _single_sign_on() -> list[CheckMessage]:
    """Checks what would let nobody in, or the wrong people."""
    issuer = urlsplit(settings.OIDC_ISSUER)
    if not settings.OIDC_ISSUER:
        return []
    rules = (
        (
            issuer.scheme == "https" or issuer.hostname in {"127.0.0.1", "localhost"},
            "OIDC_ISSUER is no address with https: others could answer in the provider's place.",
            "Write it as the provider's document names it, such as https://login.school.example.",
        ),
        (
            bool(settings.OIDC_CLIENT_ID and settings.OIDC_CLIENT_SECRET),
            "The provider would not know ProfAI.",
            "Set OIDC_CLIENT_ID and OIDC_CLIENT_SECRET to what the provider shows for ProfAI.",
        ),
        (
            settings.MAIL_CONFIGURED or not settings.OIDC_LINK_BY_EMAIL,
            "People could type somebody else's e-mail address here, and get their login linked.",
            "Set EMAIL_URL and PUBLIC_URL so that addresses are proven, or no OIDC_LINK_BY_EMAIL.",
        ),
    )
    return [
        Error(problem, hint=hint, id="profai.E008") for holds, problem, hint in rules if not holds
    ]
