"""What is read from .env: comments, quotes, values that cannot be read, and proxies."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from profai import environment
from profai.environment import BASE_DIR, SettingError, env, keep_from_proxies, read_file

VARIABLE = re.compile(r"^# ([A-Z][A-Z0-9_]*)=(.*)$")
# Read by `make`, by the supervisor or by libraries, not by our settings.
ELSEWHERE = {"SECRETS_DIR", "PROFAI_VAR_DIR", "DJANGO_SETTINGS_MODULE"}


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable that a test reads outlives it."""
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(environment, "_places", {})


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / ".env"
    path.write_text(text)
    return path


def documented() -> dict[str, str]:
    """Variables of .env.example that have a comment behind them, with the lines as they stand."""
    lines = (BASE_DIR / ".env.example").read_text().splitlines()
    found = filter(None, map(VARIABLE.match, lines))
    return {one[1]: one[2] for one in found if " #" in one[2] or one[2].startswith("#")}


def test_no_comment_of_the_example_is_part_of_a_value(clean: None, tmp_path: Path) -> None:
    lines = documented()
    assert len(lines) > 80
    for name in lines:
        os.environ.pop(name, None)
    read_file(write(tmp_path, "\n".join(f"{name}={rest}" for name, rest in lines.items())))
    for name, rest in lines.items():
        assert os.environ[name] == rest.split("#")[0].strip(), name


def test_settings_can_be_read_with_every_line_of_the_example(tmp_path: Path) -> None:
    """As a person would who takes away the marks at the lines' beginnings."""
    lines = [f"{name}={rest}" for name, rest in documented().items() if name not in ELSEWHERE]
    code = (
        "from pathlib import Path\n"
        "from profai.environment import read_file\n"
        f"read_file(Path({str(write(tmp_path, chr(10).join(lines)))!r}))\n"
        "import django, profai.settings.dev as dev\n"
        "print(dev.LOGIN_FAILURES, dev.QUIZ_MIX['easy'], dev.CHROMA_HOST, dev.WEBHOOK_ALLOW_HTTP)\n"
    )
    names = {*documented(), "DJANGO_SETTINGS_MODULE"}
    values = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=BASE_DIR,
        env=values
        | {"PROFAI_VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "profai.settings.test"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.returncode) == ("5 0.4 127.0.0.1 False", 0), done.stderr


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=a#b", "a#b"),
        ("NAME=#a", "#a"),
        ("NAME= # nothing", ""),
        ("NAME=a b # c", "a b"),
        ('NAME="a # b"  # c', "a # b"),
        ("NAME='a # b'", "a # b"),
        ("export NAME=$5#x", "$5#x"),
    ],
)
def test_a_mark_within_a_value_stays(clean: None, tmp_path: Path, line: str, value: str) -> None:
    read_file(write(tmp_path, line))
    assert env.str("NAME", default="") == value


@pytest.mark.parametrize(
    ("line", "read", "words"),
    [
        ("Q_WORKERS=two", env.int, "is not a whole number: “two”"),
        ("TRACE_READS=5%", env.float, "is not a number"),
        ("DEBUG=ja", env.bool, "is not true or false: “ja”"),
        ("QUIZ_MIX={easy: 1}", env.json, "is not valid JSON"),
        ("METRICS_TOKEN=x", env.int, "is not a whole number: its value is not shown"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(
    clean: None, tmp_path: Path, line: str, read: object, words: str
) -> None:
    name, value = line.split("=")
    os.environ.pop(name, None)
    read_file(write(tmp_path, f"# first\n\n{line}  # a comment\n"))
    with pytest.raises(SettingError) as caught:
        read(name)  # type: ignore[operator] # a method of env
    assert str(caught.value).startswith(f"{name} (.env, line 3) {words}")
    assert ("x" in str(caught.value).split(":")[-1]) is ("TOKEN" not in name and "x" in value)


def test_lists_lose_the_blanks_around_their_items(clean: None, tmp_path: Path) -> None:
    os.environ.pop("WEBHOOK_ALLOWED_PORTS", None)
    read_file(write(tmp_path, "WEBHOOK_ALLOWED_PORTS=8443, 9443   # more\nHOSTS=a.de , b.de"))
    assert env.list("WEBHOOK_ALLOWED_PORTS", cast=int) == [8443, 9443]
    assert env.list("HOSTS") == ["a.de", "b.de"]
    with pytest.raises(SettingError, match="a list with commas, each item a whole number"):
        env.list("HOSTS", cast=int)


@pytest.mark.parametrize("line", ["just words", 'NAME="open', "=5"])
def test_a_line_that_is_no_setting_is_named(clean: None, tmp_path: Path, line: str) -> None:
    with pytest.raises(SettingError, match=r"\.env, line 2: write NAME=value"):
        read_file(write(tmp_path, f"# first\n{line}\n"))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("LOGIN_FAILURES", "many", "LOGIN_FAILURES .process environment. is not a whole number"),
        ("TIME_ZONE", "Mars/Base", "such as Europe/Berlin"),
        ("LOG_LEVEL", "loud", "DEBUG, INFO"),
        ("API_RATE_USER", "often", "such as 60/min"),
        ("SECRET_KEY_FILE", "/nowhere/key", "SECRET_KEY ./nowhere/key. cannot be read"),
    ],
)
def test_a_command_says_in_a_line_which_setting_is_wrong(
    tmp_path: Path, name: str, value: str, words: str
) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "cleanup"],
        cwd=BASE_DIR,
        env=os.environ
        | {
            name: value,
            "PROFAI_VAR_DIR": str(tmp_path),
            "DATABASE_URL": "postgresql://127.0.0.1:9/none",
            "DJANGO_SETTINGS_MODULE": "profai.settings.dev",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert re.search(words, done.stderr), done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_hosts_are_added_to_those_without_a_proxy(clean: None) -> None:
    os.environ.pop("NO_PROXY", None)
    os.environ["no_proxy"] = "school.example"
    keep_from_proxies(["localhost", "10.1.2.3"])
    assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "school.example,localhost,10.1.2.3"


def test_a_private_chroma_is_not_asked_through_a_proxy(clean: None) -> None:
    for host in ("10.1.2.3", "127.0.0.1", "chroma", "chroma.school.internal"):
        os.environ["CHROMA_HOST"] = host
        assert host in environment._near_hosts()
    for host in ("api.trychroma.com", "8.8.8.8"):
        os.environ["CHROMA_HOST"] = host
        assert host not in environment._near_hosts()
