"""What a first deployment met: a rule for each fault that stopped one, or would have.

test_first_deployment.py puts each fault back into a copy and sees its rule fail.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import yaml

from deploy.checks.permissions import allowed
from deploy.checks.rendering import (
    ENVIRONMENTS,
    Manifest,
    configuration,
    find,
    name_of,
    pods,
)
from deploy.checks.support import support_problem
from deploy.checks.tree import Tree

Rule = Callable[[Tree], Iterator[str]]

AUDIENCES = {"sts.amazonaws.com", "pods.eks.amazonaws.com"}
# Where workers store files, and what says so.
STORED_BY_WORKERS = {
    "documents": ("courses/uploads.py", 'FOLDER = "documents"'),
    "figures": ("courses/figures.py", 'FOLDER = "figures"'),
    "imports": ("exchange/models.py", 'upload_to="imports/"'),
}
CLOUD_WRITE = 300  # records that Chroma Cloud takes at once
# Web pages, HTTPS, and mail by both kinds of TLS.
WORKERS_REACH = {80, 443, 465, 587}
# Variables that are secrets and need no place in a pod, and why.
NOT_MOUNTED = {
    "CHROMA_API_KEY": "with the component chroma-cloud only",
    "LLM_EXTRA_HEADERS": "of a proxy of one's own; a file of that name in the folder is read",
    "AWS_STORAGE_KMS_KEY": "a name", "PUBLIC_URL": "an address", "LLM_BASE_URL": "an address",
    "EMBEDDING_BASE_URL": "an address", "TRACE_URL": "an address",
}  # fmt: skip
SECRET = re.compile("(KEY|TOKEN|SECRET|PASSWORD|DSN|_URL|HEADERS|FALLBACKS)$")
# Names and addresses that are kept for examples, so that nobody has them.
EXAMPLE = re.compile(
    r"\b(?:192\.0\.2|198\.51\.100|203\.0\.113)\.|\bexample\.(?:org|com|net)\b|\.example\b"
    r"|111122223333|OWNER/NAME|00000000-0000-4000"
)
COSTS = ("public IPv4", "NAT traffic", "extended support", "CloudWatch")
MAX_EXCEPTION = timedelta(days=180)


def today() -> date:
    return datetime.now(UTC).date()


def step(tree: Tree, words: str) -> int:
    """The number of the first line of the plan that holds these words; -1 if none does."""
    return next((number for number, line in enumerate(tree.plan) if words in line), -1)


def in_order(tree: Tree, *words: str) -> Iterator[str]:
    places = [step(tree, one) for one in words]
    if -1 in places or places != sorted(places):
        yield f"the plan should have, in this order: {'; '.join(words)}"


def tokens_for_the_provider(tree: Tree) -> Iterator[str]:
    values = tree.yaml("deploy/charts/secrets-store-csi-driver.yaml")
    given = {request["audience"] for request in values.get("tokenRequests", [])}
    if given != AUDIENCES:
        yield f"the driver requests tokens for {sorted(given)}, so pods mount no secret"
    own = tree.yaml("deploy/charts/secrets-store-csi-driver-provider-aws.yaml")
    if own["secrets-store-csi-driver"]["install"] is not False:
        yield "the provider's chart would install a second driver"
    yield from in_order(
        tree,
        "--install secrets-store-csi-driver ",
        "--install secrets-store-csi-driver-provider-aws",
    )


def log_groups_first(tree: Tree) -> Iterator[str]:
    yield from in_order(
        tree, "--stack-name profai-prod-watch", "eksctl create cluster",
        "--stack-name profai-prod-data",
    )  # fmt: skip


def addons(tree: Tree) -> Iterator[str]:
    for addon in tree.cluster["addons"]:
        if not re.fullmatch(r"v\d+\.\d+\.\d+-eksbuild\.\d+", addon.get("version", "")):
            yield f"{addon['name']} has no pinned version"
        if step(tree, f"check: EKS offers {addon['name']} {addon.get('version')}") < 0:
            yield f"nobody asks whether EKS offers {addon['name']}"
        if addon["name"] == "amazon-cloudwatch-observability":
            told = json.loads(addon.get("configurationValues", "{}"))
            signals = told.get("manager", {}).get("applicationSignals", {})
            if signals.get("autoMonitor", {}).get("monitorAllServices") is not False:
                yield "Application Signals would change our pods"


def controller_without_metadata(tree: Tree) -> Iterator[str]:
    if not all(group.get("disablePodIMDS") for group in tree.cluster["managedNodeGroups"]):
        yield "pods can ask the node for its role"
    values = tree.yaml("deploy/charts/aws-load-balancer-controller.yaml")
    line = tree.plan[step(tree, "--install aws-load-balancer-controller")]
    for name in ("vpcId", "region", "clusterName"):
        if f"{name}=" not in line and name not in values:
            yield f"the load balancer's controller is not told {name}"
    if values.get("enableServiceMutatorWebhook") is not False:
        yield "while the controller does not answer no Service can be made"


def examples_are_refused(tree: Tree) -> Iterator[str]:
    refused = tree.text("deploy/placeholders").split()
    for environment in ENVIRONMENTS:
        folder = tree.root / "deploy/kubernetes/overlays" / environment
        files = [tree.root / f"deploy/environments/{environment}.toml", *folder.iterdir()]
        for path in files:
            for line in path.read_text().splitlines():
                if EXAMPLE.search(line) and not any(one in line for one in refused):
                    yield f"{path.name} holds an example that is not refused: {line.strip()}"
    image = "profai:1@sha256:" + "0" * 64
    if (
        tree.run(
            "deploy/bin/render", "prod", f"123456789012.dkr.ecr.x.amazonaws.com/{image}"
        ).returncode
        != 1
    ):
        yield "render takes an overlay with examples"
    if EXAMPLE.search(tree.text("deploy/aws/cluster.yaml")):
        yield "the cluster's file holds an example that `up` does not see"


def runners_reach_the_cluster(tree: Tree) -> Iterator[str]:
    jobs = tree.yaml(".github/workflows/deploy.yml")["jobs"]
    runner = tree.template("runner")["Resources"]["Runner"]["Properties"]
    if "VpcConfig" not in runner:
        yield "the runner stands outside the VPC"
    events = [event for group in runner["Triggers"]["FilterGroups"] for event in group]
    if {"Type": "EVENT", "Pattern": "WORKFLOW_JOB_QUEUED"} not in events:
        yield "the runner hears of no job"
    for name, job in jobs.items():
        wanted = runner["Name"]["Sub"].replace("${Environment}", name)
        talks = "update-kubeconfig" in json.dumps(job["steps"])
        if talks and not str(job["runs-on"]).startswith(f"codebuild-{wanted}-"):
            yield f"the job {name} runs on {job['runs-on']}, which the cluster does not let in"
    yield from in_order(tree, "--stack-name profai-prod-runner", "gh variable set CLUSTER")


def exceptions_of_the_audit(tree: Tree) -> Iterator[str]:
    rows = tomllib.loads(tree.text("requirements/audit-exceptions.toml")).get("exception", [])
    if "\nchromadb==1.5.9 " in tree.text("requirements/base.txt"):
        open_ones = {
            "GHSA-f4j7-r4q5-qw2c", "GHSA-36p7-vc44-83pf",
            "GHSA-2wm9-hf6c-p5cr", "GHSA-xph7-9rjv-w5fr",
        }  # fmt: skip
        excepted = {row["id"] for row in rows if row["package"] == "chromadb"}
        if missing := open_ones - excepted:
            yield f"`make audit` stops at {sorted(missing)}, which no release mends"
    for row in rows:
        if not today() < row["until"] <= today() + MAX_EXCEPTION or len(row["reason"]) < 20:
            yield f"{row['id']} needs a reason, and a date within half a year"


def autoscaler(tree: Tree) -> Iterator[str]:
    roles = {
        entry["serviceAccountName"] for entry in tree.cluster["iam"]["podIdentityAssociations"]
    }
    scaler = tree.yaml("deploy/charts/cluster-autoscaler.yaml")
    named = {
        scaler.get("rbac", {}).get("serviceAccount", {}).get("name"),
        tree.yaml("deploy/charts/aws-load-balancer-controller.yaml")["serviceAccount"].get("name"),
    }
    if named != roles:
        yield f"roles are for {sorted(roles)}, the charts' service accounts are {named}"
    if scaler.get("extraArgs", {}).get("skip-nodes-with-local-storage") is not False:
        yield "no node is ever taken away, because all our pods have an emptyDir"


def migration_first(tree: Tree) -> Iterator[str]:
    """What a rollout does is tried in test_pipeline.py; this is about what it selects."""
    wanted = {"Job/migrate", "ServiceAccount/migrate", "SecretProviderClass/migrate"}
    for environment, manifests in tree.overlays.items():
        chosen = {
            re.sub(r"^(ConfigMap/profai)-.*", r"\1", name_of(manifest))
            for manifest in manifests
            if manifest["metadata"].get("labels", {}).get("app.kubernetes.io/component")
            == "migrate"
        }
        if chosen != wanted | {"ConfigMap/profai"}:
            yield f"{environment}: a migration needs and changes {sorted(chosen)}"
    script = tree.text("deploy/bin/rollout")
    if not re.search(
        r"delete job[^\n]*\n[^\n]*apply[^\n]*--selector app.kubernetes.io/component=migrate\n",
        script,
    ):
        yield "the Job of an earlier try is in the way of the next"
    if "statefulset/chroma" not in tree.text("deploy/bin/rollback"):
        yield "Chroma stays at the release that does not work"


def workers_store_files(tree: Tree) -> Iterator[str]:
    role = tree.template("access")["Resources"]["WorkerRole"]["Properties"]
    policies = [_resolved(policy["PolicyDocument"]) for policy in role["Policies"]]
    for folder, (path, words) in STORED_BY_WORKERS.items():
        if words not in tree.text(path):
            yield f"{path} says no more where {folder} are stored"
        if not allowed(policies, "s3:PutObject", f"arn:aws:s3:::profai-prod-files-1/{folder}/x"):
            yield f"a worker may not store {folder}"
    if allowed(policies, "s3:PutObject", "arn:aws:s3:::profai-prod-files-1/elsewhere/x"):
        yield "a worker may store files anywhere"


def _resolved(value: Any) -> Any:
    """A template's value with the names of production in it."""
    if isinstance(value, dict):
        if set(value) == {"Sub"}:
            text = value["Sub"]
            for name, real in {
                "AWS::Partition": "aws",
                "AWS::AccountId": "1",
                "Environment": "prod",
            }.items():
                text = text.replace(f"${{{name}}}", real)
            return text
        if set(value) == {"Fn::ImportValue"}:
            return _resolved(value["Fn::ImportValue"])
        return {key: _resolved(one) for key, one in value.items()}
    return [_resolved(one) for one in value] if isinstance(value, list) else value


