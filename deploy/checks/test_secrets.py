"""Nothing secret is in Git, and what would be is found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.checks.secrets import findings
from deploy.checks.tools import ROOT

# Put together here, so that this file holds none.
PLANTED = {
    "AWS Access Key": "AKIA" + "Q3EGOEXAMPLE7WZL",
    "OpenAI project key": "sk-proj-" + "a1B2" * 12,
    "Groq key": "gsk_" + "a1B2" * 13,
    "ElevenLabs key": "sk_" + "0f" * 24,
    "Private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "GitHub Token": "ghp_" + "a1B2" * 9,
    "Password in an address": "postgresql://profai:" + "Tr0ub4dor@db.example.org/profai",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    subprocess.run(["/usr/bin/git", "init", "-q", tmp_path], check=True)
    return tmp_path


def test_nothing_secret_is_in_this_repository() -> None:
    assert findings(ROOT) == []


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_secret_is_found(tree: Path, kind: str) -> None:
    (tree / "deep").mkdir()
    (tree / "deep" / "settings.yaml").write_text(f"one: 1\nkey: {PLANTED[kind]}\n")
    found = [(finding.path, finding.line, finding.kind) for finding in findings(tree)]
    assert ("deep/settings.yaml", 2, kind) in found


def test_what_git_ignores_is_left_alone(tree: Path) -> None:
    (tree / ".gitignore").write_text(".env\n")
    (tree / ".env").write_text(PLANTED["Groq key"])
    assert findings(tree) == []


def test_the_command_fails_and_says_where(tree: Path) -> None:
    (tree / "a.py").write_text(f"KEY = '{PLANTED['OpenAI project key']}'\n")
    done = subprocess.run(
        [sys.executable, "-m", "deploy.checks.secrets", tree],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "a.py:1: OpenAI project key" in done.stderr
