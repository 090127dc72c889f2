"""How well checks tell true sentences about a passage from false ones.

The sentences and their passages stand in EVAL_DIR (default ../shared/eval): `claims.jsonl` with
`passage`, `sentence`, `supported` and `kind`, `passages.jsonl` with `id`, `text` and `language`.
Where LLM_MODEL is set, the critic judges them as it does those of a lesson: one call a passage.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from benchmarks.report import Result, write_result
from engine.lessons.claims.check import DOUBTED, Check, Checker
from engine.lessons.schemas import ClaimDraft, ClaimPlace, SourcePassage, Verdict

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
    checked: dict[str, list[Check]] = {}
    Checker(["Water boils."], "en").check(["Water freezes."])  # dictionaries are loaded once
    started = time.perf_counter()
    for name, rows in claims.items():
        checker = Checker([passages[name]["text"]], passages[name]["language"])
        checked[name] = checker.check([row["sentence"] for row in rows])
    seconds = time.perf_counter() - started
    judged = [
        Judged(row["kind"], row["supported"], check.doubt)
        for name, rows in claims.items()
        for row, check in zip(rows, checked[name], strict=True)
    ]
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
                **_criticised(claims, checked, passages),
            },
        )
    )


def _criticised(
    claims: Mapping[str, Sequence[dict[str, Any]]],
    checked: Mapping[str, Sequence[Check]],
    passages: Mapping[str, dict[str, Any]],
) -> dict[str, object]:
    """Returns what rules and critic find together; nothing without a model."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "profai.settings.dev")
    django.setup()
    if not settings.LLM_MODEL:
        return {}
    # Django's settings must stand before these can be imported.
    from engine.lessons.llm import critic
    from engine.llm.client import language_model
    from engine.llm.configuration import llm_config

    model = language_model(llm_config(settings))

    async def judge() -> list[list[ClaimDraft]]:
        return await asyncio.gather(
            *(
                critic.judged(
                    model,
                    [_claim(row, check) for row, check in zip(rows, checked[name], strict=True)],
                    [SourcePassage(1, 1, 1, 1, 1, "1", "1", (), passages[name]["text"])],
                    passages[name]["language"],
                )
                for name, rows in claims.items()
            )
        )

    drafts = [draft for own in asyncio.run(judge()) for draft in own]
    # What is found to claim nothing is not there, and is not doubted.
    doubts = {draft.text: draft.doubt for draft in drafts}
    judged = [
        Judged(row["kind"], row["supported"], doubts.get(row["sentence"], 0.0))
        for own in claims.values()
        for row in own
    ]
    counts: dict[str, object] = {"AUC": round(area(judged), 3), **_counted(judged)}
    counts["not checked"] = sum(draft.verdict is Verdict.NOT_CHECKED for draft in drafts)
    counts["taken for no claim"] = len(judged) - len(drafts)
    return {f"with the critic: {name}": value for name, value in counts.items()}


def _claim(row: dict[str, Any], check: Check) -> ClaimDraft:
    return ClaimDraft(
        place=ClaimPlace.SENTENCE,
        text=row["sentence"],
        citations=(1,),
        verdict=check.verdict,
        evidence=check.evidence,
        reason=check.reason,
        doubt=check.doubt,
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
