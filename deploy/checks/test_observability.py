"""Alert rules, their tests, the manifest made of them, and the dashboard."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.checks import observability
from deploy.checks.observability import (
    DASHBOARD,
    MANIFEST,
    RULES,
    TESTS,
    manifest,
    promtool,
    rules,
)
from deploy.checks.rendering import find, with_components
from deploy.checks.tools import ROOT

NAMES = [rule["alert"] for rule in rules()]
OPERATIONS = ROOT / "docs" / "operations.md"


def cases() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(TESTS.read_text())["tests"]
    return found


def queries() -> list[str]:
    board = json.loads(DASHBOARD.read_text())
    panels = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    return panels + [note["expr"] for note in board["annotations"]["list"]]


def test_the_rules_are_sound() -> None:
    done = promtool("check", "rules", RULES)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_fires_on_its_fault_and_is_silent_otherwise() -> None:
    done = promtool("test", "rules", TESTS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_has_a_case_that_fires_and_one_that_is_silent(name: str) -> None:
    """The names of the cases are held to what the cases expect."""
    own = [case for case in cases() if case["name"].split()[0] == name]
    kinds = {case["name"].removeprefix(f"{name} ").split(":")[0] for case in own}
    assert kinds == {"fires", "is silent"}
    for case in own:
        (asked,) = case["promql_expr_test"]
        assert f'alertname="{name}", alertstate="firing"' in asked["expr"]
        assert bool(asked["exp_samples"]) is case["name"].startswith(f"{name} fires:")


def test_a_rule_that_never_fires_is_found(tmp_path: Path) -> None:
    text = RULES.read_text()
    assert "> 300" in text
    (tmp_path / RULES.name).write_text(text.replace("> 300", "> 1e9"))
    given = yaml.safe_load(TESTS.read_text())
    given["tests"] = [case for case in given["tests"] if "ProfAIQueueWaits" in case["name"]]
    (tmp_path / TESTS.name).write_text(yaml.safe_dump(given))
    done = promtool("test", "rules", tmp_path / TESTS.name)
    assert done.returncode == 1
    assert "FAILED" in done.stdout + done.stderr


def test_without_promtool_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RuntimeError, match="apt install prometheus"):
        promtool("--version")


@pytest.mark.parametrize("rule", list(rules()), ids=NAMES)
def test_an_operator_is_told_what_to_do(rule: dict[str, Any]) -> None:
    notes = rule["annotations"]
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert len(notes["description"]) > 80
    page, _, anchor = notes["runbook"].partition("#")
    headings = re.findall(r"^### (\w+)$", (ROOT / page).read_text(), re.MULTILINE)
    assert anchor == rule["alert"].lower()
    assert anchor in {heading.lower() for heading in headings}


def test_the_page_explains_no_rule_that_is_gone() -> None:
    section = OPERATIONS.read_text().split("\n## Alerts\n")[1].split("\n## ")[0]
    assert re.findall(r"^### (\w+)$", section, re.MULTILINE) == NAMES


def test_the_manifest_is_made_of_the_rules() -> None:
    assert MANIFEST.read_text() == manifest(), "run python -m deploy.checks.observability"
    assert observability.DASHBOARD.is_file()


def test_every_query_of_the_dashboard_parses(tmp_path: Path) -> None:
    # What Grafana fills in.
    filled = [query.replace("$__rate_interval", "5m") for query in queries()]
    recorded = [{"record": f"query:{n}", "expr": query} for n, query in enumerate(filled)]
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": recorded}]}))
    done = promtool("check", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(filled)} rules found" in done.stdout


def test_panels_do_not_overlap_and_say_what_they_show() -> None:
    board = json.loads(DASHBOARD.read_text())
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["title"]
        assert place["x"] + place["w"] <= 24
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_prometheus_finds_pods_port_and_token() -> None:
    manifests = with_components("prod", ["monitoring"])
    for name, port in (("web", "http"), ("worker", "metrics")):
        (endpoint,) = find(manifests, "PodMonitor", name)["spec"]["podMetricsEndpoints"]
        assert endpoint["port"] == port
        (container,) = find(manifests, "Deployment", name)["spec"]["template"]["spec"]["containers"]
        assert port in {entry["name"] for entry in container["ports"]}
        made = find(manifests, "SecretProviderClass", "worker")["spec"]["secretObjects"]
        credentials = endpoint["authorization"]["credentials"]
        (secret,) = [one for one in made if one["secretName"] == credentials["name"]]
        assert [entry["key"] for entry in secret["data"]] == [credentials["key"]]
        policy = find(manifests, "NetworkPolicy", "scrape")["spec"]
        assert port in {entry["port"] for entry in policy["ingress"][0]["ports"]}
    board = find(manifests, "ConfigMap", "grafana-profai")
    assert board["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(board["data"]["profai.json"])["title"] == "ProfAI"
