"""How the item checks tell good questions from bad ones, on labelled questions.

The set is a folder: `items.jsonl` with the questions, their label and main flaw, `passages.jsonl`
with their passages. EVAL_DIR names it. A question has `choices`, `correct` and perhaps `feedback`,
or the `body` of another format. Where LLM_MODEL is set, the critic reads them, too: three calls
for each passage and twenty questions. Wrong key, second answer and the like planted in sound
questions of a course make such a set.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from benchmarks.report import Result, write_result
from engine.lessons.schemas import SourcePassage
from engine.llm.prompting import Repeats
from engine.questions.formats import read_body
from engine.questions.item_checks import balance_positions, check_question, check_quiz
from engine.questions.llm.batches import Batch
from engine.questions.llm.material import Material
from engine.questions.schemas import (
    BloomLevel,
    Difficulty,
    ItemIssue,
    QuestionDraft,
    QuestionKind,
    QuizTopic,
    refusals,
)

CRITIC_REPEATS = 2  # answers of a passage's questions that are asked for again
DEFAULT_FOLDER = Path("..") / "shared" / "eval"


def item_checks() -> None:
    """Writes how many good questions the rules refuse, and what they catch of each flaw."""
    folder = Path(os.environ.get("EVAL_DIR") or DEFAULT_FOLDER)
    rows = _rows(folder / "items.jsonl")
    passages = {row["id"]: row for row in _rows(folder / "passages.jsonl")}
    found = [(row, _issues(row, passages[row["passage"]])) for row in rows]
    good = [issues for row, issues in found if row["good"]]
    flawed = [(row["flaw"], issues) for row, issues in found if not row["good"]]
    together = _refused_together(rows, passages)
    refused = sum(bool(refusals(issues)) for issues in good)
    write_result(
        Result(
            id="item-checks",
            value=refused + together,
            unit="good questions refused",
            goal="0",
            holds=refused + together == 0,
            yardstick=f"{len(good)} good and {len(flawed)} flawed questions, labelled by hand",
            runs=1,
            parts={
                "good with a note": sum(bool(issues) for issues in good),
                "flawed refused": sum(bool(refusals(issues)) for _, issues in flawed),
                "flawed with a note alone": sum(
                    bool(issues) and not refusals(issues) for _, issues in flawed
                ),
                **_by_flaw(flawed),
                **_criticised(rows, passages, [issues for _, issues in found]),
            },
        )
    )


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def _issues(row: dict[str, Any], passage: dict[str, Any]) -> tuple[ItemIssue, ...]:
    return check_question(_draft(row), passage["text"], language=passage["language"])


def _draft(row: dict[str, Any]) -> QuestionDraft:
    return QuestionDraft(
        kind=QuestionKind.WRITTEN,
        stem=row["stem"],
        choices=tuple(row.get("choices", ())),
        correct=row.get("correct", 0),
        explanation=row["explanation"],
        difficulty=Difficulty.MEDIUM,
        bloom=BloomLevel.UNDERSTAND,
        topic_id=1,
        passage_id=1,
        quote=row["quote"],
        # The score of the words is another measure and refuses nothing.
        support=1.0,
        feedback=tuple(row.get("feedback", ())),
        body=read_body(row["body"]) if row.get("body") else None,
        derived=row.get("derived", ""),
    )


def _refused_together(rows: list[dict[str, Any]], passages: dict[str, dict[str, Any]]) -> int:
    """Returns how many good questions are refused beside the others of their passage."""
    count = 0
    for key, passage in passages.items():
        quiz = [_draft(row) for row in rows if row["good"] and row["passage"] == key]
        count += sum(map(bool, map(refusals, check_quiz(quiz, language=passage["language"]))))
    return count


def _by_flaw(flawed: list[tuple[str, tuple[ItemIssue, ...]]]) -> dict[str, str]:
    all_, refused, noted = Counter[str](), Counter[str](), Counter[str]()
    for flaw, issues in flawed:
        all_[flaw] += 1
        refused[flaw] += bool(refusals(issues))
        noted[flaw] += bool(issues) and not refusals(issues)
    return {
        flaw: f"{refused[flaw]} refused and {noted[flaw]} noted of {all_[flaw]}"
        for flaw in sorted(all_)
    }


def _criticised(
    rows: list[dict[str, Any]],
    passages: dict[str, dict[str, Any]],
    issues: list[tuple[ItemIssue, ...]],
) -> dict[str, str]:
    """Returns what the critic doubts, and what no learner would be asked, good and by flaw.

    Nothing without a model.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "profai.settings.dev")
    django.setup()
    if not settings.LLM_MODEL:
        return {}
    # Django's settings must stand before these can be imported.
    from engine.llm.client import language_model
    from engine.llm.configuration import llm_config
    from engine.questions.llm.critic import Critic, Doubt, Verdict
    from engine.questions.llm.engine import system_prompt

    model = language_model(llm_config(settings))
    drafts = balance_positions([_draft(row) for row in rows])

    async def reviewed(passage: dict[str, Any], places: list[int]) -> list[Verdict]:
        repeats = Repeats(CRITIC_REPEATS)
        critic = Critic(model, system_prompt(passage["language"]), repeats)
        material = _material(passage)
        asked = [(drafts[place], material, frozenset[str]()) for place in places]
        found = await critic.review(asked)
        for verdict in found:
            # The set is no quiz: it has good and flawed versions of one question.
            verdict.doubts = [one for one in verdict.doubts if one.code != Doubt.TOLD]
        return found

    async def all_reviewed() -> dict[int, Verdict]:
        own = {
            key: [place for place, row in enumerate(rows) if row["passage"] == key]
            for key in passages
        }
        verdicts = await asyncio.gather(
            *(reviewed(passages[key], places) for key, places in own.items())
        )
        return {
            place: verdict
            for places, some in zip(own.values(), verdicts, strict=True)
            for place, verdict in zip(places, some, strict=True)
        }

    found = asyncio.run(all_reviewed())
    _show_doubts(rows, {place: verdict.doubts for place, verdict in found.items()})
    all_, doubted, kept = Counter[str](), Counter[str](), Counter[str]()
    for place, row in enumerate(rows):
        kind = row["flaw"] or "good questions"
        all_[kind] += 1
        doubted[kind] += bool(found[place].doubts)
        kept[kind] += bool(found[place].doubts or refusals(issues[place]))
    flawed = [kind for kind in sorted(all_) if kind != "good questions"]
    counts = {
        f"critic: {kind}": f"{doubted[kind]} doubted of {all_[kind]}" for kind in sorted(all_)
    }
    for kind in flawed:
        counts[f"rules and critic: {kind}"] = f"{kept[kind]} of {all_[kind]} kept from learners"
    whole = sum(kept[kind] for kind in flawed)
    counts["rules and critic: flawed"] = (
        f"{whole} of {sum(all_[kind] for kind in flawed)} kept from learners"
    )
    unchecked = sum(bool(verdict.unchecked) for verdict in found.values())
    return counts | {"critic: not checked": str(unchecked)}


def _show_doubts(rows: list[dict[str, Any]], doubts: Mapping[int, list[ItemIssue]]) -> None:
    """Writes the good questions that are doubted with the reasons, and the flawed that are not."""
    for place, row in enumerate(rows):
        if row["good"] == bool(doubts[place]):
            why = " ".join(issue.message for issue in doubts[place]) or "not doubted"
            sys.stdout.write(f"{row['flaw'] or 'good'}: {row['stem']} [{why}]\n")


def _material(passage: dict[str, Any]) -> Material:
    source = SourcePassage(1, 1, 1, 1, 1, "1", "1", (), passage["text"])
    topic = QuizTopic(1, passage["subject"], (source,))
    batch = Batch((topic,), (source,), {Difficulty.MEDIUM: 1})
    return Material(batch, (), passage["language"], budget=0)
