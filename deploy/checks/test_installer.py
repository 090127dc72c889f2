"""deploy/bin/up and down, beside tools that take notes and answer from a table."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.checks.admission import refusals
from deploy.checks.tools import DEPLOY

TOOLS = ("aws", "eksctl", "kubectl", "helm", "docker", "gh", "curl", "git")
# What a school puts in place of the examples.
OWN = {
    "111122223333": "123456789012", "example.org": "school.test", "203.0.113.": "8.8.8.",
    "it@school.example": "it@school.test", "OWNER/NAME": "school/profai",
    "00000000-0000-4000-8000-000000000000": "6ba7b810-9dad-41d1-80b4-00c04fd430c8",
}  # fmt: skip
MADE = "eksctl create cluster --config-file -$"
Row = dict[str, Any]


def output(key: str, value: str) -> Row:
    return {"called": f"OutputKey=='{key}'", "says": value}


def secret(name: str, value: str) -> Row:
    return {"called": f"get-secret-value --secret-id \\S*{name} ", "says": value}


def absent(called: str, once: str = "") -> Row:
    return {"called": called, "ends": 1, "complains": "It is not there."} | (
        {"once": once} if once else {}
    )


OWNER = "postgresql://profai_owner:hunter2@db.test/profai"
# An account in which nothing is there yet.
EMPTY: list[Row] = [
    {"called": "^aws --version", "says": "aws-cli/2.31.4 Python/3.13"},
    {"called": "^eksctl version", "says": "0.215.0"},
    {"called": "^kubectl version", "says": "Client Version: v1.36.1"},
    {"called": "^helm version", "says": "v3.17.3+g1"},
    {"called": "^docker --version", "says": "Docker version 28.1.0, build 1"},
    {"called": "^gh --version", "says": "gh version 2.60.0"},
    {"called": "^curl --version", "says": "curl 8.5.0"},
    {"called": "get-caller-identity", "says": "123456789012\n"},
    {
        "called": "describe-addon-versions",
        "says": "v9.9.9-eksbuild.1 "
        + " ".join(re.findall(r"v[\d.]+-eksbuild\.\d+", (DEPLOY / "aws/cluster.yaml").read_text())),
    },
    {"called": "describe-cluster .*vpcId", "says": "vpc-1"},
    {"called": "describe-cluster .*clusterSecurityGroupId", "says": "sg-1"},
    {"called": "describe-cluster .*status", "says": "ACTIVE", "once": MADE},
    absent("describe-cluster .*status"),
    absent("head-bucket"),
    {"called": "describe-subnets", "says": "subnet-1,subnet-2"},
    {"called": "describe-route-tables", "says": "rtb-1,rtb-2"},
    absent("get-open-id-connect-provider"),
    output("DatabaseHost", "db.test"),
    output("MasterSecret", "arn:master"),
    output("PipelineRole", "arn:pipeline"),
    output("DatabaseArn", "arn:database"),
    output("FilesArn", "arn:files"),
    output("KeyArn", "arn:key"),
    secret("arn:master", '{"username": "profai_master", "password": "only-for-tests"}'),
    secret("migrate-database-url", OWNER) | {"once": "put-secret-value .*migrate-database-url"},
    secret("", "\n"),
    {"called": "create configmap rds-authorities", "says": "kind: ConfigMap"},
    {"called": "git rev-parse", "says": "4f2a9c1d0e5b"},
    {"called": "describe-images .*imageTag=4f2a9c1d0e5b --query", "says": "sha256:" + "5" * 64},
    absent("describe-images"),
    {"called": "findingSeverityCounts", "says": "None"},
    {"called": "get ingress web", "says": "k8s.elb.test"},
    {
        "called": "describe-load-balancers",
        "says": "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/k8s/1",
    },
]
KEY = secret("llm-api-key", "a key for tests")
# The same account once everything stands.
STANDING: list[Row] = [
    {"called": "describe-cluster .*status", "says": "ACTIVE"},
    {"called": "get-open-id-connect-provider", "says": "{}"},
    {"called": "describe-stacks .*StackId", "says": "arn:stack"},
    {"called": "branch_policies", "says": "main"},
    secret("migrate-database-url", OWNER),
    secret("(database-url|queue-reader|metrics-token|llm-api-key)", "a value"),
    {"called": "describe-images .*--image-ids imageTag=4f2a9c1d0e5b$", "says": "{}"},
]


@dataclass
class Place:
    """A copy of deploy/ with a school's values, and the tools beside it."""

    root: Path
    fakes: Path

    def answers(self, *rows: Row) -> None:
        """Rows that come before those of an empty account."""
        (self.fakes / "table.json").write_text(json.dumps([*rows, *EMPTY]))

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        (self.fakes / "notes.jsonl").write_text("")
        path = f"{self.fakes}:/usr/bin:/bin"
        return subprocess.run(
            [sys.executable, self.root / "deploy/bin" / program, *arguments],
            env={"PATH": path, "FAKES": str(self.fakes), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    @property
    def notes(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.fakes / "notes.jsonl").read_text().splitlines()]

    def called(self, words: str) -> list[dict[str, Any]]:
        return [note for note in self.notes if re.search(words, note["command"])]

    def edit(self, path: str, written: str, instead: str) -> None:
        file = self.root / "deploy" / path
        assert written in file.read_text()
        file.write_text(file.read_text().replace(written, instead))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    root, fakes = tmp_path / "checkout", tmp_path / "fakes"
    fakes.mkdir()
    unneeded = shutil.ignore_patterns("checks", "__pycache__")
    shutil.copytree(DEPLOY, root / "deploy", ignore=unneeded)
    shutil.copy(DEPLOY / "checks" / "fake_tools.py", fakes / "fake_tools.py")
    for name in TOOLS:
        (fakes / name).write_text(
            f"#!{sys.executable} -IS\n" + (fakes / "fake_tools.py").read_text()
        )
        (fakes / name).chmod(0o755)
    # What they do is tried in test_pipeline.py.
    (root / "deploy/bin/rollout").write_text('#!/bin/sh\nexec git rollout "$@"\n')
    for folder in ("environments", "kubernetes/overlays"):
        for path in (root / "deploy" / folder).rglob("*"):
            if path.is_file():
                text = path.read_text()
                for example, own in OWN.items():
                    text = text.replace(example, own)
                path.write_text(text)
    made = Place(root, fakes)
    made.answers()
    return made


def test_an_empty_account_becomes_an_environment(place: Place) -> None:
    place.answers(KEY)
    done = place.run("up", "prod")
    assert done.returncode == 0, done.stderr
    wanted = [
        "deploy --stack-name profai-registry", "deploy --stack-name profai-prod-watch",
        "--dry-run", MADE, "deploy --stack-name profai-prod-data",
        "deploy --stack-name profai-prod-access", "deploy --stack-name profai-prod-runner",
        "gh variable set URL", "deploy --stack-name profai-prod-recovery",
        "upgrade --install secrets-store-csi-driver ", "upgrade --install cluster-autoscaler",
        "apply --kustomize deploy/kubernetes/cluster", "run psql",
        "put-secret-value .*profai/prod/database-url", "docker buildx build",
        "git rollout prod", "put-image .*release-4f2a9c1d0e5b", "LoadBalancer=app/k8s/1",
    ]  # fmt: skip
    commands = [note["command"] for note in place.notes]
    first = [next(n for n, one in enumerate(commands) if re.search(words, one)) for words in wanted]
    assert first == sorted(first)
    assert "exec -it deploy/web -- python manage.py createsuperuser" in done.stdout


def test_the_cluster_is_made_from_the_environments_values(place: Place) -> None:
    place.run("up", "prod")
    (note,) = place.called(MADE)
    assert "name: profai-prod" in note["given"]
    assert 'publicAccessCIDRs: ["8.8.8.0/24"]' in note["given"]
    assert "${" not in note["given"]


def test_no_password_stands_on_a_command_line_and_each_role_has_its_own(place: Place) -> None:
    place.answers(KEY)
    done = place.run("up", "prod")
    roles, queue = place.called("run psql")
    assert roles["given"].startswith("only-for-tests\n\\set ")
    passwords = dict(re.findall(r"^\\set ([a-z]+) (\w+)$", roles["given"], re.MULTILINE))
    assert len(set(passwords.values())) == 3
    assert queue["given"].startswith("hunter2\n")
    written = {note["arguments"][3]: note["given"] for note in place.called("put-secret-value")}
    assert (
        written["profai/prod/database-url"]
        == f"postgresql://profai_app:{passwords['app']}@db.test/profai"
    )
    assert written["profai/prod/migrate-database-url"].startswith(
        f"postgresql://profai_owner:{passwords['owner']}@"
    )
    assert written["profai/prod/queue-reader"].endswith(
        f":{passwords['queue']}@db.test/profai?sslmode=require"
    )
    secret_words = [*passwords.values(), "only-for-tests", "hunter2"]
    commands = " ".join(note["command"] for note in place.notes)
    assert not [word for word in secret_words if word in commands + done.stdout]


def test_the_pod_that_runs_sql_is_taken_by_a_restricted_namespace(place: Place) -> None:
    place.run("up", "prod")
    (note,) = place.called("run psql")
    overrides = json.loads(note["arguments"][note["arguments"].index("--overrides") + 1])
    assert refusals(overrides["spec"]) == []


def test_what_stands_is_left_as_it_is(place: Place) -> None:
    place.answers(*STANDING)
    done = place.run("up", "prod")
    assert done.returncode == 0, done.stderr
    made = (
        "create cluster|put-secret-value|docker buildx|create-open-id|--field name=main|roles.sql"
    )
    assert place.called(made) == []
    # KEDA's right only; to give it again changes nothing.
    (queue,) = place.called("run psql")
    assert "GRANT SELECT (status) ON jobs_step" in queue["given"]


def test_a_key_is_asked_for_and_then_it_goes_on(place: Place) -> None:
    done = place.run("up", "prod")
    assert done.returncode == 1
    assert "Stopped. LLM_MODEL is gpt-4o-mini, but there is no key." in done.stderr
    assert "deploy/bin/put-secret prod llm-api-key < key.txt" in done.stderr
    assert place.called("git rollout") == []
    place.answers(KEY)
    assert place.run("up", "prod").returncode == 0


Change = Callable[[Place], None]


def answering(*rows: Row) -> Change:
    return lambda place: place.answers(*rows, KEY)


def editing(path: str, written: str, instead: str) -> Change:
    return lambda place: place.edit(path, written, instead)


FAILURES: list[tuple[Change, str, str]] = [
    (lambda place: (place.fakes / "helm").unlink(), "Install helm 3.14 or later", "aws sts"),
    (
        answering({"called": "^eksctl version", "says": "0.100.0"}),
        "Install eksctl 0.210",
        "aws sts",
    ),
    (
        editing("environments/prod.toml", "it@school.test", "it@school.example"),
        "environments/prod.toml, line 1",
        "aws sts",
    ),
    (
        editing("environments/prod.toml", "8.8.8.", "203.0.113."),
        "Put your values in place",
        "aws sts",
    ),
    (
        editing(
            "kubernetes/overlays/prod/settings.env", "ALLOWED_HOSTS=profai", "ALLOWED_HOSTS=other"
        ),
        "ALLOWED_HOSTS is other.school.test, but prod.toml asks for profai.school.test",
        "aws sts",
    ),
    (
        editing("environments/prod.toml", "recovery_vault", "# recovery_vault"),
        "Name a recovery_vault",
        "aws sts",
    ),
    (
        editing("environments/prod.toml", "least = 3", "fewest = 3"),
        "prod.toml cannot be used",
        "aws sts",
    ),
    (
        editing("environments/prod.toml", "least = 3", "least = "),
        "prod.toml cannot be used",
        "aws sts",
    ),
    (answering(absent("get-caller-identity")), "aws sso login", "cloudformation"),
    (
        answering({"called": "get-caller-identity", "says": "999999999999"}),
        "You are logged in to 999999999999",
        "cloudformation",
    ),
    (
        answering({"called": "describe-addon-versions", "says": "v9.9.9-eksbuild.1"}),
        "pin v9.9.9-eksbuild.1 in deploy/aws/cluster.yaml",
        "cloudformation",
    ),
    (
        answering(absent("describe-addon-versions")),
        "EKS offers no vpc-cni for Kubernetes 1.36",
        "cloudformation",
    ),
    (
        answering(absent("deploy --stack-name profai-prod-watch")),
        "describe-stack-events --stack-name profai-prod-watch",
        "eksctl create",
    ),
    (
        answering({"called": "describe-log-groups .*/host", "says": "arn:group"}),
        "delete-log-group --log-group-name /aws/containerinsights/profai-prod/host",
        "deploy --stack-name profai-prod-watch",
    ),
    (
        answering({"called": "head-bucket --bucket profai-prod-files-123456789012"}),
        "aws s3 rb --force s3://profai-prod-files-123456789012",
        "deploy --stack-name profai-prod-data",
    ),
    (
        answering({"called": "list-secrets", "says": "profai/prod/secret-key"}),
        "--force-delete-without-recovery --secret-id profai/prod/secret-key",
        "deploy --stack-name profai-prod-data",
    ),
    (
        answering({"called": "cluster.status", "says": "CREATING"}),
        "The cluster profai-prod is CREATING",
        "profai-prod-data",
    ),
    (answering(absent("create cluster .* --dry-run")), "eksctl-profai-prod-cluster", MADE),
    (answering(absent("update-kubeconfig")), "the account's role that made it", "profai-prod-data"),
    (answering(absent("kubectl get nodes")), "Is your address in api_ranges", "profai-prod-data"),
    (
        answering({"called": "describe-subnets", "says": "None"}),
        "no private subnets",
        "deploy .*profai-prod-data",
    ),
    (
        answering(absent("create-open-id-connect-provider")),
        "ask the account's administrator",
        "profai-prod-access",
    ),
    (answering(absent("gh api --method PUT")), "gh auth login", "gh variable"),
    (answering(output("DatabaseArn", "None")), "has no output DatabaseArn", "profai-prod-recovery"),
    (
        answering(absent("--install keda")),
        "helm --namespace keda uninstall keda",
        "cluster-autoscaler",
    ),
    (answering(absent("apply --kustomize")), "An administrator of the cluster", "curl --fail"),
    (answering(absent("curl --fail")), "cannot be loaded", "rds-authorities"),
    (answering(secret("arn:master", "")), "has not written the master's password", "run psql"),
    (answering(secret("arn:master", "no JSON")), "This should be JSON", "run psql"),
    (answering(absent("run psql")), "The SQL did not run", "put-secret-value"),
    (answering(absent("put-secret-value")), "could not be written; start again", "docker buildx"),
    (
        answering({"called": "findingSeverityCounts", "says": "2"}),
        "its scan found something critical",
        "git rollout",
    ),
    (answering(absent("git rollout")), "A release, and the way back", "put-image"),
    (
        answering(secret("migrate-database-url", "mysql://x")),
        "should be postgresql://profai_owner",
        "describe-load-balancers",
    ),
    (
        answering({"called": "get ingress web", "says": ""}),
        "The Ingress has no load balancer",
        "LoadBalancer=",
    ),
]


@pytest.mark.parametrize(
    ("change", "words", "never"), FAILURES, ids=[words[:40] for _, words, _ in FAILURES],
)  # fmt: skip
def test_it_stops_at_the_first_thing_that_is_not_so(
    place: Place, change: Change, words: str, never: str
) -> None:
    place.answers(KEY)
    change(place)
    done = place.run("up", "prod")
    assert done.returncode == 1, done.stdout
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert place.called(never) == []


def test_a_key_without_a_model_is_no_course_by_a_model(place: Place) -> None:
    place.answers(KEY)
    place.edit("kubernetes/overlays/prod/settings.env", "LLM_MODEL=gpt-4o-mini\n", "")
    done = place.run("up", "prod")
    assert done.returncode == 1
    assert "There is a key, but LLM_MODEL is empty" in done.stderr


def test_without_key_and_model_the_extractive_engine_is_meant(place: Place) -> None:
    place.edit("kubernetes/overlays/prod/settings.env", "LLM_MODEL=gpt-4o-mini\n", "")
    assert place.run("up", "prod").returncode == 0


def test_a_small_environment_needs_no_second_vault(place: Place) -> None:
    place.answers(KEY)
    done = place.run("up", "dev")
    assert done.returncode == 0, done.stderr
    (note,) = place.called("deploy --stack-name profai-dev-recovery")
    assert note["arguments"][-1] == "CopyVault="
    assert place.called("put-image") == []


def test_an_environment_is_taken_away_in_the_reverse_order(place: Place) -> None:
    place.answers(
        *STANDING, {"called": "describe-stacks .*StackId", "says": "arn:stack"},
    )  # fmt: skip
    done = place.run("down", "dev", "--delete", "profai-dev")
    assert done.returncode == 0, done.stderr
    taken = [
        re.sub(
            r".*(delete ingress|delete namespace|uninstall \S+|stack-name \S+|delete cluster).*",
            r"\1",
            note["command"],
        )
        for note in place.called(
            "delete ingress|delete namespace|uninstall|delete-stack|eksctl delete"
        )
    ]
    assert taken == [
        "delete ingress", "delete namespace", "uninstall cluster-autoscaler", "uninstall keda",
        "uninstall aws-load-balancer-controller", "uninstall secrets-store-csi-driver-provider-aws",
        "uninstall secrets-store-csi-driver", "stack-name profai-dev-recovery",
        "stack-name profai-dev-runner", "stack-name profai-dev-access",
        "stack-name profai-dev-data", "delete cluster", "stack-name profai-dev-watch",
    ]  # fmt: skip
    assert "Kept: buckets" in done.stdout


def test_nothing_is_taken_from_the_cluster_that_kubectl_knew_before(place: Place) -> None:
    place.answers(*STANDING)
    place.run("down", "dev", "--delete", "profai-dev")
    commands = [note["command"] for note in place.notes]
    changed = [one for one in commands if re.search("^kubectl .*delete|^helm uninstall", one)]
    pointed = next(n for n, one in enumerate(commands) if "update-kubeconfig" in one)
    assert "--name profai-dev" in commands[pointed]
    assert pointed < commands.index(changed[0])


def test_without_the_cluster_kubectl_and_helm_take_nothing_away(place: Place) -> None:
    place.answers(absent("describe-cluster"))
    assert place.run("down", "dev", "--delete", "profai-dev").returncode == 0
    assert place.called("^(kubectl|helm|eksctl) ") == []


def test_what_is_not_there_is_not_taken_away(place: Place) -> None:
    place.answers(absent("get ingress|get namespace|helm status|describe-stacks"))
    done = place.run("down", "dev", "--delete", "profai-dev")
    assert done.returncode == 0, done.stderr
    assert place.called("kubectl .*delete|uninstall|delete-stack") == []


@pytest.mark.parametrize(
    ("called", "words"),
    [
        ("delete ingress", "deletion_protection"),
        ("delete namespace", "See what is left"),
        ("uninstall keda", "keda could not be taken away"),
        ("wait stack-delete-complete", "See what stands in the way"),
        ("eksctl delete", "made by hand may stand in the VPC"),
    ],
)
def test_what_cannot_be_taken_away_is_said(place: Place, called: str, words: str) -> None:
    there = {"called": "describe-stacks .*StackId", "says": "arn:stack"}
    place.answers(absent(called), *STANDING, there)
    done = place.run("down", "dev", "--delete", "profai-dev")
    assert done.returncode == 1
    assert words in done.stderr


def test_nothing_is_taken_away_by_a_slip(place: Place) -> None:
    done = place.run("down", "prod", "--delete", "profai-dev")
    assert done.returncode == 2
    assert "--delete profai-prod" in done.stderr
    assert place.run("down", "prod").returncode == 2
    assert place.notes == []


def test_a_plan_calls_nothing(place: Place) -> None:
    done = place.run("plan", "staging")
    assert done.returncode == 0
    assert "profai-staging" in done.stdout
    assert place.notes == []


@pytest.mark.parametrize("arguments", [(), ("prod",), ("prod", "x", "y")])
@pytest.mark.parametrize("program", ["psql", "build-image", "put-secret", "keep-release", "drill"])
def test_the_scripts_say_how_they_are_called(
    place: Place, program: str, arguments: tuple[str, ...]
) -> None:
    many = (*arguments, "more", "more", "more") if arguments else ()
    done = subprocess.run(
        [place.root / "deploy/bin" / program, *many], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "usage:" in done.stderr
