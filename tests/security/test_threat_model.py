"""The threat model names tests that are there, and all tests of attacks."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from profai.environment import BASE_DIR

PAGE = BASE_DIR / "docs/threat-model.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
FILES = re.compile(r"`([a-z_]+/[\w/]+\.(?:py|md))`")


def functions(path: Path) -> set[str]:
    """Tests that pytest would collect: of the module itself."""
    found = ast.parse(path.read_text(encoding="utf-8")).body
    return {one.name for one in found if isinstance(one, ast.FunctionDef)}


def test_every_test_that_is_named_is_there() -> None:
    named = NAMED.findall(PAGE.read_text(encoding="utf-8"))
    assert len(named) > 50
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (BASE_DIR / file).exists() or name not in functions(BASE_DIR / file)
    ]
    assert missing == []
    assert all(name.startswith("test_") for _, name in named)


def test_every_file_of_attacks_is_named() -> None:
    named = {file for file, _ in NAMED.findall(PAGE.read_text(encoding="utf-8"))}
    there = {f"tests/security/{path.name}" for path in Path(__file__).parent.glob("test_*.py")}
    assert there <= named


def test_every_counter_measure_is_there() -> None:
    files = FILES.findall(PAGE.read_text(encoding="utf-8"))
    assert len(files) > 30
    assert [file for file in files if not (BASE_DIR / file).exists()] == []


def test_every_threat_has_a_test() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("## Threats")[2].partition("## Accepted")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 25
    assert [row.split("|")[1] for row in rows if not NAMED.search(row)] == []
