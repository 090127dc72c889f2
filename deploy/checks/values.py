"""What no schema and no general policy knows: our own rules for our own manifests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from deploy.checks.rendering import Manifest, configuration, find, name_of, pods

SIZES = {
    "dev": ({"memory": "512Mi", "cpu": "250m"}, {"memory": "1Gi", "cpu": "500m"}),
    "staging": ({"memory": "1Gi", "cpu": "500m"}, {"memory": "2Gi", "cpu": "1000m"}),
    "prod": ({"memory": "2Gi", "cpu": "1000m"}, {"memory": "4Gi", "cpu": "2000m"}),
}
AFTER_GRACE = 3  # seconds: jobs/cluster.py
PRE_STOP, GRACEFUL = 15, 30  # seconds: web.yaml and deploy/docker/Dockerfile
TO_SPARE = 5  # seconds
# Of a worker process after a book of 1,000 pages, with what it shares with others, measured:
# benchmarks/results/worker-memory.json
WORKER_MEGABYTES = 400
# Of others, copied into our registry: the collector of the component tracing.
MIRRORED = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/aws-otel-collector:v\d+\.\d+\.\d+"
)
# In Git by a tag; deploy/bin/render puts the digest in its place.
OURS = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/profai(:[\w.-]+|@sha256:[0-9a-f]{64})"
)
MUST_PROBE = ("startupProbe", "readinessProbe", "livenessProbe")
SECRET_NAME = re.compile(r"(KEY|PASSWORD|SECRET|TOKEN|DATABASE_URL)$")
SECRET_VALUE = re.compile(r"(sk-[A-Za-z0-9]|gsk_|AKIA[0-9A-Z]{16}|://[^/\s:]+:[^@\s]+@)")
ALB = "alb.ingress.kubernetes.io"


def value_problems(manifests: Sequence[Manifest], environment: str) -> list[str]:
    rules = (
        _namespace,
        _images,
        _containers,
        _sizes,
        _graces,
        _secrets,
        _ingress,
        _names,
        _scaling,
    )
    return [problem for rule in rules for problem in rule(manifests, environment)]


def _namespace(manifests: Sequence[Manifest], environment: str) -> Iterator[str]:
    for manifest in manifests:
        metadata = manifest["metadata"]
        place = metadata["name"] if manifest["kind"] == "Namespace" else metadata.get("namespace")
        if place != f"profai-{environment}":
            yield f"{name_of(manifest)} is in {place}"


def _containers_of(manifests: Sequence[Manifest]) -> Iterator[tuple[str, Manifest, Manifest]]:
    for name, pod in pods(manifests):
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            yield name, pod, container


def _images(manifests: Sequence[Manifest], _environment: str) -> Iterator[str]:
    images = {container["image"] for _name, _pod, container in _containers_of(manifests)}
    mirrored = {image for image in images if MIRRORED.fullmatch(image)}
    images -= mirrored
    if len(images) != 1:
        yield f"more than one image: {sorted(images)}"
    for image in images:
        if not OURS.fullmatch(image):
            yield f"{image} is not an image of our registry"
        if image.endswith(":latest"):
            yield f"{image}: nobody could say what runs"


def _containers(manifests: Sequence[Manifest], _environment: str) -> Iterator[str]:
    for name, pod, container in _containers_of(manifests):
        limits = container.get("resources", {}).get("limits", {})
        if not {"memory", "cpu", "ephemeral-storage"} <= set(limits):
            yield f"{name} has no full set of limits"
        if not name.startswith("Job/"):
            yield from (f"{name} has no {probe}" for probe in MUST_PROBE if probe not in container)
        security = pod.get("securityContext", {}) | container.get("securityContext", {})
        wanted = {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
        }
        for key, value in wanted.items():
            if security.get(key) != value:
                yield f"{name}: {key} is {security.get(key)}"
        for volume in pod["volumes"]:
            if "emptyDir" in volume and "sizeLimit" not in volume["emptyDir"]:
                yield f"{name}: {volume['name']} could fill the node's disk"


def _sizes(manifests: Sequence[Manifest], environment: str) -> Iterator[str]:
    for name in ("web", "worker"):
        container = _container(manifests, name)
        for kind, wanted in zip(("requests", "limits"), SIZES[environment], strict=True):
            given = container.get("resources", {}).get(kind, {})
            for key, value in wanted.items():
                if given.get(key) != value:
                    yield f"{name}: {kind}.{key} is {given.get(key)}, not {value}"
    limit = int(SIZES[environment][1]["memory"].removesuffix("Gi")) * 1024
    workers = int(configuration(manifests)["Q_WORKERS"])
    if workers * WORKER_MEGABYTES * 1.5 > limit:
        yield f"{workers} workers do not fit into {limit} MB"


def _container(manifests: Sequence[Manifest], name: str) -> Manifest:
    container: Manifest
    (container,) = find(manifests, "Deployment", name)["spec"]["template"]["spec"]["containers"]
    return container


def _graces(manifests: Sequence[Manifest], _environment: str) -> Iterator[str]:
    grace = int(configuration(manifests)["JOB_GRACE_SECONDS"])
    needed = {
        "worker": grace + AFTER_GRACE + TO_SPARE,
        "web": PRE_STOP + GRACEFUL + TO_SPARE,
    }
    for name, seconds in needed.items():
        pod = find(manifests, "Deployment", name)["spec"]["template"]["spec"]
        given = pod.get("terminationGracePeriodSeconds", 30)
        if given < seconds:
            yield f"{name} is killed after {given} s but needs {seconds} s to stop"
    pause = _container(manifests, "web").get("lifecycle", {}).get("preStop", {}).get("sleep", {})
    if pause.get("seconds") != PRE_STOP:
        yield "web ends while the load balancer still sends requests"


def _secrets(manifests: Sequence[Manifest], environment: str) -> Iterator[str]:
    for manifest in manifests:
        if manifest["kind"] == "Secret":
            yield f"{name_of(manifest)}: a Secret in Git is readable by whoever reads Git"
        yield from (f"{name_of(manifest)}: {found}" for found in _inlined(manifest))
    for name in ("web", "worker", "migrate"):
        objects = find(manifests, "SecretProviderClass", name)["spec"]["parameters"]["objects"]
        for entry in yaml.safe_load(objects):
            if not entry["objectName"].startswith(f"profai/{environment}/"):
                yield f"SecretProviderClass/{name} reads {entry['objectName']}"
    mounted = {
        volume["csi"]["volumeAttributes"]["secretProviderClass"]
        for _name, pod in pods(manifests)
        for volume in pod["volumes"]
        if "csi" in volume
    }
    known = {m["metadata"]["name"] for m in manifests if m["kind"] == "SecretProviderClass"}
    if mounted != known:
        yield f"mounted are {sorted(mounted)}, defined are {sorted(known)}"


def _inlined(value: Any) -> Iterator[str]:
    """Values that look like secrets, or stand under a secret's name."""
    if isinstance(value, dict):
        if SECRET_NAME.search(str(value.get("name", ""))) and value.get("value"):
            yield f"{value['name']} is written out"
        for key, inner in value.items():
            named = SECRET_NAME.search(str(key)) and key != "AWS_STORAGE_KMS_KEY"
            if named and isinstance(inner, str):
                yield f"{key} is written out"
            yield from _inlined(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _inlined(inner)
    elif isinstance(value, str) and SECRET_VALUE.search(value):
        yield "a value looks like a secret"


def _ingress(manifests: Sequence[Manifest], _environment: str) -> Iterator[str]:
    ingress = find(manifests, "Ingress", "web")
    notes = ingress["metadata"]["annotations"]
    if json.loads(notes[f"{ALB}/listen-ports"]) != [{"HTTP": 80}, {"HTTPS": 443}]:
        yield "the load balancer does not listen on 80 and 443"
    if notes.get(f"{ALB}/ssl-redirect") != "443":
        yield "plain HTTP is not sent to HTTPS"
    if not re.fullmatch(
        r"arn:aws:acm:[\w-]+:\d{12}:certificate/[\w-]+", notes[f"{ALB}/certificate-arn"]
    ):
        yield "there is no certificate"
    if notes.get(f"{ALB}/healthcheck-path") != "/health/web":
        yield "the load balancer asks for health at another address"
    (rule,) = ingress["spec"]["rules"]
    backends = {path["path"]: path["backend"]["service"] for path in rule["http"]["paths"]}
    if backends.get("/metrics", {}).get("name") != "nothing":
        yield "the load balancer sends requests for /metrics on"
    values = configuration(manifests)
    if values["DEBUG"] != "False" and notes[f"{ALB}/scheme"] != "internal":
        yield "error pages show source and settings to the whole world"


def _names(manifests: Sequence[Manifest], _environment: str) -> Iterator[str]:
    values = configuration(manifests)
    (rule,) = find(manifests, "Ingress", "web")["spec"]["rules"]
    if rule["host"] not in values["ALLOWED_HOSTS"].split(","):
        yield f"Django answers {values['ALLOWED_HOSTS']}, the load balancer {rule['host']}"
    if f"https://{rule['host']}" not in values["CSRF_TRUSTED_ORIGINS"].split(","):
        yield f"forms from https://{rule['host']} are refused"
    if values["PUBLIC_URL"] != f"https://{rule['host']}":
        yield f"links in messages lead to {values['PUBLIC_URL']}"


def _scaling(manifests: Sequence[Manifest], _environment: str) -> Iterator[str]:
    scaler = find(manifests, "ScaledObject", "worker")["spec"]
    (trigger,) = scaler["triggers"]
    workers = configuration(manifests)["Q_WORKERS"]
    if trigger["metadata"]["targetQueryValue"] != workers:
        yield f"pods are counted for {trigger['metadata']['targetQueryValue']} steps, not {workers}"
    # The Secret that KEDA reads is there only while a worker pod is.
    if scaler.get("minReplicaCount", 0) < 1 or scaler["fallback"]["replicas"] < 1:
        yield "with no worker left KEDA could not count any more"
    for name in ("web", "worker"):
        if "replicas" in find(manifests, "Deployment", name)["spec"]:
            yield f"{name}: each release would undo the autoscaler"
        find(manifests, "PodDisruptionBudget", name)
