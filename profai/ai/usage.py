"""What calls cost, and who adds it up.

The client does not know of jobs: whoever runs the work puts a meter in place, and every
call made under it is announced to it and reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

MILLION = 1_000_000


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
        """Called before each call; raises what should end the work, to refuse it."""

    async def spend(self, usage: Usage) -> None: ...


_meter: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered(meter: Meter) -> Iterator[None]:
    """Report the calls made in this context, its tasks and its event loops to `meter`."""
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
