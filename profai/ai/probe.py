"""What a configured provider can do, found out by asking it: a few short calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pydantic import BaseModel, Field

from profai.ai.client import LanguageModel
from profai.ai.configuration import LLMConfig
from profai.ai.errors import AIError
from profai.ai.prompting import Prompt
from profai.ai.providers import StructuredMode, Task
from profai.ai.usage import Usage, metered

_PROMPT = Prompt("You answer briefly.", "What is the capital of France? One word.")


class Probe(BaseModel):
    answer: str = Field(description="one word")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing tried; `detail` says what came of it, in words."""

    what: str
    works: bool
    detail: str


def probe(config: LLMConfig) -> list[Finding]:
    """Ask each model once, and the first in every mode. Never raises for what a provider does."""
    return [*_models(config), *_modes(config)]


def best_mode(findings: list[Finding]) -> StructuredMode | None:
    works = {finding.what for finding in findings if finding.works}
    return next((mode for mode in StructuredMode if _title(mode) in works), None)


def _models(config: LLMConfig) -> Iterator[Finding]:
    tasks = {name: task for task, name in reversed(config.models)}
    for name, task in tasks.items():
        used = ", ".join(t for t, other in config.models if other == name)
        yield _try(f"model {name} (for {used})", config, task)


def _modes(config: LLMConfig) -> Iterator[Finding]:
    for mode in StructuredMode:
        yield _try(_title(mode), replace(config, structured=mode), Task.TOPIC)


def _title(mode: StructuredMode) -> str:
    return f"structured answers by {mode}"


class _Tally:
    def __init__(self) -> None:
        self.used: list[Usage] = []

    async def allow(self) -> None:
        """Nothing is refused."""

    async def spend(self, usage: Usage) -> None:
        self.used.append(usage)


async def _ask_once(model: LanguageModel, task: Task) -> Probe:
    try:
        return await model.ask(task, _PROMPT, Probe)
    finally:
        await model.close()


def _try(what: str, config: LLMConfig, task: Task) -> Finding:
    model, tally = LanguageModel(replace(config, tries=1, asks=1, patience=0)), _Tally()
    started = time.monotonic()
    try:
        with metered(tally):
            answer = asyncio.run(_ask_once(model, task))
    except AIError as error:
        return Finding(what, works=False, detail=str(error))
    seconds = time.monotonic() - started
    tokens = sum(usage.tokens_in + usage.tokens_out for usage in tally.used)
    detail = f"answered “{answer.answer[:40]}” in {seconds:.1f} s with {tokens} tokens"
    return Finding(what, works=True, detail=detail)
