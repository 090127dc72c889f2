"""How tests and benchmarks start the server and speak with it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from profai.environment import BASE_DIR
from tests.waiting import LONG


@dataclass(frozen=True)
class LLMServer:
    base_url: str

    def configure(self, **options: Any) -> None:
        self._post(options)

    def reset(self, **options: Any) -> None:
        """Forget all that was recorded and all options but these."""
        self._post({"reset": True, **options})

    def stats(self) -> dict[str, Any]:
        stats: dict[str, Any] = self._get("stats")
        return stats

    def requests(self) -> list[dict[str, Any]]:
        requests: list[dict[str, Any]] = self._get("requests")
        return requests

    def _post(self, options: dict[str, Any]) -> None:
        httpx.post(self._control, json=options, timeout=LONG).raise_for_status()

    def _get(self, name: str) -> Any:
        return httpx.get(f"{self._control}/{name}", timeout=LONG).raise_for_status().json()

    @property
    def _control(self) -> str:
        return self.base_url.removesuffix("/v1") + "/control"


@contextmanager
def running(**options: Any) -> Iterator[LLMServer]:
    command = [sys.executable, "-m", "tests.llm_server", "--options", json.dumps(options)]
    server = subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        line = server.stdout.readline()
        if not line:
            raise RuntimeError("The model server did not start.")
        yield LLMServer(line.split()[-1])
    finally:
        server.terminate()
        server.wait(LONG)
        server.stdout.close()
