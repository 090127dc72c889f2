"""Whether a namespace with the pod security level `restricted` would take a pod.

The rules of the Pod Security Standards for Linux pods, as of Kubernetes 1.36. They are written
here because no API server can be installed beside these checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
    "projected", "secret", "image",
}  # fmt: skip
SECCOMP = {"RuntimeDefault", "Localhost"}
SYSCTLS = {
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
}  # fmt: skip
APPARMOR = {"RuntimeDefault", "Localhost"}
SELINUX = {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}


def refusals(pod: dict[str, Any]) -> list[str]:
    """Why the pod is refused; nothing if it is taken."""
    return [*_of_pod(pod), *_of_containers(pod)]


def _of_pod(pod: dict[str, Any]) -> Iterator[str]:
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(name):
            yield f"{name} is set"
    for volume in pod.get("volumes", []):
        kinds = set(volume) - {"name"}
        if not kinds <= VOLUMES:
            yield f"volume {volume['name']} is {sorted(kinds - VOLUMES)}"
    security = pod.get("securityContext", {})
    yield from _common("the pod", security)
    for sysctl in security.get("sysctls", []):
        if sysctl["name"] not in SYSCTLS:
            yield f"sysctl {sysctl['name']} is set"


def _of_containers(pod: dict[str, Any]) -> Iterator[str]:
    outer = pod.get("securityContext", {})
    kinds = ("initContainers", "containers", "ephemeralContainers")
    for container in [one for kind in kinds for one in pod.get(kind, [])]:
        name = f"container {container['name']}"
        own = container.get("securityContext", {})
        yield from _common(name, own)
        yield from _restricted(name, outer | own)
        if any(port.get("hostPort") for port in container.get("ports", [])):
            yield f"{name} takes a port of the node"
        yield from _handlers(name, container)


def _restricted(name: str, security: dict[str, Any]) -> Iterator[str]:
    """`security` is the container's, over the pod's."""
    if security.get("privileged"):
        yield f"{name} is privileged"
    if security.get("allowPrivilegeEscalation") is not False:
        yield f"{name} may escalate its privileges"
    if security.get("runAsNonRoot") is not True:
        yield f"{name} may run as root"
    if security.get("seccompProfile", {}).get("type") not in SECCOMP:
        yield f"{name} has no seccomp profile"
    capabilities = security.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []):
        yield f"{name} keeps capabilities"
    if set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
        yield f"{name} adds capabilities"
    if security.get("procMount", "Default") != "Default":
        yield f"{name} sees more of /proc"


def _common(name: str, security: dict[str, Any]) -> Iterator[str]:
    if security.get("runAsUser") == 0:
        yield f"{name} runs as root"
    if security.get("runAsNonRoot") is False:
        yield f"{name} may run as root"
    if security.get("seccompProfile", {}).get("type", "RuntimeDefault") not in SECCOMP:
        yield f"{name} is unconfined by seccomp"
    if security.get("appArmorProfile", {}).get("type", "RuntimeDefault") not in APPARMOR:
        yield f"{name} is unconfined by AppArmor"
    linux = security.get("seLinuxOptions", {})
    if linux.get("type", "") not in SELINUX or linux.get("user") or linux.get("role"):
        yield f"{name} sets options of SELinux"
    if security.get("windowsOptions", {}).get("hostProcess"):
        yield f"{name} is a process of the host"


def _handlers(name: str, container: dict[str, Any]) -> Iterator[str]:
    """Since 1.34 probes and hooks may not name another host."""
    probes = [
        container.get(kind, {}) for kind in ("startupProbe", "readinessProbe", "livenessProbe")
    ]
    hooks = [container.get("lifecycle", {}).get(kind, {}) for kind in ("postStart", "preStop")]
    for handler in [*probes, *hooks]:
        for kind in ("httpGet", "tcpSocket"):
            if handler.get(kind, {}).get("host"):
                yield f"{name} asks another host"
