"""A school's proxy in the environment: what runs on this machine is never asked through it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from profai.environment import BASE_DIR
from tests.llm_server import LLMServer

pytestmark = pytest.mark.slow

CODE = """
import django; django.setup()
from django.conf import settings
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from courses.engines import vector_store
from courses.engines import index_embedder

vector_store().heartbeat()
vector_store().collection_sizes()
assert index_embedder().embed(["a river"]).shape[0] == 1
span = TracerProvider().get_tracer("test").start_span("one")
span.end()
OTLPSpanExporter().export([span])
import httpx, urllib.request
try:
    httpx.get("http://far.example/")
except httpx.HTTPError:
    pass
print("done")
"""


class Records(BaseHTTPRequestHandler):
    """A proxy that notes whom it was asked for and refuses."""

    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(502)

    def do_POST(self) -> None:
        self.do_GET()

    def do_CONNECT(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Nothing is said."""


@pytest.fixture
def proxy() -> Iterator[str]:
    Records.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Records)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_proxy_sees_nothing_of_this_machine(
    proxy: str, chroma_port: int, llm_process: LLMServer, tmp_path: Path
) -> None:
    llm_process.reset()  # a test before may have given it a key
    names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    values = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}
    base = llm_process.base_url
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=BASE_DIR,
        env=values
        | dict.fromkeys(names, proxy)
        | {
            "CHROMA_PORT": str(chroma_port),
            "DJANGO_SETTINGS_MODULE": "profai.settings.test",
            "EMBEDDING_BASE_URL": base.replace("127.0.0.1", "localhost"),
            "EMBEDDING_MODEL": "stand-in",
            "OTEL_EXPORTER_OTLP_ENDPOINT": base.removesuffix("/v1"),
            "PROFAI_VAR_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert Records.asked == ["http://far.example/"]
