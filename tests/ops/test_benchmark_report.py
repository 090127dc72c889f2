"""What stands beside a benchmark's figure: the load, and whether it was in the way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import report


@pytest.mark.parametrize(
    ("runs", "noisy"), [((), False), ((10.0,), False), ((10.0, 11.4), False), ((10.0, 11.6), True)]
)
def test_a_result_is_noisy_where_the_runs_of_its_yardstick_differ(
    runs: Sequence[float],
    noisy: bool,  # noqa: FBT001 - a case
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    report.write_result(
        report.Result("one", 1.0, "times", "<= 2", True, "a yardstick", 1, yardstick_runs=runs)
    )
    written = json.loads((tmp_path / "one.json").read_text())
    assert written["noisy"] is noisy
    assert set(written["load"]) == {"before", "after", "processors"}
    assert ("holds, noisy" in capsys.readouterr().out) is noisy
