"""How the child programs of the readers begin and answer. Only the standard library is imported."""

from __future__ import annotations

import json
import resource
import sys
from typing import Any


def read_request(
    memory: int = resource.RLIMIT_AS, *, limits_files: bool = True, open_files: int | None = None
) -> dict[str, Any]:
    """Returns what the parent asks for, once this process is limited as the request says.

    `memory` is the limit that its memory falls under. A request with `bytes` lets the child write
    files of that size, any other none.
    """
    request: dict[str, Any] = json.load(sys.stdin)
    limits = {memory: request["memory"], resource.RLIMIT_CPU: request["cpu"]}
    if limits_files:
        limits[resource.RLIMIT_FSIZE] = request.get("bytes", 0)
    if open_files is not None:
        limits[resource.RLIMIT_NOFILE] = open_files
    # No dump of memory, which may hold a document, where a child crashes.
    limits[resource.RLIMIT_CORE] = 0
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))
    return request


def write_answer(values: dict[str, Any]) -> None:
    """Writes one answer, which the parent can read at once."""
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()
