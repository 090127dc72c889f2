"""The production settings, as a process of their own reads them from environment and files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from profai.environment import BASE_DIR
from tests.waiting import LONG

pytestmark = pytest.mark.slow

KEY = "only-for-tests " * 4
ADDRESS = "postgresql://app:old@db.example:5432/profai"
NEEDED = {
    "DJANGO_SETTINGS_MODULE": "profai.settings.production",
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "profai.example",
    "DATABASE_URL": ADDRESS,
}
SHOWN = """
import json, django
from django.conf import settings
django.setup()
print(json.dumps({name: getattr(settings, name) for name in %r}, default=str))
"""


def run(code: str, values: dict[str, str]) -> subprocess.CompletedProcess[str]:
    ours = ("AWS_", "DATABASE_", "LLM_", "PROFAI_", "SECRET")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:profai", "-c", code],
        cwd=BASE_DIR,
        env=inherited | values,
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )


def settings_of(names: list[str], **values: str) -> dict[str, Any]:
    done = run(SHOWN % names, NEEDED | values)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_form_is_no_longer_than_the_disk_has_room_for() -> None:
    """By default it may hold as many files of the longest as one course may have."""
    files = 20 * 200 * 1024 * 1024
    default = settings_of(["LONG_BODIES"])["LONG_BODIES"]
    assert default["upload-pdfs"][0] == files + 1024 * 1024
    limited = settings_of(["LONG_BODIES"], UPLOAD_FORM_MAX_MB="500")["LONG_BODIES"]
    assert {most for most, _ in limited.values()} == {501 * 1024 * 1024}


def test_django_has_nothing_to_say_about_the_deployment() -> None:
    command = "from django.core.management import execute_from_command_line as run; run({})"
    arguments = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = run(command.format(arguments), NEEDED)
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"])
def test_what_is_missing_is_named(name: str) -> None:
    left = {key: value for key, value in NEEDED.items() if key != name}
    done = run(SHOWN % ["DEBUG"], left)
    assert done.returncode != 0
    assert f"{name} is not set" in done.stderr


def test_secrets_come_from_the_mounted_folder(tmp_path: Path) -> None:
    secrets = {"SECRET_KEY": KEY, "DATABASE_URL": ADDRESS, "OPENAI_API_KEY": "from-file"}
    for name, value in secrets.items():
        (tmp_path / name).write_text(f"{value}\n")  # an editor's line end
    values = {
        "DJANGO_SETTINGS_MODULE": NEEDED["DJANGO_SETTINGS_MODULE"],
        "ALLOWED_HOSTS": "profai.example",
        "SECRETS_DIR": str(tmp_path),
    }
    done = run(SHOWN % ["SECRET_KEY", "LLM_API_KEY", "EMBEDDING_API_KEY"], values)
    assert json.loads(done.stdout) == {
        "SECRET_KEY": KEY,
        "LLM_API_KEY": "from-file",
        "EMBEDDING_API_KEY": "from-file",
    }


def test_a_file_that_is_named_and_not_there_is_an_error() -> None:
    done = run(SHOWN % ["SECRET_KEY"], NEEDED | {"SECRET_KEY_FILE": "/nowhere/key"})
    assert done.returncode != 0
    assert "/nowhere/key" in done.stderr


def test_a_rotated_secret_is_used_without_a_restart(tmp_path: Path) -> None:
    """A new key at the next call of a provider, a new password and host at the next connection."""
    (tmp_path / "GROQ_API_KEY").write_text("old")
    (tmp_path / "DATABASE_URL").write_text(ADDRESS)
    code = f"""
import django, pathlib
django.setup()
from django.conf import settings
from django.db import connection
from engine.llm.configuration import llm_config
folder = pathlib.Path({str(tmp_path)!r})
def show():
    parameters = connection.get_connection_params()
    names = ("user", "password", "host", "dbname", "sslmode")
    print(llm_config(settings).key, *(parameters[name] for name in names))
