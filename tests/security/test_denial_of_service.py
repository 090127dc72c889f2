"""Little input that would cost much: bodies, levels, rows, letters. Times are generous: what is
looked for took minutes or never ended."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, nullcontext
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.services import make_token
from common.bodies import BodyLimitsMiddleware
from common.nesting import MAX_LEVELS
from common.rest.problems import MEDIA_TYPE, problem
from courses.markdown import MAX_CELLS, MAX_MARKDOWN_LENGTH, render_markdown
from engine.language.sentences import split_sentences
from engine.lessons.llm.clean import plain_line, plain_markdown
from engine.lessons.statements import statements
from engine.lessons.titles import clean_title
from engine.reading.text import clean
from engine.reading.upload import safe_file_name
from tests.api.world import World, client
from tests.factories import make_learner, make_superuser, make_teacher
from tests.streams.server import WebServer, web_server
from tests.waiting import LONG

pytestmark = pytest.mark.slow

SECONDS = 6.0
LETTERS, MANY_LETTERS = 20_000, 120_000
PIECES = (
    *("a", "1", " ", "\t", ".", ". ", "...", "(", ")", "[", "]", "`", "*", "_", "-", "|", ">", "#"),
    *("[a](", "![a](", "[a][", "<http:", "<!--", "```a\n", "~~~\n", "> ", "- ", "1. ", "  - a\n"),
    *("[^1]", " [^1]", "a. ", "\u3002", "\u2026", "(see ", "&#x", "a\n", "\\", "*a**", "`a"),
    *("a\u0301", "\ufdfa", "\u202e", "\0", "i ", "chapter ", "a-", "[a](b \"", "\u1100"),
)  # fmt: skip
READERS: dict[str, Callable[[str], object]] = {
    "render_markdown": render_markdown,
    "plain_markdown": plain_markdown,
    "plain_line": plain_line,
    "statements": lambda text: statements(text, "en"),
    "clean_title": clean_title,
    "clean": clean,
    "split_sentences": lambda text: split_sentences(text, "en"),
    "safe_file_name": safe_file_name,
}


# What models wrote in bulk is read by these; they took minutes.
QUICK = {"plain_markdown", "statements", "clean_title"}


@pytest.mark.parametrize("name", READERS)
def test_texts_of_any_letters_are_read_in_time(name: str) -> None:
    """Regular expressions and parsers of ours, on rows of what they look for."""
    count = MANY_LETTERS if name in QUICK else LETTERS
    for piece in PIECES:
        text = piece * (count // len(piece)) + "!x"
        start = time.process_time()
        READERS[name](text)
        assert time.process_time() - start < SECONDS, repr(piece)


TABLE = "|a" * 50 + "\n" + "|-" * 50 + "\n" + "|\n" * 1300
DEEP = {
    "quotes": "> " * 5000 + "x",
    "lists": "".join("  " * level + "- x\n" for level in range(400)),
    "emphasis": "*a **b " * 10_000,
    "brackets": "[" * 60_000,
    "one wide table": "|a" * 3000 + "\n" + "|-" * 3000 + "\n" + "|\n" * 3000,
    # A hundred kilobytes that were filled up to two million cells.
    "many tables": TABLE * 36,
    "one line": "a" * MAX_MARKDOWN_LENGTH,
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_and_wide_markdown_is_shown_in_time(name: str) -> None:
    start = time.process_time()
    html = render_markdown(DEEP[name])
    assert time.process_time() - start < 2 * SECONDS
    assert html.count("<td") < MAX_CELLS + 100_000


def test_a_text_that_is_too_long_is_shown_as_it_stands() -> None:
    html = render_markdown("**a** <b>" * (MAX_MARKDOWN_LENGTH // 9 + 1))
    assert html.startswith('<pre tabindex="0">**a** &lt;b&gt;')
    assert "<strong>" in render_markdown("**a**")


def test_tables_beyond_the_limit_stay_text() -> None:
    small = "|a|b|\n|-|-|\n|c|d|\n\n"
    assert render_markdown(small * 3).count("<table>") == 3
    assert render_markdown(small * 3000).count("<td") <= MAX_CELLS + 4


# One more than is read, and few enough for the parser of every version of Python.
TOO_MANY = MAX_LEVELS + 1


@pytest.mark.django_db
@pytest.mark.parametrize("body", ["[" * 50_000, '{"a":' * 50_000, "[" * TOO_MANY + "]" * TOO_MANY])
def test_levels_without_end_are_the_clients_mistake(body: str, world: World) -> None:
    teacher = client(User.objects.get(username="teacher"))
    asked = (
        APIClient().generic("POST", "/api/token/", body, "application/json"),
        teacher.generic("POST", "/api/webhooks/", body, "application/json"),
        teacher.generic("POST", "/api/courses/", body, "application/json"),
        teacher.generic("PATCH", f"/api/courses/{world.course.slug}/", body, "application/json",
                        headers={"if-match": "*"}),
    )  # fmt: skip
    for answer in asked:
        assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.django_db
def test_numbers_and_keys_without_end_are_refused(world: World) -> None:
    api = client(User.objects.get(username="teacher"))
    huge = '{"week": 1' + "0" * 5000 + "}"
    quizzes = f"/api/courses/{world.course.slug}/quizzes/"
    assert api.generic("POST", quizzes, huge, "application/json").status_code == 400
    new = {"name": "x", "scopes": ["jobs:read"]}
    key = {"idempotency-key": "k" * 256}
    assert api.post("/api/tokens/", new, format="json", headers=key).status_code == 400
    for query in (
        "page_size=201",
        "page_size=0",
        "page_size=9" + "9" * 5000,
        # Of the first nine digits these are 1.
        "page_size=000000001999",
        "page_size=000000001" + "9" * 5000,
        "ordering=" + "x" * 5000,
    ):
        assert api.get(f"/api/courses/?{query}").status_code == 400
    for address in (
        "/api/courses/?page=9" + "9" * 5000,
        f"/topics/{'9' * 5000}/",
        f"/api/quizzes/{'9' * 5000}/",
    ):
        assert api.get(address).status_code == 404
    assert api.get(
        f"/api/courses/{world.course.slug}/search/", {"q": "a " * 20_000}
    ).status_code in {200, 503}


@pytest.mark.django_db
def test_a_question_has_at_most_ten_choices(world: World) -> None:
    """The old clients' letters end there, and a page shows them all."""
    api = client(User.objects.get(username="teacher"))
    address = f"/api/questions/{world.names['question']}/"
    for count, status in ((10, 200), (11, 400), (20_000, 400)):
        choices = [{"text": f"c{n}", "is_correct": n == 0} for n in range(count)]
        answer = api.patch(address, {"choices": choices}, format="json", headers={"if-match": "*"})
        assert answer.status_code == status
    assert "at most 10" in answer.json()["detail"]


