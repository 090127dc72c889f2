"""Makes the PrometheusRule of the cluster from the rule file of Prometheus.

python -m deploy.checks.observability
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from deploy.checks.tools import DEPLOY, ROOT

RULES = DEPLOY / "observability" / "alerts.yaml"
TESTS = DEPLOY / "observability" / "alerts.test.yaml"
MONITORING = DEPLOY / "kubernetes" / "components" / "monitoring"
MANIFEST = MONITORING / "alerts.yaml"
DASHBOARD = MONITORING / "dashboard.json"
RUNBOOK = "https://github.com/school/profai/blob/main/docs/operations.md"
HEAD = "# Made of deploy/observability/alerts.yaml by `python -m deploy.checks.observability`.\n"


def rule_groups() -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = yaml.safe_load(RULES.read_text())["groups"]
    return groups


def rules() -> Iterator[dict[str, Any]]:
    for group in rule_groups():
        yield from group["rules"]


def manifest() -> str:
    made = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "profai", "labels": {"app.kubernetes.io/name": "profai"}},
        "spec": {"groups": rule_groups()},
    }
    text: str = yaml.safe_dump(made, sort_keys=False, width=100, allow_unicode=True)
    return HEAD + text


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Raises RuntimeError, saying what to install, where it is missing."""
    program = shutil.which("promtool")
    if program is None:
        raise RuntimeError("promtool is missing; on Debian: apt install prometheus")
    return subprocess.run(
        [program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


if __name__ == "__main__":
    MANIFEST.write_text(manifest())
