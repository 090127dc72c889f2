"""The CloudFormation templates and the cluster's file, linted, compared and deployed to moto."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import boto3
import jsonschema
import pytest
import yaml
from moto import mock_aws

from deploy.checks.patterns import counts
from deploy.checks.permissions import allowed
from deploy.checks.policies import failed_policies
from deploy.checks.rendering import ENVIRONMENTS, KUBERNETES, configuration, find, overlay, render
from deploy.checks.schemas import VERSION, schema_problems
from deploy.checks.tools import DEPLOY, ROOT, run
from deploy.checks.tree import Tree
from deploy.installer.settings import cluster_file, load

AWS = DEPLOY / "aws"
OPERATIONS = ROOT / "docs" / "operations.md"
# As telemetry.logs writes them; tests/telemetry/test_lines.py sees to that.
LINES = (DEPLOY / "checks" / "log_lines.jsonl").read_text().splitlines()
# What counts which of them.
COUNTED = {
    "Not ready: the database does not answer: No answer within 2 s.": {"parts-missing"},
    "Reference a1b2c3d4e5f60718: GET /courses/ broke": {"errors"},
    "Worker 4712 ended with code -9": {"errors", "worker-deaths"},
    "Step 13 (write:1,2,3) failed: Chroma does not answer.": {"step-trouble"},
    "Step 14 (write:4,5) of job 39724fa3 broke": {"errors", "step-trouble"},
}
TEMPLATES = ("registry", "watch", "data", "access", "runner", "recovery")
REGION = "eu-central-1"
ACCOUNT = "123456789012"  # moto's
# Calls that AWS knows no resource for.
WITHOUT_RESOURCE = {
    "ecr:GetAuthorizationToken", "xray:PutTraceSegments", "xray:PutTelemetryRecords",
    "ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets", "ec2:DescribeVpcs",
}  # fmt: skip


def template(name: str) -> dict[str, Any]:
    return Tree(ROOT).template(name)


def test_cfn_lint_has_nothing_to_say() -> None:
    files = [AWS / f"{name}.yaml" for name in TEMPLATES]
    done = run("cfn-lint", "--regions", REGION, "--", *files)
    assert done.returncode == 0, done.stdout


def test_no_policy_is_broken_and_a_weakened_template_is_found(tmp_path: Path) -> None:
    weaker = {
        "StorageEncrypted: true": ("StorageEncrypted: false", "CKV_AWS_16"),
        "PubliclyAccessible: false": ("PubliclyAccessible: true", "CKV_AWS_17"),
        "RestrictPublicBuckets: true": ("RestrictPublicBuckets: false", "CKV_AWS_56"),
    }
    texts = {name: (AWS / f"{name}.yaml").read_text() for name in TEMPLATES}
    texts["weaker"] = texts["data"]
    for written, (instead, _policy) in weaker.items():
        assert written in texts["weaker"]
        texts["weaker"] = texts["weaker"].replace(written, instead)
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    found = {
        (check, where.split(":")[0])
        for check, where in failed_policies(tmp_path, "cloudformation", {})
    }
    assert found == {(policy, "weaker") for _instead, policy in weaker.values()}


def secrets_made() -> set[str]:
    return {
        resource["Properties"]["Name"]["Sub"].removeprefix("profai/${Environment}/")
        for resource in template("data")["Resources"].values()
        if resource["Type"] == "AWS::SecretsManager::Secret"
    }


@pytest.mark.parametrize("account", ["web", "worker", "migrate"])
def test_a_role_reads_what_its_pod_mounts_and_hardly_more(account: str) -> None:
    provider_class = find(render(overlay("prod")), "SecretProviderClass", account)
    objects = yaml.safe_load(provider_class["spec"]["parameters"]["objects"])
    mounted = {entry["objectName"].removeprefix("profai/prod/") for entry in objects}
    role = json.dumps(template("access")["Resources"][f"{account.capitalize()}Role"])
    readable = set(re.findall(r"secret:profai/\$\{Environment\}/([a-z-]+)-\?", role))
    assert mounted <= secrets_made()
    # The key of Chroma Cloud is mounted where that component is used.
    assert readable - mounted <= {"chroma-api-key"}
    assert mounted <= readable


def test_no_role_may_do_everything() -> None:
    resources = template("access")["Resources"] | template("runner")["Resources"]
    for name, resource in resources.items():
        for policy in resource["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                listed = [actions] if isinstance(actions, str) else actions
                assert not [action for action in listed if "*" in action], name
                if statement["Resource"] == "*":
                    assert set(listed) <= WITHOUT_RESOURCE, name


def test_the_cluster_fits_its_schema_and_the_manifests() -> None:
    schema = json.loads((DEPLOY / "checks/schema_files/eksctl.json").read_text())
    for environment in ENVIRONMENTS:
        cluster = yaml.safe_load(cluster_file(load(environment)))
        jsonschema.Draft202012Validator(schema).validate(cluster)
        assert cluster["metadata"]["name"] == f"profai-{environment}"
        assert cluster["metadata"]["version"] == VERSION
    policies = (KUBERNETES / "base" / "network.yaml").read_text()
    assert cluster["vpc"]["cidr"] in policies
    assert template("data")["Parameters"]["VpcCidr"]["Default"] == cluster["vpc"]["cidr"]
    addons = {addon["name"]: addon for addon in cluster["addons"]}
    assert json.loads(addons["vpc-cni"]["configurationValues"])["enableNetworkPolicy"] == "true"
    assert {"eks-pod-identity-agent", "aws-ebs-csi-driver", "metrics-server"} <= set(addons)


def test_a_typing_error_in_the_clusters_file_is_found() -> None:
    cluster = yaml.safe_load(cluster_file(load("prod")))
    cluster["managedNodeGroups"][0]["volumeEncryption"] = True
    schema = json.loads((DEPLOY / "checks/schema_files/eksctl.json").read_text())
    with pytest.raises(jsonschema.ValidationError, match="volumeEncryption"):
        jsonschema.Draft202012Validator(schema).validate(cluster)


def test_what_is_applied_once_a_cluster_fits_its_schemas() -> None:
    manifests = render(KUBERNETES / "cluster")
    assert schema_problems(manifests) == []
    # The pipeline may make every kind that an overlay holds.
    role = find(manifests, "ClusterRole", "profai-deployer")
    groups = {
        (group, kind)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for kind in rule["resources"]
    }
    for manifest in render(overlay("prod")):
        if manifest["kind"] == "Namespace":
            continue
        group = manifest["apiVersion"].rpartition("/")[0]
        plural = (
            manifest["kind"].lower().replace("policy", "policie").replace("class", "classe") + "s"
        )
        assert (group, plural.replace("ingresss", "ingresses")) in groups, manifest["kind"]
    assert "secrets" not in {kind for _group, kind in groups}
    # `kubectl rollout undo statefulset/chroma` looks for the release before among these.
    assert ("apps", "controllerrevisions") in groups


def for_moto(text: str) -> str:
    """moto cannot resolve a reference to a parameter group nor a master's secret."""
    return text.replace("      DBParameterGroupName: !Ref DatabaseParameters\n", "").replace(
        '{"Fn::GetAtt": [Database, MasterUserSecret.SecretArn]}', "none"
    )


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def deployed(request: pytest.FixtureRequest) -> Any:
    """All stacks of an environment in moto. It reports CREATE_COMPLETE for types that it does
    not create, so tests look at the resources."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        ec2 = boto3.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.20.{n}.0/24", AvailabilityZone=f"{REGION}{zone}"
            )["Subnet"]["SubnetId"]
            for n, zone in enumerate("ab")
        ]
        routes = ec2.describe_route_tables()["RouteTables"][0]["RouteTableId"]
        group = ec2.create_security_group(GroupName="cluster", Description="x", VpcId=vpc)[
            "GroupId"
        ]
        parameters = {
            "registry": {},
            "data": {
                "Environment": request.param, "VpcId": vpc, "SubnetIds": ",".join(subnets),
                "RouteTableIds": routes, "Origin": "https://profai.example.org",
            },
            "runner": {
                "Environment": request.param, "VpcId": vpc, "SubnetIds": ",".join(subnets),
                "ClusterSecurityGroup": group, "Repository": "school/profai",
                "Connection": f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:connection/x",
            },
            "recovery": {
                "Environment": request.param, "CopyVault": "",
                "DatabaseArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:profai-{request.param}",
                "FilesArn": f"arn:aws:s3:::profai-{request.param}-files-{ACCOUNT}",
                "KeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/x",
            },
            "access": {
                "Environment": request.param, "ClusterName": f"profai-{request.param}",
                "Repository": "school/profai", "GithubProvider": "arn:aws:iam::1:oidc-provider/x",
            },
            "watch": {
                "Environment": request.param, "ClusterName": f"profai-{request.param}",
                "AlarmEmail": "it@school.example", "LoadBalancer": "app/k8s-profai/1234",
            },
        }  # fmt: skip
        cloudformation = boto3.client("cloudformation")
        for name in TEMPLATES:
            cloudformation.create_stack(
                StackName=f"profai-{name}",
                TemplateBody=for_moto((AWS / f"{name}.yaml").read_text()),
                Capabilities=["CAPABILITY_NAMED_IAM"],
                Parameters=[
                    {"ParameterKey": key, "ParameterValue": value}
                    for key, value in parameters[name].items()
                ],
            )
        yield request.param


@pytest.mark.usefixtures("deployed")
def test_images_are_scanned_and_tags_never_move() -> None:
    (repository,) = boto3.client("ecr").describe_repositories()["repositories"]
    assert repository["repositoryName"] == "profai"
    assert repository["imageTagMutability"] == "IMMUTABLE"


def test_the_database_is_encrypted_backed_up_and_in_two_zones(deployed: str) -> None:
    rds = boto3.client("rds")
    (database,) = rds.describe_db_instances()["DBInstances"]
    assert database["DBInstanceIdentifier"] == f"profai-{deployed}"
    assert database["StorageEncrypted"] is True
    assert database["PubliclyAccessible"] is False
    assert database["MultiAZ"] is (deployed == "prod")
    assert database["BackupRetentionPeriod"] == {"dev": 1, "staging": 7, "prod": 14}[deployed]
    names = {
        group["DBParameterGroupName"]
        for group in rds.describe_db_parameter_groups()["DBParameterGroups"]
    }
    (ours,) = {name for name in names if not name.startswith("default.")}
    parameters = rds.describe_db_parameters(DBParameterGroupName=ours)
    values = {
        entry["ParameterName"]: entry.get("ParameterValue") for entry in parameters["Parameters"]
    }
    assert values["rds.force_ssl"] == "1"


def test_the_bucket_is_encrypted_and_named_as_the_application_is_told(deployed: str) -> None:
    s3 = boto3.client("s3")
    bucket = f"profai-{deployed}-files-{ACCOUNT}"
    # The application is told the same name, with the account of the examples.
    told = configuration(render(overlay(deployed)))["AWS_STORAGE_BUCKET_NAME"]
    assert told == bucket.replace(ACCOUNT, "111122223333")
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_logs_are_kept_as_long_as_the_environment_says(deployed: str) -> None:
    groups = boto3.client("logs").describe_log_groups()["logGroups"]
    days = {group["logGroupName"]: group.get("retentionInDays") for group in groups}
    wanted = {"dev": 7, "staging": 30, "prod": 90}[deployed]
    for name in ("application", "dataplane", "host", "performance"):
        assert days[f"/aws/containerinsights/profai-{deployed}/{name}"] == wanted


def test_roles_are_trusted_to_their_own_pods_only(deployed: str) -> None:
    iam = boto3.client("iam")
    for account in ("web", "worker", "migrate", "collector"):
        role = iam.get_role(RoleName=f"profai-{deployed}-{account}")["Role"]
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        tags = statement["Condition"]["StringEquals"]
        assert tags["aws:RequestTag/kubernetes-namespace"] == f"profai-{deployed}"
        assert tags["aws:RequestTag/kubernetes-service-account"] == account
    names = iam.list_role_policies(RoleName=f"profai-{deployed}-migrate")["PolicyNames"]
    assert names == ["secrets"]


def policies(role: str) -> list[dict[str, Any]]:
    """Those that the deployed role has, with all references resolved."""
    iam = boto3.client("iam")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    found = [iam.get_role_policy(RoleName=role, PolicyName=one)["PolicyDocument"] for one in names]
    # AWS answers with the document, moto with what Python writes of it.
    return [yaml.safe_load(one) if isinstance(one, str) else one for one in found]


@pytest.mark.parametrize(
    ("account", "action", "place", "may"),
    [
        ("web", "s3:PutObject", "documents/x.pdf", True),
        ("web", "s3:PutObject", "pages/1/2.webp", True),
        ("worker", "s3:PutObject", "documents/page.html", True),
        ("worker", "s3:PutObject", "figures/1.webp", True),
        ("worker", "s3:PutObject", "imports/1-report.json", True),
        ("worker", "s3:PutObject", "pages/1/2.webp", False),
        ("worker", "s3:GetObject", "documents/x.pdf", True),
        ("worker", "s3:DeleteObject", "imports/1.zip", True),
        ("migrate", "s3:GetObject", "documents/x.pdf", False),
        ("collector", "s3:GetObject", "documents/x.pdf", False),
    ],
)
def test_what_the_deployed_roles_may_do_with_files(
    deployed: str, account: str, action: str, place: str, *, may: bool
) -> None:
    bucket = f"arn:aws:s3:::profai-{deployed}-files-{ACCOUNT}"
    role = policies(f"profai-{deployed}-{account}")
    assert allowed(role, action, f"{bucket}/{place}") is may
    elsewhere = bucket.replace(f"profai-{deployed}", "profai-other")
    assert not allowed(role, action, f"{elsewhere}/{place}")


def test_a_key_is_used_by_way_of_its_service_only(deployed: str) -> None:
    """A pod whose role is stolen decrypts no copy of a database with it."""
    role = policies(f"profai-{deployed}-web")
    (key,) = {
        statement["Resource"]
        for policy in role
        for statement in policy["Statement"]
        if "kms:Decrypt" in statement["Action"]
    }
    by_s3 = {"kms__ViaService": f"s3.{REGION}.amazonaws.com"}
    assert allowed(role, "kms:Decrypt", key, **by_s3)
    assert not allowed(role, "kms:Decrypt", key)
    assert not allowed(role, "kms:Decrypt", key, kms__ViaService=f"rds.{REGION}.amazonaws.com")


def test_a_denial_wins_and_other_conditions_are_not_guessed() -> None:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    assert allowed([{"Statement": [statement]}], "s3:GetObject", "arn:x")
    denied = [{"Statement": [statement, statement | {"Effect": "Deny"}]}]
    assert not allowed(denied, "s3:GetObject", "arn:x")
    odd = statement | {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    with pytest.raises(LookupError, match="IpAddress"):
        allowed([{"Statement": [odd]}], "s3:GetObject", "arn:x")


def test_what_moto_leaves_out_is_in_the_templates() -> None:
    """It makes no alarm, budget, secret or pod identity, and drops some properties."""
    resources = {name: template(name)["Resources"] for name in TEMPLATES}
    kinds = [entry["Type"] for stack in resources.values() for entry in stack.values()]
    assert kinds.count("AWS::CloudWatch::Alarm") >= 10
    assert kinds.count("AWS::EKS::PodIdentityAssociation") == 4
    assert kinds.count("AWS::SecretsManager::Secret") == 17
    assert "AWS::Budgets::Budget" in kinds
    for resource in resources["watch"].values():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            assert resource["Properties"]["AlarmActions"] == [{"Ref": "Alarms"}]
    repository = resources["registry"]["Repository"]["Properties"]
    assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
    assert len(json.loads(repository["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]) == 3
    for bucket in ("Files", "Logs"):
        properties = resources["data"][bucket]["Properties"]
        assert len(properties["PublicAccessBlockConfiguration"]) == 4
        assert all(properties["PublicAccessBlockConfiguration"].values())
        assert properties["LifecycleConfiguration"]["Rules"]
        assert "aws:SecureTransport" in json.dumps(resources["data"][f"{bucket}Policy"])
    database = resources["data"]["Database"]["Properties"]
    assert database["DeletionProtection"] == {"If": ["IsProd", True, False]}
    assert resources["data"]["Files"]["Properties"]["VersioningConfiguration"] == {
        "Status": "Enabled"
    }
    for resource in resources["data"].values():
        if resource["Type"] == "AWS::SecretsManager::Secret":
            properties = resource["Properties"]
            assert properties.get("SecretString", "\n") == "\n", "a secret is written out"


def test_every_filter_of_lines_has_an_alarm() -> None:
    resources = template("watch")["Resources"].values()
    made = {
        transformation["MetricName"]["Sub"]
        for resource in resources
        if resource["Type"] == "AWS::Logs::MetricFilter"
        for transformation in resource["Properties"]["MetricTransformations"]
    }
    watched = {
        resource["Properties"]["MetricName"]["Sub"]
        for resource in resources
        if resource["Type"] == "AWS::CloudWatch::Alarm"
        and resource["Properties"]["Namespace"] == "ProfAI"
    }
    assert made == watched
    assert len(made) == 4


def test_filters_name_loggers_that_exist_and_see_wrapped_lines() -> None:
    for resource in template("watch")["Resources"].values():
        pattern = resource["Properties"].get("FilterPattern", "")
        for logger in re.findall(r'\.logger = "([\w.]+)"', pattern):
            module = DEPLOY.parent / logger.replace(".", "/")
            assert module.with_suffix(".py").is_file() or module.is_dir(), logger
            assert f'($.logger = "{logger}")' in pattern
            assert f'($.log_processed.logger = "{logger}")' in pattern


def patterns() -> dict[str, str]:
    """Of every filter, by the end of its metric's name."""
    return {
        transformation["MetricName"]["Sub"].removeprefix("${Environment}-"): resource["Properties"][
            "FilterPattern"
        ]
        for resource in template("watch")["Resources"].values()
        if resource["Type"] == "AWS::Logs::MetricFilter"
        for transformation in resource["Properties"]["MetricTransformations"]
    }


