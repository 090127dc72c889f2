"""Checks a configured provider by a few short calls like those of the engines."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from engine.llm.client import LanguageModel
from engine.llm.configuration import LLMConfig, Settings, calls_folder, llm_config
from engine.llm.errors import AIError
from engine.llm.prompting import Prompt
from engine.llm.providers import Task
from engine.llm.reports import Finding, Report, keep_report
from engine.llm.usage import Usage, metered

_PROMPT = Prompt(
    "You write one lesson of a course from a passage. Say only what the passage says.",
    "Passage 1: Rain that falls on land runs off into rivers, sinks into the ground or "
    "evaporates. Rivers carry water to the sea; from the sea it evaporates again. Explain the "
    "way of the water in some 80 words.",
)
# What a course of a book of 100 pages takes (docs/language-models.md, "What it costs").
BOOK_CALLS, BOOK_IN, BOOK_OUT = 170, 900_000, 210_000
MAX_WAIT = 5.0  # seconds for which a limit of requests is waited out


class Probe(BaseModel):
    """As flat as an answer can be, and as long as one of a lesson's paragraphs.

    The limits keep a small model, which may not find an end, within its tokens.
    """

    title: str = Field(max_length=80)
    answer: str = Field(description="the explanation, as Markdown", max_length=700)
    key_words: list[Annotated[str, Field(max_length=30)]] = Field(max_length=4)
    passage: int = Field(description="number of the passage")


def check(settings: Settings) -> Report:
    """Asks each configured model and returns a report, which is also kept for the health page.

    Never raises an error for what a provider does.
    """
    try:
        config = llm_config(settings)
    except AIError as error:
        report = Report(is_ready=False, sentence=f"Not ready: {error}")
    else:
        tasks = {name: task for task, name in reversed(config.models)}
        users = {
            name: ", ".join(t for t, other in config.models if other == name) for name in tasks
        }
        findings = tuple(
            _try(f"{name} (for {users[name]})", config, task) for name, task in tasks.items()
        )
        failed = next((one for one in findings if not one.works), None)
        if failed:
            report = Report(
                is_ready=False, sentence=f"Not ready: {failed.detail}", findings=findings
            )
        else:
            report = Report(is_ready=True, sentence=_ready(config, findings), findings=findings)
    report = replace(report, at=datetime.now(UTC).isoformat(timespec="seconds"))
    keep_report(report, calls_folder(settings))
    return report


class Tally:
    """Keeps what the calls of a check used."""

    def __init__(self) -> None:
        self.used: list[Usage] = []

    async def allow(self) -> None:
        """Refuses nothing."""

    async def spend(self, usage: Usage) -> None:
        self.used.append(usage)


async def _ask_once(model: LanguageModel, task: Task) -> None:
    try:
        await model.ask(task, _PROMPT, Probe)
    finally:
        await model.close()


def _try(what: str, config: LLMConfig, task: Task) -> Finding:
    # A person waits for it.
    patience = min(config.patience, MAX_WAIT)
    model, tally = LanguageModel(replace(config, tries=1, patience=patience)), Tally()
    model.forget()
    started = time.monotonic()
    try:
        with metered(tally):
            asyncio.run(_ask_once(model, task))
    except AIError as error:
        return Finding(what, works=False, detail=str(error))
    seconds = max(time.monotonic() - started, 0.001)
    mode = str(model.mode_of(task))
    written = sum(usage.tokens_out for usage in tally.used)
    detail = f"answers by {mode}, {len(tally.used)} answers of {written} tokens in {seconds:.1f} s"
    return Finding(what, works=True, detail=detail, mode=mode, tokens_a_second=written / seconds)


def _ready(config: LLMConfig, findings: tuple[Finding, ...]) -> str:
    slowest = max(min(one.tokens_a_second for one in findings), 0.1)
    modes = ", ".join(dict.fromkeys(one.mode for one in findings))
    names = ", ".join(dict.fromkeys(name for _, name in config.models))
    # A machine of one's own shares its speed between calls.
    side_by_side = 1 if config.is_local else config.concurrency
    minutes = BOOK_OUT / (slowest * side_by_side) / 60
    if config.requests_per_minute:
        minutes = max(minutes, BOOK_CALLS / config.requests_per_minute)
    return (
        f"Ready: {config.provider.title}, {names}, structured answers by {modes}, "
        f"{slowest:.0f} tokens a second. A book of 100 pages takes some {max(minutes, 1):.0f} min "
        f"and costs {_cost(config)}."
    )


def _cost(config: LLMConfig) -> str:
    known = dict(config.prices)
    names = {name for _, name in config.models}
    if config.is_local and not names & set(known) and config.provider.name != "litellm":
        return "nothing but this machine's time"
    if missing := sorted(names - set(known)):
        return (
            f"{(BOOK_IN + BOOK_OUT) // 1000},000 tokens (set LLM_PRICES for {', '.join(missing)} "
            "to see dollars)"
        )
    cost = max(config.price(name).of(BOOK_IN, BOOK_OUT) for name in names)
    return f"about ${cost.quantize(Decimal('0.01'))}"
