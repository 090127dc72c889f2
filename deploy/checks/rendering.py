"""Overlays as the cluster would be sent them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from deploy.checks.tools import DEPLOY, run

Manifest = dict[str, Any]

KUBERNETES = DEPLOY / "kubernetes"
ENVIRONMENTS = ("dev", "staging", "prod")


class RenderError(Exception):
    """kubectl could not put the overlay together; its words follow."""


def render(folder: Path) -> list[Manifest]:
    done = run("kubectl", "kustomize", folder)
    if done.returncode:
        raise RenderError(done.stderr)
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def overlay(environment: str) -> Path:
    return KUBERNETES / "overlays" / environment


def with_components(environment: str, components: Sequence[str]) -> list[Manifest]:
    """An overlay as it would be with these components switched on."""
    with tempfile.TemporaryDirectory(dir=KUBERNETES) as folder:

        def place(path: Path) -> str:
            return os.path.relpath(path, folder)

        listed = {
            # As in the overlay itself; else what a component adds would have none.
            "namespace": f"profai-{environment}",
            "resources": [place(overlay(environment))],
            "components": [place(KUBERNETES / "components" / name) for name in components],
        }
        (Path(folder) / "kustomization.yaml").write_text(yaml.safe_dump(listed))
        return render(Path(folder))


def name_of(manifest: Manifest) -> str:
    return f"{manifest.get('kind')}/{manifest.get('metadata', {}).get('name')}"


def find(manifests: Sequence[Manifest], kind: str, name: str) -> Manifest:
    """Raises LookupError if there is none of that kind and name."""
    for manifest in manifests:
        if manifest["kind"] == kind and manifest["metadata"]["name"] == name:
            return manifest
    raise LookupError(f"There is no {kind}/{name}.")


def pod_of(manifest: Manifest) -> Manifest | None:
    """The pod's spec of anything that has one."""
    if manifest["kind"] in {"Deployment", "StatefulSet", "DaemonSet", "Job"}:
        spec: Manifest = manifest["spec"]["template"]["spec"]
        return spec
    return None


def pods(manifests: Sequence[Manifest]) -> Iterator[tuple[str, Manifest]]:
    for manifest in manifests:
        if pod := pod_of(manifest):
            yield name_of(manifest), pod


def configuration(manifests: Sequence[Manifest]) -> dict[str, str]:
    """The values that all pods get; the name of the map ends in a hash of them."""
    found = [
        manifest["data"]
        for manifest in manifests
        if manifest["kind"] == "ConfigMap" and manifest["metadata"]["name"].startswith("profai-")
    ]
    values: dict[str, str]
    (values,) = found
    return values
