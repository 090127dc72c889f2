"""What the web server makes of requests that come slowly, in parts or half, over raw sockets."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import pytest
from django.contrib.auth.models import User

from jobs.models import Job
from profai.server import web as web_module
from profai.server.web import STREAM_THREADS, Message, Receive, Web, steady, whole
from tests.streams.server import WebServer, bearer
from tests.waiting import LONG, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
BOUNDARY = "edge"
LONG_ANSWER = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
HEAD = (
    f"--{BOUNDARY}\r\n"
    'Content-Disposition: form-data; name="files"; filename="notes.pdf"\r\n'
    "Content-Type: application/pdf\r\n\r\n"
)
TAIL = f"\r\n--{BOUNDARY}--\r\n"


def connect(web: WebServer) -> socket.socket:
    address = urlsplit(web.address)
    return socket.create_connection((address.hostname, address.port), timeout=LONG)


def ask(web: WebServer, lines: list[str], body: bytes = b"") -> bytes:
    """What a server answers to a request, whole."""
    with closing(connect(web)) as line:
        head = "\r\n".join([*lines, "Host: 127.0.0.1", "Connection: close", "", ""])
        line.sendall(head.encode("latin-1") + body)
        parts = []
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts)


def post(headers: dict[str, str], length: int) -> list[str]:
    return [
        "POST /api/upload-pdfs HTTP/1.1",
        f"Authorization: {headers['Authorization']}",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        f"Content-Length: {length}",
    ]


def test_slow_senders_delay_no_page(web: WebServer, headers: dict[str, str]) -> None:
    short, long = (post(headers, length) for length in (1000, 5_000_000))
    lines = [connect(web) for _ in range(40)]
    try:
        for index, line in enumerate(lines):
            head = "\r\n".join([*(short if index % 2 else long), "Host: 127.0.0.1", "", HEAD])
            line.sendall(head.encode())
        for _ in range(10):
            # Those lines would keep a thread for as long as they are open.
            assert httpx.get(f"{web.address}/health/live", timeout=LONG).status_code == 200
    finally:
        for line in lines:
            line.close()


def answers(web: WebServer, *paths: str) -> None:
    """Every one of its processes, as far as chance has it."""
    for path in paths * 8:
        assert httpx.get(f"{web.address}{path}", timeout=LONG).status_code == 200


def test_readers_who_go_away_in_the_middle_hold_no_thread(web: WebServer) -> None:
    """Several requests ahead of their answers: uvicorn tells only the last that nobody is there."""
    request = f"GET {LONG_ANSWER} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    for _ in range(20):
        with closing(connect(web)) as line:
            line.sendall(request * 4)
    wait_until(lambda: not web.lines())
    answers(web, "/health/live", "/login/")
    # Nobody's fault, and no line of an error for each.
    assert "ASGI callable" not in web.log.read_text()


def test_readers_who_read_nothing_hold_no_thread(web: WebServer) -> None:
    request = f"GET {LONG_ANSWER} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    address = urlsplit(web.address)
    lines = []
    for _ in range(20):
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        line.connect((address.hostname, address.port))
        line.sendall(request * 6)
        lines.append(line)
    try:
        answers(web, "/health/live", "/login/")
    finally:
        for line in lines:
            line.close()


def test_strangers_who_send_by_drops_delay_no_upload(
    web: WebServer, headers: dict[str, str]
) -> None:
    lines = [connect(web) for _ in range(20)]
    drops = ["POST /api/token/ HTTP/1.1", "Content-Type: application/json", "Host: 127.0.0.1"]
    head = "\r\n".join([*drops, "Content-Length: 2000000", "", "{"])
    try:
        for line in lines:
            line.sendall(head.encode())
        wait_until(lambda: web.lines() >= len(lines))
        body = HEAD.encode() + b"%PDF-1.7" + b" " * 3_000_000 + TAIL.encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        for _ in range(4):
            answer = httpx.post(
                f"{web.address}/api/upload-pdfs", headers=headers | kind, content=body, timeout=LONG
            )
            assert answer.status_code == 202
    finally:
        for line in lines:
            line.close()


@pytest.mark.parametrize("length", [100_000, 5_000_000])
def test_an_upload_that_is_cut_off_makes_no_job(
    length: int, web: WebServer, headers: dict[str, str], client: httpx.Client
) -> None:
    said_before = len(web.log.read_text())
    with closing(connect(web)) as line:
        start = [*post(headers, length), "Host: 127.0.0.1", "", HEAD + "%PDF-1.7 " * 5000]
        line.sendall("\r\n".join(start).encode())
    wait_until(lambda: not web.lines())
    # Nobody is there to be answered, and nothing went wrong here.
    assert client.get("/api/jobs/").status_code == 200
    assert "Traceback" not in web.log.read_text()[said_before:]
    assert not Job.objects.exists()


def test_an_upload_in_chunks_of_unknown_size_is_refused_in_words(
    web: WebServer, headers: dict[str, str]
) -> None:
    answer = httpx.post(
        f"{web.address}/api/upload-pdfs",
        headers=headers | {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
        content=iter([HEAD.encode(), b"%PDF-1.7", TAIL.encode()]),
        timeout=LONG,
    )
    assert answer.status_code == 411
    assert "Content-Length" in answer.text


def test_a_query_that_is_not_ascii_is_understood(web: WebServer, headers: dict[str, str]) -> None:
    line = b"GET /api/courses/?search=\xc3\xa9\xff HTTP/1.1".decode("latin-1")
    answer = ask(web, [line, f"Authorization: {headers['Authorization']}"])
    assert answer.split()[1] in (b"200", b"400")


def test_a_header_with_an_underscore_passes_for_no_other(web: WebServer, teacher: User) -> None:
    token = bearer(teacher)["Authorization"]
    lines = ["GET /api/jobs/ HTTP/1.1", f"X_Authorization: {token}"]
    assert ask(web, lines).split()[1] == b"401"
    real = ["GET /api/jobs/ HTTP/1.1", "Content_Length: 5", f"Authorization: {token}"]
    assert ask(web, real).split()[1] == b"200"


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain; charset=hex",
        "text/plain; charset=undefined",
        "text/plain; charset=punycode",
        "text/plain; charset=no-such-thing",
        "multipart/form-data; boundary*=foo''%ff",
        "multipart/form-data; boundary*=foo''x",
        'text/plain; charset="\x00"',
    ],
)
def test_a_content_type_that_breaks_django_is_refused(kind: str, web: WebServer) -> None:
    said_before = len(web.log.read_text())
    for path in ("/login/?x=%ff", "/api/token/?x=1", "/api/jobs/1/events"):
        answer = ask(web, [f"GET {path} HTTP/1.1", f"Content-Type: {kind}"])
        assert answer.split()[1] in (b"415", b"400"), answer
    assert "Traceback" not in web.log.read_text()[said_before:]


@pytest.mark.parametrize("kind", ["text/plain", "text/html; charset=UTF-8", "a/b; charset=latin1"])
def test_a_common_content_type_is_read(kind: str, web: WebServer) -> None:
    answer = ask(web, ["GET /login/?x=1 HTTP/1.1", f"Content-Type: {kind}"])
    assert answer.split()[1] == b"200"


def test_a_wrong_length_is_refused_by_the_server(web: WebServer) -> None:
    for length in ("x", "-1", "1e3", "5, 6"):
        answer = ask(web, ["POST /api/upload-pdfs HTTP/1.1", f"Content-Length: {length}"])
        assert answer.split()[1] == b"400"


def messages(*parts: Message) -> Receive:
    waiting = list(parts)

    async def receive() -> Message:
        return waiting.pop(0)

    return receive


def test_a_short_body_is_one_message() -> None:
    receive = messages(
        {"type": "http.request", "body": b"a", "more_body": True},
        {"type": "http.request", "body": b"b"},
    )

    async def read() -> Message:
        return await (await whole(receive))()

    assert asyncio.run(read()) == {"type": "http.request", "body": b"ab", "more_body": False}


def test_a_body_that_comes_by_drops_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_module, "MAX_STALL", 0.05)

    async def drop() -> Message:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    with pytest.raises(TimeoutError, match="too slowly"):
        asyncio.run(whole(steady(drop)))


async def _nothing() -> Message:
    await asyncio.sleep(5 * LONG)
    raise AssertionError


def test_a_body_that_stalls_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_module, "MAX_STALL", 0.05)

    async def read() -> Message:
        return await steady(_nothing)()

    with pytest.raises(TimeoutError):
        asyncio.run(read())


def test_who_stalls_in_a_short_body_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_module, "MAX_STALL", 0.05)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def ask() -> None:
        # Neither pages nor streams are reached.
        await Web(pages=_unused, uploads=_unused, streams=_unused, on_stop=lambda: None)(
            {
                "type": "http",
                "method": "POST",
                "path": "/",
                "query_string": b"",
                "headers": [(b"content-length", b"5")],
            },
            _nothing,
            send,
        )

    asyncio.run(ask())
    assert [message.get("status") for message in sent] == [408, None]
    assert json.loads(sent[1]["body"])["code"] == "timeout"


def test_the_end_waits_for_no_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a stream asked of a database that hangs, last words are sent."""
    monkeypatch.setattr(web_module, "_end_with_server", lambda: None)
    monkeypatch.setattr(Web, "_catch_signals", lambda _web, _loop: None)
    free, ended = threading.Event(), threading.Event()
    web = Web(
        pages=_unused,
        uploads=_unused,
        streams=_unused,
        on_stop=lambda: None,
        on_end=ended.set,
    )

    async def live() -> bool:
        loop, full = asyncio.get_running_loop(), asyncio.Event()

        def all_are_busy() -> None:
            loop.call_soon_threadsafe(full.set)

        busy = threading.Barrier(STREAM_THREADS, action=all_are_busy)

        def hang() -> None:
            busy.wait(LONG)
            free.wait(2 * LONG)

        told: asyncio.Queue[Message] = asyncio.Queue()
        said: asyncio.Queue[Message] = asyncio.Queue()
        told.put_nowait({"type": "lifespan.startup"})
        running = asyncio.create_task(web({"type": "lifespan"}, told.get, said.put))
        await said.get()
        hanging = [asyncio.to_thread(hang) for _ in range(2 * STREAM_THREADS)]
        waiting = asyncio.gather(*hanging)
        await asyncio.wait_for(full.wait(), LONG)
        told.put_nowait({"type": "lifespan.shutdown"})
        await asyncio.wait([running], timeout=LONG)
        in_time = ended.is_set()
        free.set()
        await asyncio.gather(running, waiting)
        return in_time

    assert asyncio.run(live())


async def _unused(*_arguments: object) -> None:
    raise AssertionError