class Trap:
    """An upload handler that nothing may reach."""

    def __init__(self, request: object) -> None:
        raise AssertionError(f"The form was read: {request}")


@pytest.fixture
def trap(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    settings.FILE_UPLOAD_HANDLERS = ["tests.security.test_denial_of_service.Trap"]


def long_form(browser: Client, address: str, token: str = "b" * 32) -> HttpResponse:
    """With a file, and with a token of a form that is the browser's own if it is all of b."""
    browser.cookies["csrftoken"] = "b" * 32
    file = SimpleUploadedFile("x.bin", b"x" * 200_000)
    answer: Any = browser.post(address, {"f": file, "csrfmiddlewaretoken": token})
    return cast("HttpResponse", answer)


@pytest.mark.django_db
@pytest.mark.usefixtures("trap")
@pytest.mark.parametrize(
    "address", ["/api/token/", "/login/", "/admin/login/", "/admin/courses/topic/add/", "/logout/"]
)
def test_strangers_send_no_long_forms(address: str) -> None:
    """Their files would be on the disk before anybody asked who sends them."""
    answer = long_form(Client(enforce_csrf_checks=True), address, "a" * 32)
    assert answer.status_code == 400
    assert "larger" in answer.content.decode()


UPLOADS = ("/api/courses/", "/api/upload-pdfs", "/admin/courses/course/add/")
IMPORTS = "/admin/exchange/importrun/add/"


@pytest.mark.usefixtures("trap")
@pytest.mark.parametrize("address", [*UPLOADS, IMPORTS])
@pytest.mark.parametrize("token", ["", "a" * 32, "b" * 32])
def test_no_long_form_of_those_who_may_not_send_one_is_read(
    address: str, token: str, world: World
) -> None:
    """The check of the form's token would read all of it, and write it to the disk."""
    assert world.course.pk
    people = ["learner", "staff", *(["teacher"] if address == IMPORTS else [])]
    User.objects.create(username="staff", is_staff=True)
    make_learner()
    for name in people:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(User.objects.get(username=name))
        answer = long_form(browser, address, token)
        assert answer.status_code == 403, name
        if address.startswith("/api/"):
            words = "Your account may not send files here; ask an administrator."
            assert json.loads(answer.content) == problem(403, "permission_denied", words)
            assert answer["Content-Type"] == MEDIA_TYPE


@pytest.mark.django_db
@pytest.mark.usefixtures("trap")
@pytest.mark.parametrize("address", UPLOADS)
def test_no_long_form_of_nobody_is_read(address: str) -> None:
    answer = long_form(Client(enforce_csrf_checks=True), address)
    if address.startswith("/api/"):
        assert answer.status_code == 401
    else:
        assert answer["Location"] == f"/admin/login/?next={address}"


@pytest.mark.usefixtures("trap")
@pytest.mark.parametrize("scope", ["courses:read", "courses:write"])
def test_no_long_form_with_a_token_that_is_not_for_it_is_read(scope: str, world: World) -> None:
    """With one that is for it, it is."""
    teacher = User.objects.get(username="teacher")
    holder = User.objects.get(username="holder")
    assert world.course.pk
    for user in (holder, teacher):
        made = make_token(user=user, name="x", scopes=[scope], days=1)
        browser = Client(headers={"authorization": f"Bearer {made.text}"})
        if user == teacher and scope == "courses:write":
            with pytest.raises(AssertionError, match="The form was read"):
                long_form(browser, "/api/courses/")
        else:
            assert long_form(browser, "/api/courses/").status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("view", "size", "sender", "refused"),
    [
        ("admin:courses_course_add", 10_000_000, make_teacher, None),
        ("admin:courses_course_add", 10_000_000, make_learner, PermissionDenied),
        ("admin:courses_course_add", 10**12, make_teacher, RequestDataTooBig),
        ("admin:exchange_importrun_add", 10_000_000, make_superuser, None),
        ("admin:exchange_importrun_add", 10_000_000, make_teacher, PermissionDenied),
        ("api-course-list", 10_000_000, make_teacher, None),
        ("api-course-list", 10**12, make_teacher, RequestDataTooBig),
        ("course-list", 10_000_000, make_teacher, RequestDataTooBig),
        ("course-list", 1000, make_learner, None),
    ],
)
def test_long_forms_are_for_those_who_may_send_files(
    view: str, size: int, sender: Callable[[], User], refused: type[Exception] | None
) -> None:
    request = RequestFactory().post("/api/x/", b"", "text/plain", CONTENT_LENGTH=size)
    request.user = sender()
    request.resolver_match = type("Match", (), {"view_name": view})()
    limits = BodyLimitsMiddleware(lambda _request: None)  # type: ignore[arg-type, return-value] # not called
    with pytest.raises(refused) if refused else nullcontext():
        limits.process_view(request, None, (), {})


