"""The steps from an empty account to a page that answers, in their order, and back.

Each step can be repeated: it looks first at what is there, and changes nothing that is as it
should be. It stops at the first thing that is not so and says what to do.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from deploy.installer import settings
from deploy.installer.settings import Environment
from deploy.installer.shell import ROOT, Shell, StopError

GITHUB = "token.actions.githubusercontent.com"
AUTHORITIES = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"
# Oldest versions that the steps were written for, and how each says which it is.
TOOLS = {
    "aws": ((2, 15), ("aws", "--version")),
    "eksctl": ((0, 210), ("eksctl", "version")),
    "kubectl": ((1, 35), ("kubectl", "version", "--client")),
    "helm": ((3, 14), ("helm", "version", "--short")),
    "docker": ((24, 0), ("docker", "--version")),
    "gh": ((2, 40), ("gh", "--version")),
    "curl": ((7, 74), ("curl", "--version")),
}
ONLY_NAMED = {"protected_branches": False, "custom_branch_policies": True}
# The secrets that the database's roles need, by role.
ROLES = {
    "profai_app": ("database-url", ""),
    "profai_owner": ("migrate-database-url", ""),
    "profai_queue": ("queue-reader", "?sslmode=require"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """`undo` takes away what the step made, where anything is to be taken away."""

    title: str
    run: Callable[[Environment, Shell], None]
    undo: Callable[[Environment, Shell], None] | None = None


def tools(_environment: Environment, shell: Shell) -> None:
    for name, (oldest, command) in TOOLS.items():
        wanted = ".".join(map(str, oldest))

        def test(command: tuple[str, ...] = command, oldest: tuple[int, int] = oldest) -> str:
            found = re.search(r"(\d+)\.(\d+)", shell.read(*command))
            if found and (int(found[1]), int(found[2])) >= oldest:
                return ""
            return f"Install {command[0]} {'.'.join(map(str, oldest))} or later, and start again."

        shell.check(f"{name} {wanted} or later is installed", test)


def values(environment: Environment, shell: Shell) -> None:
    def examples() -> str:
        lines = settings.examples_left(environment)
        return "Put your values in place of these examples:\n" + "\n".join(lines) if lines else ""

    def agreement() -> str:
        lines = settings.disagreements(environment, settings.told(environment))
        return "\n".join(lines)

    shell.check(
        f"no example is left in environments/{environment.name}.toml and its overlay", examples
    )
    shell.check("the environment's file and its overlay say the same", agreement)
    shell.check("production has a second vault for copies", lambda: _vault(environment))


def _vault(environment: Environment) -> str:
    if environment.name != "prod" or environment.recovery_vault:
        return ""
    return "Name a recovery_vault in prod.toml: docs/backup.md says how it is made."


def account(environment: Environment, shell: Shell) -> None:
    found = shell.ask(
        "aws", "sts", "get-caller-identity", "--query", "Account", "--output", "text",
        name="ACCOUNT", otherwise="Log in as an administrator of the account: aws sso login",
    )  # fmt: skip
    shell.check(
        f"you are logged in to the account {environment.account}",
        lambda: "" if found == environment.account else
        f"You are logged in to {found}, but {environment.name}.toml names {environment.account}.",
    )  # fmt: skip


def offers(_environment: Environment, shell: Shell) -> None:
    version = settings.kubernetes_version()
    for addon, pinned in settings.addons().items():
        offered = shell.ask(
            "aws", "eks", "describe-addon-versions", "--kubernetes-version", version,
            "--addon-name", addon,
            "--query", "addons[].addonVersions[].addonVersion", "--output", "text",
            name="OFFERED", otherwise=f"EKS offers no {addon} for Kubernetes {version}.",
        )  # fmt: skip
        shell.check(
            f"EKS offers {addon} {pinned}",
            lambda pinned=pinned, offered=offered, addon=addon: (  # type: ignore[misc] # bound now
                "" if pinned in offered.split() else
                f"EKS offers no {addon} {pinned} any more; pin {offered.split()[0]} in "
                "deploy/aws/cluster.yaml, and try it in staging first."
            ),
        )  # fmt: skip


def stack(environment: Environment, shell: Shell, name: str, **parameters: str) -> None:
    """Makes a stack of deploy/aws or brings it up to date; without changes it does nothing."""
    full = "profai-registry" if name == "registry" else f"{environment.full_name}-{name}"
    given = [f"{key}={value}" for key, value in parameters.items()]
    shell.do(
        "aws", "cloudformation", "deploy", "--stack-name", full,
        "--template-file", f"deploy/aws/{name}.yaml", "--capabilities", "CAPABILITY_NAMED_IAM",
        "--no-fail-on-empty-changeset", *(["--parameter-overrides", *given] if given else []),
        otherwise=f"See what failed: aws cloudformation describe-stack-events --stack-name {full}. "
        "A stack in ROLLBACK_COMPLETE has to be deleted before it can be made again.",
    )  # fmt: skip


def output(environment: Environment, shell: Shell, name: str, key: str) -> str:
    full = f"{environment.full_name}-{name}"
    return shell.ask(
        "aws", "cloudformation", "describe-stacks", "--stack-name", full, "--query",
        f"Stacks[0].Outputs[?OutputKey=='{key}'].OutputValue", "--output", "text",
        name=_variable(key), otherwise=f"The stack {full} has no output {key}; make it again.",
    )  # fmt: skip


def _variable(key: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).upper()


def stack_is_there(environment: Environment, shell: Shell, name: str) -> bool:
    found = shell.read(
        "aws", "cloudformation", "describe-stacks", "--stack-name",
        f"{environment.full_name}-{name}", "--query", "Stacks[0].StackId", "--output", "text",
    )  # fmt: skip
    return bool(found)


def delete_stack(environment: Environment, shell: Shell, name: str) -> None:
    full = f"{environment.full_name}-{name}"
    if not stack_is_there(environment, shell, name):
        return
    for action in (("delete-stack",), ("wait", "stack-delete-complete")):
        shell.do(
            *("aws", "cloudformation", *action, "--stack-name", full),
            otherwise="See what stands in the way: "
            f"aws cloudformation describe-stack-events --stack-name {full}",
        )


def registry(environment: Environment, shell: Shell) -> None:
    stack(environment, shell, "registry")


def watch(environment: Environment, shell: Shell) -> None:
    shell.check(
        "no log group is there without its stack",
        lambda: "" if stack_is_there(environment, shell, "watch") else _left(
            "aws logs delete-log-group --log-group-name",
            [group for group in log_groups(environment) if _group_is_there(shell, group)],
        ),
    )  # fmt: skip
    stack(
        environment, shell, "watch", Environment=environment.name,
        ClusterName=environment.full_name, AlarmEmail=environment.alarm_email,
        MonthlyBudget=str(environment.monthly_budget),
    )  # fmt: skip


def log_groups(environment: Environment) -> list[str]:
    """Those of deploy/aws/watch.yaml, which outlive their stack."""
    name = environment.full_name
    kinds = ("application", "dataplane", "host", "performance")
    of_pods = [f"/aws/containerinsights/{name}/{kind}" for kind in kinds]
    return [*of_pods, f"/aws/rds/instance/{name}/postgresql"]


def _group_is_there(shell: Shell, group: str) -> bool:
    found = shell.read(
        "aws", "logs", "describe-log-groups", "--log-group-name-prefix", group,
        "--query", f"logGroups[?logGroupName=='{group}'].arn", "--output", "text",
    )  # fmt: skip
    return bool(found)


def _left(command: str, names: list[str]) -> str:
    """What to say of things that an earlier environment left, or somebody else made."""
    if not names:
        return ""
    lines = "\n".join(f"  {command} {name}" for name in names)
    return f"These are there without their stack. Copy what you need, take them away:\n{lines}"


def point_kubectl_to(environment: Environment, shell: Shell) -> None:
    """kubectl and Helm may have been used for another cluster before."""
    name = environment.full_name
    shell.do(
        *("aws", "eks", "update-kubeconfig", "--name", name, "--alias", name),
        otherwise="You may not see the cluster; use the account's role that made it.",
    )


def cluster_is_there(environment: Environment, shell: Shell) -> bool:
    return shell.there("aws", "eks", "describe-cluster", "--name", environment.full_name)


def cluster(environment: Environment, shell: Shell) -> None:
    name = environment.full_name
    status = shell.read(
        "aws", "eks", "describe-cluster", "--name", name, "--query", "cluster.status",
        "--output", "text",
    )  # fmt: skip
    if not status:
        text = settings.cluster_file(environment)
        for more in (("--dry-run",), ()):
            shell.do(
                "eksctl",
                "create",
                "cluster",
                "--config-file",
                "-",
                *more,
                given=text,
                otherwise="See what failed: aws cloudformation describe-stack-events "
                f"--stack-name eksctl-{name}-cluster. Take a half-made cluster away before you "
                f"start again: eksctl delete cluster --name {name} --wait",
            )
    elif status != "ACTIVE":
        raise StopError(
            f"The cluster {name} is {status}. Wait until it is ACTIVE, and start again."
        )
    point_kubectl_to(environment, shell)
    shell.do(
        "kubectl",
        "get",
        "nodes",
        otherwise="The cluster's API does not answer. Is your address in api_ranges of "
        f"environments/{environment.name}.toml? Then: aws eks update-cluster-config "
        f"--name {name} --resources-vpc-config publicAccessCidrs=...",
    )


def delete_cluster(environment: Environment, shell: Shell) -> None:
    name = environment.full_name
    if cluster_is_there(environment, shell):
        shell.do(
            "eksctl",
            "delete",
            "cluster",
            "--name",
            name,
            "--wait",
            otherwise="Something made by hand may stand in the VPC: take it away, start again.",
        )


def vpc(environment: Environment, shell: Shell) -> str:
    return shell.ask(
        "aws", "eks", "describe-cluster", "--name", environment.full_name,
        "--query", "cluster.resourcesVpcConfig.vpcId", "--output", "text",
        name="VPC", otherwise="There is no cluster.",
    )  # fmt: skip


def subnets(shell: Shell, network: str) -> str:
    return shell.ask(
        "aws", "ec2", "describe-subnets", "--filters", f"Name=vpc-id,Values={network}",
        "Name=tag:kubernetes.io/role/internal-elb,Values=1",
        "--query", "join(',', Subnets[].SubnetId)", "--output", "text",
        name="SUBNETS", otherwise="The VPC has no private subnets with eksctl's tag.",
    )  # fmt: skip


def data(environment: Environment, shell: Shell) -> None:
    shell.check(
        "no bucket and no secret is there without its stack",
        lambda: "" if stack_is_there(environment, shell, "data") else _left(
            "aws s3 rb --force", [f"s3://{one}" for one in _buckets_there(environment, shell)]
        ) or _left(
            "aws secretsmanager delete-secret --force-delete-without-recovery --secret-id",
            _secrets_there(environment, shell),
        ),
    )  # fmt: skip
    network = vpc(environment, shell)
    inside = subnets(shell, network)
    routes = shell.ask(
        "aws", "ec2", "describe-route-tables", "--filters", f"Name=vpc-id,Values={network}",
        "--query", "join(',', RouteTables[].RouteTableId)", "--output", "text",
        name="ROUTES", otherwise="The VPC has no route tables.",
    )  # fmt: skip
    stack(
        environment, shell, "data", Environment=environment.name, VpcId=network,
        SubnetIds=inside, RouteTableIds=routes, Origin=environment.url,
    )  # fmt: skip


def _buckets_there(environment: Environment, shell: Shell) -> list[str]:
    names = [f"{environment.full_name}-{kind}-{environment.account}" for kind in ("files", "logs")]
    return [one for one in names if shell.there("aws", "s3api", "head-bucket", "--bucket", one)]


def _secrets_there(environment: Environment, shell: Shell) -> list[str]:
    """Deleted ones, too: their names are taken for 30 days."""
    found = shell.read(
        "aws", "secretsmanager", "list-secrets", "--include-planned-deletion",
        "--filters", f"Key=name,Values=profai/{environment.name}/",
        "--query", "SecretList[].Name", "--output", "text",
    )  # fmt: skip
    return found.split()


def access(environment: Environment, shell: Shell) -> None:
    provider = f"arn:aws:iam::{environment.account}:oidc-provider/{GITHUB}"
    if not shell.there(
        "aws", "iam", "get-open-id-connect-provider", "--open-id-connect-provider-arn", provider
    ):
        shell.do(
            "aws", "iam", "create-open-id-connect-provider", "--url", f"https://{GITHUB}",
            "--client-id-list", "sts.amazonaws.com",
            otherwise="You may not make identity providers; ask the account's administrator.",
        )  # fmt: skip
    stack(
        environment, shell, "access", Environment=environment.name,
        ClusterName=environment.full_name, Repository=environment.repository,
        GithubProvider=provider,
    )  # fmt: skip


def runner(environment: Environment, shell: Shell) -> None:
    network = vpc(environment, shell)
    group = shell.ask(
        "aws", "eks", "describe-cluster", "--name", environment.full_name,
        "--query", "cluster.resourcesVpcConfig.clusterSecurityGroupId", "--output", "text",
        name="GROUP", otherwise="There is no cluster.",
    )  # fmt: skip
    stack(
        environment, shell, "runner", Environment=environment.name, VpcId=network,
        SubnetIds=subnets(shell, network), ClusterSecurityGroup=group,
        Repository=environment.repository, Connection=environment.connection,
    )  # fmt: skip


def pipeline(environment: Environment, shell: Shell) -> None:
    """The environment on GitHub takes releases of the branch main only."""
    place = f"repos/{environment.repository}/environments/{environment.name}"
    policies = f"{place}/deployment-branch-policies"
    shell.do(
        "gh", "api", "--method", "PUT", place, "--input", "-",
        given=json.dumps({"deployment_branch_policy": ONLY_NAMED}),
        otherwise="Log in as an administrator of the repository: gh auth login",
    )  # fmt: skip
    if "main" not in shell.read("gh", "api", policies, "--jq", ".branch_policies[].name").split():
        shell.do(
            "gh",
            "api",
            "--method",
            "POST",
            policies,
            "--field",
            "name=main",
            otherwise="The branch main could not be named as the one that may deploy.",
        )
    told = {
        "AWS_ROLE": output(environment, shell, "access", "PipelineRole"),
        "AWS_REGION": environment.region,
        "CLUSTER": environment.full_name,
        "REGISTRY": environment.registry,
        "URL": environment.url,
    }
    for name, value in told.items():
        shell.do(
            "gh", "variable", "set", name, "--repo", environment.repository,
            "--env", environment.name, "--body", value,
            otherwise=f"Set the variable {name} of the environment {environment.name} on GitHub.",
        )  # fmt: skip


def recovery(environment: Environment, shell: Shell) -> None:
    stack(
        environment, shell, "recovery", Environment=environment.name,
        DatabaseArn=output(environment, shell, "data", "DatabaseArn"),
        FilesArn=output(environment, shell, "data", "FilesArn"),
        KeyArn=output(environment, shell, "data", "KeyArn"),
        CopyVault=environment.recovery_vault,
    )  # fmt: skip


def install_charts(environment: Environment, shell: Shell) -> None:
    known = {
        "cluster": environment.full_name,
        "region": environment.region,
        "vpc": vpc(environment, shell),
    }
    for chart in settings.charts():
        more = [
            part for key, name in chart.set.items() for part in ("--set", f"{key}={known[name]}")
        ]
        shell.do(
            "helm", "upgrade", "--install", chart.name, chart.name, "--repo", chart.repository,
            "--version", chart.version, "--namespace", chart.namespace, "--create-namespace",
            "--values", str(chart.values), *more, "--wait", "--timeout", "10m",
            otherwise=f"See its pods: kubectl --namespace {chart.namespace} get events. A release "
            f"that is half installed: helm --namespace {chart.namespace} uninstall {chart.name}",
        )  # fmt: skip


def remove_charts(environment: Environment, shell: Shell) -> None:
    if not cluster_is_there(environment, shell):
        return
    point_kubectl_to(environment, shell)
    for chart in reversed(settings.charts()):
        if shell.there("helm", "status", chart.name, "--namespace", chart.namespace):
            shell.do(
                "helm",
                "uninstall",
                chart.name,
                "--namespace",
                chart.namespace,
                "--wait",
                otherwise=f"{chart.name} could not be taken away.",
            )


def in_cluster(environment: Environment, shell: Shell) -> None:
    shell.do(
        "kubectl",
        "apply",
        "--kustomize",
        "deploy/kubernetes/cluster",
        otherwise="An administrator of the cluster has to do this.",
    )
    shell.do(
        "curl", "--fail", "--silent", "--show-error", "--output", "deploy/aws/global-bundle.pem",
        AUTHORITIES, otherwise="The authorities that sign RDS's certificates cannot be loaded.",
    )  # fmt: skip
    authorities = shell.ask(
        "kubectl", "--namespace", environment.full_name, "create", "configmap", "rds-authorities",
        "--from-file", "deploy/aws/global-bundle.pem", "--dry-run=client", "--output", "yaml",
        name="AUTHORITIES", otherwise="The file of authorities cannot be read.",
    )  # fmt: skip
    shell.do(
        "kubectl",
        "apply",
        "--server-side",
        "--filename",
        "-",
        given=authorities,
        otherwise="Pods would have no authorities to check the database's certificate by.",
    )


def secret(environment: Environment, name: str) -> str:
    return f"profai/{environment.name}/{name}"


def secret_value(environment: Environment, shell: Shell, name: str) -> str:
    """Returns "" for a secret in which only the place is made."""
    return shell.read(
        "aws", "secretsmanager", "get-secret-value", "--secret-id", secret(environment, name),
        "--query", "SecretString", "--output", "text",
    )  # fmt: skip


def put(environment: Environment, shell: Shell, name: str, value: str) -> None:
    shell.do(
        "deploy/bin/put-secret", environment.name, name, given=value,
        otherwise=f"The secret {name} could not be written; start again.",
    )  # fmt: skip


def roles(environment: Environment, shell: Shell) -> None:
    """Makes the database's roles and the secrets with their addresses, unless all are there."""
    if all(secret_value(environment, shell, name) for name, _ in ROLES.values()):
        shell.say("   The database's roles have their passwords.")
        return
    host = output(environment, shell, "data", "DatabaseHost")
    master = shell.ask(
        "aws", "secretsmanager", "get-secret-value", "--secret-id",
        output(environment, shell, "data", "MasterSecret"),
        "--query", "SecretString", "--output", "text",
        name="MASTER", otherwise="RDS has not written the master's password yet; start again.",
    )  # fmt: skip
    # Letters and digits only, so that nothing has to be escaped in an address.
    passwords = {role: secrets.token_hex(24) for role in ROLES}
    variables = "".join(
        f"\\set {role.removeprefix('profai_')} {password}\n" for role, password in passwords.items()
    )
    text = variables + (ROOT / "deploy/aws/roles.sql").read_text(encoding="utf-8")
    login = "profai_master", "" if master == "$MASTER" else settings.json_of(master)["password"]
    psql(environment, shell, host, login, text)
    for role, (name, more) in ROLES.items():
        put(environment, shell, name, f"postgresql://{role}:{passwords[role]}@{host}/profai{more}")


