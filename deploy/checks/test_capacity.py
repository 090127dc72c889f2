"""docs/capacity.md says what the measured figures and the manifests say now."""

from __future__ import annotations

import pytest

from deploy.checks.capacity import course, pods, row, table
from deploy.checks.tools import ROOT

PAGE = ROOT / "docs" / "capacity.md"


def test_the_page_holds_the_table_of_today() -> None:
    assert table() in PAGE.read_text(), "put `python -m deploy.checks.capacity` into the page"


def test_ten_times_the_courses_take_ten_times_the_calls() -> None:
    one, of = course(), pods()
    few, many = row(10_000, one, of), row(100_000, one, of)
    times = float(many[5].replace(",", "")) / float(few[5].replace(",", ""))
    assert times == pytest.approx(10, rel=0.01)
    assert one.calls == 112
    assert 0.05 < one.dollars < 1