def wrapped(line: str) -> str:
    """As the add-on's Fluent Bit sends what a pod printed; what is no JSON it leaves as text."""
    record = {"time": "2026-11-24T04:43:33.3Z", "stream": "stdout", "_p": "F", "log": line}
    if line.startswith("{"):
        record["log_processed"] = json.loads(line)
    return json.dumps(record | {"kubernetes": {"pod_name": "web-1", "container_name": "web"}})


def counted(line: str) -> set[str]:
    return {name for name, pattern in patterns().items() if counts(pattern, line)}


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_filters_count_what_they_should_in_lines_of_pods_and_machines(line: str) -> None:
    expected = COUNTED.get(json.loads(line)["event"], set())
    assert counted(line) == expected
    assert counted(wrapped(line)) == expected


def test_every_filter_counts_one_of_these_lines() -> None:
    assert set().union(*COUNTED.values()) == set(patterns())
    assert {json.loads(line)["event"] for line in LINES} > set(COUNTED)


def test_what_is_no_line_of_ours_is_not_counted() -> None:
    for text in ("2026-11-24 ERROR CRITICAL Killed", "[]", '"error"'):
        assert counted(text) == counted(wrapped(text)) == set()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ $.a = "1" }', True),
        ('{ $.b.c = "2" }', True),
        ('{ $.b = "2" }', False),
        ('{ $.b.c.d = "2" }', False),
        ('{ $.a = "1" || $.a = "2" && $.a = "3" }', True),
        ('{ ($.a = "1" || $.a = "2") && $.a = "3" }', False),
        ('{ (($.a = "1")) && (($.b.c = "2")) }', True),
    ],
)
def test_patterns_are_read_as_cloudwatch_reads_them(pattern: str, *, expected: bool) -> None:
    assert counts(pattern, '{"a": "1", "b": {"c": "2"}}') is expected


