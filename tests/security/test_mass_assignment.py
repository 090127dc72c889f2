"""Fields that nobody offered: whoever sends them changes nothing by it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Model
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from accounts.models import PersonalToken
from common.rest.etags import VersionedMixin
from quizzes.models import Attempt
from tests.api.world import World, client
from tests.factories import PASSWORD, make_learner
from webhooks.models import Endpoint

# Whatever the model: what people would like to be theirs.
WANTED = {
    "is_staff": True,
    "is_superuser": True,
    "owner": 1,
    "owner_id": 1,
    "course": 1,
    "user": 1,
    "learner": 1,
    "status": "published",
    "score": 100,
    "percentage": 100,
    "passed": True,
    "correct": 99,
}


def editable_views() -> dict[str, Any]:
    """Every view of the API that changes a row: by its name, the class."""
    found: dict[str, Any] = {}

    def walk(patterns: list[URLPattern | URLResolver]) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns)
                continue
            view = getattr(pattern.callback, "cls", None)
            methods = getattr(pattern.callback, "actions", None) or {}
            if view and issubclass(view, VersionedMixin) and "patch" in methods:
                found[view.__name__] = view

    walk(get_resolver().url_patterns)
    return found


def address_of(view: Any, world: World) -> str:
    course = f"/api/courses/{world.course.slug}/"
    names = world.names
    return {
        "CourseViewSet": course,
        "ModuleViewSet": f"{course}modules/{names['module']}/",
        "TopicViewSet": f"{course}topics/{names['topic']}/",
        "FigureViewSet": f"{course}figures/{names['figure']}/",
        "QuizViewSet": f"/api/quizzes/{names['quiz']}/",
        "QuestionViewSet": f"/api/questions/{names['question']}/",
        "EndpointViewSet": f"/api/webhooks/{names['webhook']}/",
    }[view.__name__]


@pytest.mark.parametrize("name", sorted(editable_views()))
def test_a_change_changes_what_it_may_and_nothing_else(name: str, world: World) -> None:
    view = editable_views()[name]
    model: type[Model] = view.queryset.model
    offered = set(view.edit_serializer_class().fields)
    api = client(User.objects.get(username="teacher"))
    address = address_of(view, world)
    pk = _row(model, world)
    before = model._default_manager.filter(pk=pk).values().get()
    for field in model._meta.concrete_fields:
        if field.name in offered:
            continue
        poison: Any = {"BooleanField": True}.get(type(field).__name__, 1)
        cache.clear()
        for value in (poison, "2030-01-01T00:00:00Z"):
            body = {field.name: value, field.attname: value, **WANTED}
            body = {key: one for key, one in body.items() if key not in offered}
            answer = api.patch(address, body, format="json", headers={"if-match": "*"})
            assert answer.status_code == 400, answer.content
    after = model._default_manager.filter(pk=pk).values().get()
    # A question counts as edited once somebody has saved it, by way of the service.
    own = {"updated_at", "status"} if name == "QuestionViewSet" else {"updated_at"}
    assert {k: v for k, v in after.items() if k not in own} == {
        k: v for k, v in before.items() if k not in own
    }
    assert not User.objects.filter(is_superuser=True).exists()


def _row(model: type[Model], world: World) -> Any:
    if model._meta.label == "courses.Course":
        return world.course.pk
    return model._default_manager.order_by("pk").values_list("pk", flat=True)[0]


def test_an_attempt_takes_answers_and_no_score(world: World) -> None:
    learner = make_learner("curious")
    api = client(learner)
    chief = {**WANTED, "pass_mark": 0, "total": 1, "learner_id": 1, "submitted_at": "2020-01-01"}
    address = f"/api/quizzes/{world.names['quiz']}/attempts/"
    assert api.post(address, chief, format="json").status_code == 400
    made = api.post(address).json()
    assert (made["submitted_at"], made["pass_mark"], made["percentage"]) == (None, 60, None)
    body = {"answers": {}, **chief}
    address = f"/api/attempts/{made['id']}/submit/"
    assert api.post(address, body, format="json").status_code == 400
    done = api.post(address, {"answers": {}}, format="json").json()
    assert (done["percentage"], done["passed"], done["correct"]) == (0, False, 0)
    attempt = Attempt.objects.get(pk=made["id"])
    assert (attempt.learner, attempt.total, attempt.pass_mark) == (learner, 3, 60)


def test_a_token_is_made_for_oneself_with_a_secret_of_ours(world: World) -> None:
    learner = make_learner("curious")
    body = {"name": "x", "scopes": ["courses:read"], "user": 1, "user_id": 1, "prefix": "00000000",
            "digest": "0" * 64, "expires_at": "2100-01-01", "is_staff": True}  # fmt: skip
    api = client(learner)
    refused = api.post("/api/tokens/", body, format="json")
    assert set(refused.json()["fields"]) == set(body) - {"name", "scopes"}
    wanted = {"name": body["name"], "scopes": body["scopes"]}
    answer = api.post("/api/tokens/", wanted, format="json")
    token = PersonalToken.objects.get(pk=answer.json()["id"])
    assert (token.user, token.prefix == "00000000") == (learner, False)
    assert token.digest != "0" * 64
    assert token.expires_at
    assert token.expires_at.year < 2100
    assert world.course.pk


@pytest.mark.django_db
def test_a_login_takes_name_and_password_only() -> None:
    user = make_learner("curious")
    body = {"username": "curious", "password": PASSWORD, "scopes": [], "days": 9999, **WANTED}
    assert APIClient().post("/api/token/", body, format="json").status_code == 400
    wanted = {"username": "curious", "password": PASSWORD}
    assert APIClient().post("/api/token/", wanted, format="json").status_code == 200
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (False, False)


def test_a_webhook_is_ones_own_with_a_secret_of_ours(world: World) -> None:
    body = {"url": "https://1.1.1.1/x", "events": ["job.failed"], "sealed_secret": "x",
            "failures": -9, "owner": 1, "owner_id": 1}  # fmt: skip
    teacher = User.objects.get(username="teacher")
    api = client(teacher)
    assert api.post("/api/webhooks/", body, format="json").status_code == 400
    wanted = {"url": body["url"], "events": body["events"]}
    made = api.post("/api/webhooks/", wanted, format="json").json()
    hook = Endpoint.objects.get(pk=made["id"])
    assert (hook.owner, hook.failures) == (teacher, 0)
    assert hook.sealed_secret != body["sealed_secret"]
    assert world.course.owner == teacher


# What forms of the admin offer to a superuser; a field more is a decision to be made here.
FORMS = {
    "courses.course": {
        *("title", "description", "audience", "prerequisites", "asks_drafts", "shows_pages"),
    },
    "courses.module": {"title", "summary", "objectives"},
    "courses.topic": {"title", "content"},
    "courses.figure": {"used", "caption", "alternative_text"},
    # The rules of a quiz, and why a certificate is revoked.
    "quizzes.quiz": {
        *("title", "pass_mark", "layout", "shuffle", "draw", "draw_by", "answers_shown", "counts"),
        *("max_attempts", "wait_minutes", "time_limit", "grace", "due_at"),
    },
    "quizzes.certificate": {"revoked_because"},
    "quizzes.question": {"stem", "choices", "explanation", "difficulty", "bloom", "regrade"},
    "webhooks.endpoint": {"url", "description", "events", "active"},
}
# Django's own, for superusers; see test_privileges for others.
DJANGOS = {"auth.user", "auth.group"}


@pytest.mark.django_db
def test_forms_of_the_admin_offer_what_the_table_says() -> None:
    request = RequestFactory().get("/admin/")
    request.user = User(username="chief", is_staff=True, is_superuser=True, is_active=True)
    found = {}
    for model, page in admin.site._registry.items():
        label = model._meta.label_lower
        if label in DJANGOS or not page.has_change_permission(request):
            continue
        row = model(pk=1)
        fields = set(page.get_form(request, row, change=True).base_fields)
        if fields:
            found[label] = fields
    found.pop("django_q.failure", None)
    assert found == FORMS