def psql(
    environment: Environment, shell: Shell, host: str, login: tuple[str, str], text: str
) -> None:
    user, password = login
    shell.do(
        "deploy/bin/psql", environment.name, host, user, given=f"{password}\n{text}",
        otherwise="The SQL did not run, and nothing was kept of it. Start again once the database "
        "answers.",
    )  # fmt: skip


def keys(environment: Environment, shell: Shell) -> None:
    """The token of metrics, and a key for the model that the overlay names."""
    if not secret_value(environment, shell, "metrics-token"):
        put(environment, shell, "metrics-token", secrets.token_hex(24))
    told = settings.told(environment)
    model, provider = told.get("LLM_MODEL", ""), told.get("LLM_PROVIDER", "openai")
    own = f"{provider}-api-key"
    names = ["llm-api-key", *([own] if provider in {"openai", "groq", "sarvam"} else [])]

    def test() -> str:
        has_key = any(secret_value(environment, shell, name) for name in names)
        if model and not has_key:
            return (
                f"LLM_MODEL is {model}, but there is no key. Put it in: deploy/bin/put-secret "
                f"{environment.name} llm-api-key < key.txt; or empty LLM_MODEL in settings.env."
            )
        if has_key and not model:
            return "There is a key, but LLM_MODEL is empty: no course would be written by a model."
        return ""

    shell.check("there are a model and a key, or neither", test)