def a_key_writes_courses(tree: Tree) -> Iterator[str]:
    for environment in ENVIRONMENTS:
        told = tree.settings(environment)
        if "LLM_PROVIDER" in told and not told.get("LLM_MODEL"):
            yield f"{environment} names a provider and no model: courses are written without one"
    if step(tree, "check: there are a model and a key, or neither") < 0:
        yield "nobody sees that a key or a model is missing"


def forms_fit_the_disk(tree: Tree) -> Iterator[str]:
    for environment, manifests in tree.overlays.items():
        told = configuration(manifests)
        at_once = int(told["WEB_CONCURRENCY"]) * int(told["WEB_UPLOAD_THREADS"])
        pod = find(manifests, "Deployment", "web")["spec"]["template"]["spec"]
        (tmp,) = [one["emptyDir"] for one in pod["volumes"] if one["name"] == "tmp"]
        room = _mebibytes(tmp["sizeLimit"])
        needed = at_once * (int(told.get("UPLOAD_FORM_MAX_MB", "4000")) + 1)
        if needed > room:
            yield f"{environment}: {at_once} forms at once take {needed} MB of the {room} of /tmp"
        limit = pod["containers"][0]["resources"]["limits"]["ephemeral-storage"]
        if _mebibytes(limit) < room + 256:
            yield f"{environment}: the pod is evicted before /tmp is full"
    cors = tree.template("data")["Resources"]["Files"]["Properties"].get("CorsConfiguration", {})
    rules = cors.get("CorsRules", [{}])
    if rules[0].get("AllowedOrigins") != [{"Ref": "Origin"}] or rules[0]["AllowedMethods"] != [
        "PUT"
    ]:
        yield "a browser cannot send a large file to the bucket itself"


