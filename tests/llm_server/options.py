"""What the server is told to do. Every field can be set at start and changed while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass
class Options:
    """`latency` in seconds. `faults` are dictionaries with `name`, `share` (0 to 1), and maybe
    `times` (how often at most), `schema` (only for answers of that form), `within` (only for
    prompts that hold these words) and `seconds`.
    `script` holds answers to give first, in order: texts, or {"status", "body", "headers"}.
    `hold_after`: streams stop after so many pieces, until this is 0 again.
    `play` names the provider that is played (`plays.PLAYS`).
    `overrides` change the answer on one question of a call: dictionaries with `schema`, `within`
    (words of the question or of its line in the plan), `values` (None: no answer on it) and maybe
    `times`, in how many calls at most, and `every`: not only the first such question of a call.
    """

    latency: float = 0.0
    key: str = ""
    structured: list[str] = field(default_factory=lambda: ["json_schema", "json_object"])
    max_in_flight: int = 0
    requests_per_minute: int = 0
    retry_after: float = 0.2
    faults: list[dict[str, Any]] = field(default_factory=list)
    script: list[Any] = field(default_factory=list)
    seed: int = 1
    hold_after: int = 0
    modules: int = 0
    topics: int = 0
    keep_prompts: bool = False
    play: str = ""
    overrides: list[dict[str, Any]] = field(default_factory=list)

    def update(self, values: dict[str, Any]) -> None:
        known = {one.name for one in fields(self)}
        unknown = set(values) - known
        if unknown:
            raise ValueError(f"no such option: {', '.join(sorted(unknown))}")
        for name, value in values.items():
            setattr(self, name, value)
