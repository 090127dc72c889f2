"""What is loaded when, and that nobody hides an import inside a function."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.core.management import call_command

from profai.environment import BASE_DIR
from tests.waiting import LONG

ROOMS = {
    *("accounts", "common", "courses", "engine", "exchange", "jobs", "profai", "quizzes"),
    *("telemetry", "webhooks"),
}
# AppConfig modules are loaded before any model can be.
EXCEPTIONS = {
    *("accounts/apps.py", "profai/apps.py", "quizzes/apps.py"),
}
HEAVY = (
    *("langchain", "langchain_core", "langchain_openai", "openai"),
    *("chromadb", "spacy", "wordllama"),
    "engine.questions.extractive.engine",
)


@pytest.mark.slow
def test_a_web_process_loads_no_heavy_library() -> None:
    code = (
        "import sys, profai.server.wsgi, profai.urls\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "profai.settings.test"},
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_own_code_is_imported_at_the_top() -> None:
    found = {
        f"{path.relative_to(BASE_DIR)}:{line}" for path in _modules() for line in _hidden(path)
    }
    assert {place for place in found if place.split(":")[0] not in EXCEPTIONS} == set()
    assert {place.split(":")[0] for place in found} == EXCEPTIONS


def test_the_contracts_name_every_room() -> None:
    linter = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = linter["contracts"][0]["layers"]
    named = {room for layer in layers for room in layer.split(" | ")}
    assert named == set(linter["root_packages"]) == ROOMS


def _modules() -> list[Path]:
    return [path for name in sorted(ROOMS) for path in (BASE_DIR / name).rglob("*.py")]


def _hidden(path: Path) -> set[int]:
    """Lines that import our own code inside a function."""
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return {
        node.lineno
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.stmt) and _imported(node) & ROOMS
    }


def _imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "").split(".")[0]}
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    return set()