def _mebibytes(size: str) -> int:
    return int(size[:-2]) * {"Mi": 1, "Gi": 1024}[size[-2:]]


def supported_version(tree: Tree) -> Iterator[str]:
    version = tree.cluster["metadata"]["version"]
    if problem := support_problem(version, today()):
        yield problem
    for manifests in tree.overlays.values():
        for manifest in manifests:
            labels = manifest["metadata"].get("labels", {})
            level = labels.get("pod-security.kubernetes.io/enforce-version", f"v{version}")
            if level != f"v{version}":
                yield f"pod security is that of {level}"


def releases_are_kept(tree: Tree) -> Iterator[str]:
    policy = tree.template("registry")["Resources"]["Repository"]["Properties"]["LifecyclePolicy"]
    rules = json.loads(policy["LifecyclePolicyText"])["rules"]
    kept = [
        rule["rulePriority"]
        for rule in rules
        if rule["selection"].get("tagPrefixList") == ["release-"]
    ]
    of_all = [rule["rulePriority"] for rule in rules if rule["selection"]["tagStatus"] == "any"]
    if not kept or min(of_all) < kept[0]:
        yield "builds that nobody released push out the image that runs"
    if "deploy/bin/keep-release" not in tree.text(".github/workflows/deploy.yml"):
        yield "the pipeline does not mark what ran in production"
    yield from in_order(tree, "deploy/bin/rollout", "deploy/bin/keep-release")


