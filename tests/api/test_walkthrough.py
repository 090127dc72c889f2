"""docs/api.md, line by line, by a real shell against a real server with real workers."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer

import pytest

from profai.environment import BASE_DIR
from tests.factories import PASSWORD, make_superuser
from tests.live import running_profai
from tests.ports import free_port
from tests.waiting import LONG

pytestmark = pytest.mark.slow

DOCUMENT = BASE_DIR / "docs" / "api.md"
OUR_ADDRESS = "http://127.0.0.1:8000"
THEIR_PORT = "9000"  # of the program that receives webhooks
THEIR_ADDRESS = f"http://127.0.0.1:{THEIR_PORT}"
END = "end-of-command"


@dataclass
class Line:
    """A command of the document, and what it says that comes of it."""

    command: str
    expected: list[str] = field(default_factory=list)


def receiver(port: int) -> str:
    """The program that the document has its reader save as receiver.py."""
    (program,) = re.findall(
        r"^```python\n(.*?)^```", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL
    )
    return str(program).replace(THEIR_PORT, str(port))


def lines() -> list[Line]:
    blocks = re.findall(r"^```sh\n(.*?)^```", DOCUMENT.read_text(), flags=re.MULTILINE | re.DOTALL)
    found: list[Line] = []
    for text in "".join(blocks).splitlines():
        if not text.startswith("# "):
            found.append(Line(text))
        elif found and not found[-1].command.startswith("API="):
            found[-1].expected.append(text.removeprefix("# "))
    return found


class Shell:
    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env=os.environ | {"PASSWORD": PASSWORD},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, command: str) -> str:
        """What it prints. Raises AssertionError where it fails."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{command}\necho; echo {END} $?\n")
        self._process.stdin.flush()
        printed: list[str] = []
        timer = Timer(LONG, os.killpg, [self._process.pid, signal.SIGKILL])
        timer.start()
        try:
            for line in self._process.stdout:
                if line.startswith(END):
                    assert line.split()[1] == "0", (command, printed)
                    return "".join(printed)
                printed.append(line)
        finally:
            timer.cancel()
        raise AssertionError(f"The shell ended at: {command}")

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process.wait(10)
        # What a line that failed left running in the background.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


@pytest.fixture
def hook() -> int:
    """The port of the reader's own receiver of webhooks."""
    return free_port()


@pytest.fixture
def server(transactional_db: None, chroma_port: int, tmp_path: Path, hook: int) -> Iterator[str]:
    environment = {
        "WEBHOOK_ALLOW_HTTP": "true",
        "WEBHOOK_ALLOWED_PORTS": str(hook),
        "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    with running_profai(tmp_path, chroma_port, environment) as address:
        yield address


def fits(expected: str, printed: str) -> bool:
    """`...` stands for anything."""
    pattern = ".*?".join(re.escape(part) for part in expected.split("..."))
    return re.search(pattern, printed, flags=re.DOTALL) is not None


@pytest.mark.cluster
@pytest.mark.skipif(shutil.which("curl") is None, reason="the document uses curl")
def test_the_document_can_be_walked_through(server: str, hook: int, tmp_path: Path) -> None:
    make_superuser("admin")
    folder = tmp_path / "shell"
    folder.mkdir()
    shutil.copy(BASE_DIR / "samples" / "water-on-earth.pdf", folder / "notes.pdf")
    (folder / "receiver.py").write_text(receiver(hook))
    shell = Shell(folder)
    walked, there = lines(), f"http://127.0.0.1:{hook}"
    try:
        for line in walked:
            command = line.command.replace(OUR_ADDRESS, server).replace(THEIR_ADDRESS, there)
            printed = shell.run(command)
            for expected in line.expected:
                assert fits(expected.replace(OUR_ADDRESS, server), printed), (line, printed)
    finally:
        shell.close()
    assert len(walked) > 40
    assert sum(len(line.expected) for line in walked) > 30
