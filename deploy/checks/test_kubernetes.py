"""The overlays are sound, and a manifest that was tampered with is found."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from deploy.checks.policies import policy_problems
from deploy.checks.rendering import (
    ENVIRONMENTS,
    Manifest,
    RenderError,
    configuration,
    find,
    name_of,
    overlay,
    pods,
    render,
    with_components,
)
from deploy.checks.schemas import schema_problems
from deploy.checks.values import value_problems

Manifests = list[Manifest]


@pytest.fixture(scope="module")
def rendered() -> dict[str, Manifests]:
    found = {environment: render(overlay(environment)) for environment in ENVIRONMENTS}
    found["watched"] = with_components("prod", ["monitoring"])
    found["cloud"] = with_components("prod", ["chroma-cloud", "neon"])
    found["traced"] = with_components("prod", ["tracing"])
    return found


def test_every_manifest_fits_the_schema_of_its_kind(rendered: dict[str, Manifests]) -> None:
    assert {name: schema_problems(manifests) for name, manifests in rendered.items()} == {
        name: [] for name in rendered
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_our_own_rules_hold(rendered: dict[str, Manifests], environment: str) -> None:
    assert value_problems(rendered[environment], environment) == []


def test_all_parts_are_there(rendered: dict[str, Manifests]) -> None:
    kinds = {
        "Deployment/web", "Deployment/worker", "StatefulSet/chroma", "Job/migrate", "Ingress/web",
        "HorizontalPodAutoscaler/web", "ScaledObject/worker", "NetworkPolicy/default-deny",
    }  # fmt: skip
    for environment in ENVIRONMENTS:
        assert kinds <= {name_of(manifest) for manifest in rendered[environment]}


def test_secrets_differ_in_the_name_of_the_environment_only() -> None:
    texts = {
        (overlay(environment) / "secrets.yaml").read_text().replace(f"profai/{environment}/", "")
        for environment in ENVIRONMENTS
    }
    assert len(texts) == 1


def test_web_pods_see_the_keys_that_learners_questions_need_and_no_other(
    rendered: dict[str, Manifests],
) -> None:
    objects = find(rendered["prod"], "SecretProviderClass", "web")["spec"]["parameters"]["objects"]
    keys = {entry["objectAlias"] for entry in yaml.safe_load(objects)}
    assert {key for key in keys if "API_KEY" in key} == {"LLM_API_KEY", "EMBEDDING_API_KEY"}


def test_cloud_services_take_the_place_of_our_own(rendered: dict[str, Manifests]) -> None:
    values = configuration(rendered["cloud"])
    assert (values["CHROMA_HOST"], values["CHROMA_SSL"]) == ("api.trychroma.com", "true")
    assert values["DATABASE_SSLROOTCERT"].startswith("/etc/ssl/certs/")
    assert not [name for name, _pod in pods(rendered["cloud"]) if "chroma" in name]
    web, worker = (find(rendered["cloud"], "Deployment", name) for name in ("web", "worker"))
    assert "DATABASE_POOLED" in str(web)
    assert "DATABASE_POOLED" not in str(worker)


def test_spans_go_through_the_collector_to_xray_and_nowhere_else(
    rendered: dict[str, Manifests],
) -> None:
    manifests = rendered["traced"]
    assert value_problems(manifests, "prod") == []
    told = configuration(manifests)
    address = urlsplit(told["OTEL_EXPORTER_OTLP_ENDPOINT"])
    (port,) = find(manifests, "Service", "collector")["spec"]["ports"]
    assert (address.hostname, address.port) == ("collector", port["port"])
    assert told["OTEL_PROPAGATORS"].startswith("xray,")
    config = collector_configuration(manifests)
    assert config["receivers"]["otlp"]["protocols"]["http"]["endpoint"] == f"0.0.0.0:{address.port}"
    assert set(config["service"]["pipelines"]) == {"traces"}
    pipeline = config["service"]["pipelines"]["traces"]
    assert pipeline["exporters"] == list(config["exporters"]) == ["awsxray"]
    assert pipeline["processors"] == list(config["processors"]) == ["memory_limiter", "batch"]
    assert pipeline["receivers"] == list(config["receivers"])
    assert config["service"]["extensions"] == list(config["extensions"])
    limiter = config["processors"]["memory_limiter"]
    limit = container(manifests, "collector")["resources"]["limits"]["memory"]
    assert limiter["limit_mib"] + limiter["spike_limit_mib"] < int(limit.removesuffix("Mi"))


def test_only_web_and_workers_reach_the_collector(rendered: dict[str, Manifests]) -> None:
    policy = find(rendered["traced"], "NetworkPolicy", "collector")["spec"]
    (rule,) = policy["ingress"]
    (source,) = rule["from"]
    (names,) = source["podSelector"]["matchExpressions"]
    assert names["values"] == ["web", "worker"]
    assert [port["port"] for port in rule["ports"]] == [4318]
    assert [port["port"] for way in policy["egress"] for port in way["ports"]] == [443]


def test_no_span_leaves_an_overlay_without_the_component(rendered: dict[str, Manifests]) -> None:
    for environment in ENVIRONMENTS:
        assert not [name for name in configuration(rendered[environment]) if "OTEL" in name]


def collector_configuration(manifests: Manifests) -> Manifest:
    (found,) = [
        manifest["data"]
        for manifest in manifests
        if manifest["kind"] == "ConfigMap" and manifest["metadata"]["name"].startswith("collector-")
    ]
    config: Manifest = yaml.safe_load(found["collector-config.yaml"])
    return config


def test_an_overlay_that_cannot_be_put_together_says_why(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [nowhere.yaml]")
    with pytest.raises(RenderError, match="nowhere"):
        render(tmp_path)


def container(manifests: Manifests, name: str) -> Manifest:
    spec = find(manifests, "Deployment", name)["spec"]["template"]["spec"]
    first: Manifest = spec["containers"][0]
    return first


def without_limit(manifests: Manifests) -> None:
    del container(manifests, "worker")["resources"]["limits"]["memory"]


def with_inlined_secret(manifests: Manifests) -> None:
    entry = {"name": "OPENAI_API_KEY", "value": "sk-" + "x" * 20}
    container(manifests, "worker")["env"].append(entry)


def with_secret_in_map(manifests: Manifests) -> None:
    configuration(manifests)["DATABASE_URL"] = "postgresql://app:" + "hunter2@db/profai"


def with_secret_manifest(manifests: Manifests) -> None:
    manifests.append(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "keys", "namespace": "profai-prod"},
            "data": {"OPENAI_API_KEY": "c2stMTIz"},
        }
    )


def as_root(manifests: Manifests) -> None:
    pod = find(manifests, "Deployment", "web")["spec"]["template"]["spec"]
    pod["securityContext"] |= {"runAsUser": 0, "runAsNonRoot": False}


def with_latest_tag(manifests: Manifests) -> None:
    image = container(manifests, "web")["image"].rsplit(":", 1)[0]
    container(manifests, "web")["image"] = f"{image}:latest"


def without_probe(manifests: Manifests) -> None:
    del container(manifests, "web")["livenessProbe"]


def with_writable_root(manifests: Manifests) -> None:
    container(manifests, "worker")["securityContext"]["readOnlyRootFilesystem"] = False


def with_other_size(manifests: Manifests) -> None:
    container(manifests, "web")["resources"]["requests"]["memory"] = "1Gi"


def with_short_grace(manifests: Manifests) -> None:
    pod = find(manifests, "Deployment", "worker")["spec"]["template"]["spec"]
    pod["terminationGracePeriodSeconds"] = 30


def with_plain_http(manifests: Manifests) -> None:
    del find(manifests, "Ingress", "web")["metadata"]["annotations"][
        "alb.ingress.kubernetes.io/ssl-redirect"
    ]


def with_open_metrics(manifests: Manifests) -> None:
    (rule,) = find(manifests, "Ingress", "web")["spec"]["rules"]
    del rule["http"]["paths"][0]


def with_debug(manifests: Manifests) -> None:
    configuration(manifests)["DEBUG"] = "True"


def with_no_worker(manifests: Manifests) -> None:
    find(manifests, "ScaledObject", "worker")["spec"]["minReplicaCount"] = 0


def with_foreign_secret(manifests: Manifests) -> None:
    parameters = find(manifests, "SecretProviderClass", "web")["spec"]["parameters"]
    parameters["objects"] = parameters["objects"].replace("profai/prod/", "profai/dev/")


def with_links_elsewhere(manifests: Manifests) -> None:
    configuration(manifests)["PUBLIC_URL"] = "https://dev.profai.example.org"


TAMPERINGS: dict[Callable[[Manifests], None], str] = {
    without_limit: "Deployment/worker has no full set of limits",
    with_inlined_secret: "OPENAI_API_KEY is written out",
    with_secret_in_map: "DATABASE_URL is written out",
    with_secret_manifest: "a Secret in Git",
    as_root: "runAsUser is 0",
    with_latest_tag: "nobody could say what runs",
    without_probe: "Deployment/web has no livenessProbe",
    with_writable_root: "readOnlyRootFilesystem is False",
    with_other_size: "requests.memory is 1Gi",
    with_short_grace: "worker is killed after 30 s",
    with_plain_http: "not sent to HTTPS",
    with_open_metrics: "sends requests for /metrics on",
    with_debug: "show source and settings",
    with_no_worker: "with no worker left",
    with_foreign_secret: "reads profai/dev/",
    with_links_elsewhere: "links in messages lead to https://dev.",
}


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_a_tampered_manifest_is_found(
    rendered: dict[str, Manifests], tamper: Callable[[Manifests], None]
) -> None:
    manifests = copy.deepcopy(rendered["prod"])
    tamper(manifests)
    found = value_problems(manifests, "prod")
    assert any(TAMPERINGS[tamper] in problem for problem in found), found


SEEN_BY_POLICIES = {
    without_limit: "CKV_K8S_13",
    as_root: "CKV_K8S_40",
    with_latest_tag: "CKV_K8S_14",
    without_probe: "CKV_K8S_8",
    with_writable_root: "CKV_K8S_22",
}


@pytest.fixture(scope="module")
def broken(rendered: dict[str, Manifests]) -> set[tuple[str, str]]:
    """The policies that ours break, and those that tampered ones do, in one run of checkov."""
    named = dict(rendered)
    for tamper in SEEN_BY_POLICIES:
        named[tamper.__name__] = copy.deepcopy(rendered["prod"])
        tamper(named[tamper.__name__])
    return policy_problems(named)


def test_no_policy_is_broken(rendered: dict[str, Manifests], broken: set[tuple[str, str]]) -> None:
    assert {(check, where) for check, where in broken if where.split(":")[0] in rendered} == set()


def test_the_policies_see_it_as_well(broken: set[tuple[str, str]]) -> None:
    """A second pair of eyes, so that a slip in our own rules is no hole."""
    for tamper, policy in SEEN_BY_POLICIES.items():
        assert any(
            check == policy and where.startswith(f"{tamper.__name__}:") for check, where in broken
        ), (tamper.__name__, broken)


@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [
        ("Deployment", "web", ("spec",)),
        ("ScaledObject", "worker", ("spec", "triggers", 0)),
        ("TriggerAuthentication", "queue-reader", ("spec",)),
        ("SecretProviderClass", "web", ("spec", "parameters")),
        ("PodMonitor", "worker", ("spec", "podMetricsEndpoints", 0)),
        ("PrometheusRule", "profai", ("spec", "groups", 0, "rules", 0)),
    ],
)
def test_a_typing_error_is_found(
    rendered: dict[str, Manifests], kind: str, name: str, path: tuple[str | int, ...]
) -> None:
    manifests = copy.deepcopy(rendered["watched"])
    place = find(manifests, kind, name)
    for key in path:
        place = place[key]  # type: ignore[index] # lists on the way
    place["replica"] = 3
    (problem,) = schema_problems(manifests)
    assert problem.startswith(f"{kind}/{name}")
    assert "replica" in problem


def test_what_a_secret_is_called_is_checked_inside_the_text(rendered: dict[str, Manifests]) -> None:
    manifests = copy.deepcopy(rendered["dev"])
    parameters = find(manifests, "SecretProviderClass", "web")["spec"]["parameters"]
    parameters["objects"] = parameters["objects"].replace("objectAlias", "alias", 1)
    assert any("objects" in problem for problem in schema_problems(manifests))


def test_a_kind_without_a_schema_is_found(rendered: dict[str, Manifests]) -> None:
    stranger = {"apiVersion": "example.org/v1", "kind": "Stranger", "metadata": {"name": "x"}}
    (problem,) = schema_problems([*rendered["dev"], stranger])
    assert "there is no schema" in problem
