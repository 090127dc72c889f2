"""What a token of narrow scope may do, and that every view of the API says what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from accounts.models import Scope
from accounts.permissions import HasScope, needed_scope
from courses.models import Topic
from courses.services import request_course
from jobs.models import Job
from quizzes.models import Certificate, Quiz
from quizzes.services import start_attempt
from tests.accounts.tokens import bearer, token_of
from tests.factories import make_course, make_learner, make_superuser
from tests.pdfs import upload

# For everybody, logged in or not.
OPEN = {"LoginView", "DocumentView", "DocumentPage", "unknown"}
# For people with a session only.
SESSION_ONLY = {"PersonalTokenViewSet"}
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}

TABLE = [
    ("get", "/api/courses/", "courses:read"),
    ("head", "/api/courses/", "courses:read"),
    ("get", "/api/courses/{slug}/", "courses:read"),
    ("get", "/api/courses/{slug}/usage/", "courses:read"),
    ("get", "/api/courses/{slug}/topics/{topic}/", "courses:read"),
    ("head", "/api/courses/{slug}/topics/{topic}/", "courses:read"),
    ("post", "/api/courses/{slug}/publish/", "courses:write"),
    ("post", "/api/courses/{slug}/unpublish/", "courses:write"),
    ("post", "/api/upload-pdfs", "courses:write"),
    ("post", "/api/courses/", "courses:write"),
    ("patch", "/api/courses/{slug}/", "courses:write"),
    ("delete", "/api/courses/{slug}/", "courses:write"),
    ("get", "/api/courses/{slug}/documents/", "courses:read"),
    ("get", "/api/courses/{slug}/passages/", "courses:read"),
    ("get", "/api/courses/{slug}/key-terms/", "courses:read"),
    ("patch", "/api/courses/{slug}/topics/{topic}/", "courses:write"),
    ("post", "/api/courses/{slug}/topics/{topic}/regenerate/", "courses:write"),
    ("get", "/api/courses/{slug}/outline/", "courses:read"),
    ("put", "/api/courses/{slug}/outline/", "courses:write"),
    ("post", "/api/courses/{slug}/write/", "courses:write"),
    ("post", "/api/courses/{slug}/ask/", "courses:read"),
    ("post", "/api/courses/{slug}/ask/stream/", "courses:read"),
    ("get", "/api/courses/{slug}/figures/", "courses:read"),
    ("post", "/api/courses/{slug}/quizzes/", "quizzes:write"),
    ("patch", "/api/quizzes/{quiz}/", "quizzes:write"),
    ("get", "/api/quizzes/{quiz}/composition/", "quizzes:write"),
    ("get", "/api/questions/", "quizzes:write"),
    ("post", "/api/questions/", "quizzes:write"),
    ("get", "/api/courses/{slug}/export/", "quizzes:write"),
    ("get", "/api/course", "courses:read"),
    ("get", "/api/quiz/{quiz}", "quizzes:read"),
    ("post", "/api/quiz/generate-module", "quizzes:write"),
    ("post", "/api/quiz/submit", "quizzes:take"),
    ("get", "/api/jobs/", "jobs:read"),
    ("get", "/api/jobs/{job}/steps/", "jobs:read"),
    ("get", "/api/quizzes/", "quizzes:read"),
    ("get", "/api/quizzes/{quiz}/", "quizzes:read"),
    ("post", "/api/quizzes/{quiz}/attempts/", "quizzes:take"),
    ("get", "/api/attempts/", "quizzes:read"),
    ("get", "/api/attempts/{attempt}/", "quizzes:read"),
    ("post", "/api/attempts/{attempt}/submit/", "quizzes:take"),
    ("get", "/api/practice/", "quizzes:read"),
    ("get", "/api/practice/plan/", "quizzes:read"),
    ("put", "/api/practice/plan/", "quizzes:take"),
    ("get", "/api/cards/", "quizzes:read"),
    ("get", "/api/readings/", "quizzes:read"),
    ("put", "/api/readings/{topic}/", "quizzes:take"),
    ("get", "/api/notes/", "quizzes:read"),
    ("post", "/api/notes/", "quizzes:take"),
    ("post", "/api/attempts/{attempt}/answers/", "quizzes:take"),
    ("post", "/api/attempts/{attempt}/check/", "quizzes:take"),
    ("post", "/api/quizzes/{quiz}/practice/", "quizzes:take"),
    ("get", "/api/certificates/", "quizzes:read"),
    ("post", "/api/certificates/", "quizzes:take"),
    ("post", "/api/certificates/{certificate}/revoke/", "quizzes:write"),
    ("get", "/api/jobs/{job}", "jobs:read"),
    ("post", "/api/jobs/{job}/cancel/", "jobs:write"),
    ("post", "/api/jobs/{job}/retry/", "jobs:write"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "address", "scope"), TABLE)
def test_an_address_takes_tokens_of_its_scope_and_no_others(
    method: str, address: str, scope: str, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    chief = make_superuser()
    course = make_course(owner=chief)
    quiz = Quiz.objects.order_by("pk")[0]
    certificate = Certificate.objects.create(
        learner=chief, course=course, name="Chief", course_title="Rivers"
    )
    path = address.format(
        slug=course.slug,
        topic=Topic.objects.order_by("pk")[0].pk,
        quiz=quiz.pk,
        attempt=start_attempt(quiz=quiz, learner=chief).pk,
        job=request_course(files=[upload()], requested_by=chief).job.pk,
        certificate=certificate.code,
    )
    others = [other for other in Scope.values if other != scope]
    refused = getattr(bearer(token_of(chief, *others).text), method)(path)
    assert refused.status_code == 403
    if method != "head":
        assert refused.json()["code"] == "scope_missing"
        assert scope in refused.json()["detail"]
    assert f'error="insufficient_scope", scope="{scope}"' in refused["WWW-Authenticate"]
    taken = getattr(bearer(token_of(chief, scope).text), method)(path)
    # 400 and 409: past the door, the request itself or the row's state is not right.
    assert taken.status_code in {200, 201, 202, 400, 409, 428}


@pytest.mark.django_db
def test_a_token_gives_nobody_more_than_they_may() -> None:
    course = make_course(owner=make_superuser())
    api = bearer(token_of(make_learner()).text)
    assert api.get(f"/api/courses/{course.slug}/").status_code == 404
    answer = api.post("/api/upload-pdfs", {"files": [upload()]})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_a_method_that_is_not_there_is_answered_as_without_a_token() -> None:
    api = bearer(token_of(make_learner(), "webhooks").text)
    for address in ("/api/courses/", "/api/tokens/"):
        assert api.put(address).status_code == 405


class Silent(APIView):
    """Names no scopes."""

    def get(self, _request: Request) -> Response:
        return Response({})


class Starred(Silent):
    scopes = {"GET": "courses:read", "*": "courses:write"}

    def post(self, _request: Request) -> Response:
        return Response({})


def answer_of(view: type[APIView], method: str, auth: Any) -> Response:
    request = getattr(APIRequestFactory(), method)("/")
    force_authenticate(request, make_learner(), auth)
    return view.as_view()(request)


@pytest.mark.django_db
def test_a_view_that_names_no_scope_is_closed_to_tokens_and_open_to_sessions() -> None:
    made = token_of(make_learner("ann"))
    refused = answer_of(Silent, "get", made.token)
    assert refused.status_code == 403
    assert refused.data["code"] == "scope_missing"
    assert "log in with a browser" in refused.data["detail"]


@pytest.mark.django_db
def test_people_with_a_session_need_no_scope() -> None:
    assert answer_of(Silent, "get", None).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "scope", "status"),
    [
        ("get", "courses:read", 200),
        ("get", "courses:write", 403),
        ("head", "courses:read", 200),
        ("post", "courses:write", 200),
        ("post", "courses:read", 403),
        ("options", "courses:write", 200),
        ("options", "courses:read", 403),
    ],
)
def test_a_method_that_is_not_named_needs_the_scope_of_the_star(
    method: str, scope: str, status: int
) -> None:
    made = token_of(make_learner("ann"), scope)
    assert answer_of(Starred, method, made.token).status_code == status


def test_every_view_of_the_api_names_a_scope_for_all_it_does() -> None:
    seen = set()
    for callback in _callbacks(get_resolver(), ""):
        name = callback.cls.__name__
        seen.add(name)
        if name in OPEN:
            continue
        needed = {needed_scope(view, method) for view, method in _doings(callback)}
        assert needed, name
        assert needed == {None} if name in SESSION_ONLY else needed <= set(Scope.values), name
        for view, _method in _doings(callback):
            asked = [type(permission) for permission in view.get_permissions()]
            assert HasScope in asked, f"{name} {view.action}"
    assert seen >= OPEN | SESSION_ONLY


def _callbacks(resolver: URLResolver, before: str) -> Iterator[Any]:
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern).lstrip("^")
        if isinstance(pattern, URLResolver):
            yield from _callbacks(pattern, path)
        elif isinstance(pattern, URLPattern) and path.startswith("api/"):
            assert hasattr(pattern.callback, "cls"), f"{path} is not a view of DRF"
            yield pattern.callback


def _doings(callback: Any) -> Iterator[tuple[Any, str]]:
    """The view as it stands for each thing that it does, and the method for it."""
    actions = getattr(callback, "actions", None)
    for method in actions or callback.cls().allowed_methods:
        if method.upper() in METHODS:
            view = callback.cls(**callback.initkwargs)
            view.action = actions[method] if actions else None
            yield view, method.upper()
