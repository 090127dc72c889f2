"""Tells a meter what calls cost, and names how they end.

The client does not know of jobs: whoever runs the work sets a meter, which is asked before every
call and told its cost afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol, get_args

from telemetry.metrics import LLM_CALLS, begin

MILLION = 1_000_000
# How a call can end, as metrics name it.
Outcome = Literal[
    "ok", "cut_off", "refused", "rate_limited", "timeout", "unreachable",
    "provider_fault", "no_completion", "mode_not_known", "rejected",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars a million tokens."""

    tokens_in: Decimal
    tokens_out: Decimal

    def of(self, tokens_in: int, tokens_out: int) -> Decimal:
        return (self.tokens_in * tokens_in + self.tokens_out * tokens_out) / MILLION


FREE = Price(Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Usage:
    """One call that a provider answered. `cost` is in US dollars, zero without a price."""

    tokens_in: int
    tokens_out: int
    cost: Decimal


class Meter(Protocol):
    async def allow(self) -> None:
        """Raises an error to refuse a call; it is called before each."""

    async def spend(self, usage: Usage) -> None: ...


_meter: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered(meter: Meter) -> Iterator[None]:
    """Reports the calls made in this context, its tasks and its event loops to `meter`."""
    token = _meter.set(meter)
    try:
        yield
    finally:
        _meter.reset(token)


async def allow() -> None:
    meter = _meter.get()
    if meter is not None:
        await meter.allow()


async def spend(usage: Usage) -> None:
    meter = _meter.get()
    if meter is not None:
        await meter.spend(usage)


def begin_series(provider: str, models: Iterable[str]) -> None:
    """Starts a counter at zero for every outcome of calls to each model."""
    for model in models:
        for outcome in get_args(Outcome):
            begin(LLM_CALLS, provider=provider, model=model, outcome=outcome)