def tag(shell: Shell) -> str:
    return shell.ask(
        "git", "rev-parse", "--short=12", "HEAD",
        name="TAG", otherwise="A release is a commit of the repository.",
    )  # fmt: skip


def image(environment: Environment, shell: Shell) -> None:
    release = tag(shell)
    if shell.there(
        "aws", "ecr", "describe-images", "--repository-name", "profai",
        "--image-ids", f"imageTag={release}",
    ):  # fmt: skip
        shell.say(f"   profai:{release} is in the registry.")
        return
    shell.do(
        "deploy/bin/build-image",
        environment.registry,
        release,
        otherwise="The image could not be built, or its scan found something critical.",
    )


def release(environment: Environment, shell: Shell) -> None:
    name = tag(shell)
    digest = shell.ask(
        "aws", "ecr", "describe-images", "--repository-name", "profai", "--image-ids",
        f"imageTag={name}", "--query", "imageDetails[0].imageDigest", "--output", "text",
        name="DIGEST", otherwise="The image is not in the registry.",
    )  # fmt: skip
    full = f"{environment.registry}/profai:{name}@{digest}"
    shell.do(
        "deploy/bin/rollout",
        environment.name,
        full,
        environment.url,
        otherwise="See docs/deployment.md, A release, and the way back.",
    )
    if environment.name == "prod":
        shell.do(
            "deploy/bin/keep-release",
            full,
            otherwise="The registry may delete this release while it runs; start again.",
        )


