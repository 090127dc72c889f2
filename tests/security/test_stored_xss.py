"""Everything that people, documents and models write, full of markup: in Chromium nothing runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import DatabaseError, models, transaction
from django.test import Client
from playwright.sync_api import Dialog, Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import PersonalToken
from accounts.services import make_token
from courses.models import CourseStatus
from profai.roles import ensure_groups
from quizzes.models import Answer, Attempt
from quizzes.services import start_attempt, submit_attempt
from tests.api.world import World, client, make_world
from tests.browser import NewPage
from tests.factories import PASSWORD, make_superuser

pytestmark = pytest.mark.slow

MARK = "data-pwned"
# Ends an attribute, a script, a text area or a comment, and would begin anew.
EVIL = f"'\"--></textarea></script></title><img {MARK} src=x onerror=alert(1)>{{{{7*7}}}}"
LINKS = f'[x](javascript:alert(1)) <javascript:alert(1)> ![x](x" onerror="alert(1)) {EVIL}'
APPS = ("accounts", "courses", "jobs", "quizzes", "webhooks", "auth")
# Keys, addresses of files and words that the database or the code chooses.
KEPT = {"slug", "file", "sha256", "username", "password", "codename", "model", "app_label",
        "digest", "sealed_secret", "url"}  # fmt: skip


def spoil(world: World) -> set[str]:
    """Write EVIL into every column of text that takes it; return the names."""
    done = set()
    for model in (m for app in APPS for m in apps.get_app_config(app).get_models()):
        for field in model._meta.concrete_fields:
            if _is_text(field) and _write(model, field):
                done.add(f"{model._meta.label_lower}.{field.name}")
    course = world.course
    course.modules.update(objectives=[EVIL])
    course.documents.update(warnings=[EVIL])
    for model, values in _lists().items():
        model._default_manager.update(**values)
    for answer in Answer.objects.all():
        parts = ("stem", "explanation", "quote", "source")
        answer.asked |= dict.fromkeys(parts, EVIL) | {"choices": [EVIL, "b", "c", "d"]}
        answer.asked["feedback"] = [EVIL] * 4
        answer.save()
    return done


def _is_text(field: Any) -> bool:
    is_text = isinstance(field, models.CharField | models.TextField)
    return is_text and not field.choices and not field.unique and field.name not in KEPT


def _write(model: Any, field: Any) -> bool:
    text = LINKS if field.name == "content" else EVIL
    for pk in model._default_manager.values_list("pk", flat=True):
        try:
            with transaction.atomic():
                # Different in each row, where rows must differ.
                model._default_manager.filter(pk=pk).update(**{field.name: f"{pk} {text}"})
        except DatabaseError:
            return False
    return bool(model._default_manager.exists())


def _lists() -> dict[Any, dict[str, Any]]:
    get = apps.get_model
    return {
        get("courses.Passage"): {"heading_path": [EVIL]},
        get("quizzes.Quiz"): {"notes": [EVIL]},
        get("quizzes.Question"): {"check_results": [{"code": EVIL, "message": EVIL}]},
        get("courses.Topic"): {
            "statements": [{"text": EVIL, "support": 0.1, "citations": []}],
            "flags": [{"code": EVIL, "message": EVIL}],
        },
    }


def learners_pages(world: World, attempts: list[Attempt]) -> list[str]:
    slug, names = world.course.slug, world.names
    return [
        "/",
        f"/courses/{slug}/",
        f"/topics/{names['topic']}/",
        f"/quizzes/{names['quiz']}/",
        *(f"/attempts/{one.pk}/{'' if one.submitted_at else 'questions/'}" for one in attempts),
        "/history/",
        "/account/tokens/",
        f"/account/tokens/{PersonalToken.objects.get(user__username='chief').pk}/revoke/",
        f"/nothing/{EVIL}/",
        f"/courses/{slug}/search/?q={EVIL}",
    ]


def admin_pages(world: World) -> Iterator[str]:
    for model in admin.site._registry:
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield address
        row = model._default_manager.order_by("pk").first()
        if row is not None:
            yield f"{address}{row.pk}/change/"
    for end in ("history", "delete"):
        yield f"/admin/courses/course/{world.course.pk}/{end}/"
    yield f"/admin/courses/course/?q={EVIL}"
    yield f"/admin/jobs/job/{world.job.pk}/panel/"
    yield "/admin/"


def prepared() -> tuple[World, list[Attempt], set[str]]:
    ensure_groups()
    world = make_world(CourseStatus.PUBLISHED)
    chief = make_superuser()
    make_token(user=chief, name="x", scopes=["courses:read"], days=1)
    first, second = world.course.quizzes.order_by("pk")[:2]
    done, opened = (start_attempt(quiz=quiz, learner=chief) for quiz in (first, second))
    submit_attempt(attempt=done, responses={1: 0})
    written = spoil(world)
    return world, [Attempt.objects.get(pk=one.pk) for one in (done, opened)], written


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("chroma")
def test_nothing_runs_in_a_browser(new_page: NewPage, live_server: LiveServer) -> None:
    world, attempts, written = prepared()
    page = new_page(base_url=live_server.url)
    ran = watched(page)
    # How it looks does not matter here.
    page.route(re.compile(r"\.(css|svg|woff2|png)$"), lambda route: route.abort())
    page.goto("/login/")
    page.get_by_label("Username").fill("chief")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    seen = 0
    for address in [*learners_pages(world, attempts), *admin_pages(world)]:
        page.goto(address, wait_until="domcontentloaded")
        assert page.locator(f"[{MARK}]").count() == 0, address
        assert page.locator("[href^='javascript:'], [onerror]").count() == 0, address
        text = page.content()
        assert "49</" not in re.sub(r"\s", "", text) or "{{7*7}}" in text, address
        seen += MARK in text
    assert ran == []
    # It was there to be seen, as text.
    assert seen > 25
    assert {"courses.course.title", "courses.topic.content", "quizzes.question.stem"} <= written
    assert {"quizzes.choice.text", "jobs.job.error", "auth.user.first_name"} <= written
    assert {"courses.sourcedocument.original_name", "webhooks.delivery.error"} <= written


def watched(page: Page) -> list[str]:
    """What ran, as it would show itself."""
    ran: list[str] = []

    def note(dialog: Dialog) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    return ran


@pytest.mark.django_db
@pytest.mark.usefixtures("chroma")
def test_programs_get_it_as_json_and_files_as_files() -> None:
    """No browser takes such an answer for a page."""
    world, attempts, _ = prepared()
    api = client(User.objects.get(username="chief"))
    slug = world.course.slug
    for address in (f"/api/courses/{slug}/", f"/api/attempts/{attempts[0].pk}/", "/api/jobs/"):
        answer = api.get(address)
        assert answer["Content-Type"] == "application/json"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert MARK in answer.content.decode()
    export = api.get(f"/api/courses/{slug}/export/")
    assert export["Content-Disposition"] == f'attachment; filename="{slug}.profai.json"'
    file = api.get(f"/api/courses/{slug}/documents/{world.names['document']}/file/")
    assert file["Content-Disposition"].startswith("attachment; filename"), file[
        "Content-Disposition"
    ]
    assert "<" not in file["Content-Disposition"].split("filename")[0]
    file.close()


@pytest.mark.django_db
def test_an_answer_in_json_cannot_be_taken_for_html() -> None:
    answer = Client().get(f"/api/{EVIL}", headers={"accept": "text/html"})
    assert answer["Content-Type"] == "application/problem+json"
    assert MARK not in answer.content.decode()