@pytest.mark.django_db
def test_addresses_for_long_forms_are_there(settings: Settings) -> None:
    assert all(reverse(name) for name in settings.LONG_BODIES)
    assert min(most for most, _ in settings.LONG_BODIES.values()) > settings.UPLOAD_MAX_BYTES
    chief = make_superuser()
    rights = {right for _, right in settings.LONG_BODIES.values()}
    assert rights <= chief.get_all_permissions()


@pytest.fixture(scope="module")
def server(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[WebServer]:
    folder = tmp_path_factory.mktemp("web")
    with django_db_blocker.unblock(), web_server(folder, workers=1) as running:
        yield running


EVENTS = "/api/jobs/00000000-0000-0000-0000-000000000000/events"


def half_sent(web: WebServer, lines: list[str]) -> socket.socket:
    """A request whose body does not come."""
    address = urlsplit(web.address)
    line = socket.create_connection((address.hostname, address.port), timeout=LONG)
    line.sendall("\r\n".join([*lines, "Host: 127.0.0.1", "", ""]).encode())
    return line


@pytest.mark.parametrize("header", ["Content-Length: 100", "Transfer-Encoding: chunked"])
def test_streams_wait_for_nobodys_body(header: str, server: WebServer) -> None:
    """Two such requests kept everybody from live progress, for as long as they liked."""
    with ExitStack() as stack:
        for _ in range(6):
            line = stack.enter_context(
                closing(half_sent(server, [f"GET {EVENTS} HTTP/1.1", header]))
            )
            assert re.match(rb"HTTP/1.1 (400|411) ", line.recv(4096))
        for _ in range(3):
            assert httpx.get(server.address + EVENTS, timeout=LONG).status_code == 401


def test_two_readings_of_one_length_are_refused(server: WebServer) -> None:
    """What a proxy and we would cut at different places is smuggled past one of them."""
    both = ["POST /api/token/ HTTP/1.1", "Content-Length: 5", "Transfer-Encoding: chunked"]
    two = ["POST /api/token/ HTTP/1.1", "Content-Length: 5", "Content-Length: 6"]
    odd = ["POST /api/token/ HTTP/1.1", "Transfer-Encoding: identity, chunked"]
    for lines in (both, two, odd):
        with closing(half_sent(server, lines)) as line:
            assert re.match(rb"HTTP/1.1 4\d\d ", line.recv(4096)), lines


def test_packed_bodies_are_not_unpacked(server: WebServer) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = httpx.post(f"{server.address}/api/token/", content=b"\x1f\x8b" * 10, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.django_db
def test_a_name_without_end_is_refused_soon() -> None:
    start = time.process_time()
    data = {"username": "\ufdfa" * 100_000, "password": "\ufdfa" * 100_000}
    assert Client().post("/login/", data).status_code == 200
    assert APIClient().post("/api/token/", data, format="json").status_code == 400
    assert time.process_time() - start < SECONDS
