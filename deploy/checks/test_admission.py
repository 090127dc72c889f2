"""Our namespaces take our pods, and refuse what the add-on of CloudWatch would make of them.

PROFAI_POD_SECURITY names the folder `test/testdata` of kubernetes/pod-security-admission, the pods
with which Kubernetes tests its own admission; without it our rules are not compared with theirs.
"""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.checks.admission import refusals
from deploy.checks.rendering import ENVIRONMENTS, overlay, pods, render, with_components
from deploy.checks.schemas import VERSION

SOUND: dict[str, Any] = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "web",
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            },
        }
    ],
    "volumes": [{"name": "tmp", "emptyDir": {}}],
}
# As Application Signals injects it: without a security context.
INJECTED = {
    "name": "opentelemetry-auto-instrumentation-python",
    "command": ["cp", "-r", "/a", "/b"],
}


def test_every_pod_of_ours_is_taken() -> None:
    sets = {name: render(overlay(name)) for name in ENVIRONMENTS}
    sets["traced"] = with_components("prod", ["tracing"])
    for name, manifests in sets.items():
        space = next(one for one in manifests if one["kind"] == "Namespace")
        level = space["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        assert level == "restricted", name
        refused = {where: refusals(pod) for where, pod in pods(manifests) if refusals(pod)}
        assert refused == {}, name
        # As it was written before 1.30, which our rules do not look at.
        assert "apparmor.security.beta" not in json.dumps(manifests)


def test_a_pod_with_an_injected_container_is_refused() -> None:
    """So the add-on's switch in deploy/aws/cluster.yaml is no matter of taste."""
    for name, pod in pods(render(overlay("prod"))):
        changed = copy.deepcopy(pod)
        changed["initContainers"] = [INJECTED]
        assert [one for one in refusals(changed) if "auto-instrumentation" in one], name


def with_pod(**values: Any) -> dict[str, Any]:
    return copy.deepcopy(SOUND) | values


def with_container(**values: Any) -> dict[str, Any]:
    pod = copy.deepcopy(SOUND)
    pod["containers"][0] |= values
    return pod


def with_security(**values: Any) -> dict[str, Any]:
    pod = copy.deepcopy(SOUND)
    pod["containers"][0]["securityContext"] |= values
    return pod


def test_a_sound_pod_is_taken() -> None:
    assert refusals(SOUND) == []
    assert (
        refusals(with_security(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]})) == []
    )


@pytest.mark.parametrize(
    ("pod", "words"),
    [
        (with_pod(hostNetwork=True), "hostNetwork is set"),
        (with_pod(hostPID=True), "hostPID is set"),
        (with_pod(volumes=[{"name": "x", "hostPath": {"path": "/"}}]), "volume x is ['hostPath']"),
        (with_pod(securityContext={"runAsNonRoot": True}), "has no seccomp profile"),
        (with_pod(securityContext=SOUND["securityContext"] | {"runAsUser": 0}), "runs as root"),
        (with_pod(securityContext=SOUND["securityContext"] | {"runAsNonRoot": False}), "as root"),
        (
            with_pod(
                securityContext=SOUND["securityContext"]
                | {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}
            ),
            "sysctl kernel.msgmax",
        ),
        (with_security(privileged=True), "is privileged"),
        (with_security(allowPrivilegeEscalation=True), "may escalate"),
        (with_security(capabilities={"drop": ["CHOWN"]}), "keeps capabilities"),
        (with_security(capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN"]}), "adds capabilities"),
        (with_security(procMount="Unmasked"), "more of /proc"),
        (with_security(seccompProfile={"type": "Unconfined"}), "unconfined by seccomp"),
        (with_security(appArmorProfile={"type": "Unconfined"}), "unconfined by AppArmor"),
        (with_security(seLinuxOptions={"type": "spc_t"}), "options of SELinux"),
        (with_security(windowsOptions={"hostProcess": True}), "process of the host"),
        (with_container(ports=[{"containerPort": 1, "hostPort": 1}]), "port of the node"),
        (with_container(livenessProbe={"httpGet": {"host": "10.0.0.1"}}), "another host"),
        (with_pod(initContainers=[INJECTED]), "may escalate"),
        (with_pod(ephemeralContainers=[INJECTED]), "keeps capabilities"),
    ],
)
def test_what_the_level_forbids_is_refused(pod: dict[str, Any], words: str) -> None:
    found = refusals(pod)
    assert any(words in one for one in found), found


# Pods of Windows, which we have none of, and the annotation that no manifest of ours has.
NOT_OURS = {"base_windows.yaml", "apparmorprofile0.yaml", "apparmorprofile1.yaml"}


def test_the_pods_with_which_kubernetes_tests_itself_are_judged_alike() -> None:
    given = os.environ.get("PROFAI_POD_SECURITY")
    if not given:
        pytest.skip("PROFAI_POD_SECURITY names no folder with pods of Kubernetes' own tests")
    place = Path(given)
    files = [
        *place.glob(f"restricted/v{VERSION}/*/*.yaml"),
        # Who passes only `baseline` may fail here; who fails that fails both.
        *place.glob(f"baseline/v{VERSION}/fail/*.yaml"),
    ]
    specs = {one: yaml.safe_load(one.read_text())["spec"] for one in files}
    assert len(specs) > 100
    otherwise = [
        str(file.relative_to(place))
        for file, spec in specs.items()
        if bool(refusals(spec)) != (file.parent.name == "fail") and file.name not in NOT_OURS
    ]
    assert otherwise == []
