"""A model file on this machine: what is checked before it is served, and how it is supervised."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import yaml
from pytest_django.fixtures import Settings

from engine.llm import local_server
from engine.llm.local_server import (
    Budgets,
    LocalModelError,
    budgets,
    check_model,
    missing_cpu_flags,
    model_name,
    speed,
)
from profai.environment import BASE_DIR
from profai.local import supervisor as supervising
from profai.local.processes import Service
from profai.local.supervisor import (
    MAX_RESTARTS,
    Stopped,
    SupervisorError,
    supervised,
)

WINDOW = 8192


def model(tmp_path: Path, content: bytes = b"GGUF and more") -> Path:
    path = tmp_path / "small model.gguf"
    path.write_bytes(content)
    return path


def test_a_model_that_can_be_served(tmp_path: Path) -> None:
    check_model(model(tmp_path), WINDOW)


def test_files_that_are_no_models(tmp_path: Path) -> None:
    with pytest.raises(LocalModelError, match=r"cannot be read \(No such file.*whole path"):
        check_model(tmp_path / "none.gguf", WINDOW)
    with pytest.raises(LocalModelError, match="cannot be read"):
        check_model(tmp_path, WINDOW)
    with pytest.raises(LocalModelError, match=r"no model in the format GGUF.*cut off"):
        check_model(model(tmp_path, b"<html>"), WINDOW)


def test_a_window_without_room_for_a_lesson(tmp_path: Path) -> None:
    with pytest.raises(LocalModelError, match=r"LOCAL_MODEL_CONTEXT is 512.*4096"):
        check_model(model(tmp_path), 512)


def test_a_machine_without_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=400 * 1024**2))
    with pytest.raises(LocalModelError, match=r"needs 0\.5 GB.*this machine has 0\.4 GB"):
        check_model(model(tmp_path), WINDOW)


def test_a_processor_without_the_instructions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    cpuinfo.write_text("model name\t: old\nflags\t\t: fpu sse4_2 fma f16c\n")
    monkeypatch.setattr(local_server, "CPUINFO", cpuinfo)
    with pytest.raises(LocalModelError, match="processor lacks avx2, bmi2"):
        check_model(model(tmp_path), WINDOW)
    cpuinfo.write_text("flags\t: fma avx2 bmi2 f16c\n")
    assert missing_cpu_flags(cpuinfo) == []
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    cpuinfo.write_text("Features : fp asimd\n")
    assert missing_cpu_flags(cpuinfo) == []


def test_budgets_follow_the_window() -> None:
    assert budgets(8192) == Budgets(outline=4000, topic=2500, answer=1500)
    assert budgets(16384) == Budgets(outline=8000, topic=5000, answer=3000)
    assert budgets(131072) == local_server.PROVIDER_BUDGETS


def test_names_of_models_can_stand_in_a_header() -> None:
    assert model_name("/models/Qwen2.5 7B (Q4).gguf") == "Qwen2.5-7B-Q4"


def test_speed_in_words() -> None:
    text = (
        "# HELP llamacpp:prompt_tokens_seconds x\nllamacpp:prompt_tokens_seconds 55.12\n"
        "llamacpp:predicted_tokens_seconds 8.4\nllamacpp:tokens_predicted_total "
    )
    assert speed(text + "120\n") == "reads 55 and writes 8.4 tokens a second"
    assert speed(text + "0\n") == speed("") == "nothing written yet"


def test_settings_of_a_model_on_this_machine(tmp_path: Path) -> None:
    """It takes a provider's place, with budgets of its window; what is set by hand stays."""
    code = (
        "from profai.settings import dev as d; print(d.LLM_PROVIDER, d.LLM_MODEL, d.LLM_BASE_URL, "
        "len(d.LLM_API_KEY) > 30, d.LLM_OUTLINE_TOKENS, d.LLM_MAX_OUTPUT_TOKENS, "
        "d.LLM_CONCURRENCY, d.COURSE_ENGINE)"
    )
    in_compose = (
        "from profai.settings import dev as d; print(d.LLM_PROVIDER, d.LLM_BASE_URL, d.LLM_API_KEY)"
    )
    environment = {
        **os.environ,
        "PROFAI_VAR_DIR": str(tmp_path),
        "LOCAL_MODEL": "/models/small.gguf",
        "LLM_PROVIDER": "groq",
        "LLM_API_KEY": "gsk_other",
        "LLM_MAX_OUTPUT_TOKENS": "900",
    }
    found = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.split() == [
        *("local", "small", "http://127.0.0.1:8397/v1", "True", "4000", "900", "2", "llm"),
    ], found.stderr
    assert (tmp_path / "model_server_key").stat().st_mode & 0o077 == 0
    shared = {"LOCAL_MODEL_HOST": "model", "MODEL_SERVER_KEY": "of-both"}
    asked = [sys.executable, "-c", in_compose]
    there = subprocess.run(
        asked, env=environment | shared, cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    assert there.stdout.split() == ["local", "http://model:8397/v1", "of-both"]


def test_a_start_with_a_wrong_file_says_so(settings: Settings, tmp_path: Path) -> None:
    settings.LOCAL_MODEL = str(tmp_path / "none.gguf")
    with supervised() as supervisor, pytest.raises(SupervisorError, match="LOCAL_MODEL is"):
        supervising._start_model(supervisor)


def test_the_server_program_wants_a_key(tmp_path: Path) -> None:
    arguments = local_server.command(model(tmp_path), port=1, window=WINDOW, slots=1)
    found = subprocess.run(
        [sys.executable, *arguments], cwd=BASE_DIR, capture_output=True, text=True, check=False
    )
    assert (found.returncode, "set MODEL_SERVER_KEY" in found.stderr) == (2, True)


def test_compose_serves_a_model_as_make_run_does() -> None:
    """Apart from the host: only other containers reach it."""
    docker = BASE_DIR / "deploy" / "docker"
    service = yaml.safe_load((docker / "compose.yaml").read_text())["services"]["model"]
    given = re.sub(r"\$\{\w+:-(\w+)\}", r"\1", " ".join(service["command"][1:]))
    path = Path("/models/model.gguf")
    ours = local_server.command(path, port=8397, window=local_server.WINDOW, slots=2)
    assert given.replace("--host=0.0.0.0 ", "").replace("=", " ").split() == ours
    image = (docker / "Dockerfile").read_text().split(" AS model\n")[1].split("\nFROM ")[0]
    for name, value in local_server.environment("").items():
        assert not value or f"{name}={value}" in image


def test_the_key_comes_as_a_file_in_a_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(local_server.KEY_VARIABLE, raising=False)
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    assert local_server.server_key() == ""
    (tmp_path / local_server.KEY_VARIABLE).write_text("of-a-file\n")
    assert local_server.server_key() == "of-a-file"
    monkeypatch.setenv(local_server.KEY_VARIABLE, "own")
    assert local_server.server_key() == "own"


def test_a_container_ends_with_a_sentence_where_its_file_is_no_model(tmp_path: Path) -> None:
    arguments = local_server.command(model(tmp_path, b"no"), port=1, window=WINDOW, slots=1)
    environment = {**os.environ, local_server.KEY_VARIABLE: "key"}
    found = subprocess.run(
        [sys.executable, *arguments],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1
    assert "no model in the format GGUF" in found.stderr


def test_profai_goes_on_without_an_optional_service(
    capsys: pytest.CaptureFixture[str],
) -> None:
    quick = Service("The model", [sys.executable, "-c", ""], is_optional=True)
    with supervised() as supervisor:
        supervisor.start(quick)
        for _ in range(MAX_RESTARTS + 1):
            supervisor._running[0][1].wait()
            supervisor.check()
        assert supervisor._running == []
        supervisor.check()
    assert "The model ended 4 times" in capsys.readouterr().out


def test_a_changed_env_file_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    env_file, rounds = tmp_path / ".env", iter(range(6))
    monkeypatch.setattr(supervising, "ENV_FILE", env_file)
    monkeypatch.setattr(supervising, "PAUSE", 0)

    def check(_self: object) -> None:
        number = next(rounds, None)
        if number is None:
            raise Stopped
        if number == 2:
            env_file.write_text("LLM_MODEL=other\n")

    monkeypatch.setattr(supervising.Supervisor, "check", check)
    monkeypatch.setattr(supervising, "revive_server", lambda _check: False)
    with pytest.raises(Stopped):
        supervising.Supervisor().watch()
    assert capsys.readouterr().out.count("The file .env has changed.") == 1
