"""The charts of others: values against the keys that they document, and what Helm makes of them.

PROFAI_CHARTS names a folder in which the charts lie by their names, each with Chart.yaml; without
it what Helm makes of them is not looked at.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from deploy.checks.admission import refusals
from deploy.checks.rendering import Manifest, find, pods
from deploy.checks.schemas import VERSION
from deploy.checks.tools import DEPLOY, ROOT, run
from deploy.checks.tree import Tree
from deploy.installer.settings import Chart, charts

SCHEMAS = json.loads((DEPLOY / "checks/schema_files/charts.json").read_text())["$defs"]
CHARTS = {chart.name: chart for chart in charts()}


def problems(chart: Chart, values: dict[str, Any]) -> list[str]:
    """`values` with what `up` gives besides; the name of a key says where it stands."""
    for key in chart.set:
        place = values
        *outer, last = key.split(".")
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = "known once the cluster stands"
    found = jsonschema.Draft202012Validator(SCHEMAS[chart.name]).iter_errors(values)
    return [error.message for error in found]


@pytest.mark.parametrize("name", CHARTS)
def test_values_are_those_that_the_chart_knows(name: str) -> None:
    values = yaml.safe_load((ROOT / CHARTS[name].values).read_text())
    assert problems(CHARTS[name], values) == []


def test_a_typing_error_in_values_is_found() -> None:
    values = yaml.safe_load((ROOT / CHARTS["cluster-autoscaler"].values).read_text())
    values["extraArgs"]["skip-nodes-with-localstorage"] = False
    (problem,) = problems(CHARTS["cluster-autoscaler"], values)
    assert "skip-nodes-with-localstorage" in problem


def test_there_is_no_file_of_values_without_a_chart() -> None:
    assert {path.stem for path in (DEPLOY / "charts").glob("*.yaml")} == set(CHARTS)


def rendered(folder: Path, chart: Chart) -> list[Manifest]:
    more = [part for key in chart.set for part in ("--set", f"{key}=told-{key.lower()}")]
    done = run(
        "helm", "template", chart.name, folder, "--namespace", chart.namespace,
        "--kube-version", f"{VERSION}.0", "--values", ROOT / chart.values, *more,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def test_helm_renders_with_our_values(tmp_path: Path) -> None:
    """That Helm runs here at all, with a chart of our own."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("{apiVersion: v2, name: x, version: 1.0.0}")
    (tmp_path / "templates" / "x.yaml").write_text(
        "kind: CSIDriver\nmetadata: {name: x}\n"
        "spec: {tokenRequests: {{ toJson .Values.tokenRequests }} }\n"
    )
    (driver,) = rendered(tmp_path, CHARTS["secrets-store-csi-driver"])
    audiences = [request["audience"] for request in driver["spec"]["tokenRequests"]]
    assert audiences == ["sts.amazonaws.com", "pods.eks.amazonaws.com"]


@pytest.fixture(scope="module")
def made() -> dict[str, list[Manifest]]:
    given = os.environ.get("PROFAI_CHARTS")
    if not given:
        pytest.skip("PROFAI_CHARTS names no folder with the charts")
    folders = {name: Path(given) / name for name in CHARTS}
    for name, folder in folders.items():
        version = yaml.safe_load((folder / "Chart.yaml").read_text())["version"]
        assert version == CHARTS[name].version, f"{name} is {version} in that folder"
    return {name: rendered(folder, CHARTS[name]) for name, folder in folders.items()}


def test_the_driver_hands_tokens_to_the_provider(made: dict[str, list[Manifest]]) -> None:
    driver = find(made["secrets-store-csi-driver"], "CSIDriver", "secrets-store.csi.k8s.io")["spec"]
    audiences = {request["audience"] for request in driver["tokenRequests"]}
    assert audiences == {"sts.amazonaws.com", "pods.eks.amazonaws.com"}
    assert driver["requiresRepublish"] is True
    drivers = [
        one for manifests in made.values() for one in manifests if one["kind"] == "CSIDriver"
    ]
    assert len(drivers) == 1


def test_the_controller_is_told_what_it_cannot_ask(made: dict[str, list[Manifest]]) -> None:
    manifests = made["aws-load-balancer-controller"]
    deployment = find(manifests, "Deployment", "aws-load-balancer-controller")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert {"--aws-vpc-id=told-vpcid", "--aws-region=told-region"} <= set(container["args"])
    hooks = find(manifests, "MutatingWebhookConfiguration", "aws-load-balancer-webhook")["webhooks"]
    failing = [hook["name"] for hook in hooks if hook["failurePolicy"] == "Fail"]
    assert not [name for name in failing if "service" in name]
    # Readiness gates need this one.
    assert [hook for hook in hooks if hook["name"] == "mpod.elbv2.k8s.aws"]


def test_charts_use_the_service_accounts_that_have_roles(made: dict[str, list[Manifest]]) -> None:
    roles = Tree(ROOT).cluster["iam"]["podIdentityAssociations"]
    for role in roles:
        name = role["serviceAccountName"]
        find(made[name], "ServiceAccount", name)
        users = [pod for _, pod in pods(made[name]) if pod.get("serviceAccountName") == name]
        assert users, name


def test_the_autoscaler_takes_nodes_away(made: dict[str, list[Manifest]]) -> None:
    ((_, pod),) = pods(made["cluster-autoscaler"])
    (container,) = pod["containers"]
    assert "--skip-nodes-with-local-storage=false" in container["command"]


def test_pods_of_keda_would_be_taken_by_a_restricted_namespace(
    made: dict[str, list[Manifest]],
) -> None:
    assert {name: refusals(pod) for name, pod in pods(made["keda"]) if refusals(pod)} == {}
