"""The benchmark of the item checks counts what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from benchmarks import items
from benchmarks.report import Result
from tests.llm_server import LLMServer
from tests.questions.test_item_checks import PASSAGE, SOUND


def row() -> dict[str, Any]:
    return {
        "passage": "P",
        "stem": SOUND.stem,
        "choices": list(SOUND.choices),
        "correct": 0,
        "explanation": SOUND.explanation,
        "quote": SOUND.quote,
        "good": True,
        "flaw": "",
    }


def measured(folder: Path, monkeypatch: pytest.MonkeyPatch, *rows: dict[str, Any]) -> Result:
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    passage = {"id": "P", "subject": "Cells", "text": PASSAGE, "language": "en"}
    (folder / "passages.jsonl").write_text(json.dumps(passage))
    monkeypatch.setenv("EVAL_DIR", str(folder))
    written: list[Result] = []
    monkeypatch.setattr(items, "write_result", written.append)
    items.item_checks()
    (result,) = written
    return result


def test_refusals_and_notes_are_counted_by_flaw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.LLM_MODEL = ""
    bad: list[dict[str, Any]] = [
        {"choices": ["a", "b", "c", "All of the above"], "flaw": "all_of_the_above"},
        {"explanation": "The nucleus does it.", "flaw": "wrong_key"},
        {"flaw": "wrong_key"},
    ]
    flawed = [row() | {"good": False} | one for one in bad]
    result = measured(tmp_path, monkeypatch, row(), row() | {"quote": "not there"}, *flawed)
    # One for its quote, and one of the two as it asks the same as the other.
    assert (result.value, result.holds) == (2, False)
    assert result.parts["flawed refused"] == 1
    assert result.parts["flawed with a note alone"] == 1
    assert result.parts["wrong_key"] == "0 refused and 1 noted of 2"
    assert not any("critic" in name for name in result.parts)


def test_with_a_model_the_critic_s_doubts_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, llm: LLMServer
) -> None:
    right = {"answers": ["chloroplast"], "answerable": True}
    llm.configure(overrides=[{"schema": "SolvedQuestions", "within": SOUND.stem, "values": right}])
    other = row() | {"stem": "What gives light?", "good": False, "flaw": "not_supported"}
    parts = measured(tmp_path, monkeypatch, row(), other).parts
    assert parts["critic: good questions"] == "0 doubted of 1"
    assert parts["critic: not_supported"] == "1 doubted of 1"
    assert parts["critic: not checked"] == "0"
    assert parts["rules and critic: not_supported"] == "1 of 1 kept from learners"
    assert parts["rules and critic: flawed"] == "1 of 1 kept from learners"


def test_questions_of_all_formats_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.LLM_MODEL = ""
    typed = {"format": "short", "accepted": ["chloroplast"]}
    other = {name: value for name, value in row().items() if name not in {"choices", "correct"}}
    asked = other | {"stem": "Which organelle makes sugar of light?", "body": typed}
    assert measured(tmp_path, monkeypatch, asked).parts["good with a note"] == 0
    long = asked | {"body": typed | {"accepted": ["one of a great many long wordings of it"]}}
    assert measured(tmp_path, monkeypatch, long).parts["good with a note"] == 1
