"""How well checks tell true sentences about a passage from false ones.

The sentences and their passages stand in EVAL_DIR (default ../shared/eval): `claims.jsonl` with
`passage`, `sentence`, `supported` and `kind`, `passages.jsonl` with `id`, `text` and `language`.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.report import Result, write_result
from engine.lessons.claims.check import DOUBTED, Checker

GOAL = 0.75


@dataclass(frozen=True, slots=True)
class Judged:
    kind: str
    supported: bool
    doubt: float


def claim_checks() -> None:
    """The area under the ROC curve of the rules' doubt, and what is doubted of each kind."""
    folder = Path(os.environ.get("EVAL_DIR", "../shared/eval"))
    passages = {row["id"]: row for row in _rows(folder / "passages.jsonl")}
    claims: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _rows(folder / "claims.jsonl"):
        claims[row["passage"]].append(row)
    judged: list[Judged] = []
    Checker(["Water boils."], "en").check(["Water freezes."])  # dictionaries are loaded once
    started = time.perf_counter()
    for name, rows in claims.items():
        checker = Checker([passages[name]["text"]], passages[name]["language"])
        checks = checker.check([row["sentence"] for row in rows])
        judged += [
            Judged(row["kind"], row["supported"], check.doubt)
            for row, check in zip(rows, checks, strict=True)
        ]
    seconds = time.perf_counter() - started
    value = round(area(judged), 3)
    write_result(
        Result(
            id="claim-checks",
            value=value,
            unit="AUC",
            goal=f">= {GOAL}",
            holds=value >= GOAL,
            yardstick="a coin: 0.5; the support score of the first release: 0.42",
            runs=1,
            parts={
                "sentences": len(judged),
                "seconds per 1,000 sentences": round(1000 * seconds / len(judged), 1),
                **_counted(judged),
            },
        )
    )


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        raise SystemExit(f"{path} is missing. Set EVAL_DIR to the folder with the sentences.")
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def area(judged: Sequence[Judged]) -> float:
    """Returns how often an unsupported sentence is doubted more than a supported one."""
    false = [one.doubt for one in judged if not one.supported]
    true = [one.doubt for one in judged if one.supported]
    wins = sum((a > b) + (a == b) / 2 for a in false for b in true)
    return wins / (len(false) * len(true))


def _counted(judged: Sequence[Judged]) -> dict[str, str]:
    """Returns what is doubted: "caught" of unsupported sentences, "false alarms" of supported."""
    groups: dict[tuple[bool, str], list[Judged]] = defaultdict(list)
    for one in judged:
        groups[one.supported, ""].append(one)
        groups[one.supported, one.kind].append(one)
    counted = {}
    for (supported, kind), ones in sorted(groups.items()):
        doubted = sum(one.doubt >= DOUBTED for one in ones)
        name = "false alarms" if supported else "caught"
        share = f" ({doubted / len(ones):.0%})" if not kind else ""
        counted[f"{name}: {kind}" if kind else name] = f"{doubted} of {len(ones)}{share}"
    return counted