def take_away_release(environment: Environment, shell: Shell) -> None:
    """The load balancer first: the controller that deletes it goes with the charts."""
    if not cluster_is_there(environment, shell):
        return
    point_kubectl_to(environment, shell)
    place = ("kubectl", "--namespace", environment.full_name)
    if shell.there(*place, "get", "ingress", "web"):
        shell.do(
            *place,
            "delete",
            "ingress",
            "web",
            "--wait",
            "--timeout",
            "10m",
            otherwise="A load balancer with deletion_protection is not deleted: set it to false "
            "in the overlay's ingress.yaml, roll out, start again.",
        )
    if shell.there("kubectl", "get", "namespace", environment.full_name):
        shell.do(
            "kubectl",
            "delete",
            "namespace",
            environment.full_name,
            "--timeout",
            "10m",
            otherwise="See what is left: kubectl api-resources --verbs list --namespaced",
        )


def queue_reader(environment: Environment, shell: Shell) -> None:
    """After the first migration: KEDA may count steps."""
    address = shell.ask(
        "aws", "secretsmanager", "get-secret-value", "--secret-id",
        secret(environment, "migrate-database-url"), "--query", "SecretString", "--output", "text",
        name="OWNER", otherwise="The secret migrate-database-url is empty.",
    )  # fmt: skip
    found = re.fullmatch(r"postgresql://profai_owner:(\w+)@([^/]+)/profai", address)
    if found is None and address != "$OWNER":
        raise StopError("migrate-database-url should be postgresql://profai_owner:...@HOST/profai.")
    password, host = found.groups() if found else ("", "$DATABASE_HOST")
    text = (ROOT / "deploy/aws/queue-reader.sql").read_text(encoding="utf-8")
    psql(environment, shell, host, ("profai_owner", password), text)