@pytest.mark.parametrize(
    "pattern", ['?" ERROR "', '{ $.a = "1" ', '{ ($.a = "1" }', "{ $.a = 1 }", '{ $.a = "1" ) }']
)
def test_a_pattern_that_cannot_be_read_is_an_error(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"understood|closed|no pattern"):
        counts(pattern, "{}")


def alarms() -> dict[str, dict[str, Any]]:
    return {
        name: resource["Properties"]
        for name, resource in template("watch")["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


def restarts(until: float) -> Iterator[float]:
    """When the kubelet starts a pod again that dies at once: after 10, 20, 40 s, 300 at most."""
    pauses = (min(10 * 2**n, 300) for n in range(20))
    return (at for at in accumulate(pauses) if at < until)


@pytest.mark.parametrize("name", ["WebRestarts", "WorkerRestarts", "ChromaRestarts"])
def test_a_pod_that_dies_at_once_is_an_alarm_whenever_it_begins(name: str) -> None:
    alarm = alarms()[name]
    assert alarm["Statistic"] == "Sum"
    period, needed = alarm["Period"], alarm["EvaluationPeriods"]
    for begin in range(0, period, 60):
        found = [int(begin + at) // period for at in restarts(1800)]
        over = [found.count(number) > alarm["Threshold"] for number in range(max(found) + 1)]
        assert any(all(over[at : at + needed]) for at in range(len(over) - needed + 1)), begin


def test_alarms_on_pods_name_workloads_that_exist() -> None:
    there = {
        manifest["metadata"]["name"]
        for manifest in render(overlay("prod"))
        if manifest["kind"] in {"Deployment", "StatefulSet"}
    }
    named = {
        dimension["Value"]
        for alarm in alarms().values()
        for dimension in alarm.get("Dimensions", [])
        if dimension["Name"] == "PodName"
    }
    assert named == there


def test_no_worker_and_no_chroma_are_alarms() -> None:
    for name, pod in (("NoWorkers", "worker"), ("ChromaAway", "chroma")):
        alarm = alarms()[name]
        assert {"Name": "PodName", "Value": pod} in alarm["Dimensions"]
        assert (alarm["MetricName"], alarm["Threshold"]) == ("replicas_ready", 1)
        assert alarm["ComparisonOperator"] == "LessThanThreshold"
    # Without a cluster nothing is counted; Chroma may be somebody else's.
    assert alarms()["NoWorkers"]["TreatMissingData"] == "breaching"
    assert alarms()["ChromaAway"]["TreatMissingData"] == "notBreaching"


def documented_alarms() -> dict[str, set[str]]:
    """The CloudWatch alarms that the page names for each alert."""
    section = OPERATIONS.read_text().split("\n## Alerts\n")[1].split("\n## ")[0]
    entries = re.findall(r"^### (\w+)$(.*?)(?=^### |\Z)", section, re.MULTILINE | re.DOTALL)
    return {
        name: set(re.findall(r"`([A-Z]\w+)`", "".join(re.findall(r"CloudWatch: .*", text))))
        for name, text in entries
    }


def test_the_page_names_alarms_that_exist() -> None:
    assert set().union(*documented_alarms().values()) <= set(alarms())


def test_nobody_is_told_that_probes_ask_for_more_than_the_database() -> None:
    """If something asks for every part one day, PartsMissing may be named for others, too."""
    asked = set(re.findall(r"/health/\w+", json.dumps(render(overlay("prod")))))
    assert asked == {"/health/live", "/health/web"}
    named = {alert for alert, found in documented_alarms().items() if "PartsMissing" in found}
    assert named == {"ProfAIDatabaseAway"}
