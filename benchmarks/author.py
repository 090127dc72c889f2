"""`python -m benchmarks.author FOLDER`: an OpenAI-compatible server whose answers somebody writes.

A person, or a model that cannot be reached by address, so plays the provider. Each request is
written to FOLDER as `0001-QuizPlan.request.md`: the messages, then the form of the answer. It is
answered once `0001-QuizPlan.answer.json` is there, in one piece: write it under another name and
rename it. Start ProfAI with these lines in `.env`:

    LLM_PROVIDER=custom
    LLM_BASE_URL=http://127.0.0.1:8399/v1
    LLM_MODEL=author
    LLM_STRUCTURED=json_schema
    LLM_TIMEOUT=86400
    LLM_TRIES=1
    Q_TIMEOUT=86400

`python -m benchmarks.author FOLDER --report` counts what was asked: calls, those that asked again
or had questions mended, tokens by estimate, and those that a provider could keep in its cache.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from dataclasses import dataclass, fields
from itertools import count, takewhile
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tenacity import AsyncRetrying, retry_if_exception_type, wait_fixed

from engine.llm.prompting import estimate_tokens

PAUSE = 0.5  # seconds between two looks for an answer
# OpenAI's: a beginning is kept from 1,024 tokens on, in steps of 128.
LEAST_CACHED, CACHE_STEP = 1024, 128
_FORM = "\n\n# form of the answer (JSON Schema)\n\n"
_TOLD = "JSON Schema:\n"
_ASKED_AGAIN = "\n\n# assistant\n\n"
_MENDING = "A careful reader found these questions wanting."
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


class Author:
    """The server; `pause` in seconds. Requests wait without end."""

    def __init__(self, folder: Path, *, pause: float = PAUSE) -> None:
        self._folder, self._pause = folder, pause
        taken = [int(path.name[:4]) for path in folder.glob("[0-9][0-9][0-9][0-9]-*.request.md")]
        self._numbers = count(max(taken, default=0) + 1)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self.chat, methods=["POST"]),
                Route("/v1/models", self.models),
            ]
        )

    async def models(self, _request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": "author"}]})

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        form = (body.get("response_format") or {}).get("json_schema") or {}
        name = f"{next(self._numbers):04}-{_UNSAFE.sub('', form.get('name', '')) or 'text'}"
        prompt = _shown(body, form)
        unfinished = self._folder / f"{name}.part"
        unfinished.write_text(prompt, encoding="utf-8")
        unfinished.replace(self._folder / f"{name}.request.md")
        answer = self._folder / f"{name}.answer.json"
        waiting = AsyncRetrying(
            retry=retry_if_exception_type(FileNotFoundError), wait=wait_fixed(self._pause)
        )
        text: str = await waiting(asyncio.to_thread, answer.read_text, "utf-8")
        used = estimate_tokens(_messages(body) + json.dumps(form)), estimate_tokens(text)
        message = {"role": "assistant", "content": text}
        return JSONResponse(
            {
                "id": name,
                "object": "chat.completion",
                "created": 0,
                "model": body.get("model", "author"),
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {
                    "prompt_tokens": used[0],
                    "completion_tokens": used[1],
                    "total_tokens": sum(used),
                },
            }
        )


def _messages(body: dict[str, Any]) -> str:
    return "\n\n".join(f"# {one['role']}\n\n{one['content']}" for one in body["messages"])


def _shown(body: dict[str, Any], form: dict[str, Any]) -> str:
    """Returns the request as it is read; the form stands there once, in the prompt or below it."""
    shown = _messages(body)
    if form and _TOLD not in shown:
        schema = json.dumps(form.get("schema"), ensure_ascii=False, indent=1)
        shown += f"{_FORM}{schema}"
    return shown + "\n"


# --- what the requests of a folder cost


@dataclass(slots=True)
class Count:
    """Calls of one kind and their tokens; `repeated` calls ask once more for what came before,
    `mending` ones for what the checks or the critic refused. `cached` tokens begin a prompt as
    they began an earlier one."""

    calls: int = 0
    repeated: int = 0
    mending: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cached: int = 0

    def add(self, other: Count) -> None:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


def counted(folder: Path) -> dict[str, Count]:
    """Returns the counts of a folder's requests by the name of their form, in order."""
    counts: dict[str, Count] = {}
    earlier: list[str] = []
    for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]-*.request.md")):
        shown, _, form = path.read_text(encoding="utf-8").partition(_FORM)
        if form and _TOLD not in shown:
            shown += json.dumps(json.loads(form))
        answer = path.with_name(path.name.replace(".request.md", ".answer.json"))
        text = answer.read_text(encoding="utf-8") if answer.exists() else ""
        shared = max((_shared(shown, one) for one in earlier), default=0)
        cached = estimate_tokens(shown[:shared])
        one = Count(
            1,
            int(_ASKED_AGAIN in shown),
            int(_MENDING in shown),
            estimate_tokens(shown),
            estimate_tokens(text) if text else 0,
            # Providers keep the beginnings of prompts in steps, and none that are shorter.
            cached - cached % CACHE_STEP if cached >= LEAST_CACHED else 0,
        )
        counts.setdefault(path.name[5:].split(".")[0], Count()).add(one)
        earlier.append(shown)
    return counts


def _shared(first: str, second: str) -> int:
    """Returns how many characters two texts begin with alike."""
    return sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))
    )


def report(folder: Path) -> str:
    """Returns the counts as a table."""
    counts = counted(folder)
    total = Count()
    for one in counts.values():
        total.add(one)
    lines = ["form | calls | asked again | mending | tokens in | of these cached | tokens out"]
    for name, one in (*counts.items(), ("all", total)):
        lines.append(
            f"{name} | {one.calls} | {one.repeated} | {one.mending} | {one.tokens_in} | "
            f"{one.cached} | {one.tokens_out}"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.author")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=8399)
    parser.add_argument("--report", action="store_true", help="count the requests of the folder")
    given = parser.parse_args()
    if given.report:
        sys.stdout.write(report(given.folder))
        return
    given.folder.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"http://127.0.0.1:{given.port}/v1 asks in {given.folder}\n")
    sys.stdout.flush()
    uvicorn.run(Author(given.folder).app(), host="127.0.0.1", port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
