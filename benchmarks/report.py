"""One form for all results: a table for people, a JSON file for comparison over time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Result:
    """`value` is a median over `runs`; `parts` holds what it was made of."""

    id: str
    value: float
    unit: str
    goal: str
    holds: bool
    yardstick: str
    runs: int
    parts: Mapping[str, object] = field(default_factory=dict)


def write_result(result: Result) -> None:
    FOLDER.mkdir(exist_ok=True)
    data = asdict(result) | {"commit": _commit()}
    path = FOLDER / f"{result.id}.json"
    path.write_text(json.dumps(data, indent=2, sort_keys=True) + "\n")
    state = "holds" if result.holds else "MISSED"
    lines = [f"{result.id}: {result.value:g} {result.unit} (goal {result.goal}: {state})"]
    lines += [f"    {name}: {value}" for name, value in result.parts.items()]
    sys.stdout.write("\n".join(lines) + "\n")


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
