"""One form for all results: a table for people, a JSON file for comparison over time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "results"
NOISY = 1.15  # the longest run of a yardstick over its shortest
# What else ran on the machine when the benchmark began; at its end it is its own load, too.
_LOAD_BEFORE = os.getloadavg()[0]


@dataclass(frozen=True, slots=True)
class Result:
    """`value` is a median over `runs`; `parts` holds what it was made of.

    `yardstick_runs` are what the yardstick's own runs came to, if it ran more than once: where they
    differ, other programs were in the way, and the result is marked as noisy.
    """

    id: str
    value: float
    unit: str
    goal: str
    holds: bool
    yardstick: str
    runs: int
    parts: Mapping[str, object] = field(default_factory=dict)
    yardstick_runs: Sequence[float] = ()

    @property
    def noisy(self) -> bool:
        times = self.yardstick_runs
        return bool(times) and max(times) > NOISY * min(times)


def write_result(result: Result) -> None:
    FOLDER.mkdir(exist_ok=True)
    load = {
        "before": round(_LOAD_BEFORE, 2),
        "after": round(os.getloadavg()[0], 2),
        "processors": os.cpu_count(),
    }
    data = asdict(result) | {"commit": _commit(), "load": load, "noisy": result.noisy}
    path = FOLDER / f"{result.id}.json"
    path.write_text(json.dumps(data, indent=2, sort_keys=True) + "\n")
    state = "holds" if result.holds else "MISSED"
    state += ", noisy" if result.noisy else ""
    lines = [f"{result.id}: {result.value:g} {result.unit} (goal {result.goal}: {state})"]
    lines += [f"    {name}: {value}" for name, value in result.parts.items()]
    sys.stdout.write("\n".join(lines) + "\n")


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
