"""checkov's policies: no root, limits and probes set, no latest tag, and many more."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from deploy.checks.rendering import Manifest
from deploy.checks.tools import run

# Policies that we do not follow, and why.
ACCEPTED = {
    "CKV_K8S_15": "tags in our registry are immutable (deploy/aws/registry.yaml): pulling a tag "
    "again can bring nothing else, and a node can start pods while the registry is away",
    "CKV_K8S_43": "the pipeline names images by the commit, and tags are immutable",
}


def failed_policies(
    path: Path, framework: str, accepted: Mapping[str, str]
) -> set[tuple[str, str]]:
    """Policy and resource of each failure in a file or folder."""
    place = "--directory" if path.is_dir() else "--file"
    skipped = ["--skip-check", ",".join(accepted)] if accepted else []
    done = run(
        "checkov", place, path, "--framework", framework, "--output", "json", "--quiet",
        "--skip-download", "--compact", *skipped,
    )  # fmt: skip
    report = json.loads(done.stdout)
    if not report.get("results"):
        raise RuntimeError(f"checkov looked at nothing in {path}: {done.stdout}{done.stderr}")
    errors = report["results"].get("parsing_errors")
    if errors:
        raise RuntimeError(f"checkov cannot read {errors}")
    failed = report["results"]["failed_checks"]
    return {
        (check["check_id"], f"{Path(check['file_path']).stem}:{check['resource']}")
        for check in failed
    }


def policy_problems(named: Mapping[str, Sequence[Manifest]]) -> set[tuple[str, str]]:
    """All sets of manifests in one go, because checkov takes seconds to start."""
    with TemporaryDirectory() as folder:
        for name, manifests in named.items():
            (Path(folder) / f"{name}.yaml").write_text(yaml.safe_dump_all(manifests))
        return failed_policies(Path(folder), "kubernetes", ACCEPTED)
