"""What the server is told to do. Every field can be set at start and changed while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass
class Options:
    """`latency` in seconds. `faults` are dictionaries with `name`, `share` (0 to 1), and maybe
    `times` (how often at most), `schema` (only for answers of that form) and `seconds`.
    `script` holds answers to give first, in order: texts, or {"status", "body", "headers"}."""

    latency: float = 0.0
    key: str = ""
    structured: list[str] = field(default_factory=lambda: ["json_schema", "json_object"])
    max_in_flight: int = 0
    requests_per_minute: int = 0
    retry_after: float = 0.2
    faults: list[dict[str, Any]] = field(default_factory=list)
    script: list[Any] = field(default_factory=list)
    seed: int = 1
    modules: int = 0
    topics: int = 0
    keep_prompts: bool = False

    def update(self, values: dict[str, Any]) -> None:
        known = {one.name for one in fields(self)}
        unknown = set(values) - known
        if unknown:
            raise ValueError(f"no such option: {', '.join(sorted(unknown))}")
        for name, value in values.items():
            setattr(self, name, value)
