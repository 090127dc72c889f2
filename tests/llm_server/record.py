"""What was asked of the server, and how busy it was."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Call:
    """One request. Times are of the machine's monotonic clock."""

    number: int
    digest: str
    schema: str
    model: str
    started: float
    turns: int
    ended: float = 0.0
    outcome: str = "open"
    status: int = 0
    prompt: str = ""
    limit: int = 0
    parameters: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)


@dataclass
class Record:
    calls: list[Call] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0

    def begin(self, call: Call) -> None:
        self.calls.append(call)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def end(self, call: Call) -> None:
        call.ended = time.monotonic()
        self.in_flight -= 1

    def stats(self) -> dict[str, Any]:
        ended = [call for call in self.calls if call.ended]
        return {
            "calls": len(self.calls),
            "most_in_flight": self.most_in_flight,
            "by_outcome": Counter(call.outcome for call in self.calls),
            "by_schema": Counter(call.schema for call in self.calls),
            "by_status": {str(s): n for s, n in Counter(c.status for c in self.calls).items()},
            "busy_seconds": sum(call.ended - call.started for call in ended),
        }

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(call) for call in self.calls]
