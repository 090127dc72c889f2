"""Each fault that stopped a first deployment is put back into a copy, and its rule finds it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.checks import first_deployment as rules
from deploy.checks.first_deployment import RULES, Rule
from deploy.checks.tools import ROOT
from deploy.checks.tree import COPIED, Tree


@dataclass(frozen=True, slots=True)
class Fault:
    """In `path` stood `instead` of `written`; the rule says `words`."""

    number: int
    rule: Rule
    path: str
    written: str
    instead: str
    words: str


ADDON = '{"manager": {"applicationSignals": {"autoMonitor": {"monitorAllServices": false}}}}'
PROD = "deploy/kubernetes/overlays/prod"
WORKER_STORES = "files-${AWS::AccountId}/imports/*"
HONOR = "          nodeTaintsPolicy: Honor\n"
WATCH = '    Step("Log groups, alarms, budget", watch, deleting("watch")),\n'
CLUSTER = '    Step("The cluster", cluster, delete_cluster),\n'
DATA = '    Step("Database, files, secrets", data, deleting("data")),\n'

FAULTS = (
    Fault(1, rules.tokens_for_the_provider, "deploy/charts/secrets-store-csi-driver.yaml",
          "  - audience: pods.eks.amazonaws.com\n", "", "pods mount no secret"),
    Fault(2, rules.log_groups_first, "deploy/installer/steps.py",
          WATCH + CLUSTER + DATA, CLUSTER + DATA + WATCH, "in this order"),
    Fault(3, rules.addons, "deploy/aws/cluster.yaml",
          ADDON, "{}", "Application Signals would change our pods"),
    Fault(3, rules.addons, "deploy/aws/cluster.yaml",
          "    version: v1.14.3-eksbuild.16\n", "", "coredns has no pinned version"),
    Fault(4, rules.controller_without_metadata, "deploy/charts/charts.toml",
          ', vpcId = "vpc"', "", "not told vpcId"),
    Fault(4, rules.controller_without_metadata, "deploy/charts/aws-load-balancer-controller.yaml",
          "enableServiceMutatorWebhook: false\n", "", "no Service can be made"),
    Fault(5, rules.examples_are_refused, "deploy/placeholders",
          "203.0.113.\n", "", "203.0.113.0/24"),
    Fault(5, rules.examples_are_refused, "deploy/aws/cluster.yaml",
          "CIDRs: ${api_ranges}", "CIDRs: [203.0.113.0/24]", "does not see"),
    Fault(6, rules.runners_reach_the_cluster, ".github/workflows/deploy.yml",
          "codebuild-profai-prod-${{ github.run_id }}-${{ github.run_attempt }}", "ubuntu-24.04",
          "prod runs on ubuntu-24.04"),
    Fault(7, rules.exceptions_of_the_audit, "requirements/audit-exceptions.toml",
          'id = "GHSA-36p7-vc44-83pf"', 'id = "GHSA-0000-0000-0000"', "GHSA-36p7-vc44-83pf"),
    Fault(7, rules.exceptions_of_the_audit, "requirements/audit-exceptions.toml",
          "until = 2027-02-28", "until = 2036-02-28", "a date within half a year"),
    Fault(8, rules.autoscaler, "deploy/charts/cluster-autoscaler.yaml",
          "    name: cluster-autoscaler\n", "    create: true\n", "service accounts are"),
    Fault(8, rules.autoscaler, "deploy/charts/cluster-autoscaler.yaml",
          "  skip-nodes-with-local-storage: false\n", "", "no node is ever taken away"),
    Fault(9, rules.migration_first, "deploy/bin/rollout",
          "--selector app.kubernetes.io/component=migrate",
          "--selector 'app.kubernetes.io/component notin (web, worker)'", "in the way of the next"),
    Fault(9, rules.migration_first, "deploy/bin/rollout",
          'k delete job "$job" --ignore-not-found --cascade foreground --timeout 2m\n', "",
          "in the way of the next"),
    Fault(9, rules.migration_first, "deploy/bin/rollback",
          " statefulset/chroma", "", "Chroma stays"),
    Fault(9, rules.migration_first, "deploy/kubernetes/base/worker.yaml",
          "app.kubernetes.io/component: worker", "app.kubernetes.io/component: migrate",
          "Deployment/worker"),
    Fault(10, rules.workers_store_files, "deploy/aws/access.yaml",
          WORKER_STORES, "files-${AWS::AccountId}/x/*", "may not store imports"),
    Fault(11, rules.a_key_writes_courses, f"{PROD}/settings.env",
          "LLM_MODEL=gpt-4o-mini\n", "", "courses are written without one"),
    Fault(12, rules.forms_fit_the_disk, "deploy/kubernetes/base/kustomization.yaml",
          "      - UPLOAD_FORM_MAX_MB=500\n", "", "6 forms at once take"),
    Fault(12, rules.forms_fit_the_disk, "deploy/aws/data.yaml",
          "AllowedMethods: [PUT]", "AllowedMethods: [GET]", "to the bucket itself"),
    Fault(13, rules.supported_version, "deploy/aws/cluster.yaml",
          'version: "1.36"', 'version: "1.34"', "Standard support of Kubernetes 1.34 ends"),
    Fault(14, rules.releases_are_kept, "deploy/aws/registry.yaml",
          '"tagPrefixList": ["release-"]', '"tagPrefixList": ["x-"]', "push out the image"),
    Fault(15, rules.pods_wait_for_the_load_balancer, "deploy/kubernetes/base/namespace.yaml",
          "    elbv2.k8s.aws/pod-readiness-gate-inject: enabled\n", "", "before the load balancer"),
    Fault(16, rules.writes_fit_chroma_cloud, "engine/search/vectorstore.py",
          "BATCH = 300", "BATCH = 1000", "takes 300 records"),
    Fault(17, rules.a_region_can_be_lost, "deploy/aws/recovery.yaml",
          "DestinationBackupVaultArn: !Ref CopyVault", "DestinationBackupVaultArn: !Ref Vault",
          "account and region that may be lost"),
    Fault(17, rules.a_region_can_be_lost, "docs/backup.md",
          "--db-parameter-group-name profai-", "--x ", "--db-parameter-group-name"),
    Fault(18, rules.zones_that_take_pods, f"{PROD}/resources.yaml",
          HONOR, "", "nodes that take no pod"),
    Fault(18, rules.zones_that_take_pods, "deploy/kubernetes/base/worker.yaml",
          HONOR, "", "nodes that take no pod"),
    Fault(19, rules.workers_reach_what_they_need, "deploy/kubernetes/base/network.yaml",
          "        - {protocol: TCP, port: 587}\n", "", "workers reach ports"),
    Fault(19, rules.workers_reach_what_they_need, "deploy/aws/data.yaml",
          "VpcEndpointType: Gateway", "VpcEndpointType: Interface", "through the NAT gateways"),
    Fault(20, rules.secrets_are_mounted, f"{PROD}/secrets.yaml",
          "objectAlias: SECRET_KEY_FALLBACKS", "objectAlias: OLD", "has no SECRET_KEY_FALLBACKS"),
    Fault(20, rules.secrets_are_mounted, f"{PROD}/secrets.yaml",
          "objectAlias: HEALTH_TOKEN", "objectAlias: OLD", "no pod has HEALTH_TOKEN"),
    Fault(21, rules.costs_add_up, "docs/deployment.md",
          "| public IPv4 addresses", "| addresses", "name no public IPv4"),
    Fault(21, rules.costs_add_up, "docs/deployment.md",
          "about 1,251", "about 1,151", "the table says 1151"),
    Fault(22, rules.what_is_released_is_known, "deploy/charts/charts.toml",
          'version = "2.20.2"', 'version = "2.x"', "keda may be another tomorrow"),
    Fault(22, rules.what_is_released_is_known, "deploy/bin/build-image",
          "--provenance=false ", "", "cannot scan"),
    Fault(22, rules.what_is_released_is_known, "deploy/bin/render",
          "sha256:*) ;;", "*) ;;", "without a digest"),
    Fault(22, rules.what_is_released_is_known, ".github/workflows/deploy.yml",
          "if: github.ref == 'refs/heads/main'", "if: always()", "another branch than main"),
    Fault(23, rules.the_page_can_be_followed, "docs/deployment.md",
          "aws eks update-kubeconfig --name profai-prod", "aws eks update-kubeconfig --name $NAME",
          "does not hold what deploy/bin/plan"),
    Fault(23, rules.the_page_can_be_followed, "docs/deployment.md",
          "deploy/bin/up prod    ", "deploy/bin/up $WHERE", "uses WHERE"),
    Fault(23, rules.the_page_can_be_followed, "deploy/bin/rollout",
          '"$here/smoke" "$url" "$address"', '"$here/smoke" "$url"', "does not lead to the load"),
)  # fmt: skip


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean")
    unneeded = shutil.ignore_patterns("node_modules", "__pycache__", "render.*")
    for name in COPIED:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=unneeded)
        else:
            shutil.copy(ROOT / name, target)
    return folder


@pytest.fixture
def changed(clean: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The copy with the fault in it; afterwards the file is as it was."""
    fault: Fault = request.param
    path = clean / fault.path
    text = path.read_text()
    assert fault.written in text, "the fault cannot be put back: change this table"
    path.write_text(text.replace(fault.written, fault.instead))
    yield clean
    path.write_text(text)


def test_no_fault_is_there() -> None:
    tree = Tree(ROOT)
    assert {rule.__name__: list(rule(tree)) for rule in RULES} == {
        rule.__name__: [] for rule in RULES
    }


@pytest.mark.parametrize(
    ("changed", "fault"), [(fault, fault) for fault in FAULTS],
    ids=[f"{fault.number}-{fault.rule.__name__}" for fault in FAULTS], indirect=["changed"],
)  # fmt: skip
def test_a_fault_that_is_put_back_is_found(changed: Path, fault: Fault) -> None:
    found = list(fault.rule(Tree(changed)))
    assert any(fault.words in problem for problem in found), found


def test_every_fault_has_its_row() -> None:
    assert {fault.number for fault in FAULTS} == set(range(1, 24))
    assert {fault.rule for fault in FAULTS} == set(RULES)
