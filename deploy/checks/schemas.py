"""Every manifest against the schema of its kind; a kind without one is an error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jsonschema
import kubernetes_validate
import yaml
from cloudcoil.models.keda.v1alpha1 import ScaledObject, TriggerAuthentication
from cloudcoil.models.prometheus_operator.v1 import PodMonitor, PrometheusRule
from pydantic import BaseModel, ValidationError

from deploy.checks.rendering import Manifest, name_of
from deploy.checks.tools import DEPLOY

VERSION = "1.36"  # of the cluster: deploy/aws/cluster.yaml
PROVIDER_CLASS = json.loads((DEPLOY / "checks/schema_files/secretproviderclass.json").read_text())


def schema_problems(manifests: Sequence[Manifest]) -> list[str]:
    return [
        f"{name_of(manifest)}: {problem}"
        for manifest in manifests
        for problem in _problems(manifest)
    ]


def _problems(manifest: Manifest) -> Iterator[str]:
    kind = f"{manifest.get('apiVersion')} {manifest.get('kind')}"
    yield from CUSTOM.get(kind, _core)(manifest)


def _core(manifest: Manifest) -> Iterator[str]:
    try:
        kubernetes_validate.validate(manifest, VERSION, strict=True)
    except kubernetes_validate.ValidationError as error:
        yield f"{'.'.join(map(str, error.path))}: {error.message}"
    except kubernetes_validate.SchemaNotFoundError:
        yield "there is no schema of this kind, so nobody would see a typing error in it"


def _model(model: type[BaseModel]) -> Callable[[Manifest], Iterator[str]]:
    """Models drop keys that they do not know, so what went in is compared with what stayed."""

    def check(manifest: Manifest) -> Iterator[str]:
        try:
            read = model.model_validate(manifest)
        except ValidationError as error:
            yield str(error)
            return
        kept = read.model_dump(by_alias=True, exclude_unset=True, mode="json")
        yield from _lost(manifest, kept, "")

    return check


def _lost(given: Any, kept: Any, path: str) -> Iterator[str]:
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            if key not in kept:
                yield f"{path}.{key} is not known"
            else:
                yield from _lost(value, kept[key], f"{path}.{key}")
    elif isinstance(given, list) and isinstance(kept, list):
        for number, (one, other) in enumerate(zip(given, kept, strict=True)):
            yield from _lost(one, other, f"{path}[{number}]")


def _provider_class(manifest: Manifest) -> Iterator[str]:
    outer = list(jsonschema.Draft202012Validator(PROVIDER_CLASS).iter_errors(manifest))
    yield from (f"{error.json_path}: {error.message}" for error in outer)
    if outer:
        return
    objects = yaml.safe_load(manifest["spec"]["parameters"]["objects"])
    inner = jsonschema.Draft202012Validator(PROVIDER_CLASS["$defs"]["objects"])
    yield from (
        f"objects {error.json_path}: {error.message}" for error in inner.iter_errors(objects)
    )


CUSTOM: dict[str, Callable[[Manifest], Iterator[str]]] = {
    "keda.sh/v1alpha1 ScaledObject": _model(ScaledObject),
    "keda.sh/v1alpha1 TriggerAuthentication": _model(TriggerAuthentication),
    "monitoring.coreos.com/v1 PodMonitor": _model(PodMonitor),
    "monitoring.coreos.com/v1 PrometheusRule": _model(PrometheusRule),
    "secrets-store.csi.x-k8s.io/v1 SecretProviderClass": _provider_class,
}
