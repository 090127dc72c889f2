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
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from itertools import count
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
        used = estimate_tokens(prompt), estimate_tokens(text)
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


def _shown(body: dict[str, Any], form: dict[str, Any]) -> str:
    parts = [f"# {one['role']}\n\n{one['content']}" for one in body["messages"]]
    if form:
        schema = json.dumps(form.get("schema"), ensure_ascii=False, indent=1)
        parts.append(f"# form of the answer (JSON Schema)\n\n{schema}")
    return "\n\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.author")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=8399)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"http://127.0.0.1:{given.port}/v1 asks in {given.folder}\n")
    sys.stdout.flush()
    uvicorn.run(Author(given.folder).app(), host="127.0.0.1", port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
