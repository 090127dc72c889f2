"""What a Chroma server that asks for a key is sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from courses.engines import vector_store
from engine.llm.errors import AIError
from profai.environment import rotating


class Refuses(BaseHTTPRequestHandler):
    """Remembers the key and the path of each request, and refuses it."""

    seen: list[tuple[str | None, str]] = []

    def do_GET(self) -> None:
        self.seen.append((self.headers["x-chroma-token"], self.path))
        self.send_error(403)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Nothing is said."""


@pytest.fixture
def cloud(settings: Settings) -> Iterator[list[tuple[str | None, str]]]:
    Refuses.seen = []
    server = HTTPServer(("127.0.0.1", 0), Refuses)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.CHROMA_HOST, settings.CHROMA_PORT = "127.0.0.1", server.server_address[1]
    yield Refuses.seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_key_is_sent_and_a_rotated_one_too(
    cloud: list[tuple[str | None, str]],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    settings.CHROMA_API_KEY = rotating("CHROMA_API_KEY")
    for key in ("first", "second"):
        (tmp_path / "CHROMA_API_KEY").write_text(key)
        with pytest.raises(AIError):
            vector_store().heartbeat()
    assert {key for key, _path in cloud} == {"first", "second"}


def test_a_server_of_our_own_is_sent_no_key(cloud: list[tuple[str | None, str]]) -> None:
    with pytest.raises(AIError):
        vector_store().heartbeat()
    assert {key for key, _path in cloud} == {None}