def pods_wait_for_the_load_balancer(tree: Tree) -> Iterator[str]:
    for environment, manifests in tree.overlays.items():
        (space,) = [one for one in manifests if one["kind"] == "Namespace"]
        if space["metadata"]["labels"].get("elbv2.k8s.aws/pod-readiness-gate-inject") != "enabled":
            yield f"{environment}: pods go before the load balancer knows the new ones"


def writes_fit_chroma_cloud(tree: Tree) -> Iterator[str]:
    found = re.search(r"^BATCH = (\d+)", tree.text("engine/search/vectorstore.py"), re.MULTILINE)
    if found is None or int(found[1]) > CLOUD_WRITE:
        yield f"Chroma Cloud takes {CLOUD_WRITE} records at once"


def a_region_can_be_lost(tree: Tree) -> Iterator[str]:
    template = tree.template("recovery")["Resources"]
    (rule,) = template["Plan"]["Properties"]["BackupPlan"]["BackupPlanRule"]
    if "CopyVault" not in json.dumps(rule.get("CopyActions", [])):
        yield "all copies are in the account and region that may be lost"
    selected = template["Selection"]["Properties"]["BackupSelection"]["Resources"]
    if selected != [{"Ref": "DatabaseArn"}, {"Ref": "FilesArn"}]:
        yield "not everything is copied"
    yield from in_order(tree, "--stack-name profai-prod-data", "--stack-name profai-prod-recovery")
    group = tree.template("data")["Resources"]["DatabaseParameters"]["Properties"]
    if group.get("DBParameterGroupName") != {"Sub": "profai-${Environment}"}:
        yield "the parameter group has no name that a restored server could be given"
    page = tree.text("docs/backup.md")
    for words in ("--db-parameter-group-name profai-", "RPO", "RTO", "deploy/bin/drill"):
        if words not in page:
            yield f"docs/backup.md does not say {words}"


def zones_that_take_pods(tree: Tree) -> Iterator[str]:
    for environment, manifests in tree.overlays.items():
        for name, pod in pods(manifests):
            for rule in pod.get("topologySpreadConstraints", []):
                if rule.get("nodeTaintsPolicy") != "Honor":
                    yield f"{environment}, {name}: nodes that take no pod count as places"


def workers_reach_what_they_need(tree: Tree) -> Iterator[str]:
    policy = find(tree.overlays["prod"], "NetworkPolicy", "worker")["spec"]
    outside = {
        port["port"]
        for way in policy["egress"]
        for port in way["ports"]
        if any("ipBlock" in to for to in way["to"])
    }
    if outside != WORKERS_REACH:
        yield f"workers reach ports {sorted(outside)} outside"
    own = tree.root / "deploy/kubernetes/components/own-models/network.yaml"
    if not own.is_file() or "worker" not in own.read_text():
        yield "nothing lets workers reach models in the VPC"
    endpoints = [
        resource["Properties"]
        for resource in tree.template("data")["Resources"].values()
        if resource["Type"] == "AWS::EC2::VPCEndpoint"
    ]
    if not any(one["VpcEndpointType"] == "Gateway" for one in endpoints):
        yield "files go through the NAT gateways, which cost by the gigabyte"


def secrets_are_mounted(tree: Tree) -> Iterator[str]:
    variables = re.findall(r"^# ([A-Z][A-Z_0-9]+)=", tree.text(".env.example"), re.MULTILINE)
    known = {name for name in variables if SECRET.search(name)} - set(NOT_MOUNTED)
    for environment, manifests in tree.overlays.items():
        mounted = {name: _aliases(manifests, name) for name in ("web", "worker")}
        for name in sorted(known - mounted["web"] - mounted["worker"]):
            yield f"{environment}: no pod has {name}"
        for name in ("SECRET_KEY_FALLBACKS", "LLM_API_KEY", "EMBEDDING_API_KEY", "SENTRY_DSN"):
            for pod, aliases in mounted.items():
                if name not in aliases:
                    yield f"{environment}: {pod} has no {name}"


