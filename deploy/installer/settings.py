"""What deploy/environments, deploy/charts and the overlays say of an environment."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

from deploy.installer.shell import StopError

DEPLOY = Path(__file__).resolve().parents[1]
ENVIRONMENTS = ("dev", "staging", "prod")


@dataclass(frozen=True, slots=True)
class Nodes:
    types: list[str]
    least: int
    most: int
    nat: str


@dataclass(frozen=True, slots=True)
class Environment:
    """deploy/environments/NAME.toml; that file says what each value means."""

    name: str
    account: str
    region: str
    zones: list[str]
    host: str
    repository: str
    connection: str
    alarm_email: str
    monthly_budget: int
    api_ranges: list[str]
    nodes: Nodes
    recovery_vault: str = ""

    @property
    def full_name(self) -> str:
        """Of the cluster, the namespace, and before the names of stacks."""
        return f"profai-{self.name}"

    @property
    def url(self) -> str:
        return f"https://{self.host}"

    @property
    def registry(self) -> str:
        return f"{self.account}.dkr.ecr.{self.region}.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Chart:
    """`set` names values that are known only once the cluster stands."""

    name: str
    repository: str
    version: str
    namespace: str
    set: dict[str, str] = field(default_factory=dict)

    @property
    def values(self) -> Path:
        return Path("deploy") / "charts" / f"{self.name}.yaml"


def load(name: str, deploy: Path = DEPLOY) -> Environment:
    """Raises StopError for an unknown environment, and for a value that is missing or unknown."""
    path = deploy / "environments" / f"{name}.toml"
    if name not in ENVIRONMENTS or not path.is_file():
        raise StopError(f"There is no environment {name}; choose dev, staging or prod.")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        return Environment(name=name, nodes=Nodes(**values.pop("nodes")), **values)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise StopError(
            f"{path.name} cannot be used: {error}. Compare it with prod.toml in Git."
        ) from error


def charts(deploy: Path = DEPLOY) -> list[Chart]:
    """In the order in which they are installed."""
    text = (deploy / "charts" / "charts.toml").read_text(encoding="utf-8")
    return [Chart(**values) for values in tomllib.loads(text)["chart"]]


def cluster_file(environment: Environment, deploy: Path = DEPLOY) -> str:
    """deploy/aws/cluster.yaml with this environment's values, as eksctl reads it."""
    nodes = environment.nodes
    text = (deploy / "aws" / "cluster.yaml").read_text(encoding="utf-8")
    return Template(text).substitute(
        environment=environment.name,
        cluster=environment.full_name,
        region=environment.region,
        zones=json.dumps(environment.zones),
        api_ranges=json.dumps(environment.api_ranges),
        types=json.dumps(nodes.types),
        least=nodes.least,
        most=nodes.most,
        nat=nodes.nat,
    )


def kubernetes_version(deploy: Path = DEPLOY) -> str:
    text = (deploy / "aws" / "cluster.yaml").read_text(encoding="utf-8")
    found = re.search(r'^  version: "([\d.]+)"$', text, re.MULTILINE)
    if found is None:
        raise StopError("deploy/aws/cluster.yaml names no version of Kubernetes.")
    return found[1]


def addons(deploy: Path = DEPLOY) -> dict[str, str]:
    """The cluster's add-ons and their pinned versions."""
    text = (deploy / "aws" / "cluster.yaml").read_text(encoding="utf-8")
    return dict(re.findall(r"^  - name: (\S+)\n    version: (\S+)$", text, re.MULTILINE))


def told(environment: Environment, deploy: Path = DEPLOY) -> dict[str, str]:
    """What the overlay tells the pods: its settings.env."""
    path = deploy / "kubernetes" / "overlays" / environment.name / "settings.env"
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def examples_left(environment: Environment, deploy: Path = DEPLOY) -> list[str]:
    """Lines of the environment's files that still hold an example of this repository."""
    examples = (deploy / "placeholders").read_text(encoding="utf-8").split()
    folder = deploy / "kubernetes" / "overlays" / environment.name
    files = [deploy / "environments" / f"{environment.name}.toml", *sorted(folder.iterdir())]
    return [
        f"{path.relative_to(deploy)}, line {number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        # The name by which deploy/bin/render finds the image; it puts the registry in its place.
        if path.name != "kustomization.yaml" and any(example in line for example in examples)
    ]


def disagreements(environment: Environment, settings: Mapping[str, str]) -> Iterator[str]:
    """What the environment's file and the overlay's settings say differently."""
    wanted = {
        "ALLOWED_HOSTS": environment.host,
        "PUBLIC_URL": environment.url,
        "CSRF_TRUSTED_ORIGINS": environment.url,
        "AWS_REGION": environment.region,
        "AWS_STORAGE_BUCKET_NAME": f"{environment.full_name}-files-{environment.account}",
    }
    for name, value in wanted.items():
        if settings.get(name) != value:
            yield f"{name} is {settings.get(name)}, but {environment.name}.toml asks for {value}"


def json_of(text: str) -> Any:
    """Raises StopError where a tool answers with something else."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise StopError(f"This should be JSON: {text[:200]}") from error
