"""The files of a deployment, here or in a copy in which something was changed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from deploy.checks.rendering import ENVIRONMENTS, Manifest, render

# What a rule looks at.
COPIED = (
    "deploy", ".github", "docs/deployment.md", "docs/backup.md", "docs/capacity.md", ".env.example",
    "requirements/audit-exceptions.toml", "requirements/base.txt", "engine/search/vectorstore.py",
    "courses/models.py", "courses/uploads.py", "courses/figures.py", "exchange/models.py",
)  # fmt: skip


class Template(yaml.SafeLoader):
    """Reads `!Sub x` of CloudFormation as {"Sub": x}, and so on."""


def _tag(loader: Template, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {tag: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {tag: loader.construct_mapping(node, deep=True)}


Template.add_multi_constructor("!", _tag)


@dataclass(frozen=True)
class Tree:
    root: Path

    def text(self, path: str) -> str:
        return (self.root / path).read_text()

    def yaml(self, path: str) -> Any:
        return yaml.safe_load(self.text(path))

    def template(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = yaml.load(self.text(f"deploy/aws/{name}.yaml"), Template)  # noqa: S506 - a SafeLoader
        return found

    def settings(self, environment: str) -> dict[str, str]:
        """What an overlay tells the pods."""
        lines = self.text(f"deploy/kubernetes/overlays/{environment}/settings.env").splitlines()
        return dict(line.split("=", 1) for line in lines)

    @cached_property
    def overlays(self) -> dict[str, list[Manifest]]:
        folder = self.root / "deploy/kubernetes/overlays"
        return {name: render(folder / name) for name in ENVIRONMENTS}

    @cached_property
    def plan(self) -> list[str]:
        """What this tree's own deploy/bin/plan says of production."""
        done = self.run("deploy/bin/plan", "prod")
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout.splitlines()

    @cached_property
    def cluster(self) -> dict[str, Any]:
        """The cluster's file with the values of production."""
        text = re.sub(r"\$\{(zones|api_ranges|types)\}", "[]", self.text("deploy/aws/cluster.yaml"))
        found: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{\w+\}", "1", text))
        return found

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One of the tree's programs, beside the kubectl of these checks."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return subprocess.run(
            [self.root / program, *arguments],
            cwd=self.root, env={"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
