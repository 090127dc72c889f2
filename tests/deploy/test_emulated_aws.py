"""The application against S3, Secrets Manager and CloudWatch Logs, which moto's server plays.

The bucket, the secrets and the log group are those that the templates make. Runs in `make
check-deploy`, where PROFAI_TOOLS names the folder with moto's server.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from profai.environment import BASE_DIR
from tests.conftest import free_port
from tests.deploy.test_production_settings import run as run_production

REGION = "eu-central-1"
BUCKET = "profai-dev-files-123456789012"
LOG_GROUP = "/aws/containerinsights/profai-dev/application"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an emulated AWS in which the stack of data.yaml stands."""
    tools = os.environ.get("PROFAI_TOOLS")
    if not tools:
        pytest.skip("needs moto's server: make check-deploy")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [str(BASE_DIR / tools / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    log = tmp_path_factory.mktemp("moto") / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait(address, server)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (CREDENTIALS | {"AWS_ENDPOINT_URL": address}).items():
                patch.setenv(name, value)
            _deploy()
            yield address
    finally:
        server.terminate()
        server.wait(10)


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/moto-api/", timeout=2).close()  # noqa: S310 - of loopback
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("moto's server did not start")


def _deploy() -> None:
    ec2 = boto3.client("ec2", region_name=REGION)
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.20.0.0/24")["Subnet"]["SubnetId"]
    routes = ec2.describe_route_tables()["RouteTables"][0]["RouteTableId"]
    _stack(
        "data", VpcId=vpc, SubnetIds=subnet, RouteTableIds=routes, Origin="https://profai.example"
    )
    _stack("watch", ClusterName="profai-dev", AlarmEmail="it@school.example")
    _make_secrets(_template("data"))


def _template(name: str) -> str:
    return (BASE_DIR / "deploy" / "aws" / f"{name}.yaml").read_text()


def _stack(name: str, **values: str) -> None:
    parameters = {"Environment": "dev"} | values
    boto3.client("cloudformation", region_name=REGION).create_stack(
        StackName=name,
        # moto cannot resolve these references.
        TemplateBody=_template(name)
        .replace("      DBParameterGroupName: !Ref DatabaseParameters\n", "")
        .replace('{"Fn::GetAtt": [Database, MasterUserSecret.SecretArn]}', "none"),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
    )


def _make_secrets(template: str) -> None:
    """moto makes no secret of a template's; these are those that the template names."""
    client = boto3.client("secretsmanager", region_name=REGION)
    for name in re.findall(r"Name: !Sub (profai/\S+)", template):
        value = "generated " * 6 if name.endswith("/secret-key") else "\n"
        client.create_secret(Name=name.replace("${Environment}", "dev"), SecretString=value)


class Mount:
    """What the Secrets Store driver does: the objects of a provider class become files."""

    def __init__(self, folder: Path, account: str) -> None:
        self.folder = folder
        text = (BASE_DIR / "deploy/kubernetes/overlays/dev/secrets.yaml").read_text()
        section = text.split(f"  name: {account}\n")[1].split("\n---")[0]
        names = re.findall(r"objectName: (profai/\S+)\n.*\n\s+objectAlias: (\S+)", section)
        self.objects: dict[str, str] = {alias: name for name, alias in names}
        self._client = boto3.client("secretsmanager", region_name=REGION)

    def refresh(self) -> None:
        for alias, name in self.objects.items():
            value = self._client.get_secret_value(SecretId=name)["SecretString"]
            (self.folder / alias).write_text(value)

    def put(self, name: str, value: str) -> None:
        self._client.put_secret_value(SecretId=f"profai/dev/{name}", SecretString=value)


@pytest.fixture
def mount(aws: str, tmp_path: Path) -> Mount:
    """The secrets of a worker, with the database's address as an operator puts it in."""
    mounted = Mount(tmp_path, "worker")
    mounted.put("database-url", "postgresql://app:old@db.example/profai")
    return mounted


def production(code: str, mount: Mount, **values: str) -> list[str]:
    """Lines that this code prints under the production settings of the overlay for dev."""
    text = (BASE_DIR / "deploy/kubernetes/overlays/dev/settings.env").read_text()
    told = dict(line.split("=", 1) for line in text.splitlines())
    environment = told | {
        "DJANGO_SETTINGS_MODULE": "profai.settings.production",
        "SECRETS_DIR": str(mount.folder),
        "AWS_STORAGE_BUCKET_NAME": BUCKET,
        "AWS_STORAGE_ENCRYPTION": "aws:kms",
        "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
        "DEBUG": "False",
    }
    done = run_production(code, environment | CREDENTIALS | values)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_pods_start_before_a_key_was_put_in(mount: Mount) -> None:
    mount.put("openai-api-key", "\n")
    mount.refresh()
    assert set(mount.objects) >= {"SECRET_KEY", "DATABASE_URL", "OPENAI_API_KEY", "GROQ_API_KEY"}
    code = """
import django
django.setup()
from django.conf import settings
print(len(settings.SECRET_KEY), repr(str(settings.LLM_API_KEY)))
"""
    assert production(code, mount) == ["60 ''"]


def test_a_rotated_key_and_password_arrive_in_a_running_process(mount: Mount) -> None:
    mount.put("openai-api-key", "first-key")
    mount.refresh()
    code = """
import django, os
django.setup()
from django.conf import settings
from django.db import connection
from tests.deploy.test_emulated_aws import Mount
from pathlib import Path
mount = Mount(Path(os.environ["SECRETS_DIR"]), "worker")
def show():
    print(settings.LLM_API_KEY, connection.get_connection_params()["password"])
show()
mount.put("openai-api-key", "second-key")
mount.put("database-url", "postgresql://app:new@db.example/profai")
mount.refresh()
show()
"""
    assert production(code, mount) == ["first-key old", "second-key new"]


FILES = """
import django, hashlib, io, json
django.setup()
from django.core.files import File
from django.core.files.storage import default_storage
from courses.models import SourceDocument
from courses.uploads import local_copy
from courses.uploads import check_uploads, stored
content = b"%PDF-1.4\\n" + bytes(range(256)) * 20000
file = File(io.BytesIO(content), name="notes.pdf")
uploads, repeated = check_uploads([file])
with stored(uploads) as files:
    (name,) = files.names.values()
document = SourceDocument(file=name)
with local_copy(document.file, ".pdf") as path:
    copy = hashlib.sha256(path.read_bytes()).hexdigest()
print(json.dumps({
    "name": name, "url": document.file.url, "copy": copy,
    "sent": hashlib.sha256(content).hexdigest(), "size": default_storage.size(name),
}))
"""


def test_an_upload_goes_to_the_bucket_and_back_to_a_worker(mount: Mount) -> None:
    mount.refresh()
    (line,) = production(FILES, mount)
    found = json.loads(line)
    assert found["copy"] == found["sent"]
    assert found["name"].startswith("documents/")

    head = boto3.client("s3", region_name=REGION).head_object(Bucket=BUCKET, Key=found["name"])
    assert head["ContentLength"] == found["size"]
    assert head["ServerSideEncryption"] == "aws:kms"
    assert head["SSEKMSKeyId"].endswith("alias/profai-dev")

    assert "X-Amz-Signature=" in found["url"]
    assert "X-Amz-Expires=300" in found["url"]
    with urllib.request.urlopen(found["url"], timeout=10) as answer:  # noqa: S310 - of loopback
        assert hashlib.sha256(answer.read()).hexdigest() == found["sent"]


def test_an_upload_that_fails_leaves_nothing_in_the_bucket(mount: Mount) -> None:
    mount.refresh()
    before = _objects()
    code = FILES.replace("    (name,) = files.names.values()\n", "    raise SystemExit\n")
    assert code != FILES
    production(code, mount)
    assert _objects() == before


def _objects() -> set[str]:
    listed: dict[str, Any] = boto3.client("s3", region_name=REGION).list_objects_v2(Bucket=BUCKET)
    return {entry["Key"] for entry in listed.get("Contents", [])}


def test_what_is_logged_is_in_cloudwatch_and_kept_as_the_template_says(mount: Mount) -> None:
    mount.put("database-url", "postgresql://app:old@127.0.0.1:1/profai")
    mount.refresh()
    code = """
import django
django.setup()
from django.conf import settings
from django.test import Client
print(Client().get("/health/web", headers={"host": settings.ALLOWED_HOSTS[0]}).status_code)
"""
    assert production(code, mount, CLOUDWATCH_LOG_GROUP=LOG_GROUP) == ["503"]
    logs = boto3.client("logs", region_name=REGION)
    lines = logged()
    assert any(
        line["level"] == "warning" and line["event"].startswith("Not ready: the database")
        for line in lines
    ), lines
    assert {line["logger"].split(".")[0] for line in lines}.isdisjoint({"botocore", "urllib3"})
    (group,) = logs.describe_log_groups(logGroupNamePrefix=LOG_GROUP)["logGroups"]
    assert group["retentionInDays"] == 7


def logged() -> list[dict[str, Any]]:
    pages = boto3.client("logs", region_name=REGION).get_paginator("filter_log_events")
    return [
        json.loads(event["message"])
        for page in pages.paginate(logGroupName=LOG_GROUP)
        for event in page["events"]
    ]


FORKED = """
import django, logging, multiprocessing
django.setup()
logger = logging.getLogger("jobs")
def child(number):
    for line in range(50):
        logger.warning("forked %s of %s", line, number)
    logging.shutdown()
logger.warning("forked before")
# The parent sends while it forks.
import time; time.sleep(3)
context = multiprocessing.get_context("fork")
children = [context.Process(target=child, args=(number,)) for number in range(3)]
for process in children: process.start()
for process in children: process.join(30)
logger.warning("forked after")
print([process.exitcode for process in children])
"""


def test_lines_of_forked_workers_arrive_once(mount: Mount) -> None:
    mount.put("database-url", "postgresql://app:old@127.0.0.1:1/profai")
    mount.refresh()
    assert production(FORKED, mount, CLOUDWATCH_LOG_GROUP=LOG_GROUP) == ["[0, 0, 0]"]
    lines = [line for line in logged() if line["event"].startswith("forked")]
    wanted = [f"forked {line} of {number}" for number in range(3) for line in range(50)]
    assert sorted(line["event"] for line in lines) == sorted(
        [*wanted, "forked before", "forked after"]
    )
    assert len({line["process"] for line in lines}) == 4


SILENT = """
import django, logging, socket, threading, time
server = socket.create_server(("127.0.0.1", 0), backlog=50)
import os
os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{server.getsockname()[1]}"
django.setup()
logger = logging.getLogger("jobs")
start = time.monotonic()
for line in range(8000):
    logger.warning("unheard %s", line)
taken = time.monotonic() - start
(handler,) = logging.getLogger().handlers
print(taken < 6, max(queue.qsize() for queue in handler.queues.values()) <= 5000)
logging.shutdown()
print(time.monotonic() - start < 20)
os._exit(0)
"""


def test_a_cloudwatch_that_does_not_answer_holds_up_nobody(mount: Mount) -> None:
    """It takes connections and says nothing."""
    mount.put("database-url", "postgresql://app:old@db.example/profai")
    mount.refresh()
    text = "import sys; sys.stderr = sys.stdout\n" + SILENT
    said = production(text, mount, CLOUDWATCH_LOG_GROUP=LOG_GROUP)
    assert [line for line in said if not line.startswith("Lines for")] == ["True True", "True"]
    assert len(said) == 3
