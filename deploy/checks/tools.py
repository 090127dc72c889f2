"""The programs of .venv-deploy, and where things are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def run(
    program: str, *arguments: str | Path, check: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a program that was installed beside this interpreter."""
    return subprocess.run(
        [Path(sys.executable).with_name(program), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=check,
    )
