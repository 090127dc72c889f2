"""The benchmark of claims counts what rules and critic find."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from benchmarks import claims
from benchmarks.report import Result
from tests.llm_server import LLMServer

WATER = "Water boils at 100 degrees at sea level. Ice floats on water, because it is less dense."
ROWS = [
    {"sentence": "Water boils at 90 degrees at sea level.", "supported": False, "kind": "number"},
    {"sentence": "Fish live below frozen lakes.", "supported": False, "kind": "added"},
    {"sentence": "Frozen water swims on top.", "supported": True, "kind": "paraphrase"},
]


def measured(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    rows = [json.dumps(row | {"passage": "P"}) for row in ROWS]
    (folder / "claims.jsonl").write_text("\n".join(rows))
    (folder / "passages.jsonl").write_text(json.dumps({"id": "P", "text": WATER, "language": "en"}))
    monkeypatch.setenv("EVAL_DIR", str(folder))
    written: list[Result] = []
    monkeypatch.setattr(claims, "write_result", written.append)
    claims.claim_checks()
    (result,) = written
    return result


def test_without_a_model_the_rules_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.LLM_MODEL = ""
    parts = measured(tmp_path, monkeypatch).parts
    assert parts["caught: number"] == "1 of 1"
    assert parts["caught: added"] == "0 of 1"
    assert not any("critic" in name for name in parts)


def test_with_a_model_the_critic_judges_what_is_no_quote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, llm: LLMServer
) -> None:
    verdicts = [
        {"number": 1, "verdict": "contradicted", "evidence": [1], "reason": "It is 100."},
        {"number": 2, "verdict": "not_in_source", "evidence": [], "reason": "Nothing of fish."},
        {"number": 3, "verdict": "stated", "evidence": [2], "reason": ""},
    ]
    llm.configure(script=[json.dumps({"claims": verdicts})])
    parts = measured(tmp_path, monkeypatch).parts
    assert llm.stats()["calls"] == 1
    assert parts["with the critic: AUC"] == 1
    assert parts["with the critic: caught"] == "2 of 2 (100%)"
    assert parts["with the critic: false alarms"] == "0 of 1 (0%)"
    assert parts["with the critic: not checked"] == 0