def balancer_alarms(environment: Environment, shell: Shell) -> None:
    """The alarms on the load balancer, which the first release made."""
    address = shell.ask(
        "kubectl", "--namespace", environment.full_name, "get", "ingress", "web",
        "--output", "jsonpath={.status.loadBalancer.ingress[0].hostname}",
        name="BALANCER", otherwise="The Ingress has no load balancer.",
    )  # fmt: skip
    arn = shell.ask(
        "aws", "elbv2", "describe-load-balancers",
        "--query", f"LoadBalancers[?DNSName=='{address}'].LoadBalancerArn", "--output", "text",
        name="ARN", otherwise=f"There is no load balancer {address} in this region.",
    )  # fmt: skip
    stack(
        environment, shell, "watch", Environment=environment.name,
        ClusterName=environment.full_name, AlarmEmail=environment.alarm_email,
        MonthlyBudget=str(environment.monthly_budget),
        LoadBalancer=arn.partition(":loadbalancer/")[2] or "${ARN#*:loadbalancer/}",
    )  # fmt: skip
    shell.say(f"   By hand: let {environment.host} lead to {address}; confirm the alarms' e-mail;")
    shell.say(
        f"   kubectl --namespace {environment.full_name} exec -it deploy/web -- "
        "python manage.py createsuperuser"
    )


def deleting(name: str) -> Callable[[Environment, Shell], None]:
    return lambda environment, shell: delete_stack(environment, shell, name)


STEPS = (
    Step("The tools are there", tools),
    Step("Every value is yours", values),
    Step("It is the right account", account),
    Step("EKS offers what is pinned", offers),
    Step("The registry, once an account", registry),
    # Before the add-on and the database, which would make the log groups themselves, for ever.
    Step("Log groups, alarms, budget", watch, deleting("watch")),
    Step("The cluster", cluster, delete_cluster),
    Step("Database, files, secrets", data, deleting("data")),
    Step("What pods and pipeline may do", access, deleting("access")),
    Step("The pipeline's runner in the VPC", runner, deleting("runner")),
    Step("The pipeline's environment on GitHub", pipeline),
    Step("Copies in a second account", recovery, deleting("recovery")),
    Step("Charts", install_charts, remove_charts),
    Step("What the cluster holds once", in_cluster),
    Step("The database's roles", roles),
    Step("Keys", keys),
    Step("The image", image),
    Step("The release", release, take_away_release),
    Step("KEDA may count steps", queue_reader),
    Step("Alarms on the load balancer", balancer_alarms),
)