def _aliases(manifests: list[Manifest], name: str) -> set[str]:
    parameters = find(manifests, "SecretProviderClass", name)["spec"]["parameters"]
    return {entry["objectAlias"] for entry in yaml.safe_load(parameters["objects"])}


def costs_add_up(tree: Tree) -> Iterator[str]:
    page = tree.text("docs/deployment.md").split("## What it costs a month")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", page, re.MULTILINE)
    named = " ".join(row[0] for row in rows)
    yield from (f"the costs name no {part}" for part in COSTS if part not in named)
    for column in (1, 2):
        numbers = [_dollars(row[column]) for row in rows if _dollars(row[column]) is not None]
        *parts, total = [number for number in numbers if number is not None]
        if abs(sum(parts) - total) > 10:
            yield f"the parts come to {sum(parts)} dollars, the table says {total}"


def _dollars(cell: str) -> int | None:
    found = re.search(r"([\d,]+)\s*\**$", cell)
    return int(found[1].replace(",", "")) if found else None


def what_is_released_is_known(tree: Tree) -> Iterator[str]:
    charts = tomllib.loads(tree.text("deploy/charts/charts.toml"))["chart"]
    for chart in charts:
        line = tree.plan[step(tree, f"--install {chart['name']} ")]
        if f"--version {chart['version']} " not in line or not re.fullmatch(
            r"[\d.]+", chart["version"]
        ):
            yield f"the chart {chart['name']} may be another tomorrow"
        if f"--values deploy/charts/{chart['name']}.yaml" not in line:
            yield f"the chart {chart['name']} has no values in Git"
    if tree.run("deploy/bin/render", "prod", "registry/profai:1").returncode != 2:
        yield "an image without a digest is taken"
    if "--provenance=false" not in tree.text("deploy/bin/build-image"):
        yield "the registry cannot scan what is pushed"
    yield from _workflow(tree)
    yield from in_order(tree, "gh api --method PUT", "--field name=main")


def _workflow(tree: Tree) -> Iterator[str]:
    text = tree.text(".github/workflows/deploy.yml")
    wanted = ("actions/attest-build-provenance@", "actions/attest-sbom@", "gh attestation verify")
    yield from (f"the pipeline has no {words}" for words in wanted if words not in text)
    if (
        tree.yaml(".github/workflows/deploy.yml")["jobs"]["image"].get("if")
        != "github.ref == 'refs/heads/main'"
    ):
        yield "another branch than main may be released"


def the_page_can_be_followed(tree: Tree) -> Iterator[str]:
    page = tree.text("docs/deployment.md")
    block = re.search(r"<!-- deploy/bin/plan prod -->\n```\n(.*?)\n```", page, re.DOTALL)
    if block is None or block[1].splitlines() != tree.plan:
        yield "docs/deployment.md does not hold what deploy/bin/plan prod says"
    for script in re.findall(r"```sh\n(.*?)```", page, re.DOTALL):
        given = set(re.findall(r"\b([A-Z_]+)=|\bread -r ([A-Z_]+)", script))
        names = {name for pair in given for name in pair if name}
        used = set(re.findall(r"\$\{?([A-Z_]+)", script)) - names
        yield from (
            f"docs/deployment.md uses {name} and does not say what it is" for name in sorted(used)
        )
    if '"$here/smoke" "$url" "$address"' not in tree.text("deploy/bin/rollout"):
        yield "the first smoke test needs a domain that does not lead to the load balancer yet"


RULES: tuple[Rule, ...] = (
    tokens_for_the_provider, log_groups_first, addons, controller_without_metadata,
    examples_are_refused, runners_reach_the_cluster, exceptions_of_the_audit, autoscaler,
    migration_first, workers_store_files, a_key_writes_courses, forms_fit_the_disk,
    supported_version, releases_are_kept, pods_wait_for_the_load_balancer, writes_fit_chroma_cloud,
    a_region_can_be_lost, zones_that_take_pods, workers_reach_what_they_need, secrets_are_mounted,
    costs_add_up, what_is_released_is_known, the_page_can_be_followed,
)  # fmt: skip
