"""docs/capacity.md says what the measured figures and the manifests say now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deploy.checks.capacity import (
    SECONDS_PER_CALL,
    course,
    most_worker_pods,
    pods,
    row,
    table,
)
from deploy.checks.tools import ROOT

PAGE = ROOT / "docs" / "capacity.md"
VERY_LARGE = ROOT / "docs" / "very-large.md"


def test_the_page_holds_the_table_of_today() -> None:
    assert table() in PAGE.read_text(), "put `python -m deploy.checks.capacity` into the page"


def in_one_line(path: Path) -> str:
    return " ".join(path.read_text().split())


def test_the_sentences_of_the_page_follow_from_its_table() -> None:
    one, of, most = course(), pods(), most_worker_pods()
    page = in_one_line(PAGE)
    carried = of.slots * most / (float(row(1_000, one, of)[1]) / 1_000)
    carried = int(carried // 100 * 100)
    assert f"which carry {carried:,} courses a day" in page
    assert f"| {carried:,} courses a day, {most} pods of {of.slots} slots |" in page
    hundred = 100 * one.calls
    minutes = hundred * SECONDS_PER_CALL * one.overhead / (of.slots * most) / 60
    assert f"A hundred at once are {hundred:,} calls" in page
    assert f"{most} pods of {of.slots} slots, {minutes:.0f} minutes until the last" in page
    tokens = one.tokens_in + one.tokens_out
    assert f"{one.tokens_in:,} tokens in, {one.tokens_out:,} out: {tokens * 4 / 1e6:.1f} MB" in page


def test_very_large_has_the_figures_of_the_table() -> None:
    one, of = course(), pods(slots=32, web=12)
    _, calls, workers, _, connections, requests, tokens, *_ = row(100_000, one, of)
    page = in_one_line(VERY_LARGE)
    assert f"| models | {calls} calls in flight, {requests} requests a minute |" in page
    assert f"{workers.replace(' of ', ' worker pods of ')} slots" in page
    assert f"| database connections | {connections} |" in page
    assert f"{requests} requests and {float(tokens):.0f} million tokens a minute" in page
    a_second = int(requests.replace(",", "")) / 60
    assert f"{a_second:.0f} requests a second" in page
    cell = row(10_000, one, of)[2].split(" of ")[0]
    assert f"10,000 courses a day need {cell} worker pods each" in page


def test_ten_times_the_courses_take_ten_times_the_calls() -> None:
    one, of = course(), pods()
    few, many = row(10_000, one, of), row(100_000, one, of)
    times = float(many[5].replace(",", "")) / float(few[5].replace(",", ""))
    assert times == pytest.approx(10, rel=0.01)
    assert one.calls == 170
    assert 0.05 < one.dollars < 1
    # What comes from a cache costs half.
    dearer = replace(one, cached=0)
    assert dearer.dollars > one.dollars