show()
(folder / "GROQ_API_KEY").write_text("new")
(folder / "DATABASE_URL").write_text("postgresql://app2:n%2Fw@other.example:5432/ignored")
show()
"""
    values = {"SECRETS_DIR": str(tmp_path), "LLM_PROVIDER": "groq", "LLM_MODEL": "m"}
    done = run(code, {k: v for k, v in NEEDED.items() if k != "DATABASE_URL"} | values)
    assert done.stdout.splitlines() == [
        "old app old db.example profai verify-full",
        "new app2 n/w other.example profai verify-full",
    ], done.stderr


def test_the_server_of_the_database_is_verified_unless_told_otherwise() -> None:
    def options(**values: str) -> dict[str, Any]:
        found: dict[str, Any] = settings_of(["DATABASES"], **values)["DATABASES"]["default"]
        return found

    default = options()
    assert default["OPTIONS"]["sslmode"] == "verify-full"
    assert default["OPTIONS"]["sslrootcert"] == "/etc/ssl/certs/ca-certificates.crt"
    assert default["DISABLE_SERVER_SIDE_CURSORS"] is False
    rds = options(DATABASE_SSLROOTCERT="/etc/profai/rds/global-bundle.pem")
    assert rds["OPTIONS"]["sslrootcert"] == "/etc/profai/rds/global-bundle.pem"
    local = options(DATABASE_SSLMODE="disable")
    assert local["OPTIONS"]["sslmode"] == "disable"
    assert "sslrootcert" not in local["OPTIONS"]
    neon = options(DATABASE_POOLED="true", DATABASE_URL=f"{ADDRESS}?sslmode=require")
    assert neon["OPTIONS"]["sslmode"] == "require"
    assert neon["DISABLE_SERVER_SIDE_CURSORS"] is True


def test_the_bucket_is_private_encrypted_and_read_by_signed_addresses() -> None:
    storages = settings_of(
        ["STORAGES"], AWS_STORAGE_BUCKET_NAME="files", AWS_REGION="eu-central-1"
    )["STORAGES"]
    options = storages["default"]["OPTIONS"]
    assert options["default_acl"] is None
    assert options["querystring_auth"] is True
    assert options["querystring_expire"] <= 900
    assert options["object_parameters"] == {"ServerSideEncryption": "AES256"}
    with_key = settings_of(
        ["STORAGES"],
        AWS_STORAGE_BUCKET_NAME="files",
        AWS_STORAGE_ENCRYPTION="aws:kms",
        AWS_STORAGE_KMS_KEY="alias/profai",
    )["STORAGES"]["default"]["OPTIONS"]["object_parameters"]
    assert with_key == {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/profai"}
    assert "FileSystemStorage" in settings_of(["STORAGES"])["STORAGES"]["default"]["BACKEND"]


COLLECT = """
from django.core.management import execute_from_command_line as run
run(["manage.py", "collectstatic", "--no-input", "--verbosity", "0"])
"""


@pytest.fixture(scope="module")
def static_root(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Static files, collected as the image collects them: without a database or a secret."""
    root = str(tmp_path_factory.mktemp("static"))
    done = run(COLLECT, NEEDED | {"STATIC_ROOT": root})
    assert done.returncode == 0, done.stderr
    return root


def test_static_files_have_hashed_names_and_are_kept_for_ever(static_root: str) -> None:
    code = """
import django
django.setup()
from django.test import Client
from django.templatetags.static import static
answer = Client().get(static("profai/logo.svg"), secure=True, headers={"host": "profai.example"})
print(static("profai/logo.svg"), answer.status_code, answer["Cache-Control"])
"""
    done = run(code, NEEDED | {"STATIC_ROOT": static_root})
    name, status, cached = done.stdout.split(maxsplit=2)
    assert re.fullmatch(r"/static/profai/logo\.[0-9a-f]{12}\.svg", name)
    assert status == "200"
    assert "immutable" in cached


def test_maps_of_scripts_are_not_served(static_root: str) -> None:
    code = """
import django
django.setup()
from django.test import Client
from django.templatetags.static import static
for name in ("swagger-ui-bundle.js", "swagger-ui-bundle.js.map"):
    address = static(f"drf_spectacular_sidecar/swagger-ui-dist/{name}")
    print(Client().get(address, secure=True, headers={"host": "profai.example"}).status_code)
"""
    done = run(code, NEEDED | {"STATIC_ROOT": static_root})
    assert done.stdout.split() == ["200", "404"], done.stderr


def test_probes_may_ask_by_the_address_of_the_pod(static_root: str) -> None:
    code = """
import django
django.setup()
from django.test import Client
for host in ("10.0.3.7:8000", "profai.example", "evil.example"):
    print(Client().get("/health/live", headers={"host": host}).status_code)
print(Client().get("/", headers={"host": "profai.example"})["Location"])
"""
    done = run(code, NEEDED | {"POD_IP": "10.0.3.7", "STATIC_ROOT": static_root})
    assert done.stdout.split() == ["200", "200", "400", "https://profai.example/"], done.stderr
