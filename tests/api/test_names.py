"""Names that nobody knows are refused everywhere, and every address is known by two spellings."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLResolver, get_resolver
from rest_framework.views import APIView as DRFView

from common.rest import document as documents
from common.rest.document import document
from common.rest.views import APIView, DocumentPage, DocumentView
from courses.models import CourseStatus
from jobs.models import Job
from quizzes.models import Attempt, Quiz
from telemetry.threads import made_once
from tests.api.test_roles import TABLE
from tests.api.world import World, make_world, person
from tests.pdfs import upload


def operations() -> list[tuple[str, str, Any]]:
    return [
        (path, method, operation)
        for path, methods in document().content["paths"].items()
        for method, operation in methods.items()
    ]


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Any) -> World:
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    return make_world(CourseStatus.PUBLISHED)


def views(resolver: URLResolver) -> Iterator[type]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern)
        elif issubclass(view := getattr(pattern.callback, "cls", object), DRFView):
            yield view


def test_every_view_of_the_api_looks_at_names() -> None:
    others = {view for view in views(get_resolver()) if not issubclass(view, APIView)}
    # The last answers for addresses that do not exist.
    assert {view.__name__ for view in others} == {
        DocumentView.__name__,
        DocumentPage.__name__,
        "unknown",
    }


def test_every_operation_is_told_in_a_line() -> None:
    for path, method, operation in operations():
        summary = operation.get("summary", "")
        assert 5 < len(summary) <= 100, (path, method, summary)
        assert summary[0].isupper() or summary[0] == "`", summary
        assert not summary.endswith("."), summary


@pytest.mark.slow
def test_names_that_are_not_known_are_refused_at_every_address(world: World) -> None:
    deprecated = {
        (method.upper(), path) for path, method, one in operations() if one.get("deprecated")
    }
    owner, left = person("owner"), world.names
    for method, address, body, _ in TABLE:
        old = any(m == method and _same(path, address) for m, path in deprecated)
        path, _, query = address.format(**left).partition("?")
        headers = {"if-match": "*"}
        asked = [(f"{path}?{query}&colour=red", body)]
        if method != "GET":
            asked.append((path, {**(body or {}), "colour": "red"}))  # type: ignore[dict-item] # an object
        for where, what in asked:
            cache.clear()
            answer = getattr(owner, method.lower())(where, what, format="json", headers=headers)
            if path == "/api/courses/" and method == "POST":
                assert answer.status_code == 400
            fields = answer.json().get("fields", {}) if answer.status_code == 400 else {}
            assert ("colour" in fields) != old, (method, where, answer.content)


def _same(path: str, address: str) -> bool:
    one, other = path.split("/"), address.partition("?")[0].split("/")
    pairs = list(zip(one, other, strict=False))
    return len(one) == len(other) and all(a == b or ("{" in a and "{" in b) for a, b in pairs)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (
            "/api/courses/?state=draft",
            "Known are: engine, language, ordering, page, page_size, q, status.",
        ),
        ("/api/courses/rivers/?page=1", "No parameters are taken here."),
        ("/api/schema/?lang=de", "Known are: format."),
    ],
)
def test_the_names_that_are_known_are_told(world: World, address: str, words: str) -> None:
    answer = person("owner").get(address)
    assert answer.status_code == 400
    (told,) = answer.json()["fields"].values()
    assert words in told[0]


def test_objects_within_objects_are_looked_at_too(world: World) -> None:
    path = f"/api/questions/{world.names['question']}/"
    choices = [{"text": "a", "is_correct": True}, {"text": "b", "colour": "red"}]
    answer = person("owner").patch(
        path, {"choices": choices}, format="json", headers={"If-Match": "*"}
    )
    assert answer.status_code == 400
    words = "Known are: feedback, is_correct, text."
    assert words in answer.json()["fields"]["choices"]["1"]["colour"][0]


@pytest.mark.parametrize("body", ["[1]", '"x"', '{"a": {"b": 1}}'])
def test_where_no_body_is_taken_none_is(world: World, body: str) -> None:
    path = f"/api/courses/{world.course.slug}/unpublish/"
    answer = person("owner").generic("POST", path, body, "application/json")
    assert answer.status_code == 400
    world.course.refresh_from_db()
    assert world.course.status == CourseStatus.PUBLISHED


def test_fields_of_a_form_are_looked_at_and_djangos_own_is_known(world: World) -> None:
    owner = person("owner")
    wrong = owner.post("/api/courses/", {"files": [upload()], "course_title": "x"})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["course_title"])
    right = {"files": [upload()], "title": "x", "csrfmiddlewaretoken": "y"}
    assert owner.post("/api/courses/", right).status_code == 202


def test_clients_of_the_prototype_may_send_more(world: World) -> None:
    owner = person("owner")
    old = {"files": [upload()], "course_title": "Lakes", "submit": "Upload"}
    assert owner.post("/api/upload-pdfs?_=1", old).status_code == 202
    quiz = Quiz.objects.get(module__position=1)
    assert owner.get(f"/api/quiz/{quiz.pk}?_=1").status_code == 200
    body = {"quiz_id": quiz.pk, "answers": {}, "client": "old"}
    assert owner.post("/api/quiz/submit?_=1", body, format="json").status_code == 200
    assert owner.get(f"/api/course/{world.course.pk}?_=1").status_code == 200


def test_a_million_names_are_not_all_told(world: World) -> None:
    body = {f"{'n' * 500}{number}": 1 for number in range(1000)}
    answer = person("owner").post("/api/webhooks/", body, format="json")
    assert answer.status_code == 400
    assert len(answer.content) < 20_000


# --- both spellings


@pytest.mark.slow
def test_both_spellings_of_every_address_answer_alike(world: World) -> None:
    """To somebody who may change nothing, so that both find the same."""
    api = person("other teacher")
    for method, address, body, _ in TABLE:
        path, mark, query = address.format(**world.names).partition("?")
        other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
        found: list[tuple[int, Any]] = []
        for spelt in (path, other):
            cache.clear()
            Attempt.objects.exclude(pk=world.attempt.pk).delete()
            answer = getattr(api, method.lower())(spelt + mark + query, body, format="json")
            if answer.status_code == 201:
                found.append((201, sorted(answer.json())))
            elif answer.streaming:
                found.append((answer.status_code, b"".join(answer.streaming_content)))
            else:
                found.append((answer.status_code, answer.json() if answer.content else None))
        assert found[0] == found[1], (method, path)
        assert found[0][0] not in {301, 302, 307, 308}, path


def test_a_body_is_not_lost_on_the_other_spelling(world: World) -> None:
    owner = person("owner")
    made = owner.post("/api/courses", {"files": [upload()], "title": "Lakes"})
    assert made.status_code == 202
    job = Job.objects.get(title="Lakes")
    assert owner.get(f"/api/jobs/{job.pk}/").json()["title"] == "Lakes"
    assert owner.post(f"/api/jobs/{job.pk}/cancel").json()["state"] == "cancelled"
    assert (
        owner.get("/api/courses?page_size=1").json()
        == owner.get("/api/courses/?page_size=1").json()
    )
    hook = {"url": "https://1.1.1.1/x", "events": ["job.failed"]}
    answer = owner.post("/api/webhooks", hook, format="json")
    assert answer["Location"] == f"/api/webhooks/{answer.json()['id']}/"
    assert (
        Client().get("/api/nothing").json()["code"]
        == Client().get("/api/nothing/").json()["code"]
        == "not_found"
    )


# --- the document


@pytest.mark.django_db
def test_many_who_ask_for_the_document_at_once_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = made_once(document.__wrapped__)  # type: ignore[attr-defined] # of functools.wraps
    monkeypatch.setattr(documents, "document", fresh)
    monkeypatch.setattr("common.rest.views.document", fresh)
    together = threading.Barrier(8)

    def ask(_number: int) -> tuple[int, int]:
        together.wait()
        answer = Client().get("/api/schema/?format=json")
        return answer.status_code, len(answer.json()["paths"])

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {(200, len(document().content["paths"]))}


def test_the_document_comes_in_two_formats(client: Client) -> None:
    # The page of it is no page for programs.
    assert client.get("/api/docs/?lang=de").status_code == 400
    assert client.get("/api/schema/").content.startswith(b"openapi: 3.1")
    assert client.get("/api/schema/?format=xml").status_code == 400


def test_the_halves_of_a_union_exclude_each_other(world: World) -> None:
    schemas = document().content["components"]["schemas"]
    unions = {
        name: one["discriminator"]["mapping"] for name, one in schemas.items() if "oneOf" in one
    }
    assert {name: sorted(mapping) for name, mapping in unions.items()} == {
        "AttemptDetail": ["open", "submitted"],
        "JobResult": ["added", "course", "import", "question", "quiz", "rewrite", "writing"],
    }
    api = person("owner")
    quiz = Quiz.objects.order_by("pk")[1]
    attempt = api.post(f"/api/quizzes/{quiz.pk}/attempts/").json()
    path = f"/api/attempts/{attempt['id']}/"
    assert (attempt["state"], api.get(path).json()["state"]) == ("open", "open")
    api.post(f"{path}submit/", {"answers": {}}, format="json")
    assert api.get(path).json()["state"] == "submitted"
    assert {one["state"] for one in api.get("/api/attempts/").json()["results"]} == {
        "open",
        "submitted",
    }
