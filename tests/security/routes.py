"""Every address there is, from the URL configuration itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django_q.models import Failure

from accounts.models import AuditEntry, PersonalToken
from exchange.models import ImportRun
from quizzes.models import Certificate
from tests.api.world import World

PART = re.compile(r"<(?:\w+:)?(\w+)>")


def routes() -> Iterator[str]:
    yield from _walk(get_resolver().url_patterns, "/")


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
        else:
            yield path


def admin_routes() -> list[str]:
    """Those of the admin's pages for models."""
    models = {(m._meta.app_label, m._meta.model_name) for m in admin.site._registry}
    return [path for path in routes() if tuple(path.split("/")[2:4]) in models]


def filled(path: str, world: World) -> str:
    """The address with the world's own rows in it."""
    _, _, app, model, *_rest = path.split("/")
    found = next(m for m in admin.site._registry if m._meta.label_lower == f"{app}.{model}")
    row = _key(found._meta.label, found, world)
    return PART.sub(str(row), path)


def _key(label: str, model: type, world: World) -> object:
    """Of a row that belongs to the teacher of the world, or to administrators."""
    makers: dict[str, Callable[[], object]] = {
        "exchange.ImportRun": lambda: (
            ImportRun.objects.get_or_create(original_name="old.zip")[0].pk
        ),
        "auth.User": lambda: User.objects.get(username="taker").pk,
        "auth.Group": lambda: Group.objects.get(name="Editors").pk,
        "django_q.Failure": _failure,
        "axes.AccessAttempt": _failed_login,
        "quizzes.Certificate": lambda: _certificate(world),
        "accounts.AuditEntry": lambda: AuditEntry.objects.create(action="login").pk,
        "accounts.PersonalToken": lambda: PersonalToken.objects.get().pk,
        "courses.Course": lambda: world.course.pk,
        "jobs.Job": lambda: world.job.pk,
        "quizzes.Attempt": lambda: world.attempt.pk,
    }
    if label in makers:
        return makers[label]()
    row = model._default_manager.order_by("pk").first()  # type: ignore[attr-defined] # a model
    assert row is not None, f"The world has no {label}; add one for these tests."
    return row.pk


def _failure() -> str:
    now = timezone.now()
    values: dict[str, object] = {"name": "x", "func": "jobs.runner.run_step", "success": False}
    values |= {"started": now, "stopped": now, "args": (), "kwargs": {}, "result": ""}
    Failure.objects.get_or_create(id="f" * 32, defaults=values)
    return "f" * 32


def _failed_login() -> object:
    values = {"failures_since_start": 1, "username": "taker", "ip_address": "192.0.2.1"}
    return AccessAttempt.objects.get_or_create(**values)[0].pk


def _certificate(world: World) -> int:
    taker = User.objects.get(username="taker")
    return Certificate.objects.get_or_create(course=world.course, learner=taker)[0].pk
